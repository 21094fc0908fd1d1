/* Stored lists on disk. */
#include "db/lists_private.h"
#include "db/names.h"
#include "server/base/uri.h"

#define COLUMNS                                                                \
	"SELECT id, uri, name, owner, title, use, replies, kinds, etag, "      \
	"created_at, changed_at, "
#define SELECT                                                                 \
	COLUMNS "(SELECT count(*) FROM list_entry "                            \
		"WHERE list_entry.list = list.id) FROM list "

static void read_list(struct query *query, struct arena *arena,
		      struct stored_list *ret)
{
	struct stored_list list = {.id = query_get_int(query)};

	list.uri = query_get_text(query, arena);
	list.name = query_get_text(query, arena);
	list.owner = query_get_text(query, arena);
	list.title = query_get_text(query, arena);
	if (!list_use_from(query_get_text(query, arena), &list.use) ||
	    !list_replies_from(query_get_text(query, arena), &list.replies))
		query_corrupt(query);
	list.kinds = kinds_read_column(query, arena);
	list.etag = query_get_text(query, arena);
	list.created_at = query_get_int(query);
	list.changed_at = query_get_int(query);
	list.n_entries = query_get_int(query);
	*ret = list;
}

static enum err read_one(struct query *query, struct arena *arena,
			 struct stored_list *ret)
{
	struct stored_list list;
	bool is_found = query_next(query);
	enum err err;

	if (is_found)
		read_list(query, arena, &list);
	err = query_end_found(query, is_found);
	if (err == ERR_OK)
		*ret = list;
	return err;
}

enum err list_by_id(struct store *store, int64_t id, struct arena *arena,
		    struct stored_list *ret)
{
	struct query query = query_begin(store, SELECT "WHERE id = $1");

	query_int(&query, id);
	return read_one(&query, arena, ret);
}

enum err list_uncounted(struct store *store, int64_t id, struct arena *arena,
			struct stored_list *ret)
{
	struct query query =
		query_begin(store, COLUMNS "0 FROM list WHERE id = $1");

	query_int(&query, id);
	return read_one(&query, arena, ret);
}

enum err store_list_find(struct store *store, const char *uri,
			 struct arena *arena, struct stored_list *ret)
{
	struct query query = query_begin(store, SELECT "WHERE uri = $1");

	query_text(&query, uri);
	return read_one(&query, arena, ret);
}

enum err store_list_list(struct store *store, const struct list_filter *filter,
			 struct arena *arena, struct stored_list **ret,
			 size_t *ret_n)
{
	const struct filter filters[] = {{"owner", filter->owner},
					 {DOMAIN_OF("uri"), filter->domain},
					 {NULL, NULL}};
	struct query query = query_list(store, SELECT, filters, filter->page);
	size_t most = filter->page.limit, n = 0;
	struct stored_list *lists = arena_array(arena, most, sizeof(*lists));
	enum err err;

	while (n < most && query_next(&query))
		read_list(&query, arena, &lists[n++]);
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	*ret = lists;
	*ret_n = n;
	return ERR_OK;
}

enum err store_list_exists(struct store *store, const char *uri, bool *ret)
{
	struct query query = query_begin(
		store, "SELECT 1 FROM list WHERE uri = $1 OR uri = $2");
	char room[URI_KEY_ROOM];

	query_text(&query, uri);
	query_text(&query, uri_key_person(uri, room) ? room : uri);
	return query_exists(&query, ret);
}

/* ---- changing --------------------------------------------------------- */

static enum err find(struct store *store, const struct list_target *target,
		     struct arena *arena, struct stored_list *ret)
{
	struct query query;

	if (!target->is_uncounted)
		return store_list_find(store, target->uri, arena, ret);
	query = query_begin(store, COLUMNS "0 FROM list WHERE uri = $1");
	query_text(&query, target->uri);
	return read_one(&query, arena, ret);
}

enum err list_find_matching(struct store *store,
			    const struct list_target *target,
			    struct arena *arena, struct stored_list *ret)
{
	enum err err = find(store, target, arena, ret);

	if (err == ERR_OK && target->if_match &&
	    !etag_is_among(ret->etag, target->if_match))
		return ERR_PRECONDITION;
	return err;
}

static void renew(struct stored_list *list, int64_t now, struct arena *arena)
{
	list->etag = etag_new(arena);
	list->changed_at = now;
}

static void bind_list(struct query *query, const struct stored_list *list,
		      char room[KINDS_TEXT_ROOM])
{
	query_text(query, list->owner);
	query_text(query, list->title);
	query_text(query, list_use_name(list->use));
	query_text(query, list_replies_name(list->replies));
	query_text(query, kinds_text(kinds_or_message(list->kinds), room));
	query_text(query, list->etag);
	query_int(query, list->changed_at);
}

enum err list_log(struct store *store, const struct stored_list *list,
		  enum change_kind kind, int64_t at)
{
	return change_add(store,
			  &(struct store_change){.noun = CHANGE_NOUN_LIST,
						 .kind = kind,
						 .subject = list->id,
						 .name = list->uri,
						 .at = at});
}

static enum err insert(struct store *store, struct stored_list *list)
{
	struct query query = query_begin(
		store, "INSERT INTO list (owner, title, use, replies, kinds, "
		       "etag, changed_at, uri, name, created_at) "
		       "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
		       "RETURNING id");
	char room[KINDS_TEXT_ROOM];

	bind_list(&query, list, room);
	query_text(&query, list->uri);
	query_text(&query, list->name);
	query_int(&query, list->created_at);
	return query_run_id(&query, &list->id);
}

static enum err update(struct store *store, const struct stored_list *list)
{
	struct query query = query_begin(
		store, "UPDATE list SET owner = $1, title = $2, use = $3, "
		       "replies = $4, kinds = $5, etag = $6, changed_at = $7 "
		       "WHERE id = $8");
	char room[KINDS_TEXT_ROOM];
	enum err err;

	bind_list(&query, list, room);
	query_int(&query, list->id);
	err = query_run(&query);
	return err == ERR_OK
		       ? list_log(store, list, CHANGE_CHANGED, list->changed_at)
		       : err;
}

enum err list_touch(struct store *store, struct stored_list *list, int64_t now,
		    struct arena *arena)
{
	renew(list, now, arena);
	return update(store, list);
}

static enum err account_exists(struct store *store, const char *aor, bool *ret)
{
	struct query query =
		query_begin(store, "SELECT 1 FROM account WHERE aor = $1");

	query_text(&query, aor);
	return query_exists(&query, ret);
}

/** By way of the lists: the index of entries begins with them. */
static enum err member_exists(struct store *store, const char *key, bool *ret)
{
	struct query query = query_begin(
		store, "SELECT 1 FROM list l CROSS JOIN list_entry e "
		       "ON e.list = l.id AND e.key = $1");

	query_text(&query, key);
	return query_exists(&query, ret);
}

/** One name is one thing: an account of this AOR, or who is in a list, is
 *  somebody else. */
static enum err check_name(struct store *store, const char *uri)
{
	bool is_taken = false;
	enum err err = store_list_exists(store, uri, &is_taken);

	if (err != ERR_OK || is_taken)
		return err == ERR_OK ? ERR_EXISTS : err;
	err = account_exists(store, uri, &is_taken);
	if (err == ERR_OK && !is_taken)
		err = member_exists(store, uri, &is_taken);
	return err == ERR_OK && is_taken ? ERR_CONFLICT : err;
}

static enum err check_room(struct store *store, int64_t most)
{
	int64_t n = 0;
	enum err err =
		store_read_number(store, "SELECT count(*) FROM list", &n);

	return err == ERR_OK && n >= most ? ERR_TOO_LARGE : err;
}

static enum err add(struct store *store, struct stored_list *list,
		    const struct list_limits *limits)
{
	enum err err = check_name(store, list->uri);

	if (err == ERR_OK)
		err = check_room(store, limits->lists);
	if (err == ERR_OK)
		err = name_end(store, list->uri, list->created_at);
	if (err == ERR_OK)
		err = insert(store, list);
	if (err == ERR_OK)
		err = list_log(store, list, CHANGE_ADDED, list->created_at);
	return err;
}

enum err store_list_add(struct store *store, const struct stored_list *list,
			const struct list_limits *limits, struct arena *arena,
			struct stored_list *ret)
{
	struct stored_list row = *list;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	renew(&row, list->created_at, arena);
	row.kinds = kinds_or_message(row.kinds);
	row.n_entries = 0;
	err = transaction_end(store, add(store, &row, limits));
	if (err == ERR_OK)
		*ret = row;
	return err;
}

static enum err change(struct store *store, const struct list_target *target,
		       const struct stored_list *list, struct arena *arena,
		       struct stored_list *row)
{
	struct stored_list was;
	bool asks = false;
	enum err err = list_find_matching(store, target, arena, row);

	if (err == ERR_OK)
		err = list_check_owner(store, row, list);
	if (err != ERR_OK)
		return err;
	was = *row;
	asks = list_asks_anew(row, list);
	if (asks)
		err = list_turn_finish(store, row->id, target->now, arena);
	if (err != ERR_OK)
		return err;
	row->owner = list->owner;
	row->title = list->title;
	row->use = list->use;
	row->replies = list->replies;
	row->kinds = kinds_or_message(list->kinds);
	err = list_touch(store, row, target->now, arena);
	if (err == ERR_OK && asks)
		err = list_turn(store, &was, target->now, arena);
	return err;
}

enum err store_list_change(struct store *store,
			   const struct list_target *target,
			   const struct stored_list *list, struct arena *arena,
			   struct stored_list *ret)
{
	struct stored_list row;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	err = transaction_end(store, change(store, target, list, arena, &row));
	if (err == ERR_OK)
		*ret = row;
	return err;
}

static enum err delete_list(struct store *store, const struct stored_list *list,
			    int64_t now)
{
	struct query query =
		query_begin(store, "DELETE FROM list WHERE id = $1");
	enum err err;

	query_int(&query, list->id);
	store->needs_quiesce = true;
	err = query_run(&query);
	return err == ERR_OK ? list_log(store, list, CHANGE_REMOVED, now) : err;
}

/* Its references are dead from now on, and what rested on them ends. */
enum err list_remove(struct store *store, const struct list_target *target,
		     struct arena *arena, struct stored_list *row)
{
	struct list_recipients references = {.arena = arena};
	enum err err = list_find_matching(store, target, arena, row);

	if (err == ERR_OK)
		err = list_references(store, row->id, NULL, &references);
	if (err == ERR_OK)
		err = delete_list(store, row, target->now);
	if (err == ERR_OK)
		err = name_end(store, row->uri, target->now);
	for (size_t i = 0; i < references.n && err == ERR_OK; i++)
		err = list_settle(
			store,
			&(struct list_settling){.list = references.at[i].list,
						.key = references.at[i].key,
						.is_referring = true,
						.now = target->now},
			arena);
	return err;
}

static enum err end_some(struct store *store, const struct list_target *target,
			 bool *ret_more)
{
	struct arena *arena = arena_new(0);
	struct stored_list row;
	enum err err = list_find_matching(store, target, arena, &row);

	if (err == ERR_OK)
		err = name_end_some(store, row.uri, target->now, ret_more);
	arena_free(arena);
	return err;
}

enum err store_list_end_some(struct store *store,
			     const struct list_target *target, bool *ret_more)
{
	enum err err = transaction_begin(store);

	*ret_more = false;
	if (err != ERR_OK)
		return err;
	return transaction_end(store, end_some(store, target, ret_more));
}

enum err store_list_remove(struct store *store,
			   const struct list_target *target,
			   struct arena *arena, struct stored_list *ret)
{
	struct stored_list row;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	err = transaction_end(store, list_remove(store, target, arena, &row));
	if (err == ERR_OK)
		*ret = row;
	return err;
}

/* ---- in memory ----------------------------------------------------------- */

static void reload(struct store *store, const struct store_change *change)
{
	struct stored_list list;
	struct list_image image;
	enum err err = list_by_id(store, change->subject, store->arena, &list);

	if (err == ERR_OK)
		err = list_read_image(store, &list, store->arena, &image);
	if (err == ERR_OK)
		list_table_put(store->lists, &image);
	else if (err == ERR_UNKNOWN)
		list_table_remove(store->lists, change->name);
}

/** Is it named again?  Then it is read then. */
static bool is_last(const struct store_change *change)
{
	const struct store_change *it = change->next;

	while (it &&
	       (it->noun != CHANGE_NOUN_LIST || it->subject != change->subject))
		it = it->next;
	return !it;
}

/** Memory takes nothing from a list before it is on disk. */
static void committed(void *arg, struct store *store,
		      const struct store_change *first)
{
	(void)arg;
	if (!store->lists || store->health == HEALTH_BROKEN)
		return;
	for (const struct store_change *it = first; it; it = it->next) {
		if (it->noun == CHANGE_NOUN_LIST && is_last(it))
			reload(store, it);
	}
}

const struct change_reader list_reader = {.committed = committed};
