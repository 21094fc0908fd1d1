#include "policies/proof.h"

#include <stdbool.h>
#include <string.h>

static bool is_authenticated(const struct identity *sender)
{
	return sender && sender->method != IDENTITY_NONE;
}

/** The key of a recipient may hold parameters behind the address (server/base/
 *  uri.h); an identity never does, but `user`. */
static bool is_address_of(const char *aor, const char *recipient)
{
	size_t len = strlen(aor);

	return strncmp(aor, recipient, len) == 0 &&
	       (!recipient[len] ||
		(recipient[len] == ';' &&
		 strncmp(recipient + len, ";user=", 6) != 0));
}

/** One of two asserted identities is enough (RFC 5360 section 5.6.1.2). */
static bool is_recipient(const struct identity *sender, const char *recipient)
{
	for (size_t i = 0; i < 2; i++) {
		if (sender->aor[i] && is_address_of(sender->aor[i], recipient))
			return true;
	}
	return false;
}

/**
 * RFC 5360 section 5.6.1.3: a reply to an unguessable URI counts as
 * authenticated, provided nobody but the recipient could read the permission
 * request (SIPS) and nobody could read the reply on its way (TLS).
 */
static bool is_return_routable(const struct proof_facts *facts)
{
	return facts->any_transport ||
	       (facts->asked_securely && facts->replied_securely);
}

enum proof_verdict proof_decide(const struct proof_facts *facts)
{
	switch (facts->kind) {
	case TOKEN_DENY:
		return PROOF_GIVEN;
	case TOKEN_TRIGGER:
		/* It changes nothing, and its permission request goes to the
		 * recorded recipient.  But its token stood in a message: after
		 * a deny that is too little to ask again. */
		if (!facts->after_deny)
			return PROOF_GIVEN;
		break;
	case TOKEN_GRANT:
		break;
	case TOKEN_KINDS:
		return PROOF_MISSING;
	}
	if (is_authenticated(facts->sender))
		return is_recipient(facts->sender, facts->recipient)
			       ? PROOF_GIVEN
			       : PROOF_OF_ANOTHER;
	return is_return_routable(facts) ? PROOF_GIVEN : PROOF_MISSING;
}
