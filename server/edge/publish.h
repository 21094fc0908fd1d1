/*
 * publish -- PUBLISH to consent URIs (RFC 5360 section 5.6): an answer of a
 * recipient, or a wish to be asked again.
 *
 * Whoever holds the token is heard; who it was that spoke is told as far as it
 * was proved, and what that is worth is for the consents to say.
 */
#ifndef VOLENS_SERVER_EDGE_PUBLISH_H
#define VOLENS_SERVER_EDGE_PUBLISH_H

#include "server/edge/edge_private.h"

#define PUBLISH_BODY_MAX 4096 /**< bytes; a body means nothing here */
#define PUBLISH_TYPE "application/pidf+xml" /**< what may stand in it */

/** Hand it over, or a reply to send at once. */
void publish_receive(struct intake *intake, struct reply *ret_reply);

#endif
