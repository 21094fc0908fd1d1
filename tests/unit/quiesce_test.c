/* A deny is over when nothing leaves any more, whoever waits for it. */
#include "db/quiesce.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "db/permissions.h"
#include "tests/unit/db_help.h"

static struct place place;
static struct desk desk;
static int n_runs;
static atomic_bool is_over; /**< the change of the other thread */

static void count_run(void *arg)
{
	(void)arg;
	ck_assert(!is_over);
	n_runs++;
}

static void setup(void)
{
	place_init(&place);
	desk_open(&desk, place.path);
	n_runs = 0;
	is_over = false;
	quiesce_set(writer_quiesce(desk.writer), count_run, NULL);
}

static void teardown(void)
{
	desk_close(&desk);
	place_free(&place);
}

static struct permission_change change;
static enum err outcome;

static void *change_it(void *arg)
{
	outcome = desk_change(&desk, change);
	is_over = true;
	return arg;
}

/** As a thread of REST does it, while the loop runs. */
static enum err change_beside(struct permission_change what)
{
	pthread_t thread;

	change = what;
	is_over = false;
	ck_assert_int_eq(pthread_create(&thread, NULL, change_it, NULL), 0);
	while (!is_over)
		loop_step(desk.loop, 1);
	pthread_join(thread, NULL);
	return outcome;
}

/** One change, and how often it stopped who sends. */
static int runs_of(enum permission_event event, enum permission_origin actor)
{
	int before = n_runs;

	ck_ok(change_beside(say(event, actor, RECIPIENT)));
	return n_runs - before;
}

START_TEST(waits_where_a_permission_is_taken_away)
{
	ck_assert_int_eq(runs_of(EVENT_ADDED, ORIGIN_ADMIN), 0);
	ck_assert_int_eq(runs_of(EVENT_GRANT, ORIGIN_RECIPIENT), 0);
	ck_assert_int_eq(runs_of(EVENT_GRANT, ORIGIN_RECIPIENT), 0);
	ck_assert_int_eq(runs_of(EVENT_DENY, ORIGIN_ADMIN), 1);
	/* The first may not have been answered yet. */
	ck_assert_int_eq(runs_of(EVENT_DENY, ORIGIN_ADMIN), 1);
	ck_assert_int_eq(runs_of(EVENT_GRANT, ORIGIN_ADMIN), 0);
	ck_assert_int_eq(runs_of(EVENT_REMOVED, ORIGIN_ADMIN), 1);
	ck_assert_int_eq(runs_of(EVENT_DENY, ORIGIN_RECIPIENT), 1);
}
END_TEST

START_TEST(waits_where_a_permission_is_cut_short)
{
	struct permission_change grant =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);

	ck_ok(change_beside(grant));
	grant.expires_at = NOW + 100;
	ck_ok(change_beside(grant));
	ck_assert_int_eq(n_runs, 1);
	grant.expires_at = NOW + 200;
	ck_ok(change_beside(grant));
	ck_assert_int_eq(n_runs, 1);
}
END_TEST

static void done_late(struct write_job *job)
{
	ck_assert_int_eq(n_runs, 1);
	ck_ok(job->err);
	is_over = true;
}

START_TEST(waits_before_the_loop_hears_of_it)
{
	struct change_job job = {
		.job = {.run = change_run, .done = done_late},
		.change = say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)};

	is_over = false;
	ck_ok(writer_submit_urgent(desk.writer, &job.job));
	while (!is_over)
		loop_step(desk.loop, 1);
}
END_TEST

static atomic_bool is_early;

static void run_early(void *arg)
{
	(void)arg;
	ck_assert(!is_over);
	is_early = true;
}

/* In the same commit. */
static enum err wait_early(struct store *store, struct write_job *job)
{
	(void)store;
	(void)job;
	for (int i = 0; i < 10000 && !is_early; i++)
		usleep(1000);
	return is_early ? ERR_OK : ERR_TIMEOUT;
}

static void done_early(struct write_job *job)
{
	ck_ok(job->err);
}

START_TEST(begins_before_the_commit)
{
	struct write_job second = {.run = wait_early, .done = done_late};
	struct change_job job = {
		.job = {.run = change_run, .done = done_early},
		.change = say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)};

	quiesce_set_early(writer_quiesce(desk.writer), run_early);
	is_over = is_early = false;
	ck_ok(writer_submit_urgent(desk.writer, &job.job));
	ck_ok(writer_submit_urgent(desk.writer, &second));
	while (!is_over)
		loop_step(desk.loop, 1);
	ck_assert(is_early);
}
END_TEST

static size_t n_done;

static void count_done(struct write_job *job)
{
	ck_assert_int_eq(n_runs, 1);
	ck_ok(job->err);
	n_done++;
}

START_TEST(waits_once_for_what_came_together)
{
	struct change_job jobs[2] = {
		{.change = say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)},
		{.change = say(EVENT_DENY, ORIGIN_RECIPIENT,
			       "sip:c@example.net")}};

	n_done = 0;
	for (size_t i = 0; i < 2; i++) {
		jobs[i].job.run = change_run;
		jobs[i].job.done = count_done;
		ck_ok(writer_submit_urgent(desk.writer, &jobs[i].job));
	}
	/* It is behind them, so that both were posted when it is over. */
	ck_ok(desk_change(&desk, say(EVENT_GRANT, ORIGIN_RECIPIENT,
				     "sip:d@example.net")));
	ck_assert_int_eq(n_runs, 0);
	while (n_done < 2)
		loop_step(desk.loop, 1);
	ck_assert_int_eq(n_runs, 1);
	/* But not for what came later. */
	ck_assert_int_eq(runs_of(EVENT_DENY, ORIGIN_RECIPIENT), 1);
}
END_TEST

START_TEST(says_when_the_loop_is_busy)
{
	struct quiesce *quiesce = writer_quiesce(desk.writer);

	ck_err(quiesce_wait(quiesce, 10), ERR_TIMEOUT);
	ck_err(quiesce_wait(quiesce, 10), ERR_TIMEOUT);
	ck_assert_int_eq(n_runs, 0);
	/* Both are served by one, and what comes later waits again. */
	loop_step(desk.loop, 1);
	ck_assert_int_eq(n_runs, 1);
	ck_err(quiesce_wait(quiesce, 10), ERR_TIMEOUT);
	loop_step(desk.loop, 1);
	ck_assert_int_eq(n_runs, 2);
}
END_TEST

static void *end_it(void *arg)
{
	quiesce_end(writer_quiesce(desk.writer));
	return arg;
}

START_TEST(waits_for_nothing_at_the_end)
{
	struct quiesce *quiesce = writer_quiesce(desk.writer);
	pthread_t thread;

	/* Whether it waits already or begins to. */
	ck_assert_int_eq(pthread_create(&thread, NULL, end_it, NULL), 0);
	ck_ok(quiesce_wait(quiesce, 60000));
	ck_ok(quiesce_wait(quiesce, 60000));
	pthread_join(thread, NULL);
	loop_finish(desk.loop);
	ck_assert_int_eq(n_runs, 0);
}
END_TEST

START_TEST(leaves_nothing_behind)
{
	struct quiesce *quiesce = quiesce_new(desk.loop);

	ck_ok(quiesce_wait(quiesce, 0)); /* nobody sends yet */
	quiesce_set(quiesce, count_run, NULL);
	ck_err(quiesce_wait(quiesce, 0), ERR_TIMEOUT);
	quiesce_free(quiesce);
	loop_finish(desk.loop); /* frees it */
	ck_assert_int_eq(n_runs, 0);
	quiesce_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quiesce");
	TCase *tcase = tcase_create("quiesce");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, waits_where_a_permission_is_taken_away);
	tcase_add_test(tcase, waits_where_a_permission_is_cut_short);
	tcase_add_test(tcase, waits_before_the_loop_hears_of_it);
	tcase_add_test(tcase, begins_before_the_commit);
	tcase_add_test(tcase, waits_once_for_what_came_together);
	tcase_add_test(tcase, says_when_the_loop_is_busy);
	tcase_add_test(tcase, waits_for_nothing_at_the_end);
	tcase_add_test(tcase, leaves_nothing_behind);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
