/*
 * What recipients are asked with: schema-valid, the same in text and document,
 * and nothing in it that the sender wrote.
 */
#include "server/consent/permission_text.h"

#include <check.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/mime.h"

#define GRANT "sip:g-6f1d0b0e5c9a4b7e8d21a7c3f04e9b52@relay.example.com"
#define DENY "sip:d-b80c47e19d3f4a0299c5de6a1b7f3820@relay.example.com"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new(0);
}

static void teardown(void)
{
	arena_free(arena);
}

static struct permission_rule rule(const char *sender, const char *target)
{
	return (struct permission_rule){
		.sender = sender,
		.target = target,
		.recipient = "sip:pia@example.net",
		.domain = "relay.example.com",
		.grant_uri = GRANT,
		.deny_uri = DENY,
	};
}

static const char *rules(const struct permission_rule *asked)
{
	struct text text;

	text_init(&text, arena);
	permission_document_rules(asked, &text);
	return text.at;
}

static const char *words(const struct permission_rule *asked)
{
	struct text text;

	text_init(&text, arena);
	permission_text_add(&text, asked);
	return text.at;
}

static int xmllint(const char *document)
{
	const char *srcdir = getenv("srcdir");
	FILE *pipe = popen(arena_printf(arena,
					"xmllint --noout --nonet --schema "
					"%s/tests/data/schema/"
					"permission-document.xsd - 2>&1",
					srcdir ? srcdir : "."),
			   "w");

	ck_assert(pipe != NULL);
	fputs(document, pipe);
	return WEXITSTATUS(pclose(pipe));
}

#define LIST "sip:hikers@relay.example.com"

static const struct {
	const char *sender, *target;
	const char *identity; /**< in the document; NULL: none at all */
	const char *where;    /**< likewise */
	const char *sentence;
} cases[] = {
	{"sip:nora@example.com", LIST,
	 "<cp:identity><cp:one id=\"sip:nora@example.com\"/></cp:identity>",
	 "<target><cp:one id=\"" LIST "\"/></target>",
	 "sip:nora@example.com asks to send you messages through the list " LIST
	 "."},
	{"*@example.com", LIST,
	 "<cp:identity><cp:many domain=\"example.com\"/></cp:identity>",
	 "<target><cp:one id=\"" LIST "\"/></target>",
	 "Everybody at example.com asks"},
	{"*", "*", "<cp:identity><cp:many/></cp:identity>",
	 "<target><cp:many/></target>",
	 "Every sender known by name asks to send you messages through any "
	 "list "
	 "of relay.example.com."},
	/* RFC 4745 section 7.1: no identity means anybody. */
	{"anonymous", LIST, NULL, "<target><cp:one id=\"" LIST "\"/></target>",
	 "Everybody (with an address that was checked, or without) asks"},
	{"sip:a&%3c@example.com", "sip:\"q\"@relay.example.com",
	 "<cp:one id=\"sip:a&amp;%3c@example.com\"/>",
	 "<cp:one id=\"sip:&quot;q&quot;@relay.example.com\"/>",
	 "sip:a&%3c@example.com asks"},
};

START_TEST(says_who_may_send_through_what)
{
	struct permission_rule asked = rule(cases[_i].sender, cases[_i].target);
	const char *document = rules(&asked);

	if (cases[_i].identity)
		ck_assert_msg(strstr(document, cases[_i].identity), "%s",
			      document);
	else
		ck_assert(!strstr(document, "<cp:identity>"));
	ck_assert_msg(strstr(document, cases[_i].where), "%s", document);
	/* RFC 5360 section 5.4: the recipient is never wild. */
	ck_assert(strstr(document, "<recipient><cp:one "
				   "id=\"sip:pia@example.net\"/></recipient>"));
	ck_assert_msg(strstr(words(&asked), cases[_i].sentence), "%s",
		      words(&asked));
}
END_TEST

/* RFC 5361 section 3.1.1; an <except> is never written. */
START_TEST(every_id_has_a_scheme)
{
	struct permission_rule asked = rule(cases[_i].sender, cases[_i].target);
	const char *document = rules(&asked), *at = document;
	int n = 0;

	ck_assert(!strstr(document, "except"));
	while ((at = strstr(at, "<cp:one id=\"")) != NULL) {
		at += strlen("<cp:one id=\"");
		ck_assert_msg(!strncmp(at, "sip:", 4), "%s", at);
		n++;
	}
	ck_assert_int_ge(n, 1);
	asked.sender = "tel:+15551234";
	ck_assert(strstr(rules(&asked), "<cp:one id=\"tel:+15551234\"/>"));
}
END_TEST

START_TEST(is_valid)
{
	struct permission_rule asked = rule(cases[_i].sender, cases[_i].target);

	ck_assert_int_eq(xmllint(rules(&asked)), 0);
}
END_TEST

START_TEST(validation_would_notice)
{
	struct permission_rule asked = rule("*", "*");
	char *document = arena_strdup(arena, rules(&asked));
	char *value = strstr(document, ">grant<");

	memcpy(value, ">maybe<", 7);
	ck_assert_int_ne(xmllint(document), 0);
}
END_TEST

START_TEST(has_no_white_space_in_its_values)
{
	struct permission_rule asked = rule("*", LIST);
	const char *document = rules(&asked);

	ck_assert(strstr(document, "perm-uri=\"" GRANT "\">grant</"));
	ck_assert(strstr(document, "perm-uri=\"" DENY "\">deny</"));
}
END_TEST

START_TEST(text_has_the_same_addresses)
{
	struct permission_rule asked = rule("*", LIST);
	const char *text = words(&asked);

	ck_assert(strstr(text, "\r\nYes: " GRANT "\r\n"));
	ck_assert(strstr(text, "\r\nNo: " DENY "\r\n"));
	ck_assert(strstr(text, "say no at any later time"));
}
END_TEST

START_TEST(travels_in_two_parts)
{
	struct permission_rule asked = rule("*", LIST);
	struct permission_document whole;
	struct mime_part *parts;
	struct view type, value;
	size_t n;

	permission_document_write(arena, &asked, &whole);
	ck_assert(mime_header(whole.content, "Content-Type", &type));
	ck_assert(mime_type_is(type, "multipart/mixed"));
	ck_assert(mime_split(arena, type, whole.body, &parts, &n) == ERR_OK);
	ck_assert_int_eq(n, 2);
	ck_assert(mime_header(parts[0].headers, "Content-Type", &value));
	ck_assert(view_equal_nocase(value, VIEW("text/plain;charset=utf-8")));
	ck_assert(view_equal(parts[0].body, view_of(words(&asked))));
	ck_assert(mime_header(parts[1].headers, "Content-Type", &value));
	ck_assert(view_equal(value, VIEW("application/auth-policy+xml")));
	/* A phone that does not know it must not refuse all the rest. */
	ck_assert(mime_header(parts[1].headers, "Content-Disposition", &value));
	ck_assert(view_equal(value, VIEW("render;handling=optional")));
	ck_assert(view_equal(parts[1].body, view_of(rules(&asked))));
}
END_TEST

START_TEST(text_alone_fits_a_datagram)
{
	struct permission_rule asked = rule("sip:nora@example.com", LIST);
	struct permission_document text;
	struct view type;

	permission_document_write_text(arena, &asked, &text);
	ck_assert(mime_header(text.content, "Content-Type", &type));
	ck_assert(mime_type_is(type, "text/plain"));
	ck_assert(view_equal(text.body, view_of(words(&asked))));
	ck_assert_uint_lt(text.body.len, 600);
}
END_TEST

/* The scope covers whoever may write to the list, and the words say so. */
START_TEST(a_stored_list_asks_for_its_members)
{
	struct permission_rule asked = rule("*", LIST);

	asked.is_list = true;
	ck_assert_ptr_nonnull(strstr(
		words(&asked),
		"Any member of this list (and whoever else may write to it) "
		"asks to send you messages through the list " LIST "."));
	asked.sender = "sip:nora@example.com";
	ck_assert_ptr_nonnull(
		strstr(words(&asked), "sip:nora@example.com asks to send"));
	ck_assert_ptr_null(strstr(words(&asked), "member"));
}
END_TEST

/* What a renewal says: until when, and what the answers mean. */
START_TEST(renewal_says_when_it_ends)
{
	struct permission_rule asked = rule("sip:nora@example.com", LIST);
	const char *text;

	asked.ends_at = 1700000000;
	asked.yes_s = 180 * 86400;
	asked.kinds.set = KIND_MESSAGE | KIND_CALL;
	text = words(&asked);
	ck_assert_msg(
		strstr(text,
		       "sip:nora@example.com may send you messages and call "
		       "you through the list " LIST ".\r\nYou are asked as "
		       "sip:pia@example.net.\r\nThis ends by itself on "
		       "14 November 2023, 22:13 UTC. Yes: it goes on for 180 "
		       "days from your answer. No: it ends at once. Without an "
		       "answer it ends on that day, and you are not asked "
		       "again."),
		"%s", text);
	ck_assert(!strstr(text, "Without your yes"));
	asked.yes_s = 0;
	ck_assert(strstr(words(&asked), "it goes on until you say no."));
	ck_assert(xmllint(rules(&asked)) == 0);
}
END_TEST

START_TEST(says_how_long_a_yes_lives)
{
	struct permission_rule asked = rule("sip:nora@example.com", LIST);

	ck_assert(strstr(words(&asked), "A yes holds until you say no. "));
	asked.yes_s = 86400;
	ck_assert(
		strstr(words(&asked), "A yes ends by itself after one day. "));
	asked.yes_s = 7 * 86400;
	ck_assert(strstr(words(&asked),
			 "A yes ends by itself after 7 days. Without your yes "
			 "nothing is sent."));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("permission_document");
	TCase *tcase = tcase_create("all");
	size_t n = sizeof(cases) / sizeof(cases[0]);
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, says_who_may_send_through_what, 0, (int)n);
	tcase_add_loop_test(tcase, every_id_has_a_scheme, 0, (int)n);
	tcase_add_loop_test(tcase, is_valid, 0, (int)n);
	tcase_add_test(tcase, validation_would_notice);
	tcase_add_test(tcase, a_stored_list_asks_for_its_members);
	tcase_add_test(tcase, has_no_white_space_in_its_values);
	tcase_add_test(tcase, text_has_the_same_addresses);
	tcase_add_test(tcase, travels_in_two_parts);
	tcase_add_test(tcase, renewal_says_when_it_ends);
	tcase_add_test(tcase, says_how_long_a_yes_lives);
	tcase_add_test(tcase, text_alone_fits_a_datagram);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
