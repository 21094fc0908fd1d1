/*
 * ourselves -- the addresses that lead to this relay: those of its listeners,
 * and those that its workers send from.
 *
 * Filled while the edge is made; then any thread may look.
 */
#ifndef VOLENS_SERVER_SIP_OURSELVES_H
#define VOLENS_SERVER_SIP_OURSELVES_H

#include "server/sip/resolve.h"
#include "server/sip/transport.h"

enum own_kind {
	OWN_LISTENER, /**< known to others: ours by any protocol */
	OWN_WORKER /**< a port the kernel chose; by TCP it may be another's */
};

struct own_address;
struct ourselves {
	struct own_address *addresses;
	size_t n;
};

/** All that @p transport is bound to. */
void ourselves_add(struct ourselves *ourselves, enum own_kind kind,
		   const struct transport *transport);
/** Does the hop lead to us?  A list within a list, or a name that points here.
 */
bool ourselves_has(const struct ourselves *ourselves, const struct hop *hop);
void ourselves_release(struct ourselves *ourselves);

#endif
