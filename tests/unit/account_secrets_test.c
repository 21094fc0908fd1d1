/* Digests on disk are sealed with the key file, which has to be there. */
#include "db/account_secrets.h"
#include "db/store_private.h"
#include "db/transaction.h"
#include "tests/unit/store_help.h"

#define PLAIN "0123456789abcdef0123456789abcdef"

static char key_path[512];

static void begin(void)
{
	open_store();
	snprintf(key_path, sizeof(key_path), "%s.key", place.path);
	ck_ok(account_key_open(store, NULL));
}

static int64_t add(const char *username)
{
	struct account made, account = {.aor = SENDER,
					.username = username,
					.ha1 = {[DIGEST_SHA256] = PLAIN},
					.created_at = NOW};

	ck_ok(store_account_add(store, &account, arena, &made));
	return made.id;
}

/** Does a file beside the store hold the digest? */
static bool holds_plain(const char *suffix)
{
	char path[600], *bytes = mem_alloc(1 << 22);
	FILE *file;
	size_t len;
	bool holds;

	snprintf(path, sizeof(path), "%s%s", place.path, suffix);
	file = fopen(path, "r");
	len = file ? fread(bytes, 1, 1 << 22, file) : 0;
	if (file)
		fclose(file);
	holds = view_find_view((struct view){bytes, len}, VIEW(PLAIN), 0) !=
		SIZE_MAX;
	free(bytes);
	return holds;
}

static void replace_key(int byte)
{
	int fd = open(key_path, O_WRONLY);
	char bytes[32];

	memset(bytes, byte, sizeof(bytes));
	ck_assert_int_eq(write(fd, bytes, sizeof(bytes)), 32);
	close(fd);
}

START_TEST(no_digest_is_on_disk)
{
	struct account found;
	struct stat about;
	int64_t id = add("alice");

	ck_assert(!holds_plain("") && !holds_plain("-wal"));
	ck_assert_int_eq(stat(key_path, &about), 0);
	ck_assert_uint_eq(about.st_mode & 0777, 0600);
	reopen_store();
	ck_ok(account_key_open(store, ""));
	ck_ok(store_account_get(store, id, arena, &found));
	ck_assert_str_eq(found.ha1[DIGEST_SHA256], PLAIN);
	ck_assert_uint_eq(found.has_ha1, 1U << DIGEST_SHA256);
}
END_TEST

START_TEST(who_only_reads_sees_none)
{
	struct account found;
	struct store *reader;
	int64_t id = add("alice");

	ck_ok(store_open(place.path, STORE_READ, &reader));
	ck_ok(store_account_get(reader, id, arena, &found));
	ck_assert_ptr_null(found.ha1[DIGEST_SHA256]);
	ck_assert_uint_eq(found.has_ha1, 1U << DIGEST_SHA256);
	store_close(reader);
}
END_TEST

START_TEST(without_its_key_a_store_does_not_open)
{
	char kept[600];

	add("alice");
	reopen_store();
	snprintf(kept, sizeof(kept), "%s.kept", key_path);
	ck_assert_int_eq(rename(key_path, kept), 0);
	ck_err(account_key_open(store, NULL), ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(store_problem(store), "missing"));
	ck_assert_int_ne(access(key_path, F_OK), 0); /* none is made */
	/* Another one. */
	ck_ok(account_key_open(store, kept));
	reopen_store();
	ck_assert_int_eq(rename(kept, key_path), 0);
	replace_key('x');
	ck_err(account_key_open(store, NULL), ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(store_problem(store), "not the one"));
	ck_assert_int_eq(chmod(key_path, 0640), 0);
	reopen_store();
	ck_err(account_key_open(store, NULL), ERR_FORBIDDEN);
}
END_TEST

START_TEST(a_digest_of_another_row_is_nothing)
{
	struct account found;
	int64_t id = add("alice");

	add("bob");
	ck_ok(store_run(store, "UPDATE account SET secrets = (SELECT secrets "
			       "FROM account WHERE username = 'bob') "
			       "WHERE username = 'alice'"));
	ck_ok(store_account_get(store, id, arena, &found));
	ck_assert_ptr_null(found.ha1[DIGEST_SHA256]);
	ck_assert_uint_eq(found.has_ha1, 0);
}
END_TEST

START_TEST(what_an_older_version_wrote_is_sealed_at_the_start)
{
	struct account found;
	int64_t id = add("alice"), n = -1;

	ck_ok(store_run(store, "UPDATE account SET digests = 0, "
			       "secrets = x''"));
	ck_ok(store_run(store, "INSERT INTO account_plain SELECT id, '" PLAIN
			       "', 'cd' FROM account"));
	ck_ok(account_key_open(store, NULL));
	ck_ok(store_read_number(store, "SELECT count(*) FROM account_plain",
				&n));
	ck_assert_int_eq(n, 0);
	ck_ok(store_account_get(store, id, arena, &found));
	ck_assert_str_eq(found.ha1[DIGEST_SHA256], PLAIN);
	ck_assert_ptr_null(found.ha1[DIGEST_SHA512_256]);
	ck_assert_str_eq(found.ha1[DIGEST_MD5], "cd");
	ck_assert_uint_eq(found.has_ha1,
			  1U << DIGEST_SHA256 | 1U << DIGEST_MD5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("account_secrets_test");
	TCase *cases = tcase_create("secrets");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, begin, close_store);
	tcase_add_test(cases, no_digest_is_on_disk);
	tcase_add_test(cases, who_only_reads_sees_none);
	tcase_add_test(cases, without_its_key_a_store_does_not_open);
	tcase_add_test(cases, a_digest_of_another_row_is_nothing);
	tcase_add_test(cases,
		       what_an_older_version_wrote_is_sealed_at_the_start);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
