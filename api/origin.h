/*
 * origin -- who sent a request, and by which name they called us.
 *
 * Only a proxy that the operator named is believed what it says of its client.
 * Addresses are IPv6, or IPv4 mapped (::ffff:a.b.c.d).  Pure.
 */
#ifndef VOLENS_API_ORIGIN_H
#define VOLENS_API_ORIGIN_H

#include "policies/trust_domain.h"
#include "server/base/arena.h"
#include "server/base/view.h"

#define ORIGIN_ADDRESS 16 /**< bytes */

/** Of one listener. */
struct origin_rules {
	const struct trust_network *proxies;
	size_t n_proxies;
	/** Names and addresses that lead here, without ports; NULL is none. The
	 *  address that a connection came to is one as well, and `localhost`
	 *  where that is on loopback. */
	const char *const *hosts;
	size_t n_hosts;
};

/** What a request says of where it comes from and goes to. */
struct origin_said {
	struct view host;	   /**< Host */
	struct view forwarded;	   /**< Forwarded (RFC 7239), lines joined */
	struct view x_for, x_host; /**< X-Forwarded-For, X-Forwarded-Host */
};

bool origin_is_proxy(const struct origin_rules *rules,
		     const uint8_t address[ORIGIN_ADDRESS]);

/**
 * The client: the peer, or the one that a named proxy speaks for: the last
 * address in its header that is no named proxy.  Where the two headers differ,
 * or one cannot be read, it is the proxy's own.
 */
void origin_client(const struct origin_rules *rules, struct arena *arena,
		   const uint8_t peer[ORIGIN_ADDRESS],
		   const struct origin_said *said, uint8_t ret[ORIGIN_ADDRESS]);

enum origin_host {
	HOST_IS_OURS,
	HOST_IS_OTHER, /**< 421 (RFC 9110 section 15.5.20) */
	HOST_IS_BROKEN /**< 400 */
};
/** Host, and where a named proxy sends them, its headers for it: each has to be
 *  a name of ours.  Ports are not compared: tunnels change them. */
enum origin_host origin_host(const struct origin_rules *rules,
			     struct arena *arena,
			     const uint8_t local[ORIGIN_ADDRESS], bool is_proxy,
			     const struct origin_said *said);

/** The host of "http://host:port/path", with [] taken off; may be empty. */
struct view origin_url_host(struct view url);

#endif
