/*
 * identify -- the sender's identity: by digest, or as a trusted peer asserts
 * it.
 *
 * Digest (RFC 8760) over the accounts; the identity is the account's AOR, never
 * the username and never From.  P-Asserted-Identity (RFC 3325, RFC 5876) is
 * believed when the request came from a peer of a trust domain, and counts for
 * nothing otherwise.
 */
#ifndef VOLENS_SERVER_EDGE_IDENTIFY_H
#define VOLENS_SERVER_EDGE_IDENTIFY_H

#include "server/edge/edge_private.h"

struct intake;

/** What was proved.  Strings live in the arena. */
struct proof {
	struct identity sender;	 /**< IDENTITY_NONE: nobody */
	const char *asserted[3]; /**< as in struct request */
	unsigned vouched;	 /**< likewise */
	unsigned may;	/**< enum account_right: of the account; of who was
			     asserted all */
	bool is_stale;	/**< the nonce is used up, or not ours */
	bool is_locked; /**< too many wrong passwords came before (lockout.h) */
};

/** True when identify_sender() has something to look at: without it the
 *  request can be challenged before it costs an arena. */
bool identify_is_possible(const struct intake *intake);
/** A believed peer asserts what is no identity: 400.  That of a stranger is
 *  removed, whatever it is. */
bool identify_is_spoilt(const struct intake *intake);
/** Credentials for us on a fresh nonce of ours: worth a look even from a source
 *  that is over its rate. */
bool identify_is_promising(const struct intake *intake);
/** Find out; a used nonce is remembered. */
void identify_sender(const struct intake *intake, struct arena *arena,
		     struct proof *ret);

struct challenge {
	int status;	   /**< 401 or 407 */
	const char *realm; /**< the domain that was addressed */
	bool is_stale;
	const union address *to; /**< who gets it */
};
/** Its lines, best algorithm first. */
void identify_challenge(struct edge *edge, const struct challenge *challenge,
			struct text *ret_lines);

#endif
