#include "api/handlers.h"

#include "api/import_request.h"
#include "api/import_json.h"
#include "api/json.h"
#include "api/list_call.h"
#include "api/negotiate.h"
#include "server/base/log.h"

static json_t *json_fault(const struct import_fault *fault)
{
	json_t *object = json_object();

	json_put(object, "line", json_integer((json_int_t)fault->line));
	json_put(object, "reason", json_text(fault->reason));
	json_put(object, "field", json_text(fault->field));
	json_put(object, "detail", json_text(fault->detail));
	json_put(object, "permission", json_number(fault->permission));
	return object;
}

static json_t *json_faults(const struct import_body *body)
{
	json_t *array = json_array();

	for (size_t i = 0; i < body->n_faults; i++)
		json_array_append_new(array, json_fault(&body->faults[i]));
	return array;
}

/* ---- doing it ----------------------------------------------------------- */

/** So often denies go first; then it is done, and they wait. */
#define TRIES_MOST 30

struct import_job {
	struct pieces pieces; /* first: the writer hands back its job */
	struct import_order *order;
	struct import batch;
	bool has_given_way;
	size_t n_done;	 /**< lines of a stop list */
	int64_t came_us; /**< it was received */
};

static enum err import_run(struct store *store, struct write_job *job)
{
	struct import_job *put = (struct import_job *)job;
	enum err err = store_import_run(store, put->order, &put->batch);

	put->has_given_way = err == ERR_BUSY;
	return put->has_given_way ? ERR_CONFLICT : err;
}

/** As list_call(). */
static bool import_call(struct exchange *exchange, struct import_job *put,
			enum err *ret)
{
	bool is_done = false;

	for (int tries = 1; tries == 1 || put->has_given_way; tries++) {
		put->pieces.job = (struct write_job){.run = import_run,
						     .is_one_step = true,
						     .is_long = true};
		put->has_given_way = false;
		put->order->gives_way = tries < TRIES_MOST;
		is_done = list_call(exchange, &put->pieces.job, LIST_NOUN, ret);
	}
	return is_done;
}

static enum err stop_run(struct store *store, struct write_job *job)
{
	struct import_job *put = (struct import_job *)job;
	enum err err = store_import_stop_some(store, put->order, &put->batch,
					      &put->n_done);

	put->pieces.has_more = !err && put->n_done < put->order->n;
	return err;
}

static void stop_written(struct pieces *pieces)
{
	struct import_job *put = (struct import_job *)pieces;

	put->order->n_done = put->n_done;
}

/** A stop list: each piece is measured from when the list was received. */
static bool stop_call(struct exchange *exchange, struct import_job *put,
		      enum err *ret)
{
	put->pieces = (struct pieces){.job = {.run = stop_run,
					      .is_one_step = true,
					      .goes_first = true,
					      .door = DENY_BY_IMPORT,
					      .came_us = put->came_us},
				      .written = stop_written};
	return list_call_pieces(exchange, &put->pieces, LIST_NOUN, ret);
}

static enum err stop_look(struct exchange *exchange, struct store *store,
			  void *ret)
{
	(void)exchange;
	return store_import_stop_look(store, ret);
}

/** Make the batch, or look at it.  @return it was made.  @p ret: ERR_CONFLICT:
 *  it was not, and is to be told; ERR_OK: this has responded */
static bool call(struct exchange *exchange, struct import_job *put,
		 enum err *ret)
{
	struct import_order *order = put->order;

	if (order->batch.mode != IMPORT_STOP)
		return import_call(exchange, put, ret);
	if (!order->is_dry)
		return stop_call(exchange, put, ret);
	*ret = exchange_read(exchange, stop_look, order, LIST_NOUN)
		       ? ERR_CONFLICT
		       : ERR_OK;
	return false;
}

/* clang-format off */
static const char *const refusals[IMPORT_OUTCOMES] = {
	[IMPORT_DENIED]      = "A deny stands: only who denied can take it back.",
	[IMPORT_KINDS_TAKEN] = "Another permission of them has some of these kinds.",
	[IMPORT_KINDS_OTHER] = "These are not the kinds of the list.",
	[IMPORT_IS_LIST]     = "This is a stored list: a list is no member of another.",
	[IMPORT_NO_ROOM]     = "The list has as many entries as it may have "
			       "(limits { list-entries }).",
};
/* clang-format on */

/** The lines that the store refuses join those that cannot be read. */
static void add_refused(struct import_body *body,
			const struct import_order *order)
{
	for (size_t i = 0; i < order->n; i++) {
		const struct import_line *line = &order->lines[i];
		bool is_kind = line->outcome == IMPORT_KINDS_TAKEN ||
			       line->outcome == IMPORT_KINDS_OTHER;

		if (import_is_refused(line->outcome))
			body->faults[body->n_faults++] = (struct import_fault){
				.line = line->line,
				.reason = import_outcome_name(line->outcome),
				.field = is_kind ? "kinds" : "recipient",
				.detail = refusals[line->outcome],
				.permission = line->permission};
	}
	import_faults_sort(body);
}

/** Would it, or does it, keep the batch from being made? */
static size_t faults_that_count(const struct import_body *body,
				const struct import_order *order)
{
	return body->n_faults -
	       (order->skips_denied ? order->counts[IMPORT_DENIED] : 0);
}

static void put_report(json_t *object, const struct import_body *body,
		       const struct import_order *order)
{
	int64_t counts[IMPORT_OUTCOMES];

	for (size_t i = 0; i < IMPORT_OUTCOMES; i++)
		counts[i] = (int64_t)order->counts[i];
	json_put(object, "outcomes", json_outcomes(counts));
	json_put(
		object, "last_asked_at",
		json_time(order->last_asked_at > 0 ? order->last_asked_at : 0));
	json_put(object, "errors", json_faults(body));
}

static void respond_dry(struct exchange *exchange,
			const struct import_body *body,
			const struct import_order *order)
{
	json_t *object = json_object();

	json_put(object, "dry_run", json_true());
	json_put(object, "would_import",
		 json_boolean(faults_that_count(body, order) == 0));
	json_put(object, "lines", json_integer((json_int_t)body->n_read));
	json_put(object, "mode",
		 json_text(import_mode_name(order->batch.mode)));
	json_put(object, "list", json_text(order->batch.list));
	json_put(object, "sender", json_text(order->batch.sender));
	json_put(object, "target", json_text(order->batch.target));
	json_put(object, "to_be_told",
		 json_integer((json_int_t)order->n_untold));
	json_put(object, "to_be_added",
		 json_integer((json_int_t)order->n_added));
	json_put(object, "room",
		 order->room < 0 ? json_null() : json_integer(order->room));
	put_report(object, body, order);
	respond_json(exchange, 200, object);
}

static void respond_lines(struct exchange *exchange,
			  const struct import_body *body,
			  const struct import_order *order)
{
	respond_problem(
		exchange,
		&(struct problem){
			.status = 422,
			.reason = "lines",
			.detail = arena_printf(
				exchange->arena,
				"%zu of %zu lines cannot be imported: nothing "
				"was.",
				faults_that_count(body, order), body->n_read),
			.errors = json_faults(body)});
}

static void respond_made(struct exchange *exchange,
			 const struct import_body *body,
			 const struct import_job *put)
{
	const struct import *batch = &put->batch;
	json_t *object = json_import(batch);

	log_event(LOG_EVENT_IMPORTED, NULL,
		  "import=%lld mode=%s target=%s recipients=%lld skipped=%lld "
		  "asked=%zu granted=%zu renewed=%zu stopped=%zu "
		  "unchanged=%zu",
		  (long long)batch->id, import_mode_name(batch->mode),
		  log_text(batch->target), (long long)batch->n_lines,
		  (long long)batch->n_skipped,
		  put->order->counts[IMPORT_DID_ASK],
		  put->order->counts[IMPORT_DID_GRANT],
		  put->order->counts[IMPORT_DID_RENEW],
		  put->order->counts[IMPORT_DID_STOP],
		  put->order->counts[IMPORT_DID_NOTHING]);
	list_wake(exchange);
	put_report(object, body, put->order);
	exchange->location = arena_printf(exchange->arena, "/v1/imports/%lld",
					  (long long)batch->id);
	respond_json(exchange, 201, object);
}

/** A failure that list_call() left to be told. */
static void respond_failed(struct exchange *exchange, enum err err)
{
	if (err == ERR_HOSTILE)
		respond_problem(
			exchange,
			&(struct problem){
				.status = 422,
				.reason = "is-list",
				.detail = "This target is a stored list: name "
					  "it by list instead of sender and "
					  "target."});
	else
		respond_err(exchange, err, IMPORT_NOUN);
}

/** A body that has bad lines is looked at all the same, so that all of them
 *  are named at once. */
static void import_lines(struct exchange *exchange,
			 struct import_request *request,
			 struct import_body *body)
{
	struct import_order *order = &request->order;
	bool is_dry = order->is_dry;
	struct import_job put = {.order = order, .came_us = monotonic_now_us()};
	enum err err;

	order->lines = body->lines;
	order->n = body->n;
	order->is_dry |= body->n_faults > 0;
	order->room = -1;
	if (call(exchange, &put, &err)) {
		add_refused(body, order); /* those that are left out */
		respond_made(exchange, body, &put);
		return;
	}
	if (!err)
		return;
	if (err != ERR_CONFLICT) {
		respond_failed(exchange, err);
		return;
	}
	add_refused(body, order);
	if (is_dry)
		respond_dry(exchange, body, order);
	else
		respond_lines(exchange, body, order);
}

void imports_post(struct exchange *exchange)
{
	struct import_request request = {.order = {.n = 0}};
	struct import_body body;
	struct problem problem;
	struct view text = text_view(&exchange->body);
	bool is_csv = type_is(exchange->headers.content_type, "text/csv");
	enum err err;

	if (!import_request_read(exchange, &request))
		return;
	err = is_csv ? import_csv_read(text, &request.rules, exchange->arena,
				       &body, &problem)
		     : import_json_read(text, &request.rules, exchange->arena,
					&body, &problem);
	if (err)
		respond_problem(exchange, &problem);
	else
		import_lines(exchange, &request, &body);
}
