/* Who may do what in a conference; the names of its states. */
#include "policies/conference.h"

#include <check.h>
#include <stdlib.h>

struct row {
	enum conference_role role;
	enum conference_act act;
	bool closed, locked, inviting, both; /* by the two rules */
};

/* clang-format off */
static const struct row rows[] = {
	{ROLE_STRANGER, ACT_JOIN, false, false, false, false},
	{ROLE_STRANGER, ACT_WATCH, false, false, false, false},
	{ROLE_STRANGER, ACT_ADD, false, false, false, false},
	{ROLE_STRANGER, ACT_REMOVE, false, false, false, false},
	{ROLE_STRANGER, ACT_LEAVE, false, false, false, false},
	{ROLE_STRANGER, ACT_MUTE, false, false, false, false},
	{ROLE_PARTY, ACT_JOIN, true, false, true, false},
	{ROLE_PARTY, ACT_WATCH, true, true, true, true},
	{ROLE_PARTY, ACT_ADD, false, false, true, false},
	{ROLE_PARTY, ACT_REMOVE, false, false, false, false},
	{ROLE_PARTY, ACT_LEAVE, true, true, true, true},
	{ROLE_PARTY, ACT_MUTE, false, false, false, false},
	{ROLE_CREATOR, ACT_JOIN, true, true, true, true},
	{ROLE_CREATOR, ACT_WATCH, true, true, true, true},
	{ROLE_CREATOR, ACT_ADD, true, false, true, false},
	{ROLE_CREATOR, ACT_REMOVE, true, true, true, true},
	{ROLE_CREATOR, ACT_LEAVE, true, true, true, true},
	{ROLE_CREATOR, ACT_MUTE, true, true, true, true},
	{ROLE_OPERATOR, ACT_JOIN, false, false, false, false},
	{ROLE_OPERATOR, ACT_WATCH, true, true, true, true},
	{ROLE_OPERATOR, ACT_ADD, true, true, true, true},
	{ROLE_OPERATOR, ACT_REMOVE, true, true, true, true},
	{ROLE_OPERATOR, ACT_LEAVE, false, false, false, false},
	{ROLE_OPERATOR, ACT_MUTE, true, true, true, true},
};
/* clang-format on */

START_TEST(test_acts)
{
	const struct row *row = &rows[_i];
	const struct conference_rules rules[] = {
		{false, false}, {true, false}, {false, true}, {true, true}};
	const bool expected[] = {row->closed, row->locked, row->inviting,
				 row->both};

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(conference_may(row->role, row->act, &rules[i]),
				 expected[i]);
}
END_TEST

/* A number that is none of ours allows nothing. */
START_TEST(test_unknown)
{
	const struct conference_rules rules = {false, true};

	ck_assert(!conference_may(CONFERENCE_ROLES, ACT_WATCH, &rules));
	ck_assert(!conference_may(ROLE_CREATOR, CONFERENCE_ACTS, &rules));
}
END_TEST

START_TEST(test_names)
{
	ck_assert_str_eq(conference_state_name(CONFERENCE_LIVE), "live");
	ck_assert_str_eq(conference_end_name(CONFERENCE_END_RESTART),
			 "restart");
	ck_assert_str_eq(party_state_name(PARTY_ALERTING), "alerting");
	ck_assert_str_eq(party_left_name(PARTY_LEFT_DEPARTED), "departed");
	ck_assert_str_eq(party_left_name(PARTY_LEFTS), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conference");
	TCase *tcase = tcase_create("conference");
	SRunner *runner = srunner_create(suite);
	int n_failed;

	tcase_add_loop_test(tcase, test_acts, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_unknown);
	tcase_add_test(tcase, test_names);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
