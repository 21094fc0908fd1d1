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
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
