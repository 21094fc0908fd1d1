#include <check.h>
#include <stdlib.h>

#include "server/base/domains.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const names[] = {"b.example", "c.example"};
static const struct domains two = {names, COUNT(names)}, none;

static const struct of_case {
	const char *target, *domain;
} of_cases[] = {
	{"sip:hikers@b.example", "b.example"},
	{"sip:hikers@c.example", "c.example"},
	{"sips:hikers@c.example", "c.example"},
	{"*@b.example", "b.example"},
	{"*", "a.example"},
	{"sip:hikers@a.example", "a.example"},
	{"sip:hikers@sub.b.example", "a.example"},
	{"sip:hikers@b.example.net", "a.example"},
	/* Another port is another server. */
	{"sip:hikers@b.example:5070", "a.example"},
	{"sip:b.example", "a.example"},
	{"tel:+12125551212", "a.example"},
	{"", "a.example"},
};

START_TEST(a_target_is_in_one_domain)
{
	const struct of_case *c = &of_cases[_i];

	ck_assert_str_eq(domains_name(&two, "a.example", c->target), c->domain);
	ck_assert_str_eq(domains_name(&none, "a.example", c->target),
			 "a.example");
}
END_TEST

START_TEST(hosts_are_compared_as_hosts)
{
	ck_assert_ptr_eq(domains_find(&two, VIEW("B.Example")), names[0]);
	ck_assert_ptr_null(domains_find(&two, VIEW("a.example")));
	ck_assert_ptr_null(domains_find(&two, VIEW("")));
	ck_assert_ptr_null(domains_find(&none, VIEW("b.example")));
}
END_TEST

START_TEST(any_target_is_any_of_one_domain)
{
	ck_assert(target_is_any("*"));
	ck_assert(target_is_any("*@b.example"));
	ck_assert(!target_is_any("*b"));
	ck_assert(!target_is_any("sip:*@b.example"));
	ck_assert(domains_are_one(&two, "*@b.example", "sip:x@b.example"));
	ck_assert(!domains_are_one(&two, "*", "sip:x@b.example"));
	ck_assert(domains_are_one(&two, "*", "sip:x@a.example"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domains");
	TCase *cases = tcase_create("domains");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(cases, a_target_is_in_one_domain, 0,
			    COUNT(of_cases));
	tcase_add_test(cases, hosts_are_compared_as_hosts);
	tcase_add_test(cases, any_target_is_any_of_one_domain);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
