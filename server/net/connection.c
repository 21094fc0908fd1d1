/* One connection: opening, closing, and its end. */
#include "server/net/transport_private.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_PAUSE (256 << 10) /* who does not read is not read from */
#define LINGER_MS 2000
#define HALF_CLOSED_MS 5000
#define LOST_MS 2000 /* for the answers to what came before */

int64_t connection_now_ms(const struct connection *connection)
{
	return loop_now_ms(connection->transport->settings.loop);
}

void connection_touch(struct connection *connection)
{
	struct tcp *tcp = &connection->transport->tcp;

	connection->active_ms = connection_now_ms(connection);
	TAILQ_REMOVE(&tcp->all, connection, in_all);
	TAILQ_INSERT_TAIL(&tcp->all, connection, in_all);
}

/* Life and death. */

void connection_watch(struct connection *connection)
{
	/* What is gathered the socket has not refused. */
	size_t waiting =
		connection->is_gathering ? 0 : queue_left(&connection->out);
	uint32_t events = waiting > 0 ? EPOLLOUT : 0;

	switch (connection->state) {
	case CONNECTION_CONNECTING:
		events = EPOLLOUT;
		break;
	case CONNECTION_HANDSHAKING:
		events = connection->channel->wants(connection);
		break;
	case CONNECTION_OPEN:
		if (connection->channel->wants(connection) == EPOLLOUT)
			events = EPOLLOUT; /* nothing is read before that */
		else if (waiting < OUT_PAUSE)
			events |= EPOLLIN;
		break;
	case CONNECTION_LINGERING:
		events = EPOLLIN;
		break;
	case CONNECTION_HALF_CLOSED:
	case CONNECTION_LEAVING:
		break;
	case CONNECTION_DEAD:
		return;
	}
	if (events == connection->watch.events)
		return;
	connection->watch.events = events;
	loop_watch_change(connection->transport->settings.loop,
			  &connection->watch);
}

void connection_die(struct connection *connection, enum err why)
{
	struct transport *transport = connection->transport;
	struct tcp *tcp = &transport->tcp;

	if (connection->state == CONNECTION_DEAD)
		return;
	if (connection->state == CONNECTION_HANDSHAKING)
		handshake_end(connection);
	connection->state = CONNECTION_DEAD;
	connection->why = why;
	connection_note_written(connection, UINT64_MAX);
	connection_gather_end(connection);
	loop_watch_remove(transport->settings.loop, &connection->watch);
	close(connection->watch.fd);
	tcp_retire(connection);
	tcp_count(connection, -1);
	TAILQ_INSERT_TAIL(&tcp->dead, connection, in_dead);
	transport_wake(transport);
}

void connection_free(struct connection *connection)
{
	queue_drop(connection, &connection->in);
	queue_drop(connection, &connection->out);
	quota_give_back(connection->quota);
	net_tls_end(connection->tls);
	free(connection->server_name);
	free(connection);
}

void connection_linger(struct connection *connection)
{
	if (connection->channel->stop(connection)) {
		connection_die(connection, ERR_UNREACHABLE);
		return;
	}
	connection->state = CONNECTION_LINGERING;
	connection->deadline_ms = connection_now_ms(connection) + LINGER_MS;
	connection_watch(connection);
}

void connection_leave(struct connection *connection)
{
	const struct transport_settings *settings =
		&connection->transport->settings;
	bool is_half = connection->state == CONNECTION_HALF_CLOSED;

	if (connection->state == CONNECTION_CONNECTING ||
	    connection->state == CONNECTION_HANDSHAKING)
		connection_die(connection, ERR_UNREACHABLE);
	if (connection->state != CONNECTION_OPEN && !is_half)
		return;
	tcp_retire(connection);
	if (queue_left(&connection->out) == 0) {
		if (is_half && !connection->lost)
			connection_die(connection, ERR_UNREACHABLE);
		else
			connection_linger(connection);
		return;
	}
	connection->state = CONNECTION_LEAVING;
	connection->deadline_ms = connection_now_ms(connection) +
				  settings->message_timeout_s * INT64_C(1000);
	connection_watch(connection);
}

static void stop_reading(struct connection *connection, int64_t for_ms)
{
	tcp_retire(connection);
	connection->state = CONNECTION_HALF_CLOSED;
	connection->deadline_ms = connection_now_ms(connection) + for_ms;
	connection_watch(connection);
}

/*
 * The peer has closed its side.  One that we opened has nothing left to give;
 * one that was accepted may wait for answers to what it sent, so they may still
 * go out for a while.  Nothing new is sent on either.
 */
void connection_half_close(struct connection *connection)
{
	if (connection->origin == CONNECTION_ORIGIN_OPENED ||
	    !connection->proven || connection->state != CONNECTION_OPEN)
		connection_die(connection, ERR_UNREACHABLE);
	else
		stop_reading(connection, HALF_CLOSED_MS);
}

void connection_lose(struct connection *connection)
{
	if (connection->origin == CONNECTION_ORIGIN_OPENED ||
	    !connection->proven || connection->state != CONNECTION_OPEN) {
		connection_leave(connection);
		return;
	}
	connection->lost = true;
	stop_reading(connection, LOST_MS);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * When an open connection's time is up.  The clock of a message runs from its
 * first byte, whatever comes after: a byte now and then buys nothing.
 */
static int64_t open_until(const struct connection *connection)
{
	const struct transport_settings *settings =
		&connection->transport->settings;
	int64_t message_timeout_ms =
		settings->message_timeout_s * INT64_C(1000);
	int64_t until =
		connection->active_ms + settings->idle_s * INT64_C(1000);

	if (!connection->proven || queue_left(&connection->in) > 0)
		until = earlier(until,
				connection->began_ms + message_timeout_ms);
	if (queue_left(&connection->out) > 0)
		until = earlier(until,
				connection->active_ms + message_timeout_ms);
	return until;
}

void connection_sweep(struct connection *connection, int64_t now_ms)
{
	switch (connection->state) {
	case CONNECTION_OPEN:
		if (handshake_is_void(connection)) {
			connection_leave(connection);
			return;
		}
		if (now_ms < open_until(connection) ||
		    connection_cut_short(connection))
			return;
		count(connection->transport->settings.counters,
		      COUNT_CONNECTIONS_TIMED_OUT);
		break;
	case CONNECTION_LEAVING:
		if (now_ms < connection->deadline_ms)
			return;
		count(connection->transport->settings.counters,
		      COUNT_CONNECTIONS_TIMED_OUT);
		break;
	case CONNECTION_HALF_CLOSED:
		if (now_ms < connection->deadline_ms)
			return;
		if (connection->lost) {
			connection_leave(connection);
			return;
		}
		break;
	case CONNECTION_HANDSHAKING:
		if (now_ms < connection->deadline_ms)
			return;
		handshake_tell(connection, ERR_TIMEOUT);
		break;
	case CONNECTION_CONNECTING:
	case CONNECTION_LINGERING:
		if (now_ms < connection->deadline_ms)
			return;
		break;
	case CONNECTION_DEAD:
		return;
	}
	connection_die(connection, ERR_TIMEOUT);
}

/* Events. */

/* The first byte of SIP may come and go. */
static void connection_established(struct connection *connection)
{
	connection->state = CONNECTION_OPEN;
	connection->was_open = true;
	connection_touch(connection);
	connection->began_ms = connection->active_ms;
	while (!wait_ring_is_empty(&connection->waits))
		transport_wait_end(connection->transport,
				   connection->waits.next, ERR_OK,
				   connection->id);
	connection_watch(connection);
}

static void connection_shake(struct connection *connection)
{
	enum err err = connection->channel->start(connection);

	if (err == ERR_BUSY) {
		connection_watch(connection);
		return;
	}
	handshake_tell(connection, err);
	if (err) {
		connection_die(connection, err);
		return;
	}
	handshake_end(connection);
	connection_established(connection);
}

static void connection_opened(struct connection *connection)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(connection->watch.fd, SOL_SOCKET, SO_ERROR, &error,
		       &len) ||
	    error) {
		connection_die(connection, error == ETIMEDOUT
						   ? ERR_TIMEOUT
						   : ERR_UNREACHABLE);
	} else if (protocol_is_secure(connection->protocol)) {
		handshake_begin(connection);
		connection_shake(connection);
	} else {
		connection_established(connection);
	}
}

static void connection_serve(struct connection *connection, uint32_t events)
{
	if (events & EPOLLOUT)
		connection_flush(connection);
	if (connection->state == CONNECTION_DEAD)
		return;
	if (events & EPOLLIN ||
	    (connection->state == CONNECTION_OPEN &&
	     connection->channel->wants(connection) == EPOLLOUT))
		connection_read(connection);
	else if (events & (EPOLLERR | EPOLLHUP))
		connection_die(connection, ERR_UNREACHABLE);
}

static void connection_ready(void *arg, uint32_t events)
{
	struct connection *connection = arg;

	if (connection->state == CONNECTION_CONNECTING)
		connection_opened(connection);
	else if (connection->state == CONNECTION_HANDSHAKING)
		connection_shake(connection);
	else
		connection_serve(connection, events);
	/* Bytes that the descriptor does not tell of. */
	while (connection->state == CONNECTION_OPEN &&
	       channel_has_more(connection))
		connection_read(connection);
	connection_watch(connection);
}

enum err connection_start(struct connection *connection)
{
	bool opened = connection->origin == CONNECTION_ORIGIN_OPENED;

	wait_ring_init(&connection->waits);
	TAILQ_INIT(&connection->unsent);
	connection->channel = channel_for(connection->protocol);
	connection->proven = connection->known = opened;
	connection->was_open = connection->state == CONNECTION_OPEN;
	connection->active_ms = connection->began_ms;
	connection->watch.events = opened ? EPOLLOUT : EPOLLIN;
	connection->watch.ready = connection_ready;
	connection->watch.arg = connection;
	return loop_watch_add(connection->transport->settings.loop,
			      &connection->watch);
}
