/* Records of requests: how much room they take, and what goes first. */
#include "tests/unit/records_help.h"

START_TEST(the_oldest_go_when_there_is_no_room)
{
	struct record_filter all = {.sender = NULL};
	struct request_record record;

	store->records.room = 16384;
	for (int64_t id = 1; id <= 500; id++)
		put(id, NOW);
	ck_assert_uint_le(store->records.bytes, store->records.room);
	ck_assert_uint_ge(count_all(&all, 100), 16384 / 500);
	ck_ok(store_record_get(store, 500, arena, &record));
	ck_err(store_record_get(store, 1, arena, &record), ERR_UNKNOWN);
	/* One larger than all the room is not kept at all. */
	record = record_of(501, NOW);
	record.recipients = outcomes(RECIPIENT_FAILED, 20000);
	ck_ok(store_record_put(store, &record));
	ck_err(store_record_get(store, 501, arena, &record), ERR_UNKNOWN);
}
END_TEST

START_TEST(a_large_one_takes_the_place_of_many)
{
	struct record_filter all = {.sender = NULL};
	struct request_record record = record_of(1001, NOW);

	store->records.room = 1 << 18;
	ck_ok(store_run(store, "BEGIN"));
	for (int64_t id = 1; id <= 1000; id++)
		put(id, NOW);
	ck_ok(store_run(store, "COMMIT"));
	record.recipients = outcomes(RECIPIENT_FAILED, 60000);
	for (; record.id <= 1020; record.id++) {
		ck_ok(store_record_put(store, &record));
		ck_assert_uint_le(store->records.bytes, store->records.room);
	}
	ck_assert_uint_ge(count_all(&all, 100), 3);
}
END_TEST

/** What became of @p n recipients of request @p id later. */
static void put_outcomes(int64_t id, uint32_t n)
{
	struct delivery row = {.journal = id};

	for (row.place = 0; row.place < n; row.place++)
		ck_ok(store_record_outcome(store, &row, RECIPIENT_FAILED));
}

START_TEST(outcomes_take_room_as_well)
{
	struct record_filter all = {.sender = NULL};
	uint64_t bytes;

	put(1, NOW);
	put(2, NOW);
	bytes = store->records.bytes;
	ck_ok(store_run(store, "BEGIN"));
	put_outcomes(1, 1000);
	put_outcomes(1, 1000); /* again is harmless */
	ck_ok(store_run(store, "COMMIT"));
	ck_assert_uint_gt(store->records.bytes, bytes + 20000);
	ck_assert_uint_lt(store->records.bytes, bytes + 80000);
	bytes = store->records.bytes;
	ck_ok(records_measure(store));
	ck_assert_uint_eq(store->records.bytes, bytes);
	store->records.room = 20000;
	put(3, NOW);
	ck_assert_uint_le(store->records.bytes, 2000);
	ck_assert_uint_ge(count_all(&all, 10), 1);
	bytes = store->records.bytes;
	ck_ok(records_measure(store));
	ck_assert_uint_eq(store->records.bytes, bytes);
}
END_TEST

static int64_t count_outcomes(void)
{
	struct query query = query_begin(store, "SELECT count(*) FROM outcome");
	int64_t n = -1;

	while (query_next(&query))
		n = query_get_int(&query);
	ck_ok(query_end(&query));
	return n;
}

/** Calls until all is gone; each lets go of few at most. */
static int sweep_all(int64_t most)
{
	bool is_more = true;
	int calls = 0;

	while (is_more) {
		int64_t before = count_outcomes();

		ck_ok(store_record_sweep(store, RECORDS_ALL, &is_more));
		ck_assert_int_le(before - count_outcomes(), most);
		ck_assert_int_lt(++calls, 100);
	}
	return calls;
}

START_TEST(a_sweep_drops_so_many_outcomes_and_bytes)
{
	struct record_filter all = {.sender = NULL};
	struct request_record record = record_of(1, NOW);

	ck_ok(store_run(store, "BEGIN"));
	put(1, NOW);
	put(2, NOW);
	put_outcomes(1, 12000);
	put_outcomes(2, 10);
	ck_ok(store_run(store, "COMMIT"));
	ck_assert_int_ge(sweep_all(5000), 3);
	ck_assert_int_eq(count_outcomes(), 0);
	ck_assert_uint_eq(store->records.bytes, 0);
	/* Those of records that had to make room go, too. */
	ck_ok(store_run(store, "BEGIN"));
	put(3, NOW);
	put_outcomes(3, 12000);
	ck_ok(store_run(store, "COMMIT"));
	store->records.room = 1000;
	put(4, NOW);
	ck_assert_int_eq(count_outcomes(), 12000);
	ck_assert_int_ge(sweep_all(5000), 3);
	ck_assert_int_eq(count_outcomes(), 0);
	/* Large ones go a few at a time. */
	store->records.room = 1 << 30;
	record.recipients = outcomes(RECIPIENT_FAILED, 60000);
	ck_ok(store_run(store, "BEGIN"));
	for (record.id = 5; record.id < 155; record.id++)
		ck_ok(store_record_put(store, &record));
	ck_ok(store_run(store, "COMMIT"));
	ck_assert_int_ge(sweep_all(0), 3);
	ck_assert_uint_eq(count_all(&all, 10), 0);
	ck_assert_uint_eq(store->records.bytes, 0);
}
END_TEST

START_TEST(what_is_undone_took_no_room)
{
	uint64_t bytes;

	put(1, NOW);
	bytes = store->records.bytes;
	ck_ok(transaction_begin(store));
	put(2, NOW);
	ck_ok(transaction_begin(store));
	put(3, NOW);
	ck_err(transaction_end(store, ERR_UNKNOWN), ERR_UNKNOWN);
	ck_assert_uint_eq(store->records.bytes, 2 * bytes);
	ck_err(transaction_end(store, ERR_FULL), ERR_FULL);
	ck_assert_uint_eq(store->records.bytes, bytes);
}
END_TEST

START_TEST(nothing_is_kept_without_room_or_on_a_tight_disk)
{
	struct record_filter all = {.sender = NULL};

	store->records.room = 0;
	put(1, NOW);
	store->records.room = 1 << 20;
	store->is_tight = true;
	put(2, NOW);
	ck_assert_uint_eq(count_all(&all, 10), 0);
}
END_TEST

START_TEST(old_ones_go_by_their_end_and_a_sweep_is_bounded)
{
	struct record_filter all = {.sender = NULL};
	struct request_record record;
	bool is_more;
	int calls = 0;

	for (int64_t id = 1; id <= 1500; id++)
		put(id, NOW);
	record = record_of(1501, NOW);
	record.over_at = NOW + 500; /* a recipient needed so long */
	ck_ok(store_record_put(store, &record));
	put(1502, NOW + 500);
	do
		ck_ok(store_record_sweep(store, NOW + 100, &is_more));
	while (++calls < 10 && is_more);
	ck_assert_int_eq(calls, 2);
	ck_assert_uint_eq(count_all(&all, 10), 2);
	ck_ok(store_record_sweep(store, RECORDS_ALL, &is_more));
	ck_assert_uint_eq(count_all(&all, 10), 0);
	ck_assert_uint_eq(store->records.bytes, 0);
}
END_TEST

START_TEST(room_is_measured_at_the_start)
{
	uint64_t bytes;

	for (int64_t id = 1; id <= 10; id++)
		put(id, NOW);
	bytes = store->records.bytes;
	store_close(store);
	ck_ok(store_open(place.path, STORE_WRITE, &store));
	ck_assert_uint_eq(store->records.bytes, 0);
	ck_ok(records_measure(store));
	ck_assert_uint_eq(store->records.bytes, bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("records_room_test");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int n_failed;
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_oldest_go_when_there_is_no_room);
	tcase_add_test(tcase, a_large_one_takes_the_place_of_many);
	tcase_add_test(tcase, outcomes_take_room_as_well);
	tcase_add_test(tcase, a_sweep_drops_so_many_outcomes_and_bytes);
	tcase_add_test(tcase, what_is_undone_took_no_room);
	tcase_add_test(tcase, nothing_is_kept_without_room_or_on_a_tight_disk);
	tcase_add_test(tcase, old_ones_go_by_their_end_and_a_sweep_is_bounded);
	tcase_add_test(tcase, room_is_measured_at_the_start);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed > 0;
}
