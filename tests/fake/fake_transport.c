#include "tests/fake/fake_transport.h"

#include <strings.h>

#include "server/base/arena.h"

#define LISTENERS_MAX 8

struct connection {
	struct peer peer;
	const char *server_name; /* NULL: they connected */
};

struct transport {
	struct transport_settings settings;
	struct arena *arena;
	struct {
		enum protocol protocol;
		union address address;
	} listeners[LISTENERS_MAX];
	size_t n_listeners;
	struct connection *connections;
	size_t n_connections, room;
	struct transport_wait *waits; /* by next */
};

static struct fake_network network;
static struct transport *newest;

void fake_network_set(const struct fake_network *to)
{
	network = *to;
}

struct transport *fake_transport(void)
{
	return newest;
}

struct transport *transport_new(const struct transport_settings *settings)
{
	struct transport *transport = mem_alloc(sizeof(*transport));

	memset(transport, 0, sizeof(*transport));
	transport->settings = *settings;
	transport->arena = arena_new(0);
	newest = transport;
	return transport;
}

void transport_free(struct transport *transport)
{
	if (!transport)
		return;
	if (newest == transport)
		newest = NULL;
	arena_free(transport->arena);
	free(transport->connections);
	free(transport);
}

/* ---- listeners ----------------------------------------------------------- */

enum err transport_listen(struct transport *transport, enum protocol protocol,
			  const union address *address)
{
	if (transport->n_listeners == LISTENERS_MAX)
		return ERR_BUSY;
	transport->listeners[transport->n_listeners].protocol = protocol;
	transport->listeners[transport->n_listeners++].address = *address;
	return ERR_OK;
}

size_t transport_listeners(const struct transport *transport)
{
	return transport->n_listeners;
}

const union address *transport_address(const struct transport *transport,
				       size_t listener,
				       enum protocol *ret_protocol)
{
	*ret_protocol = transport->listeners[listener].protocol;
	return &transport->listeners[listener].address;
}

int transport_choose(const struct transport *transport, enum protocol protocol,
		     int family)
{
	for (size_t i = 0; i < transport->n_listeners; i++) {
		if (transport->listeners[i].protocol == protocol &&
		    transport->listeners[i].address.any.sa_family == family)
			return (int)i;
	}
	return -1;
}

/* ---- connections --------------------------------------------------------- */

static struct connection *connection_of(const struct transport *transport,
					uint64_t number)
{
	return number && number <= transport->n_connections
		       ? &transport->connections[number - 1]
		       : NULL;
}

static uint64_t connection_add(struct transport *transport,
			       const struct peer *peer, const char *server_name)
{
	if (transport->n_connections == transport->room) {
		transport->room = transport->room ? transport->room * 2 : 16;
		transport->connections =
			mem_resize(transport->connections,
				   transport->room * sizeof(struct connection));
	}
	transport->connections[transport->n_connections++] =
		(struct connection){.peer = *peer, .server_name = server_name};
	return transport->n_connections;
}

uint64_t fake_transport_accept(struct transport *transport,
			       const struct peer *peer)
{
	return connection_add(transport, peer, NULL);
}

/* One that was opened there before, for the same name. */
static uint64_t find_open(const struct transport *transport,
			  const struct peer *peer, const char *server_name)
{
	for (size_t i = 0; i < transport->n_connections; i++) {
		const struct connection *it = &transport->connections[i];

		if (it->server_name && it->peer.protocol == peer->protocol &&
		    address_equal(&it->peer.address, &peer->address) &&
		    strcasecmp(it->server_name, server_name) == 0)
			return i + 1;
	}
	return 0;
}

void transport_connect(struct transport *transport, struct transport_wait *wait)
{
	struct transport_wait **end = &transport->waits;

	while (*end)
		end = &(*end)->next;
	wait->next = NULL;
	*end = wait;
}

void transport_forget(struct transport *transport, struct transport_wait *wait)
{
	struct transport_wait **at = &transport->waits;

	while (*at && *at != wait)
		at = &(*at)->next;
	if (*at)
		*at = wait->next;
}

static enum err open_to(struct transport *transport,
			struct transport_wait *wait)
{
	struct peer peer = wait->flow.peer;
	const char *name = wait->server_name ? wait->server_name : "";
	enum err err = ERR_OK;

	if (!protocol_is_reliable(peer.protocol))
		peer.protocol = PROTOCOL_TCP;
	wait->flow.connection = find_open(transport, &peer, name);
	if (!wait->flow.connection) {
		peer.names = NULL;
		err = network.connect(network.arg, &peer, wait->server_name,
				      &peer.names);
		if (!err)
			wait->flow.connection = connection_add(
				transport, &peer,
				arena_strdup(transport->arena, name));
	}
	wait->flow.peer.protocol = peer.protocol;
	return err;
}

int fake_transport_turn(struct transport *transport)
{
	struct transport_wait *wait;
	int n = 0;

	while ((wait = transport->waits)) {
		enum err err = open_to(transport, wait);

		transport->waits = wait->next;
		wait->ready(wait, err);
		n++;
	}
	return n;
}

const char *const *transport_names(struct transport *transport,
				   uint64_t connection)
{
	const struct connection *it = connection_of(transport, connection);

	return it ? it->peer.names : NULL;
}

void transport_peer_identified(struct transport *transport, uint64_t connection)
{
	(void)transport;
	(void)connection;
}

void transport_alias(struct transport *transport, uint64_t connection, int port)
{
	(void)transport;
	(void)connection;
	(void)port;
}

void transport_close_connection(struct transport *transport,
				uint64_t connection)
{
	(void)transport;
	(void)connection;
}

/* ---- messages ------------------------------------------------------------ */

enum err transport_send(struct transport *transport, const struct flow *flow,
			struct view message)
{
	const struct connection *it =
		connection_of(transport, flow->connection);
	struct flow shown = *flow;

	if (protocol_is_reliable(flow->peer.protocol) && !it)
		return ERR_UNREACHABLE;
	if (it)
		shown.peer = it->peer;
	network.sent(network.arg, &shown, message);
	return ERR_OK;
}

enum err transport_stream(struct transport *transport, const struct flow *flow,
			  struct view message, struct transport_unsent *unsent)
{
	unsent->connection = 0;
	return transport_send(transport, flow, message);
}

enum unsent transport_unsent(struct transport *transport,
			     const struct transport_unsent *unsent)
{
	(void)transport;
	(void)unsent;
	return UNSENT_NOTHING;
}

void transport_take_back(struct transport *transport,
			 struct transport_unsent *unsent)
{
	(void)transport;
	(void)unsent;
}

void transport_let_leave(struct transport *transport,
			 struct transport_unsent *unsent)
{
	(void)transport;
	(void)unsent;
}

bool transport_is_behind(const struct transport *transport)
{
	(void)transport;
	return false;
}

void transport_give_up(struct transport *transport)
{
	(void)transport;
}

int64_t transport_delay_ms(const struct transport *transport)
{
	(void)transport;
	return 0;
}

bool transport_is_followed(const struct transport *transport)
{
	(void)transport;
	return false;
}

void fake_transport_receive(struct transport *transport, struct view message,
			    const struct flow *from)
{
	const struct connection *it =
		connection_of(transport, from->connection);
	struct flow flow = *from;

	if (it)
		flow.peer = it->peer;
	transport->settings.receive(transport->settings.arg, message, &flow);
}
