/* What becomes of a notice, and of what people are told. */
#include "policies/notice.h"

#include <check.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(every_state_and_event_has_its_step)
{
	/* clang-format off */
	static const enum notice_state is[NOTICE_STATES][NOTICE_EVENTS] = {
		/* sent, told, away, over, void */
		[NOTICE_NONE] = { NOTICE_NONE, NOTICE_NONE, NOTICE_NONE,
			NOTICE_NONE, NOTICE_NONE },
		[NOTICE_DUE] = { NOTICE_SENT, NOTICE_TOLD, NOTICE_DUE,
			NOTICE_FAILED, NOTICE_VOID },
		[NOTICE_SENT] = { NOTICE_SENT, NOTICE_TOLD, NOTICE_SENT,
			NOTICE_FAILED, NOTICE_VOID },
		[NOTICE_TOLD] = { NOTICE_TOLD, NOTICE_TOLD, NOTICE_TOLD,
			NOTICE_TOLD, NOTICE_TOLD },
		[NOTICE_FAILED] = { NOTICE_FAILED, NOTICE_FAILED,
			NOTICE_FAILED, NOTICE_FAILED, NOTICE_FAILED },
		[NOTICE_VOID] = { NOTICE_VOID, NOTICE_VOID, NOTICE_VOID,
			NOTICE_VOID, NOTICE_VOID },
	};
	/* clang-format on */

	for (int state = 0; state < NOTICE_STATES; state++)
		for (int event = 0; event < NOTICE_EVENTS; event++)
			ck_assert_msg(
				notice_step((enum notice_state)state,
					    (enum notice_event)event) ==
					is[state][event],
				"%s, event %d",
				notice_state_name((enum notice_state)state),
				event);
	ck_assert_int_eq(notice_step(NOTICE_STATES, NOTICE_EVENT_SENT),
			 NOTICE_STATES);
	ck_assert_int_eq(notice_step(NOTICE_DUE, NOTICE_EVENTS), NOTICE_DUE);
}
END_TEST

START_TEST(who_was_granted_by_others_is_told_once)
{
	const struct permission none = {.state = PERMISSION_PENDING},
				denied = {.state = PERMISSION_DENIED,
					  .origin = ORIGIN_ADMIN},
				own = {.state = PERMISSION_GRANTED,
				       .origin = ORIGIN_RECIPIENT},
				admin = {.state = PERMISSION_GRANTED,
					 .origin = ORIGIN_ADMIN},
				import = {.state = PERMISSION_GRANTED,
					  .origin = ORIGIN_IMPORT};
	const struct {
		const struct permission *old, *row;
		bool is_told;
	} cases[] = {
		{NULL, &admin, true},	 {NULL, &import, true},
		{NULL, &own, false},	 {NULL, &denied, false},
		{NULL, &none, false},	 {&none, &import, true},
		{&denied, &admin, true}, {&none, &own, false},
		{&admin, &admin, false}, {&import, &admin, false},
		{&own, &import, false},	 {&import, &denied, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(notice_is_wanted(cases[i].old, cases[i].row) ==
				      cases[i].is_told,
			      "case %zu", i);
}
END_TEST

/* That we could not send it is no answer. */
START_TEST(a_grant_that_nothing_left_for_goes_on)
{
	ck_assert(!notice_may_end(NOTICE_GRANT, false));
	ck_assert(notice_may_end(NOTICE_GRANT, true));
	ck_assert(notice_may_end(NOTICE_DENY, false));
	ck_assert(notice_may_end(NOTICE_DENY, true));
}
END_TEST

START_TEST(tries_come_ever_later)
{
	ck_assert_int_eq(notice_pause(0), 60);
	ck_assert_int_eq(notice_pause(1), 60);
	ck_assert_int_eq(notice_pause(2), 600);
	for (int i = 2; i < 1000; i++)
		ck_assert_int_ge(notice_pause(i), notice_pause(i - 1));
}
END_TEST

START_TEST(names_lead_back)
{
	enum notice_kind kind;
	enum notice_state state;

	for (int i = 0; i < NOTICE_KINDS; i++) {
		ck_assert(notice_kind_from(
			notice_kind_name((enum notice_kind)i), &kind));
		ck_assert_int_eq((int)kind, i);
	}
	for (int i = 0; i < NOTICE_STATES; i++) {
		ck_assert(notice_state_from(
			notice_state_name((enum notice_state)i), &state));
		ck_assert_int_eq((int)state, i);
	}
	ck_assert(!notice_kind_from("unknown", &kind));
	ck_assert(!notice_kind_from(NULL, &kind));
	ck_assert(!notice_state_from("unknown", &state));
	ck_assert(!notice_state_from(NULL, &state));
	ck_assert_str_eq(notice_kind_name(NOTICE_KINDS), "unknown");
	ck_assert_str_eq(notice_state_name(NOTICE_STATES), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("notice");
	TCase *tests = tcase_create("policy");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, every_state_and_event_has_its_step);
	tcase_add_test(tests, who_was_granted_by_others_is_told_once);
	tcase_add_test(tests, a_grant_that_nothing_left_for_goes_on);
	tcase_add_test(tests, tries_come_ever_later);
	tcase_add_test(tests, names_lead_back);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
