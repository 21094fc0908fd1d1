/* The timers of an INVITE's server transaction: nothing waits, the clock is the
 * test's, and a transport only counts what leaves. */
#include <check.h>

#include "server/net/protocol.h"
#include "server/sip/dialog_table.h"
#include "server/sip/server_txn.h"
#include "server/sip/sip_private.h"
#include "tests/fake/fake_loop.h"

#define HEAD                                                                   \
	" sip:lists@relay.example.com SIP/2.0\r\n"                             \
	"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKa\r\n"                  \
	"From: <sip:nora@example.com>;tag=f\r\n"                               \
	"To: <sip:lists@relay.example.com>\r\n"                                \
	"Call-ID: c\r\n"

static struct sip *sip;
static struct counters counters;
static struct flow from;
static struct arena *arena;
static struct server_txn *txn;
static int64_t start_ms;
static int n_sent, n_cancelled;
static char sent[2048]; /* the last one */
static int64_t sent_at[32];
static bool is_dead; /* the way back */

enum err transport_send(struct transport *transport, const struct flow *flow,
			struct view message)
{
	(void)transport;
	(void)flow;
	if (is_dead)
		return ERR_UNREACHABLE;
	ck_assert_uint_lt(message.len, sizeof(sent));
	memcpy(sent, message.at, message.len);
	sent[message.len] = '\0';
	sent_at[n_sent % 32] = monotonic_now_ms() - start_ms;
	n_sent++;
	return ERR_OK;
}

static void read_bytes(const char *bytes, struct received *ret)
{
	message_read(&sip->message, view_of(bytes));
	received_open(sip, &from, NULL, ret);
}

/* An INVITE of somebody known: opened. */
static void open_as(enum protocol protocol)
{
	struct received received;

	from.peer.protocol = protocol;
	read_bytes("INVITE" HEAD "CSeq: 1 INVITE\r\n\r\n", &received);
	ck_assert(!server_txn_absorb(&received));
	ck_assert(!server_txn_keep(&received, arena, &txn));
	server_txn_identified(txn);
	server_txn_open(txn, &received);
	ck_assert_int_eq(n_sent, 1);
	n_sent = 0;
}

static void setup(void)
{
	fake_clock_reset();
	start_ms = monotonic_now_ms();
	memset(&counters, 0, sizeof(counters));
	sip = mem_alloc(sizeof(*sip));
	sip->settings.transactions_max = sip->settings.unanswered_max = 10;
	sip->loop = loop_new();
	sip->counters = &counters;
	shared_text_init(&sip->out);
	shared_text_init(&sip->lines);
	shared_text_init(&sip->scratch);
	sip->server_txns = server_txns_new(sip);
	ck_assert(!address_parse(VIEW("192.0.2.9"), 5060, &from.peer.address));
	arena = arena_new(0);
	txn = NULL;
	n_sent = n_cancelled = 0;
	is_dead = false;
}

static void teardown(void)
{
	server_txns_free(sip->server_txns);
	ck_assert_ptr_null(txn);
	ck_assert_int_eq(atomic_load(&counters.gauges[GAUGE_SERVER_TXN]), 0);
	ck_assert_int_eq(fake_loop_next_ms(sip->loop), -1);
	shared_text_release(&sip->out);
	shared_text_release(&sip->lines);
	shared_text_release(&sip->scratch);
	loop_free(sip->loop);
	free(sip);
	arena_free(arena);
}

static void respond(int status)
{
	const struct response_parts parts = {.status = status};

	server_txn_respond(txn, &parts);
}

/* Let the time pass until so many ms after the beginning. */
static void pass(int64_t until_ms)
{
	int64_t next;

	while ((next = fake_loop_next_ms(sip->loop)) >= 0 &&
	       next <= start_ms + until_ms) {
		fake_loop_move(sip->loop, next);
		fake_loop_turn(sip->loop);
	}
	fake_loop_move(sip->loop, start_ms + until_ms);
	fake_loop_turn(sip->loop);
}

static int64_t transactions(void)
{
	return atomic_load(&counters.gauges[GAUGE_SERVER_TXN]);
}

static bool again(void)
{
	struct received received;

	read_bytes("INVITE" HEAD "CSeq: 1 INVITE\r\n\r\n", &received);
	return server_txn_absorb(&received);
}

static bool ack(void)
{
	struct received received;

	read_bytes("ACK" HEAD "CSeq: 1 ACK\r\n\r\n", &received);
	return server_txn_take_ack(&received);
}

/* RFC 3261 section 17.2.1: T1, doubled up to T2, until timer H. */
START_TEST(timer_g_and_timer_h)
{
	static const int64_t at[] = {0,	    500,   1500,  3500,	 7500, 11500,
				     15500, 19500, 23500, 27500, 31500};

	open_as(PROTOCOL_UDP);
	respond(486);
	ck_assert_ptr_null(txn);
	pass(31999);
	ck_assert_int_eq(n_sent, 11);
	for (int i = 0; i < 11; i++)
		ck_assert_int_eq(sent_at[i], at[i]);
	ck_assert_int_eq(transactions(), 1);
	pass(32000);
	ck_assert_int_eq(n_sent, 11);
	ck_assert_int_eq(transactions(), 0);
	ck_assert_int_eq(atomic_load(&counters.counts[COUNT_UNACKNOWLEDGED]),
			 1);
	/* Sent eleven times, counted once. */
	ck_assert_int_eq(atomic_load(&counters.counts[COUNT_RESPONSES_4XX]), 1);
}
END_TEST

/* Timer I: T4, in which copies of the ACK and of the INVITE are taken. */
START_TEST(timer_i)
{
	open_as(PROTOCOL_UDP);
	respond(486);
	pass(600);
	ck_assert_int_eq(n_sent, 2);
	ck_assert(ack());
	pass(5599);
	ck_assert(ack());
	ck_assert(again());
	ck_assert_int_eq(n_sent, 2);
	ck_assert_int_eq(transactions(), 1);
	pass(5600);
	ck_assert_int_eq(transactions(), 0);
	ck_assert(!ack());
	ck_assert_int_eq(atomic_load(&counters.counts[COUNT_UNACKNOWLEDGED]),
			 0);
}
END_TEST

/* RFC 6026 section 7.1: timer L, on all transports; the owner has it till then.
 */
START_TEST(timer_l)
{
	enum protocol protocol = _i ? PROTOCOL_TCP : PROTOCOL_UDP;

	open_as(protocol);
	respond(200);
	pass(31999);
	ck_assert_int_eq(n_sent, 1);
	ck_assert(again());
	server_txn_repeat(txn);
	ck_assert_int_eq(n_sent, 2);
	/* ACK of the 2xx is the dialog's. */
	ck_assert(!ack());
	pass(32000);
	ck_assert_ptr_null(txn);
	ck_assert_int_eq(transactions(), 0);
}
END_TEST

START_TEST(a_stream_needs_no_repeats)
{
	open_as(PROTOCOL_TCP);
	respond(486);
	pass(31000);
	ck_assert_int_eq(n_sent, 1);
	ck_assert_int_eq(transactions(), 1);
	ck_assert(ack());
	ck_assert_int_eq(transactions(), 0);
}
END_TEST

/* RFC 6026 section 8.8: what cannot be sent changes nothing. */
START_TEST(no_way_back)
{
	is_dead = false;
	open_as(PROTOCOL_UDP);
	is_dead = true;
	respond(180);
	respond(486);
	pass(400);
	ck_assert_int_eq(n_sent, 0);
	ck_assert_int_eq(transactions(), 1);
	is_dead = false;
	pass(500);
	ck_assert_int_eq(n_sent, 1);
	ck_assert(ack());
}
END_TEST

static void cancelled(void *arg)
{
	(void)arg;
	n_cancelled++;
	respond(487);
}

/* RFC 3261 section 13.3.1. */
START_TEST(expires)
{
	struct received received;

	read_bytes("INVITE" HEAD "CSeq: 1 INVITE\r\nExpires: 7\r\n\r\n",
		   &received);
	ck_assert(!server_txn_absorb(&received));
	ck_assert(!server_txn_keep(&received, arena, &txn));
	server_txn_identified(txn);
	server_txn_open(txn, &received);
	server_txn_on_cancel(txn, cancelled, NULL);
	pass(6999);
	ck_assert_int_eq(n_cancelled, 0);
	pass(7000);
	ck_assert_int_eq(n_cancelled, 1);
	ck_assert_ptr_null(txn);
	ck_assert_int_eq(strncmp(sent, "SIP/2.0 487 ", 12), 0);
	ck_assert(ack());
}
END_TEST

/* It came while the edge waited for something: told as soon as there is an
 * owner. */
START_TEST(a_cancel_before_it_was_opened)
{
	struct received received, cancel;

	read_bytes("INVITE" HEAD "CSeq: 1 INVITE\r\n\r\n", &received);
	ck_assert(!server_txn_absorb(&received));
	ck_assert(!server_txn_keep(&received, arena, &txn));
	ck_assert(again());
	ck_assert_int_eq(n_sent, 0);
	read_bytes("CANCEL" HEAD "CSeq: 1 CANCEL\r\n\r\n", &cancel);
	ck_assert(server_txn_take_cancel(&cancel));
	ck_assert_int_eq(strncmp(sent, "SIP/2.0 200 ", 12), 0);
	read_bytes("INVITE" HEAD "CSeq: 1 INVITE\r\n\r\n", &received);
	server_txn_identified(txn);
	server_txn_open(txn, &received);
	server_txn_on_cancel(txn, cancelled, NULL);
	ck_assert_int_eq(n_cancelled, 0);
	pass(0);
	ck_assert_int_eq(n_cancelled, 1);
	ck_assert(ack());
}
END_TEST

/* RFC 3261 section 17.2.1: whatever its owner says then. */
START_TEST(there_is_one_final_response)
{
	int first = _i ? 200 : 486;

	open_as(PROTOCOL_UDP);
	respond(first);
	ck_assert_int_eq(n_sent, 1);
	if (!txn)
		return;
	ck_assert(!server_txn_takes(txn, 180));
	ck_assert(!server_txn_takes(txn, 486));
	ck_assert(server_txn_takes(txn, 200));
	respond(180);
	respond(486);
	ck_assert_int_eq(n_sent, 1);
	ck_assert_ptr_nonnull(txn);
	ck_assert(again());
	ck_assert_int_eq(n_sent, 1);
}
END_TEST

/* Its transaction is that of any request, and a CANCEL changes nothing. */
START_TEST(refused_before_it_was_opened)
{
	struct received received;

	read_bytes("INVITE" HEAD "CSeq: 1 INVITE\r\n\r\n", &received);
	ck_assert(!server_txn_absorb(&received));
	ck_assert(!server_txn_keep(&received, arena, &txn));
	server_txn_identified(txn);
	respond(403);
	ck_assert_ptr_null(txn);
	read_bytes("CANCEL" HEAD "CSeq: 1 CANCEL\r\n\r\n", &received);
	ck_assert(server_txn_take_cancel(&received));
	ck_assert_int_eq(strncmp(sent, "SIP/2.0 200 ", 12), 0);
	ck_assert(!ack());
	ck_assert(again());
	ck_assert_int_eq(strncmp(sent, "SIP/2.0 403 ", 12), 0);
	pass(32000);
	ck_assert_int_eq(transactions(), 0);
}
END_TEST

/* Nobody answers any more: nothing is sent, and nothing stays. */
START_TEST(dropped)
{
	open_as(PROTOCOL_UDP);
	ck_assert_uint_eq(server_txns_unanswered(sip->server_txns), 1);
	server_txn_drop(txn);
	ck_assert_ptr_null(txn);
	ck_assert_uint_eq(server_txns_unanswered(sip->server_txns), 0);
	ck_assert_int_eq(transactions(), 0);
	ck_assert_int_eq(n_sent, 0);
	ck_assert(!again());
}
END_TEST

/* In every state, the whole may end. */
START_TEST(freed_in_any_state)
{
	open_as(PROTOCOL_UDP);
	if (_i == 1)
		respond(180);
	if (_i == 2)
		respond(200);
	if (_i >= 3)
		respond(486);
	if (_i == 4)
		ack();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("invite_server_test");
	TCase *tcase = tcase_create("timers");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, timer_g_and_timer_h);
	tcase_add_test(tcase, timer_i);
	tcase_add_loop_test(tcase, timer_l, 0, 2);
	tcase_add_test(tcase, a_stream_needs_no_repeats);
	tcase_add_test(tcase, no_way_back);
	tcase_add_test(tcase, expires);
	tcase_add_test(tcase, a_cancel_before_it_was_opened);
	tcase_add_loop_test(tcase, there_is_one_final_response, 0, 2);
	tcase_add_test(tcase, refused_before_it_was_opened);
	tcase_add_test(tcase, dropped);
	tcase_add_loop_test(tcase, freed_in_any_state, 0, 5);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
