/*
 * nonce -- the nonces of HTTP digest (RFC 7616 section 3.3).
 *
 * They carry their time and an HMAC, so none is stored until it is used; the
 * count of each used nonce must rise.
 */
#ifndef VOLENS_BASE_NONCE_H
#define VOLENS_BASE_NONCE_H

#include "server/base/text.h"

/** The nonces given out and used; for one thread. */
struct nonce_book;

/** @p lifetime_s  how long a nonce is fresh; @p most  how many used ones are
 *  remembered at the most (older ones become stale, never reusable). */
struct nonce_book *nonce_book_new(int lifetime_s, size_t most);
void nonce_book_free(struct nonce_book *book);
/** Whom a nonce is given to, as hashes of their address, and of that and the
 *  port (24 bits): who guesses passwords with it. */
struct nonce_owner {
	uint32_t host, flow;
};
/** A new nonce at @p now_s (any clock that does not run backwards, in seconds
 *  that fit 32 bits). */
void nonce_new(struct nonce_book *book, int64_t now_s,
	       const struct nonce_owner *owner, struct text *ret);
/** Is it one of ours, of whatever age, and whose? */
bool nonce_is_ours(const struct nonce_book *book, struct view nonce,
		   struct nonce_owner *ret);

enum nonce_verdict {
	NONCE_FRESH,  /**< ours, in time, nc is higher than any before */
	NONCE_STALE,  /**< ours but too old, forgotten, or nc did not rise */
	NONCE_FOREIGN /**< not ours */
};
/** Look only. */
enum nonce_verdict nonce_check(struct nonce_book *book, struct view nonce,
			       uint32_t nc, int64_t now_s);
/** Remember @p nc once the response was right. */
void nonce_used(struct nonce_book *book, struct view nonce, uint32_t nc,
		int64_t now_s);

#endif
