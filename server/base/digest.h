/*
 * digest -- HTTP digest for SIP (RFC 7616, RFC 8760), server side.
 *
 * Pure but for OpenSSL; nonces are in nonce.h.  Passwords are never kept: an
 * account has H(A1) per algorithm.  SHA-256 and MD5 are known; the -sess
 * variants and SHA-512-256 are not.
 */
#ifndef VOLENS_BASE_DIGEST_H
#define VOLENS_BASE_DIGEST_H

#include "server/base/text.h"

enum digest_algorithm { DIGEST_SHA256, DIGEST_MD5, DIGEST_ALGORITHMS };

/** Whether the weak algorithm is offered (RFC 8760 section 2.4). */
enum md5_rule {
	MD5_NEVER,
	MD5_TOO, /**< after SHA-256 */
	MD5_ONLY /**< some clients give up on a first challenge they do not know
		  */
};

#define DIGEST_HEX_MAX 64 /**< hex digits of the longest digest */

/** The fields of an Authorization or Proxy-Authorization value, as views. */
struct digest_credentials {
	struct view username, realm, nonce, uri, response, cnonce, nc, qop,
		opaque;
	enum digest_algorithm algorithm; /**< absent means MD5 */
	bool algorithm_known;
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

/** H(A1) = H(username:realm:password) in lower-case hex. */
void digest_ha1(enum digest_algorithm algorithm, struct view username,
		struct view realm, struct view password,
		char ret[DIGEST_HEX_MAX + 1]);

/** Is the response right for this H(A1), method and body (auth-int)?
 *  Constant time in the comparison.  Never without qop (RFC 8760 section 2.6):
 *  the count that the nonce book relies on would not be covered. */
bool digest_verify(const struct digest_credentials *credentials,
		   const char *ha1, struct view method, struct view body);

/** One challenge value: `Digest realm="..", nonce="..", qop="auth", ...`. */
void digest_challenge(enum digest_algorithm algorithm, const char *realm,
		      const char *nonce, bool stale, struct text *ret);

#endif
