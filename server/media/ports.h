/*
 * ports -- a range of UDP ports: one even port for each participant.
 *
 * Ports are taken in turn, so that one that was given back rests for as long as
 * possible: packets for whom it belonged to still arrive.  Odd ports stay free
 * (RFC 3550 section 11).  One thread.
 */
#ifndef VOLENS_SERVER_MEDIA_PORTS_H
#define VOLENS_SERVER_MEDIA_PORTS_H

#include "server/net/address.h"

struct ports {
	union address address;
	unsigned first, n; /**< the first even port, and how many */
	unsigned cursor;   /**< which is tried next */
	unsigned n_used;
	bool *is_used;
};

/** ERR_SYNTAX: no even port of 1024 to 65534 is in the range. */
enum err ports_init(struct ports *ports, const union address *address,
		    unsigned first, unsigned last) MUST_CHECK;
void ports_release(struct ports *ports);
/** A socket that is bound to a free port.  ERR_BUSY: none is free, or other
 *  programs have them; ERR_FULL: no descriptor; ERR_IO: not our address. */
enum err ports_open(struct ports *ports, int *ret_fd,
		    unsigned *ret_port) MUST_CHECK;
/** The socket is closed. */
void ports_give_back(struct ports *ports, unsigned port);
/** Is @p address a port of the range at @p host? */
bool ports_have(const struct ports *ports, const union address *host,
		const union address *address);

#endif
