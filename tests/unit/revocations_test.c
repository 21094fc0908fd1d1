/* The record of denies: what it says, what of it binds, what a start makes of
 * it. */
#include "db/revocations.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/permissions.h"
#include "tests/unit/db_help.h"

static struct place place;
static struct desk desk;

static void setup(void)
{
	place_init(&place);
	desk_open(&desk, place.path);
}

static void teardown(void)
{
	desk_close(&desk);
	place_free(&place);
}

static const char *record_path(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s.revocations", place.path);
	return path;
}

static off_t record_size(void)
{
	struct stat about;

	ck_assert_int_eq(stat(record_path(), &about), 0);
	return about.st_size;
}

/** Lines before the room for more. */
static off_t written_size(void)
{
	char line[REVOCATION_LINE];
	int fd = open(record_path(), O_RDONLY | O_CLOEXEC);
	off_t size = 0;

	ck_assert_int_ge(fd, 0);
	while (pread(fd, line, sizeof(line), size) == sizeof(line) &&
	       line[sizeof(line) - 1] == '\n')
		size += REVOCATION_LINE;
	close(fd);
	return size;
}

static void lose_store(void)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", place.path, tails[i]);
		unlink(path);
	}
}

/** The same record beside a new store. */
static void restart_without_store(void)
{
	desk_close(&desk);
	lose_store();
	ck_ok(desk_try(&desk, place.path, 1, NULL));
}

static struct permission_change of(const char *sender, const char *target,
				   enum permission_event event,
				   enum permission_origin actor)
{
	struct permission_change change = say(event, actor, RECIPIENT);

	change.sender = sender;
	change.target = target;
	return change;
}

static enum verdict verdict_for(const char *sender, const char *target)
{
	struct identity identity = {IDENTITY_DIGEST, {sender, NULL}};
	struct arena *arena = arena_new(0);
	struct index_query *query = index_query_new(
		desk.index, arena, &identity, target, kinds_only(KIND_MESSAGE));
	struct permission row;
	enum verdict verdict =
		index_decide(desk.index, query, RECIPIENT, NOW, &row).verdict;

	arena_free(arena);
	return verdict;
}

START_TEST(a_scope_binds_by_its_hash_alone)
{
	static const struct {
		const char *sender, *target;
		bool binds[4]; /**< the same, another target, another of the
				    domain, a stranger */
	} rows[] = {
		{SENDER, TARGET, {true, false, false, false}},
		{SENDER, "*", {true, true, false, false}},
		{"*@EXAMPLE.com", TARGET, {true, false, true, false}},
		{"*@example.com", "*", {true, true, true, false}},
		{"*", TARGET, {true, false, true, true}},
		{"anonymous", "*", {true, true, true, true}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *other = "sip:news@relay.example.com";

		teardown();
		setup();
		ck_ok(desk_change(&desk, of(rows[i].sender, rows[i].target,
					    EVENT_DENY, ORIGIN_RECIPIENT)));
		restart_without_store();
		ck_assert_uint_eq(index_count(desk.index), 0);
		ck_assert_uint_eq(index_rowless_count(desk.index), 1);
		/* Even with a grant that is wider than all. */
		ck_ok(desk_change(&desk,
				  of("*", "*", EVENT_GRANT, ORIGIN_ADMIN)));
		ck_assert_int_eq(verdict_for(SENDER, TARGET) == VERDICT_DENIED,
				 rows[i].binds[0]);
		ck_assert_int_eq(verdict_for(SENDER, other) == VERDICT_DENIED,
				 rows[i].binds[1]);
		ck_assert_int_eq(verdict_for("sip:zoe@example.com", TARGET) ==
					 VERDICT_DENIED,
				 rows[i].binds[2]);
		ck_assert_int_eq(verdict_for("sip:zoe@example.net", TARGET) ==
					 VERDICT_DENIED,
				 rows[i].binds[3]);
	}
}
END_TEST

/** A yes to messages leaves the no to every other kind: an entry each. */
static size_t n_left(void)
{
	struct kinds rest;
	size_t at = 0, n = 0;

	ck_assert(kinds_read("*!message", &rest));
	while (kinds_each(rest, &at))
		n++;
	return n;
}

START_TEST(the_latest_entry_counts)
{
	struct permission_change deny =
		say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT);
	struct permission_change grant =
		say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT);

	ck_ok(desk_change(&desk, deny));
	ck_ok(desk_change(&desk, deny)); /* the same once more: no entry */
	ck_assert_int_eq(written_size(), 2 * REVOCATION_LINE);
	ck_ok(desk_change(&desk, grant));
	ck_ok(desk_change(&desk, grant));
	ck_assert_uint_eq((size_t)written_size(),
			  (3 + n_left()) * REVOCATION_LINE);
	restart_without_store();
	ck_assert_uint_eq(index_rowless_count(desk.index), n_left());
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_MISSING);
	ck_ok(desk_change(&desk, deny));
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
}
END_TEST

START_TEST(only_the_recipient_lifts_what_has_no_row)
{
	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
	restart_without_store();
	ck_err(desk_change(&desk, say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)),
	       ERR_CONFLICT);
	ck_err(desk_change(&desk, say(EVENT_ADDED, ORIGIN_IMPORT, RECIPIENT)),
	       ERR_CONFLICT);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
	/* Who denies it once more makes its row, which is the recipient's. */
	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT)));
	ck_err(desk_change(&desk, say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)),
	       ERR_CONFLICT);
	ck_ok(desk_change(&desk,
			  say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT)));
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_GRANTED);
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_MISSING);
}
END_TEST

START_TEST(an_operator_lifts_what_they_denied)
{
	struct permission_change deny =
		say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT);

	ck_ok(desk_change(&desk, deny));
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
	ck_ok(desk_change(&desk, say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)));
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_GRANTED);
	/* One that ends does not bind for longer. */
	deny.expires_at = NOW;
	ck_ok(desk_change(&desk, deny));
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_MISSING);
}
END_TEST

static void append(const char *path, const void *at, size_t len)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	ck_assert_int_eq(write(fd, at, len), (ssize_t)len);
	close(fd);
}

START_TEST(a_new_key_keeps_the_old_one)
{
	char path[160];

	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
	desk_close(&desk);
	snprintf(path, sizeof(path), "%s.key", record_path());
	append(path, "00112233445566778899aabbccddeeff\n", 33);
	desk_open(&desk, place.path);
	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT,
				     "sip:new@example.net")));
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
	ck_assert_int_eq(verdict_of(desk.index, "sip:new@example.net"),
			 VERDICT_DENIED);
	/* To lift it is to lift it under the old key, too. */
	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT)));
	ck_ok(desk_change(&desk,
			  say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT)));
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_MISSING);
}
END_TEST

/** What it says cannot be read then, and must not be dropped as damaged. */
START_TEST(a_record_is_kept_where_a_key_is_not_the_right_one)
{
	static const char other[] = "00112233445566778899aabbccddeeff\n";
	char path[160], problem[STORE_PROBLEM_MAX];
	off_t size;

	desk_close(&desk);
	snprintf(path, sizeof(path), "%s.key", record_path());
	append(path, other, 33);
	desk_open(&desk, place.path);
	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
	desk_close(&desk);
	size = record_size();
	lose_store();
	ck_assert_int_eq(truncate(path, 33), 0);
	ck_err(desk_try(&desk, place.path, 1, problem), ERR_IO);
	ck_assert_ptr_nonnull(strstr(problem, "lacks a key"));
	ck_assert_int_eq(truncate(path, 0), 0);
	append(path, other, 33);
	ck_err(desk_try(&desk, place.path, 1, problem), ERR_IO);
	ck_assert_ptr_nonnull(strstr(problem, "its first key is not"));
	ck_assert_int_eq(record_size(), size);
	ck_assert_int_eq(unlink(path), 0);
	ck_err(desk_try(&desk, place.path, 1, problem), ERR_IO);
	ck_assert_int_eq(record_size(), size);
	lose_store();
	ck_assert_int_eq(unlink(record_path()), 0);
	ck_ok(desk_try(&desk, place.path, 1, problem));
}
END_TEST

START_TEST(keys_have_a_bound)
{
	static const char line[] = "00112233445566778899aabbccddeeff\n";
	char path[160], problem[STORE_PROBLEM_MAX];

	desk_close(&desk);
	snprintf(path, sizeof(path), "%s.key", record_path());
	for (int i = 0; i < INDEX_KEYS_MAX; i++)
		append(path, line, 33);
	ck_err(desk_try(&desk, place.path, 0, problem), ERR_IO);
	ck_assert_ptr_nonnull(strstr(problem, "1 to 8 keys"));
	ck_assert_int_eq(truncate(path, 33), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_err(desk_try(&desk, place.path, 0, problem), ERR_IO);
	ck_assert_ptr_nonnull(strstr(problem, "chmod 600"));
	ck_assert_int_eq(chmod(path, 0600), 0);
	desk_open(&desk, place.path);
}
END_TEST

/** So many entries that stand for nobody we know. */
static void add_entries(size_t n, char kind)
{
	struct record_file file = {.fd = -1};
	struct text lines;
	char path[160];

	snprintf(path, sizeof(path), "%s.key", record_path());
	file.path = mem_strdup(record_path());
	file.key_path = mem_strdup(path);
	ck_ok(record_read(&file));
	text_init(&lines, NULL);
	for (size_t i = 0; i < n; i++)
		record_line(&file, &lines,
			    &(struct record_entry){
				    .kind = kind,
				    .hash = {~(uint64_t)0 / n * i, i}});
	append(record_path(), lines.at, lines.len);
	text_release(&lines);
	record_release(&file);
}

START_TEST(what_counts_no_more_is_dropped)
{
	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
	desk_close(&desk);
	add_entries(5000, 'r');
	desk_open(&desk, place.path);
	ck_assert_uint_eq(index_rowless_count(desk.index), 5000);
	desk_close(&desk);
	add_entries(5000, 'l');
	ck_assert_int_eq(record_size(), 10002 * REVOCATION_LINE);
	desk_open(&desk, place.path);
	ck_assert_uint_eq(index_rowless_count(desk.index), 0);
	ck_assert_int_eq(record_size(), 2 * REVOCATION_LINE);
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
}
END_TEST

START_TEST(a_deny_that_cannot_be_recorded_is_not_promised)
{
	struct rlimit limit;

	ck_ok(desk_change(&desk,
			  say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT)));
	desk_close(&desk);
	add_entries(30000, 'r'); /* longer than the store with its log */
	desk_open(&desk, place.path);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = (rlim_t)record_size() + REVOCATION_LINE / 2;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_err(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)),
	       ERR_IO);
	/* It stands, others are served, and it is not told as well. */
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
	ck_assert(!writer_is_healthy(desk.writer));
	ck_err(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)),
	       ERR_IO);
	ck_ok(desk_change(&desk, say(EVENT_GRANT, ORIGIN_RECIPIENT,
				     "sip:c@example.net")));
	/* Where there is no room for more than the entry, it is kept. */
	limit.rlim_cur += REVOCATION_LINE / 2;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	while (!writer_is_healthy(desk.writer))
		sched_yield();
	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
	ck_assert_int_eq(record_size(), (off_t)limit.rlim_cur);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
}
END_TEST

/** The record is written while the store commits. */
START_TEST(a_deny_that_was_not_committed_is_lifted)
{
	struct rlimit limit;
	struct stat wal;
	char path[160];

	ck_ok(desk_change(&desk,
			  say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT)));
	snprintf(path, sizeof(path), "%s-wal", place.path);
	ck_assert_int_eq(stat(path, &wal), 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = (rlim_t)wal.st_size;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_ne(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT,
						RECIPIENT)),
			 ERR_OK);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	while (!writer_is_healthy(desk.writer))
		sched_yield();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_GRANTED);
	ck_assert_int_eq(written_size(), 3 * REVOCATION_LINE);
	desk_close(&desk);
	desk_open(&desk, place.path);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_GRANTED);
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_MISSING);
}
END_TEST

/** What a kill leaves, or a power cut between making room and an entry. */
START_TEST(room_for_entries_is_no_entry)
{
	static const size_t rooms[] = {1, 63, 64, 65, 4096, 300001};
	static char zeros[300001];

	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
	ck_assert_int_gt(record_size(), 1000 * REVOCATION_LINE);
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		char name[40];

		desk_close(&desk);
		ck_assert_int_eq(record_size(), written_size());
		append(record_path(), zeros, rooms[i]);
		desk_open(&desk, place.path);
		ck_assert_uint_eq(writer_record(desk.writer)->n_damaged, 0);
		snprintf(name, sizeof(name), "sip:n%zu@example.net", i);
		ck_ok(desk_change(&desk,
				  say(EVENT_DENY, ORIGIN_RECIPIENT, name)));
		ck_assert_int_eq(written_size(),
				 (off_t)(3 + i) * REVOCATION_LINE);
	}
	restart_without_store();
	ck_assert_uint_eq(writer_record(desk.writer)->n_damaged, 0);
	ck_assert_uint_eq(index_rowless_count(desk.index),
			  1 + sizeof(rooms) / sizeof(rooms[0]));
}
END_TEST

/** The last line, as it is in the file. */
static void read_last(char ret[REVOCATION_LINE])
{
	int fd = open(record_path(), O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(pread(fd, ret, REVOCATION_LINE,
			       written_size() - REVOCATION_LINE),
			 REVOCATION_LINE);
	close(fd);
}

/** A power cut writes some sectors of a sync that did not return. */
START_TEST(what_is_torn_inside_the_room_is_repaired)
{
	static const struct {
		size_t before, from, to, behind; /**< zeros, of a line, zeros */
	} rows[] = {{0, 0, 26, 0},   {0, 0, 26, 6000}, {0, 20, 64, 4000},
		    {26, 26, 64, 0}, {64, 0, 64, 640}, {6400, 0, 40, 64},
		    {640, 0, 64, 0}, {0, 0, 63, 1}};
	static char zeros[6400];
	char line[REVOCATION_LINE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		teardown();
		setup();
		ck_ok(desk_change(
			&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
		read_last(line);
		desk_close(&desk);
		append(record_path(), zeros, rows[i].before);
		append(record_path(), line + rows[i].from,
		       rows[i].to - rows[i].from);
		append(record_path(), zeros, rows[i].behind);
		desk_open(&desk, place.path);
		ck_assert_uint_eq(writer_record(desk.writer)->n_damaged, 1);
		ck_assert_int_eq(record_size(), 2 * REVOCATION_LINE);
		restart_without_store();
		ck_assert_uint_eq(writer_record(desk.writer)->n_damaged, 0);
		ck_assert_uint_eq(index_rowless_count(desk.index), 1);
		ck_assert_int_eq(verdict_of(desk.index, RECIPIENT),
				 VERDICT_DENIED);
	}
}
END_TEST

/** Else it would come after what lifts it. */
START_TEST(an_entry_behind_the_room_does_not_stay_there)
{
	static char zeros[100 * REVOCATION_LINE];
	struct permission_change lift =
		say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT);
	char line[REVOCATION_LINE];

	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
	read_last(line);
	desk_close(&desk);
	append(record_path(), zeros, sizeof(zeros));
	append(record_path(), line, sizeof(line));
	desk_open(&desk, place.path);
	ck_ok(desk_change(&desk, lift));
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_MISSING);
}
END_TEST

START_TEST(a_lost_record_is_made_from_the_store)
{
	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
	desk_close(&desk);
	unlink(record_path());
	desk_open(&desk, place.path);
	ck_assert(writer_record(desk.writer)->is_new);
	restart_without_store();
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("revocations");
	TCase *tcase = tcase_create("revocations");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_scope_binds_by_its_hash_alone);
	tcase_add_test(tcase, the_latest_entry_counts);
	tcase_add_test(tcase, only_the_recipient_lifts_what_has_no_row);
	tcase_add_test(tcase, an_operator_lifts_what_they_denied);
	tcase_add_test(tcase, a_new_key_keeps_the_old_one);
	tcase_add_test(tcase,
		       a_record_is_kept_where_a_key_is_not_the_right_one);
	tcase_add_test(tcase, keys_have_a_bound);
	tcase_add_test(tcase, what_counts_no_more_is_dropped);
	tcase_add_test(tcase, a_deny_that_cannot_be_recorded_is_not_promised);
	tcase_add_test(tcase, a_deny_that_was_not_committed_is_lifted);
	tcase_add_test(tcase, room_for_entries_is_no_entry);
	tcase_add_test(tcase, what_is_torn_inside_the_room_is_repaired);
	tcase_add_test(tcase, an_entry_behind_the_room_does_not_stay_there);
	tcase_add_test(tcase, a_lost_record_is_made_from_the_store);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
