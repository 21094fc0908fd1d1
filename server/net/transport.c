#include "server/net/transport_private.h"

#include <errno.h>
#include <sys/socket.h>

#define CALLBACK_ROUNDS 8 /* then the loop has a turn in between */

void wait_ring_init(struct transport_wait *head)
{
	head->next = head->prev = head;
}

void wait_ring_add(struct transport_wait *head, struct transport_wait *wait)
{
	wait->next = head;
	wait->prev = head->prev;
	head->prev->next = wait;
	head->prev = wait;
}

void wait_ring_remove(struct transport_wait *wait)
{
	if (!wait->next)
		return;
	wait->prev->next = wait->next;
	wait->next->prev = wait->prev;
	wait->next = wait->prev = NULL;
}

bool wait_ring_is_empty(const struct transport_wait *head)
{
	return head->next == head;
}

void transport_wake(struct transport *transport)
{
	if (!transport->again.slot)
		loop_timer_set(transport->settings.loop, &transport->again, 0);
}

void transport_wait_end(struct transport *transport,
			struct transport_wait *wait, enum err err,
			uint64_t connection)
{
	wait_ring_remove(wait);
	wait->pending = err;
	wait->flow.connection = connection;
	wait_ring_add(&transport->ended, wait);
	transport_wake(transport);
}

/* Tell those that were over when this began. */
static void waits_tell(struct transport *transport)
{
	struct transport_wait round, *wait;

	wait_ring_init(&round);
	while (!wait_ring_is_empty(&transport->ended)) {
		wait = transport->ended.next;
		wait_ring_remove(wait);
		wait_ring_add(&round, wait);
	}
	while (!wait_ring_is_empty(&round)) {
		enum err err;

		wait = round.next;
		wait_ring_remove(wait);
		err = (enum err)wait->pending;
		/* It may have broken since. */
		if (!err && !tcp_find(transport, wait->flow.connection))
			err = ERR_UNREACHABLE;
		if (err)
			wait->flow.connection = 0;
		wait->ready(wait, err);
	}
}

void transport_lost(struct transport *transport, const union address *to,
		    struct view datagram)
{
	struct lost *lost = &transport->lost[transport->n_lost];

	if (!transport->settings.undelivered || transport->n_lost == LOST_MAX)
		return;
	datagram = view_head(datagram, sizeof(lost->bytes));
	lost->to = *to;
	lost->len = datagram.len;
	memcpy(lost->bytes, datagram.at, datagram.len);
	transport->n_lost++;
	transport_wake(transport);
}

/* Whoever is told sends again, and may lose that too: they are copied. */
static void lost_tell(struct transport *transport)
{
	const struct transport_settings *settings = &transport->settings;

	while (transport->n_lost) {
		struct lost lost = transport->lost[--transport->n_lost];

		settings->undelivered(settings->arg, &lost.to,
				      (struct view){lost.bytes, lost.len});
	}
}

static bool is_quiet(const struct transport *transport)
{
	return wait_ring_is_empty(&transport->ended) &&
	       TAILQ_EMPTY(&transport->tcp.dead) && !transport->n_lost;
}

/* The end of a turn, or a timer when something came up after it. */
static void transport_run_callbacks(void *arg)
{
	struct transport *transport = arg;
	size_t i;

	loop_timer_clear(transport->settings.loop, &transport->again);
	for (i = 0; i < CALLBACK_ROUNDS && !is_quiet(transport); i++) {
		tcp_reap(transport);
		waits_tell(transport);
		lost_tell(transport);
	}
	for (i = 0; i < transport->n_listeners; i++)
		if (transport->listeners[i].udp)
			udp_flush(transport->listeners[i].udp);
	tcp_flush(&transport->tcp);
	if (is_quiet(transport))
		loop_timer_clear(transport->settings.loop, &transport->again);
	else
		transport_wake(transport);
}

struct transport *transport_new(const struct transport_settings *settings)
{
	struct transport *transport = mem_alloc(sizeof(*transport));

	transport->settings = *settings;
	wait_ring_init(&transport->ended);
	loop_timer_init(&transport->again, transport_run_callbacks, transport);
	transport->hook = (struct loop_hook){.run = transport_run_callbacks,
					     .arg = transport};
	loop_hook_add(settings->loop, &transport->hook);
	tcp_init(transport);
	return transport;
}

void transport_free(struct transport *transport)
{
	size_t i;

	if (!transport)
		return;
	for (i = 0; i < transport->n_listeners; i++) {
		if (transport->listeners[i].udp)
			udp_flush(transport->listeners[i].udp);
		udp_close(transport->listeners[i].udp);
		acceptor_close(transport->listeners[i].acceptor);
	}
	tcp_flush(&transport->tcp);
	tcp_release(transport);
	while (!wait_ring_is_empty(&transport->ended))
		wait_ring_remove(transport->ended.next);
	loop_timer_clear(transport->settings.loop, &transport->again);
	loop_hook_remove(transport->settings.loop, &transport->hook);
	free(transport->batch);
	free(transport);
}

enum err transport_listen(struct transport *transport, enum protocol protocol,
			  const union address *address)
{
	size_t i = transport->n_listeners;
	struct listener *listener = &transport->listeners[i];
	socklen_t len = sizeof(listener->address);
	enum err err;
	int fd;

	if (i == LISTENERS_MAX)
		return ERR_FULL;
	if (protocol_is_secure(protocol) && !transport->settings.tls)
		return ERR_UNSUPPORTED;
	*listener =
		(struct listener){.protocol = protocol, .address = *address};
	if (protocol_is_reliable(protocol))
		err = acceptor_new(transport, i, &listener->acceptor);
	else
		err = udp_open(transport, i, &listener->udp);
	if (err)
		return err;
	transport->n_listeners++;
	fd = listener->udp ? udp_fd(listener->udp)
			   : acceptor_fd(listener->acceptor);
	return getsockname(fd, &listener->address.any, &len) ? ERR_IO : ERR_OK;
}

size_t transport_listeners(const struct transport *transport)
{
	return transport->n_listeners;
}

const union address *transport_address(const struct transport *transport,
				       size_t listener,
				       enum protocol *ret_protocol)
{
	if (ret_protocol)
		*ret_protocol = transport->listeners[listener].protocol;
	return &transport->listeners[listener].address;
}

int transport_choose(const struct transport *transport, enum protocol protocol,
		     int family)
{
	for (size_t i = 0; i < transport->n_listeners; i++) {
		const struct listener *listener = &transport->listeners[i];

		if (listener->protocol == protocol &&
		    listener->address.any.sa_family == family)
			return (int)i;
	}
	return -1;
}

/* The listener that @p flow names, if it can carry it; else any that can. */
static int flow_listener(const struct transport *transport,
			 const struct flow *flow)
{
	int family = flow->peer.address.any.sa_family;
	int i = flow->listener;

	if (i >= 0 && (size_t)i < transport->n_listeners &&
	    transport->listeners[i].protocol == flow->peer.protocol &&
	    transport->listeners[i].address.any.sa_family == family)
		return i;
	return transport_choose(transport, flow->peer.protocol, family);
}

void transport_connect(struct transport *transport, struct transport_wait *wait)
{
	if (!protocol_is_reliable(wait->flow.peer.protocol))
		wait->flow.peer.protocol = PROTOCOL_TCP;
	wait->flow.connection = 0;
	wait->flow.listener = flow_listener(transport, &wait->flow);
	wait->next = wait->prev = NULL;
	if (protocol_is_secure(wait->flow.peer.protocol) &&
	    (!transport->settings.tls || !wait->server_name))
		transport_wait_end(transport, wait, ERR_UNSUPPORTED, 0);
	else
		tcp_connect(transport, wait);
}

void transport_forget(struct transport *transport, struct transport_wait *wait)
{
	(void)transport;
	wait_ring_remove(wait);
}

enum err transport_send(struct transport *transport, const struct flow *flow,
			struct view message)
{
	struct connection *connection;
	int i;

	if (protocol_is_reliable(flow->peer.protocol)) {
		connection = tcp_find(transport, flow->connection);
		if (!connection)
			return ERR_UNREACHABLE;
		return connection_write(connection, message);
	}
	i = flow_listener(transport, flow);
	if (i < 0)
		return ERR_UNREACHABLE;
	udp_queue(transport->listeners[i].udp, &flow->peer.address, message);
	return ERR_OK;
}

enum err transport_stream(struct transport *transport, const struct flow *flow,
			  struct view message, struct transport_unsent *unsent)
{
	struct connection *connection = tcp_find(transport, flow->connection);
	enum err err;

	*unsent = (struct transport_unsent){.connection = 0};
	if (!connection)
		return ERR_UNREACHABLE;
	err = connection_write(connection, message);
	if (!err)
		connection_note(connection, message.len, unsent);
	return err;
}

enum unsent transport_unsent(struct transport *transport,
			     const struct transport_unsent *unsent)
{
	const struct connection *connection;

	if (!unsent->connection)
		return UNSENT_NOTHING;
	connection = tcp_find(transport, unsent->connection);
	if (!connection)
		return UNSENT_NOTHING;
	return unsent->begin < channel_reached(connection) ? UNSENT_PART
							   : UNSENT_WHOLE;
}

void transport_let_leave(struct transport *transport,
			 struct transport_unsent *unsent)
{
	struct connection *connection = tcp_find(transport, unsent->connection);

	if (connection)
		connection_forget(connection, unsent);
}

void transport_take_back(struct transport *transport,
			 struct transport_unsent *unsent)
{
	enum unsent what = transport_unsent(transport, unsent);
	struct connection *connection = tcp_find(transport, unsent->connection);

	if (what == UNSENT_PART)
		connection_die(connection, ERR_UNREACHABLE);
	else if (what == UNSENT_WHOLE)
		connection_cut(connection, unsent);
}

bool transport_is_behind(const struct transport *transport)
{
	for (size_t i = 0; i < transport->n_listeners; i++) {
		const struct udp *udp = transport->listeners[i].udp;

		if (udp && udp_is_behind(udp))
			return true;
	}
	return false;
}

void transport_give_up(struct transport *transport)
{
	for (size_t i = 0; i < transport->n_listeners; i++) {
		struct udp *udp = transport->listeners[i].udp;

		if (!udp)
			continue;
		udp_flush(udp);
		udp_give_up(udp);
	}
	tcp_flush(&transport->tcp);
}

int64_t transport_delay_ms(const struct transport *transport)
{
	return transport->delay_ms;
}

bool transport_is_followed(const struct transport *transport)
{
	return transport->reading && udp_has_more(transport->reading);
}

const char *const *transport_names(struct transport *transport, uint64_t id)
{
	struct connection *connection = tcp_find(transport, id);

	return connection ? channel_names(connection) : NULL;
}

void transport_peer_identified(struct transport *transport, uint64_t id)
{
	struct connection *connection = tcp_find(transport, id);

	if (connection)
		connection_peer_identified(connection);
}

void transport_close_connection(struct transport *transport, uint64_t id)
{
	struct connection *connection = tcp_find(transport, id);

	if (connection)
		connection_leave(connection);
}

void transport_alias(struct transport *transport, uint64_t id, int port)
{
	struct connection *connection = tcp_find(transport, id);

	if (connection && connection->state == CONNECTION_OPEN &&
	    connection->origin == CONNECTION_ORIGIN_ACCEPTED &&
	    channel_names(connection))
		tcp_alias(connection, port);
}
