/*
 * permission_document -- the body of a permission request (RFC 5360
 * section 5.3.1).
 *
 * A multipart/mixed of a text for people and the permission document for their
 * user agents (RFC 5361), with the same URIs in both; and the text alone, for
 * phones that take nothing else.  The sender chose nothing in it but the URI
 * that names them.  RFC 5361 has no word for the kinds of a permission: the
 * text says them.
 */
#ifndef VOLENS_SERVER_CONSENT_PERMISSION_DOCUMENT_H
#define VOLENS_SERVER_CONSENT_PERMISSION_DOCUMENT_H

#include "policies/kinds.h"
#include "server/base/text.h"
#include "server/words/wording.h"

/** The rule of one permission document.  Strings are keys or scopes
 *  (policies/permission.h). */
struct permission_rule {
	const char *sender;    /**< scope of who asks */
	const char *target;    /**< target URI, or "*": any of ours */
	const char *recipient; /**< who is asked */
	struct kinds kinds;    /**< for what */
	const char *domain;    /**< of this relay */
	bool is_list;	       /**< target is a stored list */
	const char *grant_uri, *deny_uri;
	/** NULL; or a no to all, where deny_uri leaves what was granted. */
	const char *stop_uri;
	const char *page_url; /**< of its page; NULL: it has none */
	int64_t ends_at; /**< of the grant that is to be renewed; 0: there is
			      none, and this asks for the first time */
	int64_t yes_s;	 /**< how long a yes lives; 0: until there is a no */
	const struct wording *wording; /**< NULL: English */
};

/** Content-* header lines, each with CRLF, and what they describe. */
struct permission_document {
	struct view content, body;
};

/** The permission document alone: one rule (RFC 5361 section 4). */
void permission_document_rules(const struct permission_rule *rule,
			       struct text *ret);
/** Both, as multipart/mixed; in the arena. */
void permission_document_write(struct arena *arena,
			       const struct permission_rule *rule,
			       struct permission_document *ret);
/** The text alone, for a next hop or a phone that takes no more. */
void permission_document_write_text(struct arena *arena,
				    const struct permission_rule *rule,
				    struct permission_document *ret);

#endif
