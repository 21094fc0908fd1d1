/*
 * ours -- which URIs are the relay itself, and which are people.
 *
 * The relay may live in the domain of its users.  Inside a domain the user part
 * says who is meant (RFC 3261 section 16.5), so the relay is: the bare host,
 * the services, and the user parts of consent and conference URIs.  All others
 * are people, who are reached by way of the outbound proxy.  A list that names
 * the relay would come back to it (RFC 5363 section 5, RFC 5393 section 3).
 */
#ifndef VOLENS_POLICIES_OURS_H
#define VOLENS_POLICIES_OURS_H

#include "server/base/domains.h"
#include "server/base/uri.h"

struct ours {
	const char *domain;
	const char *const *services; /**< their user parts */
	size_t n_services;
	struct domains domains; /**< beside the first */
	/** Of each service, one of these or NULL (the first); NULL: all are
	 *  there. */
	const char *const *service_domains;
};

/**
 * Is this URI the relay itself?  Case, escapes and the dot of the root make no
 * difference.  Another port than the default ones is another server.
 */
bool ours_has(const struct ours *ours, const struct uri *uri);

/** Is its host a domain of ours, at the usual ports? */
bool ours_is_host(const struct ours *ours, const struct uri *uri);

#endif
