/* Records of requests and of their recipients: read only. */
#include "api/handlers.h"

#include "api/bodies.h"
#include "api/json.h"
#include "api/time_format.h"
#include "db/records.h"

#define NOUN "request"
#define URI_FORM "must be a URI such as sip:name@example.com"

static bool filter_uris(struct exchange *exchange, struct record_filter *ret)
{
	const char *sender = params_value(&exchange->params, "sender");
	const char *target = params_value(&exchange->params, "target");

	if (sender && !strcmp(sender, "anonymous"))
		ret->sender = sender;
	else if (sender && aor_read(exchange->arena, sender, &ret->sender))
		return respond_bad_parameter(exchange, "sender",
					     URI_FORM ", or anonymous");
	if (target && aor_read(exchange->arena, target, &ret->target))
		return respond_bad_parameter(exchange, "target", URI_FORM);
	return exchange_recipient(exchange, "recipient", &ret->recipient);
}

static bool filter_read(struct exchange *exchange, struct record_filter *ret)
{
	static const char *const known[] = {"sender",  "target", "recipient",
					    "call_id", "since",	 "limit",
					    "after",   NULL};
	const char *since = params_value(&exchange->params, "since");

	*ret = (struct record_filter){
		.call_id = params_value(&exchange->params, "call_id")};
	if (!exchange_knows(exchange, known))
		return false;
	if (since && time_parse(view_of(since), &ret->since))
		return respond_bad_parameter(
			exchange, "since",
			"must be a time such as 2030-01-02T03:04:05Z");
	return filter_uris(exchange, ret);
}

static enum err list_fill(struct exchange *exchange, struct store *store,
			  const void *filter, struct listing *listing)
{
	struct page page = listing_page(listing);
	struct record_page found;
	enum err err =
		store_record_list(store, filter, page, exchange->arena, &found);

	for (size_t i = 0; !err && i < found.n; i++) {
		const struct request_record *row = &found.rows[i];
		struct arena *arena = arena_new(0); /* lists may be long */
		struct recipient_record *recipients;
		size_t n_recipients;

		err = store_record_recipients(store, row, arena, &recipients,
					      &n_recipients);
		if (!err)
			listing_add(
				listing, row->id,
				json_request(row, recipients, n_recipients));
		arena_free(arena);
	}
	if (!err && found.n < page.limit && found.next) { /* long enough */
		listing->has_more = true;
		listing->last = found.next;
	}
	return err;
}

void requests_list(struct exchange *exchange)
{
	struct record_filter filter;

	if (filter_read(exchange, &filter))
		respond_listing(exchange, list_fill, &filter, NOUN);
}

/** A record with its recipients. */
struct whole {
	struct request_record record;
	struct recipient_record *recipients;
	size_t n;
};

static enum err whole_read(struct exchange *exchange, struct store *store,
			   void *ret)
{
	struct whole *whole = ret;
	enum err err = store_record_get(store, exchange->id, exchange->arena,
					&whole->record);

	if (!err)
		err = store_record_recipients(store, &whole->record,
					      exchange->arena,
					      &whole->recipients, &whole->n);
	return err;
}

void request_get(struct exchange *exchange)
{
	struct whole whole;

	if (exchange_read(exchange, whole_read, &whole, NOUN))
		respond_json(
			exchange, 200,
			json_request(&whole.record, whole.recipients, whole.n));
}

struct recipient_filter {
	const char *recipient;
	int outcome; /**< -1: any */
};

static bool recipients_filter(struct exchange *exchange,
			      struct recipient_filter *ret)
{
	static const char *const known[] = {"recipient", "outcome", "limit",
					    "after", NULL};
	const char *outcome = params_value(&exchange->params, "outcome");
	enum recipient_outcome is;

	*ret = (struct recipient_filter){.outcome = -1};
	if (!exchange_knows(exchange, known) ||
	    !exchange_recipient(exchange, "recipient", &ret->recipient))
		return false;
	if (outcome && !recipient_outcome_from(outcome, &is))
		return respond_bad_parameter(
			exchange, "outcome",
			"must be sending, delivered, deferred, failed, "
			"expired, withdrawn, removed, left-out, missing, "
			"refused, answered, busy, declined, no-answer, "
			"cancelled or not-called");
	if (outcome)
		ret->outcome = (int)is;
	if (ret->recipient) { /* as records have it */
		char *shown = arena_strdup(exchange->arena, ret->recipient);

		token_blot(shown);
		ret->recipient = shown;
	}
	return true;
}

static bool is_wanted(const struct recipient_filter *filter,
		      const struct recipient_record *it)
{
	if (filter->outcome >= 0 && filter->outcome != (int)it->outcome)
		return false;
	return !filter->recipient || !strcmp(filter->recipient, it->recipient);
}

/* The cursor is a place in the request, counted from 1. */
static enum err recipients_fill(struct exchange *exchange, struct store *store,
				const void *filter, struct listing *listing)
{
	struct whole whole;
	size_t first = (size_t)listing->after;
	enum err err = whole_read(exchange, store, &whole);

	for (size_t i = first; !err && i < whole.n && !listing->has_more; i++)
		if (is_wanted(filter, &whole.recipients[i]))
			listing_add(listing, (int64_t)i + 1,
				    json_recipient(&whole.record,
						   &whole.recipients[i]));
	return err;
}

void request_recipients(struct exchange *exchange)
{
	struct recipient_filter filter;

	if (recipients_filter(exchange, &filter))
		respond_listing(exchange, recipients_fill, &filter, NOUN);
}
