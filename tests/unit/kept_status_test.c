/* What is kept of how a try ended, and what is shown of it. */
#include "policies/kept_status.h"

#include <check.h>
#include <stdint.h>

static const struct {
	int status;
	bool is_unverified;
	int shown;
	const char *reason;
} cases[] = {
	{0, false, 0, NULL},
	{200, false, 200, NULL},
	{408, false, 408, NULL},
	{503, false, 503, NULL},
	{699, false, 699, NULL},
	{503, true, 503, "certificate"},
	/* Another hop had a say after it. */
	{482, true, 482, NULL},
	{0, true, 0, NULL},
};

START_TEST(what_is_kept_shows_the_status_and_the_reason)
{
	int kept = status_kept(cases[_i].status, cases[_i].is_unverified);

	ck_assert_int_ge(kept, 0);
	ck_assert_int_le(kept, UINT16_MAX); /* records have two bytes */
	ck_assert_int_eq(status_shown(kept), cases[_i].shown);
	ck_assert_pstr_eq(status_reason(kept), cases[_i].reason);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kept_status");
	TCase *tcase = tcase_create("kept_status");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, what_is_kept_shows_the_status_and_the_reason,
			    0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
