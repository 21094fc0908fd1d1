/*
 * What was typed: words in every language, case and form; and that nothing else
 * is one.
 */
#include "server/words/chat_words.h"

#include <check.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct wording every_language(void)
{
	struct wording all = {.n = 0};

	while (language_at(all.n)) {
		all.parts[all.n].language = language_at(all.n);
		all.n++;
	}
	return all;
}

static enum chat_command read_in(const struct wording *wording,
				 const char *text)
{
	struct chat_typed typed;

	chat_words_read(view_of(text), wording, &typed);
	return typed.command;
}

static enum chat_command read_any(const char *text)
{
	const struct wording all = every_language();

	return read_in(&all, text);
}

/* ---- the tables --------------------------------------------------------- */

START_TEST(every_language_has_its_words)
{
	size_t i = 0;

	for (; language_at(i); i++) {
		const struct chat_word *word = chat_words_at(i);
		bool has[CHAT_COMMANDS] = {false};

		ck_assert_msg(word != NULL, "%s", language_at(i)->tag);
		for (; word->command != CHAT_TEXT; word++) {
			ck_assert(word->command != CHAT_STOP_ONE &&
				  word->command != CHAT_NEAR_STOP);
			ck_assert(view_is_utf8(view_of(word->text)));
			ck_assert_uint_le(strlen(word->text),
					  2 * CHAT_WORD_MAX);
			has[word->command] = true;
		}
		ck_assert(has[CHAT_YES] && has[CHAT_NO] && has[CHAT_END] &&
			  has[CHAT_STOP_ALL] && has[CHAT_START_ALL] &&
			  has[CHAT_HELP] && has[CHAT_LIST]);
	}
	ck_assert(!chat_words_at(i));
}
END_TEST

/* A word that is a yes here and a no there would be neither. */
START_TEST(no_word_has_two_meanings)
{
	for (size_t i = 0; chat_words_at(i); i++) {
		const struct chat_word *word = chat_words_at(i);

		for (; word->command != CHAT_TEXT; word++)
			ck_assert_msg(read_any(word->text) == word->command,
				      "%s %s", language_at(i)->tag, word->text);
	}
}
END_TEST

/* ---- forms -------------------------------------------------------------- */

/* ASCII letters alone: others are in the table of forms. */
static void respell(const char *text, unsigned bits, char *to)
{
	for (; *text; text++, bits = bits >> 1 | bits << 31)
		*to++ = *text >= 'a' && *text <= 'z' && (bits & 1)
				? (char)(*text - 'a' + 'A')
				: *text;
	*to = '\0';
}

START_TEST(a_word_counts_in_any_case_with_blanks_and_one_mark)
{
	static const char *const before[] = {"", " ", "\r\n", "\t "};
	static const char *const after[] = {"",	    ".",     "!",   " ",
					    "\r\n", ".\r\n", "!  ", "\n"};
	static const unsigned cases[] = {0, 1, 2, 0x55555555, 0xffffffff};
	char word[64], text[128];

	for (size_t i = 0; chat_words_at(i); i++)
		for (const struct chat_word *it = chat_words_at(i);
		     it->command != CHAT_TEXT; it++)
			for (size_t j = 0;
			     j < COUNT(cases) * COUNT(before) * COUNT(after);
			     j++) {
				respell(it->text, cases[j % COUNT(cases)],
					word);
				snprintf(text, sizeof(text), "%s%s%s",
					 before[j / COUNT(cases) %
						COUNT(before)],
					 word,
					 after[j / COUNT(cases) /
					       COUNT(before)]);
				ck_assert_msg(read_any(text) == it->command,
					      "\"%s\"", text);
			}
}
END_TEST

START_TEST(letters_beyond_ascii_have_case_and_marks)
{
	static const struct {
		const char *text;
		enum chat_command is;
	} cases[] = {
		{"ARRÊT", CHAT_END},
		{"Arrêt!", CHAT_END},
		{"ARRE\u0302T", CHAT_END},
		{"arre\u0302t.", CHAT_END},
		{"SÍ", CHAT_YES},
		{"SI\u0301", CHAT_YES},
		{"si\u0301.", CHAT_YES},
		{"DÉSABONNER", CHAT_END},
		{"TOUT ARRÊTER", CHAT_STOP_ALL},
		{"Start All!", CHAT_START_ALL},
		{"\u0627\u0655\u064a\u0642\u0627\u0641", CHAT_END},
		{"\u0625\u064a\u0642\u0627\u0641", CHAT_END},
		/* Another mark is another letter. */
		{"ARRE\u0301T", CHAT_TEXT},
		{"si\u0300", CHAT_TEXT},
		{"si\u0301\u0301", CHAT_TEXT},
		{"\u0301si", CHAT_TEXT},
		{"n\u0303o", CHAT_TEXT},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(read_any(cases[i].text) == cases[i].is, "%s: %s",
			      cases[i].text,
			      chat_command_name(read_any(cases[i].text)));
}
END_TEST

START_TEST(nothing_else_is_a_word)
{
	static const char *const texts[] = {
		"",	      " ",	    ".",
		"!",	      "yes yes",    "yes..",
		"yes!!",      "yes .",	    "yes,",
		"yes?",	      "(yes)",	    "\"yes\"",
		"'yes'",      "ye s",	    "y e s",
		"yess",	      "oyes",	    "yes!\nA",
		"1",	      "ok",	    "sure",
		"agree",      "startup",    "y\303",
		"\377yes",    "yes\376",    "\xc0\xf9",
		"ye\305\277", "+1",	    "\357\274\271",
		"helped",     "lists",	    "hello",
		"noo",	      "nope",	    "yes.!",
		"start now",  "yes please", "Ja, gern",
	};

	for (size_t i = 0; i < COUNT(texts); i++)
		ck_assert_msg(read_any(texts[i]) == CHAT_TEXT, "\"%s\" is %s",
			      texts[i], chat_command_name(read_any(texts[i])));
}
END_TEST

START_TEST(what_begins_like_a_stop_is_near_one)
{
	static const char *const texts[] = {
		"Stop. Thank you", "stop, please",  "STOP!!",
		"stop..",	   "Stop it now",   "unsubscribe me",
		"stopp, bitte",	   "quit smoking",  "arrêt svp",
		"quit?",	   "stop!\nThanks",
	};
	static const char *const others[] = {"no thanks", "No, not me",
					     "NEIN danke", "opt out", "nope"};

	for (size_t i = 0; i < COUNT(texts); i++)
		ck_assert_msg(read_any(texts[i]) == CHAT_NEAR_STOP,
			      "\"%s\" is %s", texts[i],
			      chat_command_name(read_any(texts[i])));
	for (size_t i = 0; i < COUNT(others); i++)
		ck_assert_msg(read_any(others[i]) != CHAT_NEAR_STOP, "\"%s\"",
			      others[i]);
}
END_TEST

START_TEST(stop_may_have_one_name)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{"STOP friends", "friends"},
		{" stop  Friends! ", "Friends"},
		{"Stop\tsip:friends@example.com.", "sip:friends@example.com"},
		{"stop it", "it"},
	};
	static const char *const none[] = {"stop my friends", "stopfriends",
					   "stop-friends", "quit friends",
					   "stop fr\303\251d\303\251"};
	struct chat_typed typed;

	for (size_t i = 0; i < COUNT(cases); i++) {
		chat_words_read(view_of(cases[i].text), NULL, &typed);
		ck_assert_int_eq(typed.command, CHAT_STOP_ONE);
		ck_assert(view_equal(typed.name, view_of(cases[i].name)));
	}
	for (size_t i = 0; i < COUNT(none); i++) {
		chat_words_read(view_of(none[i]), NULL, &typed);
		ck_assert_int_ne(typed.command, CHAT_STOP_ONE);
		ck_assert_uint_eq(typed.name.len, 0);
	}
}
END_TEST

/* ---- sizes, languages, places ------------------------------------------- */

START_TEST(a_long_text_is_no_word)
{
	char text[CHAT_TEXT_MAX + 2], name[CHAT_NAME_MAX + 8];
	struct chat_typed typed;

	memset(text, ' ', sizeof(text));
	memcpy(text, "stop", 4);
	chat_words_read((struct view){text, CHAT_TEXT_MAX}, NULL, &typed);
	ck_assert_int_eq(typed.command, CHAT_STOP);
	chat_words_read((struct view){text, CHAT_TEXT_MAX + 1}, NULL, &typed);
	ck_assert_int_eq(typed.command, CHAT_TEXT);
	memset(text, 'n', CHAT_TEXT_MAX);
	chat_words_read((struct view){text, CHAT_TEXT_MAX}, NULL, &typed);
	ck_assert_int_eq(typed.command, CHAT_TEXT);
	memset(name, 'a', sizeof(name));
	memcpy(name, "stop ", 5);
	chat_words_read((struct view){name, 5 + CHAT_NAME_MAX}, NULL, &typed);
	ck_assert_int_eq(typed.command, CHAT_STOP_ONE);
	chat_words_read((struct view){name, 6 + CHAT_NAME_MAX}, NULL, &typed);
	ck_assert_int_eq(typed.command, CHAT_NEAR_STOP);
	chat_words_read((struct view){"yes\0no", 6}, NULL, &typed);
	ck_assert_int_eq(typed.command, CHAT_TEXT);
	chat_words_read(VIEW_NONE, NULL, &typed);
	ck_assert_int_eq(typed.command, CHAT_TEXT);
}
END_TEST

/* A wrong translation of a yes is no consent; one of a no does no harm. */
START_TEST(a_yes_counts_in_the_languages_that_are_spoken)
{
	struct wording german = {.n = 1};

	german.parts[0].language = language_find(VIEW("de"));
	ck_assert_int_eq(read_in(&german, "Ja"), CHAT_YES);
	ck_assert_int_eq(read_in(&german, "yes"), CHAT_YES);
	ck_assert_int_eq(read_in(&german, "oui"), CHAT_TEXT);
	ck_assert_int_eq(read_in(&german, "ayuda"), CHAT_TEXT);
	ck_assert_int_eq(read_in(&german, "non"), CHAT_NO);
	ck_assert_int_eq(read_in(NULL, "ja"), CHAT_TEXT);
	ck_assert_int_eq(read_in(NULL, "si"), CHAT_TEXT);
	ck_assert_int_eq(read_in(NULL, "NEIN"), CHAT_NO);
	ck_assert_int_eq(read_in(NULL, "لا"), CHAT_NO);
	ck_assert_int_eq(read_in(NULL, "start"), CHAT_YES);
	ck_assert_int_eq(read_in(NULL, "start all"), CHAT_START_ALL);
	ck_assert_int_eq(read_in(NULL, "alles fortsetzen"), CHAT_TEXT);
	ck_assert_int_eq(read_in(&german, "Alles fortsetzen"), CHAT_START_ALL);
}
END_TEST

START_TEST(what_counts_depends_on_the_place)
{
	/* clang-format off */
	static const char counts[][CHAT_COMMANDS + 1] = {
		/*   text, yes, no, stop, end, all, start all, one, help, list,
		 *   near */
		[CHAT_AT_QUESTION] =     "-YNSEArOHLn",
		[CHAT_AT_SERVICE] =      "--NSEA-OHLn",
		[CHAT_AT_QUIET_LIST] =   "---SEA-O---",
		[CHAT_AT_TALKING_LIST] = "---S-A-O---",
	};
	/* clang-format on */

	for (int place = 0; place < (int)COUNT(counts); place++)
		for (int i = 0; i < CHAT_COMMANDS; i++) {
			enum chat_command command = (enum chat_command)i;

			ck_assert_int_eq(
				chat_at((enum chat_place)place, command),
				counts[place][i] == '-' ? CHAT_TEXT : command);
		}
	ck_assert_int_eq(chat_at(CHAT_AT_QUESTION, CHAT_COMMANDS), CHAT_TEXT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chat");
	TCase *words = tcase_create("words");
	SRunner *runner;
	int n;

	tcase_add_test(words, every_language_has_its_words);
	tcase_add_test(words, no_word_has_two_meanings);
	tcase_add_test(words,
		       a_word_counts_in_any_case_with_blanks_and_one_mark);
	tcase_add_test(words, letters_beyond_ascii_have_case_and_marks);
	tcase_add_test(words, nothing_else_is_a_word);
	tcase_add_test(words, what_begins_like_a_stop_is_near_one);
	tcase_add_test(words, stop_may_have_one_name);
	tcase_add_test(words, a_long_text_is_no_word);
	tcase_add_test(words, a_yes_counts_in_the_languages_that_are_spoken);
	tcase_add_test(words, what_counts_depends_on_the_place);
	suite_add_tcase(suite, words);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	n = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n == 0 ? 0 : 1;
}
