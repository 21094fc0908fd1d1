/* Values in a page: never markup, never a mark that turns text around. */
#include "api/html.h"

#include <check.h>

static const struct {
	const char *value, *html;
} cases[] = {
	{"", ""},
	{"sip:bob@example.com", "sip:bob@example.com"},
	{"\"><img src=x onerror=alert(1)>",
	 "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"},
	{"a&b'c", "a&amp;b&#39;c"},
	{"&amp;", "&amp;amp;"},
	{"j\xc3\xb6rg", "j\xc3\xb6rg"},
	{"a\xe2\x80\xae.", "a\xef\xbf\xbd."}, /* U+202E */
	{"\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"a\n.", "a\xef\xbf\xbd."},
	{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
};

START_TEST(values_are_no_markup)
{
	struct text text;

	text_init(&text, NULL);
	html_text(&text, cases[_i].value);
	ck_assert_str_eq(text.len ? text.at : "", cases[_i].html);
	text_clear(&text);
	html_attr(&text, cases[_i].value);
	ck_assert_str_eq(text.len ? text.at : "", cases[_i].html);
	text_release(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("html");
	TCase *tcase = tcase_create("html");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, values_are_no_markup, 0,
			    sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
