#include "server/net/own_addresses.h"

#include "server/base/arena.h"

struct own_address {
	uint8_t bytes[16];
	int port;
	enum own_kind kind;
	bool is_any; /* of the addresses of this host; loopback is one */
};

/** A host that we tell others. */
struct own_name {
	char *host;
	int port;
};

static struct own_address *own_address_new(struct own_addresses *own_addresses)
{
	own_addresses->addresses = mem_resize(
		own_addresses->addresses,
		(own_addresses->n + 1) * sizeof(*own_addresses->addresses));
	return &own_addresses->addresses[own_addresses->n++];
}

void own_addresses_add(struct own_addresses *own_addresses, enum own_kind kind,
		       const struct transport *transport)
{
	size_t n = transport_listeners(transport);

	for (size_t i = 0; i < n; i++) {
		struct own_address *own = own_address_new(own_addresses);
		enum protocol protocol;
		const union address *address =
			transport_address(transport, i, &protocol);

		address_bytes(address, own->bytes);
		own->port = address_port(address);
		own->kind = kind;
		own->is_any = address_is_wildcard(address);
	}
}

void own_addresses_add_host(struct own_addresses *own_addresses,
			    struct view host, int port)
{
	struct own_name *name;
	union address address;

	own_addresses->names =
		mem_resize(own_addresses->names,
			   (own_addresses->n_names + 1) * sizeof(*name));
	name = &own_addresses->names[own_addresses->n_names++];
	*name = (struct own_name){.host = mem_alloc(host.len + 1),
				  .port = port};
	memcpy(name->host, host.at, host.len);
	if (address_parse(host, port, &address) == ERR_OK) {
		struct own_address *own = own_address_new(own_addresses);

		*own = (struct own_address){.port = port, .kind = OWN_LISTENER};
		address_bytes(&address, own->bytes);
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

bool own_addresses_has_host(const struct own_addresses *own_addresses,
			    const struct uri *uri)
{
	for (size_t i = 0; i < own_addresses->n_names; i++) {
		const struct own_name *name = &own_addresses->names[i];

		if ((!uri->port || uri->port == name->port) &&
		    uri_hosts_equal(uri->host, view_of(name->host)))
			return true;
	}
	return false;
}

void own_addresses_release(struct own_addresses *own_addresses)
{
	for (size_t i = 0; i < own_addresses->n_names; i++)
		free(own_addresses->names[i].host);
	free(own_addresses->names);
	free(own_addresses->addresses);
}
