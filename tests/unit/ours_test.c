/* Which URIs are the relay itself: RFC 5363 section 5, RFC 5393 section 3. */
#include "policies/ours.h"

#include <check.h>

#define DIGITS "0123456789abcdef0123456789abcdef"

#define FURTHER "further.example"

static const char *const services[] = {"lists", "alarm.1", "lists", "calls"};
static const char *const domains[] = {FURTHER};
static const char *const places[] = {NULL, NULL, FURTHER, FURTHER};
static const struct ours ours = {.domain = "example.com",
				 .services = services,
				 .n_services = 4,
				 .domains = {domains, 1},
				 .service_domains = places};

struct ours_case {
	const char *says;
	const char *uri;
	bool is_ours;
};

/* clang-format off */
static const struct ours_case cases[] = {
	{ "a service", "sip:lists@example.com", true },
	{ "another one", "sip:alarm.1@example.com", true },
	{ "the bare host", "sip:example.com", true },
	{ "in capitals", "sip:LISTS@Example.COM", true },
	{ "with an escape", "sip:%6cists@example.com", true },
	{ "with a root dot", "sip:lists@example.com.", true },
	{ "with a password", "sip:lists:x@example.com", true },
	{ "with parameters", "sip:lists@example.com;user=phone;lr", true },
	{ "sips", "sips:lists@example.com", true },
	{ "the port of sip", "sip:lists@example.com:5060", true },
	{ "the port of sips", "sip:lists@example.com:5061", true },
	{ "a grant URI", "sip:g-" DIGITS "@example.com", true },
	{ "a deny URI", "sip:d-" DIGITS "@example.com", true },
	{ "a trigger URI", "sip:t-" DIGITS "@example.com", true },
	{ "a token in capitals", "sip:D-0123456789ABCDEF0123456789abcdef@example.com", true },
	{ "a token with escapes", "sip:%64-%30123456789abcdef0123456789abcdef@example.com", true },
	{ "a conference URI", "sip:c-0123456789abcdef@example.com;gr", true },
	{ "a conference URI with escapes", "sip:%63-%30123456789abcdef@example.com", true },
	{ "a conference URI of another host", "sip:c-0123456789abcdef@example.net", false },
	{ "a name that begins like a conference", "sip:c-jones@example.com", false },
	{ "a digit too many", "sip:c-0123456789abcdef0@example.com", false },
	{ "a person", "sip:bob@example.com", false },
	{ "a person, with the usual port", "sip:bob@example.com:5060", false },
	{ "an extension", "sip:2010@example.com;user=phone", false },
	{ "a name that begins like a token", "sip:d-smith@example.com", false },
	{ "one digit too few", "sip:d-0123456789abcdef0123456789abcde@example.com", false },
	{ "a name that begins like a service", "sip:lists2@example.com", false },
	{ "a part of a service's name", "sip:list@example.com", false },
	{ "another port is another server", "sip:lists@example.com:5070", false },
	{ "another domain", "sip:lists@example.net", false },
	{ "a domain below", "sip:lists@a.example.com", false },
	{ "a longer domain", "sip:lists@example.com.net", false },
	{ "a service of a further domain", "sip:lists@further.example", true },
	{ "one that is there alone", "sip:calls@further.example", true },
	{ "one that is not there", "sip:alarm.1@further.example", false },
	{ "one of another domain", "sip:calls@example.com", false },
	{ "a deny URI of a further domain", "sip:d-" DIGITS "@further.example", true },
	{ "a further domain itself", "sip:FURTHER.example", true },
	{ "a person of a further domain", "sip:bob@further.example", false },
	{ "a long name", "sip:" DIGITS DIGITS DIGITS "@example.com", false },
};
/* clang-format on */

START_TEST(the_user_part_says_who_is_meant)
{
	const struct ours_case *it = &cases[_i];
	struct uri uri;

	ck_assert_msg(uri_parse(view_of(it->uri), &uri) == ERR_OK, "%s",
		      it->says);
	ck_assert_msg(ours_has(&ours, &uri) == it->is_ours, "%s: %s", it->says,
		      it->uri);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ours");
	TCase *tests = tcase_create("ours");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, the_user_part_says_who_is_meant, 0,
			    sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
