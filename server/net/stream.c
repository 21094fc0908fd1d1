/* The reading side of a connection: what comes is framed and delivered. */
#include "server/net/transport_private.h"

size_t queue_left(const struct queue *queue)
{
	return queue->len - queue->from;
}

void queue_drop(struct connection *connection, struct queue *queue)
{
	admission_refund(connection, queue);
	free(queue->at);
	*queue = (struct queue){.at = NULL};
}

enum err queue_reserve(struct connection *connection, struct queue *queue,
		       size_t more, size_t most)
{
	size_t size = queue->size ? queue->size : 1024;

	if (queue->size - queue->len >= more)
		return ERR_OK;
	if (queue->from > 0) {
		queue->len -= queue->from;
		memmove(queue->at, queue->at + queue->from, queue->len);
		queue->from = 0;
	}
	if (queue->size - queue->len >= more)
		return ERR_OK;
	while (size - queue->len < more)
		size *= 2;
	if (size > most && most >= queue->len + more)
		size = most;
	if (admission_charge(connection, queue, size - queue->size))
		return ERR_BUSY;
	queue->at = mem_resize(queue->at, size);
	queue->size = size;
	return ERR_OK;
}

/* Skip what may stand between messages (RFC 3261 section 7.5) and note the
 * pings of RFC 5626 section 4.4.1 in it. */
static struct view crlf_skip(struct connection *connection, struct view bytes)
{
	static const char ping[] = "\r\n\r\n";

	while (bytes.len > 0 && (*bytes.at == '\r' || *bytes.at == '\n')) {
		if (*bytes.at == ping[connection->crlf])
			connection->crlf++;
		else
			connection->crlf = *bytes.at == '\r';
		if (connection->crlf == sizeof(ping) - 1) {
			connection->pinged = true;
			connection->crlf = 0;
		}
		bytes = view_from(bytes, 1);
	}
	return bytes;
}

static struct flow flow_of(const struct connection *connection)
{
	return (struct flow){
		.peer.protocol = connection->protocol,
		.peer.names = channel_names(connection),
		.peer.address = connection->remote,
		.listener = connection->listener,
		.connection = connection->id,
	};
}

static void message_received(struct connection *connection, struct view message)
{
	const struct transport_settings *settings =
		&connection->transport->settings;
	struct flow flow = flow_of(connection);

	connection->frame = (struct frame){0};
	connection->crlf = 0;
	connection->proven = true;
	connection_touch(connection);
	connection->began_ms = connection->active_ms;
	settings->receive(settings->arg, message, &flow);
}

/* Tell what there is of the message in work.  @return true: an answer comes */
static bool unframed(struct connection *connection, struct view head,
		     enum err why)
{
	const struct transport_settings *settings =
		&connection->transport->settings;
	struct flow flow = flow_of(connection);

	if (connection->frame.head_len > 0)
		head = view_head(head, connection->frame.head_len);
	return settings->unframed(settings->arg, head, &flow, why);
}

/* There is no way to tell where the next message begins. */
static void stream_lost(struct connection *connection, struct view head,
			enum err why)
{
	if (unframed(connection, head, why))
		connection->proven = true;
	connection_lose(connection);
}

bool connection_cut_short(struct connection *connection)
{
	struct queue *in = &connection->in;
	struct view rest;

	if (queue_left(in) == 0 || connection->state != CONNECTION_OPEN)
		return false;
	rest = (struct view){.at = in->at + in->from, .len = queue_left(in)};
	if (!unframed(connection, rest, ERR_UNREACHABLE))
		return false;
	queue_drop(connection, in);
	connection->proven = true;
	connection_lose(connection);
	return true;
}

/* Deliver the whole messages in @p bytes.  @return what is left of them. */
static struct view stream_consume(struct connection *connection,
				  struct view bytes)
{
	enum err why = ERR_SYNTAX;

	while (connection->state == CONNECTION_OPEN) {
		struct view message;

		if (connection->frame.scanned == 0)
			bytes = crlf_skip(connection, bytes);
		if (bytes.len == 0)
			break;
		/* After a whole message it is the end of a body that was
		 * longer than it said: who waits behind it gets a 400. */
		if (!connection->proven && !frame_may_begin(bytes)) {
			count(connection->transport->settings.counters,
			      COUNT_DROPPED);
			connection_die(connection, ERR_UNREACHABLE);
			break;
		}
		switch (frame_next(&connection->frame, bytes,
				   connection->transport->settings.message_max,
				   &why)) {
		case FRAME_PARTIAL:
			return bytes;
		case FRAME_WHOLE:
			message = view_head(bytes, connection->frame.len);
			bytes = view_from(bytes, message.len);
			message_received(connection, message);
			break;
		case FRAME_BROKEN:
			stream_lost(connection, bytes, why);
			break;
		}
	}
	return VIEW_NONE;
}

/* Keep the beginning of a message until the rest of it comes. */
static void rest_keep(struct connection *connection, struct view rest)
{
	struct queue *in = &connection->in;
	bool is_new = queue_left(in) == 0;

	if (rest.len == 0 || connection->state != CONNECTION_OPEN) {
		queue_drop(connection, in);
		return;
	}
	if (rest.at >= in->at && in->at && rest.at < in->at + in->size) {
		in->from = (size_t)(rest.at - in->at);
		return;
	}
	if (queue_reserve(connection, in, rest.len,
			  connection->transport->settings.message_max)) {
		count(connection->transport->settings.counters, COUNT_OVERLOAD);
		connection_die(connection, ERR_BUSY);
		return;
	}
	memcpy(in->at + in->len, rest.at, rest.len);
	in->len += rest.len;
	if (is_new && connection->proven)
		connection->began_ms = connection_now_ms(connection);
}

/* Where to read to: behind the message in work, or into the common room. */
static enum err room_find(struct connection *connection, struct view *ret,
			  char **ret_room)
{
	struct queue *in = &connection->in;
	size_t most = connection->transport->settings.message_max;
	size_t size = READ_MAX;

	*ret = VIEW_NONE;
	*ret_room = connection->transport->tcp.scratch;
	if (queue_left(in) == 0 || connection->state != CONNECTION_OPEN) {
		ret->len = size;
		return ERR_OK;
	}
	/* One whole message fits, and is gone before the next is looked at. */
	if (size > most - queue_left(in))
		size = most - queue_left(in);
	if (queue_reserve(connection, in, size < 1024 ? size : 1024, most))
		return ERR_BUSY;
	if (size > in->size - in->len)
		size = in->size - in->len;
	*ret_room = in->at + in->len;
	ret->len = size;
	return ERR_OK;
}

void connection_read(struct connection *connection)
{
	struct queue *in = &connection->in;
	struct view bytes;
	char *room;
	ssize_t n;

	if (room_find(connection, &bytes, &room)) {
		count(connection->transport->settings.counters, COUNT_OVERLOAD);
		connection_die(connection, ERR_BUSY);
		return;
	}
	n = connection->channel->read(connection, room, bytes.len);
	if (n == CHANNEL_LATER)
		return;
	if (n <= 0 && connection_cut_short(connection) && n == 0)
		return;
	if (n < 0) {
		connection_die(connection, ERR_UNREACHABLE);
		return;
	}
	if (n == 0) {
		connection_half_close(connection);
		return;
	}
	if (connection->state != CONNECTION_OPEN)
		return; /* lingering: thrown away */
	bytes = (struct view){.at = room, .len = (size_t)n};
	if (queue_left(in) > 0) {
		in->len += (size_t)n;
		bytes = (struct view){.at = in->at + in->from,
				      .len = queue_left(in)};
	}
	rest_keep(connection, stream_consume(connection, bytes));
	if (connection->pinged && connection->state == CONNECTION_OPEN) {
		connection->pinged = false;
		connection_touch(connection);
		/* A pong that finds no room is no loss. */
		(void)!connection_write(connection, VIEW("\r\n"));
	}
}
