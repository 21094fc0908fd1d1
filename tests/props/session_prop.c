/*
 * Calls under random events: whatever is lost, late, twice or out of order, and
 * whenever an owner ends it, both sides hear of the end once, no timer and no
 * request is left, and after session_end() nothing leaves that calls somebody
 * or changes a call.
 *
 * Two sides with scripted transactions; the test is the network between them,
 * the disk of both, and the clock.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fake/fake_loop.h"
#include "tests/fake/fake_sip.h"
#include "tests/props/prng.h"

#define SEQUENCES 3000
#define SEQUENCES_ALL 10000
#define STEPS_MOST 120
#define HELD_MOST 24 /* messages in the network */
#define DISK_MS 5000
#define LIFE_MS 20000 /* of one in it (MSL, RFC 793) */

static uint64_t seed;

/** One side: its owner has one call at a time. */
struct side {
	struct run *run;
	const char *host;
	struct sip *sip;
	struct sessions *sessions;
	struct session *session;
	struct request *request;
	bool is_permitted;
	bool owes_go, owes_confirm; /**< the disk is slow */
	bool was_ended;		    /**< session_end() */
	bool is_over;		    /**< ended() */
	char call_id[128];	    /**< of the call that was ended */
	unsigned n_begun, n_ended;
	unsigned n_successes, n_acks; /**< 2xx that came, ACKs that left */
};
struct run {
	struct prng prng;
	struct loop *loop;
	struct media_rules rules;
	struct counters counters;
	struct side sides[2];
	char *held[HELD_MOST]; /**< messages under way */
	int to[HELD_MOST];
	int64_t at_ms[HELD_MOST]; /**< when they left */
	unsigned n_held;
	bool is_fair; /**< nothing is lost any more */
};

/* ---- owners -------------------------------------------------------------- */

static void keep_call_id(struct side *side, const struct session_record *record)
{
	snprintf(side->call_id, sizeof(side->call_id), "%s", record->call_id);
}

static void leaving(void *arg, const struct session_record *record)
{
	struct side *side = arg;

	must(&side->run->prng, !side->was_ended, "no hop after the end");
	keep_call_id(side, record);
	side->owes_go = true;
}

static void answered(void *arg, const struct session_record *record)
{
	struct side *side = arg;

	must(&side->run->prng, !side->was_ended, "no answer after the end");
	keep_call_id(side, record);
	side->owes_confirm = true;
}

static void media(void *arg, const struct media_stream *stream)
{
	struct side *side = arg;

	(void)stream;
	must(&side->run->prng, !side->was_ended && !side->is_over,
	     "no media after the end");
}

static void ended(void *arg, const struct session_end *end)
{
	struct side *side = arg;

	(void)end;
	must(&side->run->prng, !side->is_over, "the end is told once");
	side->is_over = true;
	side->n_ended++;
	side->session = NULL;
	side->owes_go = side->owes_confirm = false;
	if (side->request)
		request_free(side->request);
	side->request = NULL;
}

static const struct session_user user = {.leaving = leaving,
					 .answered = answered,
					 .media = media,
					 .ended = ended};

static bool permitted(void *arg)
{
	struct side *side = arg;

	must(&side->run->prng, !side->is_over, "nobody asks after the end");
	return side->is_permitted;
}

static const struct media_end local = {
	.host = {.kind = SDP_HOST_IP4,
		 .text = {"192.0.2.1", 9},
		 .octets = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1}},
	.port = 20000,
	.direction = SDP_SENDRECV};

static void begin(struct side *side)
{
	side->was_ended = side->is_over = false;
	side->is_permitted = true;
	side->n_begun++;
	side->call_id[0] = '\0';
}

static void invited(void *arg, struct request *request)
{
	struct side *side = arg;
	const struct acceptance acceptance = {
		.request = request, .user = "c-1", .local = local};
	const struct response busy = {.status = 486};

	if (side->session) {
		edge_respond(fake_sip_edge(side->sip), request, &busy);
		request_free(request);
		return;
	}
	side->session =
		session_accept(side->sessions, &acceptance, &user, side);
	if (!side->session) {
		request_free(request);
		return;
	}
	begin(side);
	side->request = request;
}

static void call(struct side *side)
{
	const struct invitation invitation = {.request_uri =
						      "sip:bob@192.0.2.2",
					      .user = "c-1",
					      .max_forwards = 70,
					      .local = local,
					      .still_permitted = permitted};

	begin(side);
	side->session =
		session_invite(side->sessions, &invitation, &user, side);
}

/* ---- the network --------------------------------------------------------- */

static bool is_of(const char *message, const struct side *side)
{
	const char *call_id = fake_sip_header(message, "Call-ID");

	return *side->call_id && call_id && strcmp(call_id, side->call_id) == 0;
}

static bool begins(const char *message, const char *with)
{
	return strncmp(message, with, strlen(with)) == 0;
}

/* The promise. */
static void look(struct side *side, const char *message)
{
	bool is_change =
		begins(message, "INVITE ") || begins(message, "UPDATE ");

	must(&side->run->prng,
	     !(side->was_ended && is_change && is_of(message, side)),
	     "no INVITE and no UPDATE after the end");
	side->n_acks += begins(message, "ACK ");
}

static void collect(struct run *run)
{
	const char *message;

	for (int i = 0; i < 2; i++)
		while ((message = fake_sip_take(run->sides[i].sip))) {
			look(&run->sides[i], message);
			if (run->n_held == HELD_MOST)
				continue; /* lost */
			run->to[run->n_held] = 1 - i;
			run->at_ms[run->n_held] = loop_now_ms(run->loop);
			run->held[run->n_held++] = mem_strdup(message);
		}
}

static void settle(struct run *run)
{
	int n;

	do {
		n = fake_loop_turn(run->loop);
		for (int i = 0; i < 2; i++)
			n += fake_sip_turn(run->sides[i].sip);
	} while (n);
	collect(run);
}

static void deliver(struct run *run, unsigned which)
{
	struct side *side = &run->sides[run->to[which]];
	char *message = run->held[which];
	bool is_twice = !run->is_fair && prng_once_in(&run->prng, 10);
	bool is_lost = (!run->is_fair && prng_once_in(&run->prng, 8)) ||
		       loop_now_ms(run->loop) - run->at_ms[which] > LIFE_MS;

	if (!is_twice || is_lost) {
		run->n_held--;
		run->held[which] = run->held[run->n_held];
		run->to[which] = run->to[run->n_held];
		run->at_ms[which] = run->at_ms[run->n_held];
	}
	if (!is_lost) {
		const char *cseq = fake_sip_header(message, "CSeq");

		side->n_successes += begins(message, "SIP/2.0 2") && cseq &&
				     strstr(cseq, "INVITE") != NULL;
		fake_sip_deliver(side->sip, message);
	}
	if (!is_twice || is_lost)
		free(message);
	settle(run);
}

/* ---- steps --------------------------------------------------------------- */

static void disk(struct side *side)
{
	if (side->owes_go) {
		side->owes_go = false;
		session_go(side->session);
	} else if (side->owes_confirm) {
		side->owes_confirm = false;
		session_confirm(side->session);
	}
}

static void finish(struct side *side)
{
	if (!side->session)
		return;
	collect(side->run); /* what left before */
	side->was_ended = true;
	side->owes_go = side->owes_confirm = false;
	session_end(side->session, 486, "SIP;cause=470");
}

/* A disk is slow, but not for minutes. */
static void tick(struct run *run)
{
	int64_t next = fake_loop_next_ms(run->loop);

	if (next < 0)
		return;
	for (int i = 0; i < 2; i++)
		if (next - loop_now_ms(run->loop) > DISK_MS)
			disk(&run->sides[i]);
	settle(run);
	next = fake_loop_next_ms(run->loop);
	if (next >= 0)
		fake_loop_move(run->loop, next);
}

static void ring(struct run *run, struct side *side)
{
	const struct response response = {
		.status = prng_once_in(&run->prng, 2) ? 180 : 183,
		.contact = "c-1"};

	if (side->request && side->owes_confirm)
		edge_respond(fake_sip_edge(side->sip), side->request,
			     &response);
}

static void step(struct run *run)
{
	struct prng *prng = &run->prng;
	struct side *side = &run->sides[prng_below(prng, 2)];

	switch (prng_below(prng, 12)) {
	case 0:
		if (!run->sides[0].session)
			call(&run->sides[0]);
		break;
	case 1:
	case 2:
		disk(side);
		break;
	case 3:
		tick(run);
		break;
	case 4:
		if (prng_once_in(prng, 4))
			finish(side);
		break;
	case 5:
		if (prng_once_in(prng, 8))
			side->is_permitted = false;
		break;
	case 6:
		ring(run, side);
		break;
	case 7:
		if (side->session && !side->was_ended)
			session_probe(side->session);
		break;
	default:
		if (run->n_held)
			deliver(run, prng_below(prng, run->n_held));
		break;
	}
	/* Some things happen in one turn. */
	if (!prng_once_in(prng, 3))
		settle(run);
}

/* ---- the end ------------------------------------------------------------- */

static void drain(struct run *run)
{
	run->is_fair = true;
	for (int i = 0; i < 2; i++)
		finish(&run->sides[i]);
	settle(run);
	for (unsigned n = 0; n < 10000; n++) {
		if (run->n_held)
			deliver(run, 0);
		else if (fake_loop_next_ms(run->loop) >= 0)
			tick(run);
		else
			break;
		/* What the other side began meanwhile. */
		for (int i = 0; i < 2; i++)
			if (run->sides[i].session && !run->sides[i].was_ended)
				finish(&run->sides[i]);
		settle(run);
	}
}

static void check_over(struct run *run)
{
	struct prng *prng = &run->prng;

	for (int i = 0; i < 2; i++) {
		struct side *side = &run->sides[i];

		must(prng, side->n_ended == side->n_begun, "each call ends");
		must(prng, sessions_count(side->sessions) == 0,
		     "no session is left");
		must(prng, fake_sip_legs(side->sip) == 0, "no request is left");
		must(prng, !side->n_successes || side->n_acks,
		     "a 2xx is acknowledged");
	}
	must(prng, fake_loop_next_ms(run->loop) < 0, "no timer is left");
}

static void side_open(struct run *run, int i)
{
	static const char *const hosts[] = {"192.0.2.1", "192.0.2.2"};
	struct side *side = &run->sides[i];
	struct sessions_settings settings = {
		.loop = run->loop,
		.counters = &run->counters,
		.domain = "relay.example.com",
		.media = &run->rules,
		.timers = {.expires_s = 90 + (int)prng_below(&run->prng, 200),
			   .min_se_s = 90,
			   .ring_s = 60}};

	side->run = run;
	side->host = hosts[i];
	side->sip = settings.sip = fake_sip_new(run->loop, hosts[i]);
	settings.edge = fake_sip_edge(side->sip);
	side->sessions = sessions_new(&settings);
	fake_sip_listen(side->sip, invited, side);
}

static void run_sequence(unsigned sequence)
{
	static const enum codec codecs[] = {CODEC_PCMU, CODEC_EVENT};
	static struct run run;
	unsigned n;

	fake_clock_reset();
	run = (struct run){.prng = prng_of(seed, sequence),
			   .loop = loop_new(),
			   .rules = {.codecs = codecs,
				     .n_codecs = 2,
				     .allow_private = true}};
	side_open(&run, 0);
	side_open(&run, 1);
	n = prng_below(&run.prng, STEPS_MOST + 1);
	for (unsigned i = 0; i < n; i++)
		step(&run);
	drain(&run);
	check_over(&run);
	for (int i = 0; i < 2; i++) {
		sessions_free(run.sides[i].sessions);
		fake_sip_free(run.sides[i].sip);
	}
	loop_free(run.loop);
}

START_TEST(calls_end)
{
	unsigned n = prng_sequences_or_all(SEQUENCES, SEQUENCES_ALL);

	for (unsigned i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("session_prop");
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 300);
	tcase_add_test(cases, calls_end);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
