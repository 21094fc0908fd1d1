/*
 * response_writer -- the bytes of a response, and how many there may be.
 *
 * It knows neither the request nor the edge: respond.h brings the lines that
 * are copied from the request.
 */
#ifndef VOLENS_SERVER_SIP_RESPONSE_WRITER_H
#define VOLENS_SERVER_SIP_RESPONSE_WRITER_H

#include "server/base/text.h"
#include "server/net/transport.h"

/** The reason phrase of a status; "Unknown" for one we never send. */
const char *response_phrase(int status);

/** Append "Name: value CRLF", or nothing where the value holds a control. */
void response_add_header(struct text *text, struct view name,
			 struct view value);

/** A whole response; @p reason NULL for the usual phrase. */
struct response_parts {
	int status;
	const char *reason;
	struct view lines; /**< of respond_lines() */
	/** More header lines with CRLF, those of the body (Content-*) too; may
	 *  be empty. */
	struct view more;
	struct view body; /**< text; len 0: none */
	/** User part of our Contact and its parameters (";isfocus") for
	 *  server_txn_respond(), which knows the flow; or NULL. */
	const char *contact, *contact_params;
};

/**
 * How many bytes may be sent for a request of @p asked bytes.  Over UDP anybody
 * can write somebody else's address into it: unless the sender was identified
 * an answer has 1.25 times a request of less than 256 bytes, and twice any
 * other, at the most.
 */
size_t response_len_max(const struct flow *flow, size_t asked, bool is_named);
/** Replace @p ret by the response.  Where @p most is not enough it gets compact
 *  names and no reason, then loses its last lines of `more`, and a challenge
 *  without room becomes a 400: @p parts has what was written.  False when
 *  nothing is short enough. */
bool response_write(struct response_parts *parts, size_t most,
		    struct text *ret);

#endif
