/*
 * The writing side of a connection.  What is written in a turn is gathered and
 * leaves at its end, as datagrams do: many small messages are one system call,
 * and one record of TLS.  No timer holds it up.
 */
#include "server/net/transport_private.h"

#include <errno.h>

#define OUT_MAX (1 << 20)	  /* bytes that wait to be written */
#define OPENED_MAX (4 << 20)	  /* likewise, where it is us who connected */
#define GATHER_MAX TLS_RECORD_MAX /* bytes that wait for the end of a turn */
#define GATHERING_MAX 16	  /* connections on which some do */

/* ---- what may be taken back ---------------------------------------------- */

void connection_forget(struct connection *connection,
		       struct transport_unsent *unsent)
{
	if (!unsent->connection)
		return;
	TAILQ_REMOVE(&connection->unsent, unsent, in_stream);
	unsent->connection = 0;
}

void connection_note_written(struct connection *connection, uint64_t written)
{
	struct transport_unsent *unsent;

	while ((unsent = TAILQ_FIRST(&connection->unsent)) &&
	       unsent->end <= written)
		connection_forget(connection, unsent);
}

void connection_note(struct connection *connection, size_t len,
		     struct transport_unsent *unsent)
{
	uint64_t end = connection->written + queue_left(&connection->out);

	if (end == connection->written)
		return;
	unsent->connection = connection->id;
	unsent->begin = end - len;
	unsent->end = end;
	TAILQ_INSERT_TAIL(&connection->unsent, unsent, in_stream);
}

void connection_cut(struct connection *connection,
		    struct transport_unsent *unsent)
{
	struct queue *out = &connection->out;
	struct transport_unsent *later = unsent;
	size_t len = (size_t)(unsent->end - unsent->begin);
	char *at = out->at + out->from +
		   (size_t)(unsent->begin - connection->written);

	while ((later = TAILQ_NEXT(later, in_stream))) {
		later->begin -= len;
		later->end -= len;
	}
	connection_forget(connection, unsent);
	memmove(at, at + len, (size_t)(out->at + out->len - (at + len)));
	out->len -= len;
	if (queue_left(out) == 0)
		queue_drop(connection, out);
	connection_watch(connection);
}

/* ---- writing ------------------------------------------------------------- */

static void gather_begin(struct connection *connection)
{
	struct tcp *tcp = &connection->transport->tcp;

	connection->is_gathering = true;
	TAILQ_INSERT_TAIL(&tcp->gathering, connection, in_gathering);
	tcp->n_gathering++;
	connection_touch(connection);
	transport_wake(connection->transport);
}

void connection_gather_end(struct connection *connection)
{
	struct tcp *tcp = &connection->transport->tcp;

	if (!connection->is_gathering)
		return;
	connection->is_gathering = false;
	TAILQ_REMOVE(&tcp->gathering, connection, in_gathering);
	tcp->n_gathering--;
}

/* @return bytes taken by the socket; -1: it is broken, and dead now. */
static ssize_t connection_push(struct connection *connection, struct view bytes)
{
	ssize_t n = connection->channel->write(connection, bytes);

	if (n < 0) {
		connection_die(connection, ERR_UNREACHABLE);
	} else if (n > 0) {
		connection_touch(connection);
		connection->written += (size_t)n;
		connection_note_written(connection, connection->written);
	}
	return n;
}

void connection_flush(struct connection *connection)
{
	struct queue *out = &connection->out;
	ssize_t n = 0;

	connection_gather_end(connection);
	if (queue_left(out) > 0)
		n = connection_push(connection,
				    (struct view){.at = out->at + out->from,
						  .len = queue_left(out)});
	if (n < 0)
		return;
	out->from += (size_t)n;
	if (queue_left(out) == 0) {
		queue_drop(connection, out);
		if (connection->state == CONNECTION_LEAVING) {
			connection_linger(connection);
			return;
		}
	}
	connection_watch(connection);
}

void tcp_flush(struct tcp *tcp)
{
	struct connection *connection;

	while ((connection = TAILQ_FIRST(&tcp->gathering)))
		connection_flush(connection);
}

static size_t out_max(const struct connection *connection)
{
	return connection->origin == CONNECTION_ORIGIN_OPENED ? OPENED_MAX
							      : OUT_MAX;
}

static bool is_writable(const struct connection *connection)
{
	return connection->state == CONNECTION_OPEN ||
	       connection->state == CONNECTION_HALF_CLOSED;
}

/* Behind what waits.  ERR_BUSY: there is no room. */
static enum err append(struct connection *connection, struct view message)
{
	struct queue *out = &connection->out;
	size_t waiting = queue_left(out);

	if (waiting > 0 && waiting + message.len > out_max(connection))
		return ERR_BUSY;
	if (queue_reserve(connection, out, message.len, out_max(connection)))
		return ERR_BUSY;
	memcpy(out->at + out->len, message.at, message.len);
	out->len += message.len;
	if (waiting == 0 && !connection->is_gathering)
		gather_begin(connection);
	return ERR_OK;
}

enum err connection_write(struct connection *connection, struct view message)
{
	struct tcp *tcp = &connection->transport->tcp;
	struct queue *out = &connection->out;
	enum err err;

	if (connection->is_gathering &&
	    queue_left(out) + message.len > GATHER_MAX)
		connection_flush(connection);
	if (!is_writable(connection))
		return ERR_UNREACHABLE;
	err = append(connection, message);
	if (err)
		return err;
	if (!connection->is_gathering)
		connection_watch(connection);
	else if (queue_left(out) >= GATHER_MAX)
		connection_flush(connection);
	else if (tcp->n_gathering > GATHERING_MAX)
		tcp_flush(tcp);
	return connection->state == CONNECTION_DEAD ? ERR_UNREACHABLE : ERR_OK;
}
