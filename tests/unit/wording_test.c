/*
 * The operator's own words: each fact is in every question, or the relay does
 * not start and says where and why.
 */
#include "server/config.h"

#include <check.h>
#include <unistd.h>

#include "server/consent/notice_text.h"
#include "server/consent/permission_text.h"
#include "server/words/wording_file.h"

#define FORM                                                                   \
	"Gemeinde Hinterwald\n\n{who}: {kinds}, {through}, {recipient}\n"      \
	"{until} {notes}\nJa {yes}\nNein {no}\n{stop}\n"
#define QUESTION "[question de]\n" FORM
#define RENEWAL "[renewal de]\n{ends}\n" FORM

static struct arena *arena;
static char folder[] = "/tmp/volens-wording-test-XXXXXX";
static const char *conf, *file;

static void setup(void)
{
	arena = arena_new(0);
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	conf = arena_printf(arena, "%s/volens.conf", folder);
	file = arena_printf(arena, "%s/wording", folder);
}

static void teardown(void)
{
	unlink(conf);
	unlink(file);
	rmdir(folder);
	arena_free(arena);
}

static void put(const char *path, struct view content)
{
	FILE *to = fopen(path, "w");

	ck_assert_uint_eq(fwrite(content.at, 1, content.len, to), content.len);
	fclose(to);
}

/** Start with this wording; NULL: it could not be, and @p ret_said says why. */
static struct config *load(struct view wording, const char *languages,
			   const char **ret_said)
{
	struct config *config = NULL;
	FILE *stderr_before = stderr;
	char *said = NULL;
	size_t len;
	enum err err;

	put(file, wording);
	put(conf, view_of(arena_printf(arena,
				       "consent { wording = \"%s\"\n"
				       "languages = {%s} }\n",
				       file, languages)));
	stderr = open_memstream(&said, &len);
	err = config_load(conf, &config);
	fclose(stderr);
	stderr = stderr_before;
	*ret_said = arena_strdup(arena, said);
	free(said);
	ck_assert((config != NULL) == (err == ERR_OK));
	return config;
}

#define BE "\"de\", \"en\""

static const struct {
	struct view wording;
	int line;
	const char *reason;
} refused[] = {
	{VIEW("Hello\n" QUESTION), 1, "is text before the first form"},
	{VIEW("\n# Fine\n[question]\n"), 3, "is no beginning of a form"},
	{VIEW("[question de\n"), 1, "is no beginning of a form"},
	{VIEW("[answer de]\n"), 1, "names no form"},
	{VIEW("[notice de]\n" FORM), 4, "has {recipient}, which is no"},
	{VIEW("[denied de]\n{lift} {until}"), 2, "has {until}, which is no"},
	{VIEW("[question tlh]\n"), 1, "names no language: there are en, de"},
	{VIEW("[question fr]\n" FORM), 1, "is not in `languages`"},
	{VIEW(QUESTION "\n" QUESTION), 10, "stands here twice"},
	{VIEW("\n\n[question de]\n"), 3, "lacks {who}"},
	{VIEW("[renewal de]\n" FORM), 1, "lacks {ends}"},
	{VIEW("[question de]\n{ends}\n" FORM), 2, "has {ends}, which is no"},
	{VIEW("[question de]\n\n\n{sender}\n" FORM), 4, "has {sender}, which"},
	{VIEW(QUESTION "\n{who}\n"), 10, "has {who} twice"},
	{VIEW(QUESTION "\xff\n"), 9, "is not UTF-8"},
	{VIEW(QUESTION "\0\n"), 9, "has a control character"},
	{VIEW(QUESTION "\x1b[1m\n"), 9, "has a control character"},
	{VIEW(QUESTION "\xe2\x80\xae\n"), 9, "has a control character"},
	{VIEW("[question de]\r\nA\r\n" FORM), 2, "has a control character"},
};

START_TEST(what_is_wrong_is_told_with_its_line)
{
	const char *said;
	struct config *config = load(refused[_i].wording, BE, &said);
	const char *expected = arena_printf(
		arena, "%s:%d: %s", file, refused[_i].line, refused[_i].reason);

	ck_assert_ptr_null(config);
	ck_assert_msg(strncmp(said, file, strlen(file)) == 0 &&
			      strstr(said, refused[_i].reason) &&
			      strstr(said, arena_printf(arena, ":%d: ",
							refused[_i].line)),
		      "%s, not %s", said, expected);
}
END_TEST

#define IN_NOTICES "{who} {kinds} {through} {record} {reason} {notes} "
#define NOTICE "[notice de]\n" IN_NOTICES "{until} {no}\n{stop}\n"
#define DENIED "[denied de]\n" IN_NOTICES "{lift}\n"

/** Each of its facts has to be there. */
START_TEST(no_fact_can_be_left_out)
{
	static const char *const forms[] = {QUESTION, RENEWAL, NOTICE, DENIED};
	static const size_t n_facts[] = {9, 10, 9, 7};
	size_t n = 0;

	for (const char *at = forms[_i]; (at = strchr(at, '{')); n++) {
		size_t len = strcspn(at, "}") + 1;
		char *wording = arena_strdup(arena, forms[_i]);
		const char *said;

		memset(wording + (at - forms[_i]), 'x', len);
		ck_assert_ptr_null(load(view_of(wording), BE, &said));
		ck_assert_msg(strstr(said, arena_printf(arena, ":1: lacks %.*s",
							(int)len, at)),
			      "%s", said);
		at += len;
	}
	ck_assert_uint_eq(n, n_facts[_i]);
}
END_TEST

START_TEST(there_is_an_end_to_its_length)
{
	struct config *config;
	const char *said;
	struct text text;

	text_init(&text, arena);
	text_add(&text, QUESTION);
	while (text.len - strlen("[question de]\n") < WORDING_FORM_MAX)
		text_add(&text, "x");
	config = load(text_view(&text), BE, &said);
	ck_assert_msg(config != NULL, "%s", said);
	config_free(config);
	text_add(&text, "x");
	ck_assert_ptr_null(load(text_view(&text), BE, &said));
	ck_assert_msg(strstr(said, ":1: has 1501 bytes; 1500 are allowed"),
		      "%s", said);
	text_clear(&text);
	while (text.len < WORDING_FILE_MAX)
		text_add(&text, "#\n");
	config = load(text_view(&text), BE, &said);
	ck_assert_msg(config != NULL, "%s", said);
	config_free(config);
	text_add(&text, "#\n");
	ck_assert_ptr_null(load(text_view(&text), BE, &said));
	ck_assert_msg(strstr(said, "is too long: 64 KiB"), "%s", said);
}
END_TEST

START_TEST(what_cannot_be_read_stops_the_start)
{
	const char *said;
	struct config *config;

	put(conf, view_of(arena_printf(arena, "consent { wording = \"%s\" }\n",
				       folder)));
	ck_assert_int_eq(config_load(conf, &config), ERR_IO);
	put(conf, view_of(arena_printf(arena, "consent { wording = \"%s\" }\n",
				       file)));
	ck_assert_int_eq(config_load(conf, &config), ERR_IO);
	ck_assert_ptr_null(load(VIEW(""), "\"tlh\"", &said));
	ck_assert(strstr(said, "is none of en, de, fr, es, ar"));
	ck_assert_ptr_null(load(VIEW(""), "\"de\", \"en\", \"de\"", &said));
	ck_assert(strstr(said, "languages names de twice"));
	ck_assert_ptr_null(load(VIEW(""), "", &said));
}
END_TEST

static const char *asked_target = "sip:hikers@relay.example.com";

START_TEST(a_tag_finds_its_part_in_whatever_case)
{
	static const char form[] = "[question DE]\nJa: {grant}\nNein: {deny}\n";
	static const char *const tags[] = {"en", "de"};
	struct wording wording;
	size_t at = 9;

	wording_make(arena, tags, 2, &wording);
	ck_assert(wording_find(&wording, VIEW("De"), &at));
	ck_assert_uint_eq(at, 1);
	ck_assert(!wording_find(&wording, VIEW("fr"), &at));
	ck_assert(!wording_find(&wording, VIEW("d"), &at));
	ck_assert(!wording_find(NULL, VIEW("en"), &at));
	/* What the file names, too. */
	const char *said;

	(void)load(view_of(form), BE, &said);
	ck_assert_msg(!strstr(said, "not in `languages`"), "%s", said);
}
END_TEST

static const char *asked(const struct wording *wording, int64_t ends_at)
{
	struct permission_rule rule = {
		.sender = "sip:nora@example.com",
		.target = asked_target,
		.recipient = "sip:pia@example.net",
		.domain = "relay.example.com",
		.grant_uri = "sip:g-6f@relay.example.com",
		.deny_uri = "sip:d-b8@relay.example.com",
		.yes_s = 86400,
		.ends_at = ends_at,
		.wording = wording,
	};
	struct text text;

	text_init(&text, arena);
	permission_text_add(&text, &rule);
	return text.at;
}

#define ASKED                                                                  \
	"Gemeinde Hinterwald\r\n\r\nsip:nora@example.com: Ihnen Nachrichten "  \
	"senden, über die Liste sip:hikers@relay.example.com, "               \
	"sip:pia@example.net\r\n"

/* What is not in the file is built-in; languages in the order of the setting.
 */
START_TEST(people_read_the_words_of_the_operator)
{
	const char *said, *text;
	struct config *config =
		load(VIEW("# Ours\n\n" QUESTION "\n\n" RENEWAL), BE, &said);

	ck_assert_msg(config != NULL, "%s", said);
	ck_assert_str_eq(said, "");
	ck_assert_str_eq(config->wording.languages, "de, en");
	text = asked(&config->wording, 0);
	ck_assert_msg(strncmp(text,
			      ASKED
			      "Ein Ja endet von selbst nach einem Tag. Ohne "
			      "Ihr Ja wird nichts gesendet. Nein sagen",
			      strlen(ASKED) + 60) == 0,
		      "%s", text);
	ck_assert(strstr(text, "\r\nJa sip:g-6f@relay.example.com\r\n"
			       "Nein sip:d-b8@relay.example.com\r\n"
			       "\r\n----\r\n\r\nsip:nora@example.com asks to "
			       "send you messages"));
	text = asked(&config->wording, 1700000000);
	ck_assert_msg(strstr(text, "14. November 2023, 22:13 UTC\r\n" ASKED
				   "einen Tag ab Ihrer Antwort "),
		      "%s", text);
	config_free(config);
}
END_TEST

static const char *desk = "desk";

static const char *told(const struct wording *wording, enum notice_kind kind,
			const char *evidence)
{
	const struct notice_words words = {
		.kind = kind,
		.sender = "sip:nora@example.com",
		.target = "sip:hikers@relay.example.com",
		.all_kinds = true,
		.evidence = evidence,
		.recorded_by = kind == NOTICE_DENY ? desk : NULL,
		.wording = wording,
		.domain = "relay.example.com",
		.is_import = true,
		.recorded_at = 1700000000,
		.deny_uri = "sip:d-b8@relay.example.com",
		.stop_uri = "sip:d-00@relay.example.com",
		.lift_uri = "sip:t-1c@relay.example.com",
	};
	struct text text;

	text_init(&text, arena);
	notice_text(&words, &text);
	return text.at;
}

#define HAS(text, words) ck_assert_msg(strstr(text, words), "%s", text)
#define LACKS(text, words) ck_assert_msg(!strstr(text, words), "%s", text)

START_TEST(notices_are_in_the_words_of_the_operator)
{
	const char *said, *text;
	struct config *config =
		load(VIEW("[denied de]\nUnser Amt\n" IN_NOTICES "{lift}\n"), BE,
		     &said);

	ck_assert_msg(config != NULL, "%s", said);
	text = told(&config->wording, NOTICE_DENY, "{lift} form 17");
	ck_assert_msg(strncmp(text, "Unser Amt\r\nsip:nora@example.com Ihnen ",
			      38) == 0,
		      "%s", text);
	HAS(text, "(angemeldet als „desk“) hat das am 14. November 2023, "
		  "22:13 UTC eingetragen");
	HAS(text, "Grund: „{lift} form 17“.");
	HAS(text, "Mich wieder fragen: sip:t-1c@relay.example.com\r\n\r\n"
		  "----\r\n\r\nA no was recorded in your name.");
	HAS(text, "call you or anything else\r\n");
	text = told(&config->wording, NOTICE_GRANT, NULL);
	ck_assert_msg(strncmp(text, "Eine Mitteilung", 15) == 0, "%s", text);
	HAS(text, "zusammen mit anderen. Ein Grund ist nicht eingetragen.");
	HAS(text, "\r\nNein: sip:d-b8@relay.example.com\r\n"
		  "Alles beenden: sip:d-00@relay.example.com\r\n");
	LACKS(text, "sip:t-1c");
	config_free(config);
}
END_TEST

/** In every language; no character is cut in two. */
START_TEST(evidence_is_quoted_and_bounded)
{
	struct wording wording;
	const char *tag = language_at((size_t)_i)->tag, *text;
	const char *at;
	struct text evidence;

	wording_make(arena, &tag, 1, &wording);
	text_init(&evidence, arena);
	text_add(&evidence, "e");
	while (evidence.len < NOTICE_EVIDENCE_MAX + 1)
		text_add(&evidence, "\xc3\xa9");
	text = told(&wording, NOTICE_DENY, evidence.at);
	at = strstr(text, "e\xc3\xa9\xc3\xa9");
	ck_assert_msg(at != NULL, "%s", text);
	ck_assert_msg(strncmp(at + NOTICE_EVIDENCE_MAX - 1, " ...", 4) == 0,
		      "%s", text);
	evidence.at[NOTICE_EVIDENCE_MAX - 1] = '\0';
	LACKS(told(&wording, NOTICE_DENY, evidence.at), " ...");
}
END_TEST

/** The first and the last of what is hidden, and bytes that are no UTF-8. */
static const char *const hidden[] = {
	"\x01",		"\n",		"\x1f",		"\x7f",
	"\xc2\x80",	"\xc2\x85",	"\xc2\x9f",	"\xc2\xad",
	"\xd8\x9c",	"\xe2\x80\x8b", "\xe2\x80\x8f", "\xe2\x80\xa8",
	"\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa0",
	"\xe2\x81\xa6", "\xe2\x81\xaf", "\xef\xbb\xbf", "\xff",
};

/* No line of theirs stands there, and no address reads as another. */
START_TEST(nothing_is_hidden_in_what_others_wrote)
{
	struct wording wording;
	const char *tag = "en", *text;

	wording_make(arena, &tag, 1, &wording);
	desk = arena_printf(arena, "de%ssk", hidden[_i]);
	text = told(&wording, NOTICE_DENY,
		    arena_printf(arena, "form%sNo: sip:x@y\xe2\x80\xb2",
				 hidden[_i]));
	HAS(text, "\"form No: sip:x@y\xe2\x80\xb2\"");
	HAS(text, "\"de sk\"");
	LACKS(text, hidden[_i][0] == '\n' ? "form\n" : hidden[_i]);
	text = told(&wording, NOTICE_GRANT, hidden[_i]);
	HAS(text, "\" \"");
}
END_TEST

START_TEST(the_example_is_taken)
{
	const char *srcdir = getenv("srcdir");
	const char *path = arena_printf(arena, "%s/examples/wording",
					srcdir ? srcdir : ".");
	struct config *config;

	put(conf, view_of(arena_printf(arena,
				       "consent { wording = \"%s\"\n"
				       "languages = {" BE "} }\n",
				       path)));
	ck_assert_int_eq(config_load(conf, &config), ERR_OK);
	ck_assert(strstr(asked(&config->wording, 0), "\r\nJa, gern: sip:g-6f"));
	HAS(told(&config->wording, NOTICE_GRANT, NULL),
	    "\r\nNein, danke: sip:");
	config_free(config);
}
END_TEST

/* A domain never has the relay's file: its own, or the built-in words. */
START_TEST(a_domain_has_words_of_its_own)
{
	static const char *const own[] = {"*@b.example", "sip:x@b.example"};
	struct config *config;

	put(file, VIEW(QUESTION));
	put(conf, view_of(arena_printf(
			  arena,
			  "domain \"b.example\" { wording = \"%s\"\n"
			  "languages = {\"de\"} }\n"
			  "domain \"c.example\" { languages = {\"fr\"} }\n"
			  "domain \"d.example\" { }\n",
			  file)));
	ck_assert_int_eq(config_load(conf, &config), ERR_OK);
	for (size_t i = 0; i < 2; i++) {
		asked_target = own[i];
		ck_assert(strstr(asked(&config->wording, 0), "Hinterwald"));
		ck_assert_str_eq(
			wording_for(&config->wording, own[i])->languages, "de");
	}
	asked_target = "sip:x@c.example";
	ck_assert(!strstr(asked(&config->wording, 0), "Hinterwald"));
	ck_assert_str_eq(wording_for(&config->wording, asked_target)->languages,
			 "fr");
	asked_target = "sip:x@d.example";
	ck_assert_str_eq(asked(&config->wording, 0), asked(NULL, 0));
	ck_assert_str_eq(wording_for(&config->wording, "*")->languages, "en");
	config_free(config);
	put(file, VIEW("[question en]\n" FORM));
	ck_assert_int_eq(config_load(conf, &config), ERR_SYNTAX);
}
END_TEST

START_TEST(english_is_the_default)
{
	struct config *config;

	ck_assert(config_load(NULL, &config) == ERR_OK);
	ck_assert_uint_eq(config->wording.n, 1);
	ck_assert_str_eq(config->wording.languages, "en");
	ck_assert_str_eq(asked(&config->wording, 0), asked(NULL, 0));
	ck_assert(strstr(asked(NULL, 0), "asks to send you messages"));
	config_free(config);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wording");
	TCase *tcase = tcase_create("all");
	size_t n = sizeof(refused) / sizeof(refused[0]);
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, what_is_wrong_is_told_with_its_line, 0,
			    (int)n);
	tcase_add_loop_test(tcase, no_fact_can_be_left_out, 0, 4);
	tcase_add_test(tcase, a_tag_finds_its_part_in_whatever_case);
	tcase_add_test(tcase, there_is_an_end_to_its_length);
	tcase_add_test(tcase, what_cannot_be_read_stops_the_start);
	tcase_add_test(tcase, people_read_the_words_of_the_operator);
	tcase_add_test(tcase, notices_are_in_the_words_of_the_operator);
	tcase_add_loop_test(tcase, nothing_is_hidden_in_what_others_wrote, 0,
			    sizeof(hidden) / sizeof(hidden[0]));
	tcase_add_loop_test(tcase, evidence_is_quoted_and_bounded, 0,
			    WORDING_LANGUAGES_MAX);
	tcase_add_test(tcase, the_example_is_taken);
	tcase_add_test(tcase, a_domain_has_words_of_its_own);
	tcase_add_test(tcase, english_is_the_default);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
