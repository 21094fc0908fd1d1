/*
 * lockout -- who guesses passwords waits, longer each time; in fixed room.
 *
 * Failures count for the source that the nonce was given to, which a forged
 * address cannot change: for each account apart, and for all accounts
 * together.  So nobody can lock an account for others.  A flow (address and
 * port) that has proved the account counts by itself, apart from its
 * neighbours behind a NAT.
 */
#ifndef VOLENS_SERVER_EDGE_LOCKOUT_H
#define VOLENS_SERVER_EDGE_LOCKOUT_H

#include "server/base/nonce.h"
#include "server/net/address.h"

struct lockout;
struct lockout *lockout_new(void);
void lockout_free(struct lockout *lockout);

/** Whom a challenge is given to. */
struct nonce_owner lockout_owner(const struct lockout *lockout,
				 const union address *from);

/** One try to log in. */
struct lockout_try {
	struct nonce_owner given; /**< of its nonce */
	struct nonce_owner from;  /**< of where it came from */
	const char *realm;
	struct view username;
	int64_t now_ms;
};
/** Is it to be refused, whatever it says? */
bool lockout_holds(const struct lockout *lockout,
		   const struct lockout_try *attempt);
void lockout_failed(struct lockout *lockout, const struct lockout_try *attempt);
void lockout_proved(struct lockout *lockout, const struct lockout_try *attempt);

#endif
