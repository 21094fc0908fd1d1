#include "db/deliveries.h"
#include "db/job_queue.h"
#include "db/journal.h"
#include "db/permissions.h"
#include "db/accounts.h"
#include "tests/unit/db_help.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>

#define N_KEYS 16
#define N_READERS 2
#define N_ROUNDS 400

static struct place place;
static struct desk desk;

static void open_desk(void)
{
	place_init(&place);
	desk_open(&desk, place.path);
}

static void close_desk(void)
{
	desk_close(&desk);
	place_free(&place);
}

/** A job that holds the writer up until it is told to go on. */
struct gate {
	struct write_job job; /**< first */
	sem_t entered, open;
};

static enum err gate_run(struct store *store, struct write_job *job)
{
	struct gate *gate = (struct gate *)job;

	(void)store;
	sem_post(&gate->entered);
	sem_wait(&gate->open);
	return ERR_OK;
}

static void done_nothing(struct write_job *job)
{
	(void)job;
}

/** What is submitted from now until gate_open() goes into one transaction. */
static void gate_shut(struct gate *gate)
{
	memset(gate, 0, sizeof(*gate));
	sem_init(&gate->entered, 0, 0);
	sem_init(&gate->open, 0, 0);
	gate->job.run = gate_run;
	gate->job.done = done_nothing;
	ck_ok(writer_submit(desk.writer, &gate->job));
	loop_step(desk.loop, 0); /* the end of a turn */
	sem_wait(&gate->entered);
}

static void gate_open(struct gate *gate)
{
	sem_post(&gate->open);
}

static size_t n_done;
static size_t n_expected;
static int order[64];

/** A change that is awaited on the loop. */
struct posted {
	struct change_job change; /**< first */
	int number;
};

static void posted_done(struct write_job *job)
{
	order[n_done++] = ((struct posted *)job)->number;
	if (n_done == n_expected)
		loop_stop(desk.loop);
}

static void post(struct posted *posted, int number,
		 struct permission_change change)
{
	*posted = (struct posted){
		.change = {.job = {.run = change_run, .done = posted_done},
			   .change = change},
		.number = number};
	ck_ok(writer_submit(desk.writer, &posted->change.job));
}

static void await_posted(size_t n)
{
	n_expected = n;
	loop_run(desk.loop);
	ck_assert_uint_eq(n_done, n);
	n_done = 0;
}

static struct permission_change grant_to(const char *recipient)
{
	return say(EVENT_GRANT, ORIGIN_RECIPIENT, recipient);
}

static struct permission_change deny_to(const char *recipient)
{
	return say(EVENT_DENY, ORIGIN_RECIPIENT, recipient);
}

static enum verdict verdict_on_disk(const char *recipient)
{
	struct arena *arena = arena_new(0);
	struct permission row;
	struct store *reader;
	enum err err;

	ck_ok(store_open(place.path, STORE_READ, &reader));
	err = store_permission_find(
		reader,
		&(struct permission){.sender = SENDER,
				     .target = TARGET,
				     .recipient = recipient},
		arena, &row);
	store_close(reader);
	arena_free(arena);
	if (err == ERR_UNKNOWN)
		return VERDICT_MISSING;
	ck_ok(err);
	return row.state == PERMISSION_GRANTED ? VERDICT_GRANTED
					       : VERDICT_DENIED;
}

/* ---- the index in step with the disk ---------------------------------- */

/** A change, and what the index says inside its transaction. */
struct watched {
	struct change_job change; /**< first */
	enum verdict inside;
};

static enum err watched_run(struct store *store, struct write_job *job)
{
	struct watched *self = (struct watched *)job;
	enum err err = change_run(store, job);

	self->inside = verdict_of(desk.index, self->change.change.recipient);
	return err;
}

static enum err watch(struct permission_change change, enum err verdict,
		      enum verdict *ret_inside)
{
	struct watched job = {.change = {.job.run = watched_run,
					 .change = change,
					 .verdict = verdict}};
	enum err err = writer_call(desk.writer, &job.change.job);

	*ret_inside = job.inside;
	return err;
}

START_TEST(a_yes_is_in_force_after_its_commit_and_not_before)
{
	enum verdict inside;

	ck_ok(watch(grant_to(RECIPIENT), ERR_OK, &inside));
	ck_assert_int_eq(inside, VERDICT_MISSING);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_GRANTED);
	ck_assert_int_eq(verdict_on_disk(RECIPIENT), VERDICT_GRANTED);
}
END_TEST

START_TEST(a_no_is_in_force_before_its_commit)
{
	enum verdict inside;

	ck_ok(desk_change(&desk, grant_to(RECIPIENT)));
	ck_ok(watch(deny_to(RECIPIENT), ERR_OK, &inside));
	ck_assert_int_eq(inside, VERDICT_DENIED);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
}
END_TEST

START_TEST(a_removal_is_in_force_before_its_commit_but_not_that_of_a_no)
{
	struct permission_change removal =
		say(EVENT_REMOVED, ORIGIN_RECIPIENT, RECIPIENT);
	enum verdict inside;

	ck_ok(desk_change(&desk, grant_to(RECIPIENT)));
	ck_ok(watch(removal, ERR_OK, &inside));
	ck_assert_int_eq(inside, VERDICT_MISSING);
	ck_ok(desk_change(&desk, deny_to(RECIPIENT)));
	ck_ok(watch(removal, ERR_OK, &inside));
	ck_assert_int_eq(inside, VERDICT_DENIED);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_MISSING);
}
END_TEST

START_TEST(a_job_that_fails_leaves_nothing_behind)
{
	enum verdict inside;

	ck_err(watch(grant_to(RECIPIENT), ERR_FORBIDDEN, &inside),
	       ERR_FORBIDDEN);
	ck_assert_int_eq(inside, VERDICT_MISSING);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_MISSING);
	ck_assert_int_eq(verdict_on_disk(RECIPIENT), VERDICT_MISSING);
	/* A no that was undone is undone in memory too, by what is on disk. */
	ck_ok(desk_change(&desk, grant_to(RECIPIENT)));
	ck_err(watch(deny_to(RECIPIENT), ERR_FORBIDDEN, &inside),
	       ERR_FORBIDDEN);
	ck_assert_int_eq(inside, VERDICT_DENIED);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_GRANTED);
}
END_TEST

/** Jobs of one transaction on the same triple: what each says, and how it ends;
 *  the index must end as the disk does. */
struct mixed {
	const char *words; /**< g, d; upper case: the job fails after it */
	enum verdict end;
};

static const struct mixed mixes[] = {
	{"gd", VERDICT_DENIED},	  {"dg", VERDICT_GRANTED},
	{"gD", VERDICT_GRANTED},  {"dG", VERDICT_DENIED},
	{"GD", VERDICT_MISSING},  {"gdG", VERDICT_DENIED},
	{"Gd", VERDICT_DENIED},	  {"Dg", VERDICT_GRANTED},
	{"gdg", VERDICT_GRANTED}, {"gdgd", VERDICT_DENIED}};

START_TEST(jobs_of_one_transaction_end_as_the_disk_does)
{
	const struct mixed *mix = &mixes[_i];
	struct posted jobs[8];
	struct gate gate;
	size_t n = strlen(mix->words);

	gate_shut(&gate);
	for (size_t i = 0; i < n; i++) {
		bool fails = mix->words[i] < 'a';

		post(&jobs[i], (int)i,
		     (mix->words[i] | 0x20) == 'g' ? grant_to(RECIPIENT)
						   : deny_to(RECIPIENT));
		jobs[i].change.verdict = fails ? ERR_FORBIDDEN : ERR_OK;
	}
	gate_open(&gate);
	await_posted(n);
	for (size_t i = 0; i < n; i++)
		ck_err(jobs[i].change.job.err,
		       mix->words[i] < 'a' ? ERR_FORBIDDEN : ERR_OK);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), mix->end);
	ck_assert_int_eq(verdict_on_disk(RECIPIENT), mix->end);
}
END_TEST

START_TEST(index_and_accounts_are_there_after_a_restart)
{
	struct permission_change pending =
		say(EVENT_ADDED, ORIGIN_ADMIN, "sip:c@example.net");

	ck_ok(desk_change(&desk, grant_to("sip:a@example.net")));
	ck_ok(desk_change(&desk, deny_to("sip:b@example.net")));
	ck_ok(desk_change(&desk, pending));
	desk_close(&desk);
	desk_open(&desk, place.path);
	ck_assert_int_eq(verdict_of(desk.index, "sip:a@example.net"),
			 VERDICT_GRANTED);
	ck_assert_int_eq(verdict_of(desk.index, "sip:b@example.net"),
			 VERDICT_DENIED);
	ck_assert_uint_eq(index_count(desk.index), 2);
}
END_TEST

/* ---- accounts --------------------------------------------------------- */

enum user_act { USER_ADD, USER_RENAME, USER_REMOVE };

struct user_job {
	struct write_job job; /**< first */
	enum user_act act;
	int64_t id;
	enum err verdict;
	enum err inside; /**< of looking for "alice" inside the transaction */
};

static enum err look_for(const char *username)
{
	struct arena *arena = arena_new(0);
	struct account user;
	enum err err = accounts_find(
		desk.accounts, &(struct account_name){"", view_of(username)},
		arena, &user);

	arena_free(arena);
	return err;
}

static enum err user_run(struct store *store, struct write_job *job)
{
	struct user_job *self = (struct user_job *)job;
	struct arena *arena = arena_new(0);
	struct account user = {
		.id = self->id, .aor = SENDER, .username = "alice"};
	enum err err;

	if (self->act == USER_ADD) {
		err = store_account_add(store, &user, arena, &user);
		self->id = user.id;
	} else if (self->act == USER_RENAME) {
		user.username = "bob";
		err = store_account_change(store, &user, NULL, arena, &user);
	} else {
		err = store_account_remove(store, self->id, NULL);
	}
	self->inside = look_for("alice");
	arena_free(arena);
	return err == ERR_OK ? self->verdict : err;
}

START_TEST(accounts_follow_the_disk_and_go_at_once)
{
	struct user_job job = {.job.run = user_run, .act = USER_ADD};

	job.verdict = ERR_FORBIDDEN;
	ck_err(writer_call(desk.writer, &job.job), ERR_FORBIDDEN);
	ck_err(look_for("alice"), ERR_UNKNOWN);
	job.verdict = ERR_OK;
	ck_ok(writer_call(desk.writer, &job.job));
	ck_err(job.inside, ERR_UNKNOWN);
	ck_ok(look_for("alice"));
	job.act = USER_REMOVE;
	job.verdict = ERR_FORBIDDEN;
	ck_err(writer_call(desk.writer, &job.job), ERR_FORBIDDEN);
	ck_err(job.inside, ERR_UNKNOWN);
	ck_ok(look_for("alice"));
	job.act = USER_RENAME;
	job.verdict = ERR_OK;
	ck_ok(writer_call(desk.writer, &job.job));
	ck_err(look_for("alice"), ERR_UNKNOWN);
	ck_ok(look_for("bob"));
	desk_close(&desk);
	desk_open(&desk, place.path);
	ck_ok(look_for("bob"));
	job.act = USER_REMOVE;
	ck_ok(writer_call(desk.writer, &job.job));
	ck_err(look_for("bob"), ERR_UNKNOWN);
}
END_TEST

/* ---- the queue -------------------------------------------------------- */

START_TEST(what_waits_is_committed_together_and_reported_in_order)
{
	static struct posted jobs[60];
	struct gate gate;
	uint64_t commits = desk.counters.counts[COUNT_COMMITS];
	char name[60][32];

	gate_shut(&gate);
	for (int i = 0; i < 60; i++) {
		snprintf(name[i], sizeof(name[i]), "sip:u%d@example.net", i);
		post(&jobs[i], i, grant_to(name[i]));
	}
	gate_open(&gate);
	await_posted(60);
	for (int i = 0; i < 60; i++) {
		ck_assert_int_eq(order[i], i);
		ck_ok(jobs[i].change.job.err);
	}
	/* The gate's own, and one for all sixty. */
	ck_assert_uint_eq(desk.counters.counts[COUNT_COMMITS], commits + 2);
}
END_TEST

/* The writer sleeps when they begin to come. */
START_TEST(what_comes_in_one_turn_shares_a_commit)
{
	static struct posted jobs[20];
	uint64_t commits = desk.counters.counts[COUNT_COMMITS];

	for (int i = 0; i < 20; i++)
		post(&jobs[i], i, grant_to(RECIPIENT));
	await_posted(20);
	ck_assert_uint_eq(desk.counters.counts[COUNT_COMMITS], commits + 1);
}
END_TEST

START_TEST(a_full_queue_refuses_all_but_what_is_urgent)
{
	static struct posted jobs[1002];
	struct gate gate;

	gate_shut(&gate);
	for (int i = 0; i < 1000; i++)
		post(&jobs[i], i % 60, grant_to(RECIPIENT));
	jobs[1000] = jobs[1001] = jobs[0];
	ck_err(writer_submit(desk.writer, &jobs[1000].change.job), ERR_BUSY);
	jobs[1001].change.change = deny_to(RECIPIENT);
	ck_ok(writer_submit_urgent(desk.writer, &jobs[1001].change.job));
	gate_open(&gate);
	n_expected = 0;
	/* Wait for all of it: this one comes last. */
	ck_ok(desk_change(&desk, deny_to(RECIPIENT)));
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
}
END_TEST

/* ---- little room ------------------------------------------------------ */

struct accept_job {
	struct write_job job; /**< first */
	unsigned number;
	int64_t id;
	enum err verdict; /**< what the job says in the end */
};

static enum err accept_run(struct store *store, struct write_job *job)
{
	struct accept_job *self = (struct accept_job *)job;
	struct arena *arena = arena_new(0);
	struct journal_entry entry = entry_of(arena, self->number, 100);
	enum err err = store_journal_add(store, &entry, &self->id);

	arena_free(arena);
	return err == ERR_OK ? self->verdict : err;
}

START_TEST(ids_go_up_whatever_fails_and_whoever_starts)
{
	struct accept_job job = {.job.run = accept_run};
	int64_t last = 0;

	for (unsigned n = 0; n < 30; n++) {
		job.number = n;
		job.verdict = n % 5 == 1 ? ERR_FORBIDDEN : ERR_OK;
		ck_err(writer_call(desk.writer, &job.job), job.verdict);
		if (n % 7 == 3) {
			desk_close(&desk);
			desk_open(&desk, place.path);
		}
		if (job.verdict != ERR_OK)
			continue;
		ck_assert_int_gt(job.id, last);
		last = job.id;
	}
}
END_TEST

static void forget(struct write_job *job)
{
	(void)job;
}

START_TEST(what_was_undone_is_no_repeat)
{
	struct accept_job jobs[4];
	struct gate gate;

	/* The first fails after it was accepted, and goes alone; the third is
	 * the same request in the same transaction. */
	for (unsigned i = 0; i < 4; i++)
		jobs[i] = (struct accept_job){.job.run = accept_run,
					      .job.done = forget,
					      .number = i % 2,
					      .verdict = i ? ERR_OK
							   : ERR_FORBIDDEN};
	gate_shut(&gate);
	for (unsigned i = 0; i < 4; i++)
		ck_ok(writer_submit(desk.writer, &jobs[i].job));
	gate_open(&gate);
	ck_ok(desk_change(&desk, deny_to(RECIPIENT)));
	ck_err(jobs[0].job.err, ERR_FORBIDDEN);
	ck_ok(jobs[1].job.err);
	ck_ok(jobs[2].job.err);
	ck_err(jobs[3].job.err, ERR_EXISTS);
	ck_assert_int_eq(jobs[3].id, jobs[1].id);
	ck_err(writer_call(desk.writer, &jobs[2].job), ERR_EXISTS);
}
END_TEST

struct put_off_job {
	struct write_job job; /**< first */
	int64_t id;
};

static enum err put_off_run(struct store *store, struct write_job *job)
{
	struct put_off_job *self = (struct put_off_job *)job;
	struct delivery row = {.sender = SENDER,
			       .target = TARGET,
			       .recipient = RECIPIENT,
			       .method = "MESSAGE",
			       .state = DELIVERY_WAITING,
			       .since = NOW,
			       .next_at = NOW + 30,
			       .expires_at = NOW + 600};

	return store_journal_record_outcome(store, self->id, &row, 1);
}

static enum err drop_run(struct store *store, struct write_job *job)
{
	(void)job;
	return store_delivery_drop(store, 1, 1);
}

/** Until the writer has counted how many wait. */
static void await_waiting(int64_t n)
{
	while (desk.counters.gauges[GAUGE_DELIVERIES] != n)
		sched_yield();
}

START_TEST(a_repeat_is_known_whether_something_waits_or_not)
{
	struct accept_job accept = {.job.run = accept_run};
	struct put_off_job put_off = {.job.run = put_off_run};
	struct write_job drop = {.run = drop_run};

	ck_ok(writer_call(desk.writer, &accept.job));
	ck_err(writer_call(desk.writer, &accept.job), ERR_EXISTS);
	put_off.id = accept.id;
	ck_ok(writer_call(desk.writer, &put_off.job));
	ck_err(writer_call(desk.writer, &accept.job), ERR_EXISTS);
	await_waiting(1);
	ck_err(writer_call(desk.writer, &accept.job), ERR_EXISTS);
	ck_assert_int_eq(accept.id, put_off.id);
	ck_ok(writer_call(desk.writer, &drop));
	await_waiting(0);
	ck_ok(writer_call(desk.writer, &accept.job));
	ck_assert_int_gt(accept.id, put_off.id);
}
END_TEST

START_TEST(with_little_room_nothing_is_accepted_but_a_no_is)
{
	struct accept_job first = {.job.run = accept_run, .number = 1};
	struct accept_job second = {.job.run = accept_run, .number = 2};
	struct writer_settings settings;

	ck_ok(writer_call(desk.writer, &first.job));
	writer_free(desk.writer);
	settings = (struct writer_settings){.path = place.path,
					    .loop = desk.loop,
					    .index = desk.index,
					    .accounts = desk.accounts,
					    .counters = &desk.counters,
					    .queue_max = 10,
					    .min_free_bytes = UINT64_MAX};
	ck_ok(writer_new(&settings, &desk.writer));
	ck_err(writer_call(desk.writer, &second.job), ERR_FULL);
	/* What is there already is, as ever. */
	ck_err(writer_call(desk.writer, &first.job), ERR_EXISTS);
	ck_ok(desk_change(&desk, deny_to(RECIPIENT)));
	ck_assert(writer_is_healthy(desk.writer));
}
END_TEST

/*
 * Readers while it changes.
 *
 * Each key is granted and denied in turn.  Its clock ticks when a word is
 * submitted and when it is known to be on disk:
 *   4n     denied on disk, nothing on its way
 *   4n + 1 a grant is on its way
 *   4n + 2 granted on disk
 *   4n + 3 a deny is on its way
 * A reader that finds the same time before and after its look knows what the
 * index had to say.
 */
struct hammer {
	atomic_uint clocks[N_KEYS];
	char names[N_KEYS][32];
	atomic_bool is_over;
	atomic_uint looks, certain;
};

static void check_key(struct hammer *hammer, struct store *reader, size_t key)
{
	unsigned before = atomic_load(&hammer->clocks[key]);
	enum verdict verdict = verdict_of(desk.index, hammer->names[key]);
	struct arena *arena = arena_new(0);
	struct permission row;

	/* A yes rests on a committed row (the reader sees only those). */
	if (verdict == VERDICT_GRANTED)
		ck_ok(store_permission_find(
			reader,
			&(struct permission){.sender = SENDER,
					     .target = TARGET,
					     .recipient = hammer->names[key]},
			arena, &row));
	if (atomic_load(&hammer->clocks[key]) == before) {
		hammer->certain++;
		if (before % 4 == 0)
			ck_assert_int_ne(verdict, VERDICT_GRANTED);
		if (before % 4 == 2)
			ck_assert_int_eq(verdict, VERDICT_GRANTED);
		if (before % 4 < 2 && verdict == VERDICT_GRANTED)
			ck_assert_int_eq(row.state, PERMISSION_GRANTED);
	}
	hammer->looks++;
	arena_free(arena);
}

static void *read_on(void *arg)
{
	struct hammer *hammer = arg;
	struct store *reader;

	ck_ok(store_open(place.path, STORE_READ, &reader));
	for (size_t i = 0; !hammer->is_over; i++)
		check_key(hammer, reader, i % N_KEYS);
	store_close(reader);
	return NULL;
}

/** Alternate each key's word, several in one transaction. */
static void turn(struct hammer *hammer, int round)
{
	static struct posted jobs[N_KEYS];
	bool grants = round % 2 == 0;

	for (int i = 0; i < N_KEYS; i++) {
		hammer->clocks[i]++;
		post(&jobs[i], i,
		     grants ? grant_to(hammer->names[i])
			    : deny_to(hammer->names[i]));
	}
	await_posted(N_KEYS);
	for (int i = 0; i < N_KEYS; i++) {
		ck_ok(jobs[i].change.job.err);
		hammer->clocks[i]++;
	}
}

START_TEST(readers_never_see_a_yes_early_or_late)
{
	static struct hammer hammer;
	pthread_t readers[N_READERS];

	for (int i = 0; i < N_KEYS; i++)
		snprintf(hammer.names[i], sizeof(hammer.names[i]),
			 "sip:k%d@example.net", i);
	for (int i = 0; i < N_READERS; i++)
		ck_assert_int_eq(
			pthread_create(&readers[i], NULL, read_on, &hammer), 0);
	for (int round = 0; round < N_ROUNDS; round++)
		turn(&hammer, round);
	hammer.is_over = true;
	for (int i = 0; i < N_READERS; i++)
		pthread_join(readers[i], NULL);
	printf("looks %u, certain %u\n", hammer.looks, hammer.certain);
	ck_assert_uint_gt(hammer.certain, 0);
}
END_TEST

/** Nobody waits for a commit with thousands of rows who need not. */
START_TEST(a_long_job_is_alone)
{
	struct write_job jobs[] = {{.err = ERR_OK},
				   {.is_long = true},
				   {.is_long = true},
				   {.err = ERR_OK}};
	const size_t sizes[] = {1, 1, 1, 1, 0};
	struct job_queue queue, group;

	job_queue_init(&queue);
	for (size_t i = 0; i < 4; i++)
		job_queue_add(&queue, &jobs[i]);
	for (size_t i = 0; i < 5; i++) {
		job_queue_take(&queue, 10, &group);
		ck_assert_uint_eq(group.n, sizes[i]);
		if (group.n)
			ck_assert_ptr_eq(group.first, &jobs[i]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("writer");
	TCase *tests = tcase_create("writer");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, open_desk, close_desk);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests,
		       a_yes_is_in_force_after_its_commit_and_not_before);
	tcase_add_test(tests, a_no_is_in_force_before_its_commit);
	tcase_add_test(tests, what_comes_in_one_turn_shares_a_commit);
	tcase_add_test(
		tests,
		a_removal_is_in_force_before_its_commit_but_not_that_of_a_no);
	tcase_add_test(tests, a_job_that_fails_leaves_nothing_behind);
	tcase_add_loop_test(tests, jobs_of_one_transaction_end_as_the_disk_does,
			    0, sizeof(mixes) / sizeof(mixes[0]));
	tcase_add_test(tests, index_and_accounts_are_there_after_a_restart);
	tcase_add_test(tests, accounts_follow_the_disk_and_go_at_once);
	tcase_add_test(tests,
		       what_waits_is_committed_together_and_reported_in_order);
	tcase_add_test(tests, a_full_queue_refuses_all_but_what_is_urgent);
	tcase_add_test(tests, ids_go_up_whatever_fails_and_whoever_starts);
	tcase_add_test(tests, what_was_undone_is_no_repeat);
	tcase_add_test(tests, a_repeat_is_known_whether_something_waits_or_not);
	tcase_add_test(tests, with_little_room_nothing_is_accepted_but_a_no_is);
	tcase_add_test(tests, readers_never_see_a_yes_early_or_late);
	tcase_add_test(tests, a_long_job_is_alone);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
