/*
 * address -- an IPv4 or IPv6 address with a port.
 */
#ifndef VOLENS_SERVER_NET_ADDRESS_H
#define VOLENS_SERVER_NET_ADDRESS_H

#include <netinet/in.h>

#include "server/base/view.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/** "192.0.2.1:5060", "[2001:db8::1]:5060"; @p ret takes 64 bytes. */
void address_format(const union address *address, char *ret);
/** "192.0.2.1", "2001:db8::1"; @p ret takes 64 bytes. */
void address_host_format(const union address *address, char *ret);
/** Numeric only; port from the text or @p port. */
enum err address_parse(struct view text, int port,
		       union address *ret) MUST_CHECK;
socklen_t address_len(const union address *address);
int address_port(const union address *address);
void address_set_port(union address *address, int port);
/** 16 bytes, IPv4 mapped: for networks and rate tables. */
void address_bytes(const union address *address, uint8_t ret[16]);
/** Same family, address, scope and port. */
bool address_equal(const union address *a, const union address *b);
/** 0.0.0.0, mapped too, or ::, whatever the port. */
bool address_is_wildcard(const union address *address);

#endif
