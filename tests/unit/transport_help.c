#include "tests/unit/transport_help.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/text.h"

static void received(void *arg, struct view message, const struct flow *from)
{
	struct net *net = arg;

	if (net->n_received < NET_KEPT)
		text_add_view(&net->received[net->n_received], message);
	net->n_received++;
	net->from = *from;
	if (net->act)
		net->act(net, message, from);
}

static bool unframed(void *arg, struct view head, const struct flow *from,
		     enum err why)
{
	struct net *net = arg;

	if (why == ERR_UNREACHABLE) {
		net->n_cut++;
		return false;
	}
	text_clear(&net->head);
	text_add_view(&net->head, head);
	net->from = *from;
	net->why = why;
	net->n_unframed++;
	ck_assert_int_eq(transport_send(net->transport, from,
					VIEW("SIP/2.0 400 Bad\r\n\r\n")),
			 ERR_OK);
	return false;
}

static void closed(void *arg, uint64_t connection)
{
	struct net *net = arg;

	net->n_closed++;
	net->closed = connection;
}

void net_init(struct net *net)
{
	*net = (struct net){.loop = loop_new()};
	net->settings = (struct transport_settings){
		.loop = net->loop,
		.counters = &net->counters,
		.message_max = 65536,
		.connections_max = 100,
		.connections_per_source = 100,
		.held_max = 64 << 20,
		.idle_s = 60,
		.message_timeout_s = 30,
		.udp_buffer = 4 << 20,
		.receive = received,
		.unframed = unframed,
		.closed = closed,
		.arg = net,
	};
	for (size_t i = 0; i < NET_KEPT; i++)
		text_init(&net->received[i], NULL);
	text_init(&net->head, NULL);
}

void net_open(struct net *net)
{
	union address any = net_address("127.0.0.1", 0);

	net->transport = transport_new(&net->settings);
	ck_assert_int_eq(transport_listen(net->transport, PROTOCOL_UDP, &any),
			 ERR_OK);
	ck_assert_int_eq(transport_listen(net->transport, PROTOCOL_TCP, &any),
			 ERR_OK);
}

void net_close(struct net *net)
{
	transport_free(net->transport);
	loop_free(net->loop);
	for (size_t i = 0; i < NET_KEPT; i++)
		text_release(&net->received[i]);
	text_release(&net->head);
}

void net_turn(struct net *net, int ms)
{
	int64_t end = monotonic_now_ms() + ms;

	while (monotonic_now_ms() < end)
		loop_step(net->loop, 5);
}

uint64_t net_count(const struct net *net, enum counter counter)
{
	return net->counters.counts[counter];
}

int64_t net_gauge(const struct net *net, enum gauge gauge)
{
	return net->counters.gauges[gauge];
}

union address net_address(const char *host, int port)
{
	union address address;

	ck_assert_int_eq(address_parse(view_of(host), port, &address), ERR_OK);
	return address;
}

int net_peer(const struct net *net, size_t listener, const char *host)
{
	enum protocol protocol;
	union address to =
		*transport_address(net->transport, listener, &protocol);
	union address from = net_address(host, 0);
	int fd = socket(to.any.sa_family,
			protocol == PROTOCOL_UDP ? SOCK_DGRAM : SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, &from.any, address_len(&from)), 0);
	ck_assert_int_eq(connect(fd, &to.any, address_len(&to)), 0);
	return fd;
}

void peer_send(int fd, const void *at, size_t len)
{
	ck_assert_int_eq(send(fd, at, len, MSG_NOSIGNAL), (ssize_t)len);
}

void peer_say(int fd, const char *text)
{
	peer_send(fd, text, strlen(text));
}

ssize_t peer_take(int fd, char *ret, size_t size)
{
	ssize_t n = recv(fd, ret, size, MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN)
		return 0;
	return n;
}

void peer_expect(struct net *net, int fd, const char *text)
{
	int64_t end = monotonic_now_ms() + 60000;
	size_t have = 0, want = strlen(text);
	char got[4096] = "";
	ssize_t n;

	while (have < want && monotonic_now_ms() < end) {
		loop_step(net->loop, 5);
		n = peer_take(fd, got + have, sizeof(got) - 1 - have);
		ck_assert_int_ne(n, 0);
		if (n > 0)
			have += (size_t)n;
	}
	got[have] = '\0';
	ck_assert_str_eq(got, text);
}

void peer_expect_end(struct net *net, int fd, int most_ms)
{
	int64_t end = monotonic_now_ms() + (int64_t)most_ms * NET_PATIENCE;
	char got[4096];
	ssize_t n;

	do {
		loop_step(net->loop, 5);
		n = peer_take(fd, got, sizeof(got));
	} while (n != 0 && monotonic_now_ms() < end);
	ck_assert_int_eq(n, 0);
}

void message_make(struct text *ret, const char *body)
{
	text_init(ret, NULL);
	text_printf(ret,
		    "MESSAGE sip:b@example.com SIP/2.0\r\n"
		    "Via: SIP/2.0/TCP a.example.com;branch=z9hG4bK1\r\n"
		    "Content-Type: text/plain\r\n"
		    "Content-Length: %zu\r\n\r\n%s",
		    strlen(body), body);
}
