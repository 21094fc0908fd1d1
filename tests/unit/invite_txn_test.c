/* INVITE transactions: each cell of the figures of RFC 6026, the timers, and
 * what is made of an INVITE. */
#include "server/sip/invite_txn.h"

#include <check.h>

#include "server/sip/invite_copy.h"

#define S(state) INVITE_TXN_##state
#define EV(event) INVITE_TXN_EVENT_##event
#define FIRES(letter)                                                          \
	(enum invite_txn_event)(INVITE_TXN_EVENT_TIMER +                       \
				INVITE_TXN_TIMER_##letter)
#define T(letter) (1U << INVITE_TXN_TIMER_##letter)
#define DO(action) INVITE_TXN_##action
#define N(cases) (sizeof(cases) / sizeof((cases)[0]))

/** What a figure says of one state and one event. */
struct cell {
	const char *sentence;
	enum invite_txn_state state;
	enum invite_txn_event event;
	enum invite_txn_state next;
	unsigned actions, started;
};

/* clang-format off */
static const struct cell client_cells[] = {
	{"the first provisional response", S(CALLING), EV(GOT_PROVISIONAL), S(PROCEEDING), DO(PASS_UP), 0},
	{"a 2xx at once", S(CALLING), EV(GOT_SUCCESS), S(ACCEPTED), DO(PASS_UP), T(M)},
	{"a refusal at once", S(CALLING), EV(GOT_FAILURE), S(COMPLETED), DO(SEND_ACK) | DO(PASS_UP), T(D)},
	{"CANCEL waits for a response", S(CALLING), EV(CANCEL), S(CALLING), 0, 0},
	{"no way to send INVITE", S(CALLING), EV(TRANSPORT_ERROR), S(TERMINATED), DO(TELL_ERROR), 0},
	{"timer A repeats INVITE", S(CALLING), FIRES(A), S(CALLING), DO(SEND_INVITE), T(A)},
	{"timer B gives up", S(CALLING), FIRES(B), S(TERMINATED), DO(TELL_TIMEOUT), 0},
	{"each provisional response is the user's", S(PROCEEDING), EV(GOT_PROVISIONAL), S(PROCEEDING), DO(PASS_UP), 0},
	{"a 2xx", S(PROCEEDING), EV(GOT_SUCCESS), S(ACCEPTED), DO(PASS_UP), T(M)},
	{"a refusal", S(PROCEEDING), EV(GOT_FAILURE), S(COMPLETED), DO(SEND_ACK) | DO(PASS_UP), T(D)},
	{"CANCEL after a response", S(PROCEEDING), EV(CANCEL), S(PROCEEDING), DO(SEND_CANCEL), T(CANCEL)},
	{"nobody minds CANCEL", S(PROCEEDING), FIRES(CANCEL), S(TERMINATED), DO(TELL_TIMEOUT), 0},
	{"a 2xx after a refusal is the user's", S(COMPLETED), EV(GOT_SUCCESS), S(COMPLETED), DO(PASS_UP), 0},
	{"a refusal again gets ACK again", S(COMPLETED), EV(GOT_FAILURE), S(COMPLETED), DO(SEND_ACK), 0},
	{"no way to send ACK", S(COMPLETED), EV(TRANSPORT_ERROR), S(TERMINATED), DO(TELL_ERROR), 0},
	{"timer D ends it", S(COMPLETED), FIRES(D), S(TERMINATED), 0, 0},
	{"each 2xx is the user's", S(ACCEPTED), EV(GOT_SUCCESS), S(ACCEPTED), DO(PASS_UP), 0},
	{"timer M ends it", S(ACCEPTED), FIRES(M), S(TERMINATED), 0, 0},
};

static const struct cell server_cells[] = {
	{"INVITE again gets the provisional response again", S(PROCEEDING), EV(GOT_INVITE), S(PROCEEDING), DO(SEND_RESPONSE), 0},
	{"CANCEL is the user's", S(PROCEEDING), EV(GOT_CANCEL), S(PROCEEDING), DO(PASS_UP), 0},
	{"the user rings", S(PROCEEDING), EV(GIVEN_PROVISIONAL), S(PROCEEDING), DO(SEND_RESPONSE), 0},
	{"the user answers", S(PROCEEDING), EV(GIVEN_SUCCESS), S(ACCEPTED), DO(SEND_RESPONSE), T(L)},
	{"the user refuses", S(PROCEEDING), EV(GIVEN_FAILURE), S(COMPLETED), DO(SEND_RESPONSE), T(G) | T(H)},
	{"no way to send it: it goes on", S(PROCEEDING), EV(TRANSPORT_ERROR), S(PROCEEDING), DO(TELL_ERROR), 0},
	{"INVITE again gets the refusal again", S(COMPLETED), EV(GOT_INVITE), S(COMPLETED), DO(SEND_RESPONSE), 0},
	{"ACK of the refusal", S(COMPLETED), EV(GOT_ACK), S(CONFIRMED), 0, T(I)},
	{"no way to send the refusal", S(COMPLETED), EV(TRANSPORT_ERROR), S(COMPLETED), DO(TELL_ERROR), 0},
	{"timer G repeats the refusal", S(COMPLETED), FIRES(G), S(COMPLETED), DO(SEND_RESPONSE), T(G)},
	{"timer H gives up", S(COMPLETED), FIRES(H), S(TERMINATED), DO(TELL_TIMEOUT), 0},
	{"timer I ends it", S(CONFIRMED), FIRES(I), S(TERMINATED), 0, 0},
	{"ACK of a 2xx is the user's", S(ACCEPTED), EV(GOT_ACK), S(ACCEPTED), DO(PASS_UP), 0},
	{"the user repeats the 2xx", S(ACCEPTED), EV(GIVEN_SUCCESS), S(ACCEPTED), DO(SEND_RESPONSE), 0},
	{"no way to send the 2xx", S(ACCEPTED), EV(TRANSPORT_ERROR), S(ACCEPTED), DO(TELL_ERROR), 0},
	{"timer L ends it", S(ACCEPTED), FIRES(L), S(TERMINATED), 0, 0},
};
/* clang-format on */

static const struct cell *find(const struct cell *cells, size_t n,
			       enum invite_txn_state state,
			       enum invite_txn_event event)
{
	for (size_t i = 0; i < n; i++)
		if (cells[i].state == state && cells[i].event == event)
			return &cells[i];
	return NULL;
}

static void check_cell(struct invite_txn *txn, enum invite_txn_event event,
		       const struct cell *cell)
{
	enum invite_txn_state state = txn->state;
	struct invite_txn_step step;

	invite_txn_take(txn, event, &step);
	if (!cell) {
		ck_assert_msg(txn->state == state && !step.actions &&
				      !step.started,
			      "side %d state %d event %d: something happens",
			      (int)txn->side, (int)state, (int)event);
		return;
	}
	ck_assert_msg(txn->state == cell->next, "%s: state", cell->sentence);
	ck_assert_msg(step.actions == cell->actions, "%s: actions",
		      cell->sentence);
	ck_assert_msg(step.started == cell->started, "%s: timers",
		      cell->sentence);
	if (cell->next != state)
		ck_assert_msg(txn->running == cell->started,
			      "%s: timers of the state before run on",
			      cell->sentence);
}

/* All states and events, those that cannot meet as well; every timer runs, as
 * if none had been stopped. */
static void check_side(enum invite_txn_side side, const struct cell *cells,
		       size_t n)
{
	size_t n_found = 0;

	for (int i = 0; i < INVITE_TXN_STATES; i++) {
		for (int j = 0; j < INVITE_TXN_EVENTS; j++) {
			enum invite_txn_state state = (enum invite_txn_state)i;
			enum invite_txn_event event = (enum invite_txn_event)j;
			const struct cell *cell = find(cells, n, state, event);
			struct invite_txn txn = {.side = side,
						 .state = state,
						 .protocol = PROTOCOL_UDP,
						 .running = ~0U};

			check_cell(&txn, event, cell);
			n_found += cell != NULL;
		}
	}
	ck_assert_uint_eq(n_found, n);
}

START_TEST(each_cell_of_the_client)
{
	check_side(INVITE_TXN_CLIENT, client_cells, N(client_cells));
}
END_TEST

START_TEST(each_cell_of_the_server)
{
	check_side(INVITE_TXN_SERVER, server_cells, N(server_cells));
}
END_TEST

static struct invite_txn txn;
static struct invite_txn_step step;

static void begin(enum invite_txn_side side, enum protocol protocol)
{
	invite_txn_begin(&txn, side, protocol, &step);
}

static void take(enum invite_txn_event event, enum invite_txn_state next,
		 unsigned actions)
{
	invite_txn_take(&txn, event, &step);
	ck_assert_int_eq(txn.state, next);
	ck_assert_uint_eq(step.actions, actions);
}

#define STARTED(letter, ms)                                                    \
	do {                                                                   \
		ck_assert(step.started &T(letter));                            \
		ck_assert_int_eq(step.wait_ms[INVITE_TXN_TIMER_##letter], ms); \
	} while (0)

START_TEST(timer_a_doubles_without_a_cap)
{
	begin(INVITE_TXN_CLIENT, PROTOCOL_UDP);
	ck_assert_uint_eq(step.actions, INVITE_TXN_SEND_INVITE);
	ck_assert_uint_eq(step.started, T(A) | T(B));
	STARTED(A, 500);
	STARTED(B, 32000);
	for (int ms = 1000; ms <= 32000; ms *= 2) {
		take(FIRES(A), S(CALLING), DO(SEND_INVITE));
		ck_assert_uint_eq(step.started, T(A));
		STARTED(A, ms);
	}
	take(FIRES(B), S(TERMINATED), DO(TELL_TIMEOUT));
	ck_assert_uint_eq(step.stopped, T(A));
}
END_TEST

START_TEST(timer_g_doubles_up_to_t2)
{
	static const int pauses[] = {1000, 2000, 4000, 4000, 4000};

	begin(INVITE_TXN_SERVER, PROTOCOL_UDP);
	ck_assert_uint_eq(step.actions, DO(SEND_TRYING) | DO(PASS_UP));
	ck_assert_uint_eq(step.started, 0);
	take(EV(GIVEN_FAILURE), S(COMPLETED), DO(SEND_RESPONSE));
	STARTED(G, 500);
	STARTED(H, 32000);
	for (size_t i = 0; i < N(pauses); i++) {
		take(FIRES(G), S(COMPLETED), DO(SEND_RESPONSE));
		STARTED(G, pauses[i]);
	}
	take(EV(GOT_ACK), S(CONFIRMED), 0);
	ck_assert_uint_eq(step.stopped, T(G) | T(H));
	STARTED(I, 5000);
	take(FIRES(I), S(TERMINATED), 0);
}
END_TEST

START_TEST(a_stream_needs_no_repeats)
{
	begin(INVITE_TXN_CLIENT, PROTOCOL_TCP);
	ck_assert_uint_eq(step.started, T(B));
	take(EV(GOT_FAILURE), S(TERMINATED), DO(SEND_ACK) | DO(PASS_UP));
	ck_assert_uint_eq(step.started, 0);
	ck_assert_uint_eq(step.stopped, T(B));

	begin(INVITE_TXN_SERVER, PROTOCOL_TCP);
	take(EV(GIVEN_FAILURE), S(COMPLETED), DO(SEND_RESPONSE));
	ck_assert_uint_eq(step.started, T(H));
	STARTED(H, 32000);
	take(EV(GOT_ACK), S(TERMINATED), 0);
	ck_assert_uint_eq(step.started, 0);
}
END_TEST

/* RFC 6026: L and M are 64*T1 whatever the transport. */
START_TEST(a_2xx_is_waited_for_on_all_transports)
{
	static const enum protocol all[] = {PROTOCOL_UDP, PROTOCOL_TCP};

	for (size_t i = 0; i < N(all); i++) {
		begin(INVITE_TXN_CLIENT, all[i]);
		take(EV(GOT_PROVISIONAL), S(PROCEEDING), DO(PASS_UP));
		take(EV(GOT_SUCCESS), S(ACCEPTED), DO(PASS_UP));
		STARTED(M, 32000);
		take(EV(GOT_SUCCESS), S(ACCEPTED), DO(PASS_UP));
		take(EV(GOT_FAILURE), S(ACCEPTED), 0);
		take(FIRES(M), S(TERMINATED), 0);

		begin(INVITE_TXN_SERVER, all[i]);
		take(EV(GIVEN_SUCCESS), S(ACCEPTED), DO(SEND_RESPONSE));
		STARTED(L, 32000);
		take(EV(GOT_INVITE), S(ACCEPTED), 0);
		take(EV(GIVEN_FAILURE), S(ACCEPTED), 0);
		take(EV(GOT_ACK), S(ACCEPTED), DO(PASS_UP));
		take(FIRES(L), S(TERMINATED), 0);
	}
}
END_TEST

START_TEST(cancel_waits_for_a_provisional_response)
{
	begin(INVITE_TXN_CLIENT, PROTOCOL_UDP);
	take(EV(CANCEL), S(CALLING), 0);
	ck_assert_uint_eq(step.stopped, T(A));
	take(FIRES(A), S(CALLING), 0);
	take(EV(CANCEL), S(CALLING), 0);
	take(EV(GOT_PROVISIONAL), S(PROCEEDING), DO(PASS_UP) | DO(SEND_CANCEL));
	STARTED(CANCEL, 32000);
	take(EV(CANCEL), S(PROCEEDING), 0);
	take(EV(GOT_PROVISIONAL), S(PROCEEDING), DO(PASS_UP));
	take(EV(GOT_FAILURE), S(COMPLETED), DO(SEND_ACK) | DO(PASS_UP));
	ck_assert_uint_eq(step.stopped, T(CANCEL));
	take(EV(CANCEL), S(COMPLETED), 0);
}
END_TEST

/* The phone was answered before CANCEL could leave: the user sends BYE. */
START_TEST(a_2xx_wins_against_cancel)
{
	begin(INVITE_TXN_CLIENT, PROTOCOL_UDP);
	take(EV(CANCEL), S(CALLING), 0);
	take(EV(GOT_SUCCESS), S(ACCEPTED), DO(PASS_UP));
	begin(INVITE_TXN_CLIENT, PROTOCOL_UDP);
	take(EV(CANCEL), S(CALLING), 0);
	take(FIRES(B), S(TERMINATED), DO(TELL_TIMEOUT));
}
END_TEST

/* ---- ACK to a refusal, and CANCEL --------------------------------------- */

#define INVITE                                                                 \
	"INVITE sip:omar@example.org;x=1 SIP/2.0\r\n"                          \
	"v: SIP/2.0/UDP relay:5070;branch=z9hG4bKa;rport, SIP/2.0/UDP "        \
	"other\r\n"                                                            \
	"Route: <sip:p1;lr>, <sip:p2;lr>\r\nRoute: <sip:p3;lr>\r\n"            \
	"Max-Forwards: 12\r\nRequire: x\r\nProxy-Require: y\r\n"               \
	"f: \"Mill\" <sip:c-1@relay>;tag=us\r\nt: <sip:omar@example.org>\r\n"  \
	"i: call@relay\r\nCSeq: 7 INVITE\r\nl: 3\r\n\r\nv=0"
#define COPIED(method, to, more)                                               \
	method " sip:omar@example.org;x=1 SIP/2.0\r\n"                         \
	       "Via: SIP/2.0/UDP relay:5070;branch=z9hG4bKa;rport\r\n"         \
	       "Route: <sip:p1;lr>, <sip:p2;lr>\r\nRoute: <sip:p3;lr>\r\n"     \
	       "Max-Forwards: 70\r\n"                                          \
	       "From: \"Mill\" <sip:c-1@relay>;tag=us\r\n"                     \
	       "To: <sip:omar@example.org>" to "\r\n"                          \
	       "Call-ID: call@relay\r\nCSeq: 7 " method "\r\n" more            \
	       "Content-Length: 0\r\n\r\n"

START_TEST(what_is_made_of_an_invite)
{
	static struct message invite, refusal;
	struct text text;

	message_read(&invite, VIEW(INVITE));
	ck_assert_ptr_null(invite.fault);
	message_read(&refusal, VIEW("SIP/2.0 486 Busy\r\n"
				    "t: <sip:omar@example.org>;tag=a\r\n\r\n"));
	text_init(&text, NULL);
	invite_ack_write(&invite, &refusal, &text);
	ck_assert_str_eq(text.at, COPIED("ACK", ";tag=a", ""));
	text_clear(&text);
	invite_cancel_write(&invite, VIEW("Reason: SIP;cause=470\r\n"), &text);
	ck_assert_str_eq(text.at,
			 COPIED("CANCEL", "", "Reason: SIP;cause=470\r\n"));
	text_release(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("invite_txn");
	TCase *tcase = tcase_create("invite_txn");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, each_cell_of_the_client);
	tcase_add_test(tcase, each_cell_of_the_server);
	tcase_add_test(tcase, timer_a_doubles_without_a_cap);
	tcase_add_test(tcase, timer_g_doubles_up_to_t2);
	tcase_add_test(tcase, a_stream_needs_no_repeats);
	tcase_add_test(tcase, a_2xx_is_waited_for_on_all_transports);
	tcase_add_test(tcase, cancel_waits_for_a_provisional_response);
	tcase_add_test(tcase, a_2xx_wins_against_cancel);
	tcase_add_test(tcase, what_is_made_of_an_invite);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
