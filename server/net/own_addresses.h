/*
 * own_addresses -- the addresses that lead to this relay: those of its
 * listeners, and those that its workers send from.
 *
 * Written before the workers' threads are created (pthread_create()
 * synchronizes with them), and not changed after: any thread may read it.
 */
#ifndef VOLENS_SERVER_NET_OWN_ADDRESSES_H
#define VOLENS_SERVER_NET_OWN_ADDRESSES_H

#include "server/net/resolve.h"
#include "server/net/transport.h"

enum own_kind {
	OWN_LISTENER, /**< known to others: ours by any protocol */
	OWN_WORKER /**< a port the kernel chose; by TCP it may be another's */
};

struct own_address;
struct own_addresses {
	struct own_address *addresses;
	size_t n;
};

/** All that @p transport is bound to. */
void own_addresses_add(struct own_addresses *own_addresses, enum own_kind kind,
		       const struct transport *transport);
/** Does the hop lead to us?  A list within a list, or a name that points here.
 */
bool own_addresses_has(const struct own_addresses *own_addresses,
		       const struct hop *hop);
void own_addresses_release(struct own_addresses *own_addresses);

#endif
