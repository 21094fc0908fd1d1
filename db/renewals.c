/* When grants that end are asked about. */
#include "db/renewals.h"

#include "db/transaction.h"

/** The same term, whose renewal goes on as it was. */
static bool is_same_term(const struct permission *old,
			 const struct permission *row)
{
	return old && old->state == PERMISSION_GRANTED &&
	       old->expires_at == row->expires_at;
}

void renewal_plan(const struct store *store,
		  const struct permission_change *change,
		  const struct permission *old, struct permission *row)
{
	int64_t at;

	if (change->term_s)
		row->term_s = *change->term_s;
	at = renewal_at(row, store->renew_before_s);
	if (at && is_same_term(old, row)) {
		row->ask_due_at = old->ask_due_at;
		return;
	}
	row->renewal =
		renewal_step(row->renewal, at ? RENEWAL_TERM : RENEWAL_OVER);
	if (at)
		row->ask_due_at = at;
}

enum err store_renewals_due(struct store *store, struct due_page page,
			    struct arena *arena, struct permission **ret,
			    size_t *ret_n)
{
	struct query query = query_begin(
		store, "SELECT " PERMISSION_COLUMNS " FROM permission "
		       "WHERE renewal = 'planned' "
		       "ORDER BY ask_due_at, id LIMIT $1");

	return permission_read_due(&query, page, arena, ret, ret_n);
}

enum err store_renewal_step(struct store *store, const struct permission *row,
			    enum renewal_event event, int64_t due_at)
{
	enum renewal next = renewal_step(row->renewal, event);
	struct query query = query_begin(
		store, "UPDATE permission SET renewal = $1, ask_due_at = $2 "
		       "WHERE id = $3 AND state = 'granted'");

	query_text(&query, renewal_name(next));
	query_int(&query, next == RENEWAL_PLANNED ? due_at : 0);
	query_int(&query, row->id);
	return query_run(&query);
}

enum err store_permissions_ending(struct store *store, int64_t now,
				  int64_t *ret_n)
{
	struct query query = query_begin(
		store, "SELECT count(*) FROM permission "
		       "WHERE state = 'granted' AND expires_at > 0 AND "
		       "expires_at > $1 AND expires_at <= $2");

	*ret_n = 0;
	query_int(&query, now);
	query_int(&query, now + store->renew_before_s);
	if (query_next(&query))
		*ret_n = query_get_int(&query);
	return query_end(&query);
}
