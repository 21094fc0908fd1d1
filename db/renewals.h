/*
 * renewals -- grants that end: which are to be asked about before that, and how
 * many there are (policies/renewal.h).
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_RENEWALS_H
#define VOLENS_DB_RENEWALS_H

#include "db/store.h"
#include "policies/permission.h"

/** Rows whose renewal is planned and due, oldest first; some may have ended
 *  meanwhile. */
enum err store_renewals_due(struct store *store, struct due_page page,
			    struct arena *arena, struct permission **ret,
			    size_t *ret_n) MUST_CHECK;
/** What an event does to the renewal of a row, as renewal_step() says.
 *  @p due_at is kept where it is planned then.  Not of a row that is not
 *  granted any more: nothing happens. */
enum err store_renewal_step(struct store *store, const struct permission *row,
			    enum renewal_event event,
			    int64_t due_at) MUST_CHECK;
/** How many grants end within the time before which renewals are asked. */
enum err store_permissions_ending(struct store *store, int64_t now,
				  int64_t *ret_n) MUST_CHECK;

#endif
