#include "api/json.h"
#include "api/time_format.h"
#include "db/records.h"
#include "policies/kept_status.h"
#include "policies/kinds.h"

/** RFC 3339 with milliseconds. */
static json_t *json_ms(int64_t at_ms)
{
	char text[TIME_LEN], precise[TIME_LEN + 4];

	time_format(at_ms / 1000, text);
	snprintf(precise, sizeof(precise), "%.19s.%03uZ", text,
		 (unsigned)(at_ms % 1000) % 1000U);
	return json_string(precise);
}

static json_t *json_counts(const struct recipient_record *recipients, size_t n)
{
	size_t counts[RECIPIENT_OUTCOMES] = {0};
	json_t *object = json_object();

	for (size_t i = 0; i < n; i++)
		counts[recipients[i].outcome]++;
	for (int i = 0; i < RECIPIENT_OUTCOMES; i++)
		if (counts[i])
			json_put(object,
				 recipient_outcome_name(
					 (enum recipient_outcome)i),
				 json_integer((json_int_t)counts[i]));
	return object;
}

json_t *json_request(const struct request_record *record,
		     const struct recipient_record *recipients, size_t n)
{
	char room[KIND_NAME_MAX + 1], text[KINDS_TEXT_ROOM];
	struct kinds kind = kinds_of_method(record->method, NULL, room);
	json_t *object = json_object();

	json_put(object, "id", json_integer(record->id));
	json_put(object, "call_id", json_text(record->call_id));
	json_put(object, "sender", json_text(record->sender));
	json_put(object, "target", json_text(record->target));
	json_put(object, "source", json_text(record->source));
	json_put(object, "method", json_text(record->method));
	json_put(object, "kind",
		 kind.set ? json_text(kinds_text(kind, text)) : json_null());
	json_put(object, "status", json_number(record->status));
	json_put(object, "accepted_at", json_time(record->accepted_at));
	json_put(object, "over_at", json_time(record->over_at));
	json_put(object, "conference",
		 record->conference && *record->conference
			 ? json_text(record->conference)
			 : json_null());
	json_put(object, "recipients", json_integer((json_int_t)n));
	json_put(object, "outcomes", json_counts(recipients, n));
	return object;
}

/** An instant of a call, or null. */
static json_t *json_call_ms(const struct request_record *record,
			    const struct recipient_record *it, uint32_t at_ms)
{
	if (!it->is_call || at_ms == RECORD_NEVER)
		return json_null();
	return json_ms(record->accepted_at * 1000 + at_ms);
}

json_t *json_recipient(const struct request_record *record,
		       const struct recipient_record *it)
{
	json_t *object = json_object();
	int64_t at_ms = record->accepted_at * 1000 + it->at_ms;

	json_put(object, "recipient", json_text(it->recipient));
	json_put(object, "outcome",
		 json_text(recipient_outcome_name(it->outcome)));
	json_put(object, "sip_status", json_number(status_shown(it->status)));
	json_put(object, "reason", json_text(status_reason(it->status)));
	json_put(object, "at",
		 it->outcome == RECIPIENT_SENDING ? json_null()
						  : json_ms(at_ms));
	json_put(object, "called_at", json_call_ms(record, it, it->called_ms));
	json_put(object, "answered_at",
		 json_call_ms(record, it, it->answered_ms));
	json_put(object, "permission", json_number(it->permission));
	json_put(object, "attempts", json_integer(it->attempts));
	json_put(object, "content",
		 it->attempts && !it->is_call ? json_content(it->content)
					      : json_null());
	json_put(object, "over_udp_limit", json_boolean(it->is_large));
	json_put(object, "delivery", json_number(it->delivery));
	json_put(object, "next_at", json_time(it->next_at));
	return object;
}
