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

#include "server/sip/edge.h"

struct outgoings *outgoings_new(struct edge *edge);
void outgoings_free(struct outgoings *outgoings);
/** How many legs are on their way. */
size_t outgoings_count(const struct outgoings *outgoings);

/** A response came. */
void outgoing_receive(struct edge *edge, struct view message);
/** A connection is gone (transport_settings.closed). */
void outgoing_closed(void *arg, uint64_t connection);

#endif
