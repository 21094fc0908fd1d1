/* The store: its file, what strangers write, accounts. */
#include "tests/unit/store_help.h"

START_TEST(the_file_is_for_nobodys_eyes_but_ours)
{
	static const char *const tails[] = {"", "-wal", "-shm", ".lock"};
	char name[128];
	struct stat file;

	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", place.path, tails[i]);
		ck_assert_int_eq(stat(name, &file), 0);
		ck_assert_int_eq(file.st_mode & 0777, 0600);
	}
}
END_TEST

START_TEST(one_process_owns_the_file)
{
	struct store *second;

	ck_err(store_open(place.path, STORE_WRITE, &second), ERR_BUSY);
	store_close(store);
	ck_ok(store_open(place.path, STORE_WRITE, &store));
}
END_TEST

START_TEST(a_missing_folder_is_an_error_with_its_errno)
{
	struct store *other;

	ck_err(store_open("/nonexistent/volens.db", STORE_WRITE, &other),
	       ERR_IO);
	ck_assert_int_eq(errno, ENOENT);
	ck_err(store_open("/nonexistent/volens.db", STORE_READ, &other),
	       ERR_IO);
}
END_TEST

static void patch_file(off_t at, const void *bytes, size_t len)
{
	int fd = open(place.path, O_RDWR);

	ck_assert_int_eq(pwrite(fd, bytes, len, at), (ssize_t)len);
	close(fd);
}

START_TEST(a_newer_or_foreign_file_is_refused_and_left_alone)
{
	static const uint8_t newer[] = {0, 0, 0, 99}, ours[] = {0, 0, 0, 20};
	static const uint8_t foreign[] = {1, 2, 3, 4};

	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	store_close(store);
	store = NULL;
	patch_file(60, newer, 4); /* user_version in the file's header */
	ck_err(store_open(place.path, STORE_WRITE, &store), ERR_UNSUPPORTED);
	ck_err(store_open(place.path, STORE_READ, &store), ERR_UNSUPPORTED);
	patch_file(60, ours, 4);
	ck_ok(store_open(place.path, STORE_WRITE, &store));
	ck_assert_int_eq(find(RECIPIENT).state, PERMISSION_GRANTED);
	store_close(store);
	store = NULL;
	patch_file(68, foreign, 4); /* application_id */
	ck_err(store_open(place.path, STORE_WRITE, &store), ERR_UNSUPPORTED);
	patch_file(0, "not a database", 14);
	ck_err(store_open(place.path, STORE_WRITE, &store), ERR_UNSUPPORTED);
}
END_TEST

START_TEST(a_damaged_file_is_noticed_and_never_says_yes)
{
	char name[64], junk[4096];
	struct permission *rows;
	size_t n;
	off_t size;
	int fd;

	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "sip:user%d@example.net", i);
		change(say(EVENT_GRANT, ORIGIN_RECIPIENT, name));
	}
	reopen_store(); /* everything is in the file */
	fd = open(place.path, O_RDWR);
	size = lseek(fd, 0, SEEK_END);
	memset(junk, 0xa5, sizeof(junk));
	for (off_t at = 4096 * 8; at < size; at += 4096)
		ck_assert_int_eq(pwrite(fd, junk, sizeof(junk), at), 4096);
	close(fd);
	ck_err(store_permission_list(
		       store,
		       &(struct permission_filter){
			       .state = -1, .origin = -1, .page.limit = 1000},
		       arena, &rows, &n),
	       ERR_IO);
	ck_err(store_check(store), ERR_IO);
	ck_assert_str_ne(store_problem(store), "");
}
END_TEST

START_TEST(a_reader_cannot_write_and_sees_commits_while_we_write)
{
	struct permission_change yes =
		say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT);
	struct permission row;
	struct store *reader;

	ck_ok(store_open(place.path, STORE_READ, &reader));
	ck_err(store_permission_find(
		       reader,
		       &(struct permission){.sender = SENDER,
					    .target = TARGET,
					    .recipient = RECIPIENT},
		       arena, &row),
	       ERR_UNKNOWN);
	ck_assert_int_ne(store_permission_change(reader, &yes, arena, &row),
			 ERR_OK);
	change(yes);
	ck_ok(store_permission_find(
		reader,
		&(struct permission){.sender = SENDER,
				     .target = TARGET,
				     .recipient = RECIPIENT},
		arena, &row));
	ck_assert_int_eq(row.state, PERMISSION_GRANTED);
	ck_ok(store_check(reader));
	store_close(reader);
}
END_TEST

static const char *const hostile[] = {
	"'",
	"\"",
	"''",
	"';--",
	"'; DROP TABLE permission; --",
	"\"; DROP TABLE permission; --",
	"1; DELETE FROM permission",
	"' OR '1'='1",
	"' OR 1=1 --",
	"') OR ('a'='a",
	"' UNION SELECT hash FROM token --",
	"'; ATTACH DATABASE '/tmp/x' AS x; --",
	"'; PRAGMA writable_schema=1; --",
	"'||(SELECT load_extension('x'))||'",
	"%s%n%x",
	"?1",
	":a @b $c",
	"\\",
	"\\'; --",
	"/*",
	"*/",
	"--",
	";",
	"NULL",
	"0x27",
	"%27%20OR%201=1",
	"a\tb",
	"\xe2\x80\xae\xef\xbb\xbf",
	"\xf0\x9f\x98\x80",
	"*",
	"_%",
	"`x`",
};

START_TEST(what_strangers_write_is_a_value_and_nothing_else)
{
	const size_t n_hostile = sizeof(hostile) / sizeof(hostile[0]);
	struct permission_filter filter = {.state = -1, .origin = -1};
	struct permission_change yes;
	struct permission row;

	for (size_t i = 0; i < n_hostile; i++) {
		yes = say(EVENT_GRANT, ORIGIN_ADMIN, hostile[i]);
		yes.sender = yes.target = hostile[i];
		yes.recipient_uri = yes.evidence = yes.reason = hostile[i];
		row = change(yes);
		ck_ok(store_permission_get(store, row.id, arena, &row));
		ck_assert_str_eq(row.sender, hostile[i]);
		ck_assert_str_eq(row.recipient, hostile[i]);
		ck_assert_str_eq(row.evidence, hostile[i]);
		filter.sender = filter.target = filter.recipient = hostile[i];
		ck_assert_uint_eq(count_rows(&filter), 1);
	}
	filter.sender = filter.target = filter.recipient = NULL;
	ck_assert_uint_eq(count_rows(&filter), n_hostile);
	ck_ok(store_check(store));
	reopen_store();
	ck_assert_uint_eq(count_rows(&filter), n_hostile);
}
END_TEST

START_TEST(control_bytes_and_broken_utf8_never_get_in)
{
	static const char *const bad[] = {"a\nb",	 "a\rb", "\x01",
					  "\x7f",	 "\xff", "\xc0\xaf",
					  "\xed\xa0\x80"};
	struct permission_change yes;
	struct permission row;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		yes = say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);
		yes.evidence = bad[i];
		ck_err(store_permission_change(store, &yes, arena, &row),
		       ERR_CHARSET);
		yes = say(EVENT_GRANT, ORIGIN_ADMIN, bad[i]);
		ck_err(store_permission_change(store, &yes, arena, &row),
		       ERR_CHARSET);
	}
	ck_assert_uint_eq(count_rows(&(struct permission_filter){.state = -1,
								 .origin = -1}),
			  0);
}
END_TEST

START_TEST(accounts_are_unique_by_username_and_change_by_tag)
{
	struct account user = {
		.aor = SENDER,
		.username = "alice",
		.ha1 = {[DIGEST_SHA256] = "aa", [DIGEST_MD5] = "bb"},
		.created_at = NOW};
	struct account made, changed, *list;
	size_t n;

	ck_ok(store_account_add(store, &user, arena, &made));
	ck_err(store_account_add(store, &user, arena, &changed), ERR_EXISTS);
	user = (struct account){.id = made.id,
				.aor = "sip:a2@example.com",
				.changed_at = NOW + 5};
	ck_err(store_account_change(store, &user, "x", arena, &changed),
	       ERR_PRECONDITION);
	ck_ok(store_account_change(store, &user, made.etag, arena, &changed));
	ck_assert_str_ne(changed.etag, made.etag);
	ck_assert_str_eq(changed.ha1[DIGEST_MD5], "bb");
	/* None of the old password's digests stays. */
	user.ha1[DIGEST_SHA256] = "cc";
	ck_ok(store_account_change(store, &user, NULL, arena, &changed));
	reopen_store();
	ck_ok(store_account_get(store, made.id, arena, &changed));
	ck_assert_str_eq(changed.aor, "sip:a2@example.com");
	ck_assert_str_eq(changed.username, "alice");
	ck_assert_str_eq(changed.ha1[DIGEST_SHA256], "cc");
	ck_assert_ptr_null(changed.ha1[DIGEST_MD5]);
	ck_ok(store_account_list(
		store,
		&(struct account_filter){.username = "alice", .page.limit = 9},
		arena, &list, &n));
	ck_assert_uint_eq(n, 1);
	ck_err(store_account_remove(store, made.id, made.etag),
	       ERR_PRECONDITION);
	ck_ok(store_account_remove(store, made.id, NULL));
	ck_err(store_account_remove(store, made.id, NULL), ERR_UNKNOWN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_test");
	TCase *tests = tcase_create("store");
	SRunner *runner = srunner_create(suite);
	int failed;
	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_file_is_for_nobodys_eyes_but_ours);
	tcase_add_test(tests, one_process_owns_the_file);
	tcase_add_test(tests, a_missing_folder_is_an_error_with_its_errno);
	tcase_add_test(tests,
		       a_newer_or_foreign_file_is_refused_and_left_alone);
	tcase_add_test(tests, a_damaged_file_is_noticed_and_never_says_yes);
	tcase_add_test(tests,
		       a_reader_cannot_write_and_sees_commits_while_we_write);
	tcase_add_test(tests, what_strangers_write_is_a_value_and_nothing_else);
	tcase_add_test(tests, control_bytes_and_broken_utf8_never_get_in);
	tcase_add_test(tests,
		       accounts_are_unique_by_username_and_change_by_tag);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
