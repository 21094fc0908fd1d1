/* Connections: framing, answers, what ends them. */
#include "tests/unit/stream_help.h"

START_TEST(a_message_byte_by_byte_is_one_message)
{
	int peer, one = 1;

	net_open(&net);
	peer = net_peer(&net, TCP, "127.0.0.1");
	setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (size_t i = 0; i < hello.len; i++) {
		peer_send(peer, hello.at + i, 1);
		loop_step(net.loop, 5);
		ck_assert_uint_eq(net.n_received, 0 + (i + 1 == hello.len));
	}
	ck_assert_str_eq(net.received[0].at, hello.at);
	ck_assert_int_eq(net.from.peer.protocol, PROTOCOL_TCP);
	ck_assert_int_eq(net.from.listener, TCP);
	ck_assert_uint_ne(net.from.connection, 0);
	close(peer);
}
END_TEST

START_TEST(pipelined_messages_are_all_delivered_whatever_the_segments)
{
	static const size_t cuts[] = {1, 7, 100, 1000, 100000};
	struct text all, next;
	size_t cut = cuts[_i], at;
	char body[32];
	int peer, i;

	net_open(&net);
	text_init(&all, NULL);
	for (i = 0; i < 40; i++) {
		snprintf(body, sizeof(body), "number %d", i);
		message_make(&next, body);
		text_add_view(&all, text_view(&next));
		text_release(&next);
		if (i % 3 == 0)
			text_add(&all, "\r\n"); /* RFC 3261 section 7.5 */
	}
	peer = net_peer(&net, TCP, "127.0.0.1");
	for (at = 0; at < all.len; at += cut) {
		peer_send(peer, all.at + at,
			  cut < all.len - at ? cut : all.len - at);
		loop_step(net.loop, 0);
	}
	net_until(&net, net.n_received, 40, 5000);
	for (i = 0; i < 40; i++) {
		snprintf(body, sizeof(body), "number %d", i);
		message_make(&next, body);
		ck_assert_str_eq(net.received[i].at, next.at);
		text_release(&next);
	}
	text_release(&all);
	close(peer);
}
END_TEST

START_TEST(a_large_body_is_octet_exact)
{
	char *body;
	struct text large;
	size_t at = 0;
	int peer;

	net.settings.message_max = 1 << 20;
	net_open(&net);
	body = mem_alloc(1000001);
	memset(body, 'x', 1000000);
	message_make(&large, body);
	for (size_t i = 0; i < 1000000; i++) /* NULs and all */
		large.at[large.len - 1000000 + i] = (char)(i * 7919 >> 3);
	peer = net_peer(&net, TCP, "127.0.0.1");
	while (at < large.len) {
		ssize_t n =
			send(peer, large.at + at, large.len - at, MSG_DONTWAIT);

		at += n > 0 ? (size_t)n : 0;
		loop_step(net.loop, 0);
	}
	net_until(&net, net.n_received, 1, 5000);
	ck_assert(view_equal(text_view(&net.received[0]), text_view(&large)));
	free(body);
	text_release(&large);
	close(peer);
}
END_TEST

START_TEST(a_ping_gets_its_pong)
{
	int peer;

	net_open(&net);
	peer = net_peer(&net, TCP, "127.0.0.1");
	peer_say(peer, "\r\n\r\n");
	peer_expect(&net, peer, "\r\n");
	peer_say(peer, "\r\n");
	net_turn(&net, 20);
	peer_say(peer, "\r\n");
	peer_expect(&net, peer, "\r\n");
	peer_say(peer, hello.at);
	net_until(&net, net.n_received, 1, 5000);
	close(peer);
}
END_TEST

struct broken_case {
	const char *sentence;
	const char *bytes;
	enum err why;
	const char *head;
};

static const struct broken_case broken_cases[] = {
	/* clang-format off */
	{"two lengths", "OPTIONS sip:b SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nxx",
	 ERR_SYNTAX, "OPTIONS sip:b SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n"},
	{"no length", "OPTIONS sip:b SIP/2.0\r\n\r\n",
	 ERR_SYNTAX, "OPTIONS sip:b SIP/2.0\r\n\r\n"},
	{"too long", "OPTIONS sip:b SIP/2.0\r\nl: 65536\r\n\r\nxx",
	 ERR_TOO_LARGE, "OPTIONS sip:b SIP/2.0\r\nl: 65536\r\n\r\n"},
	/* clang-format on */
};

START_TEST(a_stream_that_cannot_be_framed_is_answered_and_closed)
{
	const struct broken_case *c = &broken_cases[_i];
	char got[64] = "";
	int peer;

	net_open(&net);
	peer = net_peer(&net, TCP, "127.0.0.1");
	peer_say(peer, c->bytes);
	peer_say(peer, hello.at); /* not looked at any more */
	net_until(&net, net.n_unframed, 1, 5000);
	ck_assert_int_eq(net.why, c->why);
	ck_assert_str_eq(net.head.at, c->head);
	net_turn(&net, 50);
	/* The answer is there although more came than was read. */
	ck_assert_int_gt(peer_take(peer, got, sizeof(got) - 1), 0);
	ck_assert_str_eq(got, "SIP/2.0 400 Bad\r\n\r\n");
	ck_assert_int_eq(peer_take(peer, got, sizeof(got)), 0);
	ck_assert_uint_eq(net.n_received, 0);
	close(peer);
	net_until(&net, net.n_closed, 1, 5000);
	ck_assert_int_eq(net_gauge(&net, GAUGE_CONNECTIONS), 0);
}
END_TEST

START_TEST(what_is_not_sip_is_hung_up_on_without_a_word)
{
	static const char *const junk[] = {
		"\x16\x03\x01\x02", /* TLS */
		"  OPTIONS sip:b SIP/2.0\r\n",
		"\"INVITE\" sip:b SIP/2.0\r\n",
	};
	int peer;

	net_open(&net);
	peer = net_peer(&net, TCP, "127.0.0.1");
	peer_say(peer, junk[_i]);
	peer_expect_end(&net, peer, 5000);
	ck_assert_uint_eq(net.n_unframed, 0);
	ck_assert_uint_eq(net_count(&net, COUNT_DROPPED), 1);
	close(peer);
}
END_TEST

START_TEST(who_closes_its_side_still_gets_the_answer)
{
	char got[8];
	int peer;

	net_open(&net);
	peer = net_peer(&net, TCP, "127.0.0.1");
	peer_say(peer, hello.at);
	shutdown(peer, SHUT_WR);
	net_until(&net, net.n_received, 1, 5000);
	net_turn(&net, 50);
	ck_assert_int_eq(transport_send(net.transport, &net.from, VIEW("late")),
			 ERR_OK);
	peer_expect(&net, peer, "late");
	transport_close_connection(net.transport, net.from.connection);
	peer_expect_end(&net, peer, 5000);
	ck_assert_int_eq(peer_take(peer, got, sizeof(got)), 0);
	net_until(&net, net.n_closed, 1, 5000);
	ck_assert_uint_eq(net.closed, net.from.connection);
	ck_assert_int_eq(transport_send(net.transport, &net.from, VIEW("x")),
			 ERR_UNREACHABLE);
	close(peer);
}
END_TEST

static void hang_up(struct net *of, struct view message,
		    const struct flow *from)
{
	transport_close_connection(of->transport, from->connection);
	/* The view must still be good. */
	ck_assert(view_starts_nocase(message, VIEW("MESSAGE ")));
	ck_assert_int_eq(message.at[message.len - 1], 'o');
}

START_TEST(hanging_up_while_a_message_is_delivered_is_safe)
{
	int peer;

	net_open(&net);
	net.act = hang_up;
	peer = net_peer(&net, TCP, "127.0.0.1");
	peer_send(peer, hello.at, 10); /* so that it is in the buffer */
	net_turn(&net, 20);
	peer_say(peer, hello.at + 10);
	peer_expect_end(&net, peer, 5000);
	ck_assert_uint_eq(net.n_received, 1);
	close(peer);
	net_until(&net, net.n_closed, 1, 5000);
}
END_TEST

START_TEST(a_peer_that_does_not_read_is_bounded)
{
	char *large = mem_alloc(65536);
	struct view view = {.at = large, .len = 65536};
	int peer, sent = 0;
	enum err err = ERR_OK;

	memset(large, 'A', 65536);
	net.settings.message_timeout_s = 1;
	net_open(&net);
	peer = net_peer(&net, TCP, "127.0.0.1");
	peer_say(peer, hello.at);
	net_until(&net, net.n_received, 1, 5000);
	while (!err && sent++ < 1000)
		err = transport_send(net.transport, &net.from, view);
	ck_assert_int_eq(err, ERR_BUSY);
	/* And it is not read from while it does not read. */
	peer_say(peer, hello.at);
	net_turn(&net, 100);
	ck_assert_uint_eq(net.n_received, 1);
	/* It does not get better: it is given up. */
	net_until(&net, net.n_closed, 1, 5000);
	ck_assert_uint_eq(net_count(&net, COUNT_CONNECTIONS_TIMED_OUT), 1);
	free(large);
	close(peer);
}
END_TEST

START_TEST(what_was_queued_arrives_in_order_before_the_end)
{
	enum { CHUNK = 60000, CHUNKS = 60 };
	char *chunk = mem_alloc(CHUNK), *got = mem_alloc(CHUNK);
	size_t have = 0, sent = 0, wrong = 0;
	int peer, i;
	ssize_t n;

	net_open(&net);
	peer = net_peer(&net, TCP, "127.0.0.1");
	peer_say(peer, hello.at);
	net_until(&net, net.n_received, 1, 5000);
	for (i = 0; i < CHUNKS; i++) {
		memset(chunk, 'a' + i % 26, CHUNK);
		if (transport_send(net.transport, &net.from,
				   (struct view){.at = chunk, .len = CHUNK}))
			break;
		sent += CHUNK;
	}
	transport_close_connection(net.transport, net.from.connection);
	while ((n = peer_take(peer, got, CHUNK)) != 0) {
		for (ssize_t j = 0; j < n; j++, have++)
			wrong += got[j] != (char)('a' + have / CHUNK % 26);
		loop_step(net.loop, 1);
	}
	ck_assert_uint_eq(have, sent);
	ck_assert_uint_eq(wrong, 0);
	free(chunk);
	free(got);
	close(peer);
}
END_TEST

START_TEST(slow_messages_are_swept)
{
	enum { HALF_OPEN = 2000 };
	struct rlimit files = {.rlim_cur = 2 * HALF_OPEN + 200};
	int *peers = mem_alloc(HALF_OPEN * sizeof(*peers)), good, i;
	int64_t began;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = files.rlim_max < 2 * HALF_OPEN + 200
				 ? files.rlim_max
				 : 2 * HALF_OPEN + 200;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	net.settings.connections_max = HALF_OPEN + 100;
	net.settings.connections_per_source = HALF_OPEN + 100;
	net.settings.message_timeout_s = 2;
	net_open(&net);
	began = monotonic_now_ms();
	good = net_peer(&net, TCP, "127.0.0.1");
	peer_say(good, hello.at);
	net_until(&net, net.n_received, 1, 5000);
	for (i = 0; i < HALF_OPEN; i++) {
		peers[i] = net_peer(&net, TCP, "127.0.0.1");
		if (i % 3 == 1)
			peer_say(peers[i], "OPTIONS sip:b SIP");
		if (i % 3 == 2)
			peer_say(peers[i],
				 "\r\n\r\n"); /* pings prove nothing */
		loop_step(net.loop, 0);
	}
	net_until(&net, net_gauge(&net, GAUGE_CONNECTIONS), 1,
		  began + 20000 - monotonic_now_ms());
	ck_assert_uint_eq(net_count(&net, COUNT_CONNECTIONS_TIMED_OUT),
			  HALF_OPEN);
	net_until(&net, net.n_closed, HALF_OPEN, 100);
	/* Who has spoken stays. */
	peer_say(good, hello.at);
	net_until(&net, net.n_received, 2, 5000);
	for (i = 0; i < HALF_OPEN; i++)
		close(peers[i]);
	close(good);
	free(peers);
}
END_TEST

START_TEST(a_byte_now_and_then_buys_no_time)
{
	int64_t began;
	int peer;

	net.settings.message_timeout_s = 1;
	net_open(&net);
	peer = net_peer(&net, TCP, "127.0.0.1");
	peer_say(peer, hello.at); /* it has spoken once */
	net_until(&net, net.n_received, 1, 5000);
	began = monotonic_now_ms();
	for (size_t i = 0; net.n_closed == 0; i++) {
		ck_assert_uint_lt(i, hello.len);
		(void)!send(peer, hello.at + i, 1, MSG_NOSIGNAL);
		net_turn(&net, 100);
	}
	ck_assert_int_lt(monotonic_now_ms() - began, 4000);
	ck_assert_uint_eq(net_count(&net, COUNT_CONNECTIONS_TIMED_OUT), 1);
	close(peer);
}
END_TEST

START_TEST(an_idle_connection_is_swept_and_a_ping_keeps_it)
{
	int idle, pinging, i;

	net.settings.idle_s = 2;
	net.settings.message_timeout_s = 1;
	net_open(&net);
	idle = net_peer(&net, TCP, "127.0.0.1");
	pinging = net_peer(&net, TCP, "127.0.0.1");
	peer_say(idle, hello.at);
	peer_say(pinging, hello.at);
	net_until(&net, net.n_received, 2, 5000);
	for (i = 0; i < 40; i++) {
		if (i % 5 == 0)
			peer_say(pinging, "\r\n\r\n");
		net_turn(&net, 100);
	}
	ck_assert_uint_eq(net.n_closed, 1);
	peer_expect_end(&net, idle, 10);
	peer_say(pinging, hello.at);
	net_until(&net, net.n_received, 3, 5000);
	close(idle);
	close(pinging);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stream_test");
	TCase *tcase = tcase_create("connections");
	SRunner *runner = srunner_create(suite);
	int failed;
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_message_byte_by_byte_is_one_message);
	tcase_add_loop_test(
		tcase,
		pipelined_messages_are_all_delivered_whatever_the_segments, 0,
		5);
	tcase_add_test(tcase, a_large_body_is_octet_exact);
	tcase_add_test(tcase, a_ping_gets_its_pong);
	tcase_add_loop_test(
		tcase, a_stream_that_cannot_be_framed_is_answered_and_closed, 0,
		3);
	tcase_add_loop_test(tcase, what_is_not_sip_is_hung_up_on_without_a_word,
			    0, 3);
	tcase_add_test(tcase, who_closes_its_side_still_gets_the_answer);
	tcase_add_test(tcase, hanging_up_while_a_message_is_delivered_is_safe);
	tcase_add_test(tcase, a_peer_that_does_not_read_is_bounded);
	tcase_add_test(tcase, what_was_queued_arrives_in_order_before_the_end);
	tcase_add_test(tcase, slow_messages_are_swept);
	tcase_add_test(tcase, a_byte_now_and_then_buys_no_time);
	tcase_add_test(tcase, an_idle_connection_is_swept_and_a_ping_keeps_it);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
