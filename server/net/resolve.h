/*
 * resolve -- from a URI to addresses (RFC 3263), asynchronously (c-ares).
 *
 * NAPTR, SRV, then A and AAAA; numeric hosts at once; transport parameter and
 * port honoured.  A sips URI leads to TLS alone, and so does transport=tls; of
 * a sip URI without a transport a domain may prefer TLS.  Which name the
 * certificate there must have does not come from the DNS: it is the host of the
 * URI (RFC 5922 section 7.3).  Every address is checked against the rules after
 * resolving (a name that leads to a forbidden address leads nowhere), and
 * exactly the checked address is used: no second look-up, no rebinding. Answers
 * are kept for their TTL (5..300 s), failures 5 s, in a bounded table.
 */
#ifndef VOLENS_SERVER_NET_RESOLVE_H
#define VOLENS_SERVER_NET_RESOLVE_H

#include "server/base/uri.h"
#include "server/net/transport.h"

#define RESOLVE_HOPS_MAX 8

/** A place to try, best first. */
struct hop {
	enum protocol protocol;
	union address address;
};

struct resolver;
enum err resolver_new(struct loop *loop, const struct uri_rules *rules,
		      const char *nameserver, struct resolver **ret) MUST_CHECK;
void resolver_free(struct resolver *resolver);

struct resolve {
	struct hop hops[RESOLVE_HOPS_MAX];
	size_t n_hops;
	/** Whether the URI said which transport (a transport parameter). */
	bool transport_given;
	/** Later, once: ERR_OK with hops, or ERR_UNREACHABLE (nothing there
	 * now), ERR_UNKNOWN (the DNS says that there is no such name, or no
	 * SIP), ERR_HOSTILE (only forbidden addresses), ERR_TIMEOUT,
	 * ERR_UNSUPPORTED (only transports we do not have; of sips only
	 * those without TLS). */
	void (*done)(struct resolve *resolve, enum err err);
	void *pending; /**< the resolver's own */
};
/**
 * @return ERR_OK when the hops are there already (numeric, or remembered) and
 * done() will not be called; ERR_BUSY when done() will be called later; else
 * the error, and done() will not be called.
 */
enum err resolver_start(struct resolver *resolver, const struct uri *uri,
			struct resolve *resolve) MUST_CHECK;
void resolver_forget(struct resolver *resolver, struct resolve *resolve);

#endif
