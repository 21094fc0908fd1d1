/*
 * INVITE legs on the wire, under random responses, timers, wishes of their
 * owner, and a no at any time: no octet of an INVITE leaves after
 * still_permitted() said no, after CANCEL or after an answer, none before its
 * owner lets it, and each leg ends.
 *
 * The edge is the real one, on loopback sockets; two phones and a clock are the
 * property's own.
 */
#include <check.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/props/prng.h"
#include "tests/unit/call_help.h"

#define SEQUENCES 10000
#define STEPS_MOST 24
#define BRANCHES 4
#define BYTES 2048

static uint64_t seed;

/** An INVITE as a phone has seen it, and what was said to it. */
struct seen_invite {
	char bytes[BYTES];
	int phone; /**< 0 or 1 */
	bool has_provisional, has_answer, has_refusal;
	bool is_cancelled; /**< CANCEL came */
};

/** One leg. */
struct run {
	struct prng prng;
	struct seen_invite invites[BRANCHES];
	size_t n_invites;
	bool has_said_no; /**< still_permitted() */
	bool is_unwanted; /**< sip_cancel() */
	bool is_let;	  /**< its owner lets it leave for this hop */
	bool is_dropped;
	bool has_answer;   /**< a 2xx was told */
	unsigned n_finals; /**< 300 to 699 that were told */
	int n_ended;
	enum { LET_ALWAYS, LET_AT_ONCE, LET_LATER } letting;
};

static struct run *run; /* the one that is under way */

static bool still_permitted(struct leg *leg)
{
	(void)leg;
	run->has_said_no |= !call.is_permitted;
	return call.is_permitted;
}

static bool may_leave(struct leg *leg, const struct leg_hop *hop)
{
	(void)leg;
	must(&run->prng, hop->bytes.len > 0, "its owner sees what leaves");
	run->is_let = run->letting == LET_AT_ONCE;
	return run->is_let;
}

static void hears(struct leg *leg, const struct message *response)
{
	must(&run->prng, !run->n_ended && !run->is_dropped,
	     "nothing is told after the end");
	must(&run->prng, response->status > 100, "100 is not told");
	run->has_answer |= response->status / 100 == 2;
	run->n_finals += response->status >= 300;
	must(&run->prng, run->n_finals <= 1, "one refusal is told");
	if (!prng_once_in(&run->prng, 40))
		return;
	sip_drop(call.sip.sip, leg);
	run->is_dropped = true;
}

static void ends(struct leg *leg)
{
	(void)leg;
	run->n_ended++;
	must(&run->prng, run->n_ended == 1 && !run->is_dropped,
	     "a leg ends once");
}

static void turns(void)
{
	call_fence();
	for (int i = 0; i < 4; i++)
		loop_step(call.sip.loop, 0);
	call_fence();
}

/* ---- what the phones see ---- */

static struct seen_invite *invite_of(const char *request)
{
	for (size_t i = 0; i < run->n_invites; i++)
		if (!strcmp(sip_header(run->invites[i].bytes, "Via"),
			    sip_header(request, "Via")))
			return &run->invites[i];
	return NULL;
}

static void sees_invite(int phone, const char *bytes)
{
	struct seen_invite *invite = invite_of(bytes);
	const struct prng *prng = &run->prng;

	must(prng, !run->has_said_no && call.is_permitted,
	     "no octet of an INVITE leaves after a no");
	must(prng, !run->is_unwanted, "no INVITE leaves after sip_cancel()");
	must(prng, !run->has_answer, "no INVITE leaves after a 2xx");
	if (invite) {
		must(prng, !strcmp(invite->bytes, bytes),
		     "a copy is the same bytes");
		must(prng, !invite->has_provisional && !invite->has_refusal,
		     "a response stops the copies");
		return;
	}
	must(prng, run->letting == LET_ALWAYS || run->is_let,
	     "no INVITE leaves before its owner lets it");
	must(prng, run->n_invites < BRANCHES, "each hop gets one INVITE");
	invite = &run->invites[run->n_invites++];
	*invite = (struct seen_invite){.phone = phone};
	snprintf(invite->bytes, sizeof(invite->bytes), "%s", bytes);
}

static void sees(int phone, const char *bytes)
{
	const struct prng *prng = &run->prng;
	struct seen_invite *invite;

	if (!strncmp(bytes, "INVITE ", 7)) {
		sees_invite(phone, bytes);
		return;
	}
	invite = invite_of(bytes);
	must(prng, invite && invite->phone == phone,
	     "ACK and CANCEL go where their INVITE went, with its Via");
	if (!invite)
		return;
	if (!strncmp(bytes, "ACK ", 4)) {
		must(prng, invite->has_refusal, "only refusals get ACK");
		return;
	}
	must(prng, !strncmp(bytes, "CANCEL ", 7), "nothing else leaves");
	must(prng, invite->has_provisional, "CANCEL follows a response");
	must(prng, run->is_unwanted || run->has_said_no,
	     "CANCEL follows a wish or a no");
	invite->is_cancelled = true;
}

static void look(void)
{
	const int fds[] = {call.phone, call.other};
	char bytes[BYTES];
	ssize_t n;

	turns();
	for (int i = 0; i < 2; i++)
		while ((n = recv(fds[i], bytes, sizeof(bytes) - 1,
				 MSG_DONTWAIT)) > 0) {
			bytes[n] = '\0';
			sees(i, bytes);
		}
}

/* ---- what happens ---- */

static void say(const struct seen_invite *invite, const char *method,
		int status, const char *tag)
{
	char bytes[BYTES];
	union address to;

	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 %d x\r\nVia: %s\r\nFrom: %s\r\nTo: "
		 "<sip:a@b>;tag=%s\r\n"
		 "Call-ID: c1\r\nCSeq: 7 %s\r\nContent-Length: 0\r\n\r\n",
		 status, sip_header(invite->bytes, "Via"),
		 sip_header(invite->bytes, "From"), tag, method);
	ck_assert(!address_parse(view_of(call.sip.host), 5060, &to));
	sendto(invite->phone ? call.other : call.phone, bytes, strlen(bytes), 0,
	       &to.any, address_len(&to));
}

static void phone_answers(void)
{
	static const int statuses[] = {100, 180, 183, 200, 200, 202, 302,
				       404, 486, 487, 503, 503, 603};
	static const char *const tags[] = {"t1", "t2"};
	struct prng *prng = &run->prng;
	struct seen_invite *invite;
	int status = statuses[prng_below(prng, sizeof(statuses) /
						       sizeof(statuses[0]))];

	if (!run->n_invites)
		return;
	invite = &run->invites[prng_below(prng, (unsigned)run->n_invites)];
	if (invite->is_cancelled && prng_once_in(prng, 2)) {
		say(invite, "CANCEL", prng_once_in(prng, 2) ? 200 : 481, "t1");
		return;
	}
	invite->has_provisional |= status < 200;
	invite->has_answer |= status / 100 == 2;
	invite->has_refusal |= status >= 300;
	say(invite, "INVITE", status, tags[prng_below(prng, 2)]);
}

static void time_passes(void)
{
	static const int spans[] = {1,	  499,	500,   1000,
				    2000, 4000, 16000, 32000};
	int ms = spans[prng_below(&run->prng, 8)];

	clock_move(ms);
	turns();
	clock_move(1); /* for a timer that was set by another one */
}

static void owner_acts(void)
{
	switch (prng_below(&run->prng, 6)) {
	case 0:
		sip_cancel(call.sip.sip, &call.leg,
			   VIEW("Reason: SIP;cause=487\r\n"));
		run->is_unwanted = true;
		break;
	case 1:
		sip_quiesce(call.sip.sip);
		break;
	case 2:
		if (!prng_once_in(&run->prng, 4))
			break;
		sip_drop(call.sip.sip, &call.leg);
		run->is_dropped = !run->n_ended;
		break;
	default:
		run->is_let = true;
		sip_go(call.sip.sip, &call.leg);
		break;
	}
}

static void recipient_denies(void)
{
	call.is_permitted = false;
	sip_quiesce(call.sip.sip);
}

static void step(void)
{
	struct prng *prng = &run->prng;

	if (prng_once_in(prng, 16))
		recipient_denies();
	switch (prng_below(prng, 5)) {
	case 0:
	case 1:
		phone_answers();
		break;
	case 2:
	case 3:
		time_passes();
		break;
	default:
		owner_acts();
		break;
	}
	look();
}

/* Its owner gives up, and time goes on. */
static void finish(void)
{
	sip_cancel(call.sip.sip, &call.leg, VIEW_NONE);
	run->is_unwanted = true;
	for (int i = 0; i < 40; i++) {
		clock_move(4000);
		look();
		clock_move(1);
		look();
	}
	must(&run->prng, run->is_dropped || run->n_ended == 1, "each leg ends");
	must(&run->prng, sip_gauge(&call.sip, GAUGE_CLIENT_TXN) == 0,
	     "nothing is left");
	must(&run->prng, sip_idle(call.sip.sip), "the relay is idle");
}

static void begin(unsigned sequence)
{
	struct prng *prng = &run->prng;

	*run = (struct run){.prng = prng_of(seed, sequence)};
	run->letting = prng_below(prng, 3);
	hops_reset();
	hops_add(&call.sip, PROTOCOL_UDP, 9, 5060);
	if (prng_once_in(prng, 2))
		hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	call.is_permitted = !prng_once_in(prng, 30);
	call.leg.still_permitted = still_permitted;
	call.leg.response = prng_once_in(prng, 20) ? NULL : hears;
	call.leg.ended = ends;
	call.leg.may_leave = run->letting == LET_ALWAYS ? NULL : may_leave;
	sip_send(call.sip.sip, &call.leg);
	look();
}

static void run_sequence(unsigned sequence)
{
	unsigned n;

	begin(sequence);
	n = prng_below(&run->prng, STEPS_MOST + 1);
	for (unsigned i = 0; i < n; i++)
		step();
	finish();
}

START_TEST(nothing_leaves_after_a_no)
{
	unsigned n = prng_sequences(SEQUENCES);
	static struct run one;

	run = &one;
	for (unsigned i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
	clock_stop(); /* or it took longer than the runner can say */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("leaving");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("leaving_prop");
	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, call_setup, call_teardown);
	tcase_set_timeout(cases, 300);
	tcase_add_test(cases, nothing_leaves_after_a_no);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
