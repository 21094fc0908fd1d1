/*
 * domains -- the domains beside the first, and which of them a URI is in.
 *
 * Each domain is like a relay of its own: what is in none of these is the
 * first's, or nobody's.  Pure; nothing here owns anything.
 */
#ifndef VOLENS_BASE_DOMAINS_H
#define VOLENS_BASE_DOMAINS_H

#include <stddef.h>

#include "server/base/view.h"

#define DOMAINS_MAX 100 /**< domains beside the first */

/** Names, in lower case. */
struct domains {
	const char *const *at;
	size_t n;
};

/** The one that has this host; NULL: none. */
const char *domains_find(const struct domains *domains, struct view host);
/** That of a target: a key (server/base/uri.h) or "*@domain".  NULL: the first,
 *  whose are "*" and all that is in no domain of ours. */
const char *domains_of(const struct domains *domains, const char *target);
/** The same; @p first where it is none of them. */
const char *domains_name(const struct domains *domains, const char *first,
			 const char *target);
/** Are two targets in one domain? */
bool domains_are_one(const struct domains *domains, const char *target,
		     const char *other);
/** Is a target scope one for every target of its domain: "*", "*@domain"? */
bool target_is_any(const char *target);

#endif
