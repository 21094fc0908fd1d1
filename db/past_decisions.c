/* What was decided before, of each permission. */
#include "db/permissions.h"
#include "db/transaction.h"

/** The newest that is one too many; 0: none is, as nearly always. */
static enum err find_surplus(struct store *store, int64_t id, int64_t *ret)
{
	struct query query = query_begin(
		store, "SELECT id FROM permission_past WHERE permission = $1 "
		       "ORDER BY id DESC LIMIT 1 OFFSET $2");

	*ret = 0;
	query_int(&query, id);
	query_int(&query, PAST_DECISIONS_MAX);
	if (query_next(&query))
		*ret = query_get_int(&query);
	return query_end(&query);
}

static enum err trim(struct store *store, int64_t id)
{
	struct query query;
	int64_t surplus;
	enum err err = find_surplus(store, id, &surplus);

	if (err != ERR_OK || surplus == 0)
		return err;
	query = query_begin(store, "DELETE FROM permission_past "
				   "WHERE permission = $1 AND id <= $2");
	query_int(&query, id);
	query_int(&query, surplus);
	return query_run(&query);
}

enum err past_decision_add(struct store *store, const struct permission *old,
			   int64_t now)
{
	bool is_over = permission_is_expired(old, now);
	struct query query = query_begin(
		store, "INSERT INTO permission_past (permission, state, "
		       "origin, evidence, since, ended_at, expires_at, "
		       "kinds, all_kinds, recorded_by, shown_version, "
		       "shown_language, shown_hash) "
		       "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		       "$12, $13)");
	char room[KINDS_TEXT_ROOM];
	enum err err;

	query_int(&query, old->id);
	query_text(&query, permission_state_name(old->state));
	query_text(&query, permission_origin_name(old->origin));
	query_text(&query, old->evidence);
	query_int(&query, old->changed_at);
	query_int(&query, is_over ? old->expires_at : now);
	query_int(&query, old->expires_at);
	query_text(&query, kinds_text(old->kinds, room));
	query_int(&query, old->all_kinds);
	query_text(&query, old->recorded_by);
	shown_bind(&query, &old->shown);
	err = query_run(&query);
	return err == ERR_OK ? trim(store, old->id) : err;
}

enum err store_permission_past(struct store *store, int64_t id,
			       struct arena *arena, struct past_decision **ret,
			       size_t *ret_n)
{
	struct query query = query_begin(
		store, "SELECT state, origin, evidence, since, ended_at, "
		       "expires_at, kinds, all_kinds, recorded_by, "
		       "shown_version, shown_language, shown_hash "
		       "FROM permission_past "
		       "WHERE permission = $1 "
		       "ORDER BY id DESC LIMIT $2");
	struct past_decision *rows =
		arena_array(arena, PAST_DECISIONS_MAX, sizeof(*rows));
	size_t n = 0;
	enum err err;

	query_int(&query, id);
	query_int(&query, PAST_DECISIONS_MAX);
	while (n < PAST_DECISIONS_MAX && query_next(&query)) {
		struct past_decision *row = &rows[n++];

		if (!permission_state_from(query_get_text(&query, arena),
					   &row->state) ||
		    !permission_origin_from(query_get_text(&query, arena),
					    &row->origin))
			query_corrupt(&query);
		row->evidence = query_get_text(&query, arena);
		row->since = query_get_int(&query);
		row->ended_at = query_get_int(&query);
		row->expires_at = query_get_int(&query);
		row->kinds = kinds_read_column(&query, arena);
		row->all_kinds = query_get_int(&query) != 0;
		row->recorded_by = query_get_text(&query, arena);
		row->shown = shown_read(&query, arena);
	}
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	*ret = rows;
	*ret_n = n;
	return ERR_OK;
}
