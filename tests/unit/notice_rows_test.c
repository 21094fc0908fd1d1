/* Notices in the store: whom others grant for is told once. */
#include "tests/unit/store_help.h"

#include "db/notices.h"
#include "db/questions.h"
#include "db/store_private.h"

#define LATER (NOW + 100)
#define HALF_A_YEAR (184 * 86400)

static void open_telling(void)
{
	open_store();
	store->tells_imported = true;
}

static struct notice notice_of(int64_t permission)
{
	struct notice notice;

	ck_ok(store_notice_find(store, permission, NOTICE_GRANT, &notice));
	return notice;
}

static size_t n_due(int64_t now)
{
	struct notice *rows;
	int64_t next;
	size_t n;

	ck_ok(store_notices_due(store, (struct due_page){now, 100, &next},
				arena, &rows, &n));
	return n;
}

static void happen(int64_t id, enum notice_event event)
{
	ck_ok(store_notice_change(store,
				  &(struct notice_change){.id = id,
							  .event = event,
							  .due_at = LATER + 600,
							  .now = LATER}));
}

static struct permission grant(enum permission_origin origin)
{
	struct permission_change yes = say(EVENT_GRANT, origin, RECIPIENT);

	yes.evidence = "form 17";
	return change(yes);
}

START_TEST(a_grant_by_others_makes_a_notice)
{
	struct permission row = grant(ORIGIN_IMPORT);
	struct notice notice = notice_of(row.id);

	ck_assert_int_eq(row.notice, NOTICE_DUE);
	ck_assert_int_eq(find(RECIPIENT).notice, NOTICE_DUE);
	ck_assert_int_eq(notice.state, NOTICE_DUE);
	ck_assert_int_eq(notice.due_at, NOW);
	ck_assert_int_eq(notice.tries, 0);
	ck_assert_uint_eq(n_due(NOW - 1), 0);
	ck_assert_uint_eq(n_due(NOW), 1);
}
END_TEST

/** What came and left for the sender of grant(). */
static struct asking_traffic traffic(void)
{
	const struct permission row = find(RECIPIENT);
	const struct question_client client = {row.sender, row.target};
	struct asking_traffic it;

	ck_ok(store_question_traffic(store, &client, NOW, &it));
	return it;
}

START_TEST(a_call_that_grants_is_counted_once)
{
	store->received = 700;
	grant(ORIGIN_IMPORT);
	ck_assert_int_eq(traffic().calls, 1);
	ck_assert_int_eq(traffic().received, 0); /* it asks for nobody */
	ck_assert_int_eq(store->received, 0);
	change(say(EVENT_REMOVED, ORIGIN_IMPORT, RECIPIENT));
	grant(ORIGIN_IMPORT); /* by the same call */
	ck_assert_int_eq(traffic().calls, 1);
}
END_TEST

START_TEST(a_grant_by_the_recipient_makes_none)
{
	struct permission row = grant(ORIGIN_RECIPIENT);
	struct notice notice;

	ck_assert_int_eq(row.notice, NOTICE_NONE);
	ck_err(store_notice_find(store, row.id, NOTICE_GRANT, &notice),
	       ERR_UNKNOWN);
}
END_TEST

START_TEST(nobody_is_told_where_it_is_switched_off)
{
	store->tells_imported = false;
	ck_assert_int_eq(grant(ORIGIN_ADMIN).notice, NOTICE_NONE);
	ck_assert_uint_eq(n_due(LATER), 0);
}
END_TEST

START_TEST(new_terms_make_no_second_one)
{
	struct permission_change again =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);
	int64_t first = notice_of(grant(ORIGIN_ADMIN).id).id;

	again.evidence = "form 18";
	again.expires_at = LATER;
	ck_assert_int_eq(change(again).notice, NOTICE_DUE);
	ck_assert_int_eq(notice_of(find(RECIPIENT).id).id, first);
	happen(first, NOTICE_EVENT_TOLD);
	again.evidence = "form 19";
	ck_assert_int_eq(change(again).notice, NOTICE_TOLD);
	ck_assert_uint_eq(n_due(LATER + 10000), 0);
}
END_TEST

START_TEST(what_was_told_is_not_told_again)
{
	struct permission row = grant(ORIGIN_IMPORT);

	happen(notice_of(row.id).id, NOTICE_EVENT_TOLD);
	change(say(EVENT_REMOVED, ORIGIN_IMPORT, RECIPIENT));
	row = grant(ORIGIN_IMPORT);
	ck_assert_int_eq(row.notice, NOTICE_TOLD);
	ck_assert_int_eq(notice_of(row.id).told_at, LATER);
	ck_assert_uint_eq(n_due(LATER), 0);
}
END_TEST

START_TEST(who_never_answers_is_told_on_and_not_anew)
{
	struct permission row = grant(ORIGIN_IMPORT);
	struct notice notice = notice_of(row.id);
	struct notice_try try = {
		.id = notice.id, .permission = row.id, .now = NOW};

	ck_ok(store_notice_try(store, &try));
	happen(notice.id, NOTICE_EVENT_SENT);
	for (int times = 0; times < 3; times++) {
		change(say(EVENT_REMOVED, ORIGIN_IMPORT, RECIPIENT));
		row = grant(ORIGIN_IMPORT);
	}
	ck_assert_int_eq(row.notice, NOTICE_SENT);
	ck_assert_int_gt(row.notice_at, 0);
	notice = notice_of(row.id);
	ck_assert_int_eq(notice.tries, 1);
	ck_assert_int_eq(notice.made_at, NOW); /* its end is from here on */
	ck_assert_int_eq(notice.due_at, NOW + notice_pause(1));
	ck_assert_uint_eq(n_due(NOW), 0);
}
END_TEST

START_TEST(what_never_left_is_told_as_if_anew)
{
	struct permission row = grant(ORIGIN_IMPORT);

	happen(notice_of(row.id).id, NOTICE_EVENT_AWAY);
	change(say(EVENT_REMOVED, ORIGIN_IMPORT, RECIPIENT));
	ck_assert_int_eq(grant(ORIGIN_IMPORT).notice, NOTICE_DUE);
}
END_TEST

START_TEST(what_was_told_long_ago_is_told_again)
{
	struct permission_change yes =
		say(EVENT_GRANT, ORIGIN_IMPORT, RECIPIENT);

	yes.evidence = "form 17";
	happen(notice_of(change(yes).id).id, NOTICE_EVENT_TOLD);
	change(say(EVENT_REMOVED, ORIGIN_IMPORT, RECIPIENT));
	yes.now = NOW + HALF_A_YEAR;
	ck_assert_int_eq(change(yes).notice, NOTICE_DUE);
}
END_TEST

START_TEST(other_evidence_is_another_grant)
{
	struct permission_change yes =
		say(EVENT_GRANT, ORIGIN_IMPORT, RECIPIENT);

	happen(notice_of(grant(ORIGIN_IMPORT).id).id, NOTICE_EVENT_TOLD);
	change(say(EVENT_REMOVED, ORIGIN_IMPORT, RECIPIENT));
	yes.evidence = "form 18";
	ck_assert_int_eq(change(yes).notice, NOTICE_DUE);
}
END_TEST

START_TEST(a_grant_that_goes_takes_its_notice_along)
{
	int64_t id = notice_of(grant(ORIGIN_IMPORT).id).id;
	struct notice notice;

	change(say(EVENT_REMOVED, ORIGIN_IMPORT, RECIPIENT));
	ck_ok(store_notice_get(store, id, &notice));
	ck_assert_int_eq(notice.state, NOTICE_VOID);
	ck_assert_uint_eq(n_due(LATER), 0);
	/* It was not told: the next is. */
	ck_assert_int_eq(grant(ORIGIN_IMPORT).notice, NOTICE_DUE);
}
END_TEST

START_TEST(a_no_and_a_yes_of_their_own_end_it)
{
	int64_t id = notice_of(grant(ORIGIN_IMPORT).id).id;
	struct notice notice;

	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_assert_int_eq(find(RECIPIENT).origin, ORIGIN_RECIPIENT);
	ck_ok(store_notice_get(store, id, &notice));
	ck_assert_int_eq(notice.state, NOTICE_VOID);
	ck_assert_int_eq(find(RECIPIENT).notice, NOTICE_NONE);
	change(say(EVENT_REMOVED, ORIGIN_RECIPIENT, RECIPIENT));
	id = notice_of(grant(ORIGIN_ADMIN).id).id;
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	ck_ok(store_notice_get(store, id, &notice));
	ck_assert_int_eq(notice.state, NOTICE_VOID);
}
END_TEST

START_TEST(a_try_puts_the_next_one_off)
{
	struct permission row = grant(ORIGIN_ADMIN);
	struct notice_try try = {.id = notice_of(row.id).id,
				 .permission = row.id,
				 .has_deny = true,
				 .deny_hash = {1},
				 .now = LATER};
	struct token_row token;
	struct notice notice;

	ck_ok(store_notice_try(store, &try));
	notice = notice_of(row.id);
	ck_assert_int_eq(notice.state, NOTICE_DUE);
	ck_assert_int_eq(notice.tries, 1);
	ck_assert_int_eq(notice.tried_at, LATER);
	ck_assert_int_eq(notice.due_at, LATER + 60);
	ck_ok(store_token_find(store, TOKEN_DENY, try.deny_hash, &token));
	ck_assert(token.all_kinds);
	try.deny_hash[0] = 2;
	try.stop_hash[0] = 3;
	try.has_stop = true;
	ck_ok(store_notice_try(store, &try));
	ck_assert_int_eq(notice_of(row.id).due_at, LATER + 600);
	ck_ok(store_token_find(store, TOKEN_DENY, try.deny_hash, &token));
	ck_assert(!token.all_kinds);
	ck_ok(store_token_find(store, TOKEN_DENY, try.stop_hash, &token));
	ck_assert(token.all_kinds);
}
END_TEST

START_TEST(a_notice_ends_when_it_was_told)
{
	struct permission row = grant(ORIGIN_ADMIN);
	int64_t id = notice_of(row.id).id;
	struct notice_counts counts;

	ck_ok(store_notice_count(store, &counts));
	ck_assert_int_eq(counts.due, 1);
	happen(id, NOTICE_EVENT_SENT);
	ck_assert_int_eq(find(RECIPIENT).notice, NOTICE_SENT);
	ck_assert_int_eq(notice_of(row.id).sent_at, LATER);
	ck_ok(store_notice_count(store, &counts));
	ck_assert_int_eq(counts.due, 0);
	ck_assert_int_eq(counts.open, 1);
	happen(id, NOTICE_EVENT_AWAY);
	ck_assert_int_eq(notice_of(row.id).due_at, LATER + 600);
	happen(id, NOTICE_EVENT_TOLD);
	ck_assert_int_eq(find(RECIPIENT).notice, NOTICE_TOLD);
	ck_assert_int_eq(notice_of(row.id).due_at, 0);
	happen(id, NOTICE_EVENT_OVER);
	ck_assert_int_eq(find(RECIPIENT).notice, NOTICE_TOLD);
	ck_ok(store_notice_count(store, &counts));
	ck_assert_int_eq(counts.open, 0);
}
END_TEST

START_TEST(a_no_in_their_name_is_told_until_it_is_lifted)
{
	struct permission row =
		change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	struct notice notice;

	ck_ok(store_notice_add(store, NOTICE_DENY, &row, NOW));
	ck_ok(store_notice_add(store, NOTICE_DENY, &row, NOW));
	ck_assert_uint_eq(n_due(NOW), 1);
	ck_ok(store_notice_find(store, row.id, NOTICE_DENY, &notice));
	ck_assert_int_eq(notice.state, NOTICE_DUE);
	/* It stops nothing but itself. */
	ck_assert_int_eq(find(RECIPIENT).notice, NOTICE_NONE);
	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_ok(store_notice_find(store, row.id, NOTICE_DENY, &notice));
	ck_assert_int_eq(notice.state, NOTICE_VOID);
}
END_TEST

START_TEST(notices_of_rows_that_are_gone_are_forgotten)
{
	int64_t gone = notice_of(grant(ORIGIN_IMPORT).id).id, kept;
	struct notice notice;

	change(say(EVENT_REMOVED, ORIGIN_IMPORT, RECIPIENT));
	kept = notice_of(grant(ORIGIN_IMPORT).id).id;
	happen(kept, NOTICE_EVENT_TOLD);
	ck_ok(store_permission_sweep(store, NOW + HALF_A_YEAR));
	ck_err(store_notice_get(store, gone, &notice), ERR_UNKNOWN);
	ck_ok(store_notice_get(store, kept, &notice));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("notice_rows");
	TCase *tests = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, open_telling, close_store);
	tcase_add_test(tests, a_grant_by_others_makes_a_notice);
	tcase_add_test(tests, a_call_that_grants_is_counted_once);
	tcase_add_test(tests, a_grant_by_the_recipient_makes_none);
	tcase_add_test(tests, nobody_is_told_where_it_is_switched_off);
	tcase_add_test(tests, new_terms_make_no_second_one);
	tcase_add_test(tests, what_was_told_is_not_told_again);
	tcase_add_test(tests, who_never_answers_is_told_on_and_not_anew);
	tcase_add_test(tests, what_never_left_is_told_as_if_anew);
	tcase_add_test(tests, what_was_told_long_ago_is_told_again);
	tcase_add_test(tests, other_evidence_is_another_grant);
	tcase_add_test(tests, a_grant_that_goes_takes_its_notice_along);
	tcase_add_test(tests, a_no_and_a_yes_of_their_own_end_it);
	tcase_add_test(tests, a_try_puts_the_next_one_off);
	tcase_add_test(tests, a_notice_ends_when_it_was_told);
	tcase_add_test(tests, a_no_in_their_name_is_told_until_it_is_lifted);
	tcase_add_test(tests, notices_of_rows_that_are_gone_are_forgotten);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
