/* From decisions to the request: RFC 5360 sections 4.1 and 5.9.1. */
#include "policies/list.h"

#include <check.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct list_case {
	const char *says;
	enum missing_rule rule;
	struct list_tally tally; /**< granted, missing, denied */
	enum list_outcome outcome;
};

/* clang-format off */
static const struct list_case lists[] = {
	{ "all said yes", MISSING_REFUSES, { 3, 0, 0 }, LIST_RELAY },
	{ "one was never asked: nothing at all is sent",
	  MISSING_REFUSES, { 999, 1, 0 }, LIST_REFUSE },
	{ "one said no: nothing at all is sent",
	  MISSING_REFUSES, { 999, 0, 1 }, LIST_REFUSE },
	{ "nobody said yes", MISSING_REFUSES, { 0, 2, 2 }, LIST_REFUSE },
	{ "an empty list", MISSING_REFUSES, { 0, 0, 0 }, LIST_NOBODY },
	{ "stored: all said yes", MISSING_OMITS, { 3, 0, 0 }, LIST_RELAY },
	{ "stored: those without permission are left out",
	  MISSING_OMITS, { 1, 5, 5 }, LIST_RELAY },
	{ "stored: nobody is left",
	  MISSING_OMITS, { 0, 1, 1 }, LIST_NOBODY },
	{ "stored and empty", MISSING_OMITS, { 0, 0, 0 }, LIST_NOBODY },
};
/* clang-format on */

START_TEST(what_becomes_of_the_request)
{
	const struct list_case *c = &lists[_i];

	ck_assert_msg(list_decide(c->rule, c->tally) == c->outcome, "%s",
		      c->says);
}
END_TEST

START_TEST(verdicts_are_counted)
{
	static const enum verdict verdicts[] = {
		VERDICT_GRANTED, VERDICT_MISSING, VERDICT_DENIED,
		VERDICT_GRANTED, VERDICT_MISSING, VERDICT_GRANTED,
		(enum verdict)9 /* cannot tell is not a yes */};
	struct list_tally tally = list_tally(verdicts, COUNT(verdicts));

	ck_assert_uint_eq(tally.granted, 3);
	ck_assert_uint_eq(tally.missing, 3);
	ck_assert_uint_eq(tally.denied, 1);
	tally = list_tally(NULL, 0);
	ck_assert_uint_eq(tally.granted + tally.missing + tally.denied, 0);
}
END_TEST

struct use_case {
	const char *says;
	enum list_use use;
	enum list_replies replies;
	bool may[3]; /**< stranger, member, owner */
	bool many;
};

/* clang-format off */
static const struct use_case uses[] = {
	{ "the owner alone writes, and asks for themselves",
	  LIST_USE_OWNER, LIST_REPLIES_NONE, { false, false, true }, false },
	{ "replies to the sender open it to nobody",
	  LIST_USE_OWNER, LIST_REPLIES_SENDER, { false, false, true }, false },
	{ "who may reply to all may write to all",
	  LIST_USE_OWNER, LIST_REPLIES_LIST, { false, true, true }, true },
	{ "members write", LIST_USE_MEMBERS, LIST_REPLIES_NONE,
	  { false, true, true }, true },
	{ "anyone writes", LIST_USE_ANYONE, LIST_REPLIES_NONE,
	  { true, true, true }, true },
};
/* clang-format on */

START_TEST(who_may_use_a_stored_list)
{
	const struct use_case *c = &uses[_i];

	for (int role = 0; role < 3; role++)
		ck_assert_msg(list_may_use(c->use, c->replies,
					   (enum list_role)role) ==
				      c->may[role],
			      "%s: %d", c->says, role);
	ck_assert_msg(list_asks_for_many(c->use, c->replies) == c->many, "%s",
		      c->says);
}
END_TEST

START_TEST(names_stand_in_uris_and_paths)
{
	static const char *const fine[] = {"hikers", "a.b",	"x_y-9",
					   "...",    "5551234", ".a"};
	static const char *const bad[] = {"",	 ".",	"..",	     "Hikers",
					  "a b", "a/b", "h\xc3\xa4", "a%20"};

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		ck_assert_msg(list_name_is_fine(fine[i]), "%s", fine[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!list_name_is_fine(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(words_lead_there_and_back)
{
	enum list_replies replies;
	enum copy_control copy;
	enum list_use use;

	for (int i = 0; i < LIST_USES; i++) {
		ck_assert(list_use_from(list_use_name((enum list_use)i), &use));
		ck_assert_int_eq(use, i);
	}
	for (int i = 0; i < LIST_REPLIES_WAYS; i++) {
		ck_assert(list_replies_from(
			list_replies_name((enum list_replies)i), &replies));
		ck_assert_int_eq(replies, i);
	}
	for (int i = 0; i <= COPY_TO; i++) {
		ck_assert(copy_control_from(
			copy_control_name((enum copy_control)i), &copy));
		ck_assert_int_eq(copy, i);
	}
	ck_assert(!list_use_from("everybody", &use));
	ck_assert(!list_use_from(NULL, &use));
	ck_assert(!list_replies_from("", &replies));
	ck_assert(!copy_control_from("TO", &copy));
	ck_assert_str_eq(list_use_name(LIST_USES), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, what_becomes_of_the_request, 0,
			    COUNT(lists));
	tcase_add_test(cases, verdicts_are_counted);
	tcase_add_loop_test(cases, who_may_use_a_stored_list, 0, COUNT(uses));
	tcase_add_test(cases, names_stand_in_uris_and_paths);
	tcase_add_test(cases, words_lead_there_and_back);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
