/* Accepted requests and deliveries in the store. */
#include "tests/unit/store_help.h"

static struct delivery delivery_of(uint32_t number, enum delivery_state state)
{
	return (struct delivery){.place = number,
				 .sender = SENDER,
				 .target = TARGET,
				 .recipient = RECIPIENT,
				 .method = "MESSAGE",
				 .state = state,
				 .attempts = 1,
				 .last_status = 480,
				 .since = NOW,
				 .next_at = NOW + 30 + number,
				 .expires_at = NOW + 600};
}

START_TEST(an_accepted_request_is_kept_octet_by_octet_until_it_is_settled)
{
	struct journal_entry entry = entry_of(arena, 1, 70000), *entries, found;
	int64_t id = 0, again = 0;
	size_t n;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_err(store_journal_add(store, &entry, &again), ERR_EXISTS);
	ck_assert_int_eq(again, id);
	reopen_store();
	ck_ok(store_journal_without_outcome(store, (struct page){0, 10}, arena,
					    &entries, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert(view_equal(entries[0].message, entry.message));
	ck_assert(view_equal(entries[0].recipients, entry.recipients));
	ck_assert_mem_eq(entries[0].key, entry.key, HASH_LEN);
	ck_assert_str_eq(entries[0].sender, SENDER);
	ck_assert_int_eq(entries[0].expires_at, NOW + 600);
	ck_ok(store_journal_without_outcome(store, (struct page){id, 10}, arena,
					    &entries, &n));
	ck_assert_uint_eq(n, 0);
	ck_ok(store_journal_list(store, (struct page){.limit = 5}, arena,
				 &entries, &n));
	ck_assert_uint_eq(n, 1);
	ck_ok(store_journal_record_outcome(store, id, NULL, 0));
	ck_err(store_journal_get(store, id, arena, &found), ERR_UNKNOWN);
	ck_err(store_journal_record_outcome(store, id, NULL, 0), ERR_UNKNOWN);
	/* Then the same request is a new one. */
	ck_ok(store_journal_add(store, &entry, &again));
	ck_assert_int_gt(again, id);
}
END_TEST

/** Accept entry number @p n, and be done with it. */
static int64_t pass_through(unsigned n)
{
	struct journal_entry entry = entry_of(arena, n, 10);
	int64_t id;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_record_outcome(store, id, NULL, 0));
	return id;
}

START_TEST(an_entrys_id_is_never_given_again)
{
	int64_t id, last = 0;

	for (unsigned n = 0; n < 2500; n++) {
		if (n % 1000 == 700)
			reopen_store();
		id = pass_through(n);
		ck_assert_int_gt(id, last);
		last = id;
	}
}
END_TEST

START_TEST(what_waits_for_another_try_is_not_accepted_twice)
{
	struct journal_entry entry = entry_of(arena, 1, 100);
	struct journal_entry other = entry_of(arena, 2, 100);
	struct delivery row = delivery_of(0, DELIVERY_WAITING);
	int64_t id, again = 0;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_record_outcome(store, id, &row, 1));
	ck_err(store_journal_add(store, &entry, &again), ERR_EXISTS);
	ck_assert_int_eq(again, id);
	reopen_store();
	ck_err(store_journal_add(store, &entry, &again), ERR_EXISTS);
	ck_assert_int_eq(again, id);
	ck_ok(store_journal_add(store, &other, &again));
	ck_ok(store_delivery_drop(store, 1, NOW));
	ck_ok(store_journal_add(store, &entry, &again));
	ck_assert_int_gt(again, id);
}
END_TEST

/* While it is accepted, after a start, and while it waits. */
START_TEST(a_request_of_that_name_with_other_content_is_a_conflict)
{
	struct journal_entry entry = entry_of(arena, 1, 100), twin = entry;
	struct delivery row = delivery_of(0, DELIVERY_WAITING);
	int64_t id, again = 0;

	twin.key[KEY_NAME_LEN] ^= 1;
	ck_ok(store_journal_add(store, &entry, &id));
	ck_err(store_journal_add(store, &twin, &again), ERR_CONFLICT);
	reopen_store();
	ck_err(store_journal_add(store, &twin, &again), ERR_CONFLICT);
	ck_assert_int_eq(again, id);
	ck_ok(store_journal_record_outcome(store, id, &row, 1));
	ck_err(store_journal_add(store, &twin, &again), ERR_CONFLICT);
	ck_err(store_journal_add(store, &entry, &again), ERR_EXISTS);
	reopen_store();
	ck_err(store_journal_add(store, &twin, &again), ERR_CONFLICT);
	ck_assert_int_eq(again, id);
	twin.key[KEY_NAME_LEN - 1] ^= 1;
	ck_ok(store_journal_add(store, &twin, &again));
}
END_TEST

START_TEST(an_empty_message_is_kept_too)
{
	struct journal_entry entry = entry_of(arena, 1, 0), found;
	int64_t id;

	entry.recipients = VIEW_NONE;
	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_get(store, id, arena, &found));
	ck_assert_uint_eq(found.message.len, 0);
}
END_TEST

START_TEST(the_message_goes_with_its_last_waiting_delivery)
{
	struct journal_entry entry = entry_of(arena, 1, 100), found;
	struct delivery rows[3] = {delivery_of(0, DELIVERY_WAITING),
				   delivery_of(1, DELIVERY_FAILED),
				   delivery_of(2, DELIVERY_WAITING)};
	struct delivery *due, row;
	int64_t id, next;
	size_t n;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_record_outcome(store, id, rows, 3));
	ck_ok(store_journal_get(store, id, arena, &found));
	ck_ok(store_deliveries_due(store,
				   (struct due_page){NOW + 31, 10, &next},
				   arena, &due, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(next, NOW + 32);
	ck_assert_int_eq(due[0].journal, id);
	ck_assert_uint_eq(due[0].place, 0);
	/* Tried again in vain: waits longer. */
	due[0].attempts = 2;
	due[0].next_at = NOW + 150;
	due[0].last_status = 503;
	ck_ok(store_delivery_update(store, &due[0], DELIVERY_WAITING));
	ck_ok(store_delivery_get(store, due[0].id, arena, &row));
	ck_assert_uint_eq(row.attempts, 2);
	ck_assert_int_eq(row.next_at, NOW + 150);
	/* Got it at last: its row goes. */
	ck_ok(store_delivery_update(store, &row, DELIVERY_DONE));
	ck_err(store_delivery_update(store, &row, DELIVERY_DONE), ERR_UNKNOWN);
	ck_ok(store_journal_get(store, id, arena, &found));
	/* The other one runs out of time: the row stays, the message goes. */
	ck_ok(store_deliveries_due(store,
				   (struct due_page){NOW + 999, 10, &next},
				   arena, &due, &n));
	ck_assert_uint_eq(n, 1);
	ck_ok(store_delivery_update(store, &due[0], DELIVERY_EXPIRED));
	ck_err(store_delivery_update(store, &due[0], DELIVERY_WAITING),
	       ERR_CONFLICT);
	ck_err(store_journal_get(store, id, arena, &found), ERR_UNKNOWN);
	ck_ok(store_delivery_get(store, due[0].id, arena, &row));
	ck_assert_int_eq(row.state, DELIVERY_EXPIRED);
	ck_assert_int_eq(row.journal, 0);
	ck_assert_str_eq(row.recipient, RECIPIENT);
}
END_TEST

static size_t count_deliveries(int state)
{
	struct delivery_filter filter = {
		.recipient = RECIPIENT, .state = state, .page.limit = 100};
	struct delivery *rows;
	size_t n;

	ck_ok(store_delivery_list(store, &filter, arena, &rows, &n));
	return n;
}

START_TEST(an_operator_can_hurry_and_drop_deliveries)
{
	struct journal_entry entry = entry_of(arena, 1, 100), found;
	struct delivery rows[2] = {delivery_of(0, DELIVERY_WAITING),
				   delivery_of(1, DELIVERY_WITHDRAWN)};
	struct delivery *due;
	int64_t id, next;
	size_t n;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_record_outcome(store, id, rows, 2));
	ck_assert_uint_eq(count_deliveries(-1), 2);
	ck_assert_uint_eq(count_deliveries(DELIVERY_WITHDRAWN), 1);
	ck_ok(store_deliveries_due(store, (struct due_page){NOW, 10, &next},
				   arena, &due, &n));
	ck_assert_uint_eq(n, 0);
	ck_ok(store_delivery_now(store, 1, NOW));
	ck_err(store_delivery_now(store, 2, NOW), ERR_CONFLICT);
	ck_err(store_delivery_now(store, 3, NOW), ERR_UNKNOWN);
	ck_ok(store_deliveries_due(store, (struct due_page){NOW, 10, &next},
				   arena, &due, &n));
	ck_assert_uint_eq(n, 1);
	ck_ok(store_delivery_drop(store, 1, NOW));
	ck_err(store_delivery_drop(store, 1, NOW), ERR_UNKNOWN);
	ck_err(store_journal_get(store, id, arena, &found), ERR_UNKNOWN);
	ck_ok(store_delivery_sweep(store, NOW));
	ck_assert_uint_eq(count_deliveries(-1), 1);
	ck_ok(store_delivery_sweep(store, NOW + 1));
	ck_assert_uint_eq(count_deliveries(-1), 0);
}
END_TEST

START_TEST(a_settling_that_fails_leaves_the_entry_unsettled)
{
	struct journal_entry entry = entry_of(arena, 1, 100), *entries;
	struct delivery rows[2] = {delivery_of(0, DELIVERY_WAITING),
				   delivery_of(1, DELIVERY_WAITING)};
	int64_t id;
	size_t n;

	rows[1].recipient = "sip:bad\n@example.net";
	ck_ok(store_journal_add(store, &entry, &id));
	ck_err(store_journal_record_outcome(store, id, rows, 2), ERR_CHARSET);
	ck_assert_uint_eq(count_deliveries(-1), 0);
	ck_ok(store_journal_without_outcome(store, (struct page){0, 10}, arena,
					    &entries, &n));
	ck_assert_uint_eq(n, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal_rows_test");
	TCase *tests = tcase_create("store");
	SRunner *runner = srunner_create(suite);
	int failed;
	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_set_timeout(tests, 60);
	tcase_add_test(
		tests,
		an_accepted_request_is_kept_octet_by_octet_until_it_is_settled);
	tcase_add_test(tests,
		       a_request_of_that_name_with_other_content_is_a_conflict);
	tcase_add_test(tests, an_empty_message_is_kept_too);
	tcase_add_test(tests, the_message_goes_with_its_last_waiting_delivery);
	tcase_add_test(tests, an_operator_can_hurry_and_drop_deliveries);
	tcase_add_test(tests, an_entrys_id_is_never_given_again);
	tcase_add_test(tests, what_waits_for_another_try_is_not_accepted_twice);
	tcase_add_test(tests, a_settling_that_fails_leaves_the_entry_unsettled);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
