/* The Privacy header: RFC 3323 sections 4 and 5, RFC 3325 section 9.3. */
#include "policies/privacy.h"

#include <check.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct parse_case {
	const char *value;
	enum err err;
	unsigned bits;
};

/* clang-format off */
static const struct parse_case parses[] = {
	{ "id", ERR_OK, PRIVACY_ID },
	{ "none", ERR_OK, PRIVACY_NONE },
	{ "ID", ERR_OK, PRIVACY_ID },
	{ "user;id", ERR_OK, PRIVACY_USER | PRIVACY_ID },
	{ " user ;\tid ", ERR_OK, PRIVACY_USER | PRIVACY_ID },
	{ "user,id", ERR_OK, PRIVACY_USER | PRIVACY_ID },
	{ "header;session;critical", ERR_OK,
	  PRIVACY_HEADER | PRIVACY_SESSION | PRIVACY_CRITICAL },
	{ "history", ERR_OK, PRIVACY_HISTORY },
	{ "id;id", ERR_OK, PRIVACY_ID },
	{ "x-new", ERR_OK, PRIVACY_OTHER },
	{ "id;x.y!", ERR_OK, PRIVACY_ID | PRIVACY_OTHER },
	{ "idx", ERR_OK, PRIVACY_OTHER },
	{ "", ERR_SYNTAX, 0 },
	{ " ", ERR_SYNTAX, 0 },
	{ ";", ERR_SYNTAX, 0 },
	{ "id;", ERR_SYNTAX, 0 },
	{ ";id", ERR_SYNTAX, 0 },
	{ "id;;user", ERR_SYNTAX, 0 },
	{ "user id", ERR_SYNTAX, 0 },
	{ "\"id\"", ERR_SYNTAX, 0 },
	{ "id=1", ERR_SYNTAX, 0 },
	{ "\xc3\xa9", ERR_SYNTAX, 0 },
	{ "none;id", ERR_SYNTAX, 0 },
	{ "critical;none", ERR_SYNTAX, 0 },
	{ "none;none", ERR_OK, PRIVACY_NONE },
};
/* clang-format on */

START_TEST(a_value_list_is_read)
{
	const struct parse_case *c = &parses[_i];
	unsigned bits = 0;

	ck_assert_msg(privacy_parse(view_of(c->value), &bits) == c->err, "%s",
		      c->value);
	ck_assert_msg(bits == c->bits, "%s", c->value);
}
END_TEST

START_TEST(a_nul_is_no_token)
{
	unsigned bits = 0;
	struct view value = {"id\0", 3};

	ck_assert_int_eq(privacy_parse(value, &bits), ERR_SYNTAX);
}
END_TEST

START_TEST(only_user_hides_from)
{
	ck_assert(privacy_hides_from(PRIVACY_USER));
	ck_assert(privacy_hides_from(PRIVACY_USER | PRIVACY_ID));
	ck_assert(!privacy_hides_from(0));
	ck_assert(!privacy_hides_from(~(unsigned)PRIVACY_USER));
}
END_TEST

START_TEST(user_drops_what_tells_of_the_user)
{
	static const char *const told[] = {
		"Subject",  "s",	   "subject",	 "Call-Info",
		"Reply-To", "In-Reply-To", "User-Agent", "ORGANIZATION"};
	static const char *const kept[] = {"To", "Date", "Priority", "Subjects",
					   ""};

	for (size_t i = 0; i < COUNT(told); i++) {
		ck_assert(privacy_drops_header(PRIVACY_USER, view_of(told[i])));
		ck_assert(!privacy_drops_header(PRIVACY_ID, view_of(told[i])));
		ck_assert(!privacy_drops_header(0, view_of(told[i])));
	}
	for (size_t i = 0; i < COUNT(kept); i++)
		ck_assert(
			!privacy_drops_header(PRIVACY_USER, view_of(kept[i])));
}
END_TEST

START_TEST(critical_fails_rather_than_does_less)
{
	unsigned served = PRIVACY_CRITICAL | PRIVACY_ID | PRIVACY_USER |
			  PRIVACY_HEADER | PRIVACY_HISTORY;

	ck_assert_ptr_null(privacy_unserved(0));
	ck_assert_ptr_null(privacy_unserved(served));
	ck_assert_ptr_null(privacy_unserved(PRIVACY_SESSION | PRIVACY_OTHER));
	ck_assert_str_eq(privacy_unserved(served | PRIVACY_SESSION), "session");
	ck_assert_str_eq(privacy_unserved(served | PRIVACY_OTHER), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("privacy");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, a_value_list_is_read, 0, COUNT(parses));
	tcase_add_test(cases, a_nul_is_no_token);
	tcase_add_test(cases, only_user_hides_from);
	tcase_add_test(cases, user_drops_what_tells_of_the_user);
	tcase_add_test(cases, critical_fails_rather_than_does_less);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
