/* Jobs whose owner goes away while the writer has them. */
#include "db/job_group.h"

#include <pthread.h>

#include "tests/unit/db_help.h"

#define QUEUE_MAX 1000 /**< of a desk */

static struct place place;
static struct desk desk;
static struct job_group group;
static int n_run, n_over, n_closed;
/** Locked: the writer waits in its next job. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void setup(void)
{
	place_init(&place);
	desk_open(&desk, place.path);
	group = (struct job_group){.writer = desk.writer};
	n_run = n_over = n_closed = 0;
}

static void teardown(void)
{
	desk_close(&desk);
	place_free(&place);
}

static enum err gated_run(struct store *store, struct write_job *write)
{
	(void)store;
	(void)write;
	pthread_mutex_lock(&gate);
	n_run++;
	pthread_mutex_unlock(&gate);
	return ERR_OK;
}

static enum err failing_run(struct store *store, struct write_job *write)
{
	(void)store;
	(void)write;
	return ERR_CONFLICT;
}

static void count_over(struct store_job *store_job)
{
	ck_assert(!store_job->is_out);
	n_over++;
}

static void count_closed(void *arg)
{
	ck_assert_ptr_eq(arg, &group);
	ck_assert_uint_eq(group.n_out, 0);
	n_closed++;
}

static void come_back(void)
{
	while (group.n_out)
		loop_step(desk.loop, 1);
}

START_TEST(tells_of_each_job)
{
	struct store_job good = {.write.run = gated_run, .over = count_over};
	struct store_job bad = {.write.run = failing_run, .over = count_over};
	struct store_job silent = {.write.run = gated_run};

	ck_ok(job_group_submit(&group, &good, STORE_JOB_USUAL));
	ck_ok(job_group_submit(&group, &bad, STORE_JOB_URGENT));
	ck_ok(job_group_submit(&group, &silent, STORE_JOB_USUAL));
	ck_assert(good.is_out && bad.is_out && silent.is_out);
	ck_assert_uint_eq(group.n_out, 3);
	come_back();
	ck_assert_int_eq(n_run, 2);
	ck_assert_int_eq(n_over, 2);
	ck_ok(good.write.err);
	ck_err(bad.write.err, ERR_CONFLICT);
	ck_assert(!silent.is_out);
}
END_TEST

static struct store_job again;

static void submit_again(struct store_job *store_job)
{
	count_over(store_job);
	if (n_over < 3)
		ck_ok(job_group_submit(&group, store_job, STORE_JOB_USUAL));
}

START_TEST(a_job_that_is_back_may_go_out_again)
{
	again = (struct store_job){.write.run = gated_run,
				   .over = submit_again};
	ck_ok(job_group_submit(&group, &again, STORE_JOB_USUAL));
	come_back();
	ck_assert_int_eq(n_run, 3);
}
END_TEST

START_TEST(a_job_that_is_refused_is_not_out)
{
	/* The writer may take a whole queue before the gate stops it. */
	static struct store_job jobs[2 * QUEUE_MAX + 1];
	struct store_job refused = {.write.run = gated_run, .over = count_over};
	enum err err = ERR_OK;
	size_t n = 0;

	pthread_mutex_lock(&gate);
	while (!err) {
		jobs[n] = (struct store_job){.write.run = gated_run};
		err = job_group_submit(&group, &jobs[n], STORE_JOB_USUAL);
		n += !err;
		ck_assert_uint_lt(n, 2 * QUEUE_MAX + 1);
	}
	ck_err(err, ERR_BUSY);
	ck_err(job_group_submit(&group, &refused, STORE_JOB_USUAL), ERR_BUSY);
	ck_err(refused.write.err, ERR_BUSY);
	ck_assert(!refused.is_out);
	ck_assert_uint_eq(group.n_out, n);
	ck_ok(job_group_submit(&group, &refused, STORE_JOB_URGENT));
	pthread_mutex_unlock(&gate);
	loop_step(desk.loop, 0); /* the turn ends: the writer hears of them */
	come_back();
	ck_assert_int_eq(n_over, 1);
	ck_assert_int_eq(n_run, (int)n + 1);
}
END_TEST

START_TEST(closes_at_once_when_no_job_is_out)
{
	job_group_close(&group, count_closed, &group);
	ck_assert_int_eq(n_closed, 1);
}
END_TEST

START_TEST(an_owner_that_goes_waits_for_the_last_job)
{
	struct store_job jobs[2] = {
		{.write.run = gated_run, .over = count_over},
		{.write.run = gated_run, .over = count_over}};

	pthread_mutex_lock(&gate);
	ck_ok(job_group_submit(&group, &jobs[0], STORE_JOB_USUAL));
	ck_ok(job_group_submit(&group, &jobs[1], STORE_JOB_URGENT));
	job_group_close(&group, count_closed, &group);
	ck_assert_int_eq(n_closed, 0);
	pthread_mutex_unlock(&gate);
	come_back();
	ck_assert_int_eq(n_run, 2); /* what it had to write is written */
	ck_assert_int_eq(n_over, 0);
	ck_assert_int_eq(n_closed, 1);
}
END_TEST

START_TEST(the_last_jobs_come_back_after_the_writer_has_gone)
{
	struct store_job job = {.write.run = gated_run, .over = count_over};

	ck_ok(job_group_submit(&group, &job, STORE_JOB_USUAL));
	job_group_close(&group, count_closed, &group);
	writer_free(desk.writer);
	desk.writer = NULL;
	ck_assert_int_eq(n_run, 1);
	ck_assert_int_eq(n_closed, 0);
	come_back();
	ck_assert_int_eq(n_closed, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("job_group");
	TCase *tcase = tcase_create("job_group");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, tells_of_each_job);
	tcase_add_test(tcase, a_job_that_is_back_may_go_out_again);
	tcase_add_test(tcase, a_job_that_is_refused_is_not_out);
	tcase_add_test(tcase, closes_at_once_when_no_job_is_out);
	tcase_add_test(tcase, an_owner_that_goes_waits_for_the_last_job);
	tcase_add_test(tcase,
		       the_last_jobs_come_back_after_the_writer_has_gone);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
