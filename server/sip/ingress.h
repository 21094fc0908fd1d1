/*
 * ingress -- what comes in, before it costs anything.
 *
 * Responses go to their leg or nowhere.  Requests are read once; what is
 * broken, too fast or not for us is answered from the bytes of the request
 * itself, and leaves nothing behind.
 */
#ifndef VOLENS_SERVER_SIP_INGRESS_H
#define VOLENS_SERVER_SIP_INGRESS_H

#include "server/sip/edge.h"

/** A whole message (transport_settings.receive); @p arg is the edge. */
void ingress_receive(void *arg, struct view message, const struct flow *from);
/** A stream that cannot be framed (transport_settings.unframed).  A deny in its
 *  head is taken; everything else is refused. */
bool ingress_unframed(void *arg, struct view head, const struct flow *from,
		      enum err why);

#endif
