/* Records of requests: what is kept, found, and put in place later. */
#include "tests/unit/records_help.h"

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

/** Beside one of a message: a call has two instants more. */
START_TEST(a_call_keeps_when_it_was_made_and_answered)
{
	struct request_record record = record_of(1, NOW);
	struct recipient_record *rows;
	struct text bytes;
	size_t n;

	text_init(&bytes, arena);
	recipient_pack(&bytes,
		       &(struct recipient_record){.recipient = RECIPIENT,
						  .outcome = RECIPIENT_ANSWERED,
						  .at_ms = 9000,
						  .is_call = true,
						  .called_ms = 0,
						  .answered_ms = 4000});
	recipient_pack(&bytes, &(struct recipient_record){
				       .recipient = SENDER,
				       .outcome = RECIPIENT_NOT_CALLED,
				       .is_call = true,
				       .called_ms = RECORD_NEVER,
				       .answered_ms = RECORD_NEVER});
	text_add_view(&bytes, outcomes(RECIPIENT_FAILED, 3));
	record.recipients = text_view(&bytes);
	record.conference = "0123456789abcdef";
	ck_ok(store_record_put(store, &record));
	ck_ok(store_record_get(store, 1, arena, &record));
	ck_assert_str_eq(record.conference, "0123456789abcdef");
	ck_ok(store_record_recipients(store, &record, arena, &rows, &n));
	ck_assert_uint_eq(n, 4);
	ck_assert(rows[0].is_call && rows[1].is_call && !rows[2].is_call);
	ck_assert_int_eq(rows[0].outcome, RECIPIENT_ANSWERED);
	ck_assert_uint_eq(rows[0].at_ms, 9000);
	ck_assert_uint_eq(rows[0].called_ms, 0);
	ck_assert_uint_eq(rows[0].answered_ms, 4000);
	ck_assert_uint_eq(rows[1].called_ms, RECORD_NEVER);
	ck_assert_uint_eq(rows[1].answered_ms, RECORD_NEVER);
	ck_assert_int_eq(rows[2].outcome, RECIPIENT_FAILED);
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

	store->records.room = 1 << 30;
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

START_TEST(a_page_reads_so_many_bytes_and_says_where_to_go_on)
{
	struct record_filter filters[2] = {{.sender = NULL},
					   {.recipient = RECIPIENT}};
	struct request_record record = record_of(1, NOW);
	struct page page = {.limit = 1000};
	struct record_page found;

	store->records.room = 1 << 30;
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
	store->records.room = 0;
	ck_ok(store_delivery_update(store, &row, DELIVERY_DONE));
	store->records.room = 1 << 20;
	ck_ok(store_record_sweep(store, NOW + 100, &is_more));
	ck_assert_uint_eq(count_all(&all, 10), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("records_test");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int n_failed;
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_record_says_what_was_packed);
	tcase_add_test(tcase, a_call_keeps_when_it_was_made_and_answered);
	tcase_add_test(tcase, a_token_is_not_kept_and_found_all_the_same);
	tcase_add_test(tcase,
		       bytes_that_make_no_sense_are_read_to_where_they_do);
	tcase_add_test(tcase, pages_go_from_the_newest_and_filters_hold);
	tcase_add_test(tcase,
		       a_page_looks_at_so_many_rows_and_says_where_to_go_on);
	tcase_add_test(tcase,
		       a_page_reads_so_many_bytes_and_says_where_to_go_on);
	tcase_add_test(tcase, a_retry_is_put_in_place);
	tcase_add_test(tcase, one_that_is_given_up_was_not_delivered);
	tcase_add_test(tcase,
		       what_was_not_over_when_records_were_switched_off_goes);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed > 0;
}
