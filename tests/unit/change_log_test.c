/* What happened to permissions is logged once, whatever happens to us. */
#include "db/change_log.h"
#include "db/transaction.h"
#include "tests/unit/store_help.h"

#define DAY (24 * 60 * 60)

static struct change_row *rows;
static size_t n_rows;

/** The kinds of all rows after an id, as "granted denied"; they rise by one. */
static const char *kinds_after(int64_t after)
{
	static char text[512];

	text[0] = '\0';
	ck_ok(store_change_list(store, (struct page){after, 100}, arena, &rows,
				&n_rows));
	for (size_t i = 0; i < n_rows; i++) {
		size_t len = strlen(text);

		ck_assert_int_eq(rows[i].id, after + 1 + (int64_t)i);
		snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
			 change_kind_name(rows[i].kind));
	}
	return text;
}

static void ask(int64_t id)
{
	struct permission_request_record ask = {
		.permission = id,
		.kind = PERMISSION_REQUEST_ADDED,
		.grant_hash = {1},
		.deny_hash = {2},
		.now = NOW};

	ck_ok(store_permission_request_record(store, &ask));
}

static size_t end_grants(int64_t now)
{
	struct permission *ended;
	size_t n;

	ck_ok(store_permission_ended(store, now, arena, &ended, &n));
	return n;
}

START_TEST(each_change_is_one_row)
{
	struct permission row =
		change(say(EVENT_ADDED, ORIGIN_ADMIN, RECIPIENT));

	ask(row.id);
	change(say(EVENT_SENT, ORIGIN_ADMIN, RECIPIENT));
	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	ck_assert_str_eq(kinds_after(0), "added asked granted denied");
	ck_assert_int_eq(rows[3].permission, row.id);
	ck_assert_uint_eq(rows[1].kinds.set, KIND_MESSAGE);
	ck_assert_uint_eq(rows[2].kinds.set, KIND_MESSAGE);
	ck_assert(!rows[2].all_kinds);
	ck_assert_str_eq(rows[3].sender, SENDER);
	ck_assert_str_eq(rows[3].target, TARGET);
	ck_assert_str_eq(rows[3].recipient, RECIPIENT);
	ck_assert_int_eq(rows[3].origin, ORIGIN_RECIPIENT);
	ck_assert_int_eq(rows[3].at, NOW);
	change(say(EVENT_GRANT, ORIGIN_ADMIN, "sip:carol@example.net"));
	change(say(EVENT_REMOVED, ORIGIN_ADMIN, "sip:carol@example.net"));
	ck_assert_str_eq(kinds_after(4), "granted removed");
}
END_TEST

START_TEST(what_is_undone_is_not_logged)
{
	struct permission_change deny =
		say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT);
	struct permission row;

	change(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT));
	ck_ok(transaction_begin(store));
	ck_ok(store_permission_change(store, &deny, arena, &row));
	ck_err(transaction_end(store, ERR_IO), ERR_IO);
	/* The same again changes nothing. */
	change(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT));
	ck_assert_str_eq(kinds_after(0), "granted");
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	ck_assert_str_eq(kinds_after(1), "denied");
}
END_TEST

START_TEST(a_grant_ends_once_also_over_a_restart)
{
	struct permission_change grant =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);

	grant.expires_at = NOW + 60;
	change(grant);
	ck_assert_uint_eq(end_grants(NOW + 59), 0);
	ck_assert_uint_eq(end_grants(NOW + 60), 1);
	ck_assert_uint_eq(end_grants(NOW + 61), 0);
	reopen_store();
	ck_assert_uint_eq(end_grants(NOW + 62), 0);
	/* Nor when the row goes. */
	ck_ok(store_permission_sweep(store, NOW + 63));
	ck_assert_str_eq(kinds_after(0), "granted expired");
	ck_assert_int_eq(rows[1].expires_at, NOW + 60);
}
END_TEST

START_TEST(a_grant_that_ended_while_we_were_off_is_logged)
{
	struct permission_change grant =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);

	grant.expires_at = NOW + 60;
	change(grant);
	grant.recipient = grant.recipient_uri = "sip:carol@example.net";
	change(grant);
	reopen_store();
	/* The start drops rows that are over before anybody looks. */
	ck_ok(store_permission_sweep(store, NOW + 70));
	ck_assert_uint_eq(end_grants(NOW + 71), 0);
	ck_assert_str_eq(kinds_after(0), "granted granted expired expired");
}
END_TEST

START_TEST(a_commit_that_fails_tells_of_no_end)
{
	struct permission_change grant =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);

	grant.expires_at = NOW + 60;
	change(grant);
	ck_ok(transaction_begin(store));
	ck_assert_uint_eq(end_grants(NOW + 60), 1);
	ck_err(transaction_end(store, ERR_FULL), ERR_FULL);
	ck_assert_str_eq(kinds_after(0), "granted");
	ck_assert_uint_eq(end_grants(NOW + 61), 1);
	ck_assert_str_eq(kinds_after(1), "expired");
}
END_TEST

START_TEST(old_rows_go_and_the_span_says_so)
{
	struct permission_change grant =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);
	struct change_span span;

	ck_ok(store_change_span(store, &span));
	ck_assert_int_eq(span.newest, 0);
	ck_assert_int_eq(span.oldest, 1);
	change(grant);
	grant.event = EVENT_DENY;
	grant.now = NOW + DAY;
	change(grant);
	ck_ok(store_permission_sweep(store, NOW + CHANGE_LOG_S));
	ck_ok(store_change_span(store, &span));
	ck_assert_int_eq(span.oldest, 2);
	ck_assert_int_eq(span.newest, 2);
	ck_ok(store_permission_sweep(store, NOW + CHANGE_LOG_S + DAY));
	reopen_store();
	ck_ok(store_change_span(store, &span));
	ck_assert_int_eq(span.oldest, 3);
	ck_assert_int_eq(span.newest, 2);
	change(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT));
	ck_assert_str_eq(kinds_after(2), "granted");
}
END_TEST

START_TEST(the_number_of_rows_is_bounded)
{
	struct permission row = {.id = 1,
				 .sender = SENDER,
				 .target = TARGET,
				 .recipient = RECIPIENT};
	struct change_span span;

	ck_ok(transaction_begin(store));
	for (size_t i = 0; i < CHANGE_LOG_ROWS + 10; i++)
		ck_ok(change_log_add(store, &row, CHANGE_GRANTED, NOW));
	ck_ok(transaction_end(store, ERR_OK));
	ck_ok(store_permission_sweep(store, NOW));
	ck_ok(store_change_span(store, &span));
	ck_assert_int_eq(span.oldest, 11);
	ck_assert_int_eq(span.newest, CHANGE_LOG_ROWS + 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("change_log_test");
	TCase *tests = tcase_create("change log");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, each_change_is_one_row);
	tcase_add_test(tests, what_is_undone_is_not_logged);
	tcase_add_test(tests, a_grant_ends_once_also_over_a_restart);
	tcase_add_test(tests, a_grant_that_ended_while_we_were_off_is_logged);
	tcase_add_test(tests, a_commit_that_fails_tells_of_no_end);
	tcase_add_test(tests, old_rows_go_and_the_span_says_so);
	tcase_add_test(tests, the_number_of_rows_is_bounded);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
