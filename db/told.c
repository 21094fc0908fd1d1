/* Denies that an operator was told of. */
#include "db/told.h"

#include "db/notices.h"
#include "db/transaction.h"
#include "policies/match.h"

#define DAY_S 86400

/* ---- how many ------------------------------------------------------------ */

/** How many the token recorded in this day. */
static enum err count_read(struct store *store, const struct told *told,
			   int64_t day, uint64_t *ret)
{
	struct query query = query_begin(
		store, "SELECT n FROM told WHERE token = $1 AND day = $2");

	*ret = 0;
	query_text(&query, told->token);
	query_int(&query, day);
	if (query_next(&query))
		*ret = (uint64_t)query_get_int(&query);
	return query_end(&query);
}

static enum err count_write(struct store *store, const struct told *told,
			    int64_t day, uint64_t n)
{
	struct query query = query_begin(
		store, "INSERT INTO told (token, day, n) VALUES ($1, $2, $3) "
		       "ON CONFLICT (token) DO UPDATE "
		       "SET day = excluded.day, n = excluded.n");

	query_text(&query, told->token);
	query_int(&query, day);
	query_int(&query, (int64_t)n);
	return query_run(&query);
}

/** ERR_FORBIDDEN: it was the last but one too many. */
static enum err count_one(struct store *store, struct told *told, int64_t now)
{
	int64_t day = now / DAY_S;
	uint64_t n;
	enum err err = count_read(store, told, day, &n);

	if (err != ERR_OK)
		return err;
	if (n >= told->per_day) {
		told->wait_s = (day + 1) * DAY_S - now;
		return ERR_FORBIDDEN;
	}
	return count_write(store, told, day, n + 1);
}

/* ---- what stands --------------------------------------------------------- */

/** Is all of it denied by this row, by the recipient themselves? */
static bool says_as_much(const struct permission *row,
			 const struct permission_change *change)
{
	if (!permission_is_own_deny(row))
		return false;
	return row->all_kinds ||
	       (change->kinds.set && kinds_cover(row->kinds, change->kinds));
}

/** The same by another spelling, or by a deny of which only the hash is known:
 *  nothing that the recipient did not say before. */
static bool stands_elsewhere(struct store *store,
			     const struct permission_change *change,
			     struct arena *arena)
{
	const struct permission scopes = permission_scopes(change);
	struct permission denies[INDEX_ROWS_MAX], deny;
	size_t n;

	if (!store->index)
		return false;
	if (index_rowless_find(store->index, &scopes, &deny) &&
	    says_as_much(&deny, change))
		return true;
	n = index_denies(store->index, &scopes, change->now, arena, denies);
	for (size_t i = 0; i < n; i++) {
		if (match_within(&scopes, &denies[i]) &&
		    match_within(&denies[i], &scopes) &&
		    says_as_much(&denies[i], change))
			return true;
	}
	return false;
}

/* ---- the deny ------------------------------------------------------------ */

/** As the recipient says it, of the three that the row or the change names. */
static enum err change_as_theirs(struct store *store,
				 const struct permission_change *given,
				 const struct told *told, struct arena *arena,
				 struct permission_change *ret)
{
	struct permission row;
	enum err err;

	*ret = *given;
	ret->event = EVENT_DENY;
	ret->actor = ORIGIN_RECIPIENT;
	ret->expires_at = 0;
	ret->term_s = NULL;
	ret->recorded_by = told->token;
	if (!given->id)
		return ERR_OK;
	err = store_permission_get(store, given->id, arena, &row);
	if (err != ERR_OK)
		return err;
	ret->sender = row.sender;
	ret->target = row.target;
	ret->recipient = row.recipient;
	return ERR_OK;
}

/** The row that says it already; ERR_UNKNOWN: none does. */
static enum err find_standing(struct store *store,
			      const struct permission_change *change,
			      struct arena *arena,
			      const struct permission *found,
			      struct permission *ret)
{
	const struct permission scopes = permission_scopes(change);
	enum err err = ERR_OK;

	if (says_as_much(found, change))
		*ret = *found;
	else
		err = permission_any(store, &scopes, arena, ret);
	return err == ERR_OK && !says_as_much(ret, change) ? ERR_UNKNOWN : err;
}

static enum err record(struct store *store,
		       const struct permission_change *change,
		       struct told *told, struct arena *arena,
		       struct permission_result *ret)
{
	bool stands = stands_elsewhere(store, change, arena);
	enum err err = count_one(store, told, change->now);

	if (err == ERR_OK)
		err = store_permission_deny(store, change, arena, &ret->row);
	if (err == ERR_OK && !stands)
		err = store_notice_add(store, NOTICE_DENY, &ret->row,
				       change->now);
	ret->is_new = ret->row.id != ret->was.id;
	told->is_new_word = err == ERR_OK && !stands;
	return err;
}

static enum err tell(struct store *store, const struct permission_change *given,
		     struct told *told, struct arena *arena,
		     struct permission_result *ret)
{
	struct permission_change change;
	enum err err = change_as_theirs(store, given, told, arena, &change);

	*ret = (struct permission_result){0};
	if (err == ERR_OK)
		err = permission_find_changed(store, &change, arena, &ret->was);
	if (err != ERR_OK && err != ERR_UNKNOWN)
		return err;
	if (err == ERR_UNKNOWN && change.id)
		return err;
	if (change.if_match && !etag_is_among(ret->was.etag, change.if_match))
		return ERR_PRECONDITION;
	err = find_standing(store, &change, arena, &ret->was, &ret->row);
	if (err == ERR_UNKNOWN)
		return record(store, &change, told, arena, ret);
	ret->was = ret->row;
	return err;
}

enum err store_permission_told(struct store *store,
			       const struct permission_change *change,
			       struct told *told, struct arena *arena,
			       struct permission_result *ret)
{
	enum err err = transaction_begin(store);

	told->is_new_word = false;
	if (err != ERR_OK)
		return err;
	return transaction_end(store, tell(store, change, told, arena, ret));
}
