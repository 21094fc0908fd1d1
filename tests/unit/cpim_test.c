/* What is taken out of a CPIM message, and what is not. */
#include <check.h>
#include <stdlib.h>

#include "server/message/cpim.h"

#define CPIM "Content-Type: message/cpim\r\n"
#define HEAD "From: <sip:a@b>\r\nDateTime: 2026-11-30T00:00:00Z\r\n\r\n"
#define SIZE(list) (sizeof(list) / sizeof((list)[0]))

struct cpim_case {
	const char *about, *lines, *body;
	const char *type, *text; /* NULL: it is left as it is */
};

/* clang-format off */
static const struct cpim_case cases[] = {
	{ "a text", CPIM, HEAD "Content-Type: text/plain; charset=utf-8\r\n\r\nhi\r\n\r\nyou\r\n",
	  "Content-Type: text/plain; charset=utf-8\r\n", "hi\r\n\r\nyou\r\n" },
	{ "lines end with LF", CPIM, "To: <sip:a@b>\n\ncontent-type: text/html\n\n<p>",
	  "Content-Type: text/html\r\n", "<p>" },
	{ "no CPIM header at all", CPIM, "\r\nContent-Type: text/plain\r\n\r\nhi",
	  "Content-Type: text/plain\r\n", "hi" },
	{ "an empty text", CPIM, HEAD "Content-Type: text/plain\r\n\r\n",
	  "Content-Type: text/plain\r\n", "" },
	{ "a harmless encoding", CPIM "Content-Transfer-Encoding: binary\r\n",
	  HEAD "Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\nhi",
	  "Content-Type: text/plain\r\n", "hi" },
	{ "something signed", CPIM, HEAD "Content-Type: multipart/signed\r\n\r\nx", NULL, NULL },
	{ "something encrypted", CPIM, HEAD "Content-Type: application/pkcs7-mime\r\n\r\nx", NULL, NULL },
	{ "a receipt", CPIM, HEAD "Content-Type: message/imdn+xml\r\n\r\nx", NULL, NULL },
	{ "no type inside", CPIM, HEAD "Content-ID: <a@b>\r\n\r\nx", NULL, NULL },
	{ "base64 inside", CPIM,
	  HEAD "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=", NULL, NULL },
	{ "deflated", CPIM "Content-Encoding: deflate\r\n", HEAD "Content-Type: text/plain\r\n\r\nhi",
	  NULL, NULL },
	{ "CPIM is required", CPIM, "Require: imdn\r\n\r\nContent-Type: text/plain\r\n\r\nhi", NULL, NULL },
	{ "a folded type", CPIM, HEAD "Content-Type: text/plain;\r\n charset=utf-8\r\n\r\nhi", NULL, NULL },
	{ "no end of the head", CPIM, "From: <sip:a@b>\r\n", NULL, NULL },
	{ "nothing", CPIM, "", NULL, NULL },
	{ "no CPIM", "Content-Type: text/plain\r\n", HEAD "Content-Type: text/plain\r\n\r\nhi", NULL, NULL },
};

static const struct cpim_case notices[] = {
	{ "alone", "Content-Type: application/im-iscomposing+xml;charset=utf-8\r\n", "<x/>", "", NULL },
	{ "inside", CPIM, HEAD "Content-Type: application/im-iscomposing+xml\r\n\r\n<x/>", "", NULL },
	{ "a text", "Content-Type: text/plain\r\n", "application/im-iscomposing+xml", NULL, NULL },
	{ "a text inside", CPIM, HEAD "Content-Type: text/plain\r\n\r\nhi", NULL, NULL },
	{ "nothing", "", "", NULL, NULL },
};
/* clang-format on */

static struct content content_of(const struct cpim_case *it)
{
	return (struct content){view_of(it->lines), view_of(it->body)};
}

START_TEST(text_is_taken_out)
{
	const struct cpim_case *it = &cases[_i];
	struct content whole = content_of(it), text;
	struct arena *arena = arena_new(0);
	bool is_text = cpim_text(arena, &whole, &text);

	ck_assert_msg(is_text == (it->text != NULL), "%s", it->about);
	if (is_text) {
		ck_assert_msg(view_equal(text.lines, view_of(it->type)), "%s",
			      it->about);
		ck_assert_msg(view_equal(text.body, view_of(it->text)), "%s",
			      it->about);
		ck_assert_ptr_nonnull(text.body.at);
	}
	arena_free(arena);
}
END_TEST

START_TEST(typing_is_known)
{
	struct content content = content_of(&notices[_i]);

	ck_assert_msg(content_is_composing(&content) ==
			      (notices[_i].type != NULL),
		      "%s", notices[_i].about);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cpim");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(all, text_is_taken_out, 0, SIZE(cases));
	tcase_add_loop_test(all, typing_is_known, 0, SIZE(notices));
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
