/*
 * asserted -- the values of P-Asserted-Identity (RFC 3325 section 9.1, RFC 5876
 * section 4.5).
 */
#ifndef VOLENS_SERVER_EDGE_ASSERTED_H
#define VOLENS_SERVER_EDGE_ASSERTED_H

#include "policies/facts.h"
#include "policies/trust.h"
#include "server/base/text.h"
#include "server/base/uri.h"
#include "server/request.h"
#include "server/sip/message.h"

struct asserted {
	struct identity sender; /**< IDENTITY_NONE: no value counts */
	unsigned vouched;	/**< as in struct request */
	const char *text[3];	/**< name-addr each; NULL ends them */
};

/** False: a value is none, so that nobody can say where the next one begins.
 *  A URI of another scheme is fine. */
bool asserted_is_sound(const struct message *message);
/** A message whose sender is believed. */
struct asserted_source {
	const struct message *message;
	const struct trust_domain *from; /**< never NULL */
	/** A URI, and its key: most assert what From says; or NULL. */
	struct view known;
	const char *known_key;
};
/** What counts of them.  Strings in @p arena. */
void asserted_read(const struct asserted_source *source, struct arena *arena,
		   struct asserted *ret);

/** The lines of a response that assert somebody; or none. */
void assertion_write(const struct trust_departure *response,
		     const struct assertion *whose, struct text *ret);

#endif
