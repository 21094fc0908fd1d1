/*
 * respond -- the bytes of a response, and where it goes.
 *
 * A response copies Via, From, To, Call-ID and CSeq as they came (RFC 3261
 * section 8.2.6.2); received and rport go into the top Via, a tag into To.  The
 * tag is a keyed hash of the request, so that a stateless answer is the same
 * each time (RFC 3261 section 8.2.7).  No Server field: it tells strangers what
 * to try.
 */
#ifndef VOLENS_SERVER_SIP_RESPOND_H
#define VOLENS_SERVER_SIP_RESPOND_H

#include "server/sip/edge.h"

/** The reason phrase of a status; "Unknown" for one we never send. */
const char *respond_phrase(int status);

/** The lines that every response to this request has, each with CRLF. */
void respond_lines(const struct received *received, struct text *ret);

/** Where responses to this request go (RFC 3261 section 18.2.2): the address
 *  it came from, on the port that rport or sent-by says; never elsewhere. */
struct flow respond_flow(const struct received *received);

/** A whole response without a body; @p reason NULL for the usual phrase. */
struct response_parts {
	int status;
	const char *reason;
	struct view lines; /**< of respond_lines() */
	struct view more;  /**< more header lines with CRLF; may be empty */
};

/**
 * How many bytes may be sent for a request of @p asked bytes.  Over UDP anybody
 * can write somebody else's address into it: unless the sender was identified
 * an answer has 1.25 times a request of less than 256 bytes, and twice any
 * other, at the most.
 */
size_t respond_most(const struct flow *flow, size_t asked, bool is_named);
/** Replace @p ret by the response.  Where @p most is not enough it gets compact
 *  names and no reason, then loses its last lines of `more`, and a challenge
 *  without room becomes a 400: @p parts has what was written.  False when
 *  nothing is short enough. */
bool respond_write(struct response_parts *parts, size_t most, struct text *ret);

/** Count it and send it. */
void respond_send(struct edge *edge, const struct flow *flow, int status,
		  struct view bytes);

/** Answer without a transaction.  Nothing is sent to an ACK, to a request that
 *  has no Via, and where no answer is short enough for respond_most(). */
void respond_reply(const struct received *received, const struct reply *reply);

/** Append "Name: value CRLF", or nothing where the value holds a control. */
void respond_add_header(struct text *text, struct view name, struct view value);

#endif
