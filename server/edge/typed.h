/*
 * typed -- what a person typed to the relay itself: an answer to the address of
 * a question, or a word such as STOP to a list or a service (server/edge.h,
 * PURPOSE_CHAT).
 *
 * The text of a MESSAGE counts where it stands alone: text/plain, not encoded.
 * Parts of a multipart body are the sender's to relay, and no words for us.
 */
#ifndef VOLENS_SERVER_EDGE_TYPED_H
#define VOLENS_SERVER_EDGE_TYPED_H

#include "server/edge/intake.h"

/** What follows the head of a request, whatever the head says; or none. */
struct view typed_body(struct view bytes);
/** Is a text at the address of a question a no?  Then nothing else in its
 *  request matters. */
bool typed_denies(const struct edge *edge, struct view text);
/** Who takes a MESSAGE to a list or a service because of its text; NULL: it is
 *  no word for the relay. */
const struct registered *typed_module(struct intake *intake);
/** Is it a no at a list or a service?  It is not refused for load, either. */
bool typed_is_no(struct intake *intake);
/** Its text, for the module of PURPOSE_CHAT, and whether it came to a consent
 *  URI. */
void typed_read(const struct intake *intake, struct request *request);

#endif
