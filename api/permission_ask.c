/* Asking once more who did not answer. */
#include "api/handlers.h"

#include "api/json.h"
#include "api/list_call.h"
#include "api/permission_view.h"
#include "server/base/log.h"

#define ROWS_MOST 1000	 /**< of one request */
#define ROWS_AT_ONCE 100 /**< so that no deny waits for all of them */

static void wake(const struct exchange *exchange)
{
	const struct api_settings *settings = &exchange->api->settings;

	if (settings->wake)
		settings->wake(settings->arg);
}

/* ---- one of them -------------------------------------------------------- */

struct ask_job {
	struct write_job job; /* first: the writer hands it back */
	const struct exchange *exchange;
	const char *const *if_match;
	struct permission_result result;
	struct permission_view view;
};

static enum err ask_run(struct store *store, struct write_job *job)
{
	struct ask_job *put = (struct ask_job *)job;
	const struct exchange *exchange = put->exchange;
	const struct permission_change change = {.id = exchange->id,
						 .if_match = put->if_match,
						 .event = EVENT_AGAIN,
						 .actor = ORIGIN_ADMIN,
						 .expires_at = -1,
						 .ask_due_at = exchange->now,
						 .now = exchange->now};
	enum err err = store_permission_set(store, &change, exchange->arena,
					    &put->result);

	if (err)
		return err;
	put->view.row = put->result.row;
	return permission_view_fill(exchange, store, &put->view);
}

/** 409: it is granted, or an operator said no. */
static void respond_decided(struct exchange *exchange,
			    const struct permission *row)
{
	bool is_granted = row->state == PERMISSION_GRANTED;

	respond_problem(
		exchange,
		&(struct problem){
			.status = 409,
			.reason = is_granted ? "granted" : "denied",
			.permission = row->id,
			.detail = is_granted
					  ? "They granted it: there is nothing "
					    "to ask."
					  : "It was denied for them. To have "
					    "them asked, change its state to "
					    "pending."});
}

static void respond_conflict(struct exchange *exchange,
			     const struct ask_job *put)
{
	const struct permission *row = &put->result.was;
	bool is_deny = put->result.is_new || row->id != exchange->id ||
		       permission_is_own_deny(row);

	if (is_deny)
		respond_opposed(exchange, &put->result, "The recipient");
	else
		respond_decided(exchange, row);
}

static void log_asked(const struct permission_result *result)
{
	if (!strcmp(result->was.etag, result->row.etag))
		log_event(LOG_EVENT_PERMISSION_UNCHANGED, NULL,
			  "permission=%lld", (long long)result->row.id);
	else
		log_event(LOG_EVENT_ASKED_AGAIN, NULL,
			  "permissions=1 limited=0 refused=0 permission=%lld "
			  "recipient=%s",
			  (long long)result->row.id,
			  log_text(result->row.recipient));
}

void permission_ask(struct exchange *exchange)
{
	struct ask_job put = {.job = {.run = ask_run},
			      .exchange = exchange,
			      .if_match = exchange_tags(exchange)};
	enum err err;

	err = exchange_write(exchange, &put.job);
	if (err == ERR_CONFLICT) {
		respond_conflict(exchange, &put);
		return;
	}
	if (err == ERR_TIMEOUT) {
		respond_not_in_force(exchange, " Repeat the request.");
		return;
	}
	if (err) {
		respond_err(exchange, err, PERMISSION_NOUN);
		return;
	}
	log_asked(&put.result);
	wake(exchange);
	respond_permission(exchange, 200, &put.view);
}

/* ---- many --------------------------------------------------------------- */

struct bulk_job {
	struct write_job job; /* first: the writer hands it back */
	struct questions_again again;
};

static enum err bulk_run(struct store *store, struct write_job *job)
{
	struct bulk_job *put = (struct bulk_job *)job;

	return store_questions_again(store, &put->again);
}

/** What became of all pages. */
struct bulk {
	struct questions_again again; /**< the next page */
	size_t n_left;		      /**< rows that may be looked at */
	size_t n_asked, n_limited, n_refused;
};

static bool state_read(struct exchange *exchange, int *ret)
{
	const char *word = params_value(&exchange->params, "state");
	enum permission_state state;

	*ret = -1;
	if (!word)
		return true;
	if (!permission_state_from(word, &state) ||
	    (state != PERMISSION_WAITING && state != PERMISSION_ERROR))
		return respond_bad_parameter(
			exchange, "state",
			"must be waiting or error: who is pending is asked "
			"anyway, and who answered is not asked again");
	*ret = (int)state;
	return true;
}

static enum err list_look(struct exchange *exchange, struct store *store,
			  void *ret)
{
	return store_list_find(store, *(const char **)ret, exchange->arena,
			       &(struct stored_list){0});
}

/** A stored list by its name is the target. */
static bool list_read(struct exchange *exchange, struct questions_again *again)
{
	const char *name = params_value(&exchange->params, "list");

	if (!name)
		return true;
	if (again->target)
		return respond_bad_parameter(
			exchange, "list",
			"stands in place of target: a list has its own");
	again->target =
		list_at_is_fine(name) ? list_uri_of(exchange, name) : NULL;
	if (again->target)
		return exchange_read(exchange, list_look, &again->target,
				     LIST_NOUN);
	respond_err(exchange, ERR_UNKNOWN, LIST_NOUN);
	return false;
}

static bool bulk_read(struct exchange *exchange, struct bulk *bulk)
{
	static const char *const known[] = {
		"sender",	"target", "list",  "state",
		"asked_before", "limit",  "after", NULL};
	struct questions_again *again = &bulk->again;
	uint64_t limit = ROWS_MOST, after = 0;

	if (!exchange_knows(exchange, known) ||
	    !exchange_scope(exchange, "sender", &again->sender) ||
	    !exchange_target(exchange, "target", &again->target) ||
	    !list_read(exchange, again) ||
	    !state_read(exchange, &again->state) ||
	    !exchange_time(exchange, "asked_before", &again->asked_before) ||
	    !exchange_number(exchange, "limit", ROWS_MOST, &limit) ||
	    !exchange_number(exchange, "after", INT64_MAX, &after))
		return false;
	if (!again->sender && !again->target)
		return respond_bad_parameter(
			exchange, "target",
			"is missing: name it, a sender or a list");
	again->limits = &exchange->api->settings.asking;
	again->now = exchange->now;
	again->page.after = (int64_t)after;
	bulk->n_left = (size_t)limit;
	return true;
}

/** One page more. */
static enum err bulk_page(struct exchange *exchange, struct bulk *bulk)
{
	struct bulk_job put = {.job = {.run = bulk_run, .is_one_step = true},
			       .again = bulk->again};
	enum err err;

	put.again.page.limit =
		bulk->n_left < ROWS_AT_ONCE ? bulk->n_left : ROWS_AT_ONCE;
	err = exchange_write(exchange, &put.job);
	if (err)
		return err;
	bulk->again = put.again;
	bulk->again.page.after = put.again.last;
	bulk->n_left -= put.again.page.limit;
	bulk->n_asked += put.again.n_asked;
	bulk->n_limited += put.again.n_limited;
	bulk->n_refused += put.again.n_refused;
	return ERR_OK;
}

static void respond_bulk(struct exchange *exchange, const struct bulk *bulk)
{
	json_t *object = json_object();
	char cursor[24];

	snprintf(cursor, sizeof(cursor), "%lld", (long long)bulk->again.last);
	json_put(object, "asked", json_integer((json_int_t)bulk->n_asked));
	json_put(object, "limited", json_integer((json_int_t)bulk->n_limited));
	json_put(object, "refused", json_integer((json_int_t)bulk->n_refused));
	json_put(object, "next",
		 bulk->again.has_more ? json_string(cursor) : json_null());
	respond_json(exchange, 200, object);
}

/** In pieces.  What a failure cuts short is gone on with by the same request:
 *  who is pending is none of those any more. */
void permissions_ask(struct exchange *exchange)
{
	struct bulk bulk = {.n_left = 0};
	enum err err;

	if (!bulk_read(exchange, &bulk))
		return;
	do {
		err = bulk_page(exchange, &bulk);
	} while (!err && bulk.again.has_more && bulk.n_left > 0);
	if (bulk.n_asked) {
		log_event(LOG_EVENT_ASKED_AGAIN, NULL,
			  "permissions=%zu limited=%zu refused=%zu",
			  bulk.n_asked, bulk.n_limited, bulk.n_refused);
		wake(exchange);
	}
	if (err)
		respond_err(exchange, err, PERMISSION_NOUN);
	else
		respond_bulk(exchange, &bulk);
}
