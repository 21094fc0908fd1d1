/*
 * invite_copy -- the two requests that are made of an INVITE: ACK to a refusal
 * (RFC 3261 section 17.1.1.3) and CANCEL (section 9.1).
 *
 * Both go where the INVITE went, with its branch.  The ACK to a 2xx is another
 * thing: see dialog_request.h.
 */
#ifndef VOLENS_SERVER_SIP_INVITE_COPY_H
#define VOLENS_SERVER_SIP_INVITE_COPY_H

#include "server/base/text.h"
#include "server/sip/message.h"

/** @p invite: as it was sent; @p refusal: 300 to 699, whose To it has. */
void invite_ack_write(const struct message *invite,
		      const struct message *refusal, struct text *ret);
/** @p lines: whole header lines, each with CRLF, such as Reason; or none. */
void invite_cancel_write(const struct message *invite, struct view lines,
			 struct text *ret);

#endif
