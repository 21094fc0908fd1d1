/* The rows of the change log: written with each change, read by events. */
#include "db/change_log.h"

#include "db/transaction.h"

static const char *const nouns[CHANGE_NOUNS] = {
	[CHANGE_NOUN_PERMISSION] = "permission",
	[CHANGE_NOUN_LIST] = "list",
	[CHANGE_NOUN_ACCOUNT] = "account",
};

static const char *const names[CHANGE_KINDS] = {
	[CHANGE_ADDED] = "added",     [CHANGE_ASKED] = "asked",
	[CHANGE_GRANTED] = "granted", [CHANGE_DENIED] = "denied",
	[CHANGE_ERROR] = "error",     [CHANGE_EXPIRED] = "expired",
	[CHANGE_REMOVED] = "removed", [CHANGE_CHANGED] = "changed",
	[CHANGE_DROPPED] = "dropped",
};

const char *change_kind_name(enum change_kind kind)
{
	return kind < CHANGE_KINDS ? names[kind] : "unknown";
}

/** Which word it is; @p n: none. */
static size_t word_from(const char *name, const char *const *words, size_t n)
{
	size_t i = 0;

	while (i < n && !(name && strcmp(name, words[i]) == 0))
		i++;
	return i;
}

/* ---- writing ------------------------------------------------------------ */

static void bind_permission(struct query *query, const struct permission *row,
			    char room[KINDS_TEXT_ROOM])
{
	query_text(query, row->sender);
	query_text(query, row->target);
	query_text(query, row->recipient);
	query_text(query, permission_origin_name(row->origin));
	query_int(query, row->expires_at);
	query_text(query, kinds_text(kinds_or_message(row->kinds), room));
	query_int(query, row->all_kinds);
}

static enum err insert_row(struct store *store,
			   const struct store_change *change)
{
	struct query query = query_begin(
		store, "INSERT INTO change_log (id, at, noun, kind, subject, "
		       "sender, target, recipient, origin, expires_at, kinds, "
		       "all_kinds) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		       "$10, $11, $12)");
	char room[KINDS_TEXT_ROOM];

	query_int(&query, change->id);
	query_int(&query, change->at);
	query_text(&query, nouns[change->noun]);
	query_text(&query, change_kind_name(change->kind));
	query_int(&query, change->subject);
	if (change->row) /* else the rest is NULL */
		bind_permission(&query, change->row, room);
	return query_run(&query);
}

static enum err add(struct store *store, const struct store_change *change,
		    const struct revocation *was)
{
	struct store_change next = *change;
	enum err err = changes_next_number(store, &next.id);

	if (err == ERR_OK)
		err = insert_row(store, &next);
	if (err == ERR_OK)
		changes_append(store, &next, was);
	return err;
}

enum err change_add(struct store *store, const struct store_change *change)
{
	if (change->noun == CHANGE_NOUN_LIST &&
	    change->kind == CHANGE_CHANGED &&
	    changes_has(store, change->noun, change->subject))
		return ERR_OK;
	return add(store, change, NULL);
}

enum err change_add_permission(struct store *store,
			       const struct permission *row,
			       enum change_kind kind, int64_t at,
			       const struct revocation *was)
{
	const struct store_change change = {.at = at,
					    .noun = CHANGE_NOUN_PERMISSION,
					    .kind = kind,
					    .subject = row->id,
					    .row = row};

	return add(store, &change, was);
}

/* ---- ends of grants ------------------------------------------------------ */

bool change_has_ended(const struct ended *ended, const struct permission *row)
{
	return row->expires_at < ended->expires_at ||
	       (row->expires_at == ended->expires_at &&
		row->id <= ended->permission);
}

enum err change_log_ended(struct store *store, struct ended *ret)
{
	struct query query =
		query_begin(store, "SELECT expires_at, permission FROM ended");

	*ret = (struct ended){0};
	if (query_next(&query)) {
		ret->expires_at = query_get_int(&query);
		ret->permission = query_get_int(&query);
	}
	return query_end(&query);
}

enum err change_log_note_ended(struct store *store, const struct ended *ended)
{
	struct query query = query_begin(
		store, "UPDATE ended SET expires_at = $1, permission = $2");

	query_int(&query, ended->expires_at);
	query_int(&query, ended->permission);
	return query_run(&query);
}

/* ---- letting go -----------------------------------------------------------
 */

/* By id, from the oldest on: an index by time would be written with each
 * change.  Behind a row of a clock that was ahead, rows stay for longer. */
static enum err first_to_keep(struct store *store, int64_t since, int64_t *ret)
{
	struct query query = query_begin(
		store, "SELECT coalesce((SELECT id FROM change_log "
		       "WHERE at > $1 ORDER BY id LIMIT 1), "
		       "(SELECT number + 1 FROM last_number "
		       "WHERE name = 'change')), "
		       "coalesce((SELECT min(change) + 1 FROM change_cursor), "
		       "9223372036854775807), "
		       "(SELECT max(id) FROM change_log) - $2 + 1");
	int64_t unread, most;

	*ret = 0;
	query_int(&query, since);
	query_int(&query, CHANGE_LOG_ROWS);
	if (query_next(&query)) {
		*ret = query_get_int(&query);
		unread = query_get_int(&query);
		most = query_get_int(&query);
		if (unread < *ret)
			*ret = unread;
		if (most > *ret)
			*ret = most;
	}
	return query_end(&query);
}

enum err change_log_trim(struct store *store, int64_t now)
{
	int64_t first;
	struct query query;
	enum err err = first_to_keep(store, now - CHANGE_LOG_S, &first);

	if (err != ERR_OK)
		return err;
	query = query_begin(store, "DELETE FROM change_log WHERE id < $1");
	query_int(&query, first);
	return query_run(&query);
}

/** Rows that go because their time is over were granted, and the log may not
 *  say yet that they ended. */
static enum err log_gone(struct store *store,
			 const struct permission_change *change,
			 const struct permission *old,
			 const struct revocation *was)
{
	struct ended ended;
	enum err err;

	if (change->event != EVENT_EXPIRE || old->state != PERMISSION_GRANTED)
		return change_add_permission(store, old, CHANGE_REMOVED,
					     change->now, was);
	err = change_log_ended(store, &ended);
	if (err == ERR_OK && !change_has_ended(&ended, old))
		err = change_add_permission(store, old, CHANGE_EXPIRED,
					    change->now, was);
	if (err == ERR_OK)
		err = change_add_permission(store, old, CHANGE_DROPPED,
					    change->now, was);
	return err;
}

enum err change_log_step(struct store *store,
			 const struct permission_change *change,
			 const struct permission *old,
			 const struct permission *row,
			 const struct revocation *was)
{
	static const enum change_kind kinds[PERMISSION_STATES] = {
		[PERMISSION_PENDING] = CHANGE_ADDED,
		[PERMISSION_WAITING] = CHANGE_CHANGED, /* asked was logged */
		[PERMISSION_ERROR] = CHANGE_ERROR,
		[PERMISSION_DENIED] = CHANGE_DENIED,
		[PERMISSION_GRANTED] = CHANGE_GRANTED,
	};

	if (!row)
		return log_gone(store, change, old, was);
	return change_add_permission(
		store, row, row == old ? CHANGE_CHANGED : kinds[row->state],
		change->now, was);
}

/* ---- reading --------------------------------------------------------------
 */

enum err store_change_span(struct store *store, struct change_span *ret)
{
	struct query query = query_begin(
		store, "SELECT coalesce((SELECT min(id) FROM change_log), "
		       "number + 1), "
		       "number FROM last_number WHERE name = 'change'");

	*ret = (struct change_span){0};
	if (query_next(&query)) {
		ret->oldest = query_get_int(&query);
		ret->newest = query_get_int(&query);
	}
	return query_end(&query);
}

static void read_permission(struct query *query, struct arena *arena,
			    struct change_row *ret)
{
	ret->sender = query_get_text(query, arena);
	ret->target = query_get_text(query, arena);
	ret->recipient = query_get_text(query, arena);
	if (!permission_origin_from(query_get_text(query, arena), &ret->origin))
		ret->origin = ORIGIN_RECIPIENT;
	ret->expires_at = query_get_int(query);
	ret->kinds = kinds_read_column(query, arena);
	ret->all_kinds = query_get_int(query) != 0;
}

static void row_read(struct query *query, struct arena *arena,
		     struct change_row *ret)
{
	size_t noun, kind;

	*ret = (struct change_row){.id = query_get_int(query)};
	ret->at = query_get_int(query);
	noun = word_from(query_get_text(query, arena), nouns, CHANGE_NOUNS);
	kind = word_from(query_get_text(query, arena), names, CHANGE_KINDS);
	ret->noun = (enum change_noun)noun;
	ret->kind = (enum change_kind)kind;
	if (noun == CHANGE_NOUNS || kind == CHANGE_KINDS)
		query_corrupt(query);
	ret->subject = query_get_int(query);
	if (noun == CHANGE_NOUN_PERMISSION)
		read_permission(query, arena, ret);
}

enum err store_change_list(struct store *store, struct page page,
			   struct arena *arena, struct change_row **ret,
			   size_t *ret_n)
{
	struct query query = query_begin(
		store, "SELECT id, at, noun, kind, subject, sender, target, "
		       "recipient, origin, expires_at, kinds, all_kinds "
		       "FROM change_log "
		       "WHERE id > $1 ORDER BY id LIMIT $2");
	struct change_row *rows = arena_array(arena, page.limit, sizeof(*rows));
	size_t n = 0;
	enum err err;

	query_int(&query, page.after);
	query_int(&query, (int64_t)page.limit);
	while (n < page.limit && query_next(&query))
		row_read(&query, arena, &rows[n++]);
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	*ret = rows;
	*ret_n = n;
	return ERR_OK;
}

/* ---- readers with a cursor ------------------------------------------------
 */

enum err store_change_cursor(struct store *store, const char *name,
			     int64_t *ret_id, bool *ret_gap)
{
	struct query query = query_begin(
		store, "SELECT change FROM change_cursor WHERE name = $1");
	struct change_span span;
	bool is_there;
	enum err err;

	*ret_gap = false;
	query_text(&query, name);
	is_there = query_next(&query);
	if (is_there)
		*ret_id = query_get_int(&query);
	err = query_end(&query);
	if (err == ERR_OK)
		err = store_change_span(store, &span);
	if (err != ERR_OK)
		return err;
	if (!is_there)
		*ret_id = span.newest;
	*ret_gap = *ret_id + 1 < span.oldest;
	return ERR_OK;
}

enum err store_change_cursor_set(struct store *store, const char *name,
				 int64_t id)
{
	struct query query = query_begin(
		store, "INSERT INTO change_cursor (name, change) "
		       "VALUES ($1, $2) ON CONFLICT (name) DO UPDATE "
		       "SET change = excluded.change");

	query_text(&query, name);
	query_int(&query, id);
	return query_run(&query);
}

enum err store_change_cursor_drop(struct store *store, const char *name)
{
	struct query query =
		query_begin(store, "DELETE FROM change_cursor WHERE name = $1");

	query_text(&query, name);
	return query_run(&query);
}
