/* Connections: what a source and a network may hold, and who goes first. */
#include "tests/unit/stream_help.h"

static void opened(struct transport_wait *wait, enum err err)
{
	(void)wait;
	ck_assert_int_eq(err, ERR_OK);
}

START_TEST(one_source_has_its_share_and_no_more)
{
	int peers[4], other, i;

	net.settings.connections_per_source = 3;
	net_open(&net);
	for (i = 0; i < 4; i++)
		peers[i] = net_peer(&net, TCP, "127.0.0.1");
	peer_expect_end(&net, peers[3], 5000);
	other = net_peer(&net, TCP, "127.0.0.2");
	net_until(&net, net_gauge(&net, GAUGE_CONNECTIONS), 4, 5000);
	ck_assert_uint_eq(net_count(&net, COUNT_RATE_LIMITED), 1);
	close(peers[0]);
	net_until(&net, net_gauge(&net, GAUGE_CONNECTIONS), 3, 5000);
	peers[0] = net_peer(&net, TCP, "127.0.0.1");
	net_until(&net, net_gauge(&net, GAUGE_CONNECTIONS), 4, 5000);
	for (i = 0; i < 4; i++)
		close(peers[i]);
	close(other);
}
END_TEST

/* A peer of this host that has sent a whole message. */
static int speaker(const char *host)
{
	size_t n = net.n_received;
	int peer = net_peer(&net, TCP, host);

	peer_say(peer, hello.at);
	net_until(&net, net.n_received, n + 1, 5000);
	return peer;
}

static bool is_closed(int peer)
{
	char got[4096];
	ssize_t n = peer_take(peer, got, sizeof(got));

	return n == 0;
}

START_TEST(those_who_left_make_room_before_all_others)
{
	int silent, idle, left, late;

	net.settings.connections_max = 3;
	net_open(&net);
	silent = net_peer(&net, TCP, "127.0.1.1");
	idle = speaker("127.0.2.1");
	left = speaker("127.0.3.1");
	shutdown(left, SHUT_WR);
	net_turn(&net, 20);
	ck_assert_int_eq(net_gauge(&net, GAUGE_CONNECTIONS), 3);
	late = speaker("127.0.4.1");
	peer_expect_end(&net, left, 5000);
	ck_assert(!is_closed(silent) && !is_closed(idle));
	ck_assert_int_eq(net_gauge(&net, GAUGE_CONNECTIONS), 3);
	close(silent);
	close(idle);
	close(left);
	close(late);
}
END_TEST

/* The room is full of idle connections that have spoken: newcomers are served,
 * and each time the idlest goes. */
START_TEST(where_it_is_full_the_idlest_goes)
{
	enum { N = 8 };
	int peers[N], late;
	char host[32];

	net.settings.connections_max = N;
	net_open(&net);
	for (int i = 0; i < N; i++) {
		snprintf(host, sizeof(host), "127.0.%d.1", i + 1);
		peers[i] = speaker(host);
		net_turn(&net, 2); /* clocks count milliseconds */
	}
	peer_say(peers[0], "\r\n\r\n"); /* not the idlest any more */
	peer_expect(&net, peers[0], "\r\n");
	for (int i = 1; i < N; i++) {
		snprintf(host, sizeof(host), "127.0.%d.1", i + 100);
		late = speaker(host);
		peer_expect_end(&net, peers[i], 5000);
		ck_assert_int_eq(net_gauge(&net, GAUGE_CONNECTIONS), N);
		close(peers[i]);
		peers[i] = late;
	}
	ck_assert(!is_closed(peers[0]));
	ck_assert_uint_eq(net_count(&net, COUNT_CONNECTIONS_TIMED_OUT), N - 1);
	for (int i = 0; i < N; i++)
		close(peers[i]);
}
END_TEST

/* Whoever has many addresses in one network pushes out their own. */
START_TEST(a_network_has_its_share_and_the_largest_goes_first)
{
	enum { N = 6 };
	int peers[N], others[N - 2], late, known;
	char host[32];

	net.settings.connections_max = 2 * N;
	net.settings.connections_per_source = 2;
	net_open(&net);
	known = speaker("127.0.50.1");
	transport_peer_identified(net.transport, net.from.connection);
	for (int i = 0; i < N - 2; i++) {
		snprintf(host, sizeof(host), "127.0.%d.1", i + 1);
		others[i] = speaker(host);
	}
	for (int i = 0; i < N; i++) {
		snprintf(host, sizeof(host), "127.0.200.%d", i + 1);
		peers[i] = speaker(host);
	}
	/* Half of all places: the seventh takes the place of the first. */
	late = speaker("127.0.200.100");
	peer_expect_end(&net, peers[0], 5000);
	close(peers[0]);
	peers[0] = late;
	/* Full: the largest network's go, not the idlest of the small ones. */
	for (int i = 1; i < N - 1; i++) {
		snprintf(host, sizeof(host), "127.0.%d.1", i + 100);
		late = speaker(host);
		if (i > 1)
			peer_expect_end(&net, peers[i - 1], 5000);
	}
	for (int i = 0; i < N - 2; i++)
		ck_assert(!is_closed(others[i]));
	ck_assert(!is_closed(known) && !is_closed(peers[0]));
	close(known);
}
END_TEST

/* So many that all is read, however slow they are. */
static void turns(void)
{
	for (int i = 0; i < 20; i++)
		loop_step(net.loop, 1);
}

#define HALF_HEAD                                                              \
	"MESSAGE sip:b@example.com SIP/2.0\r\nContent-Length: 60000\r\n\r\n"

#define HALF_LEN (sizeof(HALF_HEAD) - 1)

/* The first @p len bytes of a message of 60,000. */
static int half_sender(const char *host, size_t len)
{
	static char bytes[65536];
	int peer = net_peer(&net, TCP, host);
	size_t at = 0;

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, HALF_HEAD, HALF_LEN);
	while (at < len) {
		ssize_t sent = send(peer, bytes + at, len - at,
				    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN)
			break; /* it was hung up on */
		at += sent > 0 ? (size_t)sent : 0;
		loop_step(net.loop, 0);
	}
	turns();
	return peer;
}

/* The rest of it is taken: the message arrives. */
static void half_end(int peer, size_t len)
{
	static char bytes[65536];
	size_t n = net.n_received, all = HALF_LEN + 60000, at = len;

	memset(bytes, 'x', sizeof(bytes));
	while (at < all) {
		ssize_t sent = send(peer, bytes, all - at,
				    MSG_DONTWAIT | MSG_NOSIGNAL);

		ck_assert(sent > 0 || errno == EAGAIN);
		at += sent > 0 ? (size_t)sent : 0;
		loop_step(net.loop, 0);
	}
	net_until(&net, net.n_received, n + 1, 5000);
}

/* All of what strangers may hold is held: those who come later are served,
 * those who are known are not touched, and what we send goes out. */
START_TEST(half_messages_shut_out_nobody)
{
	enum { N = 12, LEN = 40000 };
	int peers[N], late, known, server, there;
	struct transport_wait wait = {.flow = {.listener = -1}};
	socklen_t size = sizeof(wait.flow.peer.address);
	size_t n_closed = 0;
	char host[32];

	net.settings.held_max = 0; /* as little as there may be */
	net_open(&net);
	known = half_sender("127.0.99.1", HALF_LEN);
	half_end(known, HALF_LEN);
	transport_peer_identified(net.transport, net.from.connection);
	peer_send(known, HALF_HEAD "x", HALF_LEN + 1);
	turns();
	for (int i = 0; i < N; i++) {
		snprintf(host, sizeof(host), "127.0.%d.1", i + 1);
		peers[i] = half_sender(host, LEN);
	}
	for (int i = 0; i < N; i++)
		n_closed += is_closed(peers[i]);
	/* Each holds 64 KiB; all strangers 128. */
	ck_assert_uint_eq(n_closed, N - 2);
	late = half_sender("127.0.98.1", LEN);
	half_end(late, LEN);
	half_end(known, HALF_LEN + 1);
	server = socket(AF_INET, SOCK_STREAM, 0);
	wait.flow.peer.address = net_address("127.0.0.1", 0);
	ck_assert_int_eq(bind(server, &wait.flow.peer.address.any, size), 0);
	ck_assert_int_eq(listen(server, 1), 0);
	ck_assert_int_eq(
		getsockname(server, &wait.flow.peer.address.any, &size), 0);
	wait.ready = opened;
	transport_connect(net.transport, &wait);
	net_until(&net, wait.flow.connection != 0, true, 5000);
	there = accept(server, NULL, NULL);
	ck_assert_int_eq(transport_send(net.transport, &wait.flow,
					VIEW("a request of ours")),
			 ERR_OK);
	peer_expect(&net, there, "a request of ours");
	for (int i = 0; i < N; i++)
		close(peers[i]);
	close(there);
	close(server);
	close(late);
	close(known);
}
END_TEST

/* Of one source, or one network, the largest goes; it is not told by its count
 * of connections. */
START_TEST(what_a_source_holds_is_bounded)
{
	int small, large, next;

	net.settings.held_max = 0;
	net_open(&net);
	small = half_sender("127.0.7.1", 3000);
	large = half_sender("127.0.7.2", 30000);
	ck_assert(!is_closed(small) && !is_closed(large));
	next = half_sender("127.0.7.3", 40000);
	turns();
	ck_assert(is_closed(next) || is_closed(large));
	ck_assert(!is_closed(small));
	half_end(small, 3000);
	close(small);
	close(large);
	close(next);
}
END_TEST

/* Peers that do not read what they asked for: others still get their answers.
 */
START_TEST(output_that_is_not_read_is_bounded)
{
	enum { N = 10 };
	char *large = mem_alloc(60000);
	struct view view = {.at = large, .len = 60000};
	int peers[N], good, few = 4096;
	struct flow flows[N];
	size_t sent = 0;

	net.settings.held_max = 0; /* 256 KiB of output in all */
	net_open(&net);
	for (int i = 0; i < N; i++) {
		char host[32];

		snprintf(host, sizeof(host), "127.0.%d.1", i + 1);
		peers[i] = speaker(host);
		setsockopt(peers[i], SOL_SOCKET, SO_RCVBUF, &few, sizeof(few));
		flows[i] = net.from;
	}
	for (int i = 0; i < 1000; i++)
		sent += transport_send(net.transport, &flows[i % N], view) ==
			ERR_OK;
	ck_assert_uint_gt(sent, 0);
	turns();
	ck_assert_uint_gt(net.n_closed, 0);
	good = speaker("127.0.90.1");
	ck_assert_int_eq(
		transport_send(net.transport, &net.from, VIEW("an answer")),
		ERR_OK);
	peer_expect(&net, good, "an answer");
	free(large);
	for (int i = 0; i < N; i++)
		close(peers[i]);
	close(good);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stream_quota_test");
	TCase *tcase = tcase_create("connections");
	SRunner *runner = srunner_create(suite);
	int failed;
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, one_source_has_its_share_and_no_more);
	tcase_add_test(tcase, those_who_left_make_room_before_all_others);
	tcase_add_test(tcase, where_it_is_full_the_idlest_goes);
	tcase_add_test(tcase,
		       a_network_has_its_share_and_the_largest_goes_first);
	tcase_add_test(tcase, half_messages_shut_out_nobody);
	tcase_add_test(tcase, what_a_source_holds_is_bounded);
	tcase_add_test(tcase, output_that_is_not_read_is_bounded);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
