/* Jobs that only read, beside the writer. */
#include <semaphore.h>

#include "db/writer.h"
#include "tests/unit/db_help.h"

#define ROUNDS 300

static struct place place;
static struct desk desk;
static size_t n_accepted; /**< requests whose job is done */
static size_t n_read;	  /**< reads that are done */

/** Accepts a request; in the transaction it may wait for a read. */
struct accept_job {
	struct write_job job; /**< first */
	unsigned number;
	sem_t *until;
};

/** Counts accepted requests. */
struct read_job {
	struct write_job job; /**< first */
	size_t n;
	sem_t *ran;
};

static void open_desk(void)
{
	place_init(&place);
	desk_open(&desk, place.path);
	n_accepted = n_read = 0;
}

static void close_desk(void)
{
	desk_close(&desk);
	place_free(&place);
}

static enum err accept_run(struct store *store, struct write_job *job)
{
	struct accept_job *self = (struct accept_job *)job;
	struct arena *arena = arena_new(0);
	struct journal_entry entry = entry_of(arena, self->number, 100);
	int64_t id;
	enum err err = store_journal_add(store, &entry, &id);

	if (self->until)
		sem_wait(self->until);
	arena_free(arena);
	return err;
}

static void accept_done(struct write_job *job)
{
	ck_ok(job->err);
	n_accepted++;
}

static enum err read_run(struct store *store, struct write_job *job)
{
	struct read_job *self = (struct read_job *)job;
	struct arena *arena = arena_new(0);
	struct journal_entry *entries;
	enum err err = store_journal_list(store, (struct page){.limit = 1000},
					  arena, &entries, &self->n);

	arena_free(arena);
	if (self->ran)
		sem_post(self->ran);
	return err;
}

static void read_done(struct write_job *job)
{
	const struct read_job *self = (struct read_job *)job;

	ck_ok(job->err);
	ck_assert_uint_le(self->n, n_accepted);
	n_read++;
}

static void submit(struct accept_job *accept, struct read_job *read)
{
	accept->job.run = accept_run;
	accept->job.done = accept_done;
	read->job.read = read_run;
	read->job.done = read_done;
	ck_ok(writer_submit(desk.writer, &accept->job));
	ck_ok(writer_submit_urgent(desk.writer, &read->job));
}

START_TEST(a_read_waits_for_no_commit_and_sees_none_that_is_not_over)
{
	sem_t ran;
	struct accept_job accept = {.number = 1, .until = &ran};
	struct read_job read = {.n = 7, .ran = &ran};

	sem_init(&ran, 0, 0);
	submit(&accept, &read);
	while (!n_read)
		loop_step(desk.loop, 1);
	ck_assert_uint_eq(n_accepted, 1);
	ck_assert_uint_eq(read.n, 0);
}
END_TEST

/* read_done() checks it: the loop knows of all that a read saw. */
START_TEST(a_read_is_over_after_what_it_saw)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct accept_job accept = {.number = i};
		struct read_job read = {.n = 0};

		submit(&accept, &read);
		while (n_read <= i || n_accepted <= i)
			loop_step(desk.loop, 1);
	}
}
END_TEST

START_TEST(what_is_being_read_when_the_writer_goes_comes_back)
{
	struct accept_job accept = {.number = 1};
	struct read_job read = {.n = 0};

	submit(&accept, &read);
	writer_free(desk.writer);
	desk.writer = NULL;
	while (!n_read)
		loop_step(desk.loop, 1);
	ck_assert_uint_eq(n_accepted, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reader");
	TCase *tests = tcase_create("reader");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, open_desk, close_desk);
	tcase_set_timeout(tests, 120);
	tcase_add_test(
		tests,
		a_read_waits_for_no_commit_and_sees_none_that_is_not_over);
	tcase_add_test(tests, a_read_is_over_after_what_it_saw);
	tcase_add_test(tests,
		       what_is_being_read_when_the_writer_goes_comes_back);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
