/* Streams: accepting. */
#include "server/net/transport_private.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 512
#define ACCEPTS_PER_TURN 64

struct acceptor {
	struct transport *transport;
	size_t listener;
	struct loop_watch watch;
};

/* May one more come from there? */
static bool accept_is_allowed(struct transport *transport,
			      const struct peer *peer)
{
	struct quota *quota = tcp_quota(&transport->tcp, &peer->address);
	bool is_allowed = admission_accept(transport, quota,
					   protocol_is_secure(peer->protocol));

	quota_give_back(quota);
	return is_allowed;
}

/* @return true when there may be more. */
static bool accept_one(struct acceptor *acceptor)
{
	struct transport *transport = acceptor->transport;
	enum protocol protocol =
		transport->listeners[acceptor->listener].protocol;
	struct flow flow = {.peer.protocol = protocol,
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
			tcp_refuse(transport, acceptor->watch.fd);
			return false;
		}
		return true; /* that one is gone already (accept(2)) */
	}
	if (!accept_is_allowed(transport, &flow.peer))
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

enum err acceptor_new(struct transport *transport, size_t listener,
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

void acceptor_watch(struct acceptor *acceptor, uint32_t events)
{
	if (acceptor->watch.events == events)
		return;
	acceptor->watch.events = events;
	loop_watch_change(acceptor->transport->settings.loop, &acceptor->watch);
}
