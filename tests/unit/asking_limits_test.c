/* When somebody may be asked next: RFC 4453 REQ 2, RFC 5360 section 5.1.1. */
#include "policies/asking_spread.h"

#include <check.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HOUR 3600
#define DAY 86400
#define NOW (400 * (int64_t)DAY)
#define PAST_MAX 12

static const int pauses_s[] = {DAY,	 3 * DAY,  7 * DAY,
			       14 * DAY, 30 * DAY, 60 * DAY};
/** As the settings have them. */
static const struct asking_limits usual = {
	.all = {.burst = 2, .interval_s = 600, .per_day = 5},
	.owner_per_day = 1,
	.owner_per_week = 2,
	.owner_per_half_year = 7,
	.pauses_s = pauses_s,
	.n_pauses = 6};

/* Who asked, and whether there was an answer. */
#define OURS(at)                                                               \
	{                                                                      \
		(at), true, false                                              \
	}
#define ANSWERED(at)                                                           \
	{                                                                      \
		(at), true, true                                               \
	}
#define OTHERS(at)                                                             \
	{                                                                      \
		(at), false, false                                             \
	}

struct when_case {
	const char *says;
	size_t n;
	struct asking_past past[PAST_MAX];
	int64_t at;
	enum asking_limit limit;
	int used, allowed;
};

/* clang-format off */
static const struct when_case cases[] = {
	{ "never asked", 0, { { 0 } }, NOW, ASKING_FREE, 0, 1 },
	{ "one owner: once a day", 1, { ANSWERED(NOW - HOUR) },
	  NOW + 23 * HOUR, ASKING_OWNER_DAY, 1, 1 },
	{ "a day later again", 1, { ANSWERED(NOW - DAY) },
	  NOW, ASKING_FREE, 0, 1 },
	{ "one second less is too early", 1, { ANSWERED(NOW - DAY + 1) },
	  NOW + 1, ASKING_OWNER_DAY, 1, 1 },
	{ "twice a week", 2,
	  { ANSWERED(NOW - 3 * DAY), ANSWERED(NOW - 2 * DAY) },
	  NOW + 4 * DAY, ASKING_OWNER_WEEK, 2, 2 },
	{ "seven in half a year", 7,
	  { ANSWERED(NOW - 182 * DAY), ANSWERED(NOW - 160 * DAY),
	    ANSWERED(NOW - 140 * DAY), ANSWERED(NOW - 120 * DAY),
	    ANSWERED(NOW - 100 * DAY), ANSWERED(NOW - 80 * DAY),
	    ANSWERED(NOW - 60 * DAY) },
	  NOW + DAY, ASKING_OWNER_HALF_YEAR, 7, 7 },
	{ "what is older does not count", 7,
	  { ANSWERED(NOW - 183 * DAY), ANSWERED(NOW - 160 * DAY),
	    ANSWERED(NOW - 140 * DAY), ANSWERED(NOW - 120 * DAY),
	    ANSWERED(NOW - 100 * DAY), ANSWERED(NOW - 80 * DAY),
	    ANSWERED(NOW - 60 * DAY) },
	  NOW, ASKING_FREE, 0, 1 },
	{ "no answer: a day", 1, { OURS(NOW) },
	  NOW + DAY, ASKING_OWNER_DAY, 1, 1 },
	{ "two without an answer: three days", 2,
	  { OURS(NOW - 8 * DAY), OURS(NOW - DAY) },
	  NOW + 2 * DAY, ASKING_NO_ANSWER, 2, 1 },
	{ "six: sixty days", 6,
	  { OURS(NOW - 90 * DAY), OURS(NOW - 80 * DAY), OURS(NOW - 70 * DAY),
	    OURS(NOW - 60 * DAY), OURS(NOW - 40 * DAY), OURS(NOW - 10 * DAY) },
	  NOW + 50 * DAY, ASKING_NO_ANSWER, 6, 1 },
	{ "an answer ends the row", 3,
	  { OURS(NOW - 20 * DAY), ANSWERED(NOW - 10 * DAY),
	    OURS(NOW - 2 * DAY) },
	  NOW, ASKING_FREE, 0, 1 },
	{ "an answer to an earlier one does not end a later row", 3,
	  { ANSWERED(NOW - 20 * DAY), OURS(NOW - 10 * DAY),
	    OURS(NOW - 2 * DAY) },
	  NOW + DAY, ASKING_NO_ANSWER, 2, 1 },
	{ "others do not count for an owner", 2,
	  { OTHERS(NOW - 2 * HOUR), OTHERS(NOW - HOUR) },
	  NOW, ASKING_FREE, 0, 1 },
	{ "but all together have five a day", 5,
	  { OTHERS(NOW - 20 * HOUR), OTHERS(NOW - 16 * HOUR),
	    OTHERS(NOW - 12 * HOUR), OTHERS(NOW - 8 * HOUR),
	    OTHERS(NOW - 4 * HOUR) },
	  NOW + 4 * HOUR, ASKING_DAY, 5, 5 },
	{ "and a pause after a burst", 2, { OTHERS(NOW - 10), OTHERS(NOW - 5) },
	  NOW + 590, ASKING_INTERVAL, 2, 2 },
	{ "the latest limit counts", 5,
	  { OTHERS(NOW - 20 * HOUR), OTHERS(NOW - 16 * HOUR),
	    OTHERS(NOW - 12 * HOUR), OTHERS(NOW - 8 * HOUR), OURS(NOW) },
	  NOW + DAY, ASKING_OWNER_DAY, 1, 1 },
	{ "a clock set back: as if asked now", 1, { ANSWERED(NOW + 9 * DAY) },
	  NOW + DAY, ASKING_OWNER_DAY, 1, 1 },
};
/* clang-format on */

START_TEST(questions_have_limits)
{
	const struct when_case *c = &cases[_i];
	struct asking_verdict verdict = asking_when(&usual, c->past, c->n, NOW);

	ck_assert_msg(verdict.at == c->at, "%s: %jd", c->says,
		      (intmax_t)(verdict.at - NOW));
	ck_assert_msg(verdict.limit == c->limit, "%s: %d", c->says,
		      (int)verdict.limit);
	ck_assert_msg(verdict.used == c->used && verdict.allowed == c->allowed,
		      "%s: %d of %d", c->says, verdict.used, verdict.allowed);
}
END_TEST

/* How long what is counted counts, for who is shown the limits. */
START_TEST(a_limit_has_a_period)
{
	static const struct asking_past two[] = {OURS(NOW - 8 * DAY),
						 OURS(NOW - DAY)};
	static const struct asking_past others[] = {OTHERS(NOW - 10),
						    OTHERS(NOW - 5)};
	static const struct asking_past week[] = {ANSWERED(NOW - 3 * DAY),
						  ANSWERED(NOW - 2 * DAY)};

	ck_assert_int_eq(asking_when(&usual, NULL, 0, NOW).period_s, DAY);
	ck_assert_int_eq(asking_when(&usual, two, 2, NOW).period_s, 3 * DAY);
	ck_assert_int_eq(asking_when(&usual, others, 2, NOW).period_s, 600);
	ck_assert_int_eq(asking_when(&usual, week, 2, NOW).period_s, 7 * DAY);
}
END_TEST

/* Another try asks no limit, and the day's count is shown all the same. */
START_TEST(a_try_is_free)
{
	static const struct asking_past past[] = {OURS(NOW - DAY),
						  OURS(NOW - 10)};
	struct asking_verdict verdict = asking_free(&usual, past, 2, NOW);

	ck_assert_int_eq(verdict.limit, ASKING_FREE);
	ck_assert_ptr_null(asking_limit_name(verdict.limit));
	ck_assert_int_eq(verdict.at, NOW);
	ck_assert_int_eq(verdict.used, 1);
	ck_assert_int_eq(verdict.allowed, 1);
}
END_TEST

/** Ask whenever it may be asked, for two years: what are the gaps? */
START_TEST(who_never_answers_is_left_in_peace)
{
	/* The third is the third of its week: six days instead of three. */
	static const int days[] = {1, 6, 7, 14, 30, 60};
	struct asking_past past[64];
	int64_t first = NOW, now = NOW;
	size_t n = 0, in_half_a_year = 0;

	while (now < first + 730 * (int64_t)DAY && n < COUNT(past)) {
		struct asking_verdict verdict =
			asking_when(&usual, past, n, now);

		if (verdict.at <= now)
			past[n++] = (struct asking_past)OURS(now);
		else
			now = verdict.at;
	}
	ck_assert_uint_gt(n, 7);
	for (size_t i = 0; i < COUNT(days); i++)
		ck_assert_int_eq(past[i + 1].asked_at - past[i].asked_at,
				 days[i] * DAY);
	for (size_t i = 0; i < n; i++)
		in_half_a_year += past[i].asked_at < first + ASKING_PAST_S;
	ck_assert_uint_eq(in_half_a_year, 7);
	for (size_t i = 7; i < n; i++)
		ck_assert_int_ge(past[i].asked_at - past[i - 7].asked_at,
				 ASKING_PAST_S);
}
END_TEST

START_TEST(a_limit_of_nothing_is_none)
{
	const struct asking_limits none = {
		.all = {.burst = 9, .interval_s = 0, .per_day = 9}};
	const struct asking_past past[] = {OURS(NOW - 1), OURS(NOW)};

	ck_assert_int_eq(asking_when(&none, past, 2, NOW).at, NOW);
	ck_assert_int_eq(asking_when(&none, past, 2, NOW).limit, ASKING_FREE);
}
END_TEST

/* One a second and 200 a day: for a host, and for a network. */
START_TEST(a_destination_has_limits)
{
	static const struct asking_rate rate = {.per_second = 1,
						.per_day = 200};
	static const struct {
		struct asking_destination use;
		bool is_try;
		int64_t at;
		enum asking_limit host, network;
	} each[] = {
		{{0, 0, 0, 0}, false, NOW, ASKING_FREE, ASKING_FREE},
		{{0, 199, NOW - HOUR, 0}, false, NOW, ASKING_FREE, ASKING_FREE},
		{{1, 3, NOW - HOUR, 0},
		 false,
		 NOW + 1,
		 ASKING_HOST_SECOND,
		 ASKING_NETWORK_SECOND},
		{{1, 3, NOW - HOUR, 0},
		 true,
		 NOW + 1,
		 ASKING_HOST_SECOND,
		 ASKING_NETWORK_SECOND},
		{{0, 200, NOW - HOUR, 0},
		 false,
		 NOW + 23 * HOUR,
		 ASKING_HOST_DAY,
		 ASKING_NETWORK_DAY},
		{{0, 200, NOW - HOUR, 0}, true, NOW, ASKING_FREE, ASKING_FREE},
		/* The clock was set back. */
		{{0, 200, NOW + 9 * HOUR, 0},
		 false,
		 NOW + DAY,
		 ASKING_HOST_DAY,
		 ASKING_NETWORK_DAY},
	};
	const struct asking_rate none = {0};
	const struct asking_need need = {each[_i].is_try, 900};
	struct asking_verdict verdict = asking_destination_when(
		&rate, ASKING_HOST, &each[_i].use, &need, NOW);

	ck_assert_int_eq(verdict.at, each[_i].at);
	ck_assert_int_eq(verdict.limit, each[_i].host);
	verdict = asking_destination_when(&rate, ASKING_NETWORK, &each[_i].use,
					  &need, NOW);
	ck_assert_int_eq(verdict.at, each[_i].at);
	ck_assert_int_eq(verdict.limit, each[_i].network);
	verdict = asking_destination_when(&none, ASKING_HOST, &each[_i].use,
					  &need, NOW);
	ck_assert_int_eq(verdict.at, NOW);
}
END_TEST

START_TEST(a_destination_has_a_limit_of_bytes)
{
	const struct asking_rate rate = {.bytes_per_day = 3000};
	const struct asking_rate none = {.per_day = 9};
	const struct asking_destination use = {.bytes = 2000};
	const struct asking_need fits = {true, 1000}, more = {true, 1001};
	struct asking_verdict verdict =
		asking_destination_when(&rate, ASKING_HOST, &use, &more, NOW);

	ck_assert_int_gt(verdict.at, NOW);
	ck_assert_int_eq(verdict.limit, ASKING_HOST_BYTES);
	ck_assert_int_eq(verdict.used, 2000);
	ck_assert_int_eq(verdict.allowed, 3000);
	verdict = asking_destination_when(&rate, ASKING_NETWORK, &use, &more,
					  NOW);
	ck_assert_int_eq(verdict.limit, ASKING_NETWORK_BYTES);
	verdict = asking_destination_when(&rate, ASKING_HOST, &use, &fits, NOW);
	ck_assert_int_eq(verdict.at, NOW);
	ck_assert_int_eq(asking_destination_room(&rate, &use), 1000);
	ck_assert_int_eq(asking_destination_room(&none, &use), INT64_MAX);
	ck_assert(asking_has_rate(&rate));
}
END_TEST

START_TEST(bytes_of_questions_are_twice_those_that_caused_them)
{
	const struct asking_limits limits = {.bytes_ratio = 2};
	const struct asking_limits none = {0};
	const struct asking_traffic traffic = {.received = 500, .sent = 100};

	ck_assert_int_eq(asking_bytes_when(&limits, &traffic, 900, NOW).at,
			 NOW);
	ck_assert_int_eq(asking_bytes_when(&limits, &traffic, 901, NOW).limit,
			 ASKING_BYTES);
	ck_assert_int_gt(asking_bytes_when(&limits, &traffic, 901, NOW).at,
			 NOW);
	ck_assert_int_eq(asking_credit(&limits, &traffic), 900);
	ck_assert_int_eq(asking_bytes_when(&none, &traffic, 9999, NOW).at, NOW);
}
END_TEST

START_TEST(requests_are_no_more_than_calls)
{
	const struct asking_limits one = {.requests_per_call = 1};
	const struct asking_limits two = {.requests_per_call = 2};
	const struct asking_limits none = {0};
	const struct asking_traffic traffic = {.calls = 3, .requests = 3};
	struct asking_verdict verdict = asking_calls_when(&one, &traffic, NOW);

	ck_assert_int_gt(verdict.at, NOW);
	ck_assert_int_eq(verdict.limit, ASKING_CALLS);
	ck_assert_int_eq(verdict.used, 3);
	ck_assert_int_eq(verdict.allowed, 3);
	ck_assert_int_eq(asking_calls_when(&two, &traffic, NOW).at, NOW);
	ck_assert_int_eq(asking_calls_when(&none, &traffic, NOW).at, NOW);
	ck_assert_int_eq(asking_tries_left(&two, &traffic), 3);
	ck_assert(asking_has_credit(&one));
	ck_assert(!asking_has_credit(&none));
}
END_TEST

START_TEST(only_what_is_named_is_home)
{
	static const char *const domains[] = {"example.com", "[2001:db8::1]"};
	struct trust_network networks[2];
	const struct asking_home home = {domains, 2, networks, 2};
	static const struct {
		const char *host;
		bool is_home;
	} each[] = {
		{"example.com", true},
		{"EXAMPLE.com", true},
		{"sub.example.com", false},
		{"example.org", false},
		{"xexample.com", false},
		{"192.0.2.9", true},
		{"192.0.3.9", false},
		{"[2001:db8:1::7]", true},
		{"[2001:db8::1]", true},
		{"[2001:db8::2]", false},
		{"", false},
	};

	ck_assert(trust_network_parse("192.0.2.0/24", &networks[0]));
	ck_assert(trust_network_parse("2001:db8:1::/48", &networks[1]));
	for (size_t i = 0; i < COUNT(each); i++)
		ck_assert_msg(asking_is_home(&home, view_of(each[i].host)) ==
				      each[i].is_home,
			      "%s", each[i].host);
}
END_TEST

/* It is nobody's question, and has the limits of all owners together. */
START_TEST(a_renewal_has_no_limit_of_its_owner)
{
	static const struct asking_past week[] = {
		OURS(NOW - 6 * DAY), OURS(NOW - 2 * DAY), OURS(NOW - HOUR)};
	static const struct asking_past day[] = {
		OTHERS(NOW - 5 * HOUR), OTHERS(NOW - 4 * HOUR),
		OTHERS(NOW - 3 * HOUR), OURS(NOW - 2 * HOUR),
		OTHERS(NOW - HOUR)};

	ck_assert_int_eq(asking_renewal_when(&usual, week, 3, NOW).at, NOW);
	ck_assert_int_eq(asking_renewal_when(&usual, day, 5, NOW).limit,
			 ASKING_DAY);
	ck_assert_int_eq(asking_renewal_when(&usual, day, 5, NOW).at,
			 NOW + 19 * HOUR);
}
END_TEST

START_TEST(each_limit_has_a_name)
{
	ck_assert_ptr_eq(asking_limit_name(ASKING_FREE), NULL);
	ck_assert_str_eq(asking_limit_name(ASKING_OWNER_WEEK), "owner-week");
	for (int i = 1; i < ASKING_LIMITS; i++)
		ck_assert_ptr_ne(asking_limit_name((enum asking_limit)i), NULL);
}
END_TEST

/** When the last of many to one host leaves, seconds from now. */
static const struct {
	int per_second, per_day;
	int in_day;	   /**< left already */
	int64_t oldest, n; /**< of these: seconds ago */
	int64_t last;
} spreads[] = {
	{0, 0, 0, 0, 5000, 0},
	{1, 0, 0, 0, 1, 0},
	{1, 0, 0, 0, 100, 99},
	{10, 0, 0, 0, 100, 9},
	{1, 200, 0, 0, 200, 199},
	{1, 200, 0, 0, 201, ASKING_DAY_S},
	{1, 200, 0, 0, 400, ASKING_DAY_S + 199},
	{1, 200, 0, 0, 2000, 9 * ASKING_DAY_S + 199},
	{1, 200, 150, 3600, 50, 49},
	{1, 200, 150, 3600, 51, ASKING_DAY_S - 3600},
	{1, 200, 200, 3600, 1, ASKING_DAY_S - 3600},
	{1, 200, 200, 90000, 1, 0},
	{1, 200, 200, 3600, 201, 2 * ASKING_DAY_S - 3600},
};

START_TEST(the_last_of_many)
{
	const int64_t now = 2000000000;
	const struct asking_rate rate = {spreads[_i].per_second,
					 spreads[_i].per_day, 0};
	const struct asking_destination use = {.in_day = spreads[_i].in_day,
					       .oldest_at = now -
							    spreads[_i].oldest};

	ck_assert_int_eq(asking_host_last(&rate, spreads[_i].n, &use, now) -
				 now,
			 spreads[_i].last);
	ck_assert_int_eq(asking_pace_last(21, 10, now) - now, 2);
	ck_assert_int_eq(asking_pace_last(0, 10, now), now);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("asking");
	TCase *all = tcase_create("limits");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, all);
	tcase_add_loop_test(all, questions_have_limits, 0, COUNT(cases));
	tcase_add_test(all, a_limit_has_a_period);
	tcase_add_test(all, a_try_is_free);
	tcase_add_test(all, who_never_answers_is_left_in_peace);
	tcase_add_test(all, a_limit_of_nothing_is_none);
	tcase_add_loop_test(all, a_destination_has_limits, 0, 7);
	tcase_add_test(all, a_destination_has_a_limit_of_bytes);
	tcase_add_test(all,
		       bytes_of_questions_are_twice_those_that_caused_them);
	tcase_add_test(all, requests_are_no_more_than_calls);
	tcase_add_test(all, only_what_is_named_is_home);
	tcase_add_test(all, a_renewal_has_no_limit_of_its_owner);
	tcase_add_test(all, each_limit_has_a_name);
	tcase_add_loop_test(all, the_last_of_many, 0,
			    (int)(sizeof(spreads) / sizeof(spreads[0])));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
