/* Implements server/net/transport.h and server/net/resolve.h. */
#include "tests/fuzz/fuzz_transport.h"

#include "server/net/resolve.h"

struct transport {
	struct transport_settings settings;
	union address address;
};

struct transport *transport_new(const struct transport_settings *settings)
{
	struct transport *transport = mem_alloc(sizeof(*transport));

	transport->settings = *settings;
	return transport;
}

enum err transport_listen(struct transport *transport, enum protocol protocol,
			  const union address *address)
{
	(void)protocol;
	transport->address = *address;
	return ERR_OK;
}

size_t transport_listeners(const struct transport *transport)
{
	(void)transport;
	return 1;
}

const union address *transport_address(const struct transport *transport,
				       size_t listener,
				       enum protocol *ret_protocol)
{
	(void)listener;
	*ret_protocol = PROTOCOL_UDP;
	return &transport->address;
}

int transport_choose(const struct transport *transport, enum protocol protocol,
		     int family)
{
	(void)transport;
	(void)protocol;
	(void)family;
	return 0;
}

void transport_connect(struct transport *transport, struct transport_wait *wait)
{
	(void)transport;
	(void)wait;
}

void transport_forget(struct transport *transport, struct transport_wait *wait)
{
	(void)transport;
	(void)wait;
}

/* There are no legs. */
enum err transport_stream(struct transport *transport, const struct flow *flow,
			  struct view message, struct transport_unsent *unsent)
{
	(void)transport;
	(void)flow;
	(void)message;
	(void)unsent;
	return ERR_UNREACHABLE;
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

const char *const *transport_names(struct transport *transport,
				   uint64_t connection)
{
	(void)transport;
	(void)connection;
	return NULL;
}

void transport_alias(struct transport *transport, uint64_t connection, int port)
{
	(void)transport;
	(void)connection;
	(void)port;
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

void transport_peer_identified(struct transport *transport, uint64_t connection)
{
	(void)transport;
	(void)connection;
}

void transport_free(struct transport *transport)
{
	free(transport);
}

/* A resolver that is never asked: there are no legs. */

enum err resolver_new(struct loop *loop, const struct uri_rules *rules,
		      const char *nameserver, struct resolver **ret)
{
	(void)loop;
	(void)rules;
	(void)nameserver;
	*ret = NULL;
	return ERR_OK;
}

void resolver_free(struct resolver *resolver)
{
	(void)resolver;
}

enum err resolver_start(struct resolver *resolver, const struct uri *uri,
			struct resolve *resolve)
{
	(void)resolver;
	(void)uri;
	(void)resolve;
	return ERR_UNREACHABLE;
}

void resolver_forget(struct resolver *resolver, struct resolve *resolve)
{
	(void)resolver;
	(void)resolve;
}

enum err transport_send(struct transport *transport, const struct flow *flow,
			struct view message)
{
	(void)transport;
	fuzz_sent(flow, message);
	return ERR_OK;
}

void fuzz_claim_head(struct view message)
{
	size_t end = view_find_view(message, VIEW("\r\n\r\n"), 0);

	FUZZ_CLAIM(end != SIZE_MAX);
	for (size_t i = 0; i < end + 4; i++) {
		if (message.at[i] == '\n')
			FUZZ_CLAIM(message.at[i - 1] == '\r');
		if (message.at[i] == '\r')
			FUZZ_CLAIM(message.at[i + 1] == '\n');
	}
}
