/*
 * trust -- whose asserted identities are believed, and which next hops may be
 * told one (RFC 3324, 3325, 5876).
 *
 * Rows of the two tables in RFC 3325 and RFC 5876 sections 4 and 5 as pure
 * functions.  A trust domain is a set of peer networks; a peer in none of them
 * is outside.
 */
#ifndef VOLENS_POLICIES_TRUST_H
#define VOLENS_POLICIES_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trust_network {
	uint8_t address[16]; /**< IPv6, or IPv4 mapped (::ffff:a.b.c.d) */
	int prefix;	     /**< bits, 0..128 (IPv4: 96 + its own) */
};
/** Spec(T) of RFC 3324: what the peers of a trust domain agreed on. */
enum trust_spec {
	TRUST_RFC3325, /**< they assert whom they authenticated, and keep what
			*   they are told inside */
	TRUST_NONE     /**< nothing: they are known, but assert nothing */
};
struct trust_domain {
	const char *name;
	const struct trust_network *peers;
	size_t n_peers;
	enum trust_spec spec;
};

/** Parse "192.0.2.0/24", "2001:db8::/32" or a bare address. */
bool trust_network_parse(const char *text, struct trust_network *ret);
bool trust_network_holds(const struct trust_network *network,
			 const uint8_t address[16]);
/** Who is at the other end. */
struct trust_peer {
	uint8_t address[16];	  /**< IPv6, or IPv4 mapped */
	const char *const *names; /**< that it proved, NULL ends; NULL: none */
};
/** The domain that @p peer is one of, by its address, or NULL. */
const struct trust_domain *trust_find(const struct trust_domain *domains,
				      size_t n, const struct trust_peer *peer);

/** What to do with a P-Asserted-Identity that came in (RFC 3325 section 5). */
enum assertion_in {
	ASSERTION_BELIEVE, /**< a peer said so: it is the sender's identity */
	ASSERTION_REMOVE   /**< anyone else: drop it, match nothing with it */
};
enum assertion_in trust_assertion_in(const struct trust_domain *from,
				     const char *method);

/** Privacy header values (RFC 3323, RFC 3325), as bits. */
enum privacy {
	PRIVACY_ID = 1 << 0,
	PRIVACY_USER = 1 << 1,
	PRIVACY_HEADER = 1 << 2,
	PRIVACY_SESSION = 1 << 3,
	PRIVACY_CRITICAL = 1 << 4,
	PRIVACY_NONE = 1 << 5,
	PRIVACY_HISTORY = 1 << 6,
	PRIVACY_OTHER = 1 << 7 /**< a value we do not know */
};

/** May P-Asserted-Identity go to this next hop (RFC 3325 section 7, RFC 5365
 *  section 7.2)?  Inside a trust domain of TRUST_RFC3325 always; elsewhere only
 *  with Privacy: none and no other value. */
bool trust_assertion_out(const struct trust_domain *next_hop, unsigned privacy);

#endif
