/* When a grant that ends is asked about, and how often: RFC 5360 section 4.1.
 */
#include "policies/renewal.h"

#include <check.h>

#include "policies/permission.h"

#define DAY 86400
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *says;
	enum renewal was;
	enum renewal_event event;
	enum renewal is;
} steps[] = {
	/* clang-format off */
	{ "a term begins", RENEWAL_NONE, RENEWAL_TERM, RENEWAL_PLANNED },
	{ "what is not planned does not leave",
	  RENEWAL_NONE, RENEWAL_SEND, RENEWAL_NONE },
	{ "an outcome that comes too late plans nothing",
	  RENEWAL_NONE, RENEWAL_AWAY, RENEWAL_NONE },
	{ "nor fails it", RENEWAL_NONE, RENEWAL_REFUSED, RENEWAL_NONE },
	{ "nothing to end", RENEWAL_NONE, RENEWAL_OVER, RENEWAL_NONE },
	{ "another end", RENEWAL_PLANNED, RENEWAL_TERM, RENEWAL_PLANNED },
	{ "a no before it was asked",
	  RENEWAL_PLANNED, RENEWAL_OVER, RENEWAL_NONE },
	{ "it leaves", RENEWAL_PLANNED, RENEWAL_SEND, RENEWAL_ASKED },
	{ "it may not be asked",
	  RENEWAL_PLANNED, RENEWAL_REFUSED, RENEWAL_FAILED },
	{ "away before it left", RENEWAL_PLANNED, RENEWAL_AWAY,
	  RENEWAL_PLANNED },
	{ "yes: a new term", RENEWAL_ASKED, RENEWAL_TERM, RENEWAL_PLANNED },
	{ "no, or the end", RENEWAL_ASKED, RENEWAL_OVER, RENEWAL_NONE },
	{ "nobody is asked twice", RENEWAL_ASKED, RENEWAL_SEND, RENEWAL_ASKED },
	{ "the phone was off", RENEWAL_ASKED, RENEWAL_AWAY, RENEWAL_PLANNED },
	{ "there is no such phone",
	  RENEWAL_ASKED, RENEWAL_REFUSED, RENEWAL_FAILED },
	{ "a new term after a failure",
	  RENEWAL_FAILED, RENEWAL_TERM, RENEWAL_PLANNED },
	{ "what failed is not sent", RENEWAL_FAILED, RENEWAL_SEND,
	  RENEWAL_FAILED },
	{ "nor tried again", RENEWAL_FAILED, RENEWAL_AWAY, RENEWAL_FAILED },
	{ "nor fails twice", RENEWAL_FAILED, RENEWAL_REFUSED, RENEWAL_FAILED },
	{ "and ends with the grant", RENEWAL_FAILED, RENEWAL_OVER,
	  RENEWAL_NONE },
	/* clang-format on */
};

START_TEST(table)
{
	ck_assert_msg(
		renewal_step(steps[_i].was, steps[_i].event) == steps[_i].is,
		"%s: %s", steps[_i].says,
		renewal_name(renewal_step(steps[_i].was, steps[_i].event)));
}
END_TEST

START_TEST(table_is_whole)
{
	ck_assert_uint_eq(COUNT(steps), RENEWALS * RENEWAL_EVENTS);
	ck_assert_int_eq(renewal_step(RENEWALS, RENEWAL_TERM), RENEWALS);
	ck_assert_int_eq(renewal_step(RENEWAL_ASKED, RENEWAL_EVENTS),
			 RENEWAL_ASKED);
}
END_TEST

static struct permission grant(int64_t days)
{
	return (struct permission){.sender = "*",
				   .target = "sip:list@relay.example",
				   .recipient = "sip:r@example.org",
				   .state = PERMISSION_GRANTED,
				   .changed_at = 1000 * DAY,
				   .expires_at =
					   days ? (1000 + days) * DAY : 0};
}

static const struct {
	int64_t days, before_d;
	int64_t first_d, last_d; /**< the window, after the grant; 0: none */
} windows[] = {
	{180, 14, 166, 173}, {180, 180, 90, 135}, {28, 14, 14, 21},
	{7, 14, 3, 6},	     {6, 14, 0, 0},	  {0, 14, 0, 0},
	{180, 0, 0, 0},
};

START_TEST(is_asked_within_its_window)
{
	struct permission row = grant(windows[_i].days);
	char recipient[64];

	row.recipient = recipient;
	for (int i = 0; i < 500; i++) {
		int64_t at;

		snprintf(recipient, sizeof(recipient), "sip:u%d@example.org",
			 i);
		at = renewal_at(&row, windows[_i].before_d * DAY);
		if (!windows[_i].last_d) {
			ck_assert_int_eq(at, 0);
			continue;
		}
		ck_assert_int_ge(at, (1000 + windows[_i].first_d) * DAY);
		ck_assert_int_le(at, (1000 + windows[_i].last_d) * DAY);
		ck_assert_int_eq(at,
				 renewal_at(&row, windows[_i].before_d * DAY));
	}
}
END_TEST

/* 7,000 of one day in seven days: no day has much more than its share. */
START_TEST(is_spread)
{
	struct permission row = grant(180);
	char recipient[64];
	int days[8] = {0};

	row.recipient = recipient;
	for (int i = 0; i < 7000; i++) {
		snprintf(recipient, sizeof(recipient), "sip:u%d@example.org",
			 i);
		days[(renewal_at(&row, 14 * DAY) - 1166 * DAY) / DAY]++;
	}
	for (int i = 0; i < 7; i++) {
		ck_assert_int_gt(days[i], 800);
		ck_assert_int_lt(days[i], 1200);
	}
}
END_TEST

START_TEST(only_a_grant_of_usual_length_is_renewed)
{
	struct permission row = grant(180);

	row.term_s = 30 * DAY;
	ck_assert_int_eq(renewal_at(&row, 14 * DAY), 0);
	row.term_s = TERM_DEFAULT;
	row.state = PERMISSION_DENIED;
	ck_assert_int_eq(renewal_at(&row, 14 * DAY), 0);
	row.state = PERMISSION_WAITING;
	ck_assert_int_eq(renewal_at(&row, 14 * DAY), 0);
}
END_TEST

START_TEST(a_yes_lives_as_its_term_says)
{
	ck_assert_int_eq(term_end(TERM_DEFAULT, 180 * DAY, 1000),
			 180 * DAY + 1000);
	ck_assert_int_eq(term_end(TERM_DEFAULT, 0, 1000), 0);
	ck_assert_int_eq(term_end(TERM_PERMANENT, 180 * DAY, 1000), 0);
	ck_assert_int_eq(term_end(7 * DAY, 0, 1000), 7 * DAY + 1000);
}
END_TEST

START_TEST(names_are_read_as_they_are_written)
{
	enum renewal read;

	for (int i = 0; i < RENEWALS; i++) {
		ck_assert(renewal_from(renewal_name((enum renewal)i), &read));
		ck_assert_int_eq(read, i);
	}
	ck_assert(!renewal_from("granted", &read));
	ck_assert(!renewal_from(NULL, &read));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("renewal");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, table, 0, (int)COUNT(steps));
	tcase_add_test(tcase, table_is_whole);
	tcase_add_loop_test(tcase, is_asked_within_its_window, 0,
			    (int)COUNT(windows));
	tcase_add_test(tcase, is_spread);
	tcase_add_test(tcase, only_a_grant_of_usual_length_is_renewed);
	tcase_add_test(tcase, a_yes_lives_as_its_term_says);
	tcase_add_test(tcase, names_are_read_as_they_are_written);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
