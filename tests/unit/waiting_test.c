/* A step that waits: what was received goes on rightly, however the world has
 * changed meanwhile. */
#include "server/edge/waiting.h"
#include "tests/unit/edge_help.h"

#define FETCHES (WAITING_MAX + 1)

/** What a step waits for. */
struct fetch {
	struct waiting *waiting; /**< NULL: it has come, or nobody waits */
};

static struct fetch fetches[FETCHES];
static size_t n_fetches, n_dropped, n_come;
static int verdict; /* of what comes; 0: go on */

static void fetch_drop(void *work)
{
	struct fetch *fetch = work;

	ck_assert_ptr_nonnull(fetch->waiting);
	fetch->waiting = NULL;
	n_dropped++;
}

static enum intake_progress intake_fetch(struct intake *intake)
{
	struct fetch *fetch = intake->work;

	if (fetch) {
		intake->work = NULL;
		n_come++;
		return verdict ? intake_refuse(intake, verdict, NULL)
			       : INTAKE_NEXT;
	}
	ck_assert_uint_lt(n_fetches, FETCHES);
	fetch = &fetches[n_fetches];
	fetch->waiting = waiting_begin(intake, fetch_drop, fetch);
	if (!fetch->waiting)
		return waiting_refused(intake);
	n_fetches++;
	return INTAKE_WAIT;
}

/* The steps of the product, and one more. */
const struct intake_step intake_steps[] = {
	{"rate", intake_rate, true},
	{"shed", intake_shed, false},
	{"syntax", intake_syntax, false},
	{"target", intake_target, false},
	{"rules", intake_rules, false},
	{"identify", intake_identify, true},
	{"fetch", intake_fetch, true},
	{"admit", intake_admit, true},
	{"read", intake_read, true},
	{"loops", intake_loops, true},
	{"hand over", intake_hand_over, true},
};
const size_t n_intake_steps = sizeof(intake_steps) / sizeof(intake_steps[0]);

static void fetch_come(struct fetch *fetch)
{
	struct waiting *waiting = fetch->waiting;

	ck_assert_ptr_nonnull(waiting);
	fetch->waiting = NULL;
	waiting_resume(waiting);
	sip_turn(&sip, 0);
}

static void begin(void)
{
	memset(fetches, 0, sizeof(fetches));
	n_fetches = n_dropped = n_come = 0;
	verdict = 0;
	sip_init(&sip);
	sip_account(&sip, "nora");
	sip.settings.unanswered_max = sip.settings.transactions_max = 1000;
	sip_open(&sip);
	fd = sip_peer(&sip, 2, 0);
	user = "nora";
	password = "secret";
}

/* Nothing is left that an owner does not have. */
static void end(void)
{
	close(fd);
	sip_close(&sip);
}

static void ok_send(struct request *request)
{
	const struct response ok = {.status = 202};

	edge_respond(sip.edge, request, &ok);
}

/* Longer than any request before, and of other names. */
static void overwrite(void)
{
	static char more[4096];
	const struct ask ask = {
		.method = "OPTIONS",
		.uri = "sip:" SIP_DOMAIN,
		.from = "<sip:eve@example.org>",
		.more = more,
		.body = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"};

	memset(more, 'z', sizeof(more) - 1);
	memcpy(more, "Subject: ", 9);
	memcpy(more + sizeof(more) - 60, "\r\nContent-Type: text/plain\r\n",
	       28);
	more[sizeof(more) - 32] = '\0';
	ck_assert_int_ne(sip_status(send_ask(fd, &ask)), 0);
}

static const char *message(const char *branch, int cseq)
{
	static char more[2048];
	const struct ask ask = {.method = "MESSAGE",
				.uri = LISTS,
				.branch = branch,
				.cseq = cseq,
				.body = "meet at the mill",
				.more = more};

	snprintf(more, sizeof(more), "%s%s",
		 credentials(challenge(), "MESSAGE", LISTS, 1),
		 "Subject: mill\r\nContent-Type: text/plain\r\n");
	return ask_write(&ask);
}

START_TEST(goes_on_after_the_next_datagram)
{
	const struct request *request;
	const char *answered;

	ck_assert_ptr_null(sip_ask(&sip, fd, message("z9hG4bKwait", 7)));
	ck_assert_uint_eq(n_fetches, 1);
	ck_assert_uint_eq(sip.n_requests, 0);
	overwrite();
	fetch_come(&fetches[0]);
	ck_assert_uint_eq(sip.n_requests, 1);
	request = sip.requests[0];
	ck_assert_int_eq(request->purpose, PURPOSE_LIST);
	ck_assert_str_eq(request->method, "MESSAGE");
	ck_assert_str_eq(request->target, LISTS);
	ck_assert_str_eq(request->call_id, "c1@client");
	ck_assert_str_eq(request->from, "<sip:nora@" SIP_DOMAIN ">");
	ck_assert_str_eq(request->from_key, "sip:nora@" SIP_DOMAIN);
	ck_assert_str_eq(request->sender.aor[0], "sip:nora@" SIP_DOMAIN);
	ck_assert_int_eq(request->max_forwards, 70);
	ck_assert(view_equal(request->body, VIEW("meet at the mill")));
	ck_assert(view_equal(request->content_type, VIEW("text/plain")));
	ck_assert_uint_eq(request->n_headers, 1);
	ck_assert(view_equal(request->headers[0].value, VIEW("mill")));
	overwrite();
	ok_send(sip.requests[0]);
	answered = sip_await(&sip, fd, 100);
	ck_assert_int_eq(sip_status(answered), 202);
	ck_assert_ptr_nonnull(strstr(answered, "branch=z9hG4bKwait"));
	ck_assert_str_eq(sip_header(answered, "CSeq"), "7 MESSAGE");
	ck_assert_str_eq(sip_header(answered, "Call-ID"), "c1@client");
}
END_TEST

/* The key of a request that waited is that of one that did not. */
START_TEST(is_the_same_request)
{
	char bytes[8192];

	snprintf(bytes, sizeof(bytes), "%s", message("z9hG4bKone", 7));
	ck_assert_ptr_null(sip_ask(&sip, fd, bytes));
	overwrite();
	fetch_come(&fetches[0]);
	ok_send(sip.requests[0]);
	ck_assert_int_eq(sip_status(sip_await(&sip, fd, 100)), 202);
	/* Timer J: it is answered, and not taken again. */
	ck_assert_int_eq(sip_status(sip_ask(&sip, fd, bytes)), 202);
	ck_assert_uint_eq(n_fetches, 1);
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

START_TEST(a_retransmission_waits_with_it)
{
	char bytes[8192];

	snprintf(bytes, sizeof(bytes), "%s", message("z9hG4bKtwice", 7));
	ck_assert_ptr_null(sip_ask(&sip, fd, bytes));
	ck_assert_ptr_null(sip_ask(&sip, fd, bytes));
	ck_assert_uint_eq(n_fetches, 1);
	fetch_come(&fetches[0]);
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_ptr_null(sip_ask(&sip, fd, bytes));
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

/* RFC 3261 section 8.2.2.2: by another way, while the first one waits. */
START_TEST(a_merged_one_is_refused)
{
	char first[8192];

	snprintf(first, sizeof(first), "%s", message("z9hG4bKa", 7));
	ck_assert_ptr_null(sip_ask(&sip, fd, first));
	ck_assert_ptr_null(sip_ask(&sip, fd, message("z9hG4bKb", 7)));
	ck_assert_uint_eq(n_fetches, 2);
	fetch_come(&fetches[1]);
	ck_assert_int_eq(sip_status(sip_await(&sip, fd, 100)), 482);
	fetch_come(&fetches[0]);
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

START_TEST(may_be_refused_in_the_end)
{
	ck_assert_ptr_null(sip_ask(&sip, fd, message(NULL, 7)));
	overwrite();
	verdict = 403;
	fetch_come(&fetches[0]);
	ck_assert_int_eq(sip_status(sip_await(&sip, fd, 100)), 403);
	ck_assert_uint_eq(sip.n_requests, 0);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
	ck_assert(edge_is_idle(sip.edge));
}
END_TEST

/* The bound of what is in work holds for those that waited, too. */
START_TEST(others_fill_the_module_meanwhile)
{
	ck_assert_ptr_null(sip_ask(&sip, fd, message(NULL, 7)));
	sip.is_full = true;
	fetch_come(&fetches[0]);
	ck_assert_int_eq(sip_status(sip_await(&sip, fd, 100)), 503);
	ck_assert_uint_eq(sip.n_requests, 0);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
}
END_TEST

/* Its connection is gone when it goes on: it counts, and nobody is told. */
START_TEST(the_sender_goes_away)
{
	union address here, there;
	int stream = socket(AF_INET, SOCK_STREAM, 0);
	const char *bytes = message(NULL, 7);

	ck_assert(!address_parse(view_of(sip_host(&sip, 2)), 0, &here));
	ck_assert(!address_parse(view_of(sip.host), 5060, &there));
	ck_assert_int_eq(bind(stream, &here.any, sizeof(here.v4)), 0);
	ck_assert_int_eq(connect(stream, &there.any, sizeof(there.v4)), 0);
	ck_assert_int_eq(send(stream, bytes, strlen(bytes), 0),
			 (ssize_t)strlen(bytes));
	while (n_fetches == 0)
		loop_step(sip.loop, 5);
	close(stream);
	while (sip_gauge(&sip, GAUGE_CONNECTIONS) > 0)
		loop_step(sip.loop, 5);
	fetch_come(&fetches[0]);
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert(view_equal(sip.requests[0]->body, VIEW("meet at the mill")));
	ok_send(sip.requests[0]);
}
END_TEST

static const struct ask removal = {.method = "PUBLISH",
				   .uri = GRANT,
				   .more = "SIP-If-Match: a\r\nExpires: 0\r\n"};

/* A stop refuses what waits; to withdraw a grant is a deny, and goes on. */
START_TEST(a_stop)
{
	ck_assert_ptr_null(sip_ask(&sip, fd, message(NULL, 7)));
	ck_assert_ptr_null(send_ask(fd, &removal));
	ck_assert_uint_eq(n_fetches, 2);
	ck_assert(!edge_is_idle(sip.edge));
	edge_drain(sip.edge);
	ck_assert_int_eq(sip_status(sip_await(&sip, fd, 100)), 503);
	ck_assert_uint_eq(n_dropped, 1);
	ck_assert(!edge_is_idle(sip.edge));
	fetch_come(&fetches[1]);
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_int_eq(sip.requests[0]->purpose, PURPOSE_CONSENT);
	ck_assert_str_eq(sip.requests[0]->if_match, "a");
}
END_TEST

/* A deny waits for nothing, and whatever waits goes on as it was. */
START_TEST(a_deny_meanwhile)
{
	const struct ask deny = {.method = "PUBLISH",
				 .uri = "sip:d-" HEX "@" SIP_DOMAIN};

	ck_assert_ptr_null(sip_ask(&sip, fd, message(NULL, 7)));
	ck_assert_ptr_null(send_ask(fd, &deny));
	ck_assert_uint_eq(n_fetches, 1);
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_int_eq(sip.requests[0]->token_kind, TOKEN_DENY);
	edge_quiesce(sip.edge);
	ok_send(sip.requests[0]);
	ck_assert_int_eq(sip_status(sip_await(&sip, fd, 100)), 202);
	fetch_come(&fetches[0]);
	ck_assert_uint_eq(sip.n_requests, 2);
	ck_assert(view_equal(sip.requests[1]->body, VIEW("meet at the mill")));
}
END_TEST

static void send_grant(int peer, int cseq)
{
	const struct ask ask = {
		.method = "PUBLISH", .uri = GRANT, .cseq = cseq};
	const char *bytes = ask_write(&ask);

	ck_assert_int_gt(send(peer, bytes, strlen(bytes), 0), 0);
}

static void await_fetches(size_t n)
{
	for (int i = 0; i < 1000 && n_fetches < n; i++)
		loop_step(sip.loop, 5);
	ck_assert_uint_eq(n_fetches, n);
}

START_TEST(a_source_has_its_bound)
{
	int other = sip_peer(&sip, 3, 0);

	for (int i = 1; i <= WAITING_SOURCE_MAX; i++)
		send_grant(fd, i);
	await_fetches(WAITING_SOURCE_MAX);
	send_grant(fd, 100);
	ck_assert_int_eq(sip_status(sip_await(&sip, fd, 1000)), 503);
	send_grant(other, 1);
	await_fetches(WAITING_SOURCE_MAX + 1);
	/* There is room again for one that comes. */
	verdict = 403;
	fetch_come(&fetches[0]);
	ck_assert_int_eq(sip_status(sip_await(&sip, fd, 100)), 403);
	send_grant(fd, 101);
	await_fetches(WAITING_SOURCE_MAX + 2);
	close(other);
}
END_TEST

/* Peers of a trust domain carry the traffic of many; but not without end. */
START_TEST(all_have_a_bound)
{
	int peer = sip_peer(&sip, 200, 0);

	for (int i = 1; i <= WAITING_MAX; i++) {
		send_grant(peer, i);
		loop_step(sip.loop, 0);
	}
	await_fetches(WAITING_MAX);
	send_grant(peer, 1000);
	ck_assert_int_eq(sip_status(sip_await(&sip, peer, 1000)), 503);
	/* Those that wait for somebody else are no queue of ours. */
	sip_turn(&sip, 2 * LATE_MS);
	ck_assert(!server_txns_are_late(sip.sip));
	close(peer);
}
END_TEST

/* end() finds nothing left. */
START_TEST(the_edge_goes_away)
{
	ck_assert_ptr_null(sip_ask(&sip, fd, message(NULL, 7)));
	ck_assert_ptr_null(send_ask(fd, &removal));
	edge_free(sip.edge);
	ck_assert_uint_eq(n_dropped, 2);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
	sip.edge = NULL;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("waiting_test");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int n_failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, goes_on_after_the_next_datagram);
	tcase_add_test(tcase, is_the_same_request);
	tcase_add_test(tcase, a_retransmission_waits_with_it);
	tcase_add_test(tcase, a_merged_one_is_refused);
	tcase_add_test(tcase, may_be_refused_in_the_end);
	tcase_add_test(tcase, others_fill_the_module_meanwhile);
	tcase_add_test(tcase, the_sender_goes_away);
	tcase_add_test(tcase, a_stop);
	tcase_add_test(tcase, a_deny_meanwhile);
	tcase_add_test(tcase, a_source_has_its_bound);
	tcase_add_test(tcase, all_have_a_bound);
	tcase_add_test(tcase, the_edge_goes_away);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed > 0;
}
