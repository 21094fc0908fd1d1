/*
 * domains -- the domains beside the first, on disk: rows of one are not counted
 * for another.
 *
 * Rows name a domain as server/base/domains.h does, and the first, or one that
 * is configured no more, by "".  Errors as db/store.h says.
 */
#ifndef VOLENS_DB_DOMAINS_H
#define VOLENS_DB_DOMAINS_H

#include "db/store.h"
#include "server/base/domains.h"

/** From now on these are there.  Once, when the store was opened. */
enum err store_domains_set(struct store *store,
			   const struct domains *domains) MUST_CHECK;

#endif
