/*
 * hop_cache -- where requests to numeric addresses went.
 *
 * Most recipients are at the address of the one before.  For a URI of the
 * plainest form ("sip:", a user of unreserved characters, a numeric IPv4
 * address, a port or none) the hop depends on the text after the @ alone, and
 * on rules that do not change while the relay runs; so it is found again by
 * that text, without reading the URI.  Used by one thread.
 */
#ifndef VOLENS_SERVER_SIP_HOP_CACHE_H
#define VOLENS_SERVER_SIP_HOP_CACHE_H

#include "server/net/resolve.h"

#define HOPS_CACHED 64	/**< a power of two; a newer one takes the place */
#define HOP_TEXT_MIN 7	/**< "1.2.3.4" */
#define HOP_TEXT_MAX 21 /**< "255.255.255.255:65535" */

struct hop_cache {
	struct cached_hop {
		struct hop hop;
		uint8_t len; /**< 0: free */
		char text[HOP_TEXT_MAX];
	} hops[HOPS_CACHED];
};

/** @return false where it is not known: ask the resolver. */
bool hop_cache_get(const struct hop_cache *cache, const char *uri,
		   struct hop *ret);
/** The one hop that the resolver found for @p uri; kept if it may be. */
void hop_cache_put(struct hop_cache *cache, const char *uri,
		   const struct hop *hop);

#endif
