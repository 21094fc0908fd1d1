/*
 * limit -- what the sockets of one core can do: takes a list of URIs, one a
 * line, answers 202 and sends one MESSAGE to each with recvmmsg and sendmmsg.
 * No parser, no permission, no disk, no retransmission: the physical limit that
 * everything else is measured against.
 *
 *   limit ADDRESS:PORT
 */
#include <poll.h>

#include "tests/bench/wire.h"

static void answer(int fd, struct span message, const struct sockaddr_in *to)
{
	char response[2048];
	size_t len = answer_ok(message, response, sizeof(response));

	memcpy(response + 8, "202", 3);
	sendto(fd, response, len, 0, (const struct sockaddr *)to, sizeof(*to));
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
	unsigned i;

	for (i = 0; i < n; i++) {
		struct span message = {in->data[i], in->messages[i].msg_len};

		if (message.len == 0 || message.at[0] != 'M')
			continue; /* an answer: counted as done */
		answer(fd, message, &in->addresses[i]);
		fan_out(fd, out, message);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address =
		address_of(argc > 1 ? argv[1] : "127.0.3.1:5060");
	int fd = socket_of(&address);
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	struct batch *in = batch_new(), *out = batch_new();

	for (;;) {
		poll(&ready, 1, -1);
		receive(fd, in, out);
	}
}
