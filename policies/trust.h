/*
 * trust -- which asserted identities are used, and which next hops are told one
 * (RFC 3325 sections 5 to 8, RFC 5876 section 4).
 *
 * The tables for requests and for responses as pure functions.  Where
 * draft-ietf-sipping-update-pai-06 differs from RFC 5876, which it became, the
 * spec of the trust domain (policies/trust_domain.h) chooses.
 *
 * A header field that came in is never copied.  P-Preferred-Identity is always
 * removed; a P-Asserted-Identity goes on only as far as it was used, and is
 * written anew.  It speaks for its own message, and not for what follows in the
 * same dialog.
 */
#ifndef VOLENS_POLICIES_TRUST_H
#define VOLENS_POLICIES_TRUST_H

#include "policies/privacy.h"
#include "policies/trust_domain.h"
#include "server/base/uri.h"

/** A request or a response that came in. */
struct trust_arrival {
	const struct trust_domain *from; /**< NULL: from outside */
	const char *method;		 /**< of a response: its request's */
	int is_secure;			 /**< 1: it came over TLS */
	int is_asserted;      /**< 1: P-Asserted-Identity has a value that
				   counts (trust_value_counts()) */
	int is_authenticated; /**< 1: its sender, by us: digest */
	int prefers_own;      /**< 1: P-Preferred-Identity names an identity of
				   whom we authenticated */
};
/** Whose message it is. */
enum identity_in {
	IDENTITY_IN_NOBODY,
	IDENTITY_IN_ASSERTED, /**< as P-Asserted-Identity says */
	IDENTITY_IN_OWN,      /**< whom we authenticated, whatever it says */
	IDENTITY_IN_PREFERRED /**< the same, by the identity that they prefer */
};
enum identity_in trust_request_in(const struct trust_arrival *request);
/** Of a response; nothing of one from outside is used in any way. */
enum identity_in trust_response_in(const struct trust_arrival *response);

/** Values that were read before, in one message; all false at first. */
struct trust_values {
	bool has_sip, has_tel;
};
/** Does the next value of P-Asserted-Identity or P-Preferred-Identity count?
 *  The others are ignored, and not sent on (RFC 5876 section 4.5). */
bool trust_value_counts(struct trust_values *before, enum uri_scheme scheme);

/** A request of ours, for one resolved hop; or a response of ours. */
struct trust_departure {
	const struct trust_domain *to; /**< NULL: to outside */
	const char *method;
	unsigned privacy;  /**< enum privacy bits that were asked for */
	int tells_outside; /**< 1: the operator lets those outside be told,
				where nothing is said of privacy */
};
/** One of two header fields, never both (RFC 5876 section 4.1). */
enum identity_out {
	IDENTITY_OUT_WITHHELD,
	IDENTITY_OUT_ASSERTED, /**< P-Asserted-Identity */
	IDENTITY_OUT_PREFERRED /**< P-Preferred-Identity */
};
enum identity_out trust_request_out(const struct trust_departure *request);
/** Of a response of ours, which asserts who we are, or for whom we answer;
 *  `method` is that of its request.  Nobody outside is told. */
enum identity_out trust_response_out(const struct trust_departure *response);

/** What a response says of who answered, on its way to somebody else. */
struct trust_passage {
	const struct trust_domain *from, *to; /**< NULL: outside */
	unsigned privacy;		      /**< that the response asks for */
	int is_authenticated; /**< 1: who answered, by some means of ours */
	int tells_outside;    /**< as in struct trust_departure */
};
bool trust_response_passes(const struct trust_passage *response);

#endif
