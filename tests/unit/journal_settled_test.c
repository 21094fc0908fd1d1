/* Many accepted requests are settled by one commit. */
#include "tests/unit/store_help.h"

#include "db/sqlite_private.h"
#include "db/transaction.h"

#define MANY (SETTLED_MAX + 100)

static int64_t ids[MANY];

static void accept_many(void)
{
	ck_ok(transaction_begin(store));
	for (unsigned n = 0; n < MANY; n++) {
		struct journal_entry entry = entry_of(arena, n, 10);

		ck_ok(store_journal_add(store, &entry, &ids[n]));
	}
	ck_ok(transaction_end(store, ERR_OK));
}

/** In no order of their ids. */
static unsigned place_of(unsigned i)
{
	return i * 257 % MANY;
}

static bool is_there(unsigned n)
{
	struct journal_entry entry;
	enum err err = store_journal_get(store, ids[n], arena, &entry);

	ck_assert(err == ERR_OK || err == ERR_UNKNOWN);
	return err == ERR_OK;
}

/** Is it found when it comes again? */
static bool is_known(unsigned n)
{
	struct journal_entry entry = entry_of(arena, n, 10);
	int64_t id = 0;
	enum err err;

	ck_ok(transaction_begin(store));
	err = store_journal_add(store, &entry, &id);
	ck_assert(err == ERR_OK || (err == ERR_EXISTS && id == ids[n]));
	ck_err(transaction_end(store, ERR_BUSY), ERR_BUSY); /* only asked */
	return err == ERR_EXISTS;
}

static void settle(unsigned n)
{
	ck_ok(store_journal_record_outcome(store, ids[n], NULL, 0));
}

START_TEST(all_that_were_settled_are_gone_and_no_others)
{
	accept_many();
	ck_ok(transaction_begin(store));
	for (unsigned i = 0; i < MANY; i++)
		if (place_of(i) % 7)
			settle(place_of(i));
	ck_ok(transaction_end(store, ERR_OK));
	for (int round = 0; round < 2; round++) {
		for (unsigned n = 0; n < MANY; n++) {
			ck_assert_int_eq(is_there(n), n % 7 == 0);
			ck_assert_int_eq(is_known(n), n % 7 == 0);
		}
		reopen_store();
	}
}
END_TEST

START_TEST(a_step_inside_finds_them_gone)
{
	accept_many();
	ck_ok(transaction_begin(store));
	settle(3);
	settle(4);
	ck_ok(transaction_begin(store));
	ck_assert(!is_there(3) && !is_there(4) && is_there(5));
	settle(5); /* within the step */
	ck_assert(!is_there(5));
	ck_err(transaction_end(store, ERR_BUSY), ERR_BUSY);
	ck_assert(is_there(5));
	settle(6);
	ck_ok(transaction_end(store, ERR_OK));
	ck_assert(!is_there(3) && !is_there(4) && !is_there(6));
	ck_assert(is_there(5) && is_known(5));
}
END_TEST

START_TEST(what_is_undone_is_accepted_again)
{
	accept_many();
	ck_ok(transaction_begin(store));
	settle(1);
	settle(2);
	ck_err(transaction_end(store, ERR_BUSY), ERR_BUSY);
	ck_assert(is_there(1) && is_known(1) && is_there(2) && is_known(2));
	settle(1);
	ck_assert(!is_there(1) && !is_known(1) && is_there(2));
}
END_TEST

static int stays(void *arg, int action, const char *table, const char *column,
		 const char *database, const char *trigger)
{
	(void)arg;
	(void)column;
	(void)database;
	(void)trigger;
	return action == SQLITE_DELETE && strcmp(table, "accepted") == 0
		       ? SQLITE_DENY
		       : SQLITE_OK;
}

/* Each was told that it is settled: so the commit must not go through. */
START_TEST(one_that_cannot_go_keeps_all)
{
	accept_many();
	sqlite3_set_authorizer(store->sqlite->db, stays, NULL);
	ck_ok(transaction_begin(store));
	settle(1);
	settle(9);
	ck_assert_int_ne(transaction_end(store, ERR_OK), ERR_OK);
	ck_assert(is_there(1) && is_known(1) && is_there(9) && is_known(9));
	ck_ok(transaction_begin(store));
	settle(1);
	ck_assert_int_ne(transaction_begin(store), ERR_OK);
	ck_assert_int_ne(transaction_end(store, ERR_OK), ERR_OK);
	ck_assert(is_there(1) && is_known(1));
	sqlite3_set_authorizer(store->sqlite->db, NULL, NULL);
	ck_ok(transaction_begin(store));
	settle(1);
	ck_ok(transaction_end(store, ERR_OK));
	ck_assert(!is_there(1) && !is_known(1) && is_there(9));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal_settled_test");
	TCase *tests = tcase_create("store");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, all_that_were_settled_are_gone_and_no_others);
	tcase_add_test(tests, a_step_inside_finds_them_gone);
	tcase_add_test(tests, what_is_undone_is_accepted_again);
	tcase_add_test(tests, one_that_cannot_go_keeps_all);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
