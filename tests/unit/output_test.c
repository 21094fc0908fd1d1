/* What is written to streams in a turn leaves at its end, together. */
#include "tests/unit/stream_help.h"

enum { N = 20, LEN = 300, MOST = 1200000 };

static struct transport_unsent unsent[200];
static char letters[MOST], got[MOST];

/* A connection that is accepted, and its flow. */
static int speaker(struct flow *ret)
{
	size_t n = net.n_received;
	int peer = net_peer(&net, TCP, "127.0.0.1");

	peer_say(peer, hello.at);
	net_until(&net, net.n_received, n + 1, 5000);
	*ret = net.from;
	return peer;
}

/* Message @p i: its number, then letters. */
static struct view message(int i, size_t len)
{
	memset(letters, 'a' + i % 26, len);
	memcpy(letters, &i, sizeof(i));
	return (struct view){.at = letters, .len = len};
}

static void write_to(const struct flow *flow, int i, size_t len)
{
	ck_assert_int_eq(transport_stream(net.transport, flow, message(i, len),
					  &unsent[i]),
			 ERR_OK);
}

static enum unsent what(int i)
{
	return transport_unsent(net.transport, &unsent[i]);
}

/* The peer reads message @p i, of @p len bytes, next. */
static void expect(int peer, int i, size_t len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = peer_take(peer, got + have, len - have);

		ck_assert_int_ne(n, 0);
		if (n > 0)
			have += (size_t)n;
		else
			loop_step(net.loop, 1);
	}
	ck_assert_mem_eq(got, message(i, len).at, len);
}

static void expect_nothing(int peer)
{
	ck_assert_int_eq(peer_take(peer, got, sizeof(got)), -1);
}

START_TEST(messages_of_a_turn_leave_at_its_end)
{
	struct flow flow;
	int peer;

	net_open(&net);
	peer = speaker(&flow);
	for (int i = 0; i < N; i++)
		write_to(&flow, i, LEN);
	expect_nothing(peer);
	ck_assert_int_eq(what(0), UNSENT_WHOLE);
	loop_step(net.loop, 0);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(what(i), UNSENT_NOTHING);
		expect(peer, i, LEN);
	}
	close(peer);
}
END_TEST

START_TEST(one_that_is_taken_back_in_its_turn_does_not_leave)
{
	struct flow flow;
	int peer;

	net_open(&net);
	peer = speaker(&flow);
	for (int i = 0; i < N; i++)
		write_to(&flow, i, LEN);
	for (int i = 0; i < N; i += 3)
		transport_take_back(net.transport, &unsent[i]);
	for (int i = 0; i < N; i++)
		if (i % 3)
			expect(peer, i, LEN);
	/* And when nothing else is there. */
	write_to(&flow, 0, LEN);
	transport_take_back(net.transport, &unsent[0]);
	net_turn(&net, 20);
	expect_nothing(peer);
	write_to(&flow, 1, LEN);
	expect(peer, 1, LEN);
	ck_assert_uint_eq(net.n_closed, 0);
	close(peer);
}
END_TEST

/* Who was told that all has left need not wait for the end of the turn. */
START_TEST(it_leaves_at_once_when_it_must)
{
	struct flow flow;
	int peer;

	net_open(&net);
	peer = speaker(&flow);
	write_to(&flow, 0, LEN);
	transport_give_up(net.transport);
	ck_assert_int_eq(what(0), UNSENT_NOTHING);
	ck_assert_int_eq(peer_take(peer, got, sizeof(got)), LEN);
	close(peer);
}
END_TEST

START_TEST(it_leaves_before_its_connection_is_closed)
{
	struct flow flow;
	int peer;

	net_open(&net);
	peer = speaker(&flow);
	write_to(&flow, 0, LEN);
	transport_close_connection(net.transport, flow.connection);
	expect(peer, 0, LEN);
	peer_expect_end(&net, peer, 1000);
	close(peer);
}
END_TEST

START_TEST(it_leaves_before_the_transport_goes)
{
	struct flow flow;
	int peer;

	net_open(&net);
	peer = speaker(&flow);
	write_to(&flow, 0, LEN);
	transport_free(net.transport);
	net.transport = NULL;
	ck_assert_int_eq(recv(peer, got, LEN, MSG_WAITALL), LEN);
	close(peer);
}
END_TEST

START_TEST(large_ones_between_small_ones_keep_their_order)
{
	static const size_t sizes[] = {300, 60000, 10, 16384, 16383, 2, 40000};
	enum { KINDS = sizeof(sizes) / sizeof(sizes[0]) };
	struct flow flow;
	int peer;

	net_open(&net);
	peer = speaker(&flow);
	for (int i = 0; i < 2 * KINDS; i++)
		write_to(&flow, i, 4 + sizes[i % KINDS]);
	for (int i = 0; i < 2 * KINDS; i++)
		expect(peer, i, 4 + sizes[i % KINDS]);
	ck_assert_uint_eq(net.n_closed, 0);
	close(peer);
}
END_TEST

/* More than may wait is written where nothing waits; what is gathered does not
 * wait for the peer. */
START_TEST(the_largest_may_follow_a_small_one)
{
	struct flow flow;
	int peer;

	net_open(&net);
	peer = speaker(&flow);
	write_to(&flow, 0, LEN);
	write_to(&flow, 1, MOST);
	ck_assert_int_ne(what(1), UNSENT_WHOLE); /* at once */
	expect(peer, 0, LEN);
	expect(peer, 1, MOST);
	close(peer);
}
END_TEST

/* Bytes on a connection, and connections: what waits for the end of a turn is
 * held in memory, and is no reason to close anybody's. */
START_TEST(what_waits_for_the_end_of_a_turn_is_bounded)
{
	enum { MANY = 40, BYTES = 1000, EACH = 100 };
	struct flow flows[MANY];
	int peers[MANY], n_waiting = 0;

	net.settings.held_max = 0; /* as little as there may be */
	net_open(&net);
	for (int i = 0; i < MANY; i++)
		peers[i] = speaker(&flows[i]);
	for (int i = 0; i < EACH; i++)
		write_to(&flows[0], i, BYTES);
	for (int i = 0; i < EACH; i++)
		n_waiting += what(i) != UNSENT_NOTHING;
	ck_assert_int_ge(n_waiting, 1);
	ck_assert_int_le(n_waiting * BYTES, 16384);
	loop_step(net.loop, 0);
	n_waiting = 0;
	for (int i = 0; i < MANY; i++)
		write_to(&flows[i], i, BYTES);
	for (int i = 0; i < MANY; i++)
		n_waiting += what(i) != UNSENT_NOTHING;
	ck_assert_int_ge(n_waiting, 1);
	ck_assert_int_le(n_waiting, 16);
	for (int i = 0; i < EACH; i++)
		expect(peers[0], i, BYTES);
	for (int i = 0; i < MANY; i++) {
		expect(peers[i], i, BYTES);
		close(peers[i]);
	}
	ck_assert_uint_eq(net.n_closed, 0);
}
END_TEST

/* The peer hung up: who wrote hears of it as of any connection's end. */
START_TEST(a_broken_one_is_told_after_the_turn)
{
	struct linger reset = {.l_onoff = 1};
	struct flow flow;
	int peer;

	net_open(&net);
	peer = speaker(&flow);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(peer);
	write_to(&flow, 0, LEN);
	ck_assert_uint_eq(net.n_closed, 0);
	net_until(&net, net.n_closed, 1, 5000);
	ck_assert_int_eq(what(0), UNSENT_NOTHING);
	ck_assert_int_eq(transport_stream(net.transport, &flow, message(0, LEN),
					  &unsent[0]),
			 ERR_UNREACHABLE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("output");
	TCase *tcase = tcase_create("the end of a turn");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, messages_of_a_turn_leave_at_its_end);
	tcase_add_test(tcase,
		       one_that_is_taken_back_in_its_turn_does_not_leave);
	tcase_add_test(tcase, it_leaves_at_once_when_it_must);
	tcase_add_test(tcase, it_leaves_before_its_connection_is_closed);
	tcase_add_test(tcase, it_leaves_before_the_transport_goes);
	tcase_add_test(tcase, large_ones_between_small_ones_keep_their_order);
	tcase_add_test(tcase, the_largest_may_follow_a_small_one);
	tcase_add_test(tcase, what_waits_for_the_end_of_a_turn_is_bounded);
	tcase_add_test(tcase, a_broken_one_is_told_after_the_turn);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
