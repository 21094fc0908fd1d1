/*
 * consent_leg -- the MESSAGE that asks or tells a recipient: who it is from,
 * where it goes, and the URIs to answer with (RFC 5360 sections 5.3.1 and 5.6).
 *
 * All that it says is of the domain of its target, and names no other.  Loop
 * thread only.
 */
#ifndef VOLENS_SERVER_CONSENT_CONSENT_LEG_H
#define VOLENS_SERVER_CONSENT_CONSENT_LEG_H

#include "db/index.h"
#include "server/consent/consent.h"

/** One to be written. */
struct consent_leg {
	const struct consents_settings *settings;
	struct arena *arena;	      /**< of what is written */
	const struct permission *row; /**< that it is about, to whom */
	const struct token *chat;     /**< of its own; NULL: it has none */
};
/** Which domain it is of. */
const char *consent_leg_domain(const struct consent_leg *it);
/** An answer, which goes as the request does: by TLS on every hop, or any way.
 */
const char *consent_leg_answer_uri(const struct consent_leg *it,
				   enum token_kind kind,
				   const struct token *token);
/** Header fields of its content, and its body. */
struct consent_content {
	struct view content, body;
};
/** A text alone, in the languages of what it is about. */
struct consent_content consent_leg_text(const struct consent_leg *it,
					struct view text);
/** Fill template and leg but for callbacks and owner.  Both borrow from the
 *  arena.  Fails where nothing may be sent to the URI of the row. */
enum err consent_leg_write(const struct consent_leg *it,
			   const struct consent_content *content,
			   struct leg_template *ret_template,
			   struct leg *ret_leg) MUST_CHECK;

#endif
