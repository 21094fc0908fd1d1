/* What is on disk of conferences and their calls. */
#include "tests/unit/store_help.h"

#include "db/conferences.h"
#include "db/store_private.h"

#define ID "0123456789abcdef"

static const struct conference_row conference = {.id = ID,
						 .service = "conf",
						 .sender = SENDER,
						 .subject = "Mill",
						 .created_at = NOW,
						 .call_id = "one@two",
						 .source = "192.0.2.1:5060"};

static struct call_row queued(int64_t party)
{
	return (struct call_row){.conference = ID,
				 .party = party,
				 .party_uri = RECIPIENT,
				 .state = CALL_QUEUED,
				 .call_id = "",
				 .local_tag = "",
				 .remote_tag = "",
				 .local = "",
				 .remote = "",
				 .request_uri = "",
				 .target = "",
				 .routes = "",
				 .branch = "",
				 .hop = "",
				 .since = NOW};
}

static struct conferences_left left_now(void)
{
	struct conferences_left left;

	ck_ok(store_conferences_left(store, arena, &left));
	return left;
}

/* Every column comes back, over a restart. */
START_TEST(a_call_is_read_as_it_was_written)
{
	struct call_row calls[] = {queued(1), queued(2)}, now;
	struct conferences_left left;

	ck_ok(store_conference_add(store, &conference, calls, 2));
	now = (struct call_row){.conference = ID,
				.party = 2,
				.party_uri = RECIPIENT,
				.state = CALL_INVITING,
				.call_id = "a@b",
				.local_tag = "l",
				.remote_tag = "r",
				.local = "<sip:c@d>",
				.remote = "<sip:e@f>",
				.request_uri = "sip:e@f",
				.target = "sip:e@192.0.2.1",
				.routes = "Route: <sip:p;lr>\r\n",
				.branch = "z9hG4bKx",
				.hop = "sip:192.0.2.1:5060;transport=udp",
				.cseq = 4000000000U,
				.invite_cseq = 7,
				.since = NOW + 1};
	ck_ok(store_call_record(store, &now));
	reopen_store();
	left = left_now();
	ck_assert_uint_eq(left.n_conferences, 1);
	ck_assert_str_eq(left.conferences[0].id, ID);
	ck_assert_str_eq(left.conferences[0].service, "conf");
	ck_assert_str_eq(left.conferences[0].sender, SENDER);
	ck_assert_str_eq(left.conferences[0].subject, "Mill");
	ck_assert_int_eq(left.conferences[0].created_at, NOW);
	ck_assert_str_eq(left.conferences[0].call_id, "one@two");
	ck_assert_str_eq(left.conferences[0].source, "192.0.2.1:5060");
	ck_assert_uint_eq(left.n_calls, 2);
	ck_assert_int_eq(left.calls[0].state, CALL_QUEUED);
	ck_assert_str_eq(left.calls[0].party_uri, RECIPIENT);
	ck_assert_int_eq(left.calls[1].state, CALL_INVITING);
	ck_assert_str_eq(left.calls[1].call_id, "a@b");
	ck_assert_str_eq(left.calls[1].local_tag, "l");
	ck_assert_str_eq(left.calls[1].remote_tag, "r");
	ck_assert_str_eq(left.calls[1].local, "<sip:c@d>");
	ck_assert_str_eq(left.calls[1].remote, "<sip:e@f>");
	ck_assert_str_eq(left.calls[1].request_uri, "sip:e@f");
	ck_assert_str_eq(left.calls[1].target, "sip:e@192.0.2.1");
	ck_assert_str_eq(left.calls[1].routes, "Route: <sip:p;lr>\r\n");
	ck_assert_str_eq(left.calls[1].branch, "z9hG4bKx");
	ck_assert_str_eq(left.calls[1].hop, now.hop);
	ck_assert_uint_eq(left.calls[1].cseq, 4000000000U);
	ck_assert_uint_eq(left.calls[1].invite_cseq, 7);
	ck_assert_int_eq(left.calls[1].since, NOW + 1);
}
END_TEST

/* All or nothing: a conference without its calls would ring nobody and be
 * there all the same. */
START_TEST(a_conference_comes_with_all_its_calls)
{
	struct call_row calls[] = {queued(1), queued(1)};

	ck_err(store_conference_add(store, &conference, calls, 2), ERR_EXISTS);
	ck_assert_uint_eq(left_now().n_conferences, 0);
	ck_ok(store_conference_add(store, &conference, calls, 1));
	ck_err(store_conference_add(store, &conference, NULL, 0), ERR_EXISTS);
	calls[0] = queued(2);
	calls[1] = queued(2);
	ck_err(store_calls_add(store, calls, 2), ERR_EXISTS);
	ck_assert_uint_eq(left_now().n_calls, 1);
	ck_ok(store_calls_add(store, calls, 1));
	ck_assert_uint_eq(left_now().n_calls, 2);
}
END_TEST

START_TEST(a_call_needs_its_conference)
{
	struct call_row call = queued(1);

	ck_err(store_calls_add(store, &call, 1), ERR_CONFLICT);
	ck_err(store_call_record(store, &call), ERR_UNKNOWN);
	ck_ok(store_call_remove(store, ID, 1));
	ck_ok(store_conference_remove(store, ID, NULL));
}
END_TEST

START_TEST(calls_go_one_by_one_or_with_their_conference)
{
	struct call_row calls[] = {queued(1), queued(2), queued(3)};

	ck_ok(store_conference_add(store, &conference, calls, 3));
	ck_ok(store_call_remove(store, ID, 2));
	ck_assert_uint_eq(left_now().n_calls, 2);
	ck_ok(store_conference_remove(store, ID, NULL));
	ck_assert_uint_eq(left_now().n_conferences, 0);
	ck_assert_uint_eq(left_now().n_calls, 0);
}
END_TEST

static size_t count_records(void)
{
	const struct record_filter all = {.sender = NULL};
	const struct page page = {.limit = 10};
	struct record_page found;

	ck_ok(store_record_list(store, &all, page, arena, &found));
	for (size_t i = 0; i < found.n; i++) {
		ck_assert_str_eq(found.rows[i].method, "INVITE");
		ck_assert_str_eq(found.rows[i].conference, ID);
	}
	return found.n;
}

/* Once, by whichever comes first; of what never was there is no record. */
START_TEST(what_became_of_it_is_recorded_once)
{
	const struct request_record record = {.call_id = "one@two",
					      .sender = SENDER,
					      .target = TARGET,
					      .source = "192.0.2.1:5060",
					      .method = "INVITE",
					      .conference = ID,
					      .accepted_at = NOW,
					      .over_at = NOW + 1,
					      .status = 200};

	store->records.room = 1 << 20;
	ck_ok(store_conference_record(store, ID, &record));
	ck_ok(store_conference_remove(store, ID, &record));
	ck_assert_uint_eq(count_records(), 0);
	ck_ok(store_conference_add(store, &conference, NULL, 0));
	ck_ok(store_conference_record(store, ID, &record));
	ck_assert_uint_eq(count_records(), 1);
	ck_ok(store_conference_record(store, ID, &record));
	ck_ok(store_conference_remove(store, ID, &record));
	ck_ok(store_conference_remove(store, ID, &record));
	ck_assert_uint_eq(count_records(), 1);
	ck_ok(store_conference_add(store, &conference, NULL, 0));
	ck_ok(store_conference_remove(store, ID, &record));
	ck_assert_uint_eq(count_records(), 2);
	ck_assert_uint_eq(left_now().n_conferences, 0);
}
END_TEST

/* Of a process that died: each goes when it has ended, and so does what it was
 * part of. */
START_TEST(a_conference_goes_with_the_last_of_its_calls)
{
	struct call_row calls[] = {queued(1), queued(2)};

	ck_ok(store_conference_add(store, &conference, calls, 2));
	ck_ok(store_call_end(store, ID, 1));
	ck_ok(store_call_end(store, ID, 1));
	ck_assert_uint_eq(left_now().n_conferences, 1);
	ck_ok(store_call_not_found(store, ID, 1, NOW));
	ck_ok(store_call_not_found(store, ID, 2, NOW + 7));
	ck_assert_uint_eq(left_now().n_calls, 1);
	ck_assert_str_eq(left_now().calls[0].target, "");
	ck_assert_int_eq(left_now().calls[0].since, NOW + 7);
	ck_ok(store_call_end(store, ID, 2));
	ck_assert_uint_eq(left_now().n_conferences, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conference_rows");
	TCase *tests = tcase_create("store");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_add_test(tests, a_call_is_read_as_it_was_written);
	tcase_add_test(tests, a_conference_comes_with_all_its_calls);
	tcase_add_test(tests, a_call_needs_its_conference);
	tcase_add_test(tests, calls_go_one_by_one_or_with_their_conference);
	tcase_add_test(tests, what_became_of_it_is_recorded_once);
	tcase_add_test(tests, a_conference_goes_with_the_last_of_its_calls);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
