/* What waits to be written to a stream can be taken back. */
#include "tests/unit/transport_help.h"

#include <check.h>
#include <sys/socket.h>
#include <unistd.h>

enum { N = 300, MOST = 20000 };

static struct net net;
static struct transport_wait wait;
static struct transport_unsent unsent[N];
static char letters[MOST];
static int server, peer;
static bool is_ready;

static void ready(struct transport_wait *of, enum err err)
{
	(void)of;
	ck_assert_int_eq(err, ERR_OK);
	is_ready = true;
}

/* A connection of ours to a peer that reads when the test says so. */
static void set_up(void)
{
	socklen_t size = sizeof(wait.flow.peer.address);
	int few = 4096;

	is_ready = false;
	net_init(&net);
	net_open(&net);
	server = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(server, SOL_SOCKET, SO_RCVBUF, &few, sizeof(few));
	wait = (struct transport_wait){.ready = ready};
	wait.flow.peer.address = net_address("127.0.0.1", 0);
	ck_assert_int_eq(bind(server, &wait.flow.peer.address.any,
			      address_len(&wait.flow.peer.address)),
			 0);
	ck_assert_int_eq(listen(server, 1), 0);
	ck_assert_int_eq(
		getsockname(server, &wait.flow.peer.address.any, &size), 0);
	wait.flow.listener = -1;
	transport_connect(net.transport, &wait);
	net_until(&net, is_ready, true, 5000);
	peer = accept(server, NULL, NULL);
	for (size_t i = 0; i < MOST; i++)
		letters[i] = (char)('a' + i * 7 % 26);
}

static void tear_down(void)
{
	net_close(&net);
	close(peer);
	close(server);
}

/* Message @p i: its number, then letters. */
static void stream(int i, size_t len)
{
	struct view message = {.at = letters, .len = len};

	memcpy(letters, &i, sizeof(i));
	ck_assert_int_eq(transport_stream(net.transport, &wait.flow, message,
					  &unsent[i]),
			 ERR_OK);
}

/* The peer reads message @p i, of @p len bytes, next. */
static void expect(int i, size_t len)
{
	static char got[MOST];
	size_t have = 0;

	memcpy(letters, &i, sizeof(i));
	while (have < len) {
		ssize_t n = peer_take(peer, got + have, len - have);

		ck_assert_int_ne(n, 0);
		if (n > 0)
			have += (size_t)n;
		loop_step(net.loop, 0);
	}
	ck_assert_mem_eq(got, letters, len);
}

static size_t length(int i)
{
	return 500 + (size_t)i * 7919 % 9000;
}

START_TEST(a_whole_message_is_cut_out_and_the_rest_is_as_it_was)
{
	enum unsent what[N];
	int n_whole = 0;

	for (int i = 0; i < N; i++)
		stream(i, length(i));
	for (int i = 0; i < N; i++) {
		what[i] = transport_unsent(net.transport, &unsent[i]);
		n_whole += what[i] == UNSENT_WHOLE;
	}
	ck_assert_int_gt(n_whole, N / 2); /* the kernel keeps few */
	ck_assert_int_eq(what[0], UNSENT_NOTHING);
	/* From the middle, then from both ends. */
	for (int i = 1; i < N; i += 3)
		if (what[i] == UNSENT_WHOLE)
			transport_take_back(net.transport, &unsent[i]);
	transport_take_back(net.transport, &unsent[N - 1]);
	for (int i = 0; i < N - 1; i++)
		if (i % 3 != 1 || what[i] != UNSENT_WHOLE)
			expect(i, length(i));
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(transport_unsent(net.transport, &unsent[i]),
				 UNSENT_NOTHING);
	ck_assert_uint_eq(net.n_closed, 0);
	stream(0, 100);
	expect(0, 100);
}
END_TEST

START_TEST(what_was_begun_ends_with_its_connection)
{
	static char got[MOST];
	size_t sent = 0, have = 0;
	int i = 0;
	ssize_t n;

	do {
		ck_assert_int_lt(i, N - 1);
		stream(i, MOST);
		sent += MOST;
	} while (transport_unsent(net.transport, &unsent[i++]) != UNSENT_PART);
	stream(i, 1000);
	transport_take_back(net.transport, &unsent[i - 1]);
	/* It is dead at once: nothing of it can leave any more. */
	ck_assert_int_eq(transport_unsent(net.transport, &unsent[i]),
			 UNSENT_NOTHING);
	net_until(&net, net.n_closed, 1, 5000);
	while ((n = peer_take(peer, got, MOST)) != 0)
		if (n > 0)
			have += (size_t)n;
	ck_assert_uint_lt(have, sent);
	ck_assert_uint_ge(have, sent - MOST);
}
END_TEST

START_TEST(what_may_leave_leaves)
{
	int i = 0;

	do
		stream(i, MOST);
	while (transport_unsent(net.transport, &unsent[i++]) != UNSENT_PART);
	transport_let_leave(net.transport, &unsent[i - 1]);
	transport_take_back(net.transport, &unsent[i - 1]);
	for (int k = 0; k < i; k++)
		expect(k, MOST);
	ck_assert_uint_eq(net.n_closed, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unsent");
	TCase *tcase = tcase_create("what waits on a stream");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase,
		       a_whole_message_is_cut_out_and_the_rest_is_as_it_was);
	tcase_add_test(tcase, what_was_begun_ends_with_its_connection);
	tcase_add_test(tcase, what_may_leave_leaves);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
