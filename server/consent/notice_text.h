/*
 * notice_text -- what people are told that others recorded about them: the text
 * of a notice.
 */
#ifndef VOLENS_SERVER_CONSENT_NOTICE_TEXT_H
#define VOLENS_SERVER_CONSENT_NOTICE_TEXT_H

#include "policies/notice.h"
#include "server/words/wording.h"

/** Most bytes of the evidence that is told; the rest is left out, so that a
 *  notice in one language is one datagram. */
#define NOTICE_EVIDENCE_MAX 200

/** What a notice says.  Strings are keys or scopes (policies/permission.h). */
struct notice_words {
	enum notice_kind kind;
	const char *sender;	       /**< scope of whom it is about */
	const char *target;	       /**< target URI, or "*": any of ours */
	struct kinds kinds;	       /**< for what */
	bool all_kinds;		       /**< of a no: to every kind */
	const char *evidence;	       /**< as it was recorded; NULL: none */
	const char *recorded_by;       /**< of a no: name of the API token.  Of
					    both a space stands for what is not
					    seen (words/text_template.h) */
	const struct wording *wording; /**< NULL: English */
	const char *domain; /**< of this relay: whose operator recorded it */
	bool is_list;	    /**< target is a stored list */
	bool is_import;	    /**< recorded with many others */
	int64_t recorded_at;
	int64_t ends_at; /**< of a grant; 0: it has no end */
	/** Of a grant: a no.  NULL; or a no to all, where deny_uri leaves what
	 *  else was granted. */
	const char *deny_uri, *stop_uri;
	const char *lift_uri; /**< of a no: asks for a new question; the
				   recipient has to prove who they are */
};

/** Languages one under the other, a line between them; UTF-8, lines end in
 *  CRLF. */
void notice_text(const struct notice_words *words, struct text *ret);

#endif
