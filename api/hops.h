/*
 * hops -- where requests to a URI would go: REST asks, the daemon finds out.
 *
 * All of it on the loop's thread.
 */
#ifndef VOLENS_API_HOPS_H
#define VOLENS_API_HOPS_H

#include "policies/trust_domain.h"
#include "server/base/err.h"

#define FOUND_HOPS_MAX 8
#define FOUND_NAME_ROOM 256 /**< bytes of a domain with its NUL */

struct found_hop {
	struct trust_peer peer; /**< its names are not known: NULL */
	const char *transport;	/**< "udp", "tcp", "tls"; constant */
	char address[64];	/**< numeric, without port */
	int port;
};

struct found_hops {
	struct found_hop hops[FOUND_HOPS_MAX]; /**< in the order of the tries */
	size_t n;
	/** Without hops: what a request ends with, such as 604; else 0. */
	int status;
	/** What a certificate there must prove (RFC 5922 section 7.3). */
	char name[FOUND_NAME_ROOM];
	/** URI of the outbound proxy, where that is asked; NULL: the URI. */
	const char *proxy;
};

/** One that runs; whose it is keeps it until it is done or forgotten. */
struct hop_search {
	const char *uri; /**< that a request would be sent to */
	/** Later, or inside the call that begins it; once.  @p found and what
	 *  it points to are good during the call. */
	void (*done)(struct hop_search *search, const struct found_hops *found);
	void *finder; /**< of who finds them */
};

#endif
