/* Server transactions: retransmissions, CANCEL, merged requests and loops. */
#include "tests/unit/edge_help.h"

static void accept_it(struct sip_fixture *s, struct request *request)
{
	const struct header more = {VIEW("X-More"), VIEW("yes")};
	const struct response response = {
		.status = 202, .headers = &more, .n_headers = 1};

	edge_respond(s->edge, request, &response);
}

START_TEST(test_retransmission)
{
	int peer = sip_peer(&sip, 200, 0);
	const struct ask ask = {.method = "MESSAGE",
				.uri = LISTS,
				.more = trusted,
				.branch = "z9hG4bKr"};
	const struct response response = {.status = 202};
	char first[1024];
	const char *answer;

	/* RFC 3261 section 17.2.2: absorbed, then answered the same way. */
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 1);
	edge_respond(sip.edge, sip.requests[0], &response);
	answer = sip_await(&sip, peer, 100);
	ck_assert_int_eq(sip_status(answer), 202);
	snprintf(first, sizeof(first), "%s", answer);
	answer = send_ask(peer, &ask);
	ck_assert_str_eq(answer, first);
	ck_assert_uint_eq(sip.n_requests, 1);
	close(peer);
}
END_TEST

static int tcp_peer(int last)
{
	int peer = socket(AF_INET, SOCK_STREAM, 0);
	union address here, there;

	ck_assert(!address_parse(view_of(sip_host(&sip, last)), 0, &here));
	ck_assert(!address_parse(view_of(sip.host), 5060, &there));
	ck_assert_int_eq(bind(peer, &here.any, sizeof(here.v4)), 0);
	ck_assert_int_eq(connect(peer, &there.any, sizeof(there.v4)), 0);
	return peer;
}

/* RFC 3261 section 17.2.2: timer J is 0 over a stream.  RFC 7332 section 5: who
 * sends no Max-Forwards has sent 70. */
START_TEST(test_nothing_is_kept_for_streams)
{
	int peer = tcp_peer(200);
	const struct response response = {.status = 202};
	char bytes[1024];

	snprintf(bytes, sizeof(bytes),
		 "MESSAGE " LISTS " SIP/2.0\r\n"
		 "Via: SIP/2.0/TCP h;branch=z9hG4bKs\r\n%s"
		 "From: <sip:x@y.z>;tag=1\r\nTo: <" LISTS ">\r\n"
		 "Call-ID: c\r\nCSeq: 1 MESSAGE\r\n"
		 "Content-Length: 0\r\n\r\n",
		 trusted);
	ck_assert_ptr_null(sip_ask(&sip, peer, bytes));
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_int_eq(sip.requests[0]->max_forwards, 70);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 1);
	edge_respond(sip.edge, sip.requests[0], &response);
	ck_assert_int_eq(sip_status(sip_await(&sip, peer, 1000)), 202);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
	close(peer);
}
END_TEST

/* RFC 3261 section 9.2: too late for what is no INVITE. */
START_TEST(test_cancel_changes_nothing)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = trusted,
			  .branch = "z9hG4bKc"};
	const struct response response = {.status = 202};

	ck_assert_ptr_null(send_ask(peer, &ask));
	ask.method = "CANCEL";
	ask.more = NULL;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 200);
	ck_assert_uint_eq(sip.n_requests, 1);
	edge_respond(sip.edge, sip.requests[0], &response);
	ck_assert_int_eq(sip_status(sip_await(&sip, peer, 100)), 202);
	close(peer);
}
END_TEST

/* Whatever cannot be made again from the request is kept with it. */
START_TEST(test_retransmission_of_more)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = trusted,
			  .branch = "z9hG4bKm"};
	const struct header more[] = {{VIEW("Permission-Missing"), VIEW("<a>")},
				      {VIEW("X-More"), VIEW("yes")}};
	const struct response response = {.status = 470,
					  .reason = "Ask Them",
					  .headers = more,
					  .n_headers = 2};
	char first[1024];
	const char *answer;

	ck_assert_ptr_null(send_ask(peer, &ask));
	edge_respond(sip.edge, sip.requests[0], &response);
	snprintf(first, sizeof(first), "%s", sip_await(&sip, peer, 100));
	ck_assert_int_eq(strncmp(first, "SIP/2.0 470 Ask Them\r\n", 22), 0);
	ck_assert_str_eq(sip_header(first, "X-More"), "yes");
	answer = send_ask(peer, &ask);
	ck_assert_str_eq(answer, first);
	/* With somebody else's address under it, it gets them nothing. */
	ck_assert_ptr_null(send_ask(fd, &ask));
	/* Another request on the same branch, and one cut short, are no
	 * retransmissions: they get nothing. */
	ask.cseq = 2;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ask.cseq = 1;
	ask.more = NULL;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	close(peer);
}
END_TEST

START_TEST(test_merged_and_loops)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = trusted,
			  .body = "one"};

	sip.act = accept_it;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 202);
	/* RFC 3261 section 8.2.2.2: the same request by another way. */
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 482);
	/* Said again, a hop less or not: fine.  Much less: it went round. */
	ask.cseq = 2;
	ask.max_forwards = 69;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 202);
	ask.cseq = 3;
	ask.max_forwards = 68;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 482);
	ask.body = "two";
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 202);
	close(peer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("server_txn_test");
	TCase *tcase = tcase_create("edge");
	SRunner *runner = srunner_create(suite);
	int failed;
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, test_retransmission);
	tcase_add_test(tcase, test_nothing_is_kept_for_streams);
	tcase_add_test(tcase, test_cancel_changes_nothing);
	tcase_add_test(tcase, test_retransmission_of_more);
	tcase_add_test(tcase, test_merged_and_loops);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
