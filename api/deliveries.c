#include "api/handlers.h"

#include "api/bodies.h"
#include "api/json.h"
#include "db/deliveries.h"
#include "db/journal.h"
#include "server/base/log.h"

#define NOUN "delivery"
#define SENDING "sending" /* accepted, and on its first try */

static void respond_delivery(struct exchange *exchange,
			     const struct delivery *delivery)
{
	exchange->etag = delivery_etag(exchange->arena, delivery);
	respond_json(exchange, 200, json_delivery(delivery));
}

static bool state_from(const char *name, int *ret)
{
	for (int i = 0; i < DELIVERY_STATES; i++) {
		if (!strcmp(name,
			    delivery_state_name((enum delivery_state)i))) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool filter_read(struct exchange *exchange, struct delivery_filter *ret)
{
	static const char *const known[] = {"sender", "target", "recipient",
					    "state",  "limit",	"after",
					    NULL};
	const char *target = params_value(&exchange->params, "target");
	const char *state = params_value(&exchange->params, "state");

	*ret = (struct delivery_filter){.state = -1};
	if (!exchange_knows(exchange, known) ||
	    !exchange_scope(exchange, "sender", &ret->sender) ||
	    !exchange_recipient(exchange, "recipient", &ret->recipient))
		return false;
	if (target && aor_read(exchange->arena, target, &ret->target))
		return respond_bad_parameter(
			exchange, "target",
			"must be a URI such as sip:name@example.com");
	if (state && strcmp(state, SENDING) && !state_from(state, &ret->state))
		return respond_bad_parameter(
			exchange, "state",
			"must be sending, waiting, failed, "
			"expired or withdrawn");
	return true;
}

static enum err list_rows(struct exchange *exchange, struct store *store,
			  const void *filter, struct listing *listing)
{
	struct delivery_filter of = *(const struct delivery_filter *)filter;
	struct delivery *rows;
	size_t n;
	enum err err;

	of.page = listing_page(listing);
	err = store_delivery_list(store, &of, exchange->arena, &rows, &n);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		listing_add(listing, rows[i].id, json_delivery(&rows[i]));
	return ERR_OK;
}

/** Requests whose recipients are all on their first try: one row each. */
static enum err list_sending(struct exchange *exchange, struct store *store,
			     const void *filter, struct listing *listing)
{
	struct journal_entry *entries;
	size_t n;
	enum err err = store_journal_list(store, listing_page(listing),
					  exchange->arena, &entries, &n);

	(void)filter;
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		listing_add(listing, entries[i].id, json_journal(&entries[i]));
	return ERR_OK;
}

void deliveries_list(struct exchange *exchange)
{
	const char *state = params_value(&exchange->params, "state");
	bool is_sending = state && !strcmp(state, SENDING);
	struct delivery_filter filter;

	if (!filter_read(exchange, &filter))
		return;
	if (is_sending &&
	    (filter.sender || filter.target || filter.recipient)) {
		respond_refusal(exchange, 400,
				"state=sending lists whole requests: it cannot "
				"be filtered further.");
		return;
	}
	respond_listing(exchange, is_sending ? list_sending : list_rows,
			&filter, NOUN);
}

static enum err delivery_look(struct exchange *exchange, struct store *store,
			      void *ret)
{
	return store_delivery_get(store, exchange->id, exchange->arena, ret);
}

void delivery_get(struct exchange *exchange)
{
	struct delivery delivery;

	if (exchange_read(exchange, delivery_look, &delivery, NOUN))
		respond_delivery(exchange, &delivery);
}

struct delivery_job {
	struct write_job job; /* first: the writer hands it back */
	const struct exchange *exchange;
	struct delivery delivery;
};

static enum err delivery_read(struct store *store, struct delivery_job *put)
{
	struct arena *arena = put->exchange->arena;
	enum err err = store_delivery_get(store, put->exchange->id, arena,
					  &put->delivery);

	if (!err && !exchange_if_match(put->exchange,
				       delivery_etag(arena, &put->delivery)))
		err = ERR_PRECONDITION;
	return err;
}

static enum err retry_run(struct store *store, struct write_job *job)
{
	struct delivery_job *put = (struct delivery_job *)job;
	const struct exchange *exchange = put->exchange;
	enum err err = delivery_read(store, put);

	if (!err)
		err = store_delivery_now(store, exchange->id, exchange->now);
	if (!err)
		err = store_delivery_get(store, exchange->id, exchange->arena,
					 &put->delivery);
	return err;
}

static enum err drop_run(struct store *store, struct write_job *job)
{
	struct delivery_job *put = (struct delivery_job *)job;
	enum err err = delivery_read(store, put);

	return err ? err
		   : store_delivery_drop(store, put->exchange->id,
					 put->exchange->now);
}

static bool delivery_call(struct exchange *exchange, struct delivery_job *put)
{
	enum err err = writer_call(exchange->api->settings.writer, &put->job);

	if (err == ERR_CONFLICT) {
		const char *state = delivery_state_name(put->delivery.state);

		respond_problem(
			exchange,
			&(struct problem){
				.status = 409,
				.reason = state,
				.detail = arena_printf(
					exchange->arena,
					"This delivery is over (%s): its "
					"message is no longer kept.",
					state)});
		return false;
	}
	if (err) {
		respond_err(exchange, err, NOUN);
		return false;
	}
	return true;
}

void delivery_retry(struct exchange *exchange)
{
	const struct api_settings *settings = &exchange->api->settings;
	struct delivery_job put = {.job = {.run = retry_run},
				   .exchange = exchange};

	if (!delivery_call(exchange, &put))
		return;
	log_event(LOG_EVENT_DELIVERY_CHANGED, NULL,
		  "delivery=%lld change=retry", (long long)exchange->id);
	if (settings->wake)
		settings->wake(settings->arg);
	respond_delivery(exchange, &put.delivery);
}

void delivery_delete(struct exchange *exchange)
{
	struct delivery_job put = {.job = {.run = drop_run},
				   .exchange = exchange};

	if (!delivery_call(exchange, &put))
		return;
	log_event(LOG_EVENT_DELIVERY_CHANGED, NULL,
		  "delivery=%lld change=dropped", (long long)exchange->id);
	respond_no_content(exchange);
}
