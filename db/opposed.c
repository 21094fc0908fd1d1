/* Denies that stand against a grant, or against asking for one. */

#include "db/permissions.h"
#include "db/transaction.h"
#include "policies/match.h"
#include "server/base/uri.h"

/** The row of a deny that the index named, as it is on disk. */
static enum err read_deny(struct store *store, const struct permission *deny,
			  struct arena *arena, struct permission *ret)
{
	*ret = *deny;
	return deny->id ? store_permission_get(store, deny->id, arena, ret)
			: ERR_OK; /* not on disk: it is pending */
}

/** @p origin: whose; -1: anybody's. */
static enum err find_wider(struct store *store, const struct permission *row,
			   int origin, int64_t now,
			   struct permission_found *ret)
{
	struct permission denies[INDEX_ROWS_MAX];
	size_t n = 0;

	if (store->index)
		n = index_denies(store->index, row, now, ret->arena, denies);
	for (size_t i = 0; i < n; i++) {
		denies[i].changed_at = now; /* where it is only pending */
		if (origin < 0 || (int)denies[i].origin == origin)
			return read_deny(store, &denies[i], ret->arena,
					 &ret->row);
	}
	return ERR_UNKNOWN;
}

/** Only the recipient's own key and its plain one are looked for: the others
 *  of a narrower deny are held up when they are asked for themselves. */
static enum err find_narrower(struct store *store, const struct permission *row,
			      struct arena *arena, struct permission *ret)
{
	struct query query = query_begin(
		store, "SELECT " PERMISSION_COLUMNS " FROM permission "
		       "WHERE recipient IN ($1, $2) AND state = 'denied' AND "
		       "origin = 'recipient' AND id <> $3");
	char person[URI_KEY_ROOM];
	struct permission deny;
	bool is_found = false;
	enum err err;

	query_text(&query, row->recipient);
	query_text(&query,
		   uri_key_person(row->recipient, person) ? person : NULL);
	query_int(&query, row->id);
	while (!is_found && query_next(&query)) {
		permission_read(&query, arena, &deny);
		is_found = (!store->index ||
			    index_are_one(store->index, row->target,
					  deny.target)) &&
			   match_within(row, &deny) &&
			   (deny.all_kinds ||
			    kinds_overlap(deny.kinds,
					  kinds_or_message(row->kinds)));
	}
	err = query_end_found(&query, is_found);
	if (err == ERR_OK)
		*ret = deny;
	return err;
}

enum err store_permission_opposed(struct store *store,
				  const struct permission *row,
				  enum permission_event event, int64_t now,
				  struct permission_found *ret)
{
	bool is_question = event == EVENT_ADDED || event == EVENT_AGAIN;
	enum err err = ERR_UNKNOWN;

	if (is_question || event == EVENT_GRANT)
		err = find_wider(store, row, ORIGIN_RECIPIENT, now, ret);
	if (err == ERR_UNKNOWN && is_question)
		err = find_narrower(store, row, ret->arena, &ret->row);
	return err;
}

enum err store_permission_silenced(struct store *store,
				   const struct permission *row, int64_t now,
				   struct permission_found *ret)
{
	return find_wider(store, row, -1, now, ret);
}

/* ---- lifting ----------------------------------------------------------- */

/** The same scopes, spelled in another way? */
static bool is_same(const struct permission *deny, const struct permission *row)
{
	return match_within(row, deny) && match_within(deny, row);
}

/** A yes to some kinds takes the no to these away, and one to all becomes one
 * to its own kinds. */
static enum err lift(struct store *store, const struct permission *row,
		     const struct permission *deny, int64_t now,
		     struct arena *arena)
{
	struct permission_change change = {.id = deny->id,
					   .event = EVENT_REMOVED,
					   .actor = ORIGIN_RECIPIENT,
					   .expires_at = -1,
					   .now = now};
	struct permission was, deny_was;
	enum err err = store_permission_get(store, deny->id, arena, &was);
	struct kinds rest;

	if (err != ERR_OK)
		return err == ERR_UNKNOWN ? ERR_OK : err; /* named twice */
	deny_was = was;
	rest = kinds_without(was.kinds, kinds_or_message(row->kinds));
	if (rest.set)
		err = permission_narrow(store, &was, rest, now, arena);
	else
		err = store_permission_change(store, &change, arena, &was);
	if (err == ERR_OK && deny_was.all_kinds &&
	    permission_is_own_deny(&deny_was))
		err = permission_keep_rest(store, &deny_was,
					   kinds_or_message(row->kinds),
					   &change, arena);
	return err;
}

enum err store_permission_lift(struct store *store,
			       const struct permission *row, int64_t now,
			       struct permission_found *ret)
{
	struct permission denies[INDEX_ROWS_MAX];
	enum err err = ERR_OK;
	size_t n = 0;

	if (store->index)
		n = index_denies(store->index, row, now, ret->arena, denies);
	for (size_t i = 0; i < n; i++) {
		if (denies[i].id && is_same(&denies[i], row))
			continue;
		err = read_deny(store, &denies[i], ret->arena, &ret->row);
		return err == ERR_OK ? ERR_CONFLICT : err;
	}
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = lift(store, row, &denies[i], now, ret->arena);
	return err;
}
