#include "policies/proof.h"

#include <stdbool.h>
#include <string.h>

#include "server/base/uri.h"

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

/** A peer does not speak for everybody; an account is its own. */
static bool may_grant(const struct proof_facts *facts, size_t which)
{
	return facts->sender->method != IDENTITY_ASSERTED ||
	       ((facts->vouched >> which) & 1);
}

/** One of two asserted identities is enough (RFC 5360 section 5.6.1.2). */
static enum proof_verdict judge(const struct proof_facts *facts)
{
	enum proof_verdict verdict = PROOF_OF_ANOTHER;

	for (size_t i = 0; i < 2; i++) {
		const char *aor = facts->sender->aor[i];

		if (!aor || !is_address_of(aor, facts->recipient))
			continue;
		if (may_grant(facts, i))
			return PROOF_GIVEN;
		verdict = PROOF_MISSING;
	}
	return verdict;
}

/**
 * RFC 5360 section 5.6.1.3: a reply to an unguessable URI counts as
 * authenticated, provided nobody but the recipient could read the permission
 * request (SIPS) and nobody could read the reply on its way (TLS).
 */
static bool was_secured(const struct proof_facts *facts)
{
	return facts->asked_securely && facts->replied_securely;
}

static bool is_return_routable(const struct proof_facts *facts)
{
	return facts->any_transport || was_secured(facts);
}

/** A no binds every spelling of a person, and what asks again is asked at the
 *  recorded address. */
static enum proof_verdict judge_signed_in(const struct proof_facts *facts)
{
	if (!is_authenticated(facts->sender))
		return PROOF_MISSING;
	switch (consent_answer_of(facts->kind, facts->answer)) {
	case CONSENT_NO:
	case CONSENT_STOP:
	case CONSENT_AGAIN:
		return facts->sender->aor[0] &&
				       uri_keys_name_one(facts->sender->aor[0],
							 facts->recipient)
			       ? PROOF_GIVEN
			       : PROOF_OF_ANOTHER;
	case CONSENT_YES:
	case CONSENT_LIFT:
		return judge(facts);
	case CONSENT_BY_TOKEN:
	case CONSENT_NONE:
		break;
	}
	return PROOF_MISSING;
}

enum consent_answer consent_answer_of(enum token_kind kind,
				      enum consent_answer said)
{
	switch (kind) {
	case TOKEN_GRANT:
		return said == CONSENT_BY_TOKEN ? CONSENT_YES : CONSENT_NONE;
	case TOKEN_DENY:
		return said == CONSENT_BY_TOKEN ? CONSENT_NO : CONSENT_NONE;
	case TOKEN_TRIGGER:
		return said == CONSENT_BY_TOKEN ? CONSENT_AGAIN : CONSENT_NONE;
	case TOKEN_PAGE:
	case TOKEN_CHAT:
		return said == CONSENT_BY_TOKEN ? CONSENT_NONE : said;
	case TOKEN_KINDS:
		break;
	}
	return CONSENT_NONE;
}

enum proof_verdict proof_decide(const struct proof_facts *facts)
{
	enum proof_verdict verdict = PROOF_MISSING;

	if (facts->by_sign_in)
		return judge_signed_in(facts);
	switch (consent_answer_of(facts->kind, facts->answer)) {
	case CONSENT_NO:
	case CONSENT_STOP:
		return PROOF_GIVEN;
	case CONSENT_AGAIN:
		/* It changes nothing, and its permission request goes to the
		 * recorded recipient.  But a trigger's token stood in a
		 * message: after a deny that is too little to ask again. */
		if (!facts->after_deny || facts->kind != TOKEN_TRIGGER)
			return PROOF_GIVEN;
		break;
	case CONSENT_YES:
	case CONSENT_LIFT:
		break;
	case CONSENT_BY_TOKEN:
	case CONSENT_NONE:
		return PROOF_MISSING;
	}
	if (is_authenticated(facts->sender))
		verdict = judge(facts);
	return verdict == PROOF_MISSING && is_return_routable(facts)
		       ? PROOF_GIVEN
		       : verdict;
}

enum proof_basis proof_basis(const struct proof_facts *facts)
{
	if (is_authenticated(facts->sender) && judge(facts) == PROOF_GIVEN)
		return facts->sender->method == IDENTITY_ASSERTED
			       ? PROOF_BASIS_ASSERTED
			       : PROOF_BASIS_DIGEST;
	return was_secured(facts) ? PROOF_BASIS_SECURE_TOKEN
				  : PROOF_BASIS_TOKEN;
}
