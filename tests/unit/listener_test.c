/* server/sip alone: requests go up to whoever listens.  Linked without the
 * edge, the rules and the database. */
#include "server/sip/received.h"
#include "server/sip/receive.h"
#include "server/sip/respond.h"
#include "server/sip/server_txn.h"

#include <check.h>
#include <unistd.h>

#define HEAD(method, branch)                                                   \
	method " sip:relay.example.com SIP/2.0\r\n"                            \
	       "Via: SIP/2.0/UDP client;rport;branch=" branch "\r\n"           \
	       "From: <sip:a@b.c>;tag=1\r\nTo: <sip:d@e.f>\r\n"                \
	       "Call-ID: c1\r\nCSeq: 1 " method "\r\n\r\n"

static struct loop *loop;
static struct counters counters;
static struct sip *sip;
static struct flow from;
static struct arena *arena;
static struct server_txn *txn;
static int n_requests, n_unframed, n_dropped;
static bool is_claiming, is_dropping;

static bool claim(void *arg, struct view bytes, struct claim *ret)
{
	(void)arg;
	*ret = (struct claim){.method = VIEW("FLY"),
			      .uri = view_head(bytes, 3),
			      .identity = "0123456789abcde",
			      .has_reserve = true};
	return is_claiming;
}

static bool drop(void *arg, struct view bytes)
{
	(void)arg;
	(void)bytes;
	n_dropped += is_dropping;
	return is_dropping;
}

static bool request(void *arg, struct received *received)
{
	(void)arg;
	n_requests++;
	if (received->claim) {
		ck_assert(view_equal(received->message->method, VIEW("FLY")));
		ck_assert_uint_eq(received->identity.len, CLAIM_LEN);
	} else {
		ck_assert_ptr_null(received_syntax_fault(received));
	}
	ck_assert(!server_txn_keep(received, arena, &txn));
	return true;
}

static void unframed(void *arg, struct received *received, enum err why)
{
	const struct reply reply = {.status = 400};

	(void)arg;
	ck_assert_int_eq(why, ERR_SYNTAX);
	n_unframed++;
	respond_reply(received, &reply);
}

static const struct sip_listener listener = {
	.claim = claim, .drop = drop, .request = request, .unframed = unframed};

static void setup(void)
{
	static char uri[64];
	static const char *const listen[] = {uri};
	const struct sip_settings settings = {.loop = loop = loop_new(),
					      .counters = &counters,
					      .domain = "relay.example.com",
					      .listen = listen,
					      .n_listen = 1,
					      .transactions_max = 1,
					      .unanswered_max = 1};
	struct sip_problem problem;

	snprintf(uri, sizeof(uri), "sip:127.%d.%d.1:5060",
		 32 + getpid() / 251 % 32, getpid() % 251);
	ck_assert_msg(!sip_new(&settings, &sip, &problem), "%s", problem.what);
	ck_assert(!address_parse(VIEW("127.0.0.1"), 9, &from.peer.address));
	arena = arena_new(0);
}

static void teardown(void)
{
	sip_free(sip);
	ck_assert_ptr_null(txn); /* its owner was told */
	arena_free(arena);
	loop_free(loop);
}

static uint64_t n_of(enum counter counter)
{
	return atomic_load(&counters.counts[counter]);
}

START_TEST(nobody_listens)
{
	sip_receive(sip, VIEW(HEAD("OPTIONS", "z9hG4bKa")), &from);
	ck_assert(!sip_unframed(sip, VIEW(HEAD("OPTIONS", "z9hG4bKa")), &from,
				ERR_SYNTAX));
	ck_assert_uint_eq(n_of(COUNT_DROPPED), 1);
	ck_assert(sip_idle(sip));
}
END_TEST

START_TEST(a_request_goes_up_once)
{
	const struct response_parts parts = {.status = 200};

	sip_listen(sip, &listener);
	sip_receive(sip, VIEW(HEAD("OPTIONS", "z9hG4bKa")), &from);
	sip_receive(sip, VIEW(HEAD("OPTIONS", "z9hG4bKa")), &from);
	ck_assert_int_eq(n_requests, 1);
	ck_assert(!sip_idle(sip));
	server_txn_respond(txn, &parts);
	ck_assert_ptr_null(txn);
	ck_assert(sip_idle(sip));
	ck_assert_uint_eq(n_of(COUNT_RESPONSES_2XX), 1);
	/* Timer J: the answer comes again. */
	sip_receive(sip, VIEW(HEAD("OPTIONS", "z9hG4bKa")), &from);
	ck_assert_int_eq(n_requests, 1);
	/* Nobody answers an ACK. */
	sip_receive(sip, VIEW(HEAD("ACK", "z9hG4bKb")), &from);
	ck_assert_int_eq(n_requests, 1);
}
END_TEST

/* A claimed one is another request than the one with the same branch, has room
 * of its own, and is told from those that are dropped. */
START_TEST(a_claimed_request)
{
	struct server_txn *first;

	sip_listen(sip, &listener);
	sip_receive(sip, VIEW(HEAD("OPTIONS", "z9hG4bKa")), &from);
	first = txn;
	is_claiming = is_dropping = true;
	server_txn_move(first, &first);
	sip_receive(sip, VIEW(HEAD("OPTIONS", "z9hG4bKa")), &from);
	ck_assert_int_eq(n_requests, 2);
	ck_assert_int_eq(n_dropped, 0);
	ck_assert_ptr_ne(first, txn);
	server_txn_drop(first);
	ck_assert_ptr_null(first);
	is_claiming = false;
	sip_receive(sip, VIEW(HEAD("OPTIONS", "z9hG4bKb")), &from);
	ck_assert_int_eq(n_requests, 2);
	ck_assert_int_eq(n_dropped, 1);
}
END_TEST

START_TEST(what_cannot_be_framed)
{
	sip_listen(sip, &listener);
	ck_assert(!sip_unframed(sip, VIEW(HEAD("OPTIONS", "z9hG4bKa")), &from,
				ERR_SYNTAX));
	ck_assert_int_eq(n_unframed, 1);
	ck_assert_uint_eq(n_of(COUNT_RESPONSES_4XX), 1);
	is_claiming = true;
	ck_assert(sip_unframed(sip, VIEW(HEAD("OPTIONS", "z9hG4bKb")), &from,
			       ERR_UNREACHABLE));
	ck_assert_int_eq(n_requests, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("listener_test");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int n_failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, nobody_listens);
	tcase_add_test(tcase, a_request_goes_up_once);
	tcase_add_test(tcase, a_claimed_request);
	tcase_add_test(tcase, what_cannot_be_framed);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed > 0;
}
