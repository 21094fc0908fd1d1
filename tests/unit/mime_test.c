/* Multipart bodies: RFC 2046 section 5.1. */
#include "server/base/mime.h"
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

struct split_case {
	struct view body;
	enum err err;
	const char *parts; /**< `headers|body` of each, with line ends shown */
	const char *why;
};

#define BODY(literal)                                                          \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

/* The boundary is `b` in all of them. */
/* clang-format off */
static const struct split_case splits[] = {
	{BODY("--b\r\n\r\nx\r\n--b--\r\n"), ERR_OK, "[|x]",
	 "one part without headers"},
	{BODY("--b\r\nA: 1\r\n\r\nx\r\n--b\r\nB: 2\r\nC: 3\r\n\r\ny\r\n"
	      "--b--"), ERR_OK, "[A: 1~|x][B: 2~C: 3~|y]", "two parts"},
	{BODY("hello\r\n--b\r\n\r\nx\r\n--b--\r\nbye\r\n--b\r\n"), ERR_OK,
	 "[|x]", "what is before and after is passed over"},
	{BODY("--b \t\r\n\r\nx\r\n--b-- \r\n"), ERR_OK, "[|x]",
	 "blanks after a boundary"},
	{BODY("--b\r\n\r\n\r\n--b--"), ERR_OK, "[|]", "an empty body"},
	{BODY("--b\r\nA: 1\r\n\r\n--b--"), ERR_OK, "[A: 1~|]",
	 "headers alone"},
	{BODY("--b\r\n\r\n--b--"), ERR_OK, "[|]", "nothing at all"},
	{BODY("--b\r\n\r\nx\r\n\r\n--b--"), ERR_OK, "[|x~]",
	 "only the last line end belongs to the boundary"},
	{BODY("--b\r\n\r\nx\r\n--bb\r\n--b-x\r\n--b- -\r\n --b\r\nx--b\r\n"
	      "--b--"), ERR_OK,
	 "[|x~--bb~--b-x~--b- -~ --b~x--b]", "what only looks like a boundary"},
	{BODY("--b\r\n\r\nx\n--b\n\r--b\r\r\n--b--"), ERR_OK,
	 "[|x%--b%$--b$]", "bare line ends are data among CRLFs"},
	{BODY("--b\n\nx\n--b--\n"), ERR_OK, "[|x]", "a body with LFs"},
	{BODY("--b\nA: 1\n\nx\r\n--b--"), ERR_OK, "[A: 1%|x$]",
	 "a CR is data among LFs"},
	{BODY("--b\r\nA: 1\r\n 2\r\n\r\nx\r\n--b--"), ERR_OK, "[A: 1~ 2~|x]",
	 "a folded header"},
	{BODY("--b\r\nA : 1\r\n\r\nx\r\n--b--"), ERR_OK, "[A : 1~|x]",
	 "a blank before the colon"},
	{BODY("--b\r\n\r\n\0\xff\r\n--b--"), ERR_OK, "[|0?]", "any octet"},
	{BODY(""), ERR_SYNTAX, NULL, "nothing"},
	{BODY("x"), ERR_SYNTAX, NULL, "no boundary"},
	{BODY("--b--\r\n"), ERR_SYNTAX, NULL, "no part"},
	{BODY("--b\r\n\r\nx\r\n"), ERR_SYNTAX, NULL, "no end"},
	{BODY("--b\r\n\r\nx\r\n--b\r\n"), ERR_SYNTAX, NULL,
	 "the last is not the end"},
	{BODY("--b\r\n\r\nx--b--\r\n"), ERR_SYNTAX, NULL,
	 "the end within a line"},
	{BODY("--b\r\n--b--\r\n"), ERR_SYNTAX, NULL, "no line between"},
	{BODY("--b\r\nx\r\n--b--\r\n"), ERR_SYNTAX, NULL,
	 "a body where headers should be"},
	{BODY("--b\r\nA: 1\r\n--b--\r\n"), ERR_SYNTAX, NULL,
	 "headers without their end"},
	{BODY("--b\r\n: 1\r\n\r\nx\r\n--b--"), ERR_SYNTAX, NULL,
	 "a header without a name"},
	{BODY("--b\r\n A: 1\r\n\r\nx\r\n--b--"), ERR_SYNTAX, NULL,
	 "a fold of nothing"},
	{BODY("--b\r\nA: \0\r\n\r\nx\r\n--b--"), ERR_SYNTAX, NULL,
	 "a NUL in a header"},
	{BODY("--b\r\nA: 1\rB: 2\r\n\r\nx\r\n--b--"), ERR_SYNTAX, NULL,
	 "a bare CR in a header"},
	{BODY("--b\r\nA: 1\nB: 2\r\n\r\nx\r\n--b--"), ERR_SYNTAX, NULL,
	 "a bare LF in a header"},
	{BODY("--b\nA: 1\r\n\nx\n--b--"), ERR_SYNTAX, NULL,
	 "a CR in a header among LFs"},
	{BODY("--b\r\n\r\nx\n--b--\r\n"), ERR_SYNTAX, NULL,
	 "an LF before the end, after a CRLF"},
};
/* clang-format on */

/* Line ends and odd octets as visible marks. */
static void add_shown(struct text *text, struct view v)
{
	size_t i;

	for (i = 0; i < v.len; i++) {
		char c = v.at[i];

		if (c == '\r' && i + 1 < v.len && v.at[i + 1] == '\n') {
			c = '~';
			i++;
		} else if (c == '\r') {
			c = '$';
		} else if (c == '\n') {
			c = '%';
		} else if (!c) {
			c = '0';
		} else if (c & 0x80) {
			c = '?';
		}
		text_add_bytes(text, &c, 1);
	}
}

START_TEST(a_body_falls_into_its_parts)
{
	const struct split_case *c = &splits[_i];
	struct mime_part *parts;
	struct text shown;
	size_t n = 0, i;
	enum err err = mime_split(arena, VIEW("multipart/mixed;boundary=b"),
				  c->body, &parts, &n);

	ck_assert_msg(err == c->err, "%s: %s", c->why, err_text(err));
	if (err)
		return;
	text_init(&shown, arena);
	for (i = 0; i < n; i++) {
		text_add(&shown, "[");
		add_shown(&shown, parts[i].headers);
		text_add(&shown, "|");
		add_shown(&shown, parts[i].body);
		text_add(&shown, "]");
	}
	ck_assert_str_eq(shown.at, c->parts);
}
END_TEST

struct boundary_case {
	const char *content_type;
	const char *boundary; /**< NULL where it must be refused */
};

/* clang-format off */
static const struct boundary_case boundaries[] = {
	{"multipart/mixed; boundary=\"a b:c\"", "a b:c"},
	{"multipart/mixed;Boundary=----=_Part_1", "----=_Part_1"},
	{"multipart/mixed;boundary=\"-\"", "-"},
	{"multipart/mixed;boundary="
	 "0123456789012345678901234567890123456789012345678901234567890123456789",
	 "0123456789012345678901234567890123456789012345678901234567890123456789"},
	{"multipart/mixed;boundary="
	 "01234567890123456789012345678901234567890123456789012345678901234567890",
	 NULL},
	{"multipart/mixed", NULL},
	{"multipart/mixed;boundary=", NULL},
	{"multipart/mixed;boundary=\"\"", NULL},
	{"multipart/mixed;boundary=\"a \"", NULL},
	{"multipart/mixed;boundary=\"a\\\"\"", NULL},
	{"multipart/mixed;boundary=a*b", NULL},
	{"multipart/mixed;boundary=\"a", NULL},
};
/* clang-format on */

START_TEST(a_boundary_is_taken_from_the_content_type)
{
	const struct boundary_case *c = &boundaries[_i];
	const char *name = c->boundary ? c->boundary : "a";
	char *body =
		arena_printf(arena, "--%s\r\n\r\nx\r\n--%s--\r\n", name, name);
	struct mime_part *parts;
	size_t n;
	enum err err = mime_split(arena, view_of(c->content_type),
				  view_of(body), &parts, &n);

	ck_assert_int_eq(err, c->boundary ? ERR_OK : ERR_SYNTAX);
}
END_TEST

static enum err split_many(int n_parts, int n_headers, int header_len)
{
	struct mime_part *parts;
	struct text text;
	size_t n;
	int i, k;

	text_init(&text, arena);
	for (i = 0; i < n_parts; i++) {
		text_add(&text, "--b\r\n");
		for (k = 0; k < n_headers; k++)
			text_printf(&text, "A: %0*d\r\n", header_len - 5, 0);
		text_add(&text, "\r\nx\r\n");
	}
	text_add(&text, "--b--");
	return mime_split(arena, VIEW("multipart/mixed;boundary=b"),
			  text_view(&text), &parts, &n);
}

START_TEST(parts_and_headers_are_bounded)
{
	ck_assert_int_eq(split_many(64, 1, 10), ERR_OK);
	ck_assert_int_eq(split_many(65, 1, 10), ERR_TOO_LARGE);
	ck_assert_int_eq(split_many(1, 16, 10), ERR_OK);
	ck_assert_int_eq(split_many(1, 17, 10), ERR_TOO_LARGE);
	ck_assert_int_eq(split_many(1, 2, 4096), ERR_OK);
	ck_assert_int_eq(split_many(1, 2, 4097), ERR_TOO_LARGE);
}
END_TEST

START_TEST(a_header_is_found_by_its_name)
{
	struct view headers = VIEW("Content-Type: a/b\r\n"
				   "content-disposition : x;\r\n  y=z \r\n"
				   "Empty:\r\nContent-Type: c/d\r\n");
	struct view value;

	ck_assert(mime_header(headers, "CONTENT-TYPE", &value));
	assert_view(value, "a/b");
	ck_assert(mime_header(headers, "Content-Disposition", &value));
	assert_view(value, "x;\r\n  y=z");
	ck_assert(view_param(value, "y", &value));
	assert_view(value, "z");
	ck_assert(mime_header(headers, "Empty", &value));
	assert_view(value, "");
	ck_assert(!mime_header(headers, "y=z", &value));
	ck_assert(!mime_header(headers, "Content", &value));
	ck_assert(!mime_header(VIEW_NONE, "Content-Type", &value));
}
END_TEST

START_TEST(a_type_compares_without_case_and_parameters)
{
	ck_assert(mime_type_is(VIEW("Text/Plain"), "text/plain"));
	ck_assert(mime_type_is(VIEW("text/plain ; charset=x"), "text/plain"));
	ck_assert(!mime_type_is(VIEW("text/plainer"), "text/plain"));
	ck_assert(!mime_type_is(VIEW(""), "text/plain"));
}
END_TEST

static void assert_join_splits(const struct mime_part *parts, size_t n)
{
	struct mime_part *back;
	const char *type;
	struct view body;
	size_t n_back, i;

	mime_join(arena, parts, n, &type, &body);
	ck_assert_int_eq(mime_split(arena, view_of(type), body, &back, &n_back),
			 ERR_OK);
	ck_assert_uint_eq(n_back, n);
	for (i = 0; i < n; i++) {
		ck_assert(view_equal(back[i].headers, parts[i].headers));
		ck_assert(view_equal(back[i].body, parts[i].body));
	}
}

START_TEST(what_is_joined_splits_into_the_same)
{
	struct mime_part parts[] = {
		{VIEW("A: 1\r\nB: 2\r\n"), VIEW("x\0\r\n--b--\r\n")},
		{VIEW_NONE, VIEW("")},
		{VIEW("C: 3\r\n"), VIEW("\r\n\n\r--\r\n-- ")},
	};

	assert_join_splits(parts, 1);
	assert_join_splits(parts, 2);
	assert_join_splits(parts, 3);
}
END_TEST

START_TEST(a_boundary_occurs_in_no_part)
{
	struct mime_part part = {VIEW("A: 1\r\n"), VIEW("x")};
	const char *type, *again;
	struct view body, same;

	mime_join(arena, &part, 1, &type, &body);
	mime_join(arena, &part, 1, &again, &same);
	ck_assert_str_eq(type, again);
	ck_assert(view_equal(body, same));
	/* The written body as a part of another. */
	part.body = body;
	assert_join_splits(&part, 1);
	mime_join(arena, &part, 1, &again, &same);
	ck_assert_str_ne(type, again);
}
END_TEST

START_TEST(a_tail_is_the_end_of_many_bodies)
{
	struct mime_part parts[] = {{VIEW("A: 1\r\n"), VIEW("x")},
				    {VIEW("B: 2\r\n"), VIEW("yy\r\n")}};
	struct mime_tail *tail = mime_tail_new(&parts[1]);
	struct mime_part *back;
	struct view head;
	size_t n;

	for (int i = 0; i < 2; i++) {
		const char *body;

		ck_assert(mime_tail_head(arena, tail, &parts[0], &head));
		body = arena_printf(arena, "%.*s%.*s", (int)head.len, head.at,
				    (int)tail->bytes.len, tail->bytes.at);
		ck_assert_int_eq(mime_split(arena, view_of(tail->type),
					    view_of(body), &back, &n),
				 ERR_OK);
		ck_assert_uint_eq(n, 2);
		for (size_t j = 0; j < n; j++) {
			ck_assert(
				view_equal(back[j].headers, parts[j].headers));
			ck_assert(view_equal(back[j].body, parts[j].body));
		}
		parts[0].body = VIEW("another one\r\n");
	}
	/* What has its boundary cannot stand before it. */
	parts[0].body = view_of(tail->boundary);
	ck_assert(!mime_tail_head(arena, tail, &parts[0], &head));
	ck_assert_ptr_eq(mime_tail_hold(tail), tail);
	mime_tail_drop(tail);
	ck_assert_uint_eq(tail->n_holders, 1);
	mime_tail_drop(tail);
	mime_tail_drop(mime_tail_hold(NULL));
}
END_TEST

START_TEST(headers_with_bare_lfs_are_written_with_crlfs)
{
	struct mime_part part = {VIEW("A: 1\nB: 2"), VIEW("x\ny")};
	struct mime_part *back;
	const char *type;
	struct view body;
	size_t n;

	mime_join(arena, &part, 1, &type, &body);
	ck_assert_int_eq(mime_split(arena, view_of(type), body, &back, &n),
			 ERR_OK);
	assert_view(back[0].headers, "A: 1\r\nB: 2\r\n");
	assert_view(back[0].body, "x\ny");
}
END_TEST

#define N_ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("mime");
	TCase *cases = tcase_create("mime");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_loop_test(cases, a_body_falls_into_its_parts, 0,
			    N_ROWS(splits));
	tcase_add_loop_test(cases, a_boundary_is_taken_from_the_content_type, 0,
			    N_ROWS(boundaries));
	tcase_add_test(cases, parts_and_headers_are_bounded);
	tcase_add_test(cases, a_header_is_found_by_its_name);
	tcase_add_test(cases, a_type_compares_without_case_and_parameters);
	tcase_add_test(cases, what_is_joined_splits_into_the_same);
	tcase_add_test(cases, a_boundary_occurs_in_no_part);
	tcase_add_test(cases, a_tail_is_the_end_of_many_bodies);
	tcase_add_test(cases, headers_with_bare_lfs_are_written_with_crlfs);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
