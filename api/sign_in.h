/*
 * sign_in -- who signs in to the page: HTTP digest (RFC 7616) with the account
 * of their phone.
 *
 * A nonce is good for some minutes, and its count has to rise, so that what was
 * seen once is good for nothing.  Wrong passwords are counted by source, by
 * account and source, and by account; where an account has too many, each
 * source has one try a minute left, so that nobody is kept out of it by others.
 * An account that is not there is answered as one with another password.
 * Any thread.
 */
#ifndef VOLENS_API_SIGN_IN_H
#define VOLENS_API_SIGN_IN_H

#include "api/exchange.h"
#include "db/accounts.h"

struct sign_ins;
struct sign_ins *sign_ins_new(void);
void sign_ins_free(struct sign_ins *sign_ins);

/** What a request says of who sent it, before it is proved. */
struct sign_in_claim {
	const char *realm; /**< the domain that it is for */
	struct digest_credentials credentials;
	bool is_made;		/**< there are credentials for that domain */
	struct account account; /**< id 0: none, or one that may not answer */
	/** It has what only this account was given: it is not counted. */
	bool has_form;
};
/** @p realm: a domain of the relay; "" of an account is the first. */
void sign_in_read(struct exchange *exchange, const char *realm,
		  struct sign_in_claim *ret);

enum sign_in {
	SIGN_IN_PROVED,
	SIGN_IN_WANTED, /**< 401, with sign_in_challenge() */
	SIGN_IN_STALE,	/**< the same: the password was right */
	SIGN_IN_WAIT	/**< 429: too many wrong ones */
};
enum sign_in sign_in_prove(struct exchange *exchange,
			   const struct sign_in_claim *claim);
/** WWW-Authenticate, best algorithm first. */
void sign_in_challenge(struct exchange *exchange, const char *realm,
		       enum sign_in why);

#endif
