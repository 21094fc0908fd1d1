/* What is written at once is what jansson writes. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "api/json.h"
#include "api/json_writer.h"

/** As a member of an object. */
static char *by_jansson(json_t *value)
{
	json_t *object = json_pack("{so}", "name", value);
	char *text = json_dumps(object, JSON_COMPACT);

	ck_assert_ptr_nonnull(text);
	json_decref(object);
	return text;
}

static struct text text;
static struct json_writer writer;

static void begin(void)
{
	text_init(&text, NULL);
	text_add(&text, "{");
	json_writer_init(&writer, &text);
}

static void expect_same(json_t *value)
{
	char *expected = by_jansson(value);

	text_add(&text, "}");
	ck_assert_str_eq(text.at, expected);
	free(expected);
	text_release(&text);
}

START_TEST(strings_of_all_kinds)
{
	static char long_one[2000];
	static const char *const strings[] = {
		"",
		"sip:ann@example.com",
		"\"quoted\" \\ / \b\f\n\r\t \x01 \x1f \x7f",
		"\xc3\x84nn \xe2\x82\xac \xf0\x9f\x98\x80",
		"broken \xff\xc3",
		long_one,
		NULL};

	memset(long_one, 'a', sizeof(long_one) - 1);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		begin();
		json_write_text(&writer, "name", strings[i]);
		expect_same(json_text(strings[i]));
	}
}
END_TEST

START_TEST(secrets_are_blotted)
{
	static const char secret[] = "<sip:d-0123456789abcdef0123456789abcdef"
				     "@x> g-0123456789abcdef0123456789abcdef";

	begin();
	json_write_text(&writer, "name", secret);
	ck_assert_ptr_null(strstr(text.at, "0123456789abcdef"));
	expect_same(json_text(secret));
}
END_TEST

START_TEST(whole_and_real_numbers)
{
	static const int64_t numbers[] = {0,	      1,	 -1,
					  1234567890, INT64_MAX, INT64_MIN};
	static const double reals[] = {0,    -0.0, 0.25,  1,	1e300,
				       1e-9, 0.1,  100.5, 12345};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		begin();
		json_write_integer(&writer, "name", numbers[i]);
		expect_same(json_integer(numbers[i]));
		begin();
		json_write_number(&writer, "name", numbers[i]);
		expect_same(json_number(numbers[i]));
	}
	for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
		begin();
		json_write_real(&writer, "name", reals[i]);
		expect_same(json_real(reals[i]));
	}
}
END_TEST

START_TEST(times_and_words)
{
	static const int64_t times[] = {0, 1, 1764500000, 1764500000};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		begin();
		json_write_time(&writer, "name", times[i]);
		expect_same(json_time(times[i]));
	}
	for (int value = 0; value < 2; value++) {
		begin();
		json_write_boolean(&writer, "name", value);
		expect_same(json_boolean(value));
	}
	begin();
	json_write_null(&writer, "name");
	expect_same(json_null());
}
END_TEST

START_TEST(members_and_objects)
{
	begin();
	json_write_begin(&writer, "name");
	json_write_time(&writer, "a", 1);
	json_write_time(&writer, "b", 2);
	json_write_time(&writer, "c", 2);
	json_write_begin(&writer, "d");
	json_write_end(&writer);
	json_write_integer(&writer, "e", 3);
	json_write_end(&writer);
	expect_same(json_pack("{so,so,so,s{},si}", "a", json_time(1), "b",
			      json_time(2), "c", json_time(2), "d", "e", 3));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("JSON writer");
	TCase *tests = tcase_create("JSON writer");

	tcase_add_test(tests, strings_of_all_kinds);
	tcase_add_test(tests, secrets_are_blotted);
	tcase_add_test(tests, whole_and_real_numbers);
	tcase_add_test(tests, times_and_words);
	tcase_add_test(tests, members_and_objects);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
