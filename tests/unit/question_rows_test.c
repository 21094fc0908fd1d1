/* What was asked: how far it got, what holds back the next, and asking again.
 */
#include "tests/unit/store_help.h"

#include "db/lists.h"
#include "db/questions.h"
#include "db/store_private.h"

#define DAY 86400
#define WHO "sip:r%d@example.org"

static const int pauses_s[] = {DAY, 3 * DAY};
static const struct asking_limits limits = {
	.all = {.burst = 9, .interval_s = 0, .per_day = 9},
	.owner_per_day = 1,
	.owner_per_week = 2,
	.pauses_s = pauses_s,
	.n_pauses = 2};

static struct permission ask(const char *recipient)
{
	return change(say(EVENT_ADDED, ORIGIN_ADMIN, recipient));
}

/** A question about it leaves, or one more try of it. */
static void leave(int64_t id, int64_t at)
{
	static uint8_t n;
	struct permission_request_record record = {
		.permission = id, .kind = PERMISSION_REQUEST_ADDED, .now = at};

	record.grant_hash[0] = record.deny_hash[0] = ++n;
	record.page_hash[0] = record.chat_hash[0] = n;
	record.deny_hash[1] = 1;
	record.page_hash[1] = 2;
	record.chat_hash[1] = 3;
	ck_ok(store_permission_request_record(store, &record));
}

static struct permission happen(int64_t id, enum permission_event event,
				int64_t at)
{
	return change((struct permission_change){.id = id,
						 .event = event,
						 .actor = ORIGIN_ADMIN,
						 .reason = "gone",
						 .expires_at = -1,
						 .ask_due_at = at,
						 .now = at});
}

static struct permission waiting(const char *recipient)
{
	int64_t id = ask(recipient).id;

	leave(id, NOW);
	return happen(id, EVENT_SENT, NOW);
}

static struct question_look look_at(const struct permission *row, int64_t now)
{
	struct question_look look;

	ck_ok(store_question_look(store,
				  &(struct question_turn){.row = row,
							  .limits = &limits,
							  .now = now},
				  arena, &look));
	return look;
}

START_TEST(a_question_goes_from_never_asked_to_its_tries)
{
	struct permission row = ask(RECIPIENT);
	struct question_look look = look_at(&row, NOW);

	ck_assert_int_eq(look.open.tries, 0);
	ck_assert_int_eq(look.open.tried_at, 0);
	ck_assert_str_eq(look.owner, SENDER);
	ck_assert_int_eq(look.next.limit, ASKING_FREE);
	ck_assert_int_eq(look.next.at, NOW);
	leave(row.id, NOW);
	leave(row.id, NOW + 700);
	look = look_at(&row, NOW + 800);
	ck_assert_int_eq(look.open.tries, 2);
	ck_assert_int_eq(look.open.asked_at, NOW);
	ck_assert_int_eq(look.open.tried_at, NOW + 700);
	/* Another try has its pause, and asks no limit. */
	ck_assert_int_eq(look.next.limit, ASKING_FREE);
	ck_assert_int_eq(look.next.at, NOW + 700 + limits_ask_pause(2));
	ck_assert_int_eq(look.next.used, 1);
}
END_TEST

START_TEST(a_question_of_a_list_is_its_owners)
{
	const struct stored_list list = {.uri = TARGET,
					 .name = "lists",
					 .owner = "sip:nora@example.com",
					 .created_at = NOW};
	const struct list_limits most = {1, 1};
	struct stored_list made;
	struct permission row = ask(RECIPIENT);

	ck_ok(store_list_add(store, &list, &most, arena, &made));
	ck_assert_str_eq(look_at(&row, NOW).owner, "sip:nora@example.com");
}
END_TEST

START_TEST(asked_again_it_is_another_question)
{
	struct permission row = waiting(RECIPIENT);
	struct question_look look;

	row = happen(row.id, EVENT_AGAIN, NOW + 9);
	ck_assert_int_eq(row.state, PERMISSION_PENDING);
	ck_assert_int_eq(row.ask_due_at, NOW + 9);
	look = look_at(&row, NOW + 9);
	ck_assert_int_eq(look.open.tries, 0);
	ck_assert_int_eq(look.next.limit, ASKING_OWNER_DAY);
	ck_assert_int_eq(look.next.at, NOW + DAY);
	leave(row.id, NOW + DAY);
	row = happen(row.id, EVENT_SENT, NOW + DAY);
	look = look_at(&row, NOW + DAY);
	ck_assert_int_eq(look.open.tries, 1);
	ck_assert_int_eq(look.next.limit, ASKING_OWNER_WEEK);
	ck_assert_int_eq(look.next.used, 2);
	ck_assert_int_eq(look.next.allowed, 2);
	ck_assert_int_eq(look.next.period_s, 7 * DAY);
	ck_assert_int_eq(look.next.at, NOW + 7 * DAY);
}
END_TEST

START_TEST(what_is_decided_is_not_asked_again)
{
	struct permission_change again = {.event = EVENT_AGAIN,
					  .actor = ORIGIN_ADMIN,
					  .expires_at = -1,
					  .now = NOW};
	struct permission row;

	again.id = change(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)).id;
	ck_err(store_permission_change(store, &again, arena, &row),
	       ERR_CONFLICT);
	change(say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT));
	ck_err(store_permission_change(store, &again, arena, &row),
	       ERR_CONFLICT);
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	ck_err(store_permission_change(store, &again, arena, &row),
	       ERR_CONFLICT);
	ck_assert_int_eq(find(RECIPIENT).state, PERMISSION_DENIED);
	again.id = 77;
	ck_err(store_permission_change(store, &again, arena, &row),
	       ERR_UNKNOWN);
}
END_TEST

START_TEST(a_grant_that_ended_is_asked_for_afresh)
{
	struct permission_change grant =
		say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT);
	struct permission row;

	grant.expires_at = NOW + 10;
	grant.evidence = "said so";
	row = change(grant);
	row = happen(row.id, EVENT_AGAIN, NOW + 10);
	ck_assert_int_eq(row.state, PERMISSION_PENDING);
	ck_assert_int_eq(row.expires_at, 0);
	ck_assert_ptr_null(row.evidence);
	ck_assert_int_eq(row.origin, ORIGIN_ADMIN);
}
END_TEST

/* ---- many --------------------------------------------------------------- */

static struct questions_again again_of(size_t limit)
{
	return (struct questions_again){.target = TARGET,
					.state = -1,
					.limits = &limits,
					.now = NOW + DAY,
					.page = {0, limit}};
}

static const char *who(int i)
{
	return arena_printf(arena, WHO, i);
}

static size_t n_in(enum permission_state state)
{
	return count_rows(&(struct permission_filter){.state = (int)state,
						      .origin = -1,
						      .now = NOW,
						      .page = {0, 100}});
}

START_TEST(those_who_did_not_answer_are_asked_page_by_page)
{
	struct questions_again again = again_of(2);

	for (int i = 0; i < 4; i++)
		waiting(who(i));
	happen(waiting(who(4)).id, EVENT_UNDELIVERABLE, NOW);
	change(say(EVENT_GRANT, ORIGIN_ADMIN, who(5)));
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, who(6)));
	ask(who(7));
	ck_ok(store_questions_again(store, &again));
	ck_assert_uint_eq(again.n_asked, 2);
	ck_assert_uint_eq(again.n_limited, 0);
	ck_assert(again.has_more);
	ck_assert_uint_eq(n_in(PERMISSION_PENDING), 3);
	again.page = (struct page){again.last, 9};
	ck_ok(store_questions_again(store, &again));
	ck_assert_uint_eq(again.n_asked, 3);
	ck_assert(!again.has_more);
	ck_assert_uint_eq(n_in(PERMISSION_PENDING), 6);
	ck_assert_uint_eq(n_in(PERMISSION_GRANTED), 1);
	ck_assert_uint_eq(n_in(PERMISSION_DENIED), 1);
	/* Who is pending is none of them any more. */
	again.page = (struct page){0, 9};
	ck_ok(store_questions_again(store, &again));
	ck_assert_uint_eq(again.n_asked, 0);
}
END_TEST

START_TEST(only_those_of_the_filter_are_asked)
{
	struct questions_again again = again_of(9);
	int64_t late = ask(who(1)).id;

	waiting(who(0));
	leave(late, NOW + 50);
	happen(late, EVENT_SENT, NOW + 50);
	happen(waiting(who(2)).id, EVENT_UNDELIVERABLE, NOW);
	again.asked_before = NOW + 50;
	again.state = PERMISSION_WAITING;
	ck_ok(store_questions_again(store, &again));
	ck_assert_uint_eq(again.n_asked, 1);
	ck_assert_int_eq(find(who(0)).state, PERMISSION_PENDING);
	again.asked_before = 0;
	again.state = PERMISSION_ERROR;
	ck_ok(store_questions_again(store, &again));
	ck_assert_uint_eq(again.n_asked, 1);
	again.state = -1;
	again.sender = "sip:other@example.com";
	ck_ok(store_questions_again(store, &again));
	ck_assert_uint_eq(again.n_asked, 0);
	ck_assert_int_eq(find(who(1)).state, PERMISSION_WAITING);
}
END_TEST

START_TEST(whom_a_limit_holds_back_is_counted)
{
	struct questions_again again = again_of(9);

	waiting(who(0));
	again.now = NOW + 5;
	ck_ok(store_questions_again(store, &again));
	ck_assert_uint_eq(again.n_asked, 1);
	ck_assert_uint_eq(again.n_limited, 1);
}
END_TEST

/* A no to a wider scope, given meanwhile, stands against one and no other. */
START_TEST(a_no_of_theirs_stands_against_it)
{
	struct questions_again again = again_of(9);
	struct permission_change deny =
		say(EVENT_DENY, ORIGIN_RECIPIENT, who(0));
	struct index *index = index_new();

	store->index = index;
	waiting(who(0));
	waiting(who(1));
	deny.sender = "*";
	deny.target = "*";
	deny.kinds.set = KIND_MESSAGE;
	change(deny);
	ck_ok(store_questions_again(store, &again));
	ck_assert_uint_eq(again.n_asked, 1);
	ck_assert_uint_eq(again.n_refused, 1);
	ck_assert_int_eq(find(who(0)).state, PERMISSION_WAITING);
	ck_assert_int_eq(find(who(1)).state, PERMISSION_PENDING);
	store->index = NULL;
	index_free(index);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("question rows");
	TCase *all = tcase_create("question rows");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, all);
	tcase_add_checked_fixture(all, open_store, close_store);
	tcase_add_test(all, a_question_goes_from_never_asked_to_its_tries);
	tcase_add_test(all, a_question_of_a_list_is_its_owners);
	tcase_add_test(all, asked_again_it_is_another_question);
	tcase_add_test(all, what_is_decided_is_not_asked_again);
	tcase_add_test(all, a_grant_that_ended_is_asked_for_afresh);
	tcase_add_test(all, those_who_did_not_answer_are_asked_page_by_page);
	tcase_add_test(all, only_those_of_the_filter_are_asked);
	tcase_add_test(all, whom_a_limit_holds_back_is_counted);
	tcase_add_test(all, a_no_of_theirs_stands_against_it);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
