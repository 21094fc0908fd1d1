/*
 * proof -- who may reply to a permission request (RFC 5360 section 5.6.1).
 *
 * A consent URI is unguessable, but somebody else than the recipient may have
 * it. A grant permits traffic, so it needs more than the token: the proved
 * identity of the recipient (SIP digest, P-Asserted-Identity of a peer that
 * speaks for their domain), or return routability where that is as good.  A
 * deny stops traffic and needs only the token.  A trigger asks for a new
 * permission request: it needs no proof, but after the recipient's own deny
 * only they may ask for one, as for a grant.  A question's page and its chat
 * take each of these, by the same rules; what asks again there is the
 * question's own token, which never stood in a message.  Who signed in needs no
 * token: what they say counts for their own rows, a no to any spelling.  Pure.
 */
#ifndef VOLENS_POLICIES_PROOF_H
#define VOLENS_POLICIES_PROOF_H

#include "policies/facts.h"
#include "server/base/token.h"

/** What is said. */
enum consent_answer {
	CONSENT_BY_TOKEN, /**< what the token stands for; that of a page or a
			   *   chat stands for nothing */
	CONSENT_YES,
	CONSENT_NO,
	CONSENT_AGAIN, /**< a new question, please */
	CONSENT_STOP,  /**< a no to everything from this domain of the relay */
	CONSENT_LIFT,  /**< takes that back: each older answer counts again */
	CONSENT_NONE   /**< nothing that counts */
};
/** What @p said means with a token of this kind. */
enum consent_answer consent_answer_of(enum token_kind kind,
				      enum consent_answer said);

enum proof_verdict {
	PROOF_GIVEN,	 /**< the reply counts */
	PROOF_MISSING,	 /**< nobody was proved, and the token is not enough */
	PROOF_OF_ANOTHER /**< somebody was proved, but not the recipient */
};

/** What is known of a reply.  Strings are keys, borrowed. */
struct proof_facts {
	int by_sign_in;		    /**< 1: no token; sender is who signed in */
	enum token_kind kind;	    /**< which URI it came to */
	enum consent_answer answer; /**< and what was said there */
	const struct identity *sender; /**< NULL: unauthenticated */
	/** Bit n: the peer that asserts aor[n] speaks for its domain
	 *  (trust_vouches()). */
	unsigned vouched;
	const char *recipient; /**< key of the recipient that was asked */
	int any_transport;     /**< 1: the operator lets the token alone do */
	int asked_securely;    /**< 1: the permission request went to a SIPS URI
				*   over TLS */
	int replied_securely;  /**< 1: the reply came over TLS */
	int after_deny;	       /**< 1: the recipient's own deny stands */
};

/**
 * Does this reply come from the recipient?
 *
 * Somebody who proves to be another is refused even where the token alone
 * would do (RFC 5360 section 5.6.1.1, .2, .4: MUST NOT process).
 */
enum proof_verdict proof_decide(const struct proof_facts *facts);

/** What a grant rests on for which proof_decide() says that it counts. */
enum proof_basis {
	PROOF_BASIS_DIGEST,
	PROOF_BASIS_ASSERTED,
	PROOF_BASIS_SECURE_TOKEN, /**< return routability */
	PROOF_BASIS_TOKEN	  /**< the token, as in a closed network */
};
enum proof_basis proof_basis(const struct proof_facts *facts);

#endif
