/*
 * trust_domain -- the groups of peers that the operator trusts, and who is a
 * member of one (RFC 3324 section 2.3).
 *
 * A member is known by its address, by a name that its certificate proved (RFC
 * 5922), or by both.  A peer that is in none of the groups is outside.  What is
 * believed from a member, and what it is told, is in policies/trust.h.  Pure.
 */
#ifndef VOLENS_POLICIES_TRUST_DOMAIN_H
#define VOLENS_POLICIES_TRUST_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trust_network {
	uint8_t address[16]; /**< IPv6, or IPv4 mapped (::ffff:a.b.c.d) */
	int prefix;	     /**< bits, 0..128 (IPv4: 96 + its own) */
};
/** Spec(T) of RFC 3324: the rules that the members keep. */
enum trust_spec {
	TRUST_RFC5876,	/**< RFC 3325 as RFC 5876 extends it */
	TRUST_DRAFT_06, /**< as draft-ietf-sipping-update-pai-06 extends it */
	TRUST_RFC3325,	/**< RFC 3325 alone: six methods */
	TRUST_NONE	/**< none: they are known, but assert nothing */
};
/** What members are told. */
enum trust_tell {
	TRUST_TELL_NO,	     /**< what anybody outside is told */
	TRUST_TELL_YES,	     /**< P-Asserted-Identity */
	TRUST_TELL_PREFERRED /**< P-Preferred-Identity: we trust them, and they
				  do not count us in (RFC 3325 section 6) */
};
/** Whether a peer without TLS may be a member. */
enum trust_plain {
	TRUST_PLAIN_NO,
	TRUST_PLAIN_YES, /**< by UDP, too, where an address is easily forged */
	TRUST_PLAIN_TCP	 /**< by TCP, but not by UDP */
};
struct trust_domain {
	const char *name;
	const struct trust_network *peers;
	size_t n_peers;
	const char *const *peer_texts; /**< as they were written, for people */
	/** Where there are peers and names, both have to fit. */
	const char *const *names;
	size_t n_names;
	/** Whose users a member may speak for when it is about a grant: domains
	 *  ("example.com"), and beginnings of numbers ("tel:+1212"). */
	const char *const *users;
	size_t n_users;
	enum trust_spec spec;
	enum trust_plain plain;
	enum trust_tell tell;
	bool is_believed;     /**< what members assert */
	bool is_in_responses; /**< identities are asserted in responses, too */
};

/** Parse "192.0.2.0/24", "2001:db8::/32" or a bare address. */
bool trust_network_parse(const char *text, struct trust_network *ret);
bool trust_network_holds(const struct trust_network *network,
			 const uint8_t address[16]);

/** Who is at the other end. */
struct trust_peer {
	uint8_t address[16];	  /**< IPv6, or IPv4 mapped */
	const char *const *names; /**< that it proved, NULL ends; NULL: none */
	bool is_secure;		  /**< TLS */
	bool is_stream;		  /**< TLS or TCP */
};
/** Is a peer a member, and if not, why. */
enum trust_standing {
	TRUST_MEMBER,
	TRUST_OTHER_ADDRESS, /**< its address is none of the peers' */
	TRUST_OTHER_NAME,    /**< it proved none of the names */
	TRUST_NOT_SECURE     /**< the rest fits, but it does not use TLS */
};
enum trust_standing trust_standing(const struct trust_domain *domain,
				   const struct trust_peer *peer);
/** The first domain that @p peer is a member of, or NULL. */
const struct trust_domain *trust_find(const struct trust_domain *domains,
				      size_t n, const struct trust_peer *peer);

/** May a member speak for the user with this key (server/base/uri.h), so that a
 *  grant comes of it? */
bool trust_vouches(const struct trust_domain *domain, const char *key);

#endif
