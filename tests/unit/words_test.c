/*
 * What is said to people: the same in every language, and templates with facts
 * in them.
 */
#include "server/words/phrases.h"
#include "server/words/wording.h"

#include <check.h>

static struct arena *arena;

static void setup(void)
{
	arena = arena_new(0);
}

static void teardown(void)
{
	arena_free(arena);
}

/* ---- the tables --------------------------------------------------------- */

#define BLANK_AROUND(word) ((word) == WORD_COMMA || (word) == WORD_AND)

/** Whole lines, or what stands in one. */
static bool has_lines(enum word_id word)
{
	return word < WORD_FORMS ||
	       (word >= WORD_CHAT_YES && word <= WORD_CHAT_LIST);
}

/** Every word is there, has the facts that it must have, and no markup. */
START_TEST(every_language_says_everything)
{
	const struct language *language = language_at((size_t)_i);

	for (int i = 0; i < WORDS; i++) {
		enum word_id word = (enum word_id)i;
		const char *text = language->words[i];
		struct text_template_problem problem = {0};

		ck_assert_msg(text && *text, "%s lacks %d", language->tag, i);
		ck_assert_msg(
			!text_template_check(view_of(text), word_facts(word),
					     arena, &problem),
			"%s %d: %s: %s", language->tag, i, text, problem.what);
		ck_assert_msg(!strpbrk(text, "<>&"), "%s %d: %s", language->tag,
			      i, text);
		ck_assert_msg(BLANK_AROUND(word) ||
				      view_trim(view_of(text)).len ==
					      strlen(text) - has_lines(word),
			      "%s %d: blanks around: %s", language->tag, i,
			      text);
		ck_assert_msg((strchr(text, '\n') != NULL) == has_lines(word),
			      "%s %d: %s", language->tag, i, text);
	}
}
END_TEST

START_TEST(languages_have_tags_of_their_own)
{
	size_t n = 0;

	ck_assert_str_eq(language_at(0)->tag, "en");
	for (const struct language *it; (it = language_at(n)); n++) {
		ck_assert_ptr_eq(language_find(view_of(it->tag)), it);
		ck_assert(it->is_reviewed == (n == 0));
	}
	ck_assert_ptr_eq(language_find(VIEW("EN")), language_at(0));
	ck_assert_ptr_null(language_find(VIEW("tlh")));
	ck_assert_ptr_null(language_find(VIEW("")));
	ck_assert_uint_le(n, WORDING_LANGUAGES_MAX);
}
END_TEST

/* ---- phrases ------------------------------------------------------------ */

START_TEST(kinds_are_joined)
{
	static const struct {
		const char *kinds, *words;
	} cases[] = {
		{"message", "send you messages"},
		{"message,call", "send you messages and call you"},
		{"message,call,recording",
		 "send you messages, call you and record calls with you"},
		{"event:reg", "be told of your \"reg\" events"},
		{"method:INFO", "send you INFO requests"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kinds kinds;
		struct text text;

		text_init(&text, arena);
		ck_assert(kinds_read(cases[i].kinds, &kinds));
		phrase_kinds(&text, language_at(0), kinds);
		ck_assert_str_eq(text.at, cases[i].words);
	}
}
END_TEST

START_TEST(dates_have_the_names_of_months)
{
	static const char *const months[] = {"January", "February", "March",
					     "April",	"May",	    "June",
					     "July",	"August",   "September",
					     "October", "November", "December"};

	for (int i = 0; i < 12; i++) {
		struct text text;

		text_init(&text, arena);
		word_add_date(&text, language_at(0),
			      1768435200 + i * 2630016); /* 15 January 2026 */
		ck_assert_msg(strstr(text.at, months[i]), "%s", text.at);
	}
}
END_TEST

/* ---- templates ---------------------------------------------------------- */

#define WANTED (FACT_BIT(FACT_WHO) | FACT_BIT(FACT_STOP))

static const struct {
	const char *template;
	size_t at;
	const char *problem; /**< NULL: it is fine */
} templates[] = {
	{"{who}\n{stop}\n", 0, NULL},
	{"{stop}", SIZE_MAX, "lacks {who}"},
	{"a {who}", SIZE_MAX, "lacks {stop}"},
	{"{who} {who}\n{stop}", 6, "has {who} twice"},
	{"{who}\n{stop} ", 6, "has {stop} beside other text"},
	{"{who} {stop}", 6, "has {stop} beside other text"},
	{"{who}\n{stop}\n{yes}", 13, "has {yes}, which is no fact of it"},
	{"{who}\n{WHO}\n{stop}", 6, "has {WHO}, which is no fact of it"},
	{"{who}\n{}\n{stop}", 6, "has {}, which is no fact of it"},
	{"{who}\n{{stop}", 6, "has {{stop}, which is no fact of it"},
	{"{who}\n{stop", 6, "has a { without its }"},
	{"who}\n{stop}", 3, "has a } without its {"},
	{"{who}\n{stop}\n\xff", 13, "is not UTF-8"},
	{"{who}\n{stop}\n\xc0\x80", 13, "is not UTF-8"},
	{"{who}\n{stop}\n\xed\xa0\x80", 13, "is not UTF-8"},
	{"{who}\r\n{stop}", 5, "has a control character"},
	{"{who}\t\n{stop}", 5, "has a control character"},
	{"{who}\x1b[0m\n{stop}", 5, "has a control character"},
	{"{who}\x7f\n{stop}", 5, "has a control character"},
	{"{who}\xc2\x85\n{stop}", 5, "has a control character"},
	{"{who}\xc2\xad\n{stop}", 5, "has a control character"},
	{"{who}\xe2\x80\xae\n{stop}", 5, "has a control character"},
	{"{who}\xe2\x80\x8b\n{stop}", 5, "has a control character"},
	{"{who}\xe2\x81\xa6\n{stop}", 5, "has a control character"},
	{"{who}\xef\xbb\xbf\n{stop}", 5, "has a control character"},
	{"{who}\xd8\x9c\n{stop}", 5, "has a control character"},
	/* Not hidden, but like it. */
	{"{who}\xe2\x80\x94\xc2\xa0\xe2\x82\xac\n{stop}", 0, NULL},
};

START_TEST(templates_are_checked)
{
	struct text_template_problem problem = {0};
	enum err err = text_template_check(view_of(templates[_i].template),
					   WANTED, arena, &problem);

	ck_assert_int_eq(err, templates[_i].problem ? ERR_SYNTAX : ERR_OK);
	if (!templates[_i].problem)
		return;
	ck_assert_msg(strncmp(problem.what, templates[_i].problem,
			      strlen(templates[_i].problem)) == 0,
		      "%s", problem.what);
	ck_assert_uint_eq(problem.at, templates[_i].at);
}
END_TEST

START_TEST(a_nul_is_a_control_character)
{
	struct text_template_problem problem = {0};

	ck_assert_int_eq(text_template_check(VIEW("{who}\0\n{stop}"), WANTED,
					     arena, &problem),
			 ERR_SYNTAX);
	ck_assert_str_eq(problem.what, "has a control character");
}
END_TEST

/* A value is never read again: braces in it are text. */
START_TEST(facts_stand_as_they_are)
{
	struct text text;

	text_init(&text, arena);
	text_template_write(
		&text, VIEW("From {who}.\n\n{stop}\nEnd"),
		&(struct fact_values){{[FACT_WHO] = "{stop} %s",
				       [FACT_STOP] = "Stop: {who}"}});
	ck_assert_str_eq(text.at, "From {stop} %s.\r\n\r\nStop: {who}\r\nEnd");
}
END_TEST

START_TEST(a_line_with_nothing_in_it_is_left_out)
{
	struct text text;

	text_init(&text, arena);
	text_template_write(&text,
			    VIEW("a\n{stop}\n\nb\n {who} {stop}\nc {stop}\n"),
			    &(struct fact_values){{[FACT_WHO] = ""}});
	ck_assert_str_eq(text.at, "a\r\n\r\nb\r\nc \r\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("words");
	TCase *tcase = tcase_create("all");
	size_t n_languages = 0, n = sizeof(templates) / sizeof(templates[0]);
	SRunner *runner;
	int failed;

	while (language_at(n_languages))
		n_languages++;
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, every_language_says_everything, 0,
			    (int)n_languages);
	tcase_add_test(tcase, languages_have_tags_of_their_own);
	tcase_add_test(tcase, kinds_are_joined);
	tcase_add_test(tcase, dates_have_the_names_of_months);
	tcase_add_loop_test(tcase, templates_are_checked, 0, (int)n);
	tcase_add_test(tcase, a_nul_is_a_control_character);
	tcase_add_test(tcase, facts_stand_as_they_are);
	tcase_add_test(tcase, a_line_with_nothing_in_it_is_left_out);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
