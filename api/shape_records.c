#include "api/shape.h"
#include "api/when.h"
#include "db/records.h"

/** RFC 3339 with milliseconds. */
static json_t *shape_ms(int64_t at_ms)
{
	char text[WHEN_LEN], precise[WHEN_LEN + 4];

	when_format(at_ms / 1000, text);
	snprintf(precise, sizeof(precise), "%.19s.%03uZ", text,
		 (unsigned)(at_ms % 1000) % 1000U);
	return json_string(precise);
}

static json_t *shape_counts(const struct recipient_record *recipients, size_t n)
{
	size_t counts[RECIPIENT_OUTCOMES] = {0};
	json_t *object = json_object();

	for (size_t i = 0; i < n; i++)
		counts[recipients[i].outcome]++;
	for (int i = 0; i < RECIPIENT_OUTCOMES; i++)
		if (counts[i])
			shape_put(object,
				  recipient_outcome_name(
					  (enum recipient_outcome)i),
				  json_integer((json_int_t)counts[i]));
	return object;
}

json_t *shape_request(const struct request_record *record,
		      const struct recipient_record *recipients, size_t n)
{
	json_t *object = json_object();

	shape_put(object, "id", json_integer(record->id));
	shape_put(object, "call_id", shape_text(record->call_id));
	shape_put(object, "sender", shape_text(record->sender));
	shape_put(object, "target", shape_text(record->target));
	shape_put(object, "source", shape_text(record->source));
	shape_put(object, "method", shape_text(record->method));
	shape_put(object, "status", shape_number(record->status));
	shape_put(object, "accepted_at", shape_time(record->accepted_at));
	shape_put(object, "over_at", shape_time(record->over_at));
	shape_put(object, "recipients", json_integer((json_int_t)n));
	shape_put(object, "outcomes", shape_counts(recipients, n));
	return object;
}

json_t *shape_recipient(const struct request_record *record,
			const struct recipient_record *it)
{
	json_t *object = json_object();
	int64_t at_ms = record->accepted_at * 1000 + it->at_ms;

	shape_put(object, "recipient", shape_text(it->recipient));
	shape_put(object, "outcome",
		  shape_text(recipient_outcome_name(it->outcome)));
	shape_put(object, "sip_status", shape_number(it->status));
	shape_put(object, "at",
		  it->outcome == RECIPIENT_SENDING ? json_null()
						   : shape_ms(at_ms));
	shape_put(object, "permission", shape_number(it->permission));
	shape_put(object, "attempts", json_integer(it->attempts));
	shape_put(object, "content",
		  it->attempts ? shape_content(it->content) : json_null());
	shape_put(object, "over_udp_limit", json_boolean(it->is_large));
	shape_put(object, "delivery", shape_number(it->delivery));
	shape_put(object, "next_at", shape_time(it->next_at));
	return object;
}
