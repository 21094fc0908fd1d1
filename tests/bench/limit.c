/*
 * limit -- what the sockets of one core can do: takes a list of URIs, one a
 * line, answers 202 and sends one MESSAGE to each with recvmmsg and sendmmsg.
 * No parser, no permission, no disk, no retransmission: the physical limit that
 * everything else is measured against.
 *
 *   limit ADDRESS:PORT
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/wire.h"

#define STREAM_SIZE (4 << 20)

/** @param to  NULL on a stream */
static void answer(int fd, struct span message, const struct sockaddr_in *to)
{
	char response[2048];
	size_t len = answer_ok(message, response, sizeof(response));

	memcpy(response + 8, "202", 3);
	if (sendto(fd, response, len, MSG_NOSIGNAL, (const struct sockaddr *)to,
		   to ? sizeof(*to) : 0) < 0)
		perror("answer");
}

static void send_leg(int fd, struct batch *out, struct span uri,
		     struct span text)
{
	static unsigned long leg;
	struct sockaddr_in to;
	char host[32] = "";
	const char *at = memchr(uri.at, '@', uri.len);
	char *data;
	int len;

	if (!at || uri.len - (size_t)(at - uri.at) > sizeof(host))
		return;
	memcpy(host, at + 1, uri.len - (size_t)(at - uri.at) - 1);
	to = address_of(host);
	data = batch_open(out, fd, &to);
	len = snprintf(data, DATAGRAM,
		       "MESSAGE %.*s SIP/2.0\r\n"
		       "Via: SIP/2.0/UDP 127.0.3.1:5060;branch=z9hG4bK%016lx;"
		       "rport\r\n"
		       "Max-Forwards: 69\r\n"
		       "From: <sip:load@127.0.3.1>;tag=0123456789abcdef\r\n"
		       "To: <%.*s>\r\nCall-ID: %032lx@127.0.3.1\r\n"
		       "CSeq: 1 MESSAGE\r\n"
		       "Trigger-Consent: sip:t-%032lx@127.0.3.1"
		       " ;target-uri=\"sip:lists@127.0.3.1\"\r\n"
		       "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n"
		       "%.*s",
		       (int)uri.len, uri.at, leg, (int)uri.len, uri.at, leg,
		       leg, text.len, (int)text.len, text.at);
	leg++;
	batch_close(out, (size_t)len);
}

static void fan_out(int fd, struct batch *out, struct span message)
{
	const char *end = message.at + message.len;
	const char *line = memmem(message.at, message.len, "\r\n\r\n", 4);
	struct span text = {NULL, 0};

	for (line = line ? line + 4 : NULL; line && line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		struct span row = {line, (size_t)((next ? next : end) - line)};

		if (text.at && row.len && row.at[0] == '|')
			row = (struct span){row.at + 1, row.len - 1};
		if (!text.at)
			text = (struct span){row.at, row.len + 1};
		else
			send_leg(fd, out, row, text);
		line = next ? next + 1 : NULL;
	}
	batch_send(out, fd);
}

static void receive(int fd, struct batch *in, struct batch *out)
{
	unsigned n = batch_receive(in, fd);

	for (unsigned i = 0; i < n; i++) {
		struct span message = {in->data[i], in->messages[i].msg_len};

		if (message.len == 0 || message.at[0] != 'M')
			continue; /* an answer: counted as done */
		answer(fd, message, &in->addresses[i]);
		fan_out(fd, out, message);
	}
}

/* ---- lists too long for a datagram ----------------------------------------
 */

/** One connection at a time. */
struct stream {
	int fd; /**< -1: none */
	size_t len;
	char bytes[STREAM_SIZE];
};

static int listen_at(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) ||
	    listen(fd, 4)) {
		perror("listen");
		exit(1);
	}
	return fd;
}

/** Length of the message at the beginning; 0 when it is not whole. */
static size_t whole_len(const struct stream *stream)
{
	const char *end = memmem(stream->bytes, stream->len, "\r\n\r\n", 4);
	size_t head, body;

	if (!end)
		return 0;
	head = (size_t)(end - stream->bytes) + 4;
	body = (size_t)number_after((struct span){stream->bytes, head},
				    "Content-Length: ");
	return head + body <= stream->len ? head + body : 0;
}

static void receive_stream(struct stream *stream, int fd, struct batch *out)
{
	ssize_t n = recv(stream->fd, stream->bytes + stream->len,
			 STREAM_SIZE - stream->len, 0);
	size_t len;

	if (n <= 0) {
		close(stream->fd);
		stream->fd = -1;
		stream->len = 0;
		return;
	}
	stream->len += (size_t)n;
	while ((len = whole_len(stream)) > 0) {
		struct span message = {stream->bytes, len};

		answer(stream->fd, message, NULL);
		fan_out(fd, out, message);
		stream->len -= len;
		memmove(stream->bytes, stream->bytes + len, stream->len);
	}
}

int main(int argc, char **argv)
{
	static struct stream stream = {.fd = -1};
	struct sockaddr_in address =
		address_of(argc > 1 ? argv[1] : "127.0.3.1:5060");
	struct pollfd ready[] = {{.fd = socket_of(&address), .events = POLLIN},
				 {.fd = listen_at(&address), .events = POLLIN},
				 {.fd = -1, .events = POLLIN}};
	struct batch *in = batch_new(), *out = batch_new();

	for (;;) {
		ready[2].fd = stream.fd;
		poll(ready, 3, -1);
		if (ready[0].revents)
			receive(ready[0].fd, in, out);
		if (ready[1].revents && stream.fd < 0)
			stream.fd = accept(ready[1].fd, NULL, NULL);
		if (ready[2].revents && stream.fd >= 0)
			receive_stream(&stream, ready[0].fd, out);
	}
}
