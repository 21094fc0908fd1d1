/* How much, how often: RFC 5360 5.1.1, RFC 4453 REQ 2, RFC 5393 5.3.3. */
#include "policies/limits.h"

#include <check.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DAY 86400

START_TEST(a_new_bucket_is_full)
{
	struct bucket bucket = {0, 0};

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(bucket_take(&bucket, 0, 2, 5), 0);
	ck_assert_int_eq(bucket_take(&bucket, 0, 2, 5), 500);
}
END_TEST

START_TEST(a_bucket_fills_with_time_and_not_over)
{
	struct bucket bucket = {0, 0};

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(bucket_take(&bucket, 1000, 10, 3), 0);
	ck_assert_int_eq(bucket_take(&bucket, 1000, 10, 3), 100);
	ck_assert_int_eq(bucket_take(&bucket, 1099, 10, 3), 1);
	ck_assert_int_eq(bucket_take(&bucket, 1100, 10, 3), 0);
	ck_assert_int_eq(bucket_take(&bucket, 1100, 10, 3), 100);
	/* after a very long pause: three, as at first, not more */
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(bucket_take(&bucket, INT64_MAX, 10, 3), 0);
	ck_assert_int_gt(bucket_take(&bucket, INT64_MAX, 10, 3), 0);
}
END_TEST

START_TEST(a_bucket_waits_as_long_as_it_said)
{
	struct bucket bucket = {0, 0};
	int64_t now = 5;
	int taken = 0;

	while (now < 60005) {
		int64_t pause = bucket_take(&bucket, now, 3, 2);

		if (pause == 0)
			taken++;
		now += pause;
	}
	ck_assert_int_ge(taken, 2 + 3 * 60 - 1);
	ck_assert_int_le(taken, 2 + 3 * 60);
}
END_TEST

START_TEST(a_clock_that_steps_back_fills_nothing)
{
	struct bucket bucket = {0, 0};

	ck_assert_int_eq(bucket_take(&bucket, 100000, 1, 1), 0);
	ck_assert_int_eq(bucket_take(&bucket, 50, 1, 1), 1000);
	ck_assert_int_eq(bucket_take(&bucket, 1050, 1, 1), 0);
}
END_TEST

START_TEST(a_bucket_without_a_rate_is_slow_not_endless)
{
	struct bucket bucket = {0, 0};

	ck_assert_int_eq(bucket_take(&bucket, 9, 0, 0), 0);
	ck_assert_int_eq(bucket_take(&bucket, 9, -5, -5), 1000);
}
END_TEST

struct ask_case {
	const char *says;
	struct ask_limits limits; /**< burst, interval, per day */
	size_t n;
	int64_t asked_at[6];
	int64_t now, at;
};

/* clang-format off */
#define NOW (10 * DAY)
static const struct ask_case asks[] = {
	{ "never asked", { 1, 600, 5 }, 0, { 0 }, NOW, NOW },
	{ "just asked: a pause", { 1, 600, 5 }, 1, { NOW }, NOW, NOW + 600 },
	{ "asked a while ago: the rest of the pause",
	  { 1, 600, 5 }, 1, { NOW - 400 }, NOW, NOW + 200 },
	{ "the pause is over", { 1, 600, 5 }, 1, { NOW - 600 }, NOW, NOW },
	{ "a burst goes at once", { 3, 600, 9 }, 2, { NOW, NOW }, NOW, NOW },
	{ "after the burst a pause",
	  { 3, 600, 9 }, 3, { NOW, NOW, NOW }, NOW, NOW + 600 },
	{ "and then one each pause",
	  { 3, 600, 9 }, 4, { NOW - 600, NOW - 600, NOW - 600, NOW }, NOW,
	  NOW + 600 },
	{ "the fifth of a day was the last",
	  { 1, 600, 5 }, 5,
	  { NOW - 9000, NOW - 8000, NOW - 7000, NOW - 6000, NOW - 5000 }, NOW,
	  NOW - 9000 + DAY },
	{ "what is older than a day does not count",
	  { 1, 600, 2 }, 3, { NOW - 2 * DAY, NOW - DAY, NOW - 5000 }, NOW,
	  NOW },
	{ "one second less than a day counts",
	  { 1, 600, 2 }, 2, { NOW - DAY + 1, NOW - 5000 }, NOW, NOW + 1 },
	{ "a clock set back: as if asked now",
	  { 1, 600, 5 }, 1, { NOW + 9 * DAY }, NOW, NOW + 600 },
	{ "no pause configured", { 1, 0, 5 }, 1, { NOW }, NOW, NOW },
	{ "senseless limits count as one",
	  { 0, -1, 0 }, 1, { NOW - 10 }, NOW, NOW - 10 + DAY },
};
/* clang-format on */

START_TEST(questions_are_paced)
{
	const struct ask_case *c = &asks[_i];
	int64_t at = limits_ask_at(&c->limits, c->asked_at, c->n, c->now);

	if (c->at == c->now) /* not after now means now */
		ck_assert_msg(at <= c->now, "%s: %jd", c->says, (intmax_t)at);
	else
		ck_assert_msg(at == c->at, "%s: %jd", c->says, (intmax_t)at);
}
END_TEST

START_TEST(who_waits_for_its_turn_keeps_all_limits)
{
	struct ask_limits limits = {3, 600, 20};
	int64_t asked_at[200];
	int64_t now = 0;

	for (size_t n = 0; n < COUNT(asked_at); n++) {
		int64_t at = limits_ask_at(&limits, asked_at, n, now);

		if (at > now)
			now = at;
		asked_at[n] = now;
		if (n >= 20)
			ck_assert_int_ge(now - asked_at[n - 20], DAY);
		if (n >= 3)
			ck_assert_int_ge(now - asked_at[n - 3], 600);
	}
}
END_TEST

START_TEST(pauses_grow_and_the_last_repeats)
{
	static const int pauses[] = {30, 60, 600};

	ck_assert_int_eq(limits_retry_pause(pauses, 3, 0, 0), 30);
	ck_assert_int_eq(limits_retry_pause(pauses, 3, 1, 0), 30);
	ck_assert_int_eq(limits_retry_pause(pauses, 3, 2, 0), 60);
	ck_assert_int_eq(limits_retry_pause(pauses, 3, 3, 0), 600);
	ck_assert_int_eq(limits_retry_pause(pauses, 3, 4, 0), 600);
	ck_assert_int_eq(limits_retry_pause(pauses, 3, UINT32_MAX, 0), 600);
	ck_assert_int_eq(limits_retry_pause(NULL, 0, 1, 0), 60);
}
END_TEST

START_TEST(a_503_names_a_time)
{
	ck_assert_int_eq(limits_retry_after_s(OVERLOAD_SOURCE), 1);
	ck_assert_int_eq(limits_retry_after_s(OVERLOAD_TRANSACTIONS), 2);
	ck_assert_int_eq(limits_retry_after_s(OVERLOAD_REQUESTS), 5);
	ck_assert_int_eq(limits_retry_after_s(OVERLOAD_STOPPING), 5);
	ck_assert_int_eq(limits_retry_after_s(OVERLOAD_WRITER), 5);
	ck_assert_int_eq(limits_retry_after_s(OVERLOAD_STORE), 60);
}
END_TEST

START_TEST(a_pause_spreads_by_a_fifth)
{
	static const int pauses[] = {600, 0};

	ck_assert_int_eq(limits_retry_pause(pauses, 1, 1, 100), 720);
	ck_assert_int_eq(limits_retry_pause(pauses, 1, 1, -100), 480);
	ck_assert_int_eq(limits_retry_pause(pauses, 1, 1, 50), 660);
	ck_assert_int_eq(limits_retry_pause(pauses, 1, 1, 9999), 720);
	ck_assert_int_eq(limits_retry_pause(pauses, 1, 1, -9999), 480);
	ck_assert_int_eq(limits_retry_pause(pauses, 2, 2, -100), 1);
}
END_TEST

START_TEST(who_crowds_a_recipient_comes_more_and_more_seldom)
{
	int64_t now = 0;
	int n = 0;

	ck_assert_int_eq(limits_crowd_pause(30, 0), 30);
	ck_assert_int_eq(limits_crowd_pause(30, 80), 40);
	ck_assert_int_eq(limits_crowd_pause(30, -80),
			 30); /* a clock set back */
	for (; now < 4 * DAY; n++)
		now += limits_crowd_pause(30, now);
	ck_assert_int_lt(n, 70);
}
END_TEST

#define BOB "sip:bob@example.com"

static enum leg_outcome outcome_in_words(int status)
{
	static const int again[] = {408, 480, 486};
	static const int over[] = {501, 505, 513};

	if (status >= 200 && status < 300)
		return LEG_OUTCOME_OK;
	if (status == 401 || status == 407)
		return LEG_OUTCOME_CREDENTIALS;
	if (status < 200)
		return LEG_OUTCOME_TRY_AGAIN;
	for (size_t i = 0; i < COUNT(again); i++) {
		if (status == again[i])
			return LEG_OUTCOME_TRY_AGAIN;
		if (status == over[i])
			return LEG_OUTCOME_FAILED;
	}
	return status / 100 == 5 ? LEG_OUTCOME_TRY_AGAIN : LEG_OUTCOME_FAILED;
}

START_TEST(every_status_means_one_thing_for_a_delivery)
{
	for (int status = 0; status < 1000; status++)
		ck_assert_int_eq(limits_leg_outcome(NULL, BOB, status),
				 outcome_in_words(status));
	/* by name, those that matter most */
	ck_assert_int_eq(limits_leg_outcome(NULL, BOB, 302),
			 LEG_OUTCOME_FAILED);
	ck_assert_int_eq(limits_leg_outcome(NULL, BOB, 404),
			 LEG_OUTCOME_FAILED);
	ck_assert_int_eq(limits_leg_outcome(NULL, BOB, 503),
			 LEG_OUTCOME_TRY_AGAIN);
	ck_assert_int_eq(limits_leg_outcome(NULL, BOB, 603),
			 LEG_OUTCOME_FAILED);
}
END_TEST

struct away_case {
	const char *recipient;
	int is_everywhere, status;
	enum leg_outcome outcome;
};

/* clang-format off */
static const struct away_case aways[] = {
	/* a registrar of ours says who is not registered now */
	{ "sip:bob@relay.example", 0, 404, LEG_OUTCOME_TRY_AGAIN },
	{ "sip:bob@RELAY.example:5070", 0, 430, LEG_OUTCOME_TRY_AGAIN },
	{ "sips:bob@relay.example", 0, 404, LEG_OUTCOME_TRY_AGAIN },
	{ "sip:bob@192.0.2.7:5070", 0, 477, LEG_OUTCOME_TRY_AGAIN },
	{ "sip:bob@[2001:db8::7]", 0, 478, LEG_OUTCOME_TRY_AGAIN },
	/* another domain speaks for itself */
	{ "sip:bob@relay.example.net", 0, 404, LEG_OUTCOME_FAILED },
	{ "sip:relay.example@other.example", 0, 404, LEG_OUTCOME_FAILED },
	{ "sip:bob@1and1.example", 0, 404, LEG_OUTCOME_FAILED },
	{ "sip:bob@other.example", 1, 404, LEG_OUTCOME_TRY_AGAIN },
	/* what is not named keeps its meaning */
	{ "sip:bob@relay.example", 1, 410, LEG_OUTCOME_FAILED },
	{ "sip:bob@relay.example", 1, 302, LEG_OUTCOME_FAILED },
	{ "sip:bob@relay.example", 1, 200, LEG_OUTCOME_OK },
	{ "sip:bob@other.example", 0, 480, LEG_OUTCOME_TRY_AGAIN },
	{ "sip:bob@other.example", 0, 407, LEG_OUTCOME_CREDENTIALS },
	{ "sip:bob@relay.example", 1, 401, LEG_OUTCOME_CREDENTIALS },
	{ "no URI at all", 0, 404, LEG_OUTCOME_FAILED },
};
/* clang-format on */

START_TEST(away_is_what_a_registrar_of_ours_says)
{
	static const int statuses[] = {404, 405, 430, 477, 478};
	const struct away_case *it = &aways[_i];
	const struct away_rule rule = {.statuses = statuses,
				       .n = COUNT(statuses),
				       .domain = "relay.example",
				       .is_everywhere = it->is_everywhere};

	ck_assert_int_eq(limits_leg_outcome(&rule, it->recipient, it->status),
			 it->outcome);
}
END_TEST

struct breadth_case {
	int incoming, maximum;
	size_t n, window;
	int share;
};

/* clang-format off */
static const struct breadth_case breadths[] = {
	{ -1, 60, 1, 1, 60 },   /* absent: 60, all for the one leg */
	{ -1, 60, 3, 3, 20 },
	{ -1, 60, 7, 7, 8 },    /* what does not divide is lost */
	{ -1, 60, 60, 60, 1 },
	{ -1, 60, 5000, 60, 1 },/* more than that go one after another */
	{ 10, 60, 3, 3, 3 },
	{ 1, 60, 3, 1, 1 },     /* one at a time */
	{ 0, 60, 3, 0, 1 },     /* none at all: 440 */
	{ 500, 60, 2, 2, 30 },  /* lowered to our maximum */
	{ -1, 20, 2, 2, 10 },
	{ 5, 0, 2, 1, 1 },      /* a senseless maximum counts as one */
};
/* clang-format on */

START_TEST(breadth_is_shared_out)
{
	const struct breadth_case *c = &breadths[_i];
	struct breadth b = limits_breadth(c->incoming, c->maximum, c->n);

	ck_assert_uint_eq(b.window, c->window);
	ck_assert_int_eq(b.share, c->share);
}
END_TEST

START_TEST(breadth_is_never_exceeded)
{
	for (int incoming = -1; incoming < 70; incoming++) {
		for (size_t n = 1; n < 200; n++) {
			struct breadth b = limits_breadth(incoming, 60, n);
			size_t whole = incoming < 0 || incoming > 60
					       ? 60
					       : (size_t)incoming;

			ck_assert_int_ge(b.share, 1);
			ck_assert_uint_le(b.window, n);
			ck_assert_uint_le(b.window * (size_t)b.share, whole);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_test(cases, a_new_bucket_is_full);
	tcase_add_test(cases, a_bucket_fills_with_time_and_not_over);
	tcase_add_test(cases, a_bucket_waits_as_long_as_it_said);
	tcase_add_test(cases, a_clock_that_steps_back_fills_nothing);
	tcase_add_test(cases, a_bucket_without_a_rate_is_slow_not_endless);
	tcase_add_loop_test(cases, questions_are_paced, 0, COUNT(asks));
	tcase_add_test(cases, who_waits_for_its_turn_keeps_all_limits);
	tcase_add_test(cases, pauses_grow_and_the_last_repeats);
	tcase_add_test(cases, a_pause_spreads_by_a_fifth);
	tcase_add_test(cases, a_503_names_a_time);
	tcase_add_test(cases,
		       who_crowds_a_recipient_comes_more_and_more_seldom);
	tcase_add_test(cases, every_status_means_one_thing_for_a_delivery);
	tcase_add_loop_test(cases, away_is_what_a_registrar_of_ours_says, 0,
			    COUNT(aways));
	tcase_add_loop_test(cases, breadth_is_shared_out, 0, COUNT(breadths));
	tcase_add_test(cases, breadth_is_never_exceeded);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
