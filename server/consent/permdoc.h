/*
 * permdoc -- what a recipient is asked with (RFC 5360 section 5.3.1).
 *
 * A multipart/mixed of a text for people and the permission document for their
 * user agents (RFC 5361), with the same URIs in both; and the text alone, for
 * who can take no more.  Nothing in it was chosen by the sender but the URI
 * that names him.
 */
#ifndef VOLENS_SERVER_CONSENT_PERMDOC_H
#define VOLENS_SERVER_CONSENT_PERMDOC_H

#include "server/base/text.h"

/** One question.  Strings are keys or scopes (policies/permission.h). */
struct question {
	const char *sender;    /**< scope of who asks */
	const char *target;    /**< target URI, or "*": any of ours */
	const char *recipient; /**< who is asked */
	const char *domain;    /**< of this relay */
	const char *grant_uri, *deny_uri;
};

/** Content-* header lines, each with CRLF, and what they describe. */
struct permdoc {
	struct view content, body;
};

/** The permission document alone: one rule (RFC 5361 section 4). */
void permdoc_rules(const struct question *question, struct text *ret);
/** The text for people: UTF-8, lines end in CRLF. */
void permdoc_text(const struct question *question, struct text *ret);
/** Both, as multipart/mixed; in the arena. */
void permdoc_write(struct arena *arena, const struct question *question,
		   struct permdoc *ret);
/** The text alone, for a next hop or a phone that takes no more. */
void permdoc_write_text(struct arena *arena, const struct question *question,
			struct permdoc *ret);

#endif
