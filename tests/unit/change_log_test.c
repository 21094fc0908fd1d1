/* What happened to permissions, lists and accounts is logged once, whatever
 * happens to us, and told once to who follows. */
#include "db/change_log.h"
#include "db/lists.h"
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
		.page_hash = {3},
		.chat_hash = {4},
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
	ck_assert_str_eq(kinds_after(0), "added asked changed granted denied");
	ck_assert_int_eq(rows[4].subject, row.id);
	ck_assert_uint_eq(rows[1].kinds.set, KIND_MESSAGE);
	ck_assert_uint_eq(rows[3].kinds.set, KIND_MESSAGE);
	ck_assert(!rows[3].all_kinds);
	ck_assert_str_eq(rows[4].sender, SENDER);
	ck_assert_str_eq(rows[4].target, TARGET);
	ck_assert_str_eq(rows[4].recipient, RECIPIENT);
	ck_assert_int_eq(rows[4].origin, ORIGIN_RECIPIENT);
	ck_assert_int_eq(rows[4].at, NOW);
	ck_assert_int_eq(rows[4].noun, CHANGE_NOUN_PERMISSION);
	change(say(EVENT_GRANT, ORIGIN_ADMIN, "sip:carol@example.net"));
	change(say(EVENT_REMOVED, ORIGIN_ADMIN, "sip:carol@example.net"));
	ck_assert_str_eq(kinds_after(5), "granted removed");
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
	ck_assert_str_eq(kinds_after(0), "granted expired dropped");
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
	ck_assert_str_eq(kinds_after(0),
			 "granted granted expired dropped expired dropped");
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
		ck_ok(change_add_permission(store, &row, CHANGE_GRANTED, NOW,
					    NULL));
	ck_ok(transaction_end(store, ERR_OK));
	ck_ok(store_permission_sweep(store, NOW));
	ck_ok(store_change_span(store, &span));
	ck_assert_int_eq(span.oldest, 11);
	ck_assert_int_eq(span.newest, CHANGE_LOG_ROWS + 10);
}
END_TEST

/* ---- lists and accounts -------------------------------------------------- */

START_TEST(lists_and_accounts_are_in_it)
{
	const struct account account = {.aor = SENDER,
					.username = "alice",
					.ha1 = {"aa", NULL},
					.created_at = NOW};
	const struct stored_list list = {.uri = "sip:hikers@example.com",
					 .name = "hikers",
					 .owner = SENDER,
					 .created_at = NOW};
	const struct list_limits limits = {10, 10};
	struct list_target target = {.uri = list.uri, .now = NOW + 1};
	struct account made, changed;
	struct stored_list row;

	ck_ok(store_account_add(store, &account, arena, &made));
	made.aor = "sip:other@example.com";
	made.changed_at = NOW + 1;
	ck_ok(store_account_change(store, &made, NULL, arena, &changed));
	ck_ok(store_account_remove(store, made.id, NULL));
	ck_ok(store_list_add(store, &list, &limits, arena, &row));
	row.title = "Hikers";
	ck_ok(store_list_change(store, &target, &row, arena, &row));
	ck_ok(store_list_remove(store, &target, arena, &row));
	ck_assert_str_eq(kinds_after(0),
			 "added changed removed added changed removed");
	for (size_t i = 0; i < 6; i++) {
		ck_assert_int_eq(rows[i].noun, i < 3 ? CHANGE_NOUN_ACCOUNT
						     : CHANGE_NOUN_LIST);
		ck_assert_int_eq(rows[i].subject, i < 3 ? made.id : row.id);
		ck_assert_ptr_null(rows[i].sender);
	}
}
END_TEST

/* ---- who follows --------------------------------------------------------- */

/** What was told, as "committed 1 2" and so on. */
static char told[512];

static void note(const char *word, const struct store_change *first)
{
	size_t len = strlen(told);

	len += (size_t)snprintf(told + len, sizeof(told) - len, "%s%s",
				len ? "; " : "", word);
	for (const struct store_change *it = first; it; it = it->next)
		len += (size_t)snprintf(told + len, sizeof(told) - len,
					" %s %lld", change_kind_name(it->kind),
					(long long)it->id);
}

static void committed(void *arg, struct store *of,
		      const struct store_change *first)
{
	ck_assert_ptr_eq(arg, told);
	ck_assert_ptr_eq(of, store);
	note("committed", first);
}

static void undone(void *arg, struct store *of,
		   const struct store_change *first)
{
	(void)arg, (void)of;
	note("undone", first);
}

static const struct change_reader reader = {
	.committed = committed, .undone = undone, .arg = told};

static enum err say_in(enum permission_event event, const char *recipient)
{
	const struct permission_change what =
		say(event, ORIGIN_RECIPIENT, recipient);
	struct permission row;

	return store_permission_change(store, &what, arena, &row);
}

START_TEST(who_follows_is_told_once_in_order)
{
	told[0] = '\0';
	store_changes_follow(store, &reader);
	ck_ok(transaction_begin(store));
	ck_ok(say_in(EVENT_GRANT, RECIPIENT));
	ck_ok(say_in(EVENT_GRANT, "sip:carol@example.net"));
	ck_ok(say_in(EVENT_DENY, RECIPIENT));
	ck_assert_str_eq(told, "");
	ck_ok(transaction_end(store, ERR_OK));
	ck_assert_str_eq(told, "committed granted 1 granted 2 denied 3");
	told[0] = '\0';
	ck_ok(transaction_begin(store)); /* nothing changes */
	ck_ok(transaction_end(store, ERR_OK));
	ck_assert_str_eq(told, "");
	store_changes_leave(store, &reader);
	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(what_is_undone_is_told_as_undone)
{
	told[0] = '\0';
	store_changes_follow(store, &reader);
	ck_ok(transaction_begin(store));
	ck_ok(say_in(EVENT_GRANT, RECIPIENT));
	ck_ok(transaction_begin(store)); /* a step that fails */
	ck_ok(say_in(EVENT_DENY, RECIPIENT));
	ck_ok(say_in(EVENT_GRANT, "sip:carol@example.net"));
	ck_err(transaction_end(store, ERR_CONFLICT), ERR_CONFLICT);
	ck_ok(transaction_begin(store)); /* and one that does not */
	ck_ok(say_in(EVENT_GRANT, "sip:dave@example.net"));
	ck_ok(transaction_end(store, ERR_OK));
	ck_ok(transaction_end(store, ERR_OK));
	ck_assert_str_eq(told, "committed granted 1 granted 2; "
			       "undone denied 2 granted 3");
	told[0] = '\0';
	ck_ok(transaction_begin(store));
	ck_ok(say_in(EVENT_DENY, RECIPIENT));
	ck_err(transaction_end(store, ERR_FULL), ERR_FULL);
	ck_assert_str_eq(told, "undone denied 3");
	told[0] = '\0';
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	ck_assert_str_eq(told, "committed denied 3");
	ck_assert_str_eq(kinds_after(0), "granted granted denied");
}
END_TEST

static enum err refuse(void *arg, struct store *of)
{
	(void)arg, (void)of;
	return ERR_IO;
}

START_TEST(a_reader_that_cannot_take_it_stops_the_commit)
{
	const struct change_reader strict = {.before = refuse};

	store_changes_follow(store, &strict);
	ck_err(say_in(EVENT_GRANT, RECIPIENT), ERR_IO);
	store_changes_leave(store, &strict);
	ck_assert_str_eq(kinds_after(0), "");
	ck_ok(say_in(EVENT_GRANT, RECIPIENT));
}
END_TEST

/* ---- cursors ------------------------------------------------------------- */

static int64_t cursor(const char *name, bool is_behind)
{
	bool has_gap;
	int64_t id;

	ck_ok(store_change_cursor(store, name, &id, &has_gap));
	ck_assert(has_gap == is_behind);
	return id;
}

START_TEST(a_cursor_is_kept_and_rows_wait_for_it)
{
	struct change_span span;

	change(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT));
	ck_assert_int_eq(cursor("hook", false), 1); /* from now on */
	ck_ok(store_change_cursor_set(store, "hook", 1));
	change(say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT));
	change(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT));
	reopen_store();
	ck_assert_int_eq(cursor("hook", false), 1);
	/* It has been away for weeks. */
	ck_ok(store_permission_sweep(store, NOW + 3 * CHANGE_LOG_S));
	ck_assert_str_eq(kinds_after(1), "denied granted");
	ck_ok(store_change_cursor_set(store, "slow", 3));
	ck_ok(store_change_cursor_set(store, "hook", 2));
	ck_ok(store_permission_sweep(store, NOW + 3 * CHANGE_LOG_S));
	ck_ok(store_change_span(store, &span));
	ck_assert_int_eq(span.oldest, 3);
	ck_ok(store_change_cursor_drop(store, "hook"));
	ck_ok(store_permission_sweep(store, NOW + 3 * CHANGE_LOG_S));
	ck_ok(store_change_span(store, &span));
	ck_assert_int_eq(span.oldest, 4);
	ck_assert_int_eq(cursor("slow", false), 3);
}
END_TEST

START_TEST(not_for_ever_and_it_is_told)
{
	struct permission row = {.id = 1,
				 .sender = SENDER,
				 .target = TARGET,
				 .recipient = RECIPIENT};

	ck_ok(store_change_cursor_set(store, "hook", 0));
	ck_ok(transaction_begin(store));
	for (size_t i = 0; i < CHANGE_LOG_ROWS + 1; i++)
		ck_ok(change_add_permission(store, &row, CHANGE_GRANTED, NOW,
					    NULL));
	ck_ok(transaction_end(store, ERR_OK));
	ck_assert_int_eq(cursor("hook", false), 0);
	ck_ok(store_permission_sweep(store, NOW));
	ck_assert_int_eq(cursor("hook", true), 0);
	ck_ok(store_change_cursor_set(store, "hook", 1));
	ck_assert_int_eq(cursor("hook", false), 1);
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
	tcase_add_test(tests, lists_and_accounts_are_in_it);
	tcase_add_test(tests, who_follows_is_told_once_in_order);
	tcase_add_test(tests, what_is_undone_is_told_as_undone);
	tcase_add_test(tests, a_reader_that_cannot_take_it_stops_the_commit);
	tcase_add_test(tests, a_cursor_is_kept_and_rows_wait_for_it);
	tcase_add_test(tests, not_for_ever_and_it_is_told);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
