/* Streams: opening, finding, sweeping, reaping. */
#include "server/base/random.h"
#include "server/net/transport_private.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/net/source_rate.h"

#define SWEEP_MS 1000
#define PAUSE_MS 100	/* without accepting, when descriptors run out */
#define CONNECT_MS 5000 /* for the peer to answer */
#define UNSENT_MAX                                                             \
	16384 /* bytes that the kernel keeps before it sends them              \
	       */

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
		if (transport->listeners[i].acceptor)
			acceptor_watch(transport->listeners[i].acceptor,
				       events);
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

/*
 * No descriptor for the next connection: it would stay at the head of the queue
 * and wake us for ever.  The spare one takes it out and hangs up.
 */
void tcp_refuse(struct transport *transport, int fd)
{
	struct tcp *tcp = &transport->tcp;
	int refused;

	if (tcp->spare_fd >= 0) {
		close(tcp->spare_fd);
		tcp->spare_fd = -1;
		refused = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (refused >= 0)
			close(refused);
		spare_open(tcp);
	}
	count(transport->settings.counters, COUNT_OVERLOAD);
	tcp_pause(transport);
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
	TAILQ_INIT(&tcp->gathering);
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

struct quota *tcp_quota(struct tcp *tcp, const union address *address)
{
	uint8_t bytes[16], source[16];

	address_bytes(address, bytes);
	source_of(bytes, source);
	return quota_take(&tcp->quotas, source);
}

void tcp_count(struct connection *connection, int by)
{
	struct transport *transport = connection->transport;
	struct tcp *tcp = &transport->tcp;

	gauge_add(transport->settings.counters,
		  protocol_is_secure(connection->protocol)
			  ? GAUGE_CONNECTIONS_TLS
			  : GAUGE_CONNECTIONS,
		  by);

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

/* Where it is looked for. */
static void tcp_list(struct connection *connection, const union address *at)
{
	tcp_retire(connection);
	connection->found_at = *at;
	LIST_INSERT_HEAD(remote_chain(&connection->transport->tcp, at),
			 connection, in_remote);
}

void tcp_alias(struct connection *connection, int port)
{
	union address at = connection->remote;

	address_set_port(&at, port);
	tcp_list(connection, &at);
}

enum err tcp_add(struct transport *transport, int fd, const struct flow *flow,
		 enum connection_origin origin, struct connection **ret)
{
	struct tcp *tcp = &transport->tcp;
	struct connection *connection = mem_alloc(sizeof(*connection));
	int one = 1;
	enum err err;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (origin == CONNECTION_ORIGIN_OPENED ||
	    protocol_is_secure(flow->peer.protocol))
		unsent_bound(fd);
	connection->transport = transport;
	connection->watch.fd = fd;
	connection->id = ++tcp->last_id;
	connection->protocol = flow->peer.protocol;
	connection->remote = flow->peer.address;
	connection->quota = tcp_quota(tcp, &flow->peer.address);
	connection->listener = flow->listener;
	connection->origin = origin;
	connection->state = origin == CONNECTION_ORIGIN_OPENED
				    ? CONNECTION_CONNECTING
				    : CONNECTION_OPEN;
	connection->began_ms = loop_now_ms(transport->settings.loop);
	connection->deadline_ms = connection->began_ms + CONNECT_MS;
	if (origin == CONNECTION_ORIGIN_ACCEPTED &&
	    protocol_is_secure(connection->protocol))
		handshake_begin(connection);
	err = connection_start(connection);
	if (err) {
		if (connection->state == CONNECTION_HANDSHAKING)
			handshake_end(connection);
		close(fd);
		quota_give_back(connection->quota);
		free(connection);
		return err;
	}
	TAILQ_INSERT_TAIL(&tcp->all, connection, in_all);
	LIST_INSERT_HEAD(&tcp->by_id[connection->id & tcp->mask], connection,
			 in_id);
	/* Requests of ours go only over what we opened (RFC 5923 section 9):
	 * a peer behind the same NAT, or another user of the same host, can
	 * connect from the recipient's address and port. */
	if (origin == CONNECTION_ORIGIN_OPENED)
		tcp_list(connection, &connection->remote);
	tcp_count(connection, 1);
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

static enum err tcp_open(struct transport *transport,
			 const struct transport_wait *wait,
			 struct connection **ret)
{
	const struct flow *flow = &wait->flow;
	struct quota *quota;
	bool has_room;
	enum err err;
	int fd;

	quota = tcp_quota(&transport->tcp, &flow->peer.address);
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
	err = tcp_add(transport, fd, flow, CONNECTION_ORIGIN_OPENED, ret);
	if (!err && protocol_is_secure(flow->peer.protocol))
		(*ret)->server_name = mem_strdup(wait->server_name);
	return err;
}

/* TLS: only to whom it was opened for, or who has proved to be it. */
static bool leads_to(const struct connection *connection,
		     const struct transport_wait *wait)
{
	const struct flow *flow = &wait->flow;

	if (connection->protocol != flow->peer.protocol ||
	    !address_equal(&connection->found_at, &flow->peer.address))
		return false;
	if (!protocol_is_secure(connection->protocol))
		return true;
	if (channel_is_doubted(connection))
		return false;
	if (connection->origin == CONNECTION_ORIGIN_OPENED)
		return view_equal_nocase(view_of(connection->server_name),
					 view_of(wait->server_name));
	return channel_proved(connection, wait->server_name);
}

void tcp_connect(struct transport *transport, struct transport_wait *wait)
{
	struct tcp *tcp = &transport->tcp;
	struct connection *connection;
	enum err err;

	LIST_FOREACH(connection, remote_chain(tcp, &wait->flow.peer.address),
		     in_remote)
	{
		if (leads_to(connection, wait))
			break;
	}
	if (!connection) {
		err = tcp_open(transport, wait, &connection);
		if (err) {
			transport_wait_end(transport, wait, err, 0);
			return;
		}
	}
	if (connection->state == CONNECTION_CONNECTING ||
	    connection->state == CONNECTION_HANDSHAKING)
		wait_ring_add(&connection->waits, wait);
	else
		transport_wait_end(transport, wait, ERR_OK, connection->id);
}
