/* Log lines: one line per event, whatever strangers write. */
#include "server/base/log.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <regex.h>
#include <unistd.h>

#include "server/base/loop.h"
#include "tests/fake/fake_loop.h"

static int kept_stderr;
static char path[64];

/* Standard error goes to a file from here on. */
static void set_up(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/log_test.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	kept_stderr = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static void tear_down(void)
{
	dup2(kept_stderr, STDERR_FILENO);
	close(kept_stderr);
	unlink(path);
}

static char *log_read(void)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	ck_assert_ptr_nonnull(file);
	if (getdelim(&text, &size, '\0', file) < 0)
		text[0] = '\0';
	fclose(file);
	return text;
}

static void assert_log(const char *pattern)
{
	char *text = log_read();
	regex_t regex;

	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	ck_assert_msg(!regexec(&regex, text, 0, NULL, 0), "%s", text);
	regfree(&regex);
	free(text);
}

static int n_lines(void)
{
	char *text = log_read(), *at;
	int n = 0;

	for (at = text; (at = strchr(at, '\n')); at++)
		n++;
	free(text);
	return n;
}

#define STAMP                                                                  \
	"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "

START_TEST(a_line_has_its_form)
{
	log_event(LOG_EVENT_REFUSED, "relay=7f3a", "status=%d missing=%d", 470,
		  1);
	assert_log(STAMP "info relay=7f3a event=refused status=470 "
			 "missing=1\n$");
}
END_TEST

START_TEST(an_event_may_stand_alone)
{
	log_event(LOG_EVENT_STOPPED, NULL, NULL);
	assert_log(STAMP "info event=stopped\n$");
}
END_TEST

START_TEST(lines_below_the_level_are_not_written)
{
	log_set_level(LOG_WARNING);
	ck_assert(log_enabled(LOG_WARNING));
	ck_assert(!log_enabled(LOG_INFO));
	log_event(LOG_EVENT_STOPPED, NULL, NULL);
	log_event(LOG_EVENT_CLOCK_BEHIND, NULL, NULL);
	log_set_level(LOG_DEBUG);
	log_event(LOG_EVENT_STEP, NULL, NULL);
	assert_log("^[^\n]* warning event=clock-behind\n[^\n]* debug "
		   "event=step\n$");
}
END_TEST

struct text_case {
	struct view text;
	const char *shown;
};

/* clang-format off */
static const struct text_case texts[] = {
	{{"", 0}, "\"\""},
	{{"sip:a@b", 7}, "\"sip:a@b\""},
	{{"a b=c", 5}, "\"a b=c\""},
	{{"\"\\", 2}, "\"\\\"\\\\\""},
	{{"a\r\nb\t", 5}, "\"a\\x0d\\x0ab\\x09\""},
	{{"a\0b", 3}, "\"a\\x00b\""},
	{{"\x1b[31m\x7f", 6}, "\"\\x1b[31m\\x7f\""},
	{{"\xc3\xa9", 2}, "\"\xc3\xa9\""},
	{{"\xc2\x9b", 2}, "\"\\xc2\\x9b\""},
	{{"\xe2\x80\xa8", 3}, "\"\\xe2\\x80\\xa8\""},
	{{"\xe2\x80\xae", 3}, "\"\\xe2\\x80\\xae\""},
	{{"\xe2\x81\xa6", 3}, "\"\\xe2\\x81\\xa6\""},
	{{"\xe2\x82\xac", 3}, "\"\xe2\x82\xac\""},
	{{"\xe9\xff", 2}, "\"\\xe9\\xff\""},
	{{"\xf0\x9f\x98\x80", 4}, "\"\xf0\x9f\x98\x80\""},
};
/* clang-format on */

START_TEST(foreign_text_stays_in_its_line)
{
	const struct text_case *c = &texts[_i];

	ck_assert_str_eq(log_view(c->text), c->shown);
}
END_TEST

START_TEST(long_text_is_cut_between_characters)
{
	char text[400];
	int i;

	for (i = 0; i < 200; i++)
		memcpy(text + 1 + 2 * i - (i == 199), "\xc3\xa9", 2);
	text[0] = 'x';
	text[399] = '\0';
	/* 1 + 2 * 127 = 255; one more would be 257. */
	ck_assert_uint_eq(strlen(log_text(text)), 255 + 3 + 2);
	ck_assert(view_is_utf8(view_of(log_text(text))));
	ck_assert_str_eq(log_text(NULL), "-");
}
END_TEST

START_TEST(eight_texts_serve_one_line)
{
	log_event(LOG_EVENT_RECEIVED, NULL, "%s%s%s%s%s%s%s%s", log_text("1"),
		  log_text("2"), log_text("3"), log_text("4"), log_text("5"),
		  log_text("6"), log_text("7"), log_text("8"));
	assert_log("\"1\"\"2\"\"3\"\"4\"\"5\"\"6\"\"7\"\"8\"\n$");
}
END_TEST

START_TEST(a_line_is_a_line_even_unescaped)
{
	char text[6000];

	log_event(LOG_EVENT_RECEIVED, NULL, "x=%s", "a\nevent=forged\r\033[0m");
	assert_log("x=a\\?event=forged\\?\\?\\[0m\n$");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_event(LOG_EVENT_RECEIVED, NULL, "x=%s", text);
	ck_assert_int_eq(n_lines(), 2);
}
END_TEST

START_TEST(a_flood_is_cut_and_summed_up)
{
	int i;

	for (i = 0; i < 250; i++)
		log_event(LOG_EVENT_CLOCK_BEHIND, NULL, NULL);
	log_event(LOG_EVENT_STOPPED, NULL, NULL);
	ck_assert_int_eq(n_lines(), 101);
	fake_loop_move(NULL, monotonic_now_ms() + 1010);
	log_event(LOG_EVENT_STOPPED, NULL, NULL);
	assert_log("warning event=clock-behind "
		   "suppressed=150\n[^\n]*event=stopped\n$");
	ck_assert_int_eq(n_lines(), 103);
	log_event(LOG_EVENT_CLOCK_BEHIND, NULL, NULL);
	assert_log("event=clock-behind\n$");
	ck_assert_int_eq(n_lines(), 104);
}
END_TEST

START_TEST(changes_of_consent_are_never_cut)
{
	int i;

	for (i = 0; i < 2000; i++)
		log_event(LOG_EVENT_GRANTED, NULL, "permission=%d", i);
	ck_assert_int_eq(n_lines(), 2000);
	assert_log("info event=granted permission=1999\n$");
	log_set_level(LOG_WARNING);
	log_event(LOG_EVENT_GRANTED, NULL, NULL);
	ck_assert_int_eq(n_lines(), 2000);
}
END_TEST

START_TEST(tokens_are_blotted_out)
{
	log_event(LOG_EVENT_RECEIVED, NULL, "uri=%s",
		  log_text("sip:G-0123456789abcdef0123456789ABCDEF@h;a"));
	assert_log("uri=\"sip:g-[*]{8}@h;a\"\n$");
	log_event(LOG_EVENT_RECEIVED, NULL, "uri=%s",
		  log_text("sip:%67%2D0123456789abcdef0123456789ABCDE%46@h"));
	assert_log("uri=\"sip:g-[*]{8}@h\"\n$");
	log_event(LOG_EVENT_RECEIVED, NULL, "method=%s",
		  "G-0123456789abcdef0123456789ABCDEF"); /* not log_text() */
	assert_log("method=g-[*]{8}\n$");
	log_event(LOG_EVENT_RECEIVED, NULL, "uri=%s",
		  log_text("sip:g-0123456789abcdef0123456789abcde@h"));
	assert_log("uri=\"sip:g-0123456789abcdef0123456789abcde@h\"\n$");
}
END_TEST

START_TEST(a_token_where_a_text_is_cut_is_blotted_out)
{
	char text[256 + 34];

	memset(text, 'x', 222 + 3);
	snprintf(text + 225, sizeof(text) - 225,
		 "g-0123456789abcdef0123456789abcdef@h");
	log_event(LOG_EVENT_RECEIVED, NULL, "uri=%s", log_text(text));
	assert_log("xg-[*]{8}[.@h]*\"\n$");
	text[225 + 31] = '\0'; /* and where it came cut */
	log_event(LOG_EVENT_RECEIVED, NULL, "uri=%s", log_text(text));
	assert_log("xg-[*]{8}\"\n$");
}
END_TEST

enum { WRITERS = 4, LINES = 25 };

static void *writer_run(void *arg)
{
	int i;

	for (i = 0; i < LINES; i++)
		log_event(*(const enum log_event *)arg, "writer=1", "text=%s",
			  log_text("abc"));
	return NULL;
}

START_TEST(lines_of_many_threads_do_not_mix)
{
	static enum log_event events[WRITERS] = {
		LOG_EVENT_RECEIVED, LOG_EVENT_ACCEPTED, LOG_EVENT_REFUSED,
		LOG_EVENT_FINISHED};
	pthread_t threads[WRITERS];
	char *text, *line, *rest;
	regex_t regex;
	int i;

	for (i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, writer_run, &events[i]);
	for (i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(n_lines(), WRITERS * LINES);
	ck_assert_int_eq(regcomp(&regex,
				 STAMP "info writer=1 event=[a-z]+ "
				       "text=\"abc\"$",
				 REG_EXTENDED | REG_NOSUB),
			 0);
	text = log_read();
	for (rest = text; (line = strsep(&rest, "\n")) && *line;)
		ck_assert_msg(!regexec(&regex, line, 0, NULL, 0), "%s", line);
	regfree(&regex);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *cases = tcase_create("log");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_set_timeout(cases, 30);
	tcase_add_test(cases, a_line_has_its_form);
	tcase_add_test(cases, an_event_may_stand_alone);
	tcase_add_test(cases, lines_below_the_level_are_not_written);
	tcase_add_loop_test(cases, foreign_text_stays_in_its_line, 0,
			    sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(cases, long_text_is_cut_between_characters);
	tcase_add_test(cases, eight_texts_serve_one_line);
	tcase_add_test(cases, a_line_is_a_line_even_unescaped);
	tcase_add_test(cases, a_flood_is_cut_and_summed_up);
	tcase_add_test(cases, changes_of_consent_are_never_cut);
	tcase_add_test(cases, tokens_are_blotted_out);
	tcase_add_test(cases, a_token_where_a_text_is_cut_is_blotted_out);
	tcase_add_test(cases, lines_of_many_threads_do_not_mix);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
