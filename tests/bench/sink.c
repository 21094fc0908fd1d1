/* Recipients behind streams, TCP or TLS: what the relay opens is accepted. */
#include "tests/bench/sink.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CONNECTIONS 64 /* at a time */
#define ROOM 262144

struct stream {
	int fd; /* 0: free */
	SSL *ssl;
	size_t in_len, out_len;
	char in[ROOM], out[ROOM];
};

struct sink {
	int epoll, listener;
	SSL_CTX *tls; /* NULL: TCP */
	sink_fn *received;
	void *arg;
	struct stream streams[CONNECTIONS];
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static SSL_CTX *tls_of(const char *pem)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (!tls || SSL_CTX_use_certificate_chain_file(tls, pem) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, pem, SSL_FILETYPE_PEM) != 1)
		die(pem);
	return tls;
}

static void watch(const struct sink *sink, int fd, void *what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

	if (epoll_ctl(sink->epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

struct sink *sink_new(const struct sockaddr_in *address, const char *pem,
		      sink_fn *received, void *arg)
{
	struct sink *sink = calloc(1, sizeof(*sink));
	int on = 1;

	if (!sink)
		exit(1);
	sink->received = received;
	sink->arg = arg;
	sink->tls = pem ? tls_of(pem) : NULL;
	sink->epoll = epoll_create1(0);
	sink->listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(sink->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(sink->listener, (const struct sockaddr *)address,
		 sizeof(*address)) ||
	    listen(sink->listener, CONNECTIONS))
		die("listen");
	watch(sink, sink->listener, NULL);
	return sink;
}

int sink_fd(const struct sink *sink)
{
	return sink->epoll;
}

static void drop(struct stream *stream)
{
	SSL_free(stream->ssl);
	close(stream->fd);
	stream->fd = 0;
}

/* The handshake is waited for: there are few. */
static void take_connection(struct sink *sink)
{
	struct stream *stream = sink->streams;
	int fd = accept(sink->listener, NULL, NULL), on = 1;

	while (stream < sink->streams + CONNECTIONS && stream->fd)
		stream++;
	if (fd < 0 || stream == sink->streams + CONNECTIONS)
		die("accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	stream->fd = fd;
	stream->ssl = NULL;
	stream->in_len = stream->out_len = 0;
	if (sink->tls) {
		stream->ssl = SSL_new(sink->tls);
		SSL_set_fd(stream->ssl, fd);
		if (SSL_accept(stream->ssl) != 1) {
			drop(stream);
			return;
		}
	}
	watch(sink, fd, stream);
}

/* What there is, at least a byte; 0: it has ended.  poll() said that there is
 * something, so it waits for the rest of a record at most. */
static int take(struct stream *stream)
{
	char *at = stream->in + stream->in_len;
	size_t room = ROOM - stream->in_len;
	int n = stream->ssl ? SSL_read(stream->ssl, at, (int)room)
			    : (int)recv(stream->fd, at, room, 0);

	if (n > 0)
		stream->in_len += (size_t)n;
	return n > 0;
}

static int put(struct stream *stream)
{
	size_t done = 0;

	while (done < stream->out_len) {
		const char *at = stream->out + done;
		size_t left = stream->out_len - done;
		int n = stream->ssl
				? SSL_write(stream->ssl, at, (int)left)
				: (int)send(stream->fd, at, left, MSG_NOSIGNAL);

		if (n <= 0)
			return 0;
		done += (size_t)n;
	}
	stream->out_len = 0;
	return 1;
}

/* Whole messages; the relay writes Content-Length as its last field. */
static void read_messages(struct sink *sink, struct stream *stream)
{
	size_t at = 0;

	for (;;) {
		const char *begin = stream->in + at;
		size_t left = stream->in_len - at;
		const char *end = memmem(begin, left, "\r\n\r\n", 4);
		struct span message = {begin,
				       end ? (size_t)(end - begin) + 4 : 0};
		long body = end ? number_after(message, "Content-Length: ") : 0;

		if (!end || body < 0 || message.len + (size_t)body > left)
			break;
		message.len += (size_t)body;
		if (sink->received(sink->arg, message))
			stream->out_len += answer_ok(
				message, stream->out + stream->out_len,
				ROOM - stream->out_len);
		if (stream->out_len > ROOM / 2 && !put(stream))
			break;
		at += message.len;
	}
	stream->in_len -= at;
	memmove(stream->in, stream->in + at, stream->in_len);
}

void sink_take(struct sink *sink)
{
	struct epoll_event events[CONNECTIONS];
	int n = epoll_wait(sink->epoll, events, CONNECTIONS, 0);

	for (int i = 0; i < n; i++) {
		struct stream *stream = events[i].data.ptr;
		int is_open = 1;

		if (!stream) {
			take_connection(sink);
			continue;
		}
		do {
			is_open = take(stream);
			read_messages(sink, stream);
		} while (is_open && stream->ssl && SSL_pending(stream->ssl));
		if (!is_open || !put(stream))
			drop(stream);
	}
}
