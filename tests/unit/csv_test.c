/* Comma separated values, well and badly written. */
#include "server/base/csv.h"

#include <check.h>

#include "server/base/text.h"

#define N_ROWS(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(0);
}

static void tear_down(void)
{
	arena_free(arena);
}

/** All records, as "1[a|b] 2!" with "!" for one that cannot be read. */
static const char *read_all(struct view given)
{
	struct csv_record record;
	struct text text;
	struct csv csv;
	enum err err;

	csv_init(&csv, given);
	text_init(&text, arena);
	while ((err = csv_next(&csv, arena, &record)) != ERR_UNKNOWN) {
		text_printf(&text, "%s%zu", text.len ? " " : "", record.line);
		if (err) {
			text_add(&text, err == ERR_TOO_LARGE ? "+" : "!");
			continue;
		}
		for (size_t i = 0; i < record.n; i++) {
			text_add(&text, i ? "|" : "[");
			text_add_view(&text, record.fields[i]);
		}
		text_add(&text, "]");
	}
	return text.len ? text.at : "";
}

static const struct {
	const char *text, *records;
} rows[] = {
	{"", ""},
	{"\r\n\n", ""},
	{"a,b\r\nc,d\r\n", "1[a|b] 2[c|d]"},
	{"a,b\nc,d", "1[a|b] 2[c|d]"},
	{"\xef\xbb\xbf"
	 "a,b\n",
	 "1[a|b]"},
	{"a\n\n\r\nb\n", "1[a] 4[b]"},
	{"a,,\n,\n", "1[a||] 2[|]"},
	{"\"a\",\"\",\"b\"\n", "1[a||b]"},
	{"\"a \"\"b\"\", c\"\n", "1[a \"b\", c]"},
	{"\"a\r\nb\",c\nd\n", "1[a\r\nb|c] 3[d]"},
	{"\"\"\"\"", "1[\"]"},
	{" a , b \n", "1[ a | b ]"},
	{"a\rb\n", "1[a\rb]"},
	/* Badly written: the next line is read again. */
	{"a\"b\nc\n", "1! 2[c]"},
	{"\"a\"b\nc\n", "1! 2[c]"},
	{"\"a\" ,b\nc\n", "1! 2[c]"},
	{"\"a\nb\nc", "1! 2[b] 3[c]"},
	{"\"", "1!"},
	{"a,\"", "1!"},
	{"1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6\n",
	 "1[1|2|3|4|5|6|7|8|9|0|1|2|3|4|5|6]"},
	{"1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7\nb\n", "1+ 2[b]"},
};

START_TEST(records_are_read)
{
	ck_assert_str_eq(read_all(view_of(rows[_i].text)), rows[_i].records);
}
END_TEST

START_TEST(a_field_has_a_bound)
{
	struct text text;

	for (size_t more = 0; more < 2; more++) {
		text_init(&text, arena);
		for (size_t i = 0; i < CSV_FIELD + more; i++)
			text_add(&text, "x");
		text_add(&text, "\n");
		ck_assert_uint_eq(
			strchr(read_all(text_view(&text)), '+') != NULL, more);
		text_init(&text, arena);
		text_add(&text, "\"");
		for (size_t i = 0; i < CSV_FIELD + more; i++)
			text_add(&text, "x");
		text_add(&text, "\"\n");
		ck_assert_uint_eq(
			strchr(read_all(text_view(&text)), '+') != NULL, more);
	}
}
END_TEST

START_TEST(a_nul_is_a_byte_as_any)
{
	struct csv_record record;
	struct csv csv;

	csv_init(&csv, (struct view){"a\0b,c", 5});
	ck_assert_int_eq(csv_next(&csv, arena, &record), ERR_OK);
	ck_assert_uint_eq(record.n, 2);
	ck_assert_uint_eq(record.fields[0].len, 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("csv");
	TCase *cases = tcase_create("csv");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_loop_test(cases, records_are_read, 0, N_ROWS(rows));
	tcase_add_test(cases, a_field_has_a_bound);
	tcase_add_test(cases, a_nul_is_a_byte_as_any);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
