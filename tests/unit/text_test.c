/* Errors, arenas, views and texts. */
#include "server/base/text.h"

#include <check.h>

static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(0);
}

static void tear_down(void)
{
	arena_free(arena);
}

static void assert_view(struct view v, const char *wanted)
{
	ck_assert_str_eq(view_copy(arena, v), wanted);
}

START_TEST(each_error_has_a_text)
{
	for (enum err err = ERR_OK; err < ERR_COUNT; err++)
		ck_assert_uint_gt(strlen(err_text(err)), 0);
	ck_assert_str_ne(err_text((enum err)999), "");
}
END_TEST

START_TEST(an_arena_gives_zeroed_aligned_pieces)
{
	size_t size;

	for (size = 0; size < 9000; size += 37) {
		unsigned char *at = arena_alloc(arena, size);
		unsigned char sum = 0;

		ck_assert_uint_eq((uintptr_t)at % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			sum |= at[i];
		ck_assert_uint_eq(sum, 0);
		if (size)
			memset(at, 0xff, size);
	}
	ck_assert_uint_gt(arena_size(arena), 9000 / 37 * 4500);
}
END_TEST

START_TEST(a_big_piece_does_not_waste_the_block)
{
	char *first = arena_alloc(arena, 16), *second;

	arena_alloc(arena, 1 << 20);
	second = arena_alloc(arena, 16);
	ck_assert(second > first && second < first + 4096);
}
END_TEST

START_TEST(a_tight_arena_takes_what_was_asked_for)
{
	struct arena *tight = arena_new_tight(1000);
	size_t size = arena_size(tight);

	ck_assert_uint_lt(size, 1200);
	memset(arena_alloc(tight, 900), 1, 900);
	ck_assert_uint_eq(arena_size(tight), size);
	memset(arena_alloc(tight, 5000), 1, 5000);
	ck_assert_uint_gt(arena_size(tight), size + 5000);
	arena_free(tight);
	/* It was not kept for the next one. */
	tight = arena_new(100);
	ck_assert_uint_lt(arena_size(tight), 300);
	arena_free(tight);
}
END_TEST

START_TEST(an_arena_copies_text)
{
	char longer[1000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_assert_mem_eq(arena_copy(arena, "a\0b", 3), "a\0b", 4);
	ck_assert_str_eq(arena_copy(arena, NULL, 0), "");
	ck_assert_ptr_null(arena_strdup(arena, NULL));
	ck_assert_str_eq(arena_strdup(arena, "a"), "a");
	ck_assert_str_eq(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
	ck_assert_str_eq(arena_printf(arena, "%s", longer), longer);
}
END_TEST

START_TEST(an_absurd_size_ends_the_process)
{
	volatile size_t n = SIZE_MAX / 2; /* so that no compiler foresees it */

	arena_array(arena, n, 4);
}
END_TEST

START_TEST(views_compare_by_their_bytes)
{
	ck_assert(view_equal(VIEW("a\0b"), (struct view){"a\0b", 3}));
	ck_assert(!view_equal(VIEW("a\0b"), VIEW("a\0c")));
	ck_assert(view_equal(VIEW_NONE, VIEW("")));
	ck_assert(view_equal(view_of(NULL), VIEW_NONE));
	ck_assert(view_equal_nocase(VIEW("aZ1"), VIEW("Az1")));
	ck_assert(!view_equal_nocase(VIEW("[a"), VIEW("{a")));
	ck_assert(!view_equal_nocase(VIEW("\xc3\xa9"), VIEW("\xc3\x89")));
	ck_assert(view_starts_nocase(VIEW("Digest x"), VIEW("digest")));
	ck_assert(!view_starts_nocase(VIEW("Dig"), VIEW("digest")));
	ck_assert(view_starts_nocase(VIEW_NONE, VIEW_NONE));
}
END_TEST

START_TEST(views_are_searched_and_cut)
{
	struct view v = VIEW("a,b,c");

	ck_assert_uint_eq(view_find(v, ',', 0), 1);
	ck_assert_uint_eq(view_find(v, ',', 2), 3);
	ck_assert_uint_eq(view_find(v, ',', 4), SIZE_MAX);
	ck_assert_uint_eq(view_find(v, ',', 99), SIZE_MAX);
	ck_assert_uint_eq(view_find(VIEW_NONE, ',', 0), SIZE_MAX);
	ck_assert_uint_eq(view_find_view(v, VIEW("b,"), 0), 2);
	ck_assert_uint_eq(view_find_view(v, VIEW("b,"), 3), SIZE_MAX);
	ck_assert_uint_eq(view_find_view(v, VIEW("a,b,c,"), 0), SIZE_MAX);
	ck_assert_uint_eq(view_find_view(v, VIEW(""), 5), 5);
	ck_assert_uint_eq(view_find_view(v, VIEW(""), 6), SIZE_MAX);
	assert_view(view_from(v, 2), "b,c");
	assert_view(view_from(v, 5), "");
	assert_view(view_from(v, SIZE_MAX), "");
	assert_view(view_head(v, 1), "a");
	assert_view(view_head(v, SIZE_MAX), "a,b,c");
	assert_view(view_trim(VIEW(" \t\r\n x y\r\n")), "x y");
	assert_view(view_trim(VIEW(" \t ")), "");
}
END_TEST

START_TEST(a_number_is_digits_alone)
{
	uint64_t value = 7;

	ck_assert_int_eq(view_to_u64(VIEW("0"), 9, &value), ERR_OK);
	ck_assert_uint_eq(value, 0);
	ck_assert_int_eq(
		view_to_u64(VIEW("18446744073709551615"), UINT64_MAX, &value),
		ERR_OK);
	ck_assert_uint_eq(value, UINT64_MAX);
	ck_assert_int_eq(view_to_u64(VIEW("000099"), 99, &value), ERR_OK);
	ck_assert_uint_eq(value, 99);
	ck_assert_int_eq(view_to_u64(VIEW("100"), 99, &value), ERR_TOO_LARGE);
	ck_assert_int_eq(
		view_to_u64(VIEW("18446744073709551616"), UINT64_MAX, &value),
		ERR_TOO_LARGE);
	ck_assert_int_eq(view_to_u64(VIEW(""), 9, &value), ERR_SYNTAX);
	ck_assert_int_eq(view_to_u64(VIEW("-1"), 9, &value), ERR_SYNTAX);
	ck_assert_int_eq(view_to_u64(VIEW("+1"), 9, &value), ERR_SYNTAX);
	ck_assert_int_eq(view_to_u64(VIEW("1 "), 9, &value), ERR_SYNTAX);
	ck_assert_int_eq(view_to_u64(VIEW("0x1"), 9, &value), ERR_SYNTAX);
	ck_assert_uint_eq(value, 99);
}
END_TEST

struct utf8_case {
	struct view text;
	bool good;
	const char *why;
};

/* clang-format off */
static const struct utf8_case utf8s[] = {
	{{"", 0}, true, "nothing"},
	{{"a\0b", 3}, true, "NUL is a character"},
	{{"\xc2\x80", 2}, true, "the first of two bytes"},
	{{"\xdf\xbf", 2}, true, "the last of two"},
	{{"\xe0\xa0\x80", 3}, true, "the first of three"},
	{{"\xed\x9f\xbf", 3}, true, "the last before the surrogates"},
	{{"\xee\x80\x80", 3}, true, "the first after them"},
	{{"\xef\xbf\xbf", 3}, true, "the last of three"},
	{{"\xf0\x90\x80\x80", 4}, true, "the first of four"},
	{{"\xf4\x8f\xbf\xbf", 4}, true, "the last of all"},
	{{"\x80", 1}, false, "a tail alone"},
	{{"\xc0\x80", 2}, false, "an overlong NUL"},
	{{"\xc1\xbf", 2}, false, "overlong in two"},
	{{"\xe0\x9f\xbf", 3}, false, "overlong in three"},
	{{"\xf0\x8f\xbf\xbf", 4}, false, "overlong in four"},
	{{"\xed\xa0\x80", 3}, false, "a surrogate"},
	{{"\xed\xbf\xbf", 3}, false, "the last surrogate"},
	{{"\xf4\x90\x80\x80", 4}, false, "beyond U+10FFFF"},
	{{"\xf5\x80\x80\x80", 4}, false, "far beyond"},
	{{"\xc3", 1}, false, "cut after the head"},
	{{"\xe2\x82", 2}, false, "cut before the last"},
	{{"\xe2\x82x", 3}, false, "no tail"},
	{{"\xff\xfe", 2}, false, "the mark of UTF-16"},
};
/* clang-format on */

START_TEST(utf8_is_well_formed_or_not)
{
	const struct utf8_case *c = &utf8s[_i];

	ck_assert_msg(view_is_utf8(c->text) == c->good, "%s", c->why);
	ck_assert(view_is_text(c->text) ==
		  (c->good && !view_has_control(c->text)));
}
END_TEST

START_TEST(control_bytes_are_seen)
{
	ck_assert(!view_has_control(VIEW("a\tb \xc3\xa9")));
	ck_assert(view_has_control(VIEW("a\nb")));
	ck_assert(view_has_control(VIEW("a\0b")));
	ck_assert(view_has_control(VIEW("a\x7f")));
	ck_assert(!view_is_text(VIEW("a\x7f")));
	ck_assert(!view_is_text(VIEW("eight or more\xc3\xa9\n")));
	ck_assert(view_is_text(VIEW("eight or more\t\xc3\xa9")));
	ck_assert(view_is_text(VIEW_NONE));
}
END_TEST

/* Eight bytes are looked at together: one byte among them is seen all the same,
 * whatever stands before it. */
START_TEST(one_byte_is_seen_at_any_place)
{
	static const char others[] = "\t ~\x1f\x80\xff";
	char bytes[20];

	for (size_t i = 0; i < sizeof(others) - 1; i++) {
		for (size_t at = 0; at < sizeof(bytes); at++) {
			struct view v = {bytes, sizeof(bytes)};
			uint8_t byte = (uint8_t)others[i];

			memset(bytes, 'a', sizeof(bytes));
			bytes[at] = (char)byte;
			ck_assert(view_is_utf8(v) == (byte < 0x80));
			ck_assert(view_has_control(v) == (byte == 0x1f));
			ck_assert(view_is_text(v) ==
				  (byte < 0x80 && byte != 0x1f));
			memset(bytes, others[i], at);
			bytes[at] = 0x7f;
			ck_assert(view_has_control(v));
			ck_assert(!view_is_text(v));
		}
	}
}
END_TEST

struct param_case {
	const char *header, *name;
	const char *value; /**< NULL where it is not there */
};

/* clang-format off */
static const struct param_case params[] = {
	{"a/b;x=1", "x", "1"},
	{"a/b ; X = 1 ; y", "x", "1"},
	{"a/b;x=1;y", "Y", ""},
	{"a/b;x=", "x", ""},
	{"a/b;x=\"1;y=2\";z=3", "x", "1;y=2"},
	{"a/b;x=\"1;y=2\";z=3", "y", NULL},
	{"a/b;x=\"1;y=2\";z=3", "z", "3"},
	{"a/b;x=\"a\\\"b\"", "x", "a\\\"b"},
	{"a/b;x=\"open", "x", NULL},
	{"a/b;x=\"open\\\"", "x", NULL},
	{"<sip:a@b;x=1>;y=2", "x", NULL},
	{"<sip:a@b;x=1>;y=2", "y", "2"},
	{"\"a;x=1\" <sip:a@b>;y=2", "x", NULL},
	{"a/b;x=1;x=2", "x", "1"},
	{"a/b;xx=1", "x", NULL},
	{"a/b;boundary=----=_Part", "boundary", "----=_Part"},
	{"a;x=1 comment", "x", "1"},
	{"a, b;x=1", "x", NULL},
	{"a;y=1,b;x=1", "x", NULL},
	{"", "x", NULL},
	{";", "x", NULL},
	{"x=1", "x", NULL},
	{"<sip:a", "x", NULL},
};
/* clang-format on */

START_TEST(a_parameter_is_found_or_not)
{
	const struct param_case *c = &params[_i];
	struct view value = VIEW("before");

	if (view_param(view_of(c->header), c->name, &value)) {
		ck_assert_msg(c->value, "%s", c->header);
		assert_view(value, c->value);
	} else {
		ck_assert_msg(!c->value, "%s", c->header);
	}
}
END_TEST

START_TEST(items_are_stepped_through)
{
	struct view rest = VIEW(" a, \"b,c\" <d,e>;f=\"g,\\\",h\" ,, i,");
	struct view item;

	ck_assert(view_next_item(&rest, &item));
	assert_view(item, "a");
	ck_assert(view_next_item(&rest, &item));
	assert_view(item, "\"b,c\" <d,e>;f=\"g,\\\",h\"");
	ck_assert(view_next_item(&rest, &item));
	assert_view(item, "i");
	ck_assert(!view_next_item(&rest, &item));
	rest = VIEW(" , ,");
	ck_assert(!view_next_item(&rest, &item));
	rest = VIEW("a <b, c");
	ck_assert(view_next_item(&rest, &item));
	assert_view(item, "a <b, c");
	ck_assert(!view_next_item(&rest, &item));
	rest = VIEW("a \"b, c");
	ck_assert(view_next_item(&rest, &item));
	assert_view(item, "a \"b, c");
}
END_TEST

static void write_much(struct text *text)
{
	int i;

	for (i = 0; i < 1000; i++) {
		text_add(text, "ab");
		text_add_view(text, VIEW("c\0"));
		text_printf(text, "%d,", i % 10);
	}
	ck_assert_uint_eq(text->len, 6000);
	ck_assert_mem_eq(text->at, "abc\0000,abc\0001,", 12);
	ck_assert_int_eq(text->at[text->len], '\0');
}

START_TEST(a_text_grows_on_the_heap_and_in_an_arena)
{
	struct text text;

	text_init(&text, NULL);
	ck_assert_uint_eq(text_view(&text).len, 0);
	write_much(&text);
	text_clear(&text);
	ck_assert_uint_eq(text.len, 0);
	ck_assert_str_eq(text.at, "");
	write_much(&text);
	text_release(&text);
	ck_assert_ptr_null(text.at);
	text_init(&text, arena);
	write_much(&text);
	text_release(&text);
	text_add(&text, "x");
	ck_assert_str_eq(text.at, "x");
}
END_TEST

START_TEST(a_printed_text_of_any_length_fits)
{
	struct text text;
	int len;

	for (len = 0; len < 300; len++) {
		text_init(&text, arena);
		text_add(&text, "x");
		text_printf(&text, "%*d", len, 7);
		ck_assert_uint_eq(text.len, 1 + (len ? len : 1));
		ck_assert_uint_eq(strlen(text.at), text.len);
	}
}
END_TEST

START_TEST(a_number_is_written_in_decimal)
{
	static const uint64_t numbers[] = {0,	 7,	     10,
					   4096, UINT32_MAX, UINT64_MAX};
	struct text text;
	char expected[32];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		text_init(&text, NULL);
		text_add_number(&text, numbers[i]);
		snprintf(expected, sizeof(expected), "%llu",
			 (unsigned long long)numbers[i]);
		ck_assert_str_eq(text.at, expected);
		text_release(&text);
	}
}
END_TEST

START_TEST(hex_is_lower_case_and_exact)
{
	uint8_t bytes[3] = {0};
	char hex[7];

	hex_encode((const uint8_t *)"\x00\xab\xff", 3, hex);
	ck_assert_str_eq(hex, "00abff");
	ck_assert_str_eq(hex_copy(arena, (const uint8_t *)"\x00\xab\xff", 3),
			 "00abff");
	ck_assert_str_eq(hex_copy(arena, bytes, 0), "");
	ck_assert_int_eq(hex_decode(VIEW("00abff"), bytes, 3), ERR_OK);
	ck_assert_mem_eq(bytes, "\x00\xab\xff", 3);
	ck_assert_int_eq(hex_decode(VIEW("00ABff"), bytes, 3), ERR_SYNTAX);
	ck_assert_int_eq(hex_decode(VIEW("00abf"), bytes, 3), ERR_SYNTAX);
	ck_assert_int_eq(hex_decode(VIEW("00abff0"), bytes, 3), ERR_SYNTAX);
	ck_assert_int_eq(hex_decode(VIEW("00abff00"), bytes, 3), ERR_SYNTAX);
	ck_assert_int_eq(hex_decode(VIEW("00abfg"), bytes, 3), ERR_SYNTAX);
}
END_TEST

START_TEST(a_shared_text_is_borrowed_again_empty)
{
	struct shared_text shared;

	shared_text_init(&shared);
	text_add(text_borrow(&shared), "first");
	ck_assert_str_eq(shared.text.at, "first");
	text_return(&shared);
	ck_assert_uint_eq(text_borrow(&shared)->len, 0);
	text_return(&shared);
	shared_text_release(&shared);
}
END_TEST

START_TEST(a_shared_text_has_one_user)
{
	struct shared_text shared;

	shared_text_init(&shared);
	text_borrow(&shared);
	text_borrow(&shared);
}
END_TEST

#define N_ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *cases = tcase_create("text");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, each_error_has_a_text);
	tcase_add_test(cases, an_arena_gives_zeroed_aligned_pieces);
	tcase_add_test(cases, a_big_piece_does_not_waste_the_block);
	tcase_add_test(cases, a_tight_arena_takes_what_was_asked_for);
	tcase_add_test(cases, an_arena_copies_text);
	tcase_add_exit_test(cases, an_absurd_size_ends_the_process, 1);
	tcase_add_test(cases, views_compare_by_their_bytes);
	tcase_add_test(cases, views_are_searched_and_cut);
	tcase_add_test(cases, a_number_is_digits_alone);
	tcase_add_loop_test(cases, utf8_is_well_formed_or_not, 0,
			    N_ROWS(utf8s));
	tcase_add_test(cases, control_bytes_are_seen);
	tcase_add_test(cases, one_byte_is_seen_at_any_place);
	tcase_add_loop_test(cases, a_parameter_is_found_or_not, 0,
			    N_ROWS(params));
	tcase_add_test(cases, items_are_stepped_through);
	tcase_add_test(cases, a_text_grows_on_the_heap_and_in_an_arena);
	tcase_add_test(cases, a_printed_text_of_any_length_fits);
	tcase_add_test(cases, a_shared_text_is_borrowed_again_empty);
	tcase_add_exit_test(cases, a_shared_text_has_one_user, 1);
	tcase_add_test(cases, a_number_is_written_in_decimal);
	tcase_add_test(cases, hex_is_lower_case_and_exact);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
