/* What is remembered of requests: for how long, how much, and how it is found.
 */
#include "tests/unit/db_help.h"

#include "db/deliveries.h"
#include "db/journal.h"
#include "db/records.h"
#include "db/sqlite.h"
#include "db/transaction.h"

static struct place place;
static struct store *store;
static struct arena *arena;

static void setup(void)
{
	place_init(&place);
	ck_ok(store_open(place.path, STORE_WRITE, &store));
	store->record_room = 1 << 20;
	arena = arena_new(0);
}

static void teardown(void)
{
	arena_free(arena);
	store_close(store);
	place_free(&place);
}

/** One recipient, and @p len bytes of another's name. */
static struct view outcomes(enum recipient_outcome outcome, size_t len)
{
	char *name = arena_alloc(arena, len + 1);
	struct text bytes;

	memset(name, 'x', len);
	text_init(&bytes, arena);
	recipient_pack(&bytes, &(struct recipient_record){
				       .recipient = RECIPIENT,
				       .outcome = outcome,
				       .status = 480,
				       .at_ms = 1500,
				       .attempts = 1,
				       .content = 2,
				       .is_large = true,
				       .permission = INT64_C(1) << 40});
	recipient_pack(&bytes, &(struct recipient_record){
				       .recipient = name,
				       .outcome = RECIPIENT_DELIVERED});
	return text_view(&bytes);
}

static struct request_record record_of(int64_t id, int64_t at)
{
	return (struct request_record){
		.id = id,
		.call_id = arena_printf(arena, "call-%lld", (long long)id),
		.sender = SENDER,
		.target = TARGET,
		.source = "192.0.2.1:5060",
		.method = "MESSAGE",
		.accepted_at = at,
		.over_at = at + 1,
		.status = 202,
		.recipients = outcomes(RECIPIENT_FAILED, 20)};
}

static void put(int64_t id, int64_t at)
{
	struct request_record record = record_of(id, at);

	ck_ok(store_record_put(store, &record));
}

/** How many there are, page by page. */
static size_t count_all(const struct record_filter *filter, size_t limit)
{
	struct page page = {.limit = limit};
	struct record_page found;
	size_t total = 0;
	int64_t last = INT64_MAX;

	do {
		ck_ok(store_record_list(store, filter, page, arena, &found));
		for (size_t i = 0; i < found.n; i++) {
			ck_assert_int_lt(found.rows[i].id, last);
			last = found.rows[i].id;
		}
		total += found.n;
		page.after = found.next;
	} while (found.next);
	return total;
}

START_TEST(a_record_says_what_was_packed)
{
	struct request_record record;
	struct recipient_record *rows;
	size_t n;

	put(7, NOW);
	ck_ok(store_record_get(store, 7, arena, &record));
	ck_assert_str_eq(record.call_id, "call-7");
	ck_assert(!record.is_sending);
	ck_ok(store_record_recipients(store, &record, arena, &rows, &n));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(rows[0].recipient, RECIPIENT);
	ck_assert_int_eq(rows[0].outcome, RECIPIENT_FAILED);
	ck_assert_int_eq(rows[0].status, 480);
	ck_assert_uint_eq(rows[0].at_ms, 1500);
	ck_assert_uint_eq(rows[0].attempts, 1);
	ck_assert_uint_eq(rows[0].content, 2);
	ck_assert(rows[0].is_large);
	ck_assert(rows[0].permission == INT64_C(1) << 40);
	ck_err(store_record_get(store, 8, arena, &record), ERR_UNKNOWN);
}
END_TEST

/** Of a URI that somebody made of a consent URI. */
START_TEST(a_token_is_not_kept_and_found_all_the_same)
{
	static const char key[] = "sip:d-0123456789abcdef0123456789abcdef@h";
	struct record_filter by_recipient = {.recipient = key};
	struct record_filter by_id = {
		.call_id = "%67-0123456789ABCDEF0123456789abcdef"};
	struct request_record record = record_of(1, NOW);
	struct recipient_record *rows;
	struct text bytes;
	size_t n;

	put(2, NOW);
	text_init(&bytes, arena);
	recipient_pack(&bytes, &(struct recipient_record){.recipient = key});
	ck_assert_uint_le(bytes.len, recipient_packed_len(strlen(key)));
	record.recipients = text_view(&bytes);
	record.call_id = by_id.call_id;
	ck_ok(store_record_put(store, &record));
	ck_assert_uint_eq(count_all(&by_recipient, 10), 1);
	ck_assert_uint_eq(count_all(&by_id, 10), 1);
	ck_ok(store_record_get(store, 1, arena, &record));
	ck_assert_str_eq(record.call_id, "g-********");
	ck_ok(store_record_recipients(store, &record, arena, &rows, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(rows[0].recipient, "sip:d-********@h");
}
END_TEST

START_TEST(bytes_that_make_no_sense_are_read_to_where_they_do)
{
	struct request_record record = record_of(1, NOW);
	struct recipient_record *rows;
	size_t n, len = record.recipients.len;

	for (size_t cut = 0; cut < len; cut++) {
		record.recipients.len = cut;
		ck_ok(store_record_recipients(store, &record, arena, &rows,
					      &n));
		ck_assert_uint_le(n, 1);
	}
}
END_TEST

START_TEST(pages_go_from_the_newest_and_filters_hold)
{
	struct record_filter filter = {.sender = NULL};

	for (int64_t id = 1; id <= 25; id++)
		put(id, NOW + id);
	ck_assert_uint_eq(count_all(&filter, 10), 25);
	filter.since = NOW + 21;
	ck_assert_uint_eq(count_all(&filter, 2), 5);
	filter = (struct record_filter){.call_id = "call-3"};
	ck_assert_uint_eq(count_all(&filter, 10), 1);
	filter = (struct record_filter){.recipient = RECIPIENT};
	ck_assert_uint_eq(count_all(&filter, 10), 25);
	/* The beginning of a name is another name. */
	filter = (struct record_filter){.recipient = "sip:bob@example"};
	ck_assert_uint_eq(count_all(&filter, 10), 0);
	filter = (struct record_filter){.sender = "sip:eve@example.com"};
	ck_assert_uint_eq(count_all(&filter, 10), 0);
}
END_TEST

START_TEST(a_page_looks_at_so_many_rows_and_says_where_to_go_on)
{
	struct record_filter filter = {.call_id = "call-1"};
	struct page page = {.limit = 10};
	struct record_page found;

	store->record_room = 1 << 30;
	ck_ok(store_run(store, "BEGIN"));
	for (int64_t id = 1; id <= RECORDS_LOOKED_AT + 5; id++) {
		struct request_record record = record_of(id, NOW);

		ck_ok(store_record_put(store, &record));
		arena_free(arena);
		arena = arena_new(0);
	}
	ck_ok(store_run(store, "COMMIT"));
	ck_ok(store_record_list(store, &filter, page, arena, &found));
	ck_assert_uint_eq(found.n, 0);
	ck_assert_int_gt(found.next, 0);
	ck_assert_uint_eq(count_all(&filter, 10), 1);
}
END_TEST

START_TEST(the_oldest_go_when_there_is_no_room)
{
	struct record_filter all = {.sender = NULL};
	struct request_record record;

	store->record_room = 16384;
	for (int64_t id = 1; id <= 500; id++)
		put(id, NOW);
	ck_assert_uint_le(store->record_bytes, store->record_room);
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

	store->record_room = 1 << 18;
	ck_ok(store_run(store, "BEGIN"));
	for (int64_t id = 1; id <= 1000; id++)
		put(id, NOW);
	ck_ok(store_run(store, "COMMIT"));
	record.recipients = outcomes(RECIPIENT_FAILED, 60000);
	for (; record.id <= 1020; record.id++) {
		ck_ok(store_record_put(store, &record));
		ck_assert_uint_le(store->record_bytes, store->record_room);
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
	bytes = store->record_bytes;
	ck_ok(store_run(store, "BEGIN"));
	put_outcomes(1, 1000);
	put_outcomes(1, 1000); /* again is harmless */
	ck_ok(store_run(store, "COMMIT"));
	ck_assert_uint_gt(store->record_bytes, bytes + 20000);
	ck_assert_uint_lt(store->record_bytes, bytes + 80000);
	bytes = store->record_bytes;
	ck_ok(records_measure(store));
	ck_assert_uint_eq(store->record_bytes, bytes);
	store->record_room = 20000;
	put(3, NOW);
	ck_assert_uint_le(store->record_bytes, 2000);
	ck_assert_uint_ge(count_all(&all, 10), 1);
	bytes = store->record_bytes;
	ck_ok(records_measure(store));
	ck_assert_uint_eq(store->record_bytes, bytes);
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
	ck_assert_uint_eq(store->record_bytes, 0);
	/* Those of records that had to make room go, too. */
	ck_ok(store_run(store, "BEGIN"));
	put(3, NOW);
	put_outcomes(3, 12000);
	ck_ok(store_run(store, "COMMIT"));
	store->record_room = 1000;
	put(4, NOW);
	ck_assert_int_eq(count_outcomes(), 12000);
	ck_assert_int_ge(sweep_all(5000), 3);
	ck_assert_int_eq(count_outcomes(), 0);
	/* Large ones go a few at a time. */
	store->record_room = 1 << 30;
	record.recipients = outcomes(RECIPIENT_FAILED, 60000);
	ck_ok(store_run(store, "BEGIN"));
	for (record.id = 5; record.id < 155; record.id++)
		ck_ok(store_record_put(store, &record));
	ck_ok(store_run(store, "COMMIT"));
	ck_assert_int_ge(sweep_all(0), 3);
	ck_assert_uint_eq(count_all(&all, 10), 0);
	ck_assert_uint_eq(store->record_bytes, 0);
}
END_TEST

START_TEST(what_is_undone_took_no_room)
{
	uint64_t bytes;

	put(1, NOW);
	bytes = store->record_bytes;
	ck_ok(transaction_begin(store));
	put(2, NOW);
	ck_ok(transaction_begin(store));
	put(3, NOW);
	ck_err(transaction_end(store, ERR_UNKNOWN), ERR_UNKNOWN);
	ck_assert_uint_eq(store->record_bytes, 2 * bytes);
	ck_err(transaction_end(store, ERR_FULL), ERR_FULL);
	ck_assert_uint_eq(store->record_bytes, bytes);
}
END_TEST

START_TEST(a_page_reads_so_many_bytes_and_says_where_to_go_on)
{
	struct record_filter filters[2] = {{.sender = NULL},
					   {.recipient = RECIPIENT}};
	struct request_record record = record_of(1, NOW);
	struct page page = {.limit = 1000};
	struct record_page found;

	store->record_room = 1 << 30;
	record.recipients = outcomes(RECIPIENT_FAILED, 60000);
	ck_ok(store_run(store, "BEGIN"));
	for (; record.id <= 300; record.id++)
		ck_ok(store_record_put(store, &record));
	ck_ok(store_run(store, "COMMIT"));
	for (size_t i = 0; i < 2; i++) {
		ck_ok(store_record_list(store, &filters[i], page, arena,
					&found));
		ck_assert_uint_le(found.n, RECORDS_READ_BYTES / 60000 + 1);
		ck_assert_int_gt(found.next, 0);
		ck_assert_uint_eq(count_all(&filters[i], 1000), 300);
	}
}
END_TEST

START_TEST(nothing_is_kept_without_room_or_on_a_tight_disk)
{
	struct record_filter all = {.sender = NULL};

	store->record_room = 0;
	put(1, NOW);
	store->record_room = 1 << 20;
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
	ck_assert_uint_eq(store->record_bytes, 0);
}
END_TEST

/** An accepted request, settled with one recipient that waits; its id. */
static int64_t settle_waiting(struct delivery *ret)
{
	struct journal_entry entry = entry_of(arena, 1, 100);
	struct delivery row = {.place = 0,
			       .sender = SENDER,
			       .target = TARGET,
			       .recipient = RECIPIENT,
			       .method = "MESSAGE",
			       .state = DELIVERY_WAITING,
			       .attempts = 1,
			       .last_status = 480,
			       .content = 1,
			       .since = NOW,
			       .next_at = NOW + 30,
			       .expires_at = NOW + 600};
	struct request_record record;
	int64_t id;

	ck_ok(store_journal_add(store, &entry, &id));
	record = record_of(id, NOW);
	record.over_at = 0;
	record.recipients = outcomes(RECIPIENT_DEFERRED, 3);
	ck_ok(store_record_put(store, &record));
	ck_ok(store_journal_record_outcome(store, id, &row, 1));
	row.id = 1;
	*ret = row;
	return id;
}

static struct recipient_record first_of(int64_t id, int64_t *ret_over_at)
{
	struct request_record record;
	struct recipient_record *rows;
	size_t n;

	ck_ok(store_record_get(store, id, arena, &record));
	ck_ok(store_record_recipients(store, &record, arena, &rows, &n));
	ck_assert_uint_eq(n, 2);
	*ret_over_at = record.over_at;
	return rows[0];
}

START_TEST(a_retry_is_put_in_place)
{
	struct delivery row;
	int64_t id = settle_waiting(&row), over_at;
	struct recipient_record it = first_of(id, &over_at);
	bool is_more;

	ck_assert_int_eq(it.outcome, RECIPIENT_DEFERRED);
	ck_assert_int_eq(it.delivery, 1);
	ck_assert_int_eq(it.next_at, NOW + 30);
	ck_assert_uint_eq(it.content, 1);
	ck_assert(!it.is_large);
	ck_assert_int_eq(over_at, 0);
	ck_ok(store_record_sweep(store, NOW + 100000, &is_more));
	row.attempts = 2;
	row.content = 2;
	row.is_large = 1;
	row.last_status = 200;
	row.permission = 9;
	row.at_ms = 31000;
	ck_ok(store_delivery_update(store, &row, DELIVERY_DONE));
	it = first_of(id, &over_at);
	ck_assert_int_eq(it.outcome, RECIPIENT_DELIVERED);
	ck_assert_int_eq(it.status, 200);
	ck_assert_uint_eq(it.attempts, 2);
	ck_assert_int_eq(it.permission, 9);
	ck_assert_uint_eq(it.content, 2);
	ck_assert(it.is_large);
	ck_assert_int_eq(over_at, NOW + 31);
}
END_TEST

START_TEST(one_that_is_given_up_was_not_delivered)
{
	struct delivery row;
	int64_t id = settle_waiting(&row), over_at;

	ck_ok(store_delivery_drop(store, 1, NOW + 50));
	ck_assert_int_eq(first_of(id, &over_at).outcome, RECIPIENT_REMOVED);
	ck_assert_int_eq(over_at, NOW + 50);
}
END_TEST

START_TEST(what_was_not_over_when_records_were_switched_off_goes)
{
	struct record_filter all = {.sender = NULL};
	struct delivery row;
	bool is_more;

	settle_waiting(&row);
	store->record_room = 0;
	ck_ok(store_delivery_update(store, &row, DELIVERY_DONE));
	store->record_room = 1 << 20;
	ck_ok(store_record_sweep(store, NOW + 100, &is_more));
	ck_assert_uint_eq(count_all(&all, 10), 0);
}
END_TEST

START_TEST(room_is_measured_at_the_start)
{
	uint64_t bytes;

	for (int64_t id = 1; id <= 10; id++)
		put(id, NOW);
	bytes = store->record_bytes;
	store_close(store);
	ck_ok(store_open(place.path, STORE_WRITE, &store));
	ck_assert_uint_eq(store->record_bytes, 0);
	ck_ok(records_measure(store));
	ck_assert_uint_eq(store->record_bytes, bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("records");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int n_failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_record_says_what_was_packed);
	tcase_add_test(tcase, a_token_is_not_kept_and_found_all_the_same);
	tcase_add_test(tcase,
		       bytes_that_make_no_sense_are_read_to_where_they_do);
	tcase_add_test(tcase, pages_go_from_the_newest_and_filters_hold);
	tcase_add_test(tcase,
		       a_page_looks_at_so_many_rows_and_says_where_to_go_on);
	tcase_add_test(tcase, the_oldest_go_when_there_is_no_room);
	tcase_add_test(tcase, a_large_one_takes_the_place_of_many);
	tcase_add_test(tcase, outcomes_take_room_as_well);
	tcase_add_test(tcase, a_sweep_drops_so_many_outcomes_and_bytes);
	tcase_add_test(tcase, what_is_undone_took_no_room);
	tcase_add_test(tcase,
		       a_page_reads_so_many_bytes_and_says_where_to_go_on);
	tcase_add_test(tcase, nothing_is_kept_without_room_or_on_a_tight_disk);
	tcase_add_test(tcase, old_ones_go_by_their_end_and_a_sweep_is_bounded);
	tcase_add_test(tcase, a_retry_is_put_in_place);
	tcase_add_test(tcase, one_that_is_given_up_was_not_delivered);
	tcase_add_test(tcase,
		       what_was_not_over_when_records_were_switched_off_goes);
	tcase_add_test(tcase, room_is_measured_at_the_start);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed > 0;
}
