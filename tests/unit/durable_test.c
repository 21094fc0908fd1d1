/* Kills, power cuts, full disks: what was promised is there, and what was
 * denied is not granted. */
#include "server/base/random.h"
#include "tests/unit/db_help.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/journal.h"
#include "db/permissions.h"
#include "tests/unit/durable_work.h"

#define N_KILLS 20
#define N_CUTS 20     /**< of each sort */
#define KEPT_MAX 1200 /**< promises before the end comes, at most */
#define ENTRIES_MAX 65536

/* A preloaded library and a sanitizer do not go together. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAN_PRELOAD 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CAN_PRELOAD 0
#endif
#endif
#ifndef CAN_PRELOAD
#define CAN_PRELOAD 1
#endif

static struct place place;

static void make_place(void)
{
	place_init(&place);
}

static void drop_place(void)
{
	place_free(&place);
}

/* ---- what was submitted and promised --------------------------------------
 */

struct entry {
	bool is_kept, settles, is_settled;
	int64_t id;
};

static struct {
	uint32_t submitted[N_WORDS], kept[N_WORDS];
	struct entry entries[ENTRIES_MAX];
	uint32_t n_entries;
	size_t n_kept;
} heard;

static void hear(const struct note *note)
{
	bool is_kept = note->phase == NOTE_KEPT;
	struct entry *entry = &heard.entries[note->number];

	heard.n_kept += is_kept;
	if (note->act == ACT_WORD) {
		(is_kept ? heard.kept : heard.submitted)[note->key] =
			note->number;
		return;
	}
	ck_assert_uint_lt(note->number, ENTRIES_MAX);
	if (note->number > heard.n_entries)
		heard.n_entries = note->number;
	if (note->act == ACT_SETTLE) {
		entry->settles = true;
		entry->is_settled |= is_kept;
	} else if (is_kept) {
		entry->is_kept = true;
		entry->id = note->id;
	}
}

/** Listen until so many promises were made (0: to the end). */
static void listen_to(int fd, size_t until)
{
	struct note note;

	while (until == 0 || heard.n_kept < until) {
		ssize_t len = read(fd, &note, sizeof(note));

		if (len == 0)
			return;
		ck_assert_int_eq(len, sizeof(note));
		hear(&note);
	}
}

/* ---- the worker
 * -------------------------------------------------------------- */

static const char *beside_us(char ret[512], const char *name)
{
	ssize_t len = readlink("/proc/self/exe", ret, 400);

	ck_assert_int_gt(len, 0);
	while (ret[len - 1] != '/')
		len--;
	snprintf(ret + len, 512 - (size_t)len, "%s", name);
	return ret;
}

static void become(const char *role, const char *mode, int fd)
{
	char library[512], program[512];

	if (mode) {
		setenv("PC_MODE", mode, 1);
		setenv("PC_DIR", place.folder, 1);
		setenv("LD_PRELOAD", beside_us(library, "../wire/powercut.so"),
		       1);
	}
	if (fd >= 0)
		dup2(fd, STDOUT_FILENO);
	execl(beside_us(program, "durable_test"), "durable_test", role,
	      place.path, (char *)NULL);
	_exit(127);
}

/** Let it work, end it by @p number.  @return its wait status */
static int run_worker(const char *mode, int number, size_t n_kept)
{
	int pipes[2], status;
	pid_t child;

	memset(&heard, 0, sizeof(heard));
	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		close(pipes[0]);
		become("work", mode, pipes[1]);
	}
	close(pipes[1]);
	listen_to(pipes[0], n_kept);
	kill(child, number);
	listen_to(pipes[0], 0);
	close(pipes[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

/* ---- what is there
 * ------------------------------------------------------------- */

/** A deny out of the record of revocations, which has no evidence: it was
 *  promised, or at least submitted. */
static void check_denied_again(const struct desk *desk,
			       const struct permission *row, unsigned word)
{
	char name[32];

	ck_assert(heard.kept[word] % 2 == 0 ||
		  heard.submitted[word] > heard.kept[word]);
	ck_assert_int_eq(row->state, PERMISSION_DENIED);
	ck_assert_int_eq(verdict_of(desk->index, word_name(word, name)),
			 VERDICT_DENIED);
}

static void check_words(const struct desk *desk, struct store *reader,
			struct arena *arena)
{
	struct permission row;
	uint32_t number;
	char name[32];
	bool is_granted;
	enum err err;

	for (unsigned i = 0; i < N_WORDS; i++) {
		number = 0;
		err = store_permission_find(
			reader,
			&(struct permission){.sender = SENDER,
					     .target = TARGET,
					     .recipient = word_name(i, name)},
			arena, &row);
		if (err == ERR_OK && !row.evidence) {
			check_denied_again(desk, &row, i);
			continue;
		}
		if (err == ERR_OK)
			number = (uint32_t)strtoul(row.evidence, NULL, 10);
		else
			ck_err(err, ERR_UNKNOWN);
		ck_assert_uint_ge(number, heard.kept[i]);
		ck_assert_uint_le(number, heard.submitted[i]);
		if (number == 0) {
			ck_assert_int_eq(verdict_of(desk->index, name),
					 VERDICT_MISSING);
			continue;
		}
		is_granted = number % 2 == 1;
		/* The record of revocations may not have heard yet of a grant
		 * that nobody was promised: then the deny before it stands. */
		if (is_granted && number > heard.kept[i])
			is_granted = row.state == PERMISSION_GRANTED;
		ck_assert_int_eq(row.state, is_granted ? PERMISSION_GRANTED
						       : PERMISSION_DENIED);
		ck_assert_int_eq(verdict_of(desk->index, name),
				 is_granted ? VERDICT_GRANTED : VERDICT_DENIED);
	}
}

static void check_entry(struct store *reader, struct arena *arena,
			uint32_t number)
{
	const struct entry *entry = &heard.entries[number];
	struct journal_entry right, found;
	enum err err;

	if (!entry->is_kept)
		return;
	err = store_journal_get(reader, entry->id, arena, &found);
	if (entry->is_settled)
		ck_err(err, number % 3 == 0 ? ERR_OK : ERR_UNKNOWN);
	else if (!entry->settles)
		ck_ok(err);
	if (err != ERR_OK)
		return;
	right = entry_of(arena, number, message_len(number));
	ck_assert_mem_eq(found.key, right.key, HASH_LEN);
	ck_assert(view_equal(found.message, right.message));
	ck_assert(view_equal(found.recipients, right.recipients));
}

/** The file is lost: what was denied stands all the same. */
static void check_record(void)
{
	struct desk desk;
	char name[128];

	for (const char *const *tail =
		     (const char *const[]){"", "-wal", "-shm", NULL};
	     *tail; tail++) {
		snprintf(name, sizeof(name), "%s%s", place.path, *tail);
		unlink(name);
	}
	ck_ok(desk_try(&desk, place.path, 1, NULL));
	for (unsigned i = 0; i < N_WORDS; i++) {
		uint32_t kept = heard.kept[i];

		if (kept > 0 && kept == heard.submitted[i])
			ck_assert_int_eq(
				verdict_of(desk.index, word_name(i, name)),
				kept % 2 ? VERDICT_MISSING : VERDICT_DENIED);
	}
	desk_close(&desk);
}

static size_t count_unsettled(struct store *reader, struct arena *arena)
{
	struct journal_entry *entries;
	int64_t after = 0;
	size_t n, all = 0;

	do {
		ck_ok(store_journal_without_outcome(reader,
						    (struct page){after, 100},
						    arena, &entries, &n));
		all += n;
		if (n > 0)
			after = entries[n - 1].id;
	} while (n == 100);
	return all;
}

/** Every promise was kept; and nothing is there that nobody asked for. */
static void check_promises(void)
{
	struct arena *arena = arena_new(0);
	size_t unsettled = 0, may_be = 0, found;
	struct store *reader;
	struct desk desk;

	desk_open(&desk, place.path);
	ck_ok(store_open(place.path, STORE_READ, &reader));
	ck_ok(store_check(reader));
	check_words(&desk, reader, arena);
	for (uint32_t i = 1; i <= heard.n_entries; i++) {
		check_entry(reader, arena, i);
		unsettled +=
			heard.entries[i].is_kept && !heard.entries[i].settles;
		may_be += !heard.entries[i].is_settled;
	}
	found = count_unsettled(reader, arena);
	ck_assert_uint_ge(found, unsettled);
	ck_assert_uint_le(found, may_be);
	store_close(reader);
	desk_close(&desk);
	arena_free(arena);
	check_record();
}

/** So many promises until the end; sometimes hardly any. */
static size_t some(void)
{
	uint32_t number;

	random_bytes(&number, sizeof(number));
	return 1 + number % (number % 8 ? KEPT_MAX : 3);
}

static void wipe(void)
{
	place_free(&place);
	place_init(&place);
}

START_TEST(a_kill_loses_nothing_that_was_promised)
{
	size_t kept = 0;

	for (int i = 0; i < N_KILLS; i++) {
		int status = run_worker(NULL, SIGKILL, some());

		ck_assert(WIFSIGNALED(status));
		check_promises();
		kept += heard.n_kept;
		wipe();
	}
	printf("kills %d, promises %zu, lost 0\n", N_KILLS, kept);
}
END_TEST

static bool can_preload(void)
{
	char library[512];

	if (CAN_PRELOAD &&
	    access(beside_us(library, "../wire/powercut.so"), R_OK) == 0)
		return true;
	printf("skipped: the simulator cannot be loaded here\n");
	return false;
}

static void cut_often(const char *mode)
{
	size_t kept = 0;

	for (int i = 0; i < N_CUTS && can_preload(); i++) {
		int status = run_worker(mode, SIGUSR2, some());

		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), 99);
		check_promises();
		kept += heard.n_kept;
		wipe();
	}
	printf("power cuts (%s) %d, promises %zu, lost 0\n", mode, N_CUTS,
	       kept);
}

START_TEST(a_power_cut_loses_nothing_that_was_promised)
{
	cut_often("all");
}
END_TEST

START_TEST(a_power_cut_that_tears_writes_loses_nothing_either)
{
	cut_often("some");
}
END_TEST

START_TEST(after_a_failed_sync_nothing_is_promised_until_a_restart)
{
	int status = 0;
	pid_t child;

	if (!can_preload())
		return;
	child = fork();
	if (child == 0)
		become("sync", "all", -1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* ---- no room
 * ------------------------------------------------------------------ */

struct accept_job {
	struct write_job job; /**< first */
	uint32_t number;
	int64_t id;
};

static enum err accept_run(struct store *store, struct write_job *job)
{
	struct accept_job *self = (struct accept_job *)job;
	struct arena *arena = arena_new(0);
	struct journal_entry entry =
		entry_of(arena, self->number, message_len(self->number));
	enum err err = store_journal_add(store, &entry, &self->id);

	arena_free(arena);
	return err;
}

/** Accept until it fails; all that was promised is noted. */
static enum err fill(struct desk *desk)
{
	struct accept_job job = {.job.run = accept_run};
	enum err err;

	memset(&heard, 0, sizeof(heard));
	do {
		job.number++;
		err = writer_call(desk->writer, &job.job);
		heard.n_entries = job.number;
		heard.entries[job.number].is_kept = err == ERR_OK;
		heard.entries[job.number].id = job.id;
	} while (err == ERR_OK);
	return err;
}

static void check_full_disk(enum err expected, void (*make_room)(void))
{
	struct desk desk;

	desk_open(&desk, place.path);
	ck_ok(desk_change(&desk,
			  say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT)));
	ck_err(fill(&desk), expected);
	ck_assert_uint_gt(heard.n_entries, 10);
	ck_assert(!writer_is_healthy(desk.writer));
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_GRANTED);
	make_room();
	/* It comes to again by itself. */
	while (!writer_is_healthy(desk.writer))
		sched_yield();
	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
	desk_close(&desk);
	check_promises();
}

static char ballast[96];

static void drop_ballast(void)
{
	ck_assert_int_eq(unlink(ballast), 0);
}

START_TEST(a_full_disk_costs_nothing_that_was_promised)
{
	static const char zeros[1 << 20];
	int fd;

	/* Of our own: the test runs in its own process, and so it may. */
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", place.folder, "tmpfs", 0, "size=4m") != 0) {
		printf("skipped: may not mount a small disk\n");
		return;
	}
	snprintf(ballast, sizeof(ballast), "%s/ballast", place.folder);
	fd = open(ballast, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
	close(fd);
	check_full_disk(ERR_FULL, drop_ballast);
	ck_assert_int_eq(umount2(place.folder, MNT_DETACH), 0);
}
END_TEST

static struct rlimit limit;

static void raise_limit(void)
{
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_file_that_may_not_grow_costs_nothing_that_was_promised)
{
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = 1 << 20;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	check_full_disk(ERR_IO, raise_limit);
}
END_TEST

static int run_suite(void)
{
	Suite *suite = suite_create("durable");
	TCase *tests = tcase_create("durable");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, make_place, drop_place);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_kill_loses_nothing_that_was_promised);
	tcase_add_test(tests, a_power_cut_loses_nothing_that_was_promised);
	tcase_add_test(tests,
		       a_power_cut_that_tears_writes_loses_nothing_either);
	tcase_add_test(tests,
		       after_a_failed_sync_nothing_is_promised_until_a_restart);
	tcase_add_test(tests, a_full_disk_costs_nothing_that_was_promised);
	tcase_add_test(
		tests,
		a_file_that_may_not_grow_costs_nothing_that_was_promised);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "work") == 0)
		work_on(argv[2], STDOUT_FILENO);
	if (argc == 3 && strcmp(argv[1], "sync") == 0)
		return work_without_syncs(argv[2]);
	return run_suite();
}
