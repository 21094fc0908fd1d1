/*
 * consent_uri -- the URIs that recipients answer to, and the values of
 * Trigger-Consent (RFC 5360 sections 5.1.2 and 5.6.1.3).
 *
 * "sip:g-0123...@HOST", or of sips: as the request that it stands in.
 */
#ifndef VOLENS_BASE_CONSENT_URI_H
#define VOLENS_BASE_CONSENT_URI_H

#include "server/base/domains.h"
#include "server/base/text.h"
#include "server/base/token.h"
#include "server/base/uri.h"

/** Where they lead: hosts, with a port where it is not the usual one. */
struct consent_hosts {
	const char *plain, *secure; /**< of sip, of sips; NULL: the domain */
};

/** What is the same in all that stand in one request. */
struct consent_base {
	const struct consent_hosts *hosts;
	const char *domain;
	enum uri_scheme scheme; /**< URI_SIP or URI_SIPS */
};

/** Where the consent URIs of the first domain lead, and the domains beside it:
 *  theirs lead to themselves. */
struct consent_places {
	struct consent_hosts hosts;
	struct domains domains;
};
/** What is about this target is its domain's; @p first: the first's name. */
struct consent_base consent_base_of(const struct consent_places *places,
				    const char *first, const char *target,
				    enum uri_scheme scheme);

/** "sip:" or "sips:". */
struct view consent_scheme(enum uri_scheme scheme);
char *consent_uri(struct arena *arena, const struct consent_base *base,
		  enum token_kind kind, const struct token *token);

/** A value of Trigger-Consent, which is about the service or list @p target. */
char *trigger_consent(struct arena *arena, const struct consent_base *base,
		      const struct token *token, const char *target);
/** What of it follows the user part. */
void trigger_consent_end(const struct consent_base *base, const char *target,
			 struct text *ret);

#endif
