/*
 * Conferences under random events: when a no is answered, nothing goes to who
 * said it any more: no INVITE, no packet, no call that goes on; and none later.
 *
 * The focus, lists, policies, store and index are real; calls, mixer, disk and
 * clock are the property's (tests/scenario/fixture.h).  A no is a job of the
 * writer as PUBLISH and REST make it: its done() is the 200.
 */
#include <check.h>

#include "db/conferences.h"
#include "db/permissions.h"
#include "server/base/log.h"
#include "tests/props/prng.h"
#include "tests/scenario/fixture.h"

#define SEQUENCES 1000
#define SEQUENCES_ALL 3000
#define STEPS 120
#define PEOPLE 6
#define CREATORS 3
#define SERVICE "sip:conf@" FIXTURE_DOMAIN

static uint64_t seed;
static const char *const methods[] = {"INVITE"};

/** One sequence. */
struct run {
	struct prng prng;
	struct fixture fixture;
	char people[PEOPLE][40];
	bool said_no[PEOPLE];	  /**< answered: in force for everybody */
	bool is_speaking[PEOPLE]; /**< one word at a time */
	unsigned n_requests;
	unsigned n_out; /**< jobs of a no, or of a yes */
};

/** Somebody says yes or no. */
struct word_job {
	struct write_job job; /**< first */
	struct run *run;
	unsigned who;
	bool is_no;
};

/* ---- what must hold ------------------------------------------------------ */

static unsigned person_of(const struct run *run, const char *uri)
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		if (strcmp(run->people[i], uri) == 0)
			return i;
	}
	return PEOPLE;
}

/* Which participant of the mixer has the port of this call. */
static const struct fake_participant *media_of(const struct run *run,
					       const struct session *session)
{
	int port = session->invitation.local.port;

	return fake_mixer_at(run->fixture.mixer,
			     (unsigned)(port - 20000) / 2 - 1);
}

static void check_silent(struct run *run, unsigned who)
{
	struct session *session;

	for (session = fake_sessions_first(run->fixture.sessions); session;
	     session = session->next) {
		if (session->is_theirs ||
		    person_of(run, session->invitation.request_uri) != who)
			continue;
		must(&run->prng, session->state >= FAKE_SESSION_ENDING,
		     "no call goes on after a no was answered");
		must(&run->prng, media_of(run, session)->is_gone,
		     "no packet goes to somebody whose no was answered");
	}
}

/* The lines of calls since last looked: nobody who said no is called. */
static void check_log(struct run *run)
{
	const char *at = fake_sessions_log(run->fixture.sessions);

	for (unsigned i = 0; i < PEOPLE; i++) {
		char line[64];

		snprintf(line, sizeof(line), "INVITE %s\n", run->people[i]);
		must(&run->prng, !run->said_no[i] || !strstr(at, line),
		     "nobody is called after their no was answered");
	}
	fake_sessions_clear(run->fixture.sessions);
}

static void check_all(struct run *run)
{
	check_log(run);
	for (unsigned i = 0; i < PEOPLE; i++) {
		if (run->said_no[i])
			check_silent(run, i);
	}
}

/* ---- yes and no ---------------------------------------------------------- */

static enum err word_run(struct store *store, struct write_job *job)
{
	struct word_job *word = (struct word_job *)(void *)job;
	const char *recipient = word->run->people[word->who];
	struct arena *arena = arena_new(0);
	struct permission row;
	struct permission_change change = {.sender = "*",
					   .target = SERVICE,
					   .recipient = recipient,
					   .recipient_uri = recipient,
					   .event = word->is_no ? EVENT_DENY
								: EVENT_GRANT,
					   .actor = ORIGIN_RECIPIENT,
					   .evidence = "a property",
					   .now = wall_now_s()};
	enum err err = store_permission_change(store, &change, arena, &row);

	arena_free(arena);
	return err;
}

static void word_done(struct write_job *job)
{
	struct word_job *word = (struct word_job *)(void *)job;
	struct run *run = word->run;

	check_log(run);
	run->is_speaking[word->who] = false;
	if (!job->err) {
		run->said_no[word->who] = word->is_no;
		if (word->is_no)
			check_silent(run, word->who);
	}
	run->n_out--;
	free(word);
}

static void say_word(struct run *run, unsigned who, bool is_no)
{
	struct word_job *word;

	if (run->is_speaking[who])
		return;
	run->is_speaking[who] = true;
	word = mem_alloc(sizeof(*word));
	word->run = run;
	word->who = who;
	word->is_no = is_no;
	word->job.run = word_run;
	word->job.done = word_done;
	check_log(run);
	/* What comes after a yes may be right before it is answered. */
	if (!is_no)
		run->said_no[who] = false;
	run->n_out++;
	if (writer_submit_urgent(run->fixture.writer, &word->job))
		err_fatal("a word was not taken");
}

/* ---- calls in ------------------------------------------------------------ */

static struct view list_of(struct run *run, struct arena *arena)
{
	struct text xml;

	text_init(&xml, arena);
	text_add(&xml, "<?xml version=\"1.0\"?><resource-lists "
		       "xmlns=\"urn:ietf:params:xml:ns:resource-lists\">"
		       "<list>");
	for (unsigned i = 0; i < PEOPLE; i++) {
		if (i == 0 || prng_once_in(&run->prng, 2))
			text_printf(&xml, "<entry uri=\"%s\"/>",
				    run->people[i]);
	}
	text_add(&xml, "</list></resource-lists>");
	return text_view(&xml);
}

static struct request *request_new(struct run *run, const char *sender)
{
	static const struct header content[] = {
		{VIEW("Content-Type"), VIEW("application/resource-lists+xml")},
		{VIEW("Content-Disposition"), VIEW("recipient-list")}};
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));

	*request = (struct request){
		.arena = arena,
		.method_id = METHOD_INVITE,
		.method = "INVITE",
		.source = "192.0.2.9:5060",
		.from_key = sender,
		.from = arena_printf(arena, "<%s>", sender),
		.sender = {IDENTITY_DIGEST, {sender, NULL}},
		.max_forwards = 70,
		.max_breadth = -1,
		.expires_s = -1,
		.received_at = wall_now_s(),
		.content = content,
		.n_content = 2,
		.content_type = VIEW("application/resource-lists+xml")};
	request->call_id =
		arena_printf(arena, "%u@example.com", ++run->n_requests);
	snprintf(request->id, sizeof(request->id), "relay=%012x",
		 run->n_requests);
	fake_edge_receive(&run->fixture.edge, request);
	return request;
}

static const char *creator_of(struct run *run)
{
	static const char *const creators[CREATORS] = {"sip:a0@example.com",
						       "sip:a1@example.com",
						       "sip:a2@example.com"};

	return creators[prng_below(&run->prng, CREATORS)];
}

static void invite_list(struct run *run)
{
	struct request *request = request_new(run, creator_of(run));

	request->purpose = PURPOSE_LIST;
	request->service = &run->fixture.services[0];
	request->target = request->target_key = SERVICE;
	request->body = list_of(run, request->arena);
	conferences_receive(run->fixture.conferences, request);
}

static void see(void *arg, const struct conference_view *view)
{
	memcpy(arg, view->id, CONFERENCE_ID_LEN + 1);
}

/* Somebody of the list, or who made it, calls the newest conference. */
static void dial_in(struct run *run)
{
	const struct conference_filter all = {.age = CONFERENCES_RUNNING,
					      .limit = 100};
	char id[CONFERENCE_ID_LEN + 1] = "";
	struct request *request;

	conferences_list(run->fixture.conferences, &all, see, id);
	if (!*id)
		return;
	request = request_new(
		run, prng_once_in(&run->prng, 2)
			     ? creator_of(run)
			     : run->people[prng_below(&run->prng, PEOPLE)]);
	request->purpose = PURPOSE_CONFERENCE;
	request->conference = arena_printf(request->arena, "c-%s", id);
	request->target = request->target_key =
		arena_printf(request->arena, "sip:c-%s@" FIXTURE_DOMAIN, id);
	conferences_receive_dial_in(run->fixture.conferences, request);
}

/* ---- what other phones do ------------------------------------------------ */

static struct session *some_session(struct run *run)
{
	struct session *session = fake_sessions_first(run->fixture.sessions);
	unsigned n = 0, which;

	for (struct session *it = session; it; it = it->next)
		n += it->state != FAKE_SESSION_OVER;
	if (n == 0)
		return NULL;
	which = prng_below(&run->prng, n);
	for (; session; session = session->next) {
		if (session->state != FAKE_SESSION_OVER && which-- == 0)
			return session;
	}
	return NULL;
}

static void act_invited(struct run *run, struct session *session)
{
	switch (prng_below(&run->prng, 5)) {
	case 0:
		fake_session_ring(session, 180);
		break;
	case 1:
		fake_session_end(session, SESSION_REFUSED, 486);
		break;
	case 2:
		fake_session_end(session, SESSION_SILENT, 408);
		break;
	default:
		fake_session_answer(session);
		break;
	}
}

static void act_confirmed(struct run *run, struct session *session)
{
	switch (prng_below(&run->prng, 6)) {
	case 0:
		fake_session_leave(session);
		break;
	case 1:
		session->stream.is_on_hold = !session->stream.is_on_hold;
		fake_session_change(session);
		break;
	default:
		fake_session_acknowledge(session);
		break;
	}
}

static void act(struct run *run)
{
	struct session *session = some_session(run);

	if (!session)
		return;
	switch (session->state) {
	case FAKE_SESSION_INVITED:
		act_invited(run, session);
		break;
	case FAKE_SESSION_CONFIRMED:
		act_confirmed(run, session);
		break;
	case FAKE_SESSION_ACCEPTED:
	case FAKE_SESSION_ANSWERED:
		if (prng_once_in(&run->prng, 4))
			fake_session_end(session,
					 session->is_theirs ? SESSION_CANCELLED
							    : SESSION_LOST,
					 487);
		break;
	case FAKE_SESSION_NEW:
	case FAKE_SESSION_LEAVING:
	case FAKE_SESSION_ENDING:
	case FAKE_SESSION_OVER:
		break;
	}
}

/* ---- time, disk ---------------------------------------------------------- */

/* One part of the world moves, the others do not. */
static void move(struct run *run)
{
	struct fixture *fixture = &run->fixture;

	switch (prng_below(&run->prng, 6)) {
	case 0:
		fake_loop_turn(fixture->loop);
		break;
	case 1:
		fake_writer_turn(fixture->writer);
		break;
	case 2:
		fake_sessions_turn(fixture->sessions);
		break;
	case 3:
		fake_mixer_turn(fixture->mixer);
		break;
	case 4:
		fixture_advance(fixture, prng_below(&run->prng, 8000));
		break;
	default:
		fixture_settle(fixture);
		break;
	}
}

static void disturb(struct run *run)
{
	struct writer *writer = run->fixture.writer;

	switch (prng_below(&run->prng, 4)) {
	case 0:
		fake_writer_hold(writer, 1);
		break;
	case 1:
		fake_writer_fail(writer, ERR_IO);
		break;
	default:
		fake_writer_hold(writer, 0);
		fake_writer_fail(writer, ERR_OK);
		break;
	}
}

static void take_step(struct run *run)
{
	unsigned who = prng_below(&run->prng, PEOPLE);

	switch (prng_below(&run->prng, 16)) {
	case 0:
		invite_list(run);
		break;
	case 1:
		dial_in(run);
		break;
	case 2:
		say_word(run, who, true);
		break;
	case 3:
		say_word(run, who, false);
		break;
	case 4:
		disturb(run);
		break;
	case 5:
	case 6:
	case 7:
	case 8:
		act(run);
		break;
	default:
		move(run);
		break;
	}
	check_all(run);
}

/* ---- a sequence ---------------------------------------------------------- */

static void begin(struct run *run, unsigned i)
{
	struct fixture *fixture = &run->fixture;

	run->prng = prng_of(seed, i);
	fixture_init(fixture);
	fixture->services[0] = (struct service){.name = "conf",
						.uri = SERVICE,
						.key = SERVICE,
						.methods = methods,
						.n_methods = 1,
						.missing = MISSING_OMITS};
	fixture->n_services = 1;
	fixture->conferring.dialout.ringing_per_conference = 3;
	fixture_start(fixture);
	for (unsigned j = 0; j < PEOPLE; j++) {
		snprintf(run->people[j], sizeof(run->people[j]),
			 "sip:p%u@example.org", j);
		say_word(run, j, false);
	}
	fixture_settle(fixture);
}

/* Everything ends, and nothing is left. */
static void finish(struct run *run)
{
	struct fixture *fixture = &run->fixture;
	struct conferences_left left;

	fake_writer_hold(fixture->writer, 0);
	fake_writer_fail(fixture->writer, ERR_OK);
	fixture_settle(fixture);
	conferences_drain(fixture->conferences);
	fixture_advance(fixture, 10000);
	check_all(run);
	must(&run->prng, conferences_idle(fixture->conferences),
	     "all of it ends at a stop");
	must(&run->prng, fake_mixer_conferences(fixture->mixer) == 0,
	     "no conference is left in the mixer");
	must(&run->prng, fixture->edge.n_requests == 0,
	     "each request was answered");
	must(&run->prng, run->n_out == 0, "each word was heard");
	must(&run->prng,
	     store_conferences_left(fake_writer_store(fixture->writer),
				    fixture->arena, &left) == ERR_OK &&
		     left.n_calls + left.n_conferences == 0,
	     "no row is left");
	fixture_release(fixture);
}

START_TEST(a_no_is_a_no)
{
	unsigned n = prng_sequences_or_all(SEQUENCES, SEQUENCES_ALL);

	for (unsigned i = 0; prng_goes_on(i, n); i++) {
		struct run *run = mem_alloc(sizeof(*run));

		begin(run, i);
		for (unsigned j = 0; j < STEPS; j++)
			take_step(run);
		finish(run);
		free(run);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conference_prop");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	seed = prng_seed("conference_prop");
	log_set_level(LOG_ERROR);
	tcase_set_timeout(tcase, 0);
	tcase_add_test(tcase, a_no_is_a_no);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
