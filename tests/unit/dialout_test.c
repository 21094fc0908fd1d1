/* How fast people are called: RFC 3261 section 21.5.4, RFC 5393 section 5.3.3.
 */
#include "policies/dialout.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define START 1000000

static const struct dialout_limits limits = {.rate = 20,
					     .burst = 20,
					     .ringing = 300,
					     .ringing_per_conference = 30,
					     .destination_rate = 5,
					     .destination_ringing = 30};

struct gates {
	struct dialout_gate relay, conference, destination, recipient;
};

static struct dialout_call call_of(struct gates *gates)
{
	return (struct dialout_call){&gates->relay, &gates->conference,
				     &gates->destination, &gates->recipient, 0};
}

/* Everybody at a host of their own: never more than rate + burst starts in any
 * second. */
START_TEST(the_rate_of_the_relay)
{
	struct dialout_gate relay = {0};
	int started[4] = {0};

	for (int64_t ms = 0; ms < 4000; ms++) {
		for (int i = 0; i < 10; i++) {
			struct gates gates = {0};
			struct dialout_call call = call_of(&gates);
			struct dialout_wait wait;

			call.relay = &relay;
			wait = dialout_ask(&limits, &call, START + ms);
			if (wait.place != DIALOUT_NOWHERE) {
				ck_assert_int_eq(wait.place, DIALOUT_RELAY);
				ck_assert_int_gt(wait.wait_ms, 0);
				ck_assert_int_le(wait.wait_ms, 50);
				break;
			}
			dialout_begin(&limits, &call, START + ms);
			started[ms / 1000]++;
		}
	}
	ck_assert_int_eq(started[0], 39);
	for (int i = 1; i < 4; i++)
		ck_assert_int_eq(started[i], 20);
}
END_TEST

/* Asking takes nothing, at any gate. */
START_TEST(who_is_held_up_takes_nothing)
{
	struct gates gates = {0}, before;
	struct dialout_call call = call_of(&gates);

	gates.recipient.n_ringing = 1;
	before = gates;
	ck_assert_int_eq(dialout_ask(&limits, &call, START).place,
			 DIALOUT_RECIPIENT);
	ck_assert_mem_eq(&gates, &before, sizeof(gates));
}
END_TEST

START_TEST(phones_that_ring)
{
	struct gates gates = {0};
	struct dialout_call call = call_of(&gates);

	gates.conference.n_ringing = 30;
	ck_assert_int_eq(dialout_ask(&limits, &call, START).place,
			 DIALOUT_CONFERENCE);
	gates.conference.n_ringing = 2;
	call.breadth = 2; /* its share of Max-Breadth */
	ck_assert_int_eq(dialout_ask(&limits, &call, START).place,
			 DIALOUT_CONFERENCE);
	call.breadth = 3;
	gates.destination.n_ringing = 30;
	ck_assert_int_eq(dialout_ask(&limits, &call, START).place,
			 DIALOUT_DESTINATION);
	gates.destination.n_ringing = 0;
	gates.relay.n_ringing = 300;
	ck_assert_int_eq(dialout_ask(&limits, &call, START).place,
			 DIALOUT_RELAY);
	gates.relay.n_ringing = 299;
	ck_assert_int_eq(dialout_ask(&limits, &call, START).place,
			 DIALOUT_NOWHERE);
	dialout_begin(&limits, &call, START);
	ck_assert_int_eq(dialout_ask(&limits, &call, START).place,
			 DIALOUT_RELAY);
	dialout_over(&call);
	ck_assert_int_eq(gates.relay.n_ringing, 299);
	ck_assert_int_eq(gates.conference.n_ringing, 2);
	ck_assert_int_eq(gates.recipient.n_ringing, 0);
}
END_TEST

START_TEST(the_rate_of_a_host)
{
	struct gates gates = {0};
	struct dialout_call call = call_of(&gates);
	int started = 0;

	while (dialout_ask(&limits, &call, START).place == DIALOUT_NOWHERE) {
		dialout_begin(&limits, &call, START);
		dialout_over(&call);
		started++;
	}
	ck_assert_int_eq(started, 5);
	ck_assert_int_eq(dialout_ask(&limits, &call, START).wait_ms, 200);
	ck_assert_int_eq(dialout_ask(&limits, &call, START + 200).place,
			 DIALOUT_NOWHERE);
}
END_TEST

START_TEST(a_503_pauses_its_host)
{
	struct gates gates = {0};
	struct dialout_call call = call_of(&gates);
	struct dialout_wait wait;

	dialout_pause(&gates.destination, 0, START);
	ck_assert_int_eq(dialout_ask(&limits, &call, START).place,
			 DIALOUT_NOWHERE);
	dialout_pause(&gates.destination, 30, START);
	wait = dialout_ask(&limits, &call, START + 1000);
	ck_assert_int_eq(wait.place, DIALOUT_DESTINATION);
	ck_assert_int_eq(wait.wait_ms, 29000);
	dialout_pause(&gates.destination, 2000000000, START);
	ck_assert_int_eq(dialout_ask(&limits, &call, START).wait_ms, 300000);
	ck_assert_int_eq(dialout_ask(&limits, &call, START + 300000).place,
			 DIALOUT_NOWHERE);
}
END_TEST

START_TEST(rates_of_0_are_none)
{
	struct dialout_limits free = limits;
	struct gates gates = {0};
	struct dialout_call call = call_of(&gates);

	free.rate = free.destination_rate = 0;
	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(dialout_ask(&free, &call, START).place,
				 DIALOUT_NOWHERE);
		dialout_begin(&free, &call, START);
		dialout_over(&call);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dialout");
	TCase *cases = tcase_create("gates");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_test(cases, the_rate_of_the_relay);
	tcase_add_test(cases, who_is_held_up_takes_nothing);
	tcase_add_test(cases, phones_that_ring);
	tcase_add_test(cases, the_rate_of_a_host);
	tcase_add_test(cases, a_503_pauses_its_host);
	tcase_add_test(cases, rates_of_0_are_none);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
