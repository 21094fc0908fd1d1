/*
 * sent_by -- what our listeners are called towards others: in Via (RFC 3261
 * section 18.1.1), in Contact, and in URIs that lead to us.
 *
 * Behind a NAT and in a container the operator says it (sip_settings.
 * advertise).  Else it is the bound address, or the domain for a listener that
 * is bound to every address.
 */
#ifndef VOLENS_SERVER_SIP_SENT_BY_H
#define VOLENS_SERVER_SIP_SENT_BY_H

#include "server/net/address.h"
#include "server/net/protocol.h"
#include "server/sip/sip.h"

#define SENT_BY_ROOM 320 /**< bytes of a host and port with the NUL */

/** What the operator says of a listener. */
struct advertised {
	struct view host; /**< as in a URI; of the settings */
	int port;	  /**< 0: the one that is bound */
};

/** @return false: they say nothing of it.  What names its protocol goes before
 *  what holds for all; a numeric address holds for its family. */
bool sent_by_advertised(const struct sip_settings *settings,
			enum protocol protocol, const union address *listener,
			struct advertised *ret);
/** "relay.example.com:5060", of a listener. */
void sent_by_listener(const struct sip_settings *settings,
		      enum protocol protocol, const union address *listener,
		      char ret[SENT_BY_ROOM]);
/** Of a socket that requests are sent from and nobody else knows: its port is
 *  its own. */
void sent_by_socket(const struct sip_settings *settings, enum protocol protocol,
		    const union address *socket, char ret[SENT_BY_ROOM]);

#endif
