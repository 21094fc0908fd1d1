/*
 * INVITE transactions under random events: each one ends, none sends without
 * end, a 2xx always reaches the user, and CANCEL follows a provisional
 * response.
 *
 * A clock of its own fires the timers that were started, in their order;
 * between two of them whatever may come comes.
 */
#include <check.h>

#include "server/sip/invite_txn.h"
#include "tests/props/prng.h"

#define SEQUENCES 10000
#define EVENTS_MOST 40 /* from outside, in a sequence */
#define REPEATS_MOST 20

static uint64_t seed;

/** One transaction, its timers, and what was seen of it. */
struct run {
	struct prng prng;
	struct invite_txn txn;
	struct invite_txn_step step;
	int64_t now_ms, at_ms[INVITE_TXN_TIMERS]; /* 0: not set */
	unsigned n_events, n_sends, n_cancels;
	bool has_provisional, has_answer;
	enum invite_txn_event event; /* the last one */
};

static bool did(const struct run *run, unsigned actions)
{
	return run->step.actions & actions;
}

static void check_client(struct run *run)
{
	const struct prng *prng = &run->prng;

	must(prng, !did(run, INVITE_TXN_SEND_RESPONSE | INVITE_TXN_SEND_TRYING),
	     "a client answers nothing");
	must(prng,
	     !did(run, INVITE_TXN_SEND_ACK) ||
		     run->event == INVITE_TXN_EVENT_GOT_FAILURE,
	     "a transaction acknowledges refusals only");
	must(prng, !did(run, INVITE_TXN_SEND_CANCEL) || run->has_provisional,
	     "CANCEL follows a provisional response");
	must(prng, !did(run, INVITE_TXN_SEND_CANCEL) || !run->n_cancels,
	     "CANCEL is sent once");
	must(prng, !did(run, INVITE_TXN_SEND_INVITE) || !run->txn.is_cancelled,
	     "INVITE is not repeated after it was cancelled");
	must(prng, !did(run, INVITE_TXN_SEND_INVITE) || !run->has_provisional,
	     "INVITE is not repeated after a response");
	run->n_cancels += did(run, INVITE_TXN_SEND_CANCEL);
}

static void check_server(struct run *run)
{
	const struct prng *prng = &run->prng;

	must(prng,
	     !did(run, INVITE_TXN_SEND_INVITE | INVITE_TXN_SEND_ACK |
			       INVITE_TXN_SEND_CANCEL),
	     "a server asks nothing");
	must(prng,
	     run->event != INVITE_TXN_EVENT_GIVEN_FAILURE || !run->has_answer ||
		     !did(run, INVITE_TXN_SEND_RESPONSE),
	     "there is one final response");
	if (run->event == INVITE_TXN_EVENT_GIVEN_SUCCESS ||
	    run->event == INVITE_TXN_EVENT_GIVEN_FAILURE)
		run->has_answer = true;
}

static void follow_timers(struct run *run)
{
	for (int i = 0; i < INVITE_TXN_TIMERS; i++) {
		unsigned timer = 1U << i;

		if (run->step.stopped & timer)
			run->at_ms[i] = 0;
		if (run->step.started & timer)
			run->at_ms[i] = run->now_ms + run->step.wait_ms[i];
		must(&run->prng,
		     !(run->step.started & timer) || run->step.wait_ms[i] > 0,
		     "a timer that is started has a time");
		must(&run->prng,
		     (run->at_ms[i] != 0) == !!(run->txn.running & timer),
		     "who holds it knows which timers run");
	}
}

static void look(struct run *run)
{
	if (run->txn.side == INVITE_TXN_CLIENT)
		check_client(run);
	else
		check_server(run);
	follow_timers(run);
	run->n_sends +=
		did(run, INVITE_TXN_SEND_INVITE | INVITE_TXN_SEND_RESPONSE |
				 INVITE_TXN_SEND_ACK);
	must(&run->prng,
	     run->txn.state != INVITE_TXN_TERMINATED || !run->txn.running,
	     "no timer runs after the end");
}

static void take(struct run *run, enum invite_txn_event event)
{
	bool was_over = run->txn.state == INVITE_TXN_TERMINATED;

	run->event = event;
	run->has_provisional |= event == INVITE_TXN_EVENT_GOT_PROVISIONAL;
	if (event >= INVITE_TXN_EVENT_TIMER)
		run->at_ms[event - INVITE_TXN_EVENT_TIMER] = 0;
	invite_txn_take(&run->txn, event, &run->step);
	must(&run->prng, !was_over || !run->step.actions,
	     "nothing happens after the end");
	must(&run->prng,
	     event != INVITE_TXN_EVENT_GOT_SUCCESS || was_over ||
		     run->txn.side == INVITE_TXN_SERVER ||
		     run->step.actions == INVITE_TXN_PASS_UP,
	     "each 2xx goes to the user, who acknowledges it");
	look(run);
}

/* The timer that fires next; INVITE_TXN_TIMERS: none runs. */
static int next_timer(const struct run *run)
{
	int next = INVITE_TXN_TIMERS;

	for (int i = 0; i < INVITE_TXN_TIMERS; i++)
		if (run->at_ms[i] && (next == INVITE_TXN_TIMERS ||
				      run->at_ms[i] < run->at_ms[next]))
			next = i;
	return next;
}

static void fire(struct run *run, int timer)
{
	run->now_ms = run->at_ms[timer];
	take(run, (enum invite_txn_event)(INVITE_TXN_EVENT_TIMER + timer));
}

/* From outside nothing comes any more, and the user gives up. */
static void finish(struct run *run)
{
	int timer;

	for (int i = 0; run->txn.state != INVITE_TXN_TERMINATED; i++) {
		must(&run->prng, i < 4 * REPEATS_MOST, "each one ends");
		timer = next_timer(run);
		if (timer < INVITE_TXN_TIMERS)
			fire(run, timer);
		else if (run->txn.side == INVITE_TXN_CLIENT)
			take(run, INVITE_TXN_EVENT_CANCEL);
		else
			take(run, INVITE_TXN_EVENT_GIVEN_FAILURE);
	}
}

static void run_sequence(unsigned sequence)
{
	struct run run = {.prng = prng_of(seed, sequence), .now_ms = 1};
	struct prng *prng = &run.prng;
	unsigned n = prng_below(prng, EVENTS_MOST + 1);

	invite_txn_begin(
		&run.txn,
		prng_once_in(prng, 2) ? INVITE_TXN_CLIENT : INVITE_TXN_SERVER,
		prng_once_in(prng, 2) ? PROTOCOL_UDP : PROTOCOL_TCP, &run.step);
	run.event = INVITE_TXN_EVENTS;
	look(&run);
	for (unsigned i = 0; i < n; i++) {
		int timer = next_timer(&run);

		if (timer < INVITE_TXN_TIMERS && prng_once_in(prng, 2)) {
			fire(&run, timer);
			continue;
		}
		take(&run, (enum invite_txn_event)prng_below(
				   prng, INVITE_TXN_EVENT_TIMER));
		run.n_events++;
	}
	finish(&run);
	must(prng, run.n_sends <= run.n_events + REPEATS_MOST,
	     "the sends are bounded");
}

START_TEST(invite_transactions_end)
{
	unsigned n = prng_sequences(SEQUENCES);

	for (unsigned i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("invite");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("invite_prop");
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 300);
	tcase_add_test(cases, invite_transactions_end);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
