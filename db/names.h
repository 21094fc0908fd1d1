/*
 * names -- what ends with a name: a list or an account that goes, or comes.
 *
 * Whoever gets a name later inherits nothing (RFC 5360 section 5.8): neither
 * what was granted from, to and through it, in any spelling, nor questions, nor
 * deliveries that wait.  A deny stays.
 *
 * In a transaction of the caller's.  Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_NAMES_H
#define VOLENS_DB_NAMES_H

#include "db/deliveries.h"
#include "db/permissions.h"

/** Permissions that end in one piece. */
#define NAME_ROWS_AT_ONCE 100

/** End all of it. */
enum err name_end(struct store *store, const char *key, int64_t now) MUST_CHECK;
/** End a hundred permissions of it, so that no deny waits for all of them;
 * where there are no more than these, none.  @p ret_more: call it again. */
enum err name_end_some(struct store *store, const char *key, int64_t now,
		       bool *ret_more) MUST_CHECK;

/** Is there more than one transaction should end, with what is permitted
 * through the lists that the name owns?  Else it is not worth a piece: so a
 * crash leaves all of it, or nothing. */
enum err name_has_many(struct store *store, const char *key,
		       bool *ret) MUST_CHECK;
/** The same until @p room of them are ended, which is what is left of it. */
enum err name_end_within(struct store *store, const char *key, int64_t now,
			 size_t *room) MUST_CHECK;

/** Remove one permission; a deny of the recipient's own stays.  @p ret_ended:
 * it was there, and none. */
enum err name_remove_permission(struct store *store, int64_t id,
				enum permission_origin actor, int64_t now,
				bool *ret_ended) MUST_CHECK;
/** End one permission that is no deny.  @p ret_ended: it was not one. */
enum err name_end_permission(struct store *store, const struct permission *row,
			     int64_t now, bool *ret_ended) MUST_CHECK;
/** Withdraw the deliveries of @p which that wait; its page and state are not
 *  read. */
enum err name_end_deliveries(struct store *store,
			     const struct delivery_filter *which,
			     int64_t now) MUST_CHECK;

#endif
