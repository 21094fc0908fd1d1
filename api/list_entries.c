#include "api/handlers.h"

#include "api/json.h"
#include "api/list_bodies.h"
#include "api/list_call.h"
#include "api/permission_view.h"
#include "server/base/log.h"

#define NOUN "entry of this list"

/* ---- reading ---------------------------------------------------------- */

struct entry_look {
	struct stored_list list;
	struct list_entry entry;
	struct question_look question;
};

static enum err list_add(struct exchange *exchange, struct store *store,
			 const struct entry_look *look, struct listing *listing)
{
	struct open_question open;
	enum err err =
		permission_open_question(store, &look->entry.permission, &open);

	if (!err)
		listing_add(listing, look->entry.place,
			    json_list_entry(exchange, &look->list, &look->entry,
					    &open));
	return err;
}

static enum err list_fill(struct exchange *exchange, struct store *store,
			  const void *filter, struct listing *listing)
{
	struct list_entries entries;
	struct entry_look look;
	enum err err = store_list_find(store, list_target_of(exchange).uri,
				       exchange->arena, &look.list);

	(void)filter;
	if (!err)
		err = store_list_entries(store, &look.list,
					 listing_page(listing), exchange->arena,
					 &entries);
	if (err)
		return err;
	exchange->etag = look.list.etag;
	for (size_t i = 0; !err && i < entries.n; i++) {
		look.entry = entries.at[i];
		err = list_add(exchange, store, &look, listing);
	}
	return err;
}

void list_entries_get(struct exchange *exchange)
{
	static const char *const known[] = {"limit", "after", NULL};

	if (exchange_knows(exchange, known))
		respond_listing(exchange, list_fill, NULL, LIST_NOUN);
}

static enum err entry_look(struct exchange *exchange, struct store *store,
			   void *ret)
{
	struct entry_look *look = ret;
	enum err err = store_list_find(store, list_target_of(exchange).uri,
				       exchange->arena, &look->list);

	if (!err)
		err = store_list_entry_get(store, &look->list, exchange->id,
					   exchange->arena, &look->entry);
	if (err || !look->entry.permission.id)
		return err;
	return store_question_look(
		store,
		&(struct question_turn){.row = &look->entry.permission,
					.limits =
						&exchange->api->settings.asking,
					.now = exchange->now},
		exchange->arena, &look->question);
}

void list_entry_get(struct exchange *exchange)
{
	struct entry_look look;
	json_t *object;

	if (!exchange_read(exchange, entry_look, &look, NOUN))
		return;
	object = json_list_entry(exchange, &look.list, &look.entry,
				 &look.question.open);
	json_put(object, "limits",
		 look.entry.permission.id
			 ? json_limits(&look.entry.permission, &look.question,
				       exchange->now)
			 : json_null());
	exchange->etag = look.list.etag;
	respond_json(exchange, 200, object);
}

/* ---- adding ----------------------------------------------------------- */

struct entries_job {
	struct write_job job; /* first: the writer hands it back */
	const struct exchange *exchange;
	struct list_target target;
	struct list_addition addition;
	struct open_question *open; /**< of each; they may be known already */
};

static enum err add_run(struct store *store, struct write_job *job)
{
	struct entries_job *put = (struct entries_job *)job;
	struct list_addition *addition = &put->addition;
	struct arena *arena = put->exchange->arena;
	enum err err =
		store_list_entries_add(store, &put->target, addition, arena);

	put->open = arena_array(arena, addition->n, sizeof(*put->open));
	for (size_t i = 0; !err && i < addition->n; i++)
		err = permission_open_question(
			store, &addition->added[i].permission, &put->open[i]);
	return err;
}

/** 422: which entry, and why; nothing was changed. */
static void respond_bad_entry(struct exchange *exchange,
			      const struct entries_job *put, enum err err)
{
	static const struct {
		enum err err;
		const char *reason, *field, *detail;
	} faults[] = {
		{ERR_EXISTS, "duplicate", NULL,
		 "This is in the list already, beside it."},
		{ERR_SYNTAX, "field", "parent",
		 "There is no list inside this one with this id, or it is too "
		 "deep in others."},
		{ERR_HOSTILE, "field", "uri",
		 "This is a stored list; refer to its entries by list and "
		 "uri."},
		{ERR_FORBIDDEN, "field", "list",
		 "The owner has no other list of this name with an entry of "
		 "this uri."},
		{ERR_TOO_LARGE, "limit", NULL,
		 "The list has as many entries as it may have (limits { "
		 "list-entries })."},
	};
	struct problem problem = {.status = 422, .detail = err_text(err)};
	const char *field = NULL;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (faults[i].err != err)
			continue;
		problem.reason = faults[i].reason;
		problem.detail = faults[i].detail;
		field = faults[i].field;
	}
	list_entry_blame(&problem, exchange->arena, put->addition.bad, field);
	respond_problem(exchange, &problem);
}

static void respond_entries(struct exchange *exchange,
			    const struct entries_job *put)
{
	const struct list_addition *addition = &put->addition;
	json_t *document = json_object(), *items = json_array();

	for (size_t i = 0; i < addition->n; i++)
		json_array_append_new(items,
				      json_list_entry(exchange, &addition->list,
						      &addition->added[i],
						      &put->open[i]));
	json_put(document, "items", items);
	exchange->etag = addition->list.etag;
	respond_json(exchange, 201, document);
}

/** In the domain of the list that refers: there is no way to another's. */
static const char *reference_uri(const struct exchange *exchange,
				 const char *list, const char *name)
{
	const struct domains *domains = &exchange->api->settings.domains;
	const char *domain = domains_of(domains, list), *uri;

	if (domain && !strchr(name, '@'))
		name = arena_printf(exchange->arena, "%s@%s", name, domain);
	uri = list_uri_of(exchange, name);
	return uri && domains_are_one(domains, uri, list) ? uri : "";
}

static void find_references(struct exchange *exchange, const char *list,
			    struct list_entries *entries)
{
	for (size_t i = 0; i < entries->n; i++) {
		struct list_entry *it = &entries->at[i];

		if (it->kind == LIST_REF)
			it->ref_uri =
				reference_uri(exchange, list, it->ref_name);
	}
}

void list_entries_post(struct exchange *exchange)
{
	const struct body_rules rules = exchange_body_rules(exchange);
	struct entries_job put = {.job = {.run = add_run},
				  .exchange = exchange,
				  .target = list_target_of(exchange)};
	struct list_entries entries;
	struct problem problem;
	enum err err;

	if (list_entries_read(text_view(&exchange->body), &rules,
			      exchange->arena, &entries, &problem)) {
		respond_problem(exchange, &problem);
		return;
	}
	find_references(exchange, put.target.uri, &entries);
	put.addition = (struct list_addition){
		.entries = entries.at,
		.n = entries.n,
		.entries_most = exchange->api->settings.list_limits.entries};
	if (!list_call(exchange, &put.job, LIST_NOUN, &err)) {
		if (err)
			respond_bad_entry(exchange, &put, err);
		return;
	}
	log_event(LOG_EVENT_LIST_CHANGED, NULL,
		  "list=%s change=entries-added entries=%zu size=%lld",
		  log_text(put.addition.list.uri), put.addition.n,
		  (long long)put.addition.list.n_entries);
	list_wake(exchange);
	respond_entries(exchange, &put);
}

/* ---- removing --------------------------------------------------------- */

struct removal_job {
	struct write_job job; /* first: the writer hands it back */
	const struct exchange *exchange;
	struct list_target target;
	struct stored_list list;
};

static enum err remove_run(struct store *store, struct write_job *job)
{
	struct removal_job *put = (struct removal_job *)job;

	return store_list_entry_remove(store, &put->target, put->exchange->id,
				       put->exchange->arena, &put->list);
}

void list_entry_delete(struct exchange *exchange)
{
	struct removal_job put = {.job = {.run = remove_run},
				  .exchange = exchange,
				  .target = list_target_of(exchange)};
	enum err err;

	if (!list_call(exchange, &put.job, NOUN, &err)) {
		if (err)
			respond_err(exchange, err, NOUN);
		return;
	}
	log_event(LOG_EVENT_LIST_CHANGED, NULL,
		  "list=%s change=entry-removed entry=%lld size=%lld",
		  log_text(put.list.uri), (long long)exchange->id,
		  (long long)put.list.n_entries);
	exchange->etag = put.list.etag;
	respond_no_content(exchange);
}
