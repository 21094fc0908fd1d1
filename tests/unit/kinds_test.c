/* Kinds of a permission: their names, and what covers what. */
#include "policies/kinds.h"

#include <check.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct kinds read(const char *text)
{
	struct kinds kinds;

	ck_assert_msg(kinds_read(text, &kinds), "%s", text);
	return kinds;
}

/* clang-format off */
static const struct text_case {
	const char *text;
	const char *said; /**< NULL: it is refused */
} texts[] = {
	{ "message", "message" },
	{ "call", "call" },
	{ "call,message", "message,call" },
	{ "call , message,call", "message,call" },
	{ "refer,recording,leave-media", "refer,recording,leave-media" },
	{ "event:dialog,event:presence", "event:presence,event:dialog" },
	{ "event:reg", "event:reg" },
	{ "method:INFO", "method:INFO" },
	{ "*", "*" },
	{ "*!message", "*!message" },
	{ "*!call!message", "*!message!call" },
	{ "*!", NULL },
	{ "*!mood", NULL },
	{ "*!event:reg", NULL },
	{ "message,call,refer,recording,leave-media,event:presence,"
	  "event:dialog",
	  "message,call,refer,recording,leave-media,event:presence,"
	  "event:dialog" },
	{ "", NULL },
	{ ",", NULL },
	{ "message,", NULL },
	{ "MESSAGE", NULL },
	{ "INVITE", NULL },
	{ "method:MESSAGE", NULL },
	{ "method:INVITE", NULL },
	{ "method:REFER", NULL },
	{ "method:", NULL },
	{ "event:", NULL },
	{ "method:IN FO", NULL },
	{ "mood:INFO", NULL },
	{ "event:reg,message", NULL },
	{ "message,event:reg", NULL },
	{ "*,message", NULL },
	{ "event:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL },
	{ "event:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	  "event:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
};
/* clang-format on */

START_TEST(names_are_read_and_written)
{
	const struct text_case *c = &texts[_i];
	char room[KINDS_TEXT_ROOM];
	struct kinds kinds;

	ck_assert_msg(kinds_read(c->text, &kinds) == (c->said != NULL), "%s",
		      c->text);
	if (c->said)
		ck_assert_str_eq(kinds_text(kinds, room), c->said);
}
END_TEST

/* clang-format off */
static const struct pair_case {
	const char *have, *wanted;
	bool cover, overlap;
	const char *without; /**< of the first; "": nothing */
} pairs[] = {
	{ "message", "message", true, true, "" },
	{ "message", "call", false, false, "message" },
	{ "message,call", "call", true, true, "message" },
	{ "call", "message,call", false, true, "" },
	{ "*", "call", true, true, NULL },
	{ "*", "method:INFO", true, true, NULL },
	{ "*", "message", true, true, "*!message" },
	{ "*!message", "message", false, false, "*!message" },
	{ "*!message", "call", true, true, "*!message!call" },
	{ "*!message", "event:reg", true, true, NULL },
	{ "event:reg", "*!message", false, true, "" },
	{ "method:INFO", "*", false, true, "" },
	{ "method:INFO", "method:INFO", true, true, "" },
	{ "method:INFO", "method:UPDATE", false, false, "method:INFO" },
	{ "method:INFO", "event:INFO", false, false, "method:INFO" },
	{ "event:reg", "event:presence", false, false, "event:reg" },
	{ "event:presence", "event:reg", false, false, "event:presence" },
};
/* clang-format on */

START_TEST(what_covers_what)
{
	const struct pair_case *c = &pairs[_i];
	struct kinds have = read(c->have), wanted = read(c->wanted);
	char room[KINDS_TEXT_ROOM];

	ck_assert_msg(kinds_cover(have, wanted) == c->cover, "%d", _i);
	ck_assert_msg(kinds_overlap(have, wanted) == c->overlap, "%d", _i);
	ck_assert_msg(kinds_overlap(wanted, have) == c->overlap, "%d", _i);
	if (c->without)
		ck_assert_str_eq(kinds_text(kinds_without(have, wanted), room),
				 c->without);
}
END_TEST

START_TEST(what_a_request_needs)
{
	char room[KIND_NAME_MAX + 1], text[KINDS_TEXT_ROOM];

#define NEEDS(method, package)                                                 \
	kinds_text(kinds_of_method(method, package, room), text)
	ck_assert_str_eq(NEEDS("MESSAGE", NULL), "message");
	ck_assert_str_eq(NEEDS("INVITE", NULL), "call");
	ck_assert_str_eq(NEEDS("REFER", NULL), "refer");
	ck_assert_str_eq(NEEDS("INFO", NULL), "method:INFO");
	ck_assert_str_eq(NEEDS("SUBSCRIBE", "presence"), "event:presence");
	ck_assert_str_eq(NEEDS("SUBSCRIBE", "reg"), "event:reg");
	/* One whose name is too long is covered by nothing but a no. */
	ck_assert(!kinds_cover(
		(struct kinds){KINDS_ALL, NULL},
		kinds_of_method("SUBSCRIBE",
				"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
				room)));
}
END_TEST

START_TEST(names_come_one_by_one)
{
	size_t at = 0;

	ck_assert_str_eq(kinds_each(read("message,recording"), &at), "message");
	ck_assert_str_eq(kinds_each(read("message,recording"), &at),
			 "recording");
	ck_assert_ptr_null(kinds_each(read("message,recording"), &at));
	at = 0;
	ck_assert_str_eq(kinds_each(read("event:reg"), &at), "event:reg");
	ck_assert_ptr_null(kinds_each(read("event:reg"), &at));
	at = 0;
	ck_assert_str_eq(
		kinds_each(read("*!message!refer!recording!leave-media!"
				"event:presence!event:dialog"),
			   &at),
		"call");
	ck_assert_str_eq(
		kinds_each(read("*!message!refer!recording!leave-media!"
				"event:presence!event:dialog"),
			   &at),
		KINDS_OTHER_NAME);
	ck_assert_ptr_null(kinds_each(read("*!message"), &at));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kinds");
	TCase *cases = tcase_create("kinds");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, names_are_read_and_written, 0, COUNT(texts));
	tcase_add_loop_test(cases, what_covers_what, 0, COUNT(pairs));
	tcase_add_test(cases, what_a_request_needs);
	tcase_add_test(cases, names_come_one_by_one);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
