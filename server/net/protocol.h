/*
 * protocol -- the transport protocols of SIP that the relay has, and their
 * properties.
 *
 * Ask these functions for a property.  Only sockets, own addresses, counters,
 * NAPTR and the change from UDP to TCP (server/sip/next_hop.c) compare values.
 */
#ifndef VOLENS_SERVER_NET_PROTOCOL_H
#define VOLENS_SERVER_NET_PROTOCOL_H

#include "server/base/view.h"

enum protocol { PROTOCOL_UDP, PROTOCOL_TCP, PROTOCOL_TLS };

/** A stream, to an address that has been proved: nothing is sent twice (timers
 *  E, J and K of RFC 3261 section 17), and no size is too large. */
bool protocol_is_reliable(enum protocol protocol);
/** Nobody on the way can read or change what it carries. */
bool protocol_is_secure(enum protocol protocol);
/** "UDP", as in Via (RFC 3261 section 20.42). */
const char *protocol_name(enum protocol protocol);
/** Of a URI that names none (RFC 3261 section 19.1.2). */
int protocol_port(enum protocol protocol);
/** "_sip._udp", before a domain (RFC 3263 section 4.1). */
const char *protocol_service(enum protocol protocol);
/** By the value of a transport parameter (RFC 3261 section 19.1.1); false:
 *  none of ours. */
bool protocol_find(struct view transport, enum protocol *ret);

#endif
