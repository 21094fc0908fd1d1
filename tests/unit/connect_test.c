/* Connections that we open, and running out of descriptors. */
#include "server/base/text.h"
#include "tests/unit/transport_help.h"

#include <check.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TCP 1

static struct net net;

static void set_up(void)
{
	net_init(&net);
}

static void tear_down(void)
{
	net_close(&net);
}

struct waiting {
	struct transport_wait wait;
	int n_ready;
	enum err err;
};

static void ready(struct transport_wait *wait, enum err err)
{
	/* The wait is the first member. */
	struct waiting *waiting = (struct waiting *)wait;

	waiting->n_ready++;
	waiting->err = err;
}

static void wait_begin(struct waiting *waiting, const union address *to)
{
	*waiting = (struct waiting){
		.wait = {.flow = {.peer.address = *to, .listener = -1},
			 .ready = ready}};
	transport_connect(net.transport, &waiting->wait);
	ck_assert_int_eq(waiting->n_ready, 0); /* never at once */
}

/* A plain listening socket on 127.0.0.1; @p backlog of listen(). */
static int server_open(int backlog, union address *ret)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(*ret);

	*ret = net_address("127.0.0.1", 0);
	ck_assert_int_eq(bind(fd, &ret->any, address_len(ret)), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, &ret->any, &len), 0);
	return fd;
}

START_TEST(a_new_connection_carries_both_ways)
{
	struct waiting waiting;
	union address to, from;
	socklen_t len = sizeof(from);
	struct text hello;
	int server, peer;

	net_open(&net);
	server = server_open(5, &to);
	wait_begin(&waiting, &to);
	net_until(&net, waiting.n_ready, 1, 5000);
	ck_assert_int_eq(waiting.err, ERR_OK);
	ck_assert_uint_ne(waiting.wait.flow.connection, 0);
	ck_assert_int_eq(waiting.wait.flow.listener, TCP);
	peer = accept(server, &from.any, &len);
	ck_assert_int_eq(transport_send(net.transport, &waiting.wait.flow,
					VIEW("there")),
			 ERR_OK);
	peer_expect(&net, peer, "there");
	message_make(&hello, "back");
	peer_say(peer, hello.at);
	net_until(&net, net.n_received, 1, 5000);
	ck_assert_uint_eq(net.from.connection, waiting.wait.flow.connection);
	ck_assert(address_equal(&net.from.peer.address, &to));
	/* The peer leaves: nothing can be sent any more. */
	close(peer);
	net_until(&net, net.n_closed, 1, 5000);
	ck_assert_int_eq(transport_send(net.transport, &waiting.wait.flow,
					VIEW("there")),
			 ERR_UNREACHABLE);
	text_release(&hello);
	close(server);
}
END_TEST

START_TEST(one_connection_serves_all_who_want_it)
{
	struct waiting first, second, third;
	union address to;
	int server;

	net_open(&net);
	server = server_open(5, &to);
	wait_begin(&first, &to);
	wait_begin(&second, &to);
	net_until(&net, first.n_ready + second.n_ready, 2, 5000);
	wait_begin(&third, &to);
	net_until(&net, third.n_ready, 1, 5000);
	ck_assert_int_eq(first.err | second.err | third.err, ERR_OK);
	ck_assert_uint_eq(first.wait.flow.connection,
			  second.wait.flow.connection);
	ck_assert_uint_eq(first.wait.flow.connection,
			  third.wait.flow.connection);
	ck_assert_int_eq(net_gauge(&net, GAUGE_CONNECTIONS), 1);
	close(server);
}
END_TEST

START_TEST(an_accepted_connection_is_never_used_for_its_address)
{
	struct waiting before, after;
	struct text hello;
	uint64_t accepted;
	int stranger, server;

	net_open(&net);
	stranger = net_peer(&net, TCP, "127.0.0.1");
	message_make(&hello, "hello");
	peer_say(stranger, hello.at);
	net_until(&net, net.n_received, 1, 5000);
	accepted = net.from.connection;
	/* Nobody listens there: that is an error, not a use for the stream. */
	wait_begin(&before, &net.from.peer.address);
	net_until(&net, before.n_ready, 1, 5000);
	ck_assert_int_eq(before.err, ERR_UNREACHABLE);
	/* What we opened is found beside it, and responses still go back. */
	server = server_open(5, &net.from.peer.address);
	wait_begin(&after, &net.from.peer.address);
	net_until(&net, after.n_ready, 1, 5000);
	ck_assert_int_eq(after.err, ERR_OK);
	ck_assert_uint_ne(after.wait.flow.connection, accepted);
	net.from.connection = accepted;
	ck_assert_int_eq(
		transport_send(net.transport, &net.from, VIEW("answer")),
		ERR_OK);
	peer_expect(&net, stranger, "answer");
	text_release(&hello);
	close(stranger);
	close(server);
}
END_TEST

START_TEST(it_comes_from_the_address_we_listen_on)
{
	struct waiting waiting;
	union address to, from, here = net_address("127.0.0.3", 0);
	socklen_t len = sizeof(from);
	uint8_t a[16], b[16];
	int server, peer;

	net_open(&net);
	ck_assert_int_eq(transport_listen(net.transport, PROTOCOL_TCP, &here),
			 ERR_OK);
	server = server_open(5, &to);
	waiting = (struct waiting){
		.wait = {.flow = {.peer.address = to, .listener = 2},
			 .ready = ready}};
	transport_connect(net.transport, &waiting.wait);
	net_until(&net, waiting.n_ready, 1, 5000);
	ck_assert_int_eq(waiting.err, ERR_OK);
	peer = accept(server, &from.any, &len);
	address_bytes(&from, a);
	address_bytes(&here, b);
	ck_assert_mem_eq(a, b, sizeof(a));
	close(peer);
	close(server);
}
END_TEST

START_TEST(a_refused_connection_is_unreachable)
{
	struct waiting waiting;
	union address to;

	net_open(&net);
	close(server_open(5, &to)); /* nobody is there now */
	wait_begin(&waiting, &to);
	net_until(&net, waiting.n_ready, 1, 5000);
	ck_assert_int_eq(waiting.err, ERR_UNREACHABLE);
	ck_assert_uint_eq(waiting.wait.flow.connection, 0);
	ck_assert_uint_eq(net.n_closed, 0); /* it never was */
	ck_assert_int_eq(net_gauge(&net, GAUGE_CONNECTIONS), 0);
}
END_TEST

START_TEST(an_address_that_cannot_be_reached_is_told_too)
{
	struct waiting waiting;
	union address to = net_address("::1", 5060);

	net_open(&net);
	to.v6.sin6_scope_id = 0;
	to.v6.sin6_addr.s6_addr[0] = 0xff; /* no stream to a group */
	wait_begin(&waiting, &to);
	net_until(&net, waiting.n_ready, 1, 5000);
	ck_assert_int_eq(waiting.err, ERR_UNREACHABLE);
}
END_TEST

START_TEST(silence_is_given_up_after_five_seconds)
{
	struct waiting waiting;
	union address to;
	int server, full[8], i;
	int64_t began;

	net_open(&net);
	/* A queue that is full answers no SYN. */
	server = server_open(0, &to);
	for (i = 0; i < 8; i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(full[i], &to.any, address_len(&to));
	}
	began = monotonic_now_ms();
	wait_begin(&waiting, &to);
	net_until(&net, waiting.n_ready, 1, 10000);
	ck_assert_int_eq(waiting.err, ERR_TIMEOUT);
	ck_assert_int_ge(monotonic_now_ms() - began, 4900);
	ck_assert_int_le(monotonic_now_ms() - began, 7500);
	for (i = 0; i < 8; i++)
		close(full[i]);
	close(server);
}
END_TEST

START_TEST(a_forgotten_wait_is_never_told)
{
	struct waiting pending, settled, never = {.n_ready = 0};
	union address to;
	int server;

	net_open(&net);
	server = server_open(5, &to);
	wait_begin(&pending, &to);
	transport_forget(net.transport, &pending.wait);
	transport_forget(net.transport, &pending.wait);
	transport_forget(net.transport, &never.wait);
	net_turn(&net, 50);
	wait_begin(&settled, &to); /* it is open: told at the end of the turn */
	transport_forget(net.transport, &settled.wait);
	net_turn(&net, 50);
	ck_assert_int_eq(pending.n_ready + settled.n_ready, 0);
	close(server);
}
END_TEST

START_TEST(there_is_a_limit_on_what_we_open)
{
	struct waiting first, second;
	union address to, other;
	int server, other_server;

	net.settings.connections_max = 1;
	net_open(&net);
	server = server_open(5, &to);
	other_server = server_open(5, &other);
	wait_begin(&first, &to);
	wait_begin(&second, &other);
	net_until(&net, first.n_ready + second.n_ready, 2, 5000);
	ck_assert_int_eq(first.err, ERR_OK);
	ck_assert_int_eq(second.err, ERR_BUSY);
	/* Strangers have their own. */
	close(net_peer(&net, TCP, "127.0.0.1"));
	net_turn(&net, 20);
	ck_assert_uint_eq(net_count(&net, COUNT_OVERLOAD), 0);
	close(server);
	close(other_server);
}
END_TEST

static int64_t cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

START_TEST(without_descriptors_nothing_spins_and_it_recovers)
{
	struct rlimit files, few;
	int peers[20], next, i;
	struct text hello;
	int64_t cpu;

	net_open(&net);
	message_make(&hello, "hello");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	/* The peers are made first: only accepting fails. */
	for (i = 0; i < 20; i++)
		peers[i] = net_peer(&net, TCP, "127.0.0.1");
	next = open("/dev/null", O_RDONLY);
	close(next);
	few = files;
	few.rlim_cur = (rlim_t)next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	cpu = cpu_ms();
	net_turn(&net, 1000);
	cpu = cpu_ms() - cpu;
	ck_assert_int_lt(cpu, 300);
	ck_assert_uint_ge(net_count(&net, COUNT_OVERLOAD), 1);
	/* Those in front were hung up on, not left hanging. */
	peer_expect_end(&net, peers[0], 100);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	peer_say(peers[19], hello.at);
	net_until(&net, net.n_received, 1, 5000);
	for (i = 0; i < 20; i++)
		close(peers[i]);
	text_release(&hello);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("connect");
	TCase *tcase = tcase_create("connections of ours");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_new_connection_carries_both_ways);
	tcase_add_test(tcase, one_connection_serves_all_who_want_it);
	tcase_add_test(tcase,
		       an_accepted_connection_is_never_used_for_its_address);
	tcase_add_test(tcase, it_comes_from_the_address_we_listen_on);
	tcase_add_test(tcase, a_refused_connection_is_unreachable);
	tcase_add_test(tcase, an_address_that_cannot_be_reached_is_told_too);
	tcase_add_test(tcase, silence_is_given_up_after_five_seconds);
	tcase_add_test(tcase, a_forgotten_wait_is_never_told);
	tcase_add_test(tcase, there_is_a_limit_on_what_we_open);
	tcase_add_test(tcase,
		       without_descriptors_nothing_spins_and_it_recovers);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
