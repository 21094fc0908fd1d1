/*
 * domains -- the domains on disk: rows of one are not counted for another.
 *
 * Rows name a domain as server/base/domains.h does, and the first, or one that
 * is configured no more, by "".  Errors as db/store.h says.
 */
#ifndef VOLENS_DB_DOMAINS_H
#define VOLENS_DB_DOMAINS_H

#include "db/store.h"
#include "server/base/domains.h"

/**
 * This one is the first.  Once, when the store was opened, before
 * store_domains_set().  ERR_CONFLICT, with a problem: it was another, and
 * permissions for every target of that ("*") would be for this one; nothing
 * changes.  @p host  NULL: it is what it was.
 */
enum err store_domains_first(struct store *store, const char *host) MUST_CHECK;
/** From now on these are there, beside the first.  Once, when the store was
 * opened. */
enum err store_domains_set(struct store *store,
			   const struct domains *domains) MUST_CHECK;
/** Is a target in a domain that was configured, and is no more?  Nothing is
 *  asked for it: it would be in the name of the first. */
enum err store_domain_is_gone(struct store *store, const char *target,
			      bool *ret) MUST_CHECK;

#endif
