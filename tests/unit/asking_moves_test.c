/* A renewal that was recorded and does not get there: nothing is lost of it,
 * also where it is not sent at all. */
#include "tests/unit/asking_help.h"

#include "db/transaction.h"
#include "server/base/ip_bytes.h"
#include "server/consent/consents_private.h"

#define DAY_S INT64_C(86400)
/** The pause after a try that reached nobody, with what a sweep may be late. */
#define AGAIN_S 670
/** Of another host than BOB's. */
#define DORA "sip:dora@elsewhere.example"

static uint8_t first[IP_BYTES], second[IP_BYTES];
static const uint8_t *leads_to;

static void find_address(const char *uri, uint8_t ret[IP_BYTES])
{
	(void)uri;
	memcpy(ret, leads_to, IP_BYTES);
}

/** Its own, and behind that the second one. */
static size_t find_networks(const struct leg_hops *hops,
			    uint8_t (*ret)[IP_BYTES], size_t most)
{
	ck_assert_uint_ge(most, 2);
	fake_edge_addresses(hops, ret, most);
	memcpy(ret[1], second, IP_BYTES);
	return 2;
}

static void setup_moves(void)
{
	renew_before_s = 14 * DAY_S;
	setup();
	ip_bytes_map((const uint8_t[4]){198, 51, 100, 1}, first);
	ip_bytes_map((const uint8_t[4]){203, 0, 113, 1}, second);
	leads_to = first;
	edge.address_of = find_address;
}

static void restart(void)
{
	consents_free(consents);
	fake_writer_kill(writer, LAST_NOTHING);
	open_writer();
	open_consents();
	settle();
}

/** Two networks, each with room for one question a day. */
static void with_networks(void)
{
	settings.hop_addresses = find_networks;
	settings.asking.destination = (struct asking_rate){.per_day = 1};
	restart();
}

/** BOB granted for 30 days, and is to be asked about it now. */
static int64_t ending(void)
{
	struct adding adding = {
		.job.run = adding_run,
		.change = {.sender = ALICE,
			   .target = LIST,
			   .recipient = BOB,
			   .recipient_uri = BOB,
			   .kinds = kinds_only(KIND_MESSAGE),
			   .event = EVENT_GRANT,
			   .actor = ORIGIN_RECIPIENT,
			   .expires_at = wall_now_s() + 30 * DAY_S,
			   .now = wall_now_s()},
	};

	ck_assert(writer_call(writer, &adding.job) == ERR_OK);
	fake_clock_step(24 * DAY_S);
	return adding.row.id;
}

static const char *renewal_of(int64_t id)
{
	return renewal_name(row_of(id).renewal);
}

/** BOB's renewal, which the hop of the first network refused: it would go on
 *  to the second one. */
static struct sent *turned_away(int64_t *ret_id)
{
	struct sent *sent;

	*ret_id = ending();
	consents_wake(consents);
	settle();
	sent = one_left();
	ck_assert_str_eq(sent->uri, BOB);
	ck_assert_str_eq(renewal_of(*ret_id), "asked");
	ck_assert(!sent->leg->may_reach(sent->leg, second));
	return sent;
}

/** It is asked again as after any failure, and says why. */
static void is_asked_again(int64_t id, int status)
{
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_str_eq(renewal_of(id), "planned");
	ck_assert_int_eq(row_of(id).last_status, status);
	pass(AGAIN_S);
	ends(one_left(), 200);
	ck_assert_str_eq(renewal_of(id), "asked");
	pass(7200);
	ck_assert_uint_eq(n_left(), 0);
}

START_TEST(a_renewal_goes_on_to_another_network)
{
	struct sent *sent;
	int64_t id;

	with_networks();
	sent = turned_away(&id);
	leads_to = second;
	ends(sent, 503);
	sent = one_left();
	ends(sent, 200);
	ck_assert_str_eq(renewal_of(id), "asked");
	ck_assert_int_eq(row_of(id).last_status, 200);
}
END_TEST

static int64_t number(const char *sql)
{
	int64_t value = -1;

	ck_assert(store_read_number(fake_writer_store(writer), sql, &value) ==
		  ERR_OK);
	return value;
}

/* Else who owns a name could have it lead to somebody without end. */
START_TEST(each_network_keeps_what_went_there)
{
	struct sent *sent;
	int64_t first_len, id;

	with_networks();
	sent = turned_away(&id);
	first_len = (int64_t)sent->message.len;
	leads_to = second;
	ends(sent, 503);
	sent = one_left();
	ends(sent, 200);
	ck_assert_int_eq(number("SELECT count(*) FROM ask_network"), 2);
	ck_assert_int_eq(number("SELECT count(*) FROM ask"), 1);
	ck_assert_int_eq(number("SELECT min(asked_at) FROM ask_network"),
			 wall_now_s());
	ck_assert_int_eq(number("SELECT sum(bytes) FROM ask_network"),
			 number("SELECT bytes FROM ask"));
	ck_assert_int_ge(number("SELECT min(bytes) FROM ask_network"),
			 first_len - 9); /* CSeq may have a digit more */
	leads_to = first;
	add(DORA); /* the first has had its one of the day */
	ck_assert_uint_eq(n_left(), 0);
}
END_TEST

START_TEST(what_does_not_leave_takes_nothing_of_the_pace)
{
	with_networks();
	settings.per_second = 1;
	restart();
	add(BOB);
	pass(9);
	ends(one_left(), 200);
	pass(9);
	add(DORA); /* the network has had its one of the day */
	pass(1);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_int_eq(counters.counts[COUNT_PERMISSION_REQUESTS_LIMITED], 1);
	ck_assert_int_eq(consents->pace.all.level_milli, 1000);
}
END_TEST

START_TEST(bytes_of_a_network_are_limited)
{
	struct sent *sent;
	int64_t id;

	with_networks();
	settings.asking.destination =
		(struct asking_rate){.bytes_per_day = 5000};
	restart();
	sent = turned_away(&id);
	while (fake_edge_repeat(sent))
		;
	ck_assert_int_le((int64_t)sent->leg->bytes_out, 5000);
	ends(sent, 200);
	for (int i = 0; i < 9; i++) { /* at another host of this network */
		add(arena_printf(arena, "sip:p%d@elsewhere.example", i));
		if ((sent = left()))
			ends(sent, 200);
	}
	ck_assert_int_le(number("SELECT sum(bytes) FROM ask_network"), 5000);
	ck_assert_int_lt(number("SELECT count(*) FROM ask"), 9);
	pass(DAY_S + 1300);
	ck_assert_uint_ge(n_left(), 1);
}
END_TEST

START_TEST(a_renewal_is_kept_where_another_network_is_full)
{
	struct sent *sent;
	int64_t id;

	with_networks();
	sent = turned_away(&id);
	leads_to = second;
	add(DORA);
	ends(one_left(), 200);
	leads_to = first;
	ends(sent, 503);
	is_asked_again(id, 503);
}
END_TEST

START_TEST(a_renewal_is_kept_where_it_cannot_be_moved)
{
	struct sent *sent;
	int64_t id;

	with_networks();
	sent = turned_away(&id);
	fake_edge_answer(sent, 408, 0);
	fake_writer_fail(writer, ERR_IO);
	fake_writer_turn(writer); /* the move */
	fake_writer_fail(writer, ERR_OK);
	settle();
	is_asked_again(id, 408);
}
END_TEST

/** What was recorded in the moment when the process was told to end. */
START_TEST(draining_loses_no_renewal)
{
	int64_t id = ending();

	consents_wake(consents);
	for (int i = 0; strcmp(renewal_of(id), "asked") != 0; i++) {
		ck_assert_int_lt(i, 100);
		fake_loop_turn(loop);
		fake_writer_turn(writer);
	}
	consents_drain(consents);
	settle();
	ck_assert(consents_idle(consents));
	ck_assert_uint_eq(n_left(), 0);
	restart();
	is_asked_again(id, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("asking_moves_test");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;
	tcase_add_checked_fixture(tcase, setup_moves, teardown);
	tcase_add_test(tcase, a_renewal_goes_on_to_another_network);
	tcase_add_test(tcase, each_network_keeps_what_went_there);
	tcase_add_test(tcase, what_does_not_leave_takes_nothing_of_the_pace);
	tcase_add_test(tcase, bytes_of_a_network_are_limited);
	tcase_add_test(tcase, a_renewal_is_kept_where_another_network_is_full);
	tcase_add_test(tcase, a_renewal_is_kept_where_it_cannot_be_moved);
	tcase_add_test(tcase, draining_loses_no_renewal);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
