/* What happened to permissions: written with each change, read by events. */
#include "db/change_log.h"

#include "db/transaction.h"

static const char *const names[CHANGE_KINDS] = {
	[CHANGE_ADDED] = "added",     [CHANGE_ASKED] = "asked",
	[CHANGE_GRANTED] = "granted", [CHANGE_DENIED] = "denied",
	[CHANGE_ERROR] = "error",     [CHANGE_EXPIRED] = "expired",
	[CHANGE_REMOVED] = "removed",
};

const char *change_kind_name(enum change_kind kind)
{
	return kind < CHANGE_KINDS ? names[kind] : "unknown";
}

static enum change_kind kind_from(const char *name)
{
	for (size_t i = 0; name && i < CHANGE_KINDS; i++) {
		if (strcmp(name, names[i]) == 0)
			return (enum change_kind)i;
	}
	return CHANGE_REMOVED;
}

static enum err give_id(struct store *store, int64_t *ret)
{
	struct query query =
		query_begin(store, "UPDATE last_number SET number = number + 1 "
				   "WHERE name = 'change' RETURNING number");

	return query_run_id(&query, ret);
}

enum err change_log_add(struct store *store, const struct permission *row,
			enum change_kind kind, int64_t at)
{
	int64_t id = 0;
	enum err err = give_id(store, &id);
	struct query query;
	char room[KINDS_TEXT_ROOM];

	if (err != ERR_OK)
		return err;
	query = query_begin(
		store, "INSERT INTO change_log (id, at, noun, kind, subject, "
		       "sender, target, recipient, origin, expires_at, kinds, "
		       "all_kinds) VALUES ($1, $2, 'permission', $3, $4, $5, "
		       "$6, $7, $8, $9, $10, $11)");
	query_int(&query, id);
	query_int(&query, at);
	query_text(&query, change_kind_name(kind));
	query_int(&query, row->id);
	query_text(&query, row->sender);
	query_text(&query, row->target);
	query_text(&query, row->recipient);
	query_text(&query, permission_origin_name(row->origin));
	query_int(&query, row->expires_at);
	query_text(&query, kinds_text(kinds_or_message(row->kinds), room));
	query_int(&query, row->all_kinds);
	store->has_changes = true;
	return query_run(&query);
}

/** Rows that go because their time is over were granted, and the log may not
 *  say yet that they ended. */
static enum err log_gone(struct store *store,
			 const struct permission_change *change,
			 const struct permission *old)
{
	struct ended ended;
	enum err err;

	if (change->event != EVENT_EXPIRE || old->state != PERMISSION_GRANTED)
		return change_log_add(store, old, CHANGE_REMOVED, change->now);
	err = change_log_ended(store, &ended);
	if (err != ERR_OK || !ended_is_before(&ended, old))
		return err;
	return change_log_add(store, old, CHANGE_EXPIRED, change->now);
}

enum err change_log_step(struct store *store,
			 const struct permission_change *change,
			 const struct permission *old,
			 const struct permission *row)
{
	static const enum change_kind kinds[PERMISSION_STATES] = {
		[PERMISSION_PENDING] = CHANGE_ADDED,
		[PERMISSION_WAITING] = CHANGE_KINDS, /* asked: it was logged */
		[PERMISSION_ERROR] = CHANGE_ERROR,
		[PERMISSION_DENIED] = CHANGE_DENIED,
		[PERMISSION_GRANTED] = CHANGE_GRANTED,
	};

	if (!row)
		return log_gone(store, change, old);
	if (row == old || kinds[row->state] == CHANGE_KINDS)
		return ERR_OK;
	return change_log_add(store, row, kinds[row->state], change->now);
}

/* By id, from the oldest on: an index by time would be written with each
 * change.  Behind a row of a clock that was ahead, rows stay for longer. */
enum err change_log_trim(struct store *store, int64_t now)
{
	struct query query = query_begin(
		store, "DELETE FROM change_log WHERE id < max(coalesce("
		       "(SELECT id FROM change_log WHERE at > $1 "
		       "ORDER BY id LIMIT 1), 9223372036854775807), "
		       "(SELECT max(id) FROM change_log) - $2 + 1)");

	query_int(&query, now - CHANGE_LOG_S);
	query_int(&query, CHANGE_LOG_ROWS);
	return query_run(&query);
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

bool ended_is_before(const struct ended *ended, const struct permission *row)
{
	return row->expires_at > ended->expires_at ||
	       (row->expires_at == ended->expires_at &&
		row->id > ended->permission);
}

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

static void row_read(struct query *query, struct arena *arena,
		     struct change_row *ret)
{
	ret->id = query_get_int(query);
	ret->at = query_get_int(query);
	ret->kind = kind_from(query_get_text(query, arena));
	ret->permission = query_get_int(query);
	ret->sender = query_get_text(query, arena);
	ret->target = query_get_text(query, arena);
	ret->recipient = query_get_text(query, arena);
	if (!permission_origin_from(query_get_text(query, arena), &ret->origin))
		ret->origin = ORIGIN_RECIPIENT;
	ret->expires_at = query_get_int(query);
	ret->kinds = kinds_read_column(query, arena);
	ret->all_kinds = query_get_int(query) != 0;
}

enum err store_change_list(struct store *store, struct page page,
			   struct arena *arena, struct change_row **ret,
			   size_t *ret_n)
{
	struct query query = query_begin(
		store, "SELECT id, at, kind, subject, sender, target, "
		       "recipient, origin, expires_at, kinds, all_kinds "
		       "FROM change_log "
		       "WHERE id > $1 AND noun = 'permission' "
		       "ORDER BY id LIMIT $2");
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
