/* Consent URIs and Trigger-Consent; addresses as bytes; lists of names. */
#include "server/base/consent_uri.h"

#include <check.h>

#include "server/base/ip_bytes.h"

#define DIGITS "000102030405060708090a0b0c0d0e0f"

static const struct token token = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};

struct uri_case {
	struct consent_hosts hosts;
	enum uri_scheme scheme;
	const char *is;
};
/* clang-format off */
static const struct uri_case uri_cases[] = {
	{{NULL, NULL}, URI_SIP, "sip:g-" DIGITS "@example.com"},
	{{NULL, NULL}, URI_SIPS, "sips:g-" DIGITS "@example.com"},
	{{"a.example:5070", NULL}, URI_SIP, "sip:g-" DIGITS "@a.example:5070"},
	{{"a.example:5070", NULL}, URI_SIPS, "sips:g-" DIGITS "@example.com"},
	{{"a.example:5070", "192.0.2.1"}, URI_SIPS, "sips:g-" DIGITS "@192.0.2.1"},
	{{NULL, "192.0.2.1"}, URI_SIP, "sip:g-" DIGITS "@example.com"},
};
/* clang-format on */

START_TEST(a_consent_uri_leads_to_the_host_of_its_scheme)
{
	const struct uri_case *c = &uri_cases[_i];
	const struct consent_base base = {&c->hosts, "example.com", c->scheme};
	struct arena *arena = arena_new(0);
	struct token found;
	enum token_kind kind;
	struct uri uri;
	char *text = consent_uri(arena, &base, TOKEN_GRANT, &token);

	ck_assert_str_eq(text, c->is);
	ck_assert(!uri_parse(view_of(text), &uri));
	ck_assert_int_eq(uri.scheme, c->scheme);
	ck_assert(!token_parse(uri.user, &kind, &found));
	ck_assert_int_eq(kind, TOKEN_GRANT);
	text = consent_uri(arena, &base, TOKEN_DENY, &token);
	ck_assert_str_eq(strchr(text, '-'), strchr(c->is, '-'));
	arena_free(arena);
}
END_TEST

START_TEST(a_trigger_names_its_target)
{
	const struct consent_hosts hosts = {"a.example", "b.example"};
	struct consent_base base = {&hosts, "example.com", URI_SIP};
	struct arena *arena = arena_new(0);
	struct text end;

	ck_assert_str_eq(trigger_consent(arena, &base, &token, "sip:l@x"),
			 "sip:t-" DIGITS "@a.example ;target-uri=\"sip:l@x\"");
	base.scheme = URI_SIPS;
	ck_assert_str_eq(trigger_consent(arena, &base, &token, "sip:l@x"),
			 "sips:t-" DIGITS "@b.example ;target-uri=\"sip:l@x\"");
	text_init(&end, arena);
	trigger_consent_end(&base, "sip:l@x", &end);
	ck_assert_str_eq(end.at, "@b.example ;target-uri=\"sip:l@x\"");
	arena_free(arena);
}
END_TEST

static const uint8_t four[IP_BYTES] = {[10] = 0xff, 0xff, 192, 0, 2, 7};
static const uint8_t six[IP_BYTES] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

START_TEST(an_address_has_one_form)
{
	static const char *const bad[] = {
		"",
		"192.0.2",
		"192.0.2.7:5060",
		"192.0.2.0/24",
		"[2001:db8::1]",
		"2001:db8::1%lo",
		"example.com",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa"};
	uint8_t is[IP_BYTES] = {7};
	char text[IP_TEXT_ROOM];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!ip_bytes_read(view_of(bad[i]), is));
	ck_assert_int_eq(is[0], 7);
	ck_assert(!ip_bytes_read((struct view){"::1\0", 4}, is));
	ck_assert(ip_bytes_read(VIEW("192.0.2.7"), is));
	ck_assert_mem_eq(is, four, IP_BYTES);
	ip_bytes_print(four, text);
	ck_assert_str_eq(text, "192.0.2.7");
	ip_bytes_print(six, text);
	ck_assert_str_eq(text, "2001:db8::1");
	ck_assert(ip_bytes_read(VIEW("::ffff:192.0.2.7"), is));
	ck_assert_mem_eq(is, four, IP_BYTES);
	ck_assert(ip_bytes_are_v4(is));
	ck_assert(ip_bytes_read(VIEW("2001:DB8::1"), is));
	ck_assert_mem_eq(is, six, IP_BYTES);
	ck_assert(!ip_bytes_are_v4(is));
	ip_bytes_map(four + IPV4_AT, is);
	ck_assert_mem_eq(is, four, IP_BYTES);
}
END_TEST

START_TEST(a_client_has_an_address_or_half_of_one)
{
	ck_assert(view_equal(ip_bytes_client(four),
			     (struct view){"\xc0\x00\x02\x07", 4}));
	ck_assert(view_equal(ip_bytes_client(six),
			     (struct view){(const char *)six, 8}));
}
END_TEST

/* RFC 5922 section 7.2. */
START_TEST(names_are_compared_whole_and_without_case)
{
	static const char *const names[] = {"a.example", "*.example", "", NULL};

	ck_assert(view_is_among(VIEW("a.example"), names));
	ck_assert(view_is_among(VIEW("A.Example"), names));
	ck_assert(view_is_among(VIEW("*.example"), names));
	ck_assert(!view_is_among(VIEW("b.example"), names));
	ck_assert(!view_is_among(VIEW("a.exampl"), names));
	ck_assert(!view_is_among(VIEW("a.example."), names));
	ck_assert(!view_is_among(VIEW("a.example"), NULL));
	ck_assert(!view_is_among(VIEW("a.example"), names + 3));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("consent_uri");
	TCase *cases = tcase_create("cases");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases,
			    a_consent_uri_leads_to_the_host_of_its_scheme, 0,
			    sizeof(uri_cases) / sizeof(uri_cases[0]));
	tcase_add_test(cases, a_trigger_names_its_target);
	tcase_add_test(cases, an_address_has_one_form);
	tcase_add_test(cases, a_client_has_an_address_or_half_of_one);
	tcase_add_test(cases, names_are_compared_whole_and_without_case);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
