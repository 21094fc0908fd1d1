/* XML from strangers, and ours. */
#include "server/base/xml.h"

#include <check.h>

/** Everything the reader says, as text: `(name a=v)chars(/name)`. */
struct trace {
	struct text text;
	const char *stop_at; /**< element whose start returns ERR_CONFLICT */
};

static struct arena *arena;
static struct trace trace;

static void set_up(void)
{
	arena = arena_new(0);
	text_init(&trace.text, arena);
	text_add(&trace.text, "");
	trace.stop_at = NULL;
}

static void tear_down(void)
{
	arena_free(arena);
}

static enum err on_start(void *arg, const char *name, const char **attributes)
{
	struct trace *t = arg;

	if (t->stop_at && !strcmp(t->stop_at, name))
		return ERR_CONFLICT;
	text_printf(&t->text, "(%s", name);
	for (; *attributes; attributes += 2)
		text_printf(&t->text, " %s=%s", attributes[0], attributes[1]);
	text_add(&t->text, ")");
	return ERR_OK;
}

static enum err on_end(void *arg, const char *name)
{
	struct trace *t = arg;

	text_printf(&t->text, "(/%s)", name);
	return ERR_OK;
}

static enum err on_chars(void *arg, struct view text)
{
	struct trace *t = arg;

	text_add_view(&t->text, text);
	return ERR_OK;
}

static const struct xml_limits limits = {
	.bytes = 256 * 1024, .elements = 1000, .depth = 32};
static const struct xml_handler handler = {on_start, on_end, on_chars, &trace};

static enum err read_all(struct view document)
{
	return xml_read(document, &limits, &handler);
}

struct xml_case {
	struct view document;
	enum err err;
	const char *trace; /**< NULL: not looked at */
	const char *why;
};

#define N_ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define DOC(literal)                                                           \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

/* clang-format off */
static const struct xml_case documents[] = {
	{DOC("<a/>"), ERR_OK, "(a)(/a)", "the least"},
	{DOC("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a b='c'>d</a>\n"),
	 ERR_OK, "(a b=c)d(/a)", "with a declaration"},
	{DOC("\xef\xbb\xbf<a>\xc3\xa9</a>"), ERR_OK, "(a)\xc3\xa9(/a)",
	 "the mark of UTF-8"},
	{DOC("<a xmlns='urn:x' xmlns:y='urn:z' y:b='c' d='e'><y:f/></a>"),
	 ERR_OK, "(urn:x|a urn:z|b=c d=e)(urn:z|f)(/urn:z|f)(/urn:x|a)",
	 "names in their namespaces"},
	{DOC("<a>&lt;&gt;&amp;&quot;&apos;&#233;&#xe9;</a>"), ERR_OK,
	 "(a)<>&\"'\xc3\xa9\xc3\xa9(/a)", "the five and numbers"},
	{DOC("<a><![CDATA[<b>]]></a>"), ERR_OK, "(a)<b>(/a)", "a CDATA section"},
	{DOC("<!-- x --><?do it?><a><?do it?><!-- y --></a>"), ERR_OK,
	 "(a)(/a)", "comments and instructions are passed over"},
	{DOC(""), ERR_SYNTAX, NULL, "nothing"},
	{DOC("x"), ERR_SYNTAX, NULL, "no XML"},
	{DOC("<a>"), ERR_SYNTAX, NULL, "open"},
	{DOC("<a></b>"), ERR_SYNTAX, NULL, "crossed"},
	{DOC("<a/><b/>"), ERR_SYNTAX, NULL, "two roots"},
	{DOC("<a b='1' b='2'/>"), ERR_SYNTAX, NULL, "an attribute twice"},
	{DOC("<a>&nbsp;</a>"), ERR_SYNTAX, NULL, "an unknown entity"},
	{DOC("<a>&#0;</a>"), ERR_SYNTAX, NULL, "a NUL by number"},
	{DOC("<a>\x01</a>"), ERR_SYNTAX, NULL, "a control byte"},
	{DOC("<y:a/>"), ERR_SYNTAX, NULL, "an unknown prefix"},
	{DOC("<a xmlns='urn:x|b'/>"), ERR_SYNTAX, NULL,
	 "a namespace with our bar in it"},
	{DOC("<a>\xe9</a>"), ERR_CHARSET, NULL, "not UTF-8"},
	{DOC("<a>\0</a>"), ERR_CHARSET, NULL, "a NUL"},
	{DOC("\xff\xfe<\0a\0/\0>\0"), ERR_CHARSET, NULL, "UTF-16 with its mark"},
	{DOC("\0<\0a\0/\0>"), ERR_CHARSET, NULL, "UTF-16 without"},
	{DOC("<\0\0\0a\0\0\0/\0\0\0>\0\0\0"), ERR_CHARSET, NULL, "UTF-32"},
	{DOC("<?xml version='1.0' encoding='ISO-8859-1'?><a/>"), ERR_CHARSET,
	 NULL, "another encoding declared"},
	{DOC("<?xml version='1.0' encoding='UTF-16'?><a/>"), ERR_CHARSET, NULL,
	 "a false one declared"},
	{DOC("<!DOCTYPE a><a/>"), ERR_HOSTILE, "", "a document type"},
	{DOC("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), ERR_HOSTILE, "",
	 "an external one"},
	{DOC("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
	     "<a>&b;</a>"), ERR_HOSTILE, "", "an external entity"},
	{DOC("<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>"),
	 ERR_HOSTILE, "", "entities of entities"},
};
/* clang-format on */

START_TEST(a_document_is_read_or_refused)
{
	const struct xml_case *c = &documents[_i];
	enum err err = read_all(c->document);

	ck_assert_msg(err == c->err, "%s: %s", c->why, err_text(err));
	if (c->trace)
		ck_assert_str_eq(trace.text.at, c->trace);
}
END_TEST

static struct view nested(int depth)
{
	struct text text;
	int i;

	text_init(&text, arena);
	for (i = 0; i < depth; i++)
		text_add(&text, "<a>");
	for (i = 0; i < depth; i++)
		text_add(&text, "</a>");
	return text_view(&text);
}

/* The reader may use again what another document was read with: its prefixes,
 * its declarations and its faults are gone. */
START_TEST(a_document_is_read_alike_after_any_other)
{
	static const struct view good =
		DOC("<x:a xmlns:x='urn:x'><x:b c='d'/></x:a>");
	static const struct view foreign = DOC("<x:a/>");

	for (size_t i = 0; i < N_ROWS(documents); i++) {
		ck_assert_int_eq(read_all(good), ERR_OK);
		ck_assert_int_eq(read_all(foreign), ERR_SYNTAX);
		ck_assert_int_eq(read_all(good), ERR_OK);
		text_clear(&trace.text);
		ck_assert_int_eq(read_all(documents[i].document),
				 documents[i].err);
		if (documents[i].trace)
			ck_assert_str_eq(trace.text.at, documents[i].trace);
	}
}
END_TEST

START_TEST(depth_is_bounded)
{
	ck_assert_int_eq(read_all(nested(32)), ERR_OK);
	ck_assert_int_eq(read_all(nested(33)), ERR_TOO_LARGE);
	ck_assert_int_eq(read_all(nested(30000)), ERR_TOO_LARGE);
}
END_TEST

static struct view siblings(int n)
{
	struct text text;
	int i;

	text_init(&text, arena);
	text_add(&text, "<r>");
	for (i = 0; i < n; i++)
		text_add(&text, "<a/>");
	text_add(&text, "</r>");
	return text_view(&text);
}

START_TEST(elements_are_counted)
{
	ck_assert_int_eq(read_all(siblings(999)), ERR_OK);
	ck_assert_int_eq(read_all(siblings(1000)), ERR_TOO_LARGE);
}
END_TEST

START_TEST(bytes_are_counted)
{
	struct xml_limits few = {.bytes = 9, .elements = 9, .depth = 9};

	ck_assert_int_eq(xml_read(VIEW("<a>xx</a>"), &few, &handler), ERR_OK);
	ck_assert_int_eq(xml_read(VIEW("<a>xxx</a>"), &few, &handler),
			 ERR_TOO_LARGE);
}
END_TEST

/* A namespace is written into each name: were it long, a small document would
 * become a very long text. */
START_TEST(namespaces_and_attributes_are_bounded)
{
	struct text text;

	text_init(&text, arena);
	text_printf(&text, "<a xmlns='%0*d'/>", 256, 0);
	ck_assert_int_eq(read_all(text_view(&text)), ERR_OK);
	text_clear(&text);
	text_printf(&text, "<a xmlns='%0*d'><b/></a>", 257, 0);
	ck_assert_int_eq(read_all(text_view(&text)), ERR_TOO_LARGE);
	text_clear(&text);
	text_printf(&text, "<a b='%0*d'/>", 16383, 0);
	ck_assert_int_eq(read_all(text_view(&text)), ERR_OK);
	text_clear(&text);
	text_printf(&text, "<a b='%0*d'/>", 16384, 0);
	ck_assert_int_eq(read_all(text_view(&text)), ERR_TOO_LARGE);
}
END_TEST

START_TEST(a_handler_can_stop_the_reader)
{
	trace.stop_at = "b";
	ck_assert_int_eq(read_all(VIEW("<a>x<b/>y<c/></a>")), ERR_CONFLICT);
	ck_assert_str_eq(trace.text.at, "(a)x");
	/* What is wrong behind that place is not seen any more. */
	ck_assert_int_eq(read_all(VIEW("<a><b/><!DOCTYPE")), ERR_CONFLICT);
}
END_TEST

START_TEST(characters_may_be_left_out)
{
	struct xml_handler quiet = {on_start, on_end, NULL, &trace};

	ck_assert_int_eq(xml_read(VIEW("<a>x</a>"), &limits, &quiet), ERR_OK);
	ck_assert_str_eq(trace.text.at, "(a)(/a)");
}
END_TEST

#define REPLACED "\xef\xbf\xbd"

START_TEST(what_xml_cannot_carry_is_replaced)
{
	struct text text;

	text_init(&text, arena);
	xml_add_escaped(&text, VIEW("a\0\x01\x1f\x7f\xe9\xc3"
				    "\xef\xbf\xbe\xef\xbf\xbf\xed\xa0\x80."));
	ck_assert_str_eq(text.at, "a" REPLACED REPLACED REPLACED
				  "\x7f" REPLACED REPLACED REPLACED REPLACED
					  REPLACED REPLACED REPLACED ".");
}
END_TEST

/* Written as text and as an attribute of either quote, it is read back whole.
 */
START_TEST(what_is_escaped_is_read_back)
{
	struct view value = VIEW("<b>&amp;\"quoted\" 'too' ]]> \t\r\n\xc3\xa9");
	struct text document, wanted;

	text_init(&document, arena);
	text_add(&document, "<a b=\"");
	xml_add_escaped(&document, value);
	text_add(&document, "\" c='");
	xml_add_escaped(&document, value);
	text_add(&document, "'>");
	xml_add_escaped(&document, value);
	text_add(&document, "</a>");
	text_init(&wanted, arena);
	text_printf(&wanted, "(a b=%.*s c=%.*s)%.*s(/a)", (int)value.len,
		    value.at, (int)value.len, value.at, (int)value.len,
		    value.at);
	ck_assert_int_eq(read_all(text_view(&document)), ERR_OK);
	ck_assert_str_eq(trace.text.at, wanted.at);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xml");
	TCase *cases = tcase_create("xml");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_loop_test(cases, a_document_is_read_or_refused, 0,
			    N_ROWS(documents));
	tcase_add_test(cases, a_document_is_read_alike_after_any_other);
	tcase_add_test(cases, depth_is_bounded);
	tcase_add_test(cases, elements_are_counted);
	tcase_add_test(cases, bytes_are_counted);
	tcase_add_test(cases, namespaces_and_attributes_are_bounded);
	tcase_add_test(cases, a_handler_can_stop_the_reader);
	tcase_add_test(cases, characters_may_be_left_out);
	tcase_add_test(cases, what_xml_cannot_carry_is_replaced);
	tcase_add_test(cases, what_is_escaped_is_read_back);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
