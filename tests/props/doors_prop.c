/*
 * A no by every door: PUBLISH, REST (POST, PATCH, DELETE; the operator's own,
 * or one that the recipient told them), the last moment of a stop.  Two threads
 * send all the time, as workers do: in turns, what is sent in a turn was asked
 * for in it.  The process starts again, with its store, with an older copy of
 * it, or with none.  Whenever the answer to a no was given, and until its
 * recipient takes it back, nothing of what it covers is sent.  And nothing is
 * sent of a kind that no yes was ever said to.
 *
 * Writer, store, record of revocations, index and quiesce are real; who sends
 * is played (tests/wire/r00042-a-deny-by-rest has the real edge).
 */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/account_table.h"
#include "db/index.h"
#include "db/permissions.h"
#include "db/quiesce.h"
#include "db/told.h"
#include "db/writer.h"
#include "tests/props/prng.h"
#include "tests/props/scratch.h"

#define SEQUENCES 10000
#define STEPS 16
#define THREADS 2
#define SCOPES 3
#define RECIPIENTS 2
#define SENDERS 2
#define TARGET "sip:lists@relay.example.com"
#define NOW 1700000000

static const char *const scopes[SCOPES] = {"sip:a@example.com", "*@example.com",
					   "*"};
static const char *const senders[SENDERS] = {"sip:a@example.com",
					     "sip:b@example.org"};
static const bool covers[SCOPES][SENDERS] = {
	{true, false}, {true, false}, {true, true}};
static const char *const recipients[RECIPIENTS] = {"sip:o@example.net",
						   "sip:p@example.net"};

#define KINDS 3
static const char *const kinds[KINDS] = {"message", "call", "event:reg"};
/** What one word may be about: of these kinds, by bit. */
static const struct {
	const char *text;
	unsigned bits;
} said_kinds[] = {
	{"message", 1}, {"call", 2}, {"message,call", 3}, {"event:reg", 4}};

static uint64_t seed;

/** Set when the answer to a no was given. */
static atomic_bool is_denied[SCOPES][RECIPIENTS][KINDS];
/** Before the first yes is said. */
static atomic_bool was_granted[SCOPES][RECIPIENTS][KINDS];
static atomic_bool is_violated;

struct sender {
	pthread_t thread;
	struct index *index;
	atomic_bool has_asked, is_stopping;
	atomic_uint turns;
	unsigned number;
};

static struct fixture {
	struct prng prng;
	struct loop *loop;
	struct index *index;
	struct accounts *accounts;
	struct counters counters;
	struct writer *writer;
	struct sender senders[THREADS];
	bool is_running;
	unsigned long sent, denies;
	bool has_copy;
	char path[200], copy[256];
} fixture;

static atomic_ulong n_sent;

/* ---- who sends ---------------------------------------------------------- */

static void send_one(unsigned sender, unsigned recipient, unsigned kind)
{
	bool is_granted = false;

	for (unsigned i = 0; i < SCOPES; i++) {
		if (!covers[i][sender])
			continue;
		if (is_denied[i][recipient][kind])
			is_violated = true;
		is_granted |= was_granted[i][recipient][kind];
	}
	if (!is_granted)
		is_violated = true;
	n_sent++;
}

static void turn(struct sender *self,
		 const struct index_query *queries[SENDERS][KINDS])
{
	bool may[SENDERS][RECIPIENTS][KINDS];
	struct permission row;

	for (unsigned i = 0; i < SENDERS; i++)
		for (unsigned j = 0; j < RECIPIENTS * KINDS; j++) {
			atomic_exchange(&self->has_asked, true);
			may[i][j / KINDS][j % KINDS] =
				index_decide(self->index, queries[i][j % KINDS],
					     recipients[j / KINDS], NOW, &row)
					.verdict == VERDICT_GRANTED;
		}
	sched_yield(); /* the longer, the more goes between */
	for (unsigned i = 0; i < SENDERS; i++)
		for (unsigned j = 0; j < RECIPIENTS * KINDS; j++)
			if (may[i][j / KINDS][j % KINDS])
				send_one(i, j / KINDS, j % KINDS);
	self->turns++;
	self->has_asked = false;
}

static void *send_all(void *arg)
{
	struct sender *self = arg;
	struct arena *arena = arena_new(0);
	const struct index_query *queries[SENDERS][KINDS];
	struct kinds kind;

	for (unsigned i = 0; i < SENDERS * KINDS; i++) {
		(void)kinds_read(kinds[i % KINDS], &kind);
		queries[i / KINDS][i % KINDS] = index_query_new(
			self->index, arena,
			&(struct identity){IDENTITY_DIGEST,
					   {senders[i / KINDS], NULL}},
			TARGET, kind);
	}
	while (!self->is_stopping)
		turn(self, queries);
	arena_free(arena);
	return NULL;
}

/** As worker_pool_quiesce(): those who have asked end their turn. */
static void settle(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < THREADS; i++) {
		struct sender *sender = &fixture.senders[i];
		unsigned turns = sender->turns;

		while (sender->has_asked && sender->turns == turns)
			sched_yield();
	}
}

static void start(int accept_new)
{
	struct writer_settings settings = {.path = fixture.path,
					   .accept_new = accept_new,
					   .queue_max = 1000};

	fixture.loop = settings.loop = loop_new();
	fixture.index = settings.index = index_new();
	fixture.accounts = settings.accounts = accounts_new(NULL);
	settings.counters = &fixture.counters;
	must(&fixture.prng, writer_new(&settings, &fixture.writer) == ERR_OK,
	     "the store opens");
	quiesce_set(writer_quiesce(fixture.writer), settle, NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		struct sender *sender = &fixture.senders[i];

		*sender = (struct sender){.index = fixture.index, .number = i};
		pthread_create(&sender->thread, NULL, send_all, sender);
	}
	fixture.is_running = true;
}

/** In the order of daemon_free(): who sends stands still first. */
static void stop(void)
{
	for (unsigned i = 0; i < THREADS; i++)
		fixture.senders[i].is_stopping = true;
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(fixture.senders[i].thread, NULL);
	quiesce_end(writer_quiesce(fixture.writer));
	writer_free(fixture.writer);
	loop_finish(fixture.loop);
	index_free(fixture.index);
	accounts_free(fixture.accounts);
	loop_free(fixture.loop);
	fixture.is_running = false;
}

/* ---- doors -------------------------------------------------------------- */

struct door {
	struct write_job job; /**< first */
	struct permission_change change;
	bool is_told; /**< to an operator, who records it */
	atomic_bool is_over;
};

/** As a reply of the recipient's, or as REST. */
static enum err door_run(struct store *store, struct write_job *job)
{
	const struct door *door = (struct door *)(void *)job;
	const struct permission_change *change = &door->change;
	struct told told = {.token = "desk", .per_day = 1000};
	struct arena *arena = arena_new(0);
	struct permission_result result;
	struct permission_found wider = {.arena = arena};
	const struct permission like = {.sender = change->sender,
					.target = change->target,
					.recipient = change->recipient,
					.kinds = change->kinds};
	enum err err = ERR_OK;

	if (change->actor == ORIGIN_RECIPIENT && change->event == EVENT_GRANT)
		err = store_permission_lift(store, &like, change->now, &wider);
	if (err != ERR_OK)
		; /* a wider no stands */
	else if (change->actor != ORIGIN_RECIPIENT)
		err = store_permission_set(store, change, arena, &result);
	else if (door->is_told)
		err = store_permission_told(store, change, &told, arena,
					    &result);
	else if (change->event == EVENT_DENY)
		err = store_permission_deny(store, change, arena, &result.row);
	else
		err = store_permission_change(store, change, arena,
					      &result.row);
	arena_free(arena);
	return err;
}

struct word {
	struct door door;
	unsigned scope, recipient;
	unsigned kinds; /**< by bit */
};
static struct word published, called;

static void note(atomic_bool (*what)[RECIPIENTS][KINDS],
		 const struct word *word, bool is)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (word->kinds & 1u << i)
			what[word->scope][word->recipient][i] = is;
}

/** The answer leaves: what it promises holds from here on. */
static void answer(struct word *word)
{
	struct door *door = &word->door;

	if (door->job.err == ERR_OK && door->change.event == EVENT_DENY &&
	    door->change.actor == ORIGIN_RECIPIENT)
		note(is_denied, word, true);
	door->is_over = true;
}

static void publish_done(struct write_job *job)
{
	(void)job;
	answer(&published);
}

/** By PUBLISH: done() is called on the loop. */
static void publish(bool is_last)
{
	struct door *door = &published.door;

	door->job = (struct write_job){.run = door_run, .done = publish_done};
	door->is_over = false;
	must(&fixture.prng,
	     writer_submit_urgent(fixture.writer, &door->job) == ERR_OK,
	     "a no is taken");
	if (is_last) { /* the relay stops with it */
		for (unsigned i = 0; i < THREADS; i++)
			fixture.senders[i].is_stopping = true;
		return;
	}
	while (!door->is_over)
		loop_step(fixture.loop, 1);
}

static void *call_it(void *arg)
{
	called.door.job.err = writer_call(fixture.writer, &called.door.job);
	answer(&called);
	return arg;
}

/** By REST: a thread of its own waits for the loop. */
static void call(void)
{
	pthread_t thread;

	called.door.is_told = called.door.change.actor == ORIGIN_RECIPIENT &&
			      called.door.change.event == EVENT_DENY &&
			      prng_once_in(&fixture.prng, 2);
	called.door.job = (struct write_job){.run = door_run};
	called.door.is_over = false;
	pthread_create(&thread, NULL, call_it, NULL);
	while (!called.door.is_over)
		loop_step(fixture.loop, 1);
	pthread_join(thread, NULL);
}

static void roll(struct word *word)
{
	static const enum permission_event events[] = {
		EVENT_DENY,  EVENT_DENY,    EVENT_GRANT,
		EVENT_GRANT, EVENT_REMOVED, EVENT_ADDED};
	struct prng *prng = &fixture.prng;
	unsigned scope = prng_below(prng, SCOPES);
	unsigned recipient = prng_below(prng, RECIPIENTS);
	unsigned about = prng_below(prng, 4);
	struct permission_change change = {
		.sender = scopes[scope],
		.target = prng_once_in(prng, 2) ? TARGET : "*",
		.recipient = recipients[recipient],
		.event = events[prng_below(prng, 6)],
		.expires_at = -1,
		.now = NOW};

	change.actor = prng_once_in(prng, 2) ? ORIGIN_RECIPIENT : ORIGIN_ADMIN;
	if (change.event == EVENT_REMOVED || change.event == EVENT_ADDED)
		change.actor = ORIGIN_ADMIN;
	/* One target only where denies are concerned: one flag a scope. */
	if (change.actor == ORIGIN_RECIPIENT)
		change.target = TARGET;
	word->scope = scope;
	word->recipient = recipient;
	word->kinds = said_kinds[about].bits;
	(void)kinds_read(said_kinds[about].text, &change.kinds);
	if (change.event == EVENT_DENY && prng_once_in(prng, 2)) {
		change.kinds.set = 0;
		word->kinds = (1u << KINDS) - 1;
	}
	if (change.event == EVENT_GRANT)
		note(was_granted, word, true);
	if (change.event == EVENT_GRANT && change.actor == ORIGIN_RECIPIENT)
		note(is_denied, word, false);
	word->door.change = change;
}

/* ---- files -------------------------------------------------------------- */

static void copy_file(const char *from, const char *to)
{
	static char bytes[1 << 20];
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	ssize_t n;

	must(&fixture.prng, in >= 0, "the store is there");
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		must(&fixture.prng, write(out, bytes, (size_t)n) == n, "room");
	close(in);
	close(out);
}

/** A stop, and what the operator does to the files: the log is empty then. */
static void restart(void)
{
	struct prng *prng = &fixture.prng;
	bool is_lost = false;

	if (prng_once_in(prng, 2)) {
		roll(&published);
		publish(true);
	}
	stop();
	if (prng_once_in(prng, 2)) {
		copy_file(fixture.path, fixture.copy);
		fixture.has_copy = true;
	} else if (fixture.has_copy && prng_once_in(prng, 2)) {
		copy_file(fixture.copy, fixture.path);
		is_lost = true; /* perhaps it has no row */
	} else if (prng_once_in(prng, 3)) {
		unlink(fixture.path);
		is_lost = true;
	}
	start(is_lost);
}

static void forget_files(void)
{
	static const char *const tails[] = {"", ".lock", ".revocations",
					    ".revocations.key", ".copy"};
	char path[300];

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", fixture.path, tails[i]);
		unlink(path);
	}
	fixture.has_copy = false;
	for (unsigned i = 0; i < SCOPES; i++)
		for (unsigned j = 0; j < RECIPIENTS; j++)
			for (unsigned k = 0; k < KINDS; k++)
				is_denied[i][j][k] = was_granted[i][j][k] =
					false;
}

static void step(void)
{
	if (prng_once_in(&fixture.prng, 5)) {
		restart();
	} else if (prng_once_in(&fixture.prng, 2)) {
		roll(&published);
		publish(false);
	} else {
		roll(&called);
		call();
	}
	must(&fixture.prng, !is_violated, "nothing passes a no that stands");
}

static void run_sequence(unsigned sequence)
{
	fixture.prng = prng_of(seed, sequence);
	snprintf(fixture.path, sizeof(fixture.path), "%s",
		 scratch_path("doors.db"));
	snprintf(fixture.copy, sizeof(fixture.copy), "%s.copy", fixture.path);
	forget_files();
	start(0);
	for (unsigned i = 0; i < STEPS; i++)
		step();
	stop();
	must(&fixture.prng, !is_violated, "nothing passes a no that stands");
}

START_TEST(no_message_passes_a_standing_no)
{
	unsigned n = prng_sequences(SEQUENCES);

	for (unsigned i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
	printf("sent %lu\n", atomic_load(&n_sent));
	ck_assert_uint_gt(atomic_load(&n_sent), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("doors");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	/* Starts cost: all of them take minutes. */
	if (!getenv("VOLENS_ALL") && !getenv("VOLENS_SEQUENCES"))
		setenv("VOLENS_SECONDS", "5", 0);
	seed = prng_seed("doors_prop");
	scratch_make();
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 3000);
	tcase_add_test(cases, no_message_passes_a_standing_no);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	scratch_remove();
	return failed != 0;
}
