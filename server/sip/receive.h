/*
 * receive -- where each received message goes.
 *
 * Responses go to their leg, or are dropped.  A request is read once, before
 * memory is allocated for it, and goes up to the listener; a retransmission is
 * answered here.
 */
#ifndef VOLENS_SERVER_SIP_RECEIVE_H
#define VOLENS_SERVER_SIP_RECEIVE_H

#include "server/sip/sip.h"

/** A whole message (transport_settings.receive); @p arg is the struct sip. */
void sip_receive(void *arg, struct view message, const struct flow *from);
/** A stream that cannot be framed (transport_settings.unframed).  A claimed
 *  request in its head is taken; everything else is refused. */
bool sip_unframed(void *arg, struct view head, const struct flow *from,
		  enum err why);

#endif
