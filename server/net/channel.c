/* How bytes go through a descriptor: as they are, or by TLS. */
#include "server/net/transport_private.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static bool is_later(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* ---- as they are --------------------------------------------------------- */

static enum err plain_start(struct connection *connection)
{
	(void)connection;
	return ERR_OK;
}

static ssize_t plain_read(struct connection *connection, char *room,
			  size_t size)
{
	ssize_t n = recv(connection->watch.fd, room, size, MSG_DONTWAIT);

	if (n >= 0)
		return n;
	return is_later() || errno == EINTR ? CHANNEL_LATER : CHANNEL_BROKEN;
}

static ssize_t plain_write(struct connection *connection, struct view bytes)
{
	ssize_t n;

	do {
		n = send(connection->watch.fd, bytes.at, bytes.len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	return is_later() ? 0 : CHANNEL_BROKEN;
}

static uint32_t plain_wants(const struct connection *connection)
{
	(void)connection;
	return EPOLLIN;
}

static enum err plain_stop(struct connection *connection)
{
	return shutdown(connection->watch.fd, SHUT_WR) ? ERR_UNREACHABLE
						       : ERR_OK;
}

const struct channel_kind channel_plain = {
	.start = plain_start,
	.read = plain_read,
	.write = plain_write,
	.wants = plain_wants,
	.stop = plain_stop,
};

/* ---- by TLS -------------------------------------------------------------- */

static enum err secure_start(struct connection *connection)
{
	struct tls *tls = connection->transport->settings.tls;
	int fd = connection->watch.fd;

	if (!connection->tls)
		connection->tls =
			connection->server_name
				? net_tls_open(tls, fd, connection->server_name)
				: net_tls_accept(tls, fd);
	return net_tls_step(connection->tls);
}

static ssize_t channel_result(ssize_t n)
{
	return n >= 0		       ? n
	       : n == TLS_RESULT_LATER ? CHANNEL_LATER
				       : CHANNEL_BROKEN;
}

static ssize_t secure_read(struct connection *connection, char *room,
			   size_t size)
{
	return channel_result(net_tls_read(connection->tls, room, size));
}

static ssize_t secure_write(struct connection *connection, struct view bytes)
{
	return channel_result(net_tls_write(connection->tls, bytes));
}

static uint32_t secure_wants(const struct connection *connection)
{
	return connection->tls && net_tls_wants_write(connection->tls)
		       ? EPOLLOUT
		       : EPOLLIN;
}

/* What comes after that is thrown away: nobody has to decrypt it. */
static enum err secure_stop(struct connection *connection)
{
	net_tls_stop(connection->tls);
	connection->channel = &channel_plain;
	return plain_stop(connection);
}

const struct channel_kind channel_tls = {
	.start = secure_start,
	.read = secure_read,
	.write = secure_write,
	.wants = secure_wants,
	.stop = secure_stop,
};

const struct channel_kind *channel_for(enum protocol protocol)
{
	return protocol_is_secure(protocol) ? &channel_tls : &channel_plain;
}

uint64_t channel_reached(const struct connection *connection)
{
	return connection->written +
	       (connection->tls ? net_tls_begun(connection->tls) : 0);
}

bool channel_has_more(const struct connection *connection)
{
	return connection->channel == &channel_tls &&
	       net_tls_has_more(connection->tls);
}

const char *const *channel_names(const struct connection *connection)
{
	return connection->tls ? net_tls_names(connection->tls) : NULL;
}

bool channel_is_doubted(const struct connection *connection)
{
	return connection->tls && net_tls_is_doubted(connection->tls);
}

bool channel_proved(const struct connection *connection, const char *name)
{
	return view_is_among(view_of(name), channel_names(connection));
}
