/*
 * digest -- HTTP digest for SIP (RFC 7616, RFC 8760), both ways.
 *
 * Values of header fields go in and come out, whatever their names are
 * (Authorization, Proxy-Authorization and others of the same syntax).  As a
 * server: digest_challenge(), digest_parse(), digest_verify().  As a client:
 * digest_offer_parse(), digest_answer().
 *
 * Pure but for OpenSSL; nonces are in nonce.h.  Passwords are never kept: an
 * account has H(A1) per algorithm.  The -sess variants are not known.
 */
#ifndef VOLENS_BASE_DIGEST_H
#define VOLENS_BASE_DIGEST_H

#include "server/base/text.h"

/** In the order in which they are offered. */
enum digest_algorithm {
	DIGEST_SHA256,
	DIGEST_SHA512_256,
	DIGEST_MD5,
	DIGEST_ALGORITHMS
};
/** "SHA-256" */
const char *digest_name(enum digest_algorithm algorithm);

/** Whether the weak algorithm is offered (RFC 8760 section 2.4). */
enum md5_rule {
	MD5_NEVER,
	MD5_TOO, /**< after the others */
	MD5_ONLY /**< some clients give up on a first challenge they do not know
		  */
};

#define DIGEST_HEX_MAX 64 /**< hex digits of the longest digest */

/** The H(A1) of a name and its password, by each algorithm. */
struct digest_secrets {
	char ha1[DIGEST_ALGORITHMS][DIGEST_HEX_MAX + 1];
};

/** H(A1) = H(username:realm:password) in lower-case hex; empty where the
 *  library has no such algorithm. */
void digest_ha1(enum digest_algorithm algorithm, struct view username,
		struct view realm, struct view password,
		char ret[DIGEST_HEX_MAX + 1]);
/** H(username:realm), which hides the name (RFC 7616 section 3.4.4). */
void digest_userhash(enum digest_algorithm algorithm, struct view username,
		     struct view realm, char ret[DIGEST_HEX_MAX + 1]);

/** The fields of an Authorization or Proxy-Authorization value, as views. */
struct digest_credentials {
	struct view username, realm, nonce, uri, response, cnonce, nc, qop,
		opaque;
	enum digest_algorithm algorithm; /**< absent means MD5 */
	bool algorithm_known;
	bool is_hashed; /**< username is a userhash */
};

/** ERR_UNSUPPORTED when the scheme is not Digest; ERR_SYNTAX when malformed or
 *  over 4 KiB, a field is repeated, username, realm, nonce, uri or response is
 *  missing, nc is not 8 hex digits, or some of qop, nc and cnonce are there
 *  and some are not.
 *  Quotes are taken off, backslashes stay: they are part of what is hashed. */
enum err digest_parse(struct view value,
		      struct digest_credentials *ret) MUST_CHECK;

/** The nonce count as a number; 0, which is never good, where there is none. */
uint32_t digest_nc(const struct digest_credentials *credentials);

/** Is the response right for this H(A1), method and body (auth-int)?  NULL:
 *  there is no such account; false, and it takes as long.  Constant time in the
 * comparison.  Never without qop (RFC 8760 section 2.6): the count that the
 * nonce book relies on would not be covered. */
bool digest_verify(const struct digest_credentials *credentials,
		   const char *ha1, struct view method, struct view body);

/** One challenge value: `Digest realm="..", nonce="..", qop="auth,auth-int",
 *  ...`. */
void digest_challenge(enum digest_algorithm algorithm, const char *realm,
		      const char *nonce, bool stale, struct text *ret);

enum digest_qop { DIGEST_QOP_AUTH = 1, DIGEST_QOP_AUTH_INT = 2 };

/** A challenge that somebody sent us, as views. */
struct digest_offer {
	struct view realm, nonce, opaque;
	enum digest_algorithm algorithm;
	bool algorithm_known;
	bool is_stale;	/**< the nonce was too old, the password is right */
	bool is_hashed; /**< a userhash would do */
	bool has_qop;	/**< it names some, known or not */
	unsigned qop;	/**< enum digest_qop */
};
/** Errors as of digest_parse(); realm and nonce must be there. */
enum err digest_offer_parse(struct view value,
			    struct digest_offer *ret) MUST_CHECK;

/** What a client answers a challenge with. */
struct digest_reply {
	enum digest_algorithm algorithm;
	const char *ha1; /**< by this algorithm */
	struct view username;
	struct view realm, nonce, opaque; /**< as the challenge had them */
	const char *cnonce;
	uint32_t nc;
	unsigned qop; /**< one of enum digest_qop; 0: none, RFC 2617 */
	struct view method, uri;
	struct view body[2]; /**< in two pieces; for auth-int */
};
/** The whole value of the header field; ERR_UNSUPPORTED where the library has
 *  no such algorithm, ERR_SYNTAX where the name cannot be quoted. */
enum err digest_answer(const struct digest_reply *reply,
		       struct text *ret) MUST_CHECK;

#endif
