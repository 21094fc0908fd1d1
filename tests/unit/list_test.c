/* From decisions to the request and its answer: RFC 5360 4.1, 5.9.1; 3261 16.7.
 */
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

struct answer_case {
	const char *says;
	enum response_rule rule;
	struct response_tally tally; /**< legs, ended, best status, stored */
	int status;
};
static const struct answer_case answers[] = {
	{ "not on disk yet: no 202",
	  RESPONSE_ACCEPTED, { 5, 5, 200, 0 }, RESPONSE_WAIT },
	{ "on disk: 202 before any leg ends",
	  RESPONSE_ACCEPTED, { 5, 0, 0, 1 }, 202 },
	{ "what legs answer does not change the 202",
	  RESPONSE_ACCEPTED, { 5, 5, 603, 1 }, 202 },
	{ "nothing has come yet", RESPONSE_BEST, { 3, 0, 0, 1 }, RESPONSE_WAIT },
	{ "a 2xx goes at once", RESPONSE_BEST, { 3, 1, 202, 0 }, 202 },
	{ "a failure waits for the others",
	  RESPONSE_BEST, { 3, 2, 404, 1 }, RESPONSE_WAIT },
	{ "a 6xx waits for the others too",
	  RESPONSE_BEST, { 3, 2, 603, 1 }, RESPONSE_WAIT },
	{ "all over: the best", RESPONSE_BEST, { 3, 3, 404, 1 }, 404 },
	{ "all over in silence", RESPONSE_BEST, { 3, 3, 0, 1 }, 408 },
	{ "a lone 503 is not about us", RESPONSE_BEST, { 1, 1, 503, 1 }, 500 },
	{ "no legs at all", RESPONSE_BEST, { 0, 0, 0, 1 }, 480 },
	{ "no such rule: wait", (enum response_rule)9, { 1, 1, 200, 1 },
	  RESPONSE_WAIT },
};

struct best_case {
	const char *says;
	int a, b, best;
};
static const struct best_case bests[] = {
	{ "a 2xx beats a 6xx", 200, 603, 200 },
	{ "a 6xx beats every other failure", 603, 404, 603 },
	{ "a 6xx beats a redirect", 302, 600, 600 },
	{ "the lowest class", 404, 500, 404 },
	{ "3xx before 4xx", 302, 404, 302 },
	{ "what helps to resubmit comes first: 401", 404, 401, 401 },
	{ "what helps to resubmit comes first: 407", 400, 407, 407 },
	{ "what helps to resubmit comes first: 415", 404, 415, 415 },
	{ "what helps to resubmit comes first: 420", 404, 420, 420 },
	{ "what helps to resubmit comes first: 484", 404, 484, 484 },
	{ "none yet", 0, 404, 404 },
	{ "a provisional one is not final", 180, 500, 500 },
	{ "none at all", 0, 0, 0 },
	{ "only provisional ones", 100, 183, 0 },
	{ "what is no status is none", 700, 486, 486 },
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

START_TEST(when_and_what_to_answer)
{
	const struct answer_case *c = &answers[_i];
	int status = response_decide(c->rule, &c->tally);

	ck_assert_msg(status == c->status, "%s: %d", c->says, status);
}
END_TEST

START_TEST(the_better_of_two)
{
	const struct best_case *c = &bests[_i];

	ck_assert_msg(response_best(c->a, c->b) == c->best, "%s", c->says);
	ck_assert_msg(response_best(c->b, c->a) == c->best, "turned: %s",
		      c->says);
}
END_TEST

START_TEST(the_best_is_the_same_in_any_order)
{
	for (int a = 100; a < 720; a += 7) {
		for (int b = 100; b < 720; b += 5) {
			int ab = response_best(a, b);

			ck_assert_int_eq(ab, response_best(b, a));
			for (int c = 200; c < 700; c += 31)
				ck_assert_int_eq(
					response_best(ab, c),
					response_best(a, response_best(b, c)));
		}
	}
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
	tcase_add_loop_test(cases, when_and_what_to_answer, 0, COUNT(answers));
	tcase_add_loop_test(cases, the_better_of_two, 0, COUNT(bests));
	tcase_add_test(cases, the_best_is_the_same_in_any_order);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
