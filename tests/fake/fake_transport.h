/*
 * fake_transport -- a network in the test's hand (implements
 * server/net/transport.h).
 *
 * No sockets: each byte string that is given to it is shown to the test, with
 * the peer that it goes to; what the test gives it was received.  Certificates
 * prove what the test says.
 */
#ifndef VOLENS_TESTS_FAKE_TRANSPORT_H
#define VOLENS_TESTS_FAKE_TRANSPORT_H

#include "server/net/transport.h"

/** What the world around it does. */
struct fake_network {
	/** This leaves.  flow->peer.names are those of its connection. */
	void (*sent)(void *arg, const struct flow *flow, struct view message);
	/**
	 * Somebody is to be connected to.
	 *
	 * @param ret_names  that their certificate proves, NULL at the end;
	 *                   NULL: none
	 * @return ERR_OK, or what transport_wait.ready() is told
	 */
	enum err (*connect)(void *arg, const struct peer *peer,
			    const char *server_name,
			    const char *const **ret_names);
	void *arg;
};
/** For all transports, until the next call. */
void fake_network_set(const struct fake_network *network);

/** The one that was made last, until it is freed; NULL: none. */
struct transport *fake_transport(void);
/** Somebody connects by a stream.  @return the connection's number */
uint64_t fake_transport_accept(struct transport *transport,
			       const struct peer *peer);
/** A message comes. */
void fake_transport_receive(struct transport *transport, struct view message,
			    const struct flow *from);
/** Those who wait for a connection are told.  @return how many */
int fake_transport_turn(struct transport *transport);

#endif
