/*
 * own_addresses -- what leads to this relay: the addresses of its listeners,
 * those that its workers send from, and the hosts that it tells others.
 *
 * Written before the workers' threads are created (pthread_create()
 * synchronizes with them), and not changed after: any thread may read it.
 */
#ifndef VOLENS_SERVER_NET_OWN_ADDRESSES_H
#define VOLENS_SERVER_NET_OWN_ADDRESSES_H

#include "server/base/uri.h"
#include "server/net/resolve.h"
#include "server/net/transport.h"

enum own_kind {
	OWN_LISTENER, /**< known to others: ours by any protocol */
	OWN_WORKER /**< a port the kernel chose; by TCP it may be another's */
};

struct own_address;
struct own_name;
struct own_addresses {
	struct own_address *addresses;
	size_t n;
	struct own_name *names;
	size_t n_names;
};

/** All that @p transport is bound to. */
void own_addresses_add(struct own_addresses *own_addresses, enum own_kind kind,
		       const struct transport *transport);
/** A host that we tell others, with its port: a name or a numeric address. */
void own_addresses_add_host(struct own_addresses *own_addresses,
			    struct view host, int port);
/** Does the hop lead to us?  A list within a list, or a name that points here.
 */
bool own_addresses_has(const struct own_addresses *own_addresses,
		       const struct hop *hop);
/** Is the host of the URI one of those that we tell others?  Without a port in
 *  the URI any port of ours fits. */
bool own_addresses_has_host(const struct own_addresses *own_addresses,
			    const struct uri *uri);
void own_addresses_release(struct own_addresses *own_addresses);

#endif
