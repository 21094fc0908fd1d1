/* Rows of the same three for other kinds: no kind is in two of them. */
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/revocations.h"
#include "db/transaction.h"
#include "policies/match.h"
#include "server/base/uri.h"

#define DENIED_A_ROUND 16

#define SELECT "SELECT " PERMISSION_COLUMNS " FROM permission "

enum err permission_any(struct store *store, const struct permission *scopes,
			struct arena *arena, struct permission *ret)
{
	struct query query = query_begin(
		store, SELECT "WHERE recipient = $1 AND sender = $2 AND "
			      "target = $3 ORDER BY all_kinds DESC, "
			      "kinds <> 'message', id LIMIT 1");

	query_text(&query, scopes->recipient);
	query_text(&query, scopes->sender);
	query_text(&query, scopes->target);
	return permission_read_one(&query, arena, ret);
}

/** Ordered by id they would be looked for by target, among all that it has. */
static struct query of_triple(struct store *store,
			      const struct permission *scopes)
{
	struct query query = query_begin(
		store, SELECT "WHERE recipient = $1 AND sender = $2 AND "
			      "target = $3 ORDER BY kinds");

	query_text(&query, scopes->recipient);
	query_text(&query, scopes->sender);
	query_text(&query, scopes->target);
	return query;
}

enum err permission_overlapping(struct store *store,
				const struct permission *scopes,
				struct arena *arena, struct permission *ret)
{
	struct query query = of_triple(store, scopes);
	struct kinds kinds = kinds_or_message(scopes->kinds);
	struct permission row;
	bool found = false;
	enum err err;

	while (!found && query_next(&query)) {
		permission_read(&query, arena, &row);
		found = kinds_overlap(row.kinds, kinds) &&
			!kinds_equal(row.kinds, kinds);
	}
	err = query_end_found(&query, found);
	if (err == ERR_OK)
		*ret = row;
	return err;
}

enum err permission_is_denied_by_row(struct store *store,
				     const struct permission *scopes,
				     const char *kind, bool *ret)
{
	struct query query = of_triple(store, scopes);
	struct arena *arena = arena_new(0);
	struct permission row;
	struct kinds kinds = {0, NULL};

	*ret = false;
	if (kind && !kinds_read(kind, &kinds))
		kinds.set = KINDS_ALL; /* cannot be: rather deny too much */
	while (query_next(&query)) {
		permission_read(&query, arena, &row);
		*ret |= row.state == PERMISSION_DENIED &&
			(kind ? !row.all_kinds &&
					 kinds_overlap(row.kinds, kinds)
			      : row.all_kinds);
	}
	arena_free(arena);
	return query_end(&query);
}

enum err store_permission_is_further(struct store *store,
				     const struct permission *row, int64_t now,
				     bool *ret)
{
	struct query query = of_triple(store, row);
	struct arena *arena = arena_new(0);
	struct permission other;

	*ret = false;
	while (query_next(&query)) {
		permission_read(&query, arena, &other);
		*ret |= other.id != row->id &&
			permission_is_current(&other, now);
	}
	arena_free(arena);
	return query_end(&query);
}

enum err permission_narrow(struct store *store, const struct permission *row,
			   struct kinds rest, int64_t now, struct arena *arena)
{
	struct revocation was = revocation_of(row), none = revocation_of(NULL);
	struct permission narrow = *row;
	struct query query = query_begin(
		store, "UPDATE permission SET kinds = $1, all_kinds = 0, "
		       "etag = $2 WHERE id = $3");
	char room[KINDS_TEXT_ROOM];
	enum err err;

	narrow.kinds = rest;
	narrow.all_kinds = false;
	narrow.etag = etag_new(arena);
	query_text(&query, kinds_text(rest, room));
	query_text(&query, narrow.etag);
	query_int(&query, row->id);
	err = query_run(&query);
	if (err != ERR_OK)
		return err;
	/* What it was for before, and what it is for now. */
	err = change_add_permission(store, row, CHANGE_CHANGED, now, &was);
	if (err == ERR_OK && !kinds_equal(row->kinds, rest))
		err = change_add_permission(store, &narrow, CHANGE_CHANGED, now,
					    &none);
	store->is_recorded |= was.is_denied;
	return err;
}

enum err permission_keep_rest(struct store *store,
			      const struct permission *scopes,
			      struct kinds less,
			      const struct permission_change *word,
			      struct arena *arena)
{
	bool is_no = word->event == EVENT_DENY;
	struct query query = of_triple(store, scopes);
	struct kinds rest =
		kinds_without((struct kinds){KINDS_ALL, NULL}, less);
	struct permission row;
	size_t at = 0;
	enum err err;

	while (query_next(&query)) {
		permission_read(&query, arena, &row);
		rest = kinds_without(rest, row.kinds);
	}
	err = query_end(&query);
	if (err != ERR_OK || !kinds_each(rest, &at))
		return err;

	const struct permission_change deny = {
		.sender = scopes->sender,
		.target = scopes->target,
		.recipient = scopes->recipient,
		.recipient_uri = scopes->recipient_uri,
		.kinds = rest,
		.event = EVENT_DENY,
		.actor = word->actor,
		.evidence = is_no ? word->evidence : NULL,
		.expires_at = is_no ? word->expires_at : -1,
		.now = word->now};

	return store_permission_change(store, &deny, arena, &row);
}

static struct query of_person(struct store *store, const struct permission *row,
			      struct arena *arena)
{
	struct query query = query_begin(store, PERMISSIONS_OF_PERSON);
	char person[URI_KEY_ROOM];

	query_text(&query, uri_key_person(row->recipient, person)
				   ? arena_strdup(arena, person)
				   : row->recipient);
	query_text(&query, row->recipient);
	return query;
}

/** Is it another row of the same persons, that a no to all kinds changes? */
static bool is_denied_with(const struct permission *other,
			   const struct permission *row,
			   const struct permission_change *change)
{
	if (other->id == row->id || kinds_overlap(other->kinds, row->kinds) ||
	    !match_within(row, other) || !match_within(other, row))
		return false;
	return other->state != PERMISSION_DENIED ||
	       (change->actor == ORIGIN_RECIPIENT &&
		!permission_is_own_deny(other));
}

/** At most DENIED_A_ROUND of them. */
static enum err find_others(struct store *store, const struct permission *row,
			    const struct permission_change *change,
			    struct arena *arena, struct permission *ret)
{
	struct query query = of_person(store, row, arena);
	size_t n = 0;

	while (n < DENIED_A_ROUND && query_next(&query)) {
		permission_read(&query, arena, &ret[n]);
		n += is_denied_with(&ret[n], row, change);
	}
	ret[n].id = 0;
	return query_end(&query);
}

enum err permission_deny_others(struct store *store,
				const struct permission *row,
				const struct permission_change *change,
				struct arena *arena)
{
	struct permission_change deny = {.event = EVENT_DENY,
					 .actor = change->actor,
					 .evidence = change->evidence,
					 .recorded_by = change->recorded_by,
					 .shown = change->shown,
					 .expires_at = change->expires_at,
					 .now = change->now};
	struct permission others[DENIED_A_ROUND + 1], after;
	enum err err;

	do {
		err = find_others(store, row, change, arena, others);
		for (size_t i = 0; err == ERR_OK && others[i].id; i++) {
			deny.id = others[i].id;
			deny.kinds = others[i].kinds;
			err = store_permission_change(store, &deny, arena,
						      &after);
		}
	} while (err == ERR_OK && others[0].id);
	return err;
}

enum err permission_deny_beside(struct store *store,
				const struct permission *row,
				const struct permission_change *change,
				struct arena *arena)
{
	enum err err = permission_deny_others(store, row, change, arena);

	return err == ERR_OK && !row->all_kinds
		       ? permission_keep_rest(store, row, (struct kinds){0},
					      change, arena)
		       : err;
}

/* ---- what a change is about ---------------------------------------------- */

/** A no that names no kind is to all there are. */
bool permission_is_wide_deny(const struct permission_change *change)
{
	return change->event == EVENT_DENY && !change->kinds.set;
}

struct permission permission_scopes(const struct permission_change *change)
{
	return (struct permission){.sender = change->sender,
				   .target = change->target,
				   .recipient = change->recipient,
				   .kinds = change->kinds};
}

/** ERR_EXISTS: some of the kinds are in the row that is returned. */
static enum err find_by_scopes(struct store *store,
			       const struct permission_change *change,
			       struct arena *arena, struct permission *ret)
{
	const struct permission scopes = permission_scopes(change);
	enum err err;

	if (permission_is_wide_deny(change))
		return permission_any(store, &scopes, arena, ret);
	err = store_permission_find(store, &scopes, arena, ret);
	if (err != ERR_UNKNOWN ||
	    (change->event != EVENT_ADDED && change->event != EVENT_GRANT &&
	     change->event != EVENT_DENY))
		return err;
	err = permission_overlapping(store, &scopes, arena, ret);
	if (err != ERR_OK)
		return err;
	return change->event == EVENT_DENY &&
			       kinds_cover(ret->kinds, change->kinds)
		       ? ERR_OK
		       : ERR_EXISTS;
}

enum err permission_find_changed(struct store *store,
				 const struct permission_change *change,
				 struct arena *arena, struct permission *ret)
{
	enum err err;

	if (change->id == 0)
		return find_by_scopes(store, change, arena, ret);
	if (change->row) {
		*ret = *change->row;
		err = ERR_OK;
	} else {
		err = store_permission_get(store, change->id, arena, ret);
	}
	if (err == ERR_OK && change->kinds.set &&
	    !kinds_cover(ret->kinds, change->kinds))
		return ERR_EXISTS;
	return err;
}
