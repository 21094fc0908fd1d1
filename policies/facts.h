/*
 * facts -- what is known of one request when it is decided upon.
 */
#ifndef VOLENS_POLICIES_FACTS_H
#define VOLENS_POLICIES_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "policies/kinds.h"

/** How a sender was authenticated (RFC 5361 section 3.1.2). */
enum identity_method {
	IDENTITY_NONE,	   /**< not authenticated: matches "anonymous" only */
	IDENTITY_DIGEST,   /**< the AOR of the account, RFC 8760 */
	IDENTITY_ASSERTED, /**< P-Asserted-Identity from a trust domain peer */
};

/** Who asks.  Up to two keys: PAI may hold one sip(s) and one tel URI. */
struct identity {
	enum identity_method method;
	const char *aor[2]; /**< keys (server/base/uri.h); aor[1] may be NULL */
};

/** The facts of one decision.  Strings are keys, borrowed. */
struct facts {
	const struct identity *sender; /**< NULL: unauthenticated */
	const char *target;	       /**< key of the target URI */
	const char *recipient;	       /**< key of the recipient URI */
	int64_t now;		       /**< seconds since the epoch */
	struct kinds kind;	       /**< of the request; none: no yes fits */
};

#endif
