/* Too many requests, too fast or too late. */
#include "tests/unit/edge_help.h"

START_TEST(test_too_many)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};
	const char *answer;

	sip_close(&sip);
	sip_init(&sip);
	sip.settings.transactions_max = 2;
	sip_open(&sip);
	for (ask.cseq = 1; ask.cseq < 3; ask.cseq++)
		ck_assert_ptr_null(send_ask(peer, &ask));
	answer = send_ask(peer, &ask);
	ck_assert_int_eq(sip_status(answer), 503);
	ck_assert_ptr_nonnull(sip_header(answer, "Retry-After"));
	ck_assert_uint_eq(sip_count(&sip, COUNT_OVERLOAD), 1);
	/* Saying no is never too much. */
	ask = (struct ask){.method = "PUBLISH",
			   .uri = "sip:d-" HEX "@" SIP_DOMAIN};
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 3);
	ck_assert_int_eq(sip.requests[2]->token_kind, TOKEN_DENY);
	close(peer);
}
END_TEST

/* What waits for an answer is bounded by itself; what has one is small. */
START_TEST(test_too_many_unanswered)
{
	int peer = sip_peer(&sip, 200, 0);
	const struct response ok = {.status = 200};
	struct ask ask = {.method = "PUBLISH",
			  .uri = "sip:g-" HEX "@" SIP_DOMAIN};

	sip_close(&sip);
	sip_init(&sip);
	sip.settings.unanswered_max = 2;
	sip_open(&sip);
	for (ask.cseq = 1; ask.cseq < 3; ask.cseq++)
		ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 503);
	ask.uri = "sip:d-" HEX "@" SIP_DOMAIN;
	for (ask.cseq = 4; ask.cseq < 6; ask.cseq++)
		ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 503);
	for (int i = 0; i < 4; i++)
		edge_respond(sip.edge, sip.requests[i], &ok);
	ask.cseq++;
	while (sip_await(&sip, peer, 100))
		;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 5);
	close(peer);
}
END_TEST

START_TEST(test_shed)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};
	const char *answer;

	/* While the relay is full nobody is asked to authenticate; what has
	 * come before is still known, and replies to permission requests are
	 * taken. */
	ask.branch = "z9hG4bKs1";
	ck_assert_ptr_null(send_ask(peer, &ask));
	sip.is_full = true;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ask.branch = NULL;
	ask.cseq = 2;
	answer = send_ask(peer, &ask);
	ck_assert_int_eq(sip_status(answer), 503);
	ck_assert_str_eq(sip_header(answer, "Retry-After"), "5");
	ck_assert_uint_eq(sip_count(&sip, COUNT_OVERLOAD), 1);
	ck_assert(edge_is_shedding(sip.edge));
	ask = (struct ask){.method = "PUBLISH",
			   .uri = "sip:d-" HEX "@" SIP_DOMAIN};
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 2);
	sip.is_full = false;
	ask = (struct ask){.method = "MESSAGE", .uri = LISTS, .cseq = 3};
	ask.more = trusted;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 3);
	close(peer);
}
END_TEST

/* How long the datagram that is next waited, as the kernel says. */
static int64_t waited_ms(int peer)
{
	_Alignas(struct cmsghdr) char control[256];
	char byte;
	struct iovec piece = {&byte, 1};
	struct msghdr header = {.msg_iov = &piece,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = sizeof(control)};
	const struct cmsghdr *note;
	struct timespec at;

	ck_assert_int_eq(recvmsg(peer, &header, 0), 1);
	note = CMSG_FIRSTHDR(&header);
	if (!note)
		return 0;
	memcpy(&at, CMSG_DATA(note), sizeof(at));
	return wall_now_ms() - (int64_t)at.tv_sec * 1000 - at.tv_nsec / 1000000;
}

/* The kernel begins to note when datagrams come some time after it was first
 * asked to; until then each seems to come as it is read. */
static void await_timestamps(void)
{
	int peer = sip_peer(&sip, 250, 0), one = 1, i;
	union address self;
	socklen_t len = sizeof(self);

	ck_assert_int_eq(getsockname(peer, &self.any, &len), 0);
	ck_assert_int_eq(connect(peer, &self.any, len), 0);
	ck_assert_int_eq(
		setsockopt(peer, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)),
		0);
	for (i = 0; i < 500; i++) {
		ck_assert_int_eq(send(peer, "x", 1, 0), 1);
		ck_assert_int_eq(poll(NULL, 0, 20), 0);
		if (waited_ms(peer) >= 10)
			break;
	}
	ck_assert_int_lt(i, 500);
	close(peer);
}

/* After T1 a client has sent its request again: the one that waited so long is
 * dropped unread, an answer to a question is not. */
START_TEST(test_outdated)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};
	const char *bytes = ask_write(&ask);

	await_timestamps();
	ck_assert(send(peer, bytes, strlen(bytes), 0) > 0);
	ask = (struct ask){.method = "PUBLISH",
			   .uri = "sip:d-" HEX "@" SIP_DOMAIN};
	bytes = ask_write(&ask);
	ck_assert(send(peer, bytes, strlen(bytes), 0) > 0);
	ck_assert_int_eq(poll(NULL, 0, 600), 0);
	/* Looked at in the turn that dropped it: it passes after a second,
	 * which is not long on a busy machine. */
	while (sip.n_requests < 1)
		ck_assert_ptr_null(sip_await(&sip, peer, 0));
	ck_assert(edge_is_shedding(sip.edge));
	ck_assert_ptr_null(sip_await(&sip, peer, 100));
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_int_eq(sip.requests[0]->token_kind, TOKEN_DENY);
	/* One that comes at once is taken; if we were not let run for T1, the
	 * next one. */
	ask = (struct ask){.method = "MESSAGE", .uri = LISTS, .more = trusted};
	for (int i = 0; i < 50 && sip.n_requests < 2; i++)
		ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 2);
	close(peer);
}
END_TEST

/* Something that stands behind what was sent before. */
static void send_another(void)
{
	struct ask ask = {.method = "OPTIONS", .uri = LISTS};
	const char *bytes = ask_write(&ask);

	ck_assert(send(fd, bytes, strlen(bytes), 0) > 0);
}

/* Each waits a little before it is read, and is not the last; whether it was
 * shed then. */
static bool is_shed_late(int peer, int number)
{
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = trusted,
			  .cseq = number + 1};
	const char *bytes = ask_write(&ask), *answer;

	ck_assert(send(peer, bytes, strlen(bytes), 0) > 0);
	send_another();
	ck_assert_int_eq(poll(NULL, 0, 40), 0);
	answer = sip_await(&sip, peer, 5);
	return answer && sip_status(answer) == 503;
}

/* A burst that waits is served; where all wait for longer, the queue stands. */
START_TEST(test_standing)
{
	int peer = sip_peer(&sip, 200, 0);
	int64_t begin_ms;
	bool is_shed;

	await_timestamps();
	begin_ms = monotonic_now_ms();
	is_shed = is_shed_late(peer, 0);
	ck_assert(!is_shed || monotonic_now_ms() - begin_ms > 200);
	for (int i = 1; !is_shed && i < 40; i++)
		is_shed = is_shed_late(peer, i);
	ck_assert(is_shed);
	close(peer);
}
END_TEST

/* A busy host makes one datagram wait, for whatever time: it is served while
 * nothing stands behind it, and shed where something does. */
START_TEST(test_late_alone)
{
	static const int waits_ms[] = {300, 700};
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};
	const char *bytes;

	await_timestamps();
	for (int i = 0; i < 2; i++) {
		ask.cseq = i + 1;
		bytes = ask_write(&ask);
		ck_assert(send(peer, bytes, strlen(bytes), 0) > 0);
		ck_assert_int_eq(poll(NULL, 0, waits_ms[i]), 0);
		ck_assert_ptr_null(sip_await(&sip, peer, 100));
		ck_assert_uint_eq(sip.n_requests, (size_t)i + 1);
	}
	ck_assert_uint_eq(sip_count(&sip, COUNT_OVERLOAD), 0);
	ask.cseq = 3;
	bytes = ask_write(&ask);
	ck_assert(send(peer, bytes, strlen(bytes), 0) > 0);
	send_another();
	ck_assert_int_eq(poll(NULL, 0, 300), 0);
	ck_assert_int_eq(sip_status(sip_await(&sip, peer, 1000)), 503);
	ck_assert_uint_eq(sip.n_requests, 2);
	close(peer);
}
END_TEST

START_TEST(test_rate)
{
	const struct ask ask = {.method = "OPTIONS", .uri = LISTS};
	int other, n_200 = 0, n_503 = 0;

	sip_close(&sip);
	sip_init(&sip);
	sip.edge_settings.source_rate = 1;
	sip.edge_settings.source_burst = 5;
	sip_open(&sip);
	for (int i = 0; i < 20; i++) {
		const char *bytes = ask_write(&ask);

		send(fd, bytes, strlen(bytes), 0);
	}
	for (const char *a; (a = sip_await(&sip, fd, 100)) != NULL;) {
		n_200 += sip_status(a) == 200;
		n_503 += sip_status(a) == 503;
	}
	/* So many, one word of it, and silence. */
	ck_assert_int_ge(n_200, 5);
	ck_assert_int_le(n_200, 7);
	ck_assert_int_ge(n_503, 1);
	ck_assert_int_le(n_503, 2);
	ck_assert_uint_ge(sip_count(&sip, COUNT_RATE_LIMITED), 12);
	/* Others do not suffer, and peers are not limited. */
	other = sip_peer(&sip, 4, 0);
	ck_assert_int_eq(sip_status(send_ask(other, &ask)), 200);
	close(other);
	other = sip_peer(&sip, 200, 0);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(sip_status(send_ask(other, &ask)), 200);
	close(other);
}
END_TEST

/* A deny is no matter of rate, a guess is; and no guess takes the room that is
 * there for denies. */
START_TEST(test_guesses)
{
	const struct ask ask = {.method = "OPTIONS", .uri = LISTS};
	struct ask deny = {.method = "PUBLISH",
			   .uri = "sip:d-" HEX "@" SIP_DOMAIN};
	int other = sip_peer(&sip, 4, 0);

	sip_close(&sip);
	sip_init(&sip);
	sip.edge_settings.source_rate = 1;
	sip.edge_settings.source_burst = 2;
	sip.settings.unanswered_max = 1;
	sip_open(&sip);
	for (int i = 0; i < 5; i++)
		send_ask(fd, &ask);
	sip.is_guess = true;
	ck_assert_ptr_null(send_ask(fd, &deny));
	ck_assert_uint_eq(sip.n_requests, 0);
	sip.is_guess = false;
	ck_assert_ptr_null(send_ask(fd, &deny));
	ck_assert_uint_eq(sip.n_requests, 1);
	sip.is_guess = true;
	deny.cseq = 2;
	ck_assert_int_eq(sip_status(send_ask(other, &deny)), 503);
	sip.is_guess = false;
	ck_assert_ptr_null(send_ask(other, &deny));
	ck_assert_uint_eq(sip.n_requests, 2);
	close(other);
}
END_TEST

START_TEST(test_rate_spares_the_known)
{
	const struct ask ask = {.method = "OPTIONS", .uri = LISTS};
	struct ask known = {.method = "MESSAGE", .uri = LISTS};
	char offered[512];

	sip_close(&sip);
	sip_init(&sip);
	sip_account(&sip, "nora");
	sip.edge_settings.source_rate = 1;
	sip.edge_settings.source_burst = 2;
	sip_open(&sip);
	snprintf(offered, sizeof(offered), "%s", challenge());
	for (int i = 0; i < 5; i++)
		send_ask(fd, &ask);
	/* Over the rate of its address, with good credentials. */
	known.more = credentials(offered, "MESSAGE", LISTS, 1);
	ck_assert_ptr_null(send_ask(fd, &known));
	ck_assert_uint_eq(sip.n_requests, 1);
	/* With bad ones nothing comes back. */
	known.more = credentials(offered, "MESSAGE", "sip:lists@b.c", 2);
	ck_assert_ptr_null(send_ask(fd, &known));
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

/* The first listener is free, the second is what the edge of setup() has. */
START_TEST(test_busy)
{
	struct sip_settings settings = sip.settings;
	char unused[64];
	const char *listen[] = {unused, sip.settings.listen[1]};
	struct sip_problem problem;
	struct sip *other;

	snprintf(unused, sizeof(unused), "sip:%s:5060", sip_host(&sip, 3));
	settings.listen = listen;
	ck_assert_int_eq(sip_new(&settings, &other, &problem), ERR_EXISTS);
	ck_assert_ptr_eq(problem.listener, listen[1]);
	ck_assert_str_eq(problem.what, "the address cannot be bound");
	settings.n_listen = 0;
	settings.outbound_proxy = "tel:+1555";
	ck_assert_int_ne(sip_new(&settings, &other, &problem), ERR_OK);
	ck_assert_ptr_null(problem.listener);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("overload_test");
	TCase *tcase = tcase_create("edge");
	SRunner *runner = srunner_create(suite);
	int failed;
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, test_too_many);
	tcase_add_test(tcase, test_too_many_unanswered);
	tcase_add_test(tcase, test_shed);
	tcase_add_test(tcase, test_outdated);
	tcase_add_test(tcase, test_standing);
	tcase_add_test(tcase, test_late_alone);
	tcase_add_test(tcase, test_rate);
	tcase_add_test(tcase, test_guesses);
	tcase_add_test(tcase, test_rate_spares_the_known);
	tcase_add_test(tcase, test_busy);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
