/*
 * message -- the parts of one SIP message: start line, header fields, body.
 * Values are found, not interpreted.
 *
 * A request that just came in is read once, before it has cost any memory: the
 * start line, one entry for each header field, the body.  So is a response that
 * makes a dialog; the other responses are only looked at (response_head.h).
 * Folds (RFC 3261 section 7.3.1) are undone in a copy of their line, so that a
 * value never holds CR or LF.  The reader goes on after the first fault and
 * remembers it: a 400 needs the Via, From, To, Call-ID and CSeq that are there.
 *
 * All views end with the bytes, or with the next message_read() of the same
 * struct message.
 */
#ifndef VOLENS_SERVER_SIP_MESSAGE_H
#define VOLENS_SERVER_SIP_MESSAGE_H

#include "server/base/view.h"

#define MESSAGE_HEAD_MAX 16384 /**< bytes of start line and header fields */
#define MESSAGE_LINES_MAX 192  /**< header fields */

/** The header fields that somebody here asks for. */
enum field {
	FIELD_OTHER, /**< everything else */
	FIELD_ACCEPT,
	FIELD_ACCEPT_CONTACT,
	FIELD_ALLOW,
	FIELD_ALLOW_EVENTS,
	FIELD_AUTHORIZATION,
	FIELD_CALL_ID,
	FIELD_CONTACT,
	FIELD_CONTENT_DISPOSITION,
	FIELD_CONTENT_ENCODING,
	FIELD_CONTENT_ID,
	FIELD_CONTENT_LANGUAGE,
	FIELD_CONTENT_LENGTH,
	FIELD_CONTENT_TRANSFER_ENCODING,
	FIELD_CONTENT_TYPE,
	FIELD_CSEQ,
	FIELD_DATE,
	FIELD_EVENT,
	FIELD_EXPIRES,
	FIELD_FROM,
	FIELD_IN_REPLY_TO,
	FIELD_INFO_PACKAGE,
	FIELD_MAX_BREADTH,
	FIELD_MAX_FORWARDS,
	FIELD_MIME_VERSION,
	FIELD_MIN_EXPIRES,
	FIELD_MIN_SE,
	FIELD_P_ASSERTED_IDENTITY,
	FIELD_PRIORITY,
	FIELD_PRIVACY,
	FIELD_PROXY_AUTHENTICATE,
	FIELD_PROXY_AUTHORIZATION,
	FIELD_PROXY_REQUIRE,
	FIELD_RACK,
	FIELD_REASON,
	FIELD_RECORD_ROUTE,
	FIELD_REFER_SUB,
	FIELD_REFER_TO,
	FIELD_REFERRED_BY,
	FIELD_REJECT_CONTACT,
	FIELD_REPLACES,
	FIELD_REPLY_TO,
	FIELD_REQUIRE,
	FIELD_RETRY_AFTER,
	FIELD_ROUTE,
	FIELD_RSEQ,
	FIELD_SESSION_EXPIRES,
	FIELD_SIP_IF_MATCH,
	FIELD_SUBJECT,
	FIELD_SUBSCRIPTION_STATE,
	FIELD_SUPPORTED,
	FIELD_TARGET_DIALOG,
	FIELD_TIMESTAMP,
	FIELD_TO,
	FIELD_UNSUPPORTED,
	FIELD_VIA,
	FIELD_WARNING,
	FIELD_WWW_AUTHENTICATE,
	FIELD_COUNT /**< how many there are; not a field */
};

/** The long name ("Subject"); empty for FIELD_OTHER. */
struct view field_name(enum field field);

/** One header field as it came. */
struct field_line {
	enum field field;
	struct view name;  /**< as written, maybe compact */
	struct view value; /**< unfolded and trimmed */
};

struct peer;
struct message {
	struct view whole; /**< all bytes that came */
	/** Of a response that is told to its leg: who sent it. */
	const struct peer *from;
	struct view start;		  /**< the start line */
	struct view method, uri, version; /**< its parts; empty when broken */
	int status;			  /**< 100..699; 0: of no response */
	struct view reason;		  /**< of a response; may be empty */
	struct view body;		  /**< cut to Content-Length */
	/** NULL, or the reason phrase of the 400 for its first fault.  A
	 *  response with a fault is not believed. */
	const char *fault;
	size_t n_lines;
	struct field_line lines[MESSAGE_LINES_MAX];
	uint16_t first[FIELD_COUNT]; /**< index + 1 in lines; 0: absent */
	uint16_t count[FIELD_COUNT]; /**< how often a field is there */
	char flat[MESSAGE_HEAD_MAX]; /**< lines that are not as they came */
};

/** Read @p bytes, which must stay where they are.  Never fails: see fault. */
void message_read(struct message *message, struct view bytes);

/** Value of the first @p field; VIEW_NONE when it is absent or empty. */
struct view message_value(const struct message *message, enum field field);
/** Step through all lines of one field: @p at is 0 at first, then kept. */
bool message_next(const struct message *message, enum field field, size_t *at,
		  struct view *ret_value);
/** Step through the comma separated items of all lines of one field. */
struct items {
	size_t at;
	struct view rest;
};
bool message_next_item(const struct message *message, enum field field,
		       struct items *items, struct view *ret_item);

#endif
