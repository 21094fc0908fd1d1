#include "api/handlers.h"

#include "api/bodies.h"
#include "api/json.h"
#include "api/list_bodies.h"
#include "api/list_call.h"
#include "server/base/log.h"

static void respond_list(struct exchange *exchange, int status,
			 const struct stored_list *list)
{
	exchange->etag = list->etag;
	respond_json(exchange, status, json_list(list));
}

/* ---- reading ---------------------------------------------------------- */

static bool filter_read(struct exchange *exchange, struct list_filter *ret)
{
	static const char *const known[] = {"owner", "domain", "limit", "after",
					    NULL};

	*ret = (struct list_filter){0};
	return exchange_knows(exchange, known) &&
	       exchange_domain(exchange, &ret->domain) &&
	       exchange_aor(exchange, "owner", &ret->owner);
}

static enum err list_fill(struct exchange *exchange, struct store *store,
			  const void *filter, struct listing *listing)
{
	struct list_filter of = *(const struct list_filter *)filter;
	struct stored_list *lists;
	size_t n;
	enum err err;

	of.page = listing_page(listing);
	err = store_list_list(store, &of, exchange->arena, &lists, &n);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		listing_add(listing, lists[i].id, json_list(&lists[i]));
	return ERR_OK;
}

void lists_list(struct exchange *exchange)
{
	struct list_filter filter;

	if (filter_read(exchange, &filter))
		respond_listing(exchange, list_fill, &filter, LIST_NOUN);
}

static enum err list_look(struct exchange *exchange, struct store *store,
			  void *ret)
{
	return store_list_find(store, list_target_of(exchange).uri,
			       exchange->arena, ret);
}

void list_get(struct exchange *exchange)
{
	struct stored_list list;

	if (exchange_read(exchange, list_look, &list, LIST_NOUN))
		respond_list(exchange, 200, &list);
}

/* ---- changing --------------------------------------------------------- */

struct list_job {
	struct pieces pieces; /* first: the writer hands back its job */
	const struct exchange *exchange;
	struct list_target target;
	struct list_body body;
	struct stored_list list; /**< to write */
	struct stored_list after;
};

static void respond_unchanged(struct exchange *exchange, enum err err)
{
	struct problem problem = {.status = 422, .reason = "field"};

	if (err == ERR_FORBIDDEN) {
		problem.field = "owner";
		problem.detail = "Entries refer from this list, or to it: "
				 "remove these first, for they may only refer "
				 "to lists of the same owner.";
		respond_problem(exchange, &problem);
	} else if (err) {
		respond_err(exchange, err, LIST_NOUN);
	}
}

static bool change_call(struct exchange *exchange, struct list_job *put,
			enum err (*run)(struct store *, struct write_job *))
{
	enum err err;

	put->pieces.job = (struct write_job){.run = run, .is_one_step = true};
	if (list_call_pieces(exchange, &put->pieces, LIST_NOUN, &err))
		return true;
	respond_unchanged(exchange, err);
	return false;
}

static void log_change(const struct list_job *put, const char *change)
{
	log_event(LOG_EVENT_LIST_CHANGED, NULL,
		  "list=%s change=%s owner=%s use=%s replies=%s",
		  log_text(put->after.uri), change, log_text(put->after.owner),
		  list_use_name(put->after.use),
		  list_replies_name(put->after.replies));
}

/** What the body says in place of what is there. */
static void body_apply(const struct list_body *body, struct stored_list *list)
{
	if (body->owner)
		list->owner = body->owner;
	if (body->is_title_said)
		list->title = body->title;
	if (body->use >= 0)
		list->use = (enum list_use)body->use;
	if (body->replies >= 0)
		list->replies = (enum list_replies)body->replies;
	if (body->kinds.set)
		list->kinds = body->kinds;
}

static enum err add_run(struct store *store, struct write_job *job)
{
	struct list_job *put = (struct list_job *)job;

	return store_list_add(store, &put->list,
			      &put->exchange->api->settings.list_limits,
			      put->exchange->arena, &put->after);
}

/** One name is one thing. */
static bool is_taken(const struct exchange *exchange,
		     const struct stored_list *list)
{
	const struct api_settings *settings = &exchange->api->settings;

	if (list_name_is_reserved(list->name))
		return true;
	for (size_t i = 0; i < settings->n_services; i++) {
		if (strcmp(settings->services[i].key, list->uri) == 0)
			return true;
	}
	return false;
}

static void respond_taken(struct exchange *exchange)
{
	respond_problem(
		exchange,
		&(struct problem){.status = 409,
				  .reason = "name-taken",
				  .detail = "This name is a service, an "
					    "account or somebody in a list "
					    "here, or begins like a consent "
					    "or conference URI."});
}

static void respond_refused(struct exchange *exchange, enum err err)
{
	struct problem problem = {.status = 409,
				  .reason = "exists",
				  .detail = "There is a list with this name "
					    "already."};

	if (err == ERR_CONFLICT) {
		respond_taken(exchange);
		return;
	}
	if (err == ERR_TOO_LARGE)
		problem = (struct problem){
			.status = 422,
			.reason = "limit",
			.detail = "There are as many lists as there may be "
				  "(limits { lists })."};
	respond_problem(exchange, &problem);
}

void lists_post(struct exchange *exchange)
{
	struct list_job put = {.pieces.job = {.run = add_run},
			       .exchange = exchange};
	struct problem problem;
	enum err err;

	if (list_body_read(text_view(&exchange->body), exchange->arena,
			   &put.body, &problem)) {
		respond_problem(exchange, &problem);
		return;
	}
	put.list = (struct stored_list){
		.name = view_copy(exchange->arena,
				  view_head(view_of(put.body.name),
					    strcspn(put.body.name, "@"))),
		.uri = list_uri_of(exchange, put.body.name),
		.created_at = exchange->now};
	body_apply(&put.body, &put.list);
	if (!put.list.uri || is_taken(exchange, &put.list)) {
		respond_taken(exchange);
		return;
	}
	if (!list_call(exchange, &put.pieces.job, LIST_NOUN, &err)) {
		if (err)
			respond_refused(exchange, err);
		return;
	}
	log_change(&put, "added");
	exchange->location = arena_printf(exchange->arena, "/v1/lists/%s",
					  list_at_of(exchange, &put.after));
	respond_list(exchange, 201, &put.after);
}

static enum err change_run(struct store *store, struct write_job *job)
{
	struct list_job *put = (struct list_job *)job;
	struct arena *arena = put->exchange->arena;
	enum err err =
		store_list_find(store, put->target.uri, arena, &put->list);

	if (err)
		return err;
	body_apply(&put->body, &put->list);
	return store_list_change(store, &put->target, &put->list, arena,
				 &put->after);
}

static enum err settle_run(struct store *store, struct write_job *job)
{
	struct list_job *put = (struct list_job *)job;

	return store_list_settle_some(store, &put->target,
				      &put->pieces.has_more);
}

/** First what a stop of the relay left of the last change; then the list; then
 *  its members. */
static bool change_in_pieces(struct exchange *exchange, struct list_job *put)
{
	return change_call(exchange, put, settle_run) &&
	       change_call(exchange, put, change_run) &&
	       (put->after.n_entries <= LIST_PIECE ||
		change_call(exchange, put, settle_run));
}

void list_patch(struct exchange *exchange)
{
	struct list_job put = {.exchange = exchange,
			       .target = list_target_of(exchange)};
	struct problem problem;

	if (list_patch_read(text_view(&exchange->body), exchange->arena,
			    &put.body, &problem)) {
		respond_problem(exchange, &problem);
		return;
	}
	if (!change_in_pieces(exchange, &put))
		return;
	log_change(&put, "changed");
	list_wake(exchange);
	respond_list(exchange, 200, &put.after);
}

static enum err remove_run(struct store *store, struct write_job *job)
{
	struct list_job *put = (struct list_job *)job;
	bool *has_more = &put->pieces.has_more;
	enum err err = store_list_end_some(store, &put->target, has_more);

	return err || *has_more
		       ? err
		       : store_list_remove(store, &put->target,
					   put->exchange->arena, &put->after);
}

/** It has begun: no tag of after stops it. */
static void removal_written(struct pieces *pieces)
{
	((struct list_job *)pieces)->target.if_match = NULL;
}

void list_delete(struct exchange *exchange)
{
	struct list_job put = {.pieces.written = removal_written,
			       .exchange = exchange,
			       .target = list_target_of(exchange)};

	if (!change_call(exchange, &put, remove_run))
		return;
	log_change(&put, "removed");
	respond_no_content(exchange);
}
