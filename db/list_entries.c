/* What is in stored lists. */
#include "db/lists_private.h"

#define SELECT                                                                 \
	"SELECT e.id, e.parent, e.place, e.kind, e.uri, e.key, e.name, "       \
	"e.title, e.ref_list, r.name, r.uri, e.copy_control, e.anonymize "     \
	"FROM list_entry e LEFT JOIN list r ON r.id = e.ref_list "

static const char *const kind_names[LIST_ENTRY_KINDS] = {
	[LIST_ENTRY] = "entry",
	[LIST_NESTED] = "list",
	[LIST_REF] = "entry-ref",
};

const char *list_entry_kind_name(enum list_entry_kind kind)
{
	return kind < LIST_ENTRY_KINDS ? kind_names[kind] : "unknown";
}

static enum list_entry_kind kind_from(const char *name)
{
	for (size_t i = 0; name && i < LIST_ENTRY_KINDS; i++) {
		if (strcmp(name, kind_names[i]) == 0)
			return (enum list_entry_kind)i;
	}
	return LIST_ENTRY_KINDS;
}

static void read_entry(struct query *query, struct arena *arena,
		       struct list_entry *ret)
{
	struct list_entry entry = {.id = query_get_int(query)};

	entry.parent = query_get_int(query);
	entry.place = query_get_int(query);
	entry.kind = kind_from(query_get_text(query, arena));
	entry.uri = query_get_text(query, arena);
	entry.key = query_get_text(query, arena);
	entry.name = query_get_text(query, arena);
	entry.title = query_get_text(query, arena);
	entry.ref_list = query_get_int(query);
	entry.ref_name = query_get_text(query, arena);
	entry.ref_uri = query_get_text(query, arena);
	if (!copy_control_from(query_get_text(query, arena), &entry.copy) ||
	    entry.kind == LIST_ENTRY_KINDS)
		query_corrupt(query);
	entry.is_anonymous = query_get_int(query) != 0;
	*ret = entry;
}

/** What the list has of somebody: for whom it asks now, else for its owner or
 *  for all members, whom it may have asked for before. */
static enum err find_permission(struct store *store,
				const struct stored_list *list,
				struct arena *arena, struct list_entry *entry)
{
	const char *scopes[] = {list_scope(list), list->owner, "*"};
	enum err err = ERR_UNKNOWN;

	for (size_t i = 0; i < 3 && entry->key && err == ERR_UNKNOWN; i++) {
		const struct permission triple = {.sender = scopes[i],
						  .target = list->uri,
						  .recipient = entry->key};

		err = permission_any(store, &triple, arena, &entry->permission);
	}
	return err == ERR_UNKNOWN ? ERR_OK : err;
}

enum err store_list_entries(struct store *store, const struct stored_list *list,
			    struct page page, struct arena *arena,
			    struct list_entries *ret)
{
	struct query query =
		query_begin(store, SELECT "WHERE e.list = $1 AND e.place > $2 "
					  "ORDER BY e.place LIMIT $3");
	struct list_entries entries = {
		.at = arena_array(arena, page.limit, sizeof(*entries.at))};
	enum err err;

	query_int(&query, list->id);
	query_int(&query, page.after);
	query_int(&query, (int64_t)page.limit);
	while (entries.n < page.limit && query_next(&query))
		read_entry(&query, arena, &entries.at[entries.n++]);
	err = query_end(&query);
	for (size_t i = 0; i < entries.n && err == ERR_OK; i++)
		err = find_permission(store, list, arena, &entries.at[i]);
	if (err == ERR_OK)
		*ret = entries;
	return err;
}

enum err store_list_entry_get(struct store *store,
			      const struct stored_list *list, int64_t id,
			      struct arena *arena, struct list_entry *ret)
{
	struct query query =
		query_begin(store, SELECT "WHERE e.list = $1 AND e.id = $2");
	struct list_entry entry;
	bool is_found;
	enum err err;

	query_int(&query, list->id);
	query_int(&query, id);
	is_found = query_next(&query);
	if (is_found)
		read_entry(&query, arena, &entry);
	err = query_end_found(&query, is_found);
	if (err == ERR_OK)
		err = find_permission(store, list, arena, &entry);
	if (err == ERR_OK)
		*ret = entry;
	return err;
}

/* ---- adding ----------------------------------------------------------- */

/** RFC 4826 section 3.4.5: names and URIs are unique among what stands beside
 *  them.  URIs are compared as permissions are, by their keys.  A reference
 * that leads nowhere keeps no entry out. */
static enum err check_twice(struct store *store, int64_t list,
			    const struct list_entry *entry)
{
	struct query query;
	bool is_twice = false;
	enum err err;

	if (entry->kind == LIST_NESTED && !entry->name)
		return ERR_OK;
	if (entry->kind == LIST_NESTED)
		query = query_begin(
			store, "SELECT 1 FROM list_entry WHERE list = $1 AND "
			       "name = $2 AND coalesce(parent, 0) = $3");
	else
		query = query_begin(
			store, "SELECT 1 FROM list_entry e WHERE e.list = $1 "
			       "AND e.key = $2 AND coalesce(e.parent, 0) = $3 "
			       "AND ($4 <> 'entry' OR " LIST_IS_MEMBER ")");
	query_int(&query, list);
	query_text(&query,
		   entry->kind == LIST_NESTED ? entry->name : entry->key);
	query_int(&query, entry->parent);
	if (entry->kind != LIST_NESTED)
		query_text(&query, list_entry_kind_name(entry->kind));
	err = query_exists(&query, &is_twice);
	return err == ERR_OK && is_twice ? ERR_EXISTS : err;
}

/** The list inside that this one stands in; ERR_SYNTAX: it is none. */
static enum err parent_of(struct store *store, int64_t list, int64_t id,
			  int64_t *ret)
{
	struct query query = query_begin(
		store, "SELECT parent FROM list_entry "
		       "WHERE id = $1 AND list = $2 AND kind = 'list'");
	bool is_found;
	enum err err;

	query_int(&query, id);
	query_int(&query, list);
	is_found = query_next(&query);
	if (is_found)
		*ret = query_get_int(&query);
	err = query_end_found(&query, is_found);
	return err == ERR_UNKNOWN ? ERR_SYNTAX : err;
}

static enum err check_parent(struct store *store, int64_t list,
			     const struct list_entry *entry)
{
	int64_t at = entry->parent;
	enum err err = ERR_OK;

	for (int depth = 0; at && err == ERR_OK; depth++)
		err = depth == LIST_DEPTH_MOST
			      ? ERR_SYNTAX
			      : parent_of(store, list, at, &at);
	return err;
}

/** RFC 4826 section 3.4.5: a reference leads to an entry; one list of the
 * owner's to another. */
static enum err check_reference(struct store *store,
				const struct stored_list *list,
				struct list_entry *entry)
{
	struct query query = query_begin(
		store, "SELECT e.list FROM list_entry e JOIN list l "
		       "ON l.id = e.list WHERE l.uri = $1 AND l.owner = $2 AND "
		       "e.key = $3 AND e.kind = 'entry'");
	enum err err;

	query_text(&query, entry->ref_uri);
	query_text(&query, list->owner);
	query_text(&query, entry->key);
	entry->ref_list = 0;
	if (query_next(&query))
		entry->ref_list = query_get_int(&query);
	err = query_end(&query);
	if (err == ERR_OK && (!entry->ref_list || entry->ref_list == list->id))
		err = ERR_FORBIDDEN;
	return err;
}

enum err list_check_owner(struct store *store, const struct stored_list *was,
			  const struct stored_list *list)
{
	struct query query;
	bool is_referring = false;
	enum err err;

	if (strcmp(was->owner, list->owner) == 0)
		return ERR_OK;
	query = query_begin(store, "SELECT 1 FROM list_entry "
				   "WHERE ref_list = $1 OR "
				   "(list = $1 AND ref_list IS NOT NULL)");
	query_int(&query, was->id);
	err = query_exists(&query, &is_referring);
	return err == ERR_OK && is_referring ? ERR_FORBIDDEN : err;
}

static enum err check_entry(struct store *store, const struct stored_list *list,
			    struct list_entry *entry)
{
	bool is_list = false;
	enum err err = check_parent(store, list->id, entry);

	if (err == ERR_OK && entry->key)
		err = store_list_exists(store, entry->key, &is_list);
	if (err == ERR_OK && is_list)
		err = ERR_HOSTILE; /* RFC 5363 section 5: no loops */
	if (err == ERR_OK && entry->kind == LIST_REF)
		err = check_reference(store, list, entry);
	return err == ERR_OK ? check_twice(store, list->id, entry) : err;
}

static enum err newest_place(struct store *store, int64_t list, int64_t *ret)
{
	struct query query = query_begin(
		store, "SELECT coalesce(max(place), 0) FROM list_entry "
		       "WHERE list = $1");

	query_int(&query, list);
	*ret = query_next(&query) ? query_get_int(&query) : 0;
	return query_end(&query);
}

/** NULL for 0: no row has it. */
static void bind_id(struct query *query, int64_t id)
{
	if (id)
		query_int(query, id);
	else
		query_text(query, NULL);
}

static enum err insert(struct store *store, int64_t list,
		       struct list_entry *entry)
{
	struct query query = query_begin(
		store, "INSERT INTO list_entry (list, parent, place, kind, "
		       "uri, key, name, title, ref_list, copy_control, "
		       "anonymize) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		       "$10, $11) "
		       "RETURNING id");

	query_int(&query, list);
	bind_id(&query, entry->parent);
	query_int(&query, entry->place);
	query_text(&query, list_entry_kind_name(entry->kind));
	query_text(&query, entry->uri);
	query_text(&query, entry->key);
	query_text(&query, entry->name);
	query_text(&query, entry->title);
	bind_id(&query, entry->ref_list);
	query_text(&query, copy_control_name(entry->copy));
	query_int(&query, entry->is_anonymous);
	return query_run_id(&query, &entry->id);
}

static enum err add_one(struct store *store, struct list_addition *addition,
			struct list_entry *entry, int64_t place,
			const struct list_settling *settling)
{
	enum err err;

	if (addition->list.n_entries >= addition->entries_most)
		return ERR_TOO_LARGE;
	err = check_entry(store, &addition->list, entry);
	entry->place = place;
	if (err == ERR_OK)
		err = insert(store, settling->list, entry);
	if (err == ERR_OK)
		addition->list.n_entries++;
	return err;
}

static enum err add_all(struct store *store, const struct list_target *target,
			struct list_addition *addition, struct arena *arena)
{
	struct list_settling settling = {.is_added = true, .now = target->now};
	int64_t place = 0;
	enum err err =
		list_find_matching(store, target, arena, &addition->list);

	settling.list = addition->list.id;
	if (target->is_uncounted)
		addition->list.n_entries = addition->n_there;
	if (err == ERR_OK)
		err = newest_place(store, settling.list, &place);
	for (size_t i = 0; i < addition->n && err == ERR_OK; i++) {
		struct list_entry *entry = &addition->added[i];

		*entry = addition->entries[i];
		addition->bad = i;
		err = add_one(store, addition, entry, ++place, &settling);
		settling.key = entry->key;
		settling.term_s = entry->has_term ? &entry->term_s : NULL;
		if (err == ERR_OK && entry->key)
			err = list_settle(store, &settling, arena);
		if (err == ERR_OK)
			err = find_permission(store, &addition->list, arena,
					      entry);
	}
	if (err == ERR_OK)
		err = list_touch(store, &addition->list, target->now, arena);
	return err;
}

enum err store_list_entries_add(struct store *store,
				const struct list_target *target,
				struct list_addition *addition,
				struct arena *arena)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	addition->added =
		arena_array(arena, addition->n + 1, sizeof(*addition->added));
	addition->list.id = 0;
	return transaction_end(store, add_all(store, target, addition, arena));
}

/* ---- removing --------------------------------------------------------- */

/** It, and what is in lists inside: their recipients, NULL of lists.
 *  ERR_UNKNOWN: this list has no such entry. */
static enum err keys_inside(struct store *store, int64_t list, int64_t id,
			    struct list_recipients *ret)
{
	struct query query = query_begin(
		store, "WITH RECURSIVE inside (id, key) AS ("
		       "SELECT id, key FROM list_entry WHERE id = $1 "
		       "AND list = $2 "
		       "UNION ALL SELECT e.id, e.key FROM list_entry e "
		       "JOIN inside ON e.parent = inside.id) "
		       "SELECT key FROM inside");

	query_int(&query, id);
	query_int(&query, list);
	while (query_next(&query))
		list_recipients_add(ret, 0, query_get_text(&query, ret->arena));
	return query_end_found(&query, ret->n > 0);
}

static enum err delete_entry(struct store *store, int64_t id)
{
	struct query query =
		query_begin(store, "DELETE FROM list_entry WHERE id = $1");

	query_int(&query, id);
	return query_run(&query);
}

static enum err remove_entry(struct store *store,
			     const struct list_target *target, int64_t id,
			     struct arena *arena, struct stored_list *list)
{
	struct list_settling settling = {.now = target->now};
	struct list_recipients inside = {.arena = arena};
	enum err err = list_find_matching(store, target, arena, list);

	if (err != ERR_OK)
		return err;
	settling.list = list->id;
	err = keys_inside(store, list->id, id, &inside);
	if (err == ERR_OK)
		err = delete_entry(store, id);
	for (size_t i = 0; i < inside.n && err == ERR_OK; i++) {
		settling.key = inside.at[i].key;
		if (settling.key)
			err = list_settle(store, &settling, arena);
	}
	/* A wider permission than the list's may have let it through. */
	store->needs_quiesce = true;
	if (err != ERR_OK)
		return err;
	list->n_entries -= (int64_t)inside.n;
	return list_touch(store, list, target->now, arena);
}

enum err store_list_entry_remove(struct store *store,
				 const struct list_target *target, int64_t id,
				 struct arena *arena, struct stored_list *ret)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	return transaction_end(store,
			       remove_entry(store, target, id, arena, ret));
}
