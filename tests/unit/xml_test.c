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

static enum err no_chars(void *arg, struct view text)
{
	(void)arg;
	(void)text;
	return ERR_OK;
}

/* Who wants no text is told the same things, by whichever reader. */
static void ck_assert_alike(const char *document)
{
	const struct xml_handler with = {on_start, on_end, no_chars, &trace};
	const struct xml_handler without = {on_start, on_end, NULL, &trace};
	struct view view = view_of(document);
	const char *told;
	enum err err;

	text_clear(&trace.text);
	err = xml_read(view, &limits, &with);
	told = arena_strdup(arena, trace.text.at);
	text_clear(&trace.text);
	ck_assert_msg(xml_read(view, &limits, &without) == err, "%s", document);
	ck_assert_msg(strcmp(told, trace.text.at) == 0, "%s", document);
}

/* clang-format off */
static const char *const plain_ones[] = {
	"<a/>", " <a/> ", "<a b='c'/>", "<a b = \"c\" ></a >", "<a>b</a>",
	"<?xml version=\"1.0\"?><a/>", "<?xml version=\"1.0\" ?>\r\n<a/>\r\n",
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>",
	"<a xmlns='urn:x'><b/><c xmlns='urn:y'><d/></c><e/></a>",
	"<a xmlns:p='urn:x' p:b='c' b='d'><p:e xmlns:p='urn:y'/><p:f/></a>",
	"<p:a xmlns:p='urn:x'><p:b></p:b></p:a>", "<a><b><c/></b></a>",
	"<a b='&#39;'/>", "<a b='it\"s'/>", "<a_-.1 b_-.1=''/>", "<a b='>'>></a>",
	"<a xmlns:x='http://www.w3.org/2001/XMLSchema-instance' x:b='c d.xsd'/>",
	/* What is wrong, or looks so, or means more than it says. */
	"<a b='c'd='e'/>", "<a b='c' b='d'/>", "<a b=c/>", "<a b/>", "<a b='<'/>",
	"<a b='\t\n'/>", "<a b='c", "<a b='c'", "<a", "<", "<a/", "<a/ >", "</a>",
	"<a></b>", "<a></a", "<a><b></a></b>", "<p:a xmlns:p='x'></q:a>",
	"<p:a/>", "<a p:b='c'/>", "<a xmlns:p=''/>", "<a xmlns=''/>",
	"<a xmlns='urn:x'><b xmlns=''/></a>", "<a:b:c xmlns:a='x'/>", "<:a/>",
	"<a xmlns:p='x' xmlns:p='y'/>", "<a xmlns='x' xmlns='y'/>", "<1/>", "<->",
	"<a xmlns:p='x' xmlns:q='x' p:b='c' q:b='c'/>", "<a 1='b'/>",
	"<a xmlns:xml='urn:x'/>", "<a xmlns:xmlns='urn:x'/>", "<xmlns:a/>",
	"<a xmlns:p='http://www.w3.org/XML/1998/namespace' p:lang='b'/>",
	"<a xmlns='http://www.w3.org/2000/xmlns/'/>", "<a xml:lang='en'/>",
	"<a xmlns:xmlish='urn:x' xmlish:b='c'/>", "<xml/>", "<a xmlns='a|b'/>",
	"<a>]]></a>", "<a>]</a>", "<a>&amp;</a>", "<a>&b;</a>", "<a>\x7f</a>",
	"<a>\x01</a>", "<a b='\x7f'/>", "<a b='\xc3\xa9'>\xc3\xa9</a>",
	"<\xc3\xa9/>", "<a/>b", "b<a/>", "<a/><b/>", "<!-- --><a/>", "<a><!----></a>",
	"<a><![CDATA[<]]></a>", "<a><?b?></a>", "<a/><?b?>", " <?xml version=\"1.0\"?><a/>",
	"<?xml version=\"1.1\"?><a/>", "<?xml version='1.0'?><a/>", "<?xml?><a/>",
	"<?xml version=\"1.0\"encoding=\"UTF-8\"?><a/>",
	"<?xml version=\"1.0\" encoding=\"ASCII\"?><a/>",
	"<?xml version=\"1.0\" standalone=\"yes\"?><a/>",
};
/* clang-format on */

START_TEST(what_is_plain_reads_as_all_else)
{
	ck_assert_alike(plain_ones[_i]);
}
END_TEST

/* Any one character changed or gone. */
START_TEST(what_is_nearly_plain_reads_as_all_else)
{
	static const char instead[] = " \t\r\n<>/='\"&;:!?[]-.x1_\x01\x7f\xc3|";
	size_t len = strlen(plain_ones[_i]);

	for (size_t at = 0; at < len; at++) {
		char *document = arena_strdup(arena, plain_ones[_i]);

		for (size_t i = 0; i < sizeof(instead) - 1; i++) {
			document[at] = instead[i];
			ck_assert_alike(document);
		}
		memmove(document + at, document + at + 1, len - at);
		ck_assert_alike(document);
	}
}
END_TEST

/* Between @p begin and @p end so many of @p head, a number and @p tail. */
static const char *repeated(const char *begin, const char *head, int n,
			    const char *tail, const char *end)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, begin);
	for (int i = 0; i < n; i++)
		text_printf(&text, "%s%d%s", head, i, tail);
	text_add(&text, end);
	return text.at;
}

/* Where the plain reader has no more room. */
START_TEST(what_is_much_reads_as_all_else)
{
	static const char name[] = "x01234567890123456789";

	for (int n = 0; n < 40; n++) {
		if (n)
			ck_assert_alike(nested(n).at);
		ck_assert_alike(repeated("<a", " b", n, "='c'", "/>"));
		ck_assert_alike(repeated("<a", " xmlns:b", n, "='c'", "/>"));
		ck_assert_alike(repeated("<b", name, n, "", " a='b'/>"));
		ck_assert_alike(repeated("<a b", name, n, "", "='c'/>"));
		ck_assert_alike(
			repeated("<a xmlns='", name, n, "", "'><b/></a>"));
	}
	ck_assert_alike(repeated("<a b='", "", 4000, "", "'/>"));
	ck_assert_alike(repeated("<a b='", "", 5000, "", "'/>"));
	ck_assert_alike(siblings(999).at);
	ck_assert_alike(siblings(1000).at);
}
END_TEST

START_TEST(a_handler_can_stop_the_plain_reader)
{
	const struct xml_handler quiet = {on_start, on_end, NULL, &trace};

	trace.stop_at = "b";
	ck_assert_int_eq(xml_read(VIEW("<a>x<b/>y<c/></a>"), &limits, &quiet),
			 ERR_CONFLICT);
	ck_assert_str_eq(trace.text.at, "(a)");
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
	tcase_add_loop_test(cases, what_is_plain_reads_as_all_else, 0,
			    N_ROWS(plain_ones));
	tcase_add_loop_test(cases, what_is_nearly_plain_reads_as_all_else, 0,
			    N_ROWS(plain_ones));
	tcase_add_test(cases, what_is_much_reads_as_all_else);
	tcase_add_test(cases, a_handler_can_stop_the_plain_reader);
	tcase_add_test(cases, characters_may_be_left_out);
	tcase_add_test(cases, what_xml_cannot_carry_is_replaced);
	tcase_add_test(cases, what_is_escaped_is_read_back);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
