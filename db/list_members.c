/* Who is in a stored list is asked; who is in it no more loses what they
 * granted for it. */
#include "db/lists_private.h"
#include "db/names.h"
#include "db/questions.h"
#include "db/renewals.h"

const char *list_scope(const struct stored_list *list)
{
	return list_asks_for_many(list->use, list->replies) ? "*" : list->owner;
}

/**
 * The permissions of one recipient for a target.  Ordered as the index by
 * recipient is: the one by target has as many rows as the list.
 */
static enum err rows_of_recipient(struct store *store, const char *target,
				  const char *recipient, struct arena *arena,
				  struct member_rows *ret)
{
	struct query query = query_begin(
		store, "SELECT " PERMISSION_COLUMNS " FROM permission "
		       "WHERE recipient = $1 AND target = $2 "
		       "ORDER BY recipient, sender");

	query_text(&query, recipient);
	query_text(&query, target);
	return permission_read_all(&query, SIZE_MAX, arena, &ret->at, &ret->n);
}

static bool is_among(const struct member_rows *rows, int64_t id)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->at[i].id == id)
			return true;
	return false;
}

/** Those of whom @p key names whose keys begin with @p plain, beside those
 * there are.  The target is no index to look them up by: a list has many rows.
 */
static enum err add_person_rows(struct store *store, const char *plain,
				const char *key, struct member_rows *ret)
{
	struct query query = query_begin(
		store, "SELECT * FROM (" PERMISSIONS_OF_PERSON ") AS person "
		       "WHERE ($3 = '' OR target = $3)");
	struct member_rows found;
	enum err err;

	query_text(&query, plain);
	query_text(&query, key);
	query_text(&query, ret->target);
	err = permission_read_all(&query, SIZE_MAX, ret->arena, &found.at,
				  &found.n);
	if (err != ERR_OK || !found.n)
		return err;

	struct permission *all =
		arena_array(ret->arena, ret->n + found.n, sizeof(*all));

	for (size_t i = 0; i < ret->n; i++)
		all[i] = ret->at[i];
	ret->at = all;
	for (size_t i = 0; i < found.n; i++)
		if (uri_keys_name_one(found.at[i].recipient, key) &&
		    !is_among(ret, found.at[i].id))
			ret->at[ret->n++] = found.at[i];
	return ERR_OK;
}

enum err list_person_rows(struct store *store, const char *target,
			  const char *key, struct arena *arena,
			  struct member_rows *ret)
{
	char room[URI_KEY_ROOM];
	const char *plain = uri_key_person(key, room) ? room : key;
	enum err err;

	*ret = (struct member_rows){.arena = arena, .target = target};
	err = add_person_rows(store, plain, key, ret);
	if (err == ERR_OK && strncmp(plain, "sip:", 4) == 0)
		err = add_person_rows(store,
				      arena_printf(arena, "sips:%s", plain + 4),
				      key, ret);
	return err;
}

/* ---- asking ----------------------------------------------------------- */

/** Somebody in a list, for whom it wants these kinds. */
struct asked {
	const struct stored_list *list;
	const struct list_settling *settling;
	struct kinds missing;  /**< that nothing stands for */
	const int64_t *term_s; /**< of a yes; NULL: as configured */
};

/** That of an older question of the list, where no other is said. */
static const int64_t *term_of(const struct list_settling *settling,
			      const struct member_rows *rows)
{
	for (size_t i = 0; !settling->term_s && i < rows->n; i++)
		if (rows->at[i].term_s)
			return &rows->at[i].term_s;
	return settling->term_s;
}

static enum err ask(struct store *store, const struct asked *asked,
		    int64_t again, struct arena *arena)
{
	const struct list_settling *settling = asked->settling;
	const struct permission_change change = {
		.id = again,
		.sender = list_scope(asked->list),
		.target = asked->list->uri,
		.recipient = settling->key,
		.recipient_uri = settling->uri,
		.kinds = asked->missing,
		.event = EVENT_ADDED,
		.actor = ORIGIN_ADMIN,
		.expires_at = -1,
		.term_s = asked->term_s,
		.ask_due_at = settling->now,
		.now = settling->now};
	struct permission_result result;
	enum err err = store_permission_set(store, &change, arena, &result);

	/* A no of theirs, of whatever scope: nobody asks them again (RFC 5360
	 * section 5.8).  Kinds in rows that are for others, too, stay there. */
	return err == ERR_CONFLICT || err == ERR_EXISTS ? ERR_OK : err;
}

/** What a row of the scope, or of a wider one, already stands for. */
static enum err heed_row(struct store *store, struct asked *asked,
			 const struct permission *row, struct arena *arena)
{
	const struct list_settling *settling = asked->settling;
	bool is_own = strcmp(row->sender, list_scope(asked->list)) == 0;
	bool is_over = permission_is_expired(row, settling->now) ||
		       (row->state == PERMISSION_ERROR && settling->is_added);

	if (!is_own && (is_over || strcmp(row->sender, "*") != 0))
		return ERR_OK;
	asked->missing = row->all_kinds
				 ? (struct kinds){0}
				 : kinds_without(asked->missing,
						 kinds_or_message(row->kinds));
	return is_over ? ask(store, asked, row->id, arena) : ERR_OK;
}

/** Was it a question of the list as it was, and is none of it as it is now? */
static bool is_unwanted(const struct asked *asked, const struct permission *row)
{
	const struct stored_list *was = asked->settling->was;
	struct kinds kinds = kinds_or_message(row->kinds);
	const char *scope = list_scope(asked->list);

	if (!was || strcmp(row->sender, list_scope(was)) != 0 ||
	    !kinds_cover(kinds_or_message(was->kinds), kinds))
		return false;
	if (strcmp(scope, "*") != 0 && strcmp(scope, row->sender) != 0)
		return true; /* of more senders, or of another owner */
	if (row->state == PERMISSION_GRANTED)
		return !kinds_overlap(kinds_or_message(asked->list->kinds),
				      kinds);
	return !kinds_cover(kinds_or_message(asked->list->kinds), kinds);
}

/** A question about it has left, and nobody answered: what was to be asked once
 *  more is not, and what has left stands. */
static enum err let_stand(struct store *store, const struct asked *asked,
			  const struct permission *row, struct arena *arena)
{
	const struct permission_change change = {.id = row->id,
						 .event = EVENT_SENT,
						 .actor = ORIGIN_ADMIN,
						 .expires_at = -1,
						 .now = asked->settling->now};
	struct permission after;

	return store_permission_change(store, &change, arena, &after);
}

/** What was not asked yet is not asked: neither a question, nor a renewal.
 *  What was granted stays, and so does a question that has left: it may be
 *  read already.  @p ret_gone: there is no row any more. */
static enum err take_back(struct store *store, const struct asked *asked,
			  const struct permission *row, struct arena *arena,
			  bool *ret_gone)
{
	struct open_question open;
	bool stands = false;
	enum err err;

	*ret_gone = false;
	if (!is_unwanted(asked, row))
		return ERR_OK;
	if (row->state == PERMISSION_GRANTED)
		return store_renewal_step(store, row, RENEWAL_OVER, 0);
	if (row->state != PERMISSION_PENDING)
		return ERR_OK;
	err = store_question_open(store, row->id, &open);
	if (err != ERR_OK || open.tries > 0)
		return err;
	err = question_stands(store, row->id, &stands);
	if (err != ERR_OK)
		return err;
	if (stands)
		return let_stand(store, asked, row, arena);
	return name_end_permission(store, row, asked->settling->now, ret_gone);
}

static enum err ask_member(struct store *store, const struct stored_list *list,
			   const struct list_settling *settling,
			   struct arena *arena)
{
	struct asked asked = {.list = list,
			      .settling = settling,
			      .missing = kinds_or_message(list->kinds)};
	struct member_rows rows;
	enum err err = rows_of_recipient(store, list->uri, settling->key, arena,
					 &rows);

	if (err == ERR_OK)
		asked.term_s = term_of(settling, &rows);
	for (size_t i = 0; err == ERR_OK && i < rows.n; i++) {
		bool is_gone;

		err = take_back(store, &asked, &rows.at[i], arena, &is_gone);
		if (err == ERR_OK && !is_gone)
			err = heed_row(store, &asked, &rows.at[i], arena);
	}
	if (err == ERR_OK && asked.missing.set)
		err = ask(store, &asked, 0, arena);
	return err;
}

/* ---- settling --------------------------------------------------------- */

/** Is somebody in the list, by an entry or by a reference to one?  @p ret_uri:
 *  how to reach them; NULL: they are not. */
static enum err find_member(struct store *store, int64_t list, const char *key,
			    struct arena *arena, const char **ret_uri)
{
	/* Without an order: that of places would look at the whole list. */
	struct query query = query_begin(
		store, "SELECT e.place, e.uri FROM list_entry e "
		       "WHERE e.list = $1 AND e.key = $2 AND " LIST_IS_MEMBER);
	int64_t first = INT64_MAX;

	query_int(&query, list);
	query_text(&query, key);
	*ret_uri = NULL;
	while (query_next(&query)) {
		int64_t place = query_get_int(&query);
		const char *uri = query_get_text(&query, arena);

		if (place >= first)
			continue;
		*ret_uri = uri;
		first = place;
	}
	return query_end(&query);
}

/** One who is no member any more, in a spelling that is none either: what was
 *  granted or asked ends, with the deliveries that wait.  Denies stay. */
static enum err end_row(struct store *store, const struct list_settling *it,
			const struct permission *row, struct arena *arena)
{
	const struct delivery_filter waiting = {.target = row->target,
						.recipient = row->recipient};
	const char *uri;
	bool is_ended;
	enum err err =
		find_member(store, it->list, row->recipient, arena, &uri);

	if (err != ERR_OK || uri)
		return err;
	err = name_end_permission(store, row, it->now, &is_ended);
	return err == ERR_OK ? name_end_deliveries(store, &waiting, it->now)
			     : err;
}

/** In every spelling: whoever is put in again in another one is asked again. */
static enum err end_member(struct store *store, const struct list_settling *it,
			   const char *target, struct arena *arena)
{
	const struct delivery_filter waiting = {.target = target,
						.recipient = it->key};
	struct member_rows rows;
	enum err err = list_person_rows(store, target, it->key, arena, &rows);

	for (size_t i = 0; err == ERR_OK && i < rows.n; i++)
		err = end_row(store, it, &rows.at[i], arena);
	return err == ERR_OK ? name_end_deliveries(store, &waiting, it->now)
			     : err;
}

static enum err settle_in(struct store *store,
			  const struct list_settling *settling,
			  struct arena *arena)
{
	struct list_settling it = *settling;
	struct stored_list list;
	enum err err = list_uncounted(store, it.list, arena, &list);

	if (err == ERR_OK)
		err = find_member(store, it.list, it.key, arena, &it.uri);
	if (err == ERR_OK && it.is_referring)
		err = list_log(store, &list, CHANGE_CHANGED, it.now);
	if (err != ERR_OK)
		return err;
	return it.uri ? ask_member(store, &list, &it, arena)
		      : end_member(store, &it, list.uri, arena);
}

/* There may be thousands in a transaction: each gives its memory back. */
enum err list_settle_one(struct store *store,
			 const struct list_settling *settling)
{
	struct arena *arena = arena_new(0);
	enum err err = settle_in(store, settling, arena);

	arena_free(arena);
	return err;
}

void list_recipients_add(struct list_recipients *set, int64_t list,
			 const char *key)
{
	struct list_recipient *old = set->at;

	if (set->n == set->room) {
		set->room = set->room ? 2 * set->room : 16;
		set->at = arena_array(set->arena, set->room, sizeof(*set->at));
		if (set->n)
			memcpy(set->at, old, set->n * sizeof(*set->at));
	}
	set->at[set->n++] = (struct list_recipient){list, key};
}

enum err list_references(struct store *store, int64_t to, const char *key,
			 struct list_recipients *ret)
{
	struct query query = query_begin(
		store, "SELECT list, key FROM list_entry WHERE ref_list = $1 "
		       "AND key = coalesce($2, key)");

	query_int(&query, to);
	query_text(&query, key);
	while (query_next(&query)) {
		int64_t list = query_get_int(&query);

		list_recipients_add(ret, list,
				    query_get_text(&query, ret->arena));
	}
	return query_end(&query);
}

enum err list_settle(struct store *store, const struct list_settling *settling,
		     struct arena *arena)
{
	struct list_settling of = *settling;
	struct list_recipients references = {.arena = arena};
	enum err err = list_settle_one(store, settling);

	if (err == ERR_OK)
		err = list_references(store, settling->list, settling->key,
				      &references);
	for (size_t i = 0; i < references.n && err == ERR_OK; i++) {
		of.list = references.at[i].list;
		of.is_referring = true;
		of.term_s = NULL;
		err = list_settle_one(store, &of);
	}
	return err;
}

bool list_asks_anew(const struct stored_list *was,
		    const struct stored_list *list)
{
	return strcmp(list_scope(was), list_scope(list)) != 0 ||
	       !kinds_equal(kinds_or_message(was->kinds),
			    kinds_or_message(list->kinds));
}

enum err list_settle_all(struct store *store, const struct stored_list *was,
			 int64_t now, struct arena *arena)
{
	struct query query =
		query_begin(store, "SELECT DISTINCT key FROM list_entry "
				   "WHERE list = $1 AND key IS NOT NULL");
	struct list_settling settling = {
		.list = was->id, .was = was, .now = now};
	struct list_recipients members = {.arena = arena};
	enum err err;

	query_int(&query, was->id);
	while (query_next(&query))
		list_recipients_add(&members, was->id,
				    query_get_text(&query, arena));
	err = query_end(&query);
	for (size_t i = 0; i < members.n && err == ERR_OK; i++) {
		settling.key = members.at[i].key;
		err = list_settle_one(store, &settling);
	}
	return err;
}

/* ---- memory ----------------------------------------------------------- */

static enum err read_members(struct store *store, struct arena *arena,
			     struct list_member *members, size_t most,
			     struct list_image *ret)
{
	struct query query = query_begin(
		store,
		"SELECT e.uri, e.key, e.copy_control, e.anonymize "
		"FROM list_entry e WHERE e.list = $1 AND "
		"e.key IS NOT NULL AND " LIST_IS_MEMBER " ORDER BY e.place");

	query_int(&query, ret->id);
	while (ret->n < most && query_next(&query)) {
		struct list_member *it = &members[ret->n++];

		it->uri = query_get_text(&query, arena);
		it->key = query_get_text(&query, arena);
		if (!copy_control_from(query_get_text(&query, arena),
				       &it->copy))
			it->copy = COPY_BCC;
		it->is_anonymous = query_get_int(&query) != 0;
	}
	ret->members = members;
	return query_end(&query);
}

enum err list_read_image(struct store *store, const struct stored_list *list,
			 struct arena *arena, struct list_image *ret)
{
	size_t n = (size_t)list->n_entries;
	struct list_member *members =
		arena_array(arena, n + 1, sizeof(*members));

	*ret = (struct list_image){.id = list->id,
				   .uri = list->uri,
				   .name = list->name,
				   .owner = list->owner,
				   .use = list->use,
				   .replies = list->replies,
				   .kinds = list->kinds};
	return read_members(store, arena, members, n, ret);
}
