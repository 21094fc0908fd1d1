#include "api/handlers.h"

#include "api/import_json.h"
#include "api/json.h"
#include "api/list_call.h"
#include "server/base/log.h"

/* ---- as JSON ------------------------------------------------------------ */

json_t *json_import(const struct import *batch)
{
	json_t *object = json_object();

	json_put(object, "id", json_integer(batch->id));
	json_put(object, "mode", json_text(import_mode_name(batch->mode)));
	json_put(object, "list", json_text(batch->list));
	json_put(object, "sender", json_text(batch->sender));
	json_put(object, "target", json_text(batch->target));
	json_put(object, "idempotency_key", json_text(batch->key));
	json_put(object, "recipients", json_integer(batch->n_lines));
	json_put(object, "skipped", json_integer(batch->n_skipped));
	json_put(object, "created_at", json_time(batch->created_at));
	json_put(object, "taken_back_at", json_time(batch->taken_back_at));
	return object;
}

json_t *json_outcomes(const int64_t *counts)
{
	json_t *object = json_object();

	for (int i = 0; !import_is_refused((enum import_outcome)i); i++)
		json_put(object, import_outcome_name((enum import_outcome)i),
			 json_integer(counts[i]));
	return object;
}

/** How it stands now. */
static json_t *json_states(const struct import_counts *counts)
{
	json_t *object = json_object();

	for (int i = 0; i < PERMISSION_STATES; i++)
		json_put(object,
			 permission_state_name((enum permission_state)i),
			 json_integer(counts->states[i]));
	json_put(object, "expired", json_integer(counts->expired));
	json_put(object, "removed", json_integer(counts->removed));
	return object;
}

/* ---- reading ------------------------------------------------------------ */

static enum err list_fill(struct exchange *exchange, struct store *store,
			  const void *filter, struct listing *listing)
{
	struct import_filter of = *(const struct import_filter *)filter;
	struct import *rows;
	size_t n;
	enum err err;

	of.page = listing_page(listing);
	err = store_import_list(store, &of, exchange->arena, &rows, &n);
	for (size_t i = 0; !err && i < n; i++)
		listing_add(listing, rows[i].id, json_import(&rows[i]));
	return err;
}

void imports_list(struct exchange *exchange)
{
	static const char *const known[] = {"idempotency_key", "domain",
					    "limit", "after", NULL};
	struct import_filter filter = {
		.key = params_value(&exchange->params, "idempotency_key")};

	if (exchange_knows(exchange, known) &&
	    exchange_domain(exchange, &filter.domain))
		respond_listing(exchange, list_fill, &filter, IMPORT_NOUN);
}

struct import_look {
	struct import batch;
	struct import_counts counts;
};

static enum err import_look(struct exchange *exchange, struct store *store,
			    void *ret)
{
	struct import_look *look = ret;
	enum err err = store_import_get(store, exchange->id, exchange->arena,
					&look->batch);

	return err ? err
		   : store_import_count(store, exchange->id, exchange->now,
					&look->counts);
}

void import_get(struct exchange *exchange)
{
	struct import_look look;
	json_t *object;

	if (!exchange_read(exchange, import_look, &look, IMPORT_NOUN))
		return;
	object = json_import(&look.batch);
	json_put(object, "outcomes", json_outcomes(look.counts.outcomes));
	json_put(object, "states", json_states(&look.counts));
	respond_json(exchange, 200, object);
}

/* ---- taking it back ----------------------------------------------------- */

struct back_job {
	struct pieces pieces; /* first: the writer hands back its job */
	int64_t id, now;
};

static enum err back_run(struct store *store, struct write_job *job)
{
	struct back_job *put = (struct back_job *)job;

	return store_import_take_back(store, put->id, put->now,
				      &put->pieces.has_more);
}

void import_delete(struct exchange *exchange)
{
	struct back_job put = {.pieces.job = {.run = back_run,
					      .is_one_step = true,
					      .is_long = true},
			       .id = exchange->id,
			       .now = exchange->now};
	enum err err;

	if (!list_call_pieces(exchange, &put.pieces, IMPORT_NOUN, &err)) {
		if (err)
			respond_err(exchange, err, IMPORT_NOUN);
		return;
	}
	log_event(LOG_EVENT_IMPORT_TAKEN_BACK, NULL, "import=%lld",
		  (long long)exchange->id);
	respond_no_content(exchange);
}
