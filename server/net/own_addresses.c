#include "server/net/own_addresses.h"

#include "server/base/arena.h"

struct own_address {
	uint8_t bytes[16];
	int port;
	enum own_kind kind;
	bool is_any; /* of the addresses of this host; loopback is one */
};

void own_addresses_add(struct own_addresses *own_addresses, enum own_kind kind,
		       const struct transport *transport)
{
	size_t n = transport_listeners(transport);

	own_addresses->addresses = mem_resize(
		own_addresses->addresses,
		(own_addresses->n + n) * sizeof(*own_addresses->addresses));
	for (size_t i = 0; i < n; i++) {
		struct own_address *own =
			&own_addresses->addresses[own_addresses->n++];
		enum protocol protocol;
		const union address *address =
			transport_address(transport, i, &protocol);

		address_bytes(address, own->bytes);
		own->port = address_port(address);
		own->kind = kind;
		own->is_any = address_is_wildcard(address);
	}
}

/* 127.0.0.0/8, mapped, or ::1. */
static bool is_loopback(const uint8_t address[16])
{
	static const uint8_t four[13] = {[10] = 0xff, [11] = 0xff, [12] = 127};
	static const uint8_t six[16] = {[15] = 1};

	return memcmp(address, four, sizeof(four)) == 0 ||
	       memcmp(address, six, sizeof(six)) == 0;
}

bool own_addresses_has(const struct own_addresses *own_addresses,
		       const struct hop *hop)
{
	int port = address_port(&hop->address);
	uint8_t theirs[16];

	for (size_t i = 0; i < own_addresses->n; i++) {
		const struct own_address *own = &own_addresses->addresses[i];

		if (own->port != port ||
		    (own->kind == OWN_WORKER && hop->protocol != PROTOCOL_UDP))
			continue;
		address_bytes(&hop->address, theirs);
		if (memcmp(theirs, own->bytes, sizeof(theirs)) == 0 ||
		    (own->is_any && is_loopback(theirs)))
			return true;
	}
	return false;
}

void own_addresses_release(struct own_addresses *own_addresses)
{
	free(own_addresses->addresses);
}
