/*
 * body -- the session description in the body of a message (RFC 3261 section
 * 13.2.1, RFC 5621): alone, or a part of a multipart.
 */
#ifndef VOLENS_SERVER_SESSION_BODY_H
#define VOLENS_SERVER_SESSION_BODY_H

#include "server/sip/message.h"

/** Where a recipient list may stand beside the description (RFC 5366). */
enum body_place {
	BODY_FIRST_INVITE, /**< here: somebody else reads it */
	BODY_IN_DIALOG	   /**< not here */
};

struct body_found {
	int status; /**< 0; 400: cannot be split; 415: nothing that we read */
	bool is_encoded; /**< 415 for its Content-Encoding */
	bool has_sdp;
	struct view sdp;
};

/**
 * What is optional (handling=optional) and not understood is passed over; so is
 * a description for something else than the session.
 *
 * @param arena  of the parts
 */
void body_find_sdp(struct arena *arena, const struct message *message,
		   enum body_place place, struct body_found *ret);

#endif
