/* Datagrams, listeners, and what is on both transports. */
#include "tests/unit/transport_help.h"

#include <check.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define UDP 0
#define TCP 1

#define OPTIONS "OPTIONS sip:b@example.com SIP/2.0\r\n\r\n"

static struct net net;

static void set_up(void)
{
	net_init(&net);
	net_open(&net);
}

static void tear_down(void)
{
	net_close(&net);
}

START_TEST(a_datagram_comes_whole_with_its_flow)
{
	int peer = net_peer(&net, UDP, "127.0.0.1");
	union address from;
	socklen_t len = sizeof(from);

	peer_say(peer, OPTIONS);
	net_until(&net, net.n_received, 1, 5000);
	ck_assert_str_eq(net.received[0].at, OPTIONS);
	ck_assert_int_eq(getsockname(peer, &from.any, &len), 0);
	ck_assert(address_equal(&net.from.peer.address, &from));
	ck_assert_int_eq(net.from.peer.protocol, PROTOCOL_UDP);
	ck_assert_int_eq(net.from.listener, UDP);
	ck_assert_uint_eq(net.from.connection, 0);
	close(peer);
}
END_TEST

START_TEST(an_answer_goes_back_from_where_it_was_asked)
{
	int peer = net_peer(&net, UDP, "127.0.0.1");

	peer_say(peer, OPTIONS);
	net_until(&net, net.n_received, 1, 5000);
	ck_assert_int_eq(transport_send(net.transport, &net.from,
					VIEW("SIP/2.0 200 OK\r\n\r\n")),
			 ERR_OK);
	/* The peer is connected: another port's answer would not reach it. */
	peer_expect(&net, peer, "SIP/2.0 200 OK\r\n\r\n");
	close(peer);
}
END_TEST

struct junk_case {
	const char *sentence;
	const char *bytes;
	size_t len;
	int counted;
};

static const struct junk_case junk_cases[] = {
	/* clang-format off */
	{"a STUN request", "\0\1\0\0\x21\x12\xa4\x42" "123456789012", 20, 1},
	{"a STUN request with an attribute",
	 "\0\1\0\x08\x21\x12\xa4\x42" "123456789012" "\0\6\0\4abcd", 28, 1},
	{"SigComp", "\xf8" "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 32, 1},
	{"RTP", "\x80\x00xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 32, 1},
	{"too short", "OPTIONS sip:b SIP/2", 19, 1},
	{"one letter", "O", 1, 1},
	{"a keep-alive", "\r\n\r\n", 4, 0},
	{"half a keep-alive", "\r\n", 2, 0},
	{"a NUL", "\0", 1, 1},
	{"nothing", "", 0, 0},
	/* clang-format on */
};

START_TEST(any_token_may_begin_a_message)
{
	int peer = net_peer(&net, UDP, "127.0.0.1");

	/* RFC 4475 section 3.1.1.2 */
	peer_say(peer, "!interesting-Method sip:b@example.com SIP/2.0\r\n\r\n");
	net_until(&net, net.n_received, 1, 5000);
	ck_assert_uint_eq(net_count(&net, COUNT_DROPPED), 0);
	close(peer);
}
END_TEST

START_TEST(what_is_not_sip_gets_no_answer)
{
	const struct junk_case *c = &junk_cases[_i];
	int peer = net_peer(&net, UDP, "127.0.0.1");
	char got[64];

	peer_send(peer, c->bytes, c->len);
	peer_say(peer, OPTIONS); /* comes after it */
	net_until(&net, net.n_received, 1, 5000);
	ck_assert_msg(peer_take(peer, got, sizeof(got)) == -1, "%s",
		      c->sentence);
	ck_assert_msg(net_count(&net, COUNT_DROPPED) == (uint64_t)c->counted,
		      "%s", c->sentence);
	close(peer);
}
END_TEST

static void answer(struct net *of, struct view message, const struct flow *from)
{
	ck_assert_int_eq(transport_send(of->transport, from, message), ERR_OK);
}

START_TEST(a_burst_of_datagrams_is_read_and_answered_in_order)
{
	int peer = net_peer(&net, UDP, "127.0.0.1");
	int size = 4 << 20, burst = 1500, i; /* more than one turn reads */
	char text[80], got[80];

	/* Who may not have a large buffer sends less. */
	if (setsockopt(peer, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		burst = 100;
	net.act = answer;
	for (i = 0; i < burst; i++) {
		snprintf(text, sizeof(text), "OPTIONS sip:%d@example.com", i);
		peer_say(peer, text);
	}
	net_until(&net, net.n_received, burst, 5000);
	for (i = 0; i < burst; i++) {
		int64_t end = monotonic_now_ms() + 5000;
		ssize_t n = peer_take(peer, got, sizeof(got) - 1);

		/* The last of them leave in the turn after. */
		while (n < 0 && monotonic_now_ms() < end) {
			loop_step(net.loop, 5);
			n = peer_take(peer, got, sizeof(got) - 1);
		}
		ck_assert_int_gt(n, 0);
		got[n] = '\0';
		snprintf(text, sizeof(text), "OPTIONS sip:%d@example.com", i);
		ck_assert_str_eq(got, text);
	}
	ck_assert_int_eq(net_gauge(&net, GAUGE_UDP_DROPS), 0);
	close(peer);
}
END_TEST

/* Some alike, which leave as one, some not; and what is longer than a path may
 * be wide leaves alone. */
START_TEST(datagrams_come_apart_as_they_were_queued)
{
	static const size_t lens[] = {400,  400,  400,	399,  400, 400,	 20,
				      1300, 1300, 1301, 1301, 700, 1400, 1400};
	int peers[2] = {net_peer(&net, 0, "127.0.0.1"),
			net_peer(&net, 0, "127.0.0.2")};
	struct flow flows[2];
	char bytes[2048];

	for (int i = 0; i < 2; i++) {
		struct text message;

		message_make(&message, "x");
		peer_send(peers[i], message.at, message.len);
		text_release(&message);
		net_until(&net, net.n_received, i + 1, 1000);
		flows[i] = net.from;
	}
	for (int i = 0; i < 100; i++) {
		size_t len = lens[i % 14];

		memset(bytes, 'a' + i % 26, len);
		ck_assert(!transport_send(net.transport, &flows[i / 5 % 2],
					  (struct view){bytes, len}));
	}
	net_turn(&net, 20);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(
			peer_take(peers[i / 5 % 2], bytes, sizeof(bytes)),
			lens[i % 14]);
		ck_assert_int_eq(bytes[0], 'a' + i % 26);
		ck_assert_int_eq(bytes[lens[i % 14] - 1], 'a' + i % 26);
	}
	ck_assert_uint_eq(net_count(&net, COUNT_UNSENT), 0);
	close(peers[0]);
	close(peers[1]);
}
END_TEST

START_TEST(the_largest_datagram_passes)
{
	enum { LARGEST = 65507 };
	int peer = net_peer(&net, UDP, "127.0.0.1");
	char *large = mem_alloc(LARGEST + 1);

	memset(large, 'A', LARGEST);
	peer_send(peer, large, LARGEST);
	net_until(&net, net.n_received, 1, 5000);
	ck_assert_uint_eq(net.received[0].len, LARGEST);
	ck_assert_int_eq(transport_send(net.transport, &net.from,
					text_view(&net.received[0])),
			 ERR_OK);
	net_turn(&net, 20);
	ck_assert_int_eq(peer_take(peer, large, LARGEST + 1), LARGEST);
	free(large);
	close(peer);
}
END_TEST

START_TEST(what_cannot_leave_is_counted_and_holds_up_nothing)
{
	int peer = net_peer(&net, UDP, "127.0.0.1");
	char *large = mem_alloc(70000);

	memset(large, 'A', 70000);
	peer_say(peer, OPTIONS);
	net_until(&net, net.n_received, 1, 5000);
	ck_assert_int_eq(
		transport_send(net.transport, &net.from,
			       (struct view){.at = large, .len = 70000}),
		ERR_OK);
	ck_assert_int_eq(
		transport_send(net.transport, &net.from, VIEW("SIP/2.0")),
		ERR_OK);
	peer_expect(&net, peer, "SIP/2.0");
	ck_assert_uint_eq(net_count(&net, COUNT_UNSENT), 1);
	free(large);
	close(peer);
}
END_TEST

START_TEST(a_dead_peer_holds_up_nobody)
{
	int dead = net_peer(&net, UDP, "127.0.0.1");
	int peer = net_peer(&net, UDP, "127.0.0.1");
	struct flow to_dead;
	int i;

	peer_say(dead, OPTIONS);
	net_until(&net, net.n_received, 1, 5000);
	to_dead = net.from;
	close(dead); /* its port answers with ICMP errors now */
	for (i = 0; i < 10; i++) {
		ck_assert_int_eq(transport_send(net.transport, &to_dead,
						VIEW("SIP/2.0 200 OK")),
				 ERR_OK);
		net_turn(&net, 5);
	}
	peer_say(peer, OPTIONS);
	net_until(&net, net.n_received, 2, 5000);
	close(peer);
}
END_TEST

static bool has_ipv6(void)
{
	union address six = net_address("::1", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool has = fd >= 0 && bind(fd, &six.any, address_len(&six)) == 0;

	if (fd >= 0)
		close(fd);
	if (!has)
		printf("skipped: no IPv6 here\n");
	return has;
}

static size_t n_undelivered;
static char quoted[64];
static union address undelivered_to;

static void undelivered(void *arg, const union address *to, struct view bytes)
{
	ck_assert_ptr_eq(arg, &net);
	undelivered_to = *to;
	snprintf(quoted, sizeof(quoted), "%.*s", (int)bytes.len, bytes.at);
	n_undelivered++;
}

/* A port of @p host where nobody listens any more. */
static union address closed_port(const char *host)
{
	union address address = net_address(host, 0);
	socklen_t len = sizeof(address);
	int fd = socket(address.any.sa_family, SOCK_DGRAM, 0);

	ck_assert_int_eq(bind(fd, &address.any, address_len(&address)), 0);
	ck_assert_int_eq(getsockname(fd, &address.any, &len), 0);
	close(fd);
	return address;
}

static const char *const closed_hosts[] = {"127.0.0.1", "::1"};

START_TEST(what_nobody_took_is_told_with_what_it_was)
{
	const char *host = closed_hosts[_i];
	union address own = net_address(host, 0);
	struct flow flow = {.peer.protocol = PROTOCOL_UDP,
			    .listener = -1,
			    .peer.address = closed_port(host)};

	if (_i == 1 && !has_ipv6())
		return;
	net_close(&net);
	net_init(&net);
	net.settings.undelivered = undelivered;
	net_open(&net);
	if (_i == 1)
		ck_assert_int_eq(
			transport_listen(net.transport, PROTOCOL_UDP, &own),
			ERR_OK);
	n_undelivered = 0;
	ck_assert_int_eq(
		transport_send(net.transport, &flow, VIEW("MESSAGE sip:a@b")),
		ERR_OK);
	net_until(&net, n_undelivered, 1, 5000);
	ck_assert_str_eq(quoted, "MESSAGE sip:a@b");
	ck_assert(address_equal(&undelivered_to, &flow.peer.address));
}
END_TEST

START_TEST(what_has_no_route_is_told_too)
{
	/* A datagram to a broadcast address is not permitted. */
	struct flow flow = {.peer.protocol = PROTOCOL_UDP,
			    .listener = -1,
			    .peer.address =
				    net_address("255.255.255.255", 5060)};

	net_close(&net);
	net_init(&net);
	net.settings.undelivered = undelivered;
	net_open(&net);
	n_undelivered = 0;
	ck_assert_int_eq(
		transport_send(net.transport, &flow, VIEW("MESSAGE sip:a@b")),
		ERR_OK);
	net_until(&net, n_undelivered, 1, 5000);
	ck_assert_str_eq(quoted, "MESSAGE sip:a@b");
	ck_assert_uint_eq(net_count(&net, COUNT_UNSENT), 1);
}
END_TEST

START_TEST(drops_of_the_kernel_are_seen)
{
	int peer = net_peer(&net, UDP, "127.0.0.1");
	struct net small;
	char *large = mem_alloc(60000);
	int i;

	close(peer);
	net_init(&small);
	small.settings.udp_buffer = 100000;
	net_open(&small);
	peer = net_peer(&small, UDP, "127.0.0.1");
	memset(large, 'A', 60000);
	for (i = 0; i < 20; i++)
		peer_send(peer, large, 60000);
	net_turn(&small, 20);
	peer_send(peer, large, 60000); /* brings the count with it */
	net_turn(&small, 20);
	ck_assert_int_eq((int64_t)small.n_received +
				 net_gauge(&small, GAUGE_UDP_DROPS),
			 21);
	ck_assert_int_gt(net_gauge(&small, GAUGE_UDP_DROPS), 0);
	free(large);
	close(peer);
	net_close(&small);
}
END_TEST

START_TEST(a_port_in_use_is_an_error)
{
	enum protocol protocol;
	union address taken = *transport_address(net.transport, UDP, &protocol);

	ck_assert_int_eq(protocol, PROTOCOL_UDP);
	ck_assert_int_eq(transport_listen(net.transport, PROTOCOL_UDP, &taken),
			 ERR_EXISTS);
	taken = *transport_address(net.transport, TCP, &protocol);
	ck_assert_int_eq(protocol, PROTOCOL_TCP);
	ck_assert_int_eq(transport_listen(net.transport, PROTOCOL_TCP, &taken),
			 ERR_EXISTS);
	ck_assert_uint_eq(transport_listeners(net.transport), 2);
}
END_TEST

/* Containers often have none. */

START_TEST(a_listener_is_chosen_by_protocol_and_family)
{
	union address six = net_address("::1", 0);

	if (!has_ipv6())
		return;
	ck_assert_int_eq(transport_choose(net.transport, PROTOCOL_UDP, AF_INET),
			 0);
	ck_assert_int_eq(transport_choose(net.transport, PROTOCOL_TCP, AF_INET),
			 1);
	ck_assert_int_eq(
		transport_choose(net.transport, PROTOCOL_UDP, AF_INET6), -1);
	ck_assert_int_eq(transport_listen(net.transport, PROTOCOL_UDP, &six),
			 ERR_OK);
	ck_assert_int_eq(
		transport_choose(net.transport, PROTOCOL_UDP, AF_INET6), 2);
	ck_assert_int_ne(
		address_port(transport_address(net.transport, 2, NULL)), 0);
}
END_TEST

START_TEST(ipv6_works_beside_ipv4_on_the_same_port)
{
	union address six = net_address("::", 0), four = net_address("::1", 0);
	struct flow flow = {.peer.protocol = PROTOCOL_UDP, .listener = -1};
	int peer;

	if (!has_ipv6())
		return;
	ck_assert_int_eq(transport_listen(net.transport, PROTOCOL_UDP, &six),
			 ERR_OK);
	four = net_address("0.0.0.0", address_port(transport_address(
					      net.transport, 2, NULL)));
	ck_assert_int_eq(transport_listen(net.transport, PROTOCOL_UDP, &four),
			 ERR_OK);
	six = net_address("::1", address_port(&four));
	peer = socket(AF_INET6, SOCK_DGRAM, 0);
	ck_assert_int_eq(connect(peer, &six.any, address_len(&six)), 0);
	peer_say(peer, OPTIONS);
	net_until(&net, net.n_received, 1, 5000);
	ck_assert_int_eq(net.from.listener, 2);
	flow.peer.address = net.from.peer.address; /* chosen by family */
	ck_assert_int_eq(transport_send(net.transport, &flow, VIEW("SIP/2.0")),
			 ERR_OK);
	net_turn(&net, 20);
	close(peer);
}
END_TEST

START_TEST(without_a_listener_of_the_family_nothing_is_sent)
{
	struct flow flow = {.peer.protocol = PROTOCOL_UDP,
			    .listener = -1,
			    .peer.address = net_address("::1", 5060)};

	ck_assert_int_eq(transport_send(net.transport, &flow, VIEW("SIP/2.0")),
			 ERR_UNREACHABLE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("transport");
	TCase *tcase = tcase_create("datagrams");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_datagram_comes_whole_with_its_flow);
	tcase_add_test(tcase, an_answer_goes_back_from_where_it_was_asked);
	tcase_add_test(tcase, any_token_may_begin_a_message);
	tcase_add_loop_test(tcase, what_is_not_sip_gets_no_answer, 0,
			    sizeof(junk_cases) / sizeof(*junk_cases));
	tcase_add_test(tcase,
		       a_burst_of_datagrams_is_read_and_answered_in_order);
	tcase_add_test(tcase, datagrams_come_apart_as_they_were_queued);
	tcase_add_test(tcase, the_largest_datagram_passes);
	tcase_add_test(tcase,
		       what_cannot_leave_is_counted_and_holds_up_nothing);
	tcase_add_test(tcase, a_dead_peer_holds_up_nobody);
	tcase_add_loop_test(tcase, what_nobody_took_is_told_with_what_it_was, 0,
			    2);
	tcase_add_test(tcase, what_has_no_route_is_told_too);
	tcase_add_test(tcase, drops_of_the_kernel_are_seen);
	tcase_add_test(tcase, a_port_in_use_is_an_error);
	tcase_add_test(tcase, a_listener_is_chosen_by_protocol_and_family);
	tcase_add_test(tcase, ipv6_works_beside_ipv4_on_the_same_port);
	tcase_add_test(tcase, without_a_listener_of_the_family_nothing_is_sent);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
