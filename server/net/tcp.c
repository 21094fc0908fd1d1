/* Streams: accepting, opening, finding, sweeping, reaping. */
#include "server/base/random.h"
#include "server/net/transport_private.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/net/source_rate.h"

#define BACKLOG 512
#define ACCEPTS_PER_TURN 64
#define SWEEP_MS 1000
#define PAUSE_MS 100	/* without accepting, when descriptors run out */
#define CONNECT_MS 5000 /* for the peer to answer */
#define UNSENT_MAX                                                             \
	16384 /* bytes that the kernel keeps before it sends them              \
	       */

struct acceptor {
	struct transport *transport;
	size_t listener;
	struct loop_watch watch;
};

/* What the kernel has taken cannot be taken back: it gets no more than it can
 * send soon.  Where it does not know this option it keeps more. */
static void unsent_bound(int fd)
{
	int most = UNSENT_MAX;

	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof(most));
}

static struct connections *table_new(size_t n)
{
	struct connections *table = mem_alloc(n * sizeof(*table));

	for (size_t i = 0; i < n; i++)
		LIST_INIT(&table[i]);
	return table;
}

static void spare_open(struct tcp *tcp)
{
	if (tcp->spare_fd < 0)
		tcp->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void tcp_sweep(void *arg)
{
	struct transport *transport = arg;
	int64_t now_ms = loop_now_ms(transport->settings.loop);
	struct connection *connection, *next;

	for (connection = TAILQ_FIRST(&transport->tcp.all); connection;
	     connection = next) {
		next = TAILQ_NEXT(connection, in_all);
		connection_sweep(connection, now_ms);
	}
	loop_timer_set(transport->settings.loop, &transport->tcp.sweep,
		       SWEEP_MS);
}

static void accepting_set(struct transport *transport, uint32_t events)
{
	for (size_t i = 0; i < transport->n_listeners; i++) {
		struct acceptor *acceptor = transport->listeners[i].acceptor;

		if (!acceptor || acceptor->watch.events == events)
			continue;
		acceptor->watch.events = events;
		loop_watch_change(transport->settings.loop, &acceptor->watch);
	}
}

static void tcp_resume(void *arg)
{
	struct transport *transport = arg;

	spare_open(&transport->tcp);
	accepting_set(transport, EPOLLIN);
}

static void tcp_pause(struct transport *transport)
{
	accepting_set(transport, 0);
	loop_timer_set(transport->settings.loop, &transport->tcp.resume,
		       PAUSE_MS);
}

void tcp_init(struct transport *transport)
{
	struct tcp *tcp = &transport->tcp;
	size_t n = 64;

	while (n < transport->settings.connections_max && n < (1 << 20))
		n *= 2;
	tcp->mask = n - 1;
	tcp->by_id = table_new(n);
	tcp->by_remote = table_new(n);
	quotas_init(&tcp->quotas, 2 * transport->settings.connections_max,
		    transport->settings.held_max,
		    transport->settings.message_max);
	TAILQ_INIT(&tcp->all);
	TAILQ_INIT(&tcp->dead);
	random_bytes(&tcp->key, sizeof(tcp->key));
	tcp->scratch = mem_alloc(READ_MAX);
	tcp->spare_fd = -1;
	spare_open(tcp);
	loop_timer_init(&tcp->sweep, tcp_sweep, transport);
	loop_timer_init(&tcp->resume, tcp_resume, transport);
	if (transport->settings.connections_max)
		loop_timer_set(transport->settings.loop, &tcp->sweep, SWEEP_MS);
}

void tcp_release(struct transport *transport)
{
	struct tcp *tcp = &transport->tcp;
	struct connection *connection;

	/* Nobody is told any more: they all go down together. */
	TAILQ_FOREACH(connection, &tcp->all, in_all)
	{
		connection_die(connection, ERR_SHUTDOWN);
	}
	while ((connection = TAILQ_FIRST(&tcp->all))) {
		while (!wait_ring_is_empty(&connection->waits))
			wait_ring_remove(connection->waits.next);
		TAILQ_REMOVE(&tcp->all, connection, in_all);
		connection_free(connection);
	}
	loop_timer_clear(transport->settings.loop, &tcp->sweep);
	loop_timer_clear(transport->settings.loop, &tcp->resume);
	if (tcp->spare_fd >= 0)
		close(tcp->spare_fd);
	free(tcp->by_id);
	free(tcp->by_remote);
	quotas_release(&tcp->quotas);
	free(tcp->scratch);
}

static struct connections *remote_chain(struct tcp *tcp,
					const union address *remote)
{
	uint8_t key[18];
	int port = address_port(remote);

	address_bytes(remote, key);
	key[16] = (uint8_t)(port >> 8);
	key[17] = (uint8_t)port;
	return &tcp->by_remote[hash_64(&tcp->key, key, sizeof(key)) &
			       tcp->mask];
}

/* The quota of this address's source; to be given back. */
static struct quota *quota_at(struct tcp *tcp, const union address *address)
{
	uint8_t bytes[16], source[16];

	address_bytes(address, bytes);
	source_of(bytes, source);
	return quota_take(&tcp->quotas, source);
}

void tcp_count(struct connection *connection, int by)
{
	struct tcp *tcp = &connection->transport->tcp;

	if (connection->origin == CONNECTION_ORIGIN_ACCEPTED) {
		tcp->n_accepted += (size_t)by;
		quota_count_accepted(connection->quota, by);
	} else {
		tcp->n_opened += (size_t)by;
		quota_count_opened(connection->quota, by);
	}
}

struct connection *tcp_find(struct transport *transport, uint64_t id)
{
	struct tcp *tcp = &transport->tcp;
	struct connection *connection;

	LIST_FOREACH(connection, &tcp->by_id[id & tcp->mask], in_id)
	{
		if (connection->id == id)
			return connection->state == CONNECTION_DEAD
				       ? NULL
				       : connection;
	}
	return NULL;
}

void tcp_retire(struct connection *connection)
{
	if (connection->in_remote.le_prev)
		LIST_REMOVE(connection, in_remote);
	connection->in_remote.le_prev = NULL;
}

/* A connection in all tables; on an error @p fd is closed. */
static enum err tcp_add(struct transport *transport, int fd,
			const struct flow *flow, enum connection_origin origin,
			struct connection **ret)
{
	struct tcp *tcp = &transport->tcp;
	struct connection *connection = mem_alloc(sizeof(*connection));
	int one = 1;
	enum err err;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (origin == CONNECTION_ORIGIN_OPENED)
		unsent_bound(fd);
	connection->transport = transport;
	connection->watch.fd = fd;
	connection->id = ++tcp->last_id;
	connection->remote = flow->peer.address;
	connection->quota = quota_at(tcp, &flow->peer.address);
	connection->listener = flow->listener;
	connection->origin = origin;
	connection->state = origin == CONNECTION_ORIGIN_OPENED
				    ? CONNECTION_CONNECTING
				    : CONNECTION_OPEN;
	connection->began_ms = loop_now_ms(transport->settings.loop);
	connection->deadline_ms = connection->began_ms + CONNECT_MS;
	err = connection_start(connection);
	if (err) {
		close(fd);
		quota_give_back(connection->quota);
		free(connection);
		return err;
	}
	TAILQ_INSERT_TAIL(&tcp->all, connection, in_all);
	LIST_INSERT_HEAD(&tcp->by_id[connection->id & tcp->mask], connection,
			 in_id);
	/* Requests of ours go only over what we opened (RFC 5923 section 5):
	 * a peer behind the same NAT, or another user of the same host, can
	 * connect from the recipient's address and port. */
	if (origin == CONNECTION_ORIGIN_OPENED)
		LIST_INSERT_HEAD(remote_chain(tcp, &connection->remote),
				 connection, in_remote);
	tcp_count(connection, 1);
	gauge_add(transport->settings.counters, GAUGE_CONNECTIONS, 1);
	*ret = connection;
	return ERR_OK;
}

void tcp_reap(struct transport *transport)
{
	struct tcp *tcp = &transport->tcp;
	const struct transport_settings *settings = &transport->settings;
	struct connection *connection;

	while ((connection = TAILQ_FIRST(&tcp->dead))) {
		TAILQ_REMOVE(&tcp->dead, connection, in_dead);
		TAILQ_REMOVE(&tcp->all, connection, in_all);
		LIST_REMOVE(connection, in_id);
		while (!wait_ring_is_empty(&connection->waits))
			transport_wait_end(transport, connection->waits.next,
					   connection->why, 0);
		if (connection->was_open)
			settings->closed(settings->arg, connection->id);
		connection_free(connection);
	}
}

/* Accepting. */

/* May one more come from there? */
static bool accept_is_allowed(struct transport *transport,
			      const union address *remote)
{
	struct quota *quota = quota_at(&transport->tcp, remote);
	bool is_allowed = admission_accept(transport, quota);

	quota_give_back(quota);
	return is_allowed;
}

/*
 * No descriptor for the next connection: it would stay at the head of the queue
 * and wake us for ever.  The spare one takes it out and hangs up.
 */
static void accept_refuse(struct acceptor *acceptor)
{
	struct tcp *tcp = &acceptor->transport->tcp;
	int fd;

	if (tcp->spare_fd >= 0) {
		close(tcp->spare_fd);
		tcp->spare_fd = -1;
		fd = accept4(acceptor->watch.fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			close(fd);
		spare_open(tcp);
	}
	count(acceptor->transport->settings.counters, COUNT_OVERLOAD);
	tcp_pause(acceptor->transport);
}

/* @return true when there may be more. */
static bool accept_one(struct acceptor *acceptor)
{
	struct transport *transport = acceptor->transport;
	struct flow flow = {.peer.protocol = PROTOCOL_TCP,
			    .listener = (int)acceptor->listener};
	socklen_t len = sizeof(flow.peer.address);
	struct connection *connection;
	int fd = accept4(acceptor->watch.fd, &flow.peer.address.any, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return false;
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			accept_refuse(acceptor);
			return false;
		}
		return true; /* that one is gone already (accept(2)) */
	}
	if (!accept_is_allowed(transport, &flow.peer.address))
		close(fd);
	else if (tcp_add(transport, fd, &flow, CONNECTION_ORIGIN_ACCEPTED,
			 &connection))
		count(transport->settings.counters, COUNT_OVERLOAD);
	return true;
}

static void acceptor_ready(void *arg, uint32_t events)
{
	struct acceptor *acceptor = arg;

	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++)
		if (!accept_one(acceptor))
			return;
}

static enum err acceptor_bind(int fd, const union address *address)
{
	int one = 1;

	/* Old connections in TIME_WAIT must not keep us from starting. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (address->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)))
		return ERR_IO;
	if (bind(fd, &address->any, address_len(address)) ||
	    listen(fd, BACKLOG))
		return errno == EADDRINUSE ? ERR_EXISTS : ERR_IO;
	return ERR_OK;
}

enum err tcp_listen(struct transport *transport, size_t listener,
		    struct acceptor **ret)
{
	const union address *address = &transport->listeners[listener].address;
	struct acceptor *acceptor;
	enum err err;
	int fd = socket(address->any.sa_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return ERR_IO;
	err = acceptor_bind(fd, address);
	if (err) {
		close(fd);
		return err;
	}
	acceptor = mem_alloc(sizeof(*acceptor));
	acceptor->transport = transport;
	acceptor->listener = listener;
	acceptor->watch = (struct loop_watch){.fd = fd,
					      .events = EPOLLIN,
					      .ready = acceptor_ready,
					      .arg = acceptor};
	err = loop_watch_add(transport->settings.loop, &acceptor->watch);
	if (err) {
		close(fd);
		free(acceptor);
		return err;
	}
	*ret = acceptor;
	return ERR_OK;
}

void acceptor_close(struct acceptor *acceptor)
{
	if (!acceptor)
		return;
	loop_watch_remove(acceptor->transport->settings.loop, &acceptor->watch);
	close(acceptor->watch.fd);
	free(acceptor);
}

int acceptor_fd(const struct acceptor *acceptor)
{
	return acceptor->watch.fd;
}

/* Opening. */

/* Send from where we listen, so that firewalls and trust lists see one host. */
static enum err source_bind(const struct transport *transport, int fd,
			    const struct flow *flow)
{
	union address from;
	int one = 1;

	if (flow->listener < 0)
		return ERR_OK;
	from = transport->listeners[flow->listener].address;
	if (address_is_wildcard(&from))
		return ERR_OK;
	address_set_port(&from, 0);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	return bind(fd, &from.any, address_len(&from)) ? ERR_UNREACHABLE
						       : ERR_OK;
}

static enum err tcp_open(struct transport *transport, const struct flow *flow,
			 struct connection **ret)
{
	struct quota *quota;
	bool has_room;
	enum err err;
	int fd;

	quota = quota_at(&transport->tcp, &flow->peer.address);
	has_room = admission_open(transport, quota);
	quota_give_back(quota);
	if (!has_room)
		return ERR_BUSY;
	fd = socket(flow->peer.address.any.sa_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE ? ERR_BUSY
							  : ERR_UNREACHABLE;
	err = source_bind(transport, fd, flow);
	if (!err &&
	    connect(fd, &flow->peer.address.any,
		    address_len(&flow->peer.address)) &&
	    errno != EINPROGRESS)
		err = ERR_UNREACHABLE;
	if (err) {
		close(fd);
		return err;
	}
	return tcp_add(transport, fd, flow, CONNECTION_ORIGIN_OPENED, ret);
}

void tcp_connect(struct transport *transport, struct transport_wait *wait)
{
	struct tcp *tcp = &transport->tcp;
	struct connection *connection;
	enum err err;

	LIST_FOREACH(connection, remote_chain(tcp, &wait->flow.peer.address),
		     in_remote)
	{
		if (address_equal(&connection->remote,
				  &wait->flow.peer.address))
			break;
	}
	if (!connection) {
		err = tcp_open(transport, &wait->flow, &connection);
		if (err) {
			transport_wait_end(transport, wait, err, 0);
			return;
		}
	}
	if (connection->state == CONNECTION_CONNECTING)
		wait_ring_add(&connection->waits, wait);
	else
		transport_wait_end(transport, wait, ERR_OK, connection->id);
}
