/* Just enough SIP for a load tool. */
#include "tests/bench/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

struct span header_line(struct span message, const char *name, char compact)
{
	size_t name_len = strlen(name);
	const char *end = message.at + message.len;
	const char *line = memchr(message.at, '\n', message.len);

	while (line && ++line < end && *line != '\r') {
		size_t left = (size_t)(end - line);
		const char *next = memchr(line, '\n', left);
		size_t len = next ? (size_t)(next - line) + 1 : left;

		if ((len > name_len && line[name_len] == ':' &&
		     strncasecmp(line, name, name_len) == 0) ||
		    (compact && (line[0] | 0x20) == compact && line[1] == ':'))
			return (struct span){line, len};
		line = next;
	}
	return (struct span){NULL, 0};
}

long number_after(struct span message, const char *key)
{
	const char *at = memmem(message.at, message.len, key, strlen(key));

	return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

static size_t copy(char *to, size_t room, struct span from)
{
	size_t len = from.len < room ? from.len : room;

	if (len)
		memcpy(to, from.at, len);
	return len;
}

size_t answer_ok(struct span request, char *ret, size_t size)
{
	static const struct span first = {"SIP/2.0 200 OK\r\n", 16};
	static const struct span tag = {";tag=s\r\n", 8};
	static const struct span last = {"Content-Length: 0\r\n\r\n", 21};
	size_t len = copy(ret, size, first);
	struct span to = header_line(request, "To", 't');
	struct span via = header_line(request, "Via", 'v');
	const char *end = request.at + request.len;

	while (via.len) { /* all Via lines stand together */
		len += copy(ret + len, size - len, via);
		via.at += via.len;
		if (via.at >= end || strncasecmp(via.at, "Via:", 4) != 0)
			break;
		via.len =
			(size_t)((const char *)memchr(via.at, '\n',
						      (size_t)(end - via.at)) -
				 via.at) +
			1;
	}
	len += copy(ret + len, size - len, header_line(request, "From", 'f'));
	if (to.len > 2 && !memmem(to.at, to.len, ";tag=", 5)) {
		to.len -= 2;
		len += copy(ret + len, size - len, to);
		len += copy(ret + len, size - len, tag);
	} else {
		len += copy(ret + len, size - len, to);
	}
	len += copy(ret + len, size - len,
		    header_line(request, "Call-ID", 'i'));
	len += copy(ret + len, size - len, header_line(request, "CSeq", 0));
	return len + copy(ret + len, size - len, last);
}

struct sockaddr_in address_of(const char *text)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	char host[64] = "";
	unsigned port = 5060;

	if (sscanf(text, "%63[0-9.]:%u", host, &port) < 1 ||
	    inet_pton(AF_INET, host, &address.sin_addr) != 1) {
		fprintf(stderr, "not an address: %s\n", text);
		exit(2);
	}
	address.sin_port = htons((uint16_t)port);
	return address;
}

int socket_of(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int size = 16 << 20;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address))) {
		perror("bind");
		exit(1);
	}
	return fd;
}

struct batch *batch_new(void)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	unsigned i;

	if (!batch)
		exit(1);
	for (i = 0; i < BATCH; i++) {
		batch->parts[i] = (struct iovec){batch->data[i], DATAGRAM};
		batch->messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &batch->parts[i],
			.msg_iovlen = 1,
			.msg_name = &batch->addresses[i],
			.msg_namelen = sizeof(batch->addresses[i]),
		};
	}
	return batch;
}

unsigned batch_receive(struct batch *batch, int fd)
{
	unsigned i;
	int n;

	for (i = 0; i < BATCH; i++) {
		batch->parts[i].iov_len = DATAGRAM;
		batch->messages[i].msg_hdr.msg_namelen =
			sizeof(batch->addresses[i]);
	}
	n = recvmmsg(fd, batch->messages, BATCH, MSG_DONTWAIT, NULL);
	return n < 0 ? 0 : (unsigned)n;
}

char *batch_open(struct batch *batch, int fd, const struct sockaddr_in *to)
{
	if (batch->n == BATCH)
		batch_send(batch, fd);
	batch->addresses[batch->n] = *to;
	return batch->data[batch->n];
}

void batch_close(struct batch *batch, size_t len)
{
	batch->parts[batch->n++].iov_len = len;
}

void batch_send(struct batch *batch, int fd)
{
	unsigned sent = 0;

	while (sent < batch->n) {
		int n = sendmmsg(fd, batch->messages + sent, batch->n - sent,
				 0);
		struct pollfd room = {.fd = fd, .events = POLLOUT};

		if (n > 0)
			sent += (unsigned)n;
		else if (errno == EAGAIN)
			poll(&room, 1, 10);
		else if (errno != ECONNREFUSED && errno != EINTR)
			break;
	}
	batch->n = 0;
}
