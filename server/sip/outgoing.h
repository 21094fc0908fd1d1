/*
 * outgoing -- client transactions (RFC 3261 section 17.1.2), one for each leg.
 *
 *   resolving -> connecting -> sent -> proceeding -> over
 *        \____________\__________\_ next hop (RFC 3263 section 4.3)
 *
 * Timer E and F are one loop timer.  There is no timer K: a final response that
 * comes again finds no transaction and is dropped, which is all that K is for.
 */
#ifndef VOLENS_SERVER_SIP_OUTGOING_H
#define VOLENS_SERVER_SIP_OUTGOING_H

#include "server/leg.h"
#include "server/sip/sender.h"

struct outgoings *outgoings_new(struct sender *sender);
void outgoings_free(struct outgoings *outgoings);
/** How many legs are on their way. */
size_t outgoings_count(const struct outgoings *outgoings);

/** One that nobody carries yet; @p sender says whom to count for. */
struct outgoing *outgoing_new(struct sender *sender, struct leg *leg);
/** Carry it: until sender->done(). */
void outgoing_carry(struct sender *sender, struct outgoing *outgoing);
/** It is over: the leg's owner hears of it. */
void outgoing_tell(struct outgoing *outgoing);
/** The owner goes away. */
void outgoing_free(struct outgoing *outgoing);

#endif
