/* What people are told about words that they, or others, typed: how often, and
 * until a phone that is off gets it. */
#include "tests/unit/asking_help.h"

#define DAY_S 86400

/** Where the next word comes from. */
static uint8_t source;

/** Somebody types a word to a service; @p proved NULL: From alone says who. */
static int type(const char *text, const char *from, const char *proved)
{
	struct arena *own = arena_new(0);
	struct request *request = arena_alloc(own, sizeof(*request));

	request->arena = own;
	request->method = "MESSAGE";
	request->purpose = PURPOSE_CHAT;
	request->target_key = LIST;
	request->from_key = arena_strdup(own, from);
	request->call_id = "1";
	request->source = "192.0.2.1:5060";
	memcpy(request->address,
	       (uint8_t[16]){[10] = 0xff, [11] = 0xff, 192, 0, 2, source}, 16);
	request->typed = view_of(text);
	if (proved)
		request->sender = (struct identity){
			IDENTITY_DIGEST, {arena_strdup(own, proved), NULL}};
	fake_edge_receive(&edge, request);
	chat_module.receive(consents, request);
	return responded()->status;
}

static int counted(enum counter which)
{
	return (int)atomic_load(&counters.counts[which]);
}

static const char *person(int i)
{
	return arena_printf(arena, "sip:p%d@h%d.example", i, i);
}

/** So many people have been asked, one each by a host of its own. */
static void ask_people(int n)
{
	for (int i = 0; i < n; i++) {
		add(person(i));
		ends(one_left(), 200);
	}
	ck_assert_uint_eq(n_left(), 0);
}

/** STOP in the name of people from @p first on.  @return who was told */
static size_t forge(int first, int n)
{
	size_t told = 0;

	for (int i = first; i < first + n; i++) {
		struct sent *sent;

		ck_assert_int_eq(type("STOP", person(i), NULL), 407);
		sent = left();
		if (!sent)
			continue;
		ck_assert_str_eq(sent->uri, person(i));
		ck_assert(strstr(sent->message.at, "sip:d-") != NULL);
		ends(sent, 200);
		told++;
	}
	return told;
}

START_TEST(who_is_recorded_is_told_of_a_forged_word_once)
{
	ask_people(1);
	ck_assert_uint_eq(forge(0, 1), 1);
	ck_assert_uint_eq(forge(0, 1), 0);
	pass(DAY_S + 1);
	ck_assert_uint_eq(forge(0, 1), 1);
	/* Nobody. */
	ck_assert_int_eq(type("STOP", "sip:nobody@h.example", NULL), 407);
	ck_assert_uint_eq(n_left(), 0);
}
END_TEST

START_TEST(one_source_has_few_people_looked_for)
{
	ask_people(12);
	ck_assert_uint_eq(forge(0, 12), 10);
	source = 1;
	ck_assert_uint_eq(forge(10, 2), 2);
	source = 0;
	pass(61);
	ck_assert_uint_eq(forge(0, 12), 0); /* they were told today */
}
END_TEST

/** The writer is left alone, whoever is claimed. */
START_TEST(a_source_that_has_its_share_costs_the_writer_nothing)
{
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(type("STOP", person(i), NULL), 407);
	fake_writer_hold(writer, 1);
	for (int i = 10; i < 100; i++)
		ck_assert_int_eq(type("STOP", person(i), NULL), 407);
	ck_assert_uint_eq(fake_writer_queued(writer), 0);
	source = 1;
	for (int i = 10; i < 100; i++)
		ck_assert_int_eq(type("STOP", person(i), NULL), 407);
	ck_assert_uint_eq(fake_writer_queued(writer), 10);
	for (int i = 100; i < 300; i++) {
		source = (uint8_t)(i - 98);
		ck_assert_int_eq(type("STOP", person(i), NULL), 407);
	}
	ck_assert_uint_eq(fake_writer_queued(writer), 90);
	fake_writer_hold(writer, 0);
	settle();
}
END_TEST

START_TEST(what_the_writer_does_not_take_may_be_told_later)
{
	ask_people(1);
	fake_writer_fail(writer, ERR_BUSY);
	ck_assert_uint_eq(forge(0, 1), 0);
	fake_writer_fail(writer, ERR_IO);
	ck_assert_uint_eq(forge(0, 1), 0);
	fake_writer_fail(writer, ERR_OK);
	ck_assert_uint_eq(forge(0, 1), 1);
}
END_TEST

static bool is_listed(void)
{
	struct sent *sent;

	ck_assert_int_eq(type("LIST", BOB, BOB), 200);
	sent = left();
	if (sent)
		ends(sent, 200);
	return sent != NULL;
}

/** Words that are not answered put off no day. */
START_TEST(a_day_begins_with_the_first_of_it)
{
	for (int i = 0; i < 20; i++) {
		ck_assert(is_listed());
		pass(3600);
	}
	ck_assert(!is_listed());
	pass(4 * 3600 - 60);
	ck_assert(!is_listed());
	pass(60);
	ck_assert(is_listed());
}
END_TEST

static const char *field(const struct sent *sent, const char *name)
{
	const char *at = strstr(sent->message.at, name);

	ck_assert(at != NULL);
	return arena_copy(arena, at, strcspn(at, "\r\n"));
}

static struct sent *stop_of_bob(void)
{
	ck_assert_int_eq(type("STOP", BOB, BOB), 200);
	return one_left();
}

START_TEST(a_phone_that_is_off_is_told_when_it_is_back)
{
	struct sent *first = stop_of_bob(), *second, *third;

	ends(first, 480);
	pass(59);
	ck_assert_uint_eq(n_left(), 0);
	pass(1);
	second = one_left();
	ck_assert_str_eq(field(first, "Call-ID"), field(second, "Call-ID"));
	ck_assert_str_eq(field(first, "From"), field(second, "From"));
	ck_assert_str_eq(field(second, "CSeq"), "CSeq: 2 MESSAGE");
	fake_edge_answer(second, 503, 600);
	pass(599);
	ck_assert_uint_eq(n_left(), 0);
	pass(1);
	third = one_left();
	ends(third, 200);
	pass(DAY_S);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_int_eq(counted(COUNT_CHAT_TOLD), 1);
}
END_TEST

START_TEST(it_is_given_up_in_the_end)
{
	struct sent *sent = stop_of_bob();
	int tries = 1;

	for (ends(sent, 480); (pass(900), sent = left()); tries++)
		ends(sent, 480);
	ck_assert_int_eq(tries, 4);
	pass(DAY_S);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_int_eq(counted(COUNT_CHAT_UNTOLD), 1);
}
END_TEST

/** Refused for good, or a forged word: one try. */
START_TEST(what_is_not_tried_again)
{
	ends(stop_of_bob(), 403);
	pass(DAY_S);
	ck_assert_uint_eq(n_left(), 0);
	ask_people(1);
	ck_assert_int_eq(type("STOP", person(0), NULL), 407);
	ends(one_left(), 480);
	pass(DAY_S);
	ck_assert_uint_eq(n_left(), 0);
}
END_TEST

START_TEST(a_later_word_takes_its_place)
{
	struct sent *later;

	ends(stop_of_bob(), 480);
	pass(30);
	ck_assert_int_eq(type("LIST", BOB, BOB), 200);
	later = one_left();
	pass(40);
	ck_assert_uint_eq(n_left(), 0);
	ends(later, 200);
	pass(DAY_S);
	ck_assert_uint_eq(n_left(), 0);
}
END_TEST

START_TEST(the_end_waits_for_no_other_try)
{
	ends(stop_of_bob(), 480);
	ck_assert(!consents_idle(consents));
	consents_drain(consents);
	ck_assert(consents_idle(consents));
}
END_TEST

/** However many are off at once. */
START_TEST(so_many_wait_at_most)
{
	for (int i = 0; i < 510; i++) {
		struct sent *sent;

		ck_assert_int_eq(type("LIST", person(i), person(i)), 200);
		sent = left();
		ck_assert_int_eq(sent != NULL, i < 500);
		if (sent)
			ends(sent, 480);
	}
	ck_assert_int_eq(counted(COUNT_CHAT_UNTOLD), 10);
	consents_drain(consents);
}
END_TEST

static void setup_service(void)
{
	static const struct service service = {
		.name = "lists", .uri = LIST, .key = LIST};

	setup();
	consents_free(consents);
	fake_writer_kill(writer, LAST_NOTHING);
	open_writer();
	settings.services = &service;
	settings.n_services = 1;
	open_consents();
	settle();
}

int main(void)
{
	Suite *suite = suite_create("chat_tell");
	TCase *cases = tcase_create("chat_tell");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, setup_service, teardown);
	tcase_add_test(cases, who_is_recorded_is_told_of_a_forged_word_once);
	tcase_add_test(cases, one_source_has_few_people_looked_for);
	tcase_add_test(cases,
		       a_source_that_has_its_share_costs_the_writer_nothing);
	tcase_add_test(cases, what_the_writer_does_not_take_may_be_told_later);
	tcase_add_test(cases, a_day_begins_with_the_first_of_it);
	tcase_add_test(cases, a_phone_that_is_off_is_told_when_it_is_back);
	tcase_add_test(cases, it_is_given_up_in_the_end);
	tcase_add_test(cases, what_is_not_tried_again);
	tcase_add_test(cases, a_later_word_takes_its_place);
	tcase_add_test(cases, the_end_waits_for_no_other_try);
	tcase_add_test(cases, so_many_wait_at_most);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
