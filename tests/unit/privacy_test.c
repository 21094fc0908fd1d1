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
	{ "id;id", ERR_SYNTAX, 0 },
	{ "id;user;ID", ERR_SYNTAX, 0 },
	{ "x-new;X-New", ERR_SYNTAX, 0 },
	{ "x-new;x-newer", ERR_OK, PRIVACY_OTHER },
	{ "critical", ERR_SYNTAX, 0 },
	{ "critical;id", ERR_SYNTAX, 0 },
	{ "id;critical;user", ERR_SYNTAX, 0 },
	{ "id;critical", ERR_OK, PRIVACY_ID | PRIVACY_CRITICAL },
	{ "x-new;Critical", ERR_OK, PRIVACY_OTHER | PRIVACY_CRITICAL },
	{ "none;critical", ERR_SYNTAX, 0 },
	{ "1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16", ERR_OK, PRIVACY_OTHER },
	{ "1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17", ERR_TOO_LARGE, 0 },
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
	{ "none;none", ERR_SYNTAX, 0 },
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

static const struct {
	unsigned privacy;
	const char *from, *display;
	int is_asked;
} wishes[] = {
	/* clang-format off */
	{0, "sip:anonymous@anonymous.invalid", "", 1},
	{0, "sip:other@ANONYMOUS.invalid", "", 1},
	{0, "sip:nora@example.com", "\"Anonymous\"", 1},
	{0, "sip:nora@example.com", "anonymous", 1},
	{PRIVACY_ID, "sip:nora@example.com", "Nora", 1},
	{PRIVACY_USER | PRIVACY_CRITICAL, "sip:nora@example.com", "", 1},
	{0, "sip:nora@example.com", "Nora", 0},
	{0, "sip:anonymous@example.com", "", 0},
	{0, "sip:a@x.anonymous.invalid", "", 0},
	{0, "sip:nora@example.com", "\"Anonymous Bosch\"", 0},
	{PRIVACY_NONE, "sip:nora@example.com", "", 0},
	{PRIVACY_HEADER | PRIVACY_SESSION | PRIVACY_HISTORY, "sip:nora@example.com", "", 0},
	{0, "tel:+4912", "", 0},
	{0, "", "", 0},
	/* clang-format on */
};

/* RFC 5079: 433 is for who chose it. */
START_TEST(who_asks_not_to_be_named)
{
	for (size_t i = 0; i < COUNT(wishes); i++)
		ck_assert_msg(privacy_is_asked(wishes[i].privacy,
					       wishes[i].from,
					       view_of(wishes[i].display)) ==
				      (wishes[i].is_asked != 0),
			      "%zu: %s", i, wishes[i].from);
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

#define WITH_MEDIA privacy_served("INVITE")
#define ALONE privacy_served("MESSAGE")

struct refusal_case {
	const char *says;
	const char *value;
	const char *method;
	int is_required;      /**< Proxy-Require: privacy */
	int status;	      /**< 0: taken */
	const char *unserved; /**< the value that is not done */
};
/* clang-format off */
static const struct refusal_case refusals[] = {
	{ "none", "none", "MESSAGE", 1, 0, "" },
	{ "what we do", "user;header;id;history;critical", "MESSAGE", 1, 0,
	  "" },
	{ "session has no media relay in a MESSAGE", "session", "MESSAGE", 0, 0,
	  "session" },
	{ "and with critical it is refused", "id;session;critical", "MESSAGE",
	  0, 500, "session" },
	{ "somebody has to do it, and nobody else will", "session", "MESSAGE",
	  1, 420, "session" },
	{ "critical says more than Proxy-Require", "session;critical",
	  "MESSAGE", 1, 500, "session" },
	{ "a call goes by our media relay", "session;critical", "INVITE", 1, 0,
	  "" },
	{ "a value that nobody knows", "id;x-new", "INVITE", 0, 0, "x-new" },
	{ "is refused with critical, by its name", "x-new;y-new;critical",
	  "INVITE", 0, 500, "x-new" },
	{ "and where it is required", "x-new", "INVITE", 1, 420, "x-new" },
};
/* clang-format on */

START_TEST(critical_fails_rather_than_does_less)
{
	const struct refusal_case *c = &refusals[_i];
	unsigned served = privacy_served(c->method), bits = 0;
	struct view name;

	ck_assert_int_eq(privacy_parse(view_of(c->value), &bits), ERR_OK);
	ck_assert_msg(privacy_refusal(bits, served, c->is_required) ==
			      c->status,
		      "%s", c->says);
	name = privacy_unserved(view_of(c->value), served);
	ck_assert_msg(view_equal(name, view_of(c->unserved)), "%s", c->says);
}
END_TEST

struct left_case {
	const char *says;
	unsigned asked, left, left_of_call;
};
/* clang-format off */
static const struct left_case lefts[] = {
	{ "no header", 0, 0, 0 },
	{ "none is never touched", PRIVACY_NONE, PRIVACY_NONE, PRIVACY_NONE },
	{ "user is done, and the next hop keeps who it was", PRIVACY_USER,
	  PRIVACY_ID, PRIVACY_ID },
	{ "header is done", PRIVACY_HEADER, 0, 0 },
	{ "history is done", PRIVACY_HISTORY, 0, 0 },
	{ "id stays for the next hop", PRIVACY_ID | PRIVACY_USER, PRIVACY_ID,
	  PRIVACY_ID },
	{ "session is done in a call only", PRIVACY_SESSION, PRIVACY_SESSION,
	  0 },
	{ "what nobody knows stays", PRIVACY_OTHER | PRIVACY_HEADER,
	  PRIVACY_OTHER, PRIVACY_OTHER },
	{ "critical goes with the last value",
	  PRIVACY_HEADER | PRIVACY_CRITICAL, 0, 0 },
	{ "and stays with others", PRIVACY_ID | PRIVACY_CRITICAL,
	  PRIVACY_ID | PRIVACY_CRITICAL, PRIVACY_ID | PRIVACY_CRITICAL },
	{ "session;critical", PRIVACY_SESSION | PRIVACY_CRITICAL,
	  PRIVACY_SESSION | PRIVACY_CRITICAL, 0 },
};
/* clang-format on */

START_TEST(what_was_done_is_taken_out)
{
	const struct left_case *c = &lefts[_i];

	ck_assert_msg(privacy_left(c->asked, ALONE) == c->left, "%s", c->says);
	ck_assert_msg(privacy_left(c->asked, WITH_MEDIA) == c->left_of_call,
		      "%s", c->says);
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
	tcase_add_test(cases, who_asks_not_to_be_named);
	tcase_add_test(cases, only_user_hides_from);
	tcase_add_test(cases, user_drops_what_tells_of_the_user);
	tcase_add_loop_test(cases, critical_fails_rather_than_does_less, 0,
			    COUNT(refusals));
	tcase_add_loop_test(cases, what_was_done_is_taken_out, 0, COUNT(lefts));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
