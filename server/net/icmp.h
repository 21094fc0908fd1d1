/*
 * icmp -- ICMP errors about datagrams that could not be delivered.
 *
 * The kernel keeps each ICMP error with the beginning of the datagram that it
 * quotes.  Anybody can forge one.  So a caller acts on it only if the quoted
 * bytes hold a value that only somebody who saw the datagram can know (RFC 3261
 * section 18.4).
 */
#ifndef VOLENS_SERVER_NET_ICMP_H
#define VOLENS_SERVER_NET_ICMP_H

#include "server/net/transport.h"

/** Have the errors of this UDP socket kept. */
enum err icmp_open(int fd, int family) MUST_CHECK;

/** Tell settings->undelivered() of the errors that are kept and say that a
 * host, network, port or protocol cannot be reached; at most 64 in a call. */
void icmp_take(int fd, const struct transport_settings *settings);

#endif
