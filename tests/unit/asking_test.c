/* Permission requests: when they are sent, how they end, when they are sent
 * again. */
#include "tests/unit/asking_help.h"

#include "db/store_private.h"

#include "db/domains.h"
#include "policies/kept_status.h"

START_TEST(pending_is_asked_then_waits)
{
	int64_t id = add(BOB);
	struct sent *sent = one_left();
	const char *head = sent->message.at;

	ck_assert_str_eq(sent->uri, BOB);
	ck_assert(strstr(head, "MESSAGE " BOB " SIP/2.0\r\n") == head);
	ck_assert(strstr(head, "\r\nMax-Forwards: 70\r\n"));
	/* From is the translation, not the sender (RFC 5360 s. 5.3.1). */
	ck_assert(strstr(head, "From: <" LIST ">;tag="));
	ck_assert(strstr(head, "Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n"));
	ck_assert(strstr(head, "Expires: 86400\r\n"));
	ck_assert(!strstr(head, "Contact:") && !strstr(head, "Require:"));
	ck_assert(strstr(head, "Content-Type: multipart/mixed"));
	ck_assert(strstr(head, "perm-uri=\"sip:g-"));
	ck_assert(strstr(head, "perm-uri=\"sip:d-"));
	ck_assert_str_eq(state_of(id), "pending");
	ends(sent, 202);
	ck_assert_str_eq(state_of(id), "waiting");
	ck_assert_int_eq(row_of(id).last_status, 202);
	ck_assert_int_eq(counters.counts[COUNT_PERMISSION_REQUESTS_SENT], 1);
	/* A 2xx is never a grant. */
	ck_assert(verdict_for(BOB) == VERDICT_MISSING);
}
END_TEST

struct domain_job {
	struct write_job job;
	struct domains domains;
};

static enum err domains_run(struct store *store, struct write_job *job)
{
	return store_domains_set(store,
				 &((struct domain_job *)(void *)job)->domains);
}

/** The domain of LIST gets a block, or loses it. */
static void domain_is_there(bool is_there)
{
	static const char *const names[] = {DOMAIN};
	struct domain_job it = {{.run = domains_run}, {names, is_there}};

	ck_assert(writer_call(writer, &it.job) == ERR_OK);
}

START_TEST(a_question_of_a_domain_that_is_gone_waits_until_it_is_back)
{
	int64_t id;

	domain_is_there(true);
	domain_is_there(false);
	id = add(BOB);
	ck_assert_uint_eq(n_left(), 0);
	pass(7300);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_str_eq(state_of(id), "pending");
	domain_is_there(true);
	pass(3700);
	ends(one_left(), 200);
	ck_assert_str_eq(state_of(id), "waiting");
}
END_TEST

/* By REST or any other way than a reply. */
static void happens(int64_t id, enum permission_event event)
{
	struct adding adding = {.job.run = adding_run,
				.change = {.id = id,
					   .event = event,
					   .actor = ORIGIN_ADMIN,
					   .expires_at = -1,
					   .now = wall_now_s()}};

	ck_assert(writer_call(writer, &adding.job) == ERR_OK);
}

/* RFC 3428 section 8: one at a time; and what waits is checked at its turn. */
static void waits_then(enum permission_event event)
{
	int64_t id = add(BOB);
	struct sent *first = one_left();
	int64_t waits = add_for("sip:x@x.example", BOB);

	ck_assert_uint_eq(n_left(), 0);
	happens(waits, event);
	ends(first, 200);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_str_eq(state_of(id), "waiting");
	ck_assert(consents_idle(consents));
}

START_TEST(a_question_that_waits_goes_with_its_permission)
{
	waits_then(EVENT_REMOVED);
}
END_TEST

START_TEST(a_question_that_waits_ends_with_a_deny)
{
	waits_then(EVENT_DENY);
}
END_TEST

START_TEST(a_question_that_waits_ends_with_a_grant)
{
	waits_then(EVENT_GRANT);
}
END_TEST

START_TEST(question_is_on_disk_before_it_leaves)
{
	int64_t *asked;
	size_t n;

	fake_writer_hold(writer, 1);
	fake_writer_fail(writer, ERR_OK);
	fake_writer_hold(writer, 0);
	fake_edge_turn(&edge);
	edge.is_held = 1;
	add(BOB);
	ck_assert(store_permission_requests_sent(
			  fake_writer_store(writer),
			  &(struct permission_requests_query){
				  .recipient = BOB,
				  .kind = PERMISSION_REQUEST_ADDED,
				  .now = wall_now_s()},
			  arena, &asked, &n) == ERR_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(n_left(), 0);
	edge.is_held = 0;
	settle();
	ck_assert_uint_eq(n_left(), 1);
}
END_TEST

START_TEST(nothing_leaves_when_the_disk_fails)
{
	int64_t id = add(CAROL);

	ends(one_left(), 200);
	ck_assert_str_eq(state_of(id), "waiting");
	add(BOB);
	ends(one_left(), 603);
	id = add(BOB); /* again, after the error */
	ck_assert_uint_eq(n_left(), 1);
	fake_writer_fail(writer, ERR_IO);
	consents_wake(consents);
	settle();
	pass(3600);
	ck_assert_uint_eq(n_left(), 0);
}
END_TEST

static const struct {
	int status;
	const char *state, *reason;
} endings[] = {
	{200, "waiting", NULL},
	{202, "waiting", NULL},
	{302, "error", "redirections are not followed (302)"},
	{404, "error", "does not exist (404)"},
	{603, "error", "declined to be asked (603)"},
};

START_TEST(ending_decides_the_state)
{
	int64_t id = add(BOB);

	ends(one_left(), endings[_i].status);
	ck_assert_str_eq(state_of(id), endings[_i].state);
	if (endings[_i].reason)
		ck_assert_msg(strstr(row_of(id).reason, endings[_i].reason),
			      "%s", row_of(id).reason);
	/* RFC 5362 section 4: an error stays one until somebody adds again. */
	pass(7200);
	ck_assert_uint_eq(n_left(), 0);
}
END_TEST

/* Away is away: asked again, in growing pauses, for as long as a question
 * lives. */
START_TEST(who_is_away_is_asked_again)
{
	static const int statuses[] = {407, 408, 480, 503};
	static const int pauses_s[] = {600, 3600, 4 * 3600};
	int64_t id = add(BOB);

	for (size_t i = 0; i < 3; i++) {
		ends(one_left(), statuses[i]);
		ck_assert_str_eq(state_of(id), "pending");
		ck_assert_int_eq(row_of(id).last_status, statuses[i]);
		pass((unsigned)pauses_s[i] - 60);
		ck_assert_uint_eq(n_left(), 0);
		pass(200);
	}
	ck_assert_int_gt(counters.gauges[GAUGE_CREDENTIALS], 0);
	ends(one_left(), 200);
	ck_assert_str_eq(state_of(id), "waiting");
}
END_TEST

START_TEST(a_wrong_certificate_is_kept_while_it_is_asked_again)
{
	int64_t id = add(BOB);
	struct sent *sent = one_left();

	sent->leg->is_unverified = true;
	ends(sent, 503);
	ck_assert_str_eq(state_of(id), "pending");
	ck_assert_int_eq(row_of(id).last_status, STATUS_UNVERIFIED);
	pass(660);
	ends(one_left(), 503);
	ck_assert_str_eq(state_of(id), "pending");
	ck_assert_int_eq(row_of(id).last_status, 503);
}
END_TEST

START_TEST(who_stays_away_is_an_error_in_the_end)
{
	int64_t id = add(BOB);

	for (int i = 0; i < 40 && strcmp(state_of(id), "pending") == 0; i++) {
		for (struct sent *sent = edge.sent; sent; sent = sent->next)
			if (sent->leg)
				ends(sent, 480);
		n_left();
		pass(3700);
	}
	ck_assert_str_eq(state_of(id), "error");
	ck_assert(strstr(row_of(id).reason, "cannot be reached now (480)"));
}
END_TEST

START_TEST(error_can_be_added_again)
{
	int64_t id = add(BOB);

	ends(one_left(), 603);
	ck_assert_str_eq(state_of(id), "error");
	ck_assert_int_eq(add(BOB), id);
	ends(one_left(), 200);
	ck_assert_str_eq(state_of(id), "waiting");
}
END_TEST

START_TEST(too_large_a_question_goes_as_text)
{
	int64_t id = add(BOB);
	struct sent *first = one_left(), *second;

	ends(first, 413);
	second = one_left();
	ck_assert(strstr(second->message.at,
			 "Content-Type: text/plain;charset=utf-8\r\n"));
	ck_assert(!strstr(second->message.at, "<?xml"));
	ck_assert(memcmp(token_in(first, "g-").bytes,
			 token_in(second, "g-").bytes, TOKEN_LEN) == 0);
	ends(second, 413);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_str_eq(state_of(id), "error");
}
END_TEST

START_TEST(nobody_is_asked_too_often)
{
	static const char *const senders[] = {
		"sip:a@x.example", "sip:b@x.example", "sip:c@x.example"};
	struct adding adding = {
		.job.run = adding_run,
		.change = {.target = LIST,
			   .recipient = BOB,
			   .event = EVENT_ADDED,
			   .actor = ORIGIN_ADMIN,
			   .ask_due_at = wall_now_s(),
			   .now = wall_now_s()},
	};

	for (size_t i = 0; i < 3; i++) {
		adding.change.sender = senders[i];
		ck_assert(writer_call(writer, &adding.job) == ERR_OK);
	}
	consents_wake(consents);
	settle();
	/* RFC 3428 section 8: one at a time to one URI. */
	ck_assert_uint_eq(n_left(), 1);
	ends(edge.sent, 200);
	ck_assert_uint_eq(n_left(), 1);
	ends(edge.sent->next, 200);
	/* The burst is two; the third waits for the pause. */
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_str_eq(state_of(adding.row.id), "pending");
	ck_assert_int_ge(counters.counts[COUNT_PERMISSION_REQUESTS_LIMITED], 1);
	pass(590);
	ck_assert_uint_eq(n_left(), 0);
	pass(20);
	ck_assert_uint_eq(n_left(), 1);
}
END_TEST

START_TEST(day_has_its_limit_also_over_restarts)
{
	struct adding adding = {
		.job.run = adding_run,
		.change = {.target = LIST,
			   .recipient = BOB,
			   .event = EVENT_ADDED,
			   .actor = ORIGIN_ADMIN},
	};
	size_t n = 0;

	for (unsigned i = 0; i < 40; i++) {
		adding.change.sender =
			arena_printf(arena, "sip:s%u@x.example", i);
		adding.change.now = adding.change.ask_due_at = wall_now_s();
		ck_assert(writer_call(writer, &adding.job) == ERR_OK);
		consents_wake(consents);
		pass(1700);
		for (struct sent *sent = edge.sent; sent; sent = sent->next) {
			n += !sent->is_seen;
			sent->is_seen = 1;
			if (sent->leg)
				ends(sent, 200);
		}
		if (i % 7 == 3) { /* the process dies and starts again */
			consents_free(consents);
			fake_writer_kill(writer, LAST_NOTHING);
			open_writer();
			open_consents();
			settle();
		}
	}
	ck_assert_msg(n == 5, "%zu questions in 19 hours", n);
}
END_TEST

START_TEST(questions_go_on_after_a_restart)
{
	int64_t id;

	edge.is_held = 1;
	id = add(BOB); /* recorded, never left */
	ck_assert_uint_eq(n_left(), 0);
	consents_free(consents);
	fake_writer_kill(writer, LAST_NOTHING);
	edge.is_held = 0;
	settings.edge = &edge;
	open_writer();
	open_consents();
	pass(590); /* perhaps it had left */
	ck_assert_uint_eq(n_left(), 0);
	pass(120);
	ck_assert_uint_eq(n_left(), 1);
	ck_assert_str_eq(state_of(id), "pending");
}
END_TEST

START_TEST(question_that_takes_long_is_asked_once)
{
	int64_t id = add(BOB);
	struct sent *sent = one_left();

	pass(500); /* many hops, each with its silence */
	ck_assert_uint_eq(n_left(), 0);
	ends(sent, 200);
	ck_assert_str_eq(state_of(id), "waiting");
	ck_assert_uint_eq(n_left(), 0);
}
END_TEST

START_TEST(private_addresses_are_not_asked)
{
	int64_t id = add("sip:bob@127.0.0.1");

	ck_assert_uint_eq(n_left(), 0);
	ck_assert_str_eq(state_of(id), "error");
	ck_assert(strstr(row_of(id).reason, "not a URI to send to"));
}
END_TEST

START_TEST(window_bounds_what_is_on_its_way)
{
	for (unsigned i = 0; i < 20; i++)
		add(arena_printf(arena, "sip:r%u@example.net", i));
	ck_assert_uint_eq(fake_edge_in_flight(&edge), 8);
	while (fake_edge_in_flight(&edge)) {
		struct sent *sent = edge.sent;

		while (!sent->leg)
			sent = sent->next;
		ends(sent, 200);
		ck_assert_uint_le(fake_edge_in_flight(&edge), 8);
	}
	ck_assert_uint_eq(n_left(), 20);
	ck_assert(consents_idle(consents));
}
END_TEST

static bool is_shedding;

static bool sheds(const struct edge *any)
{
	(void)any;
	return is_shedding;
}

/* Under overload questions are the first to wait; what is asked already may
 * still be answered, with no above all. */
START_TEST(nobody_is_asked_under_overload)
{
	int64_t bob, carol;
	struct sent *sent;

	settle();
	consents_free(consents);
	settings.is_busy = sheds;
	open_consents();
	sent = ask(BOB, &bob);
	is_shedding = true;
	carol = add(CAROL);
	pass(30);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_str_eq(state_of(carol), "pending");
	ck_assert_int_eq(publish_token(TOKEN_DENY, token_in(sent, "d")), 200);
	ck_assert_str_eq(state_of(bob), "denied");
	is_shedding = false;
	pass(2);
	ck_assert_uint_eq(n_left(), 1);
}
END_TEST

/* That no yes comes while draining, is the edge's (edge_test). */
START_TEST(draining_asks_nobody)
{
	int64_t id;
	struct sent *sent = ask(BOB, &id);

	consents_drain(consents);
	ck_assert_int_eq(publish_token(TOKEN_DENY, token_in(sent, "d-")), 200);
	add(CAROL);
	pass(600);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert(consents_idle(consents));
}
END_TEST

START_TEST(stopping_in_the_middle_leaks_nothing)
{
	int64_t id;
	struct sent *sent = ask(BOB, &id);
	struct consent_reply reply =
		reply_new(TOKEN_DENY, token_in(sent, "d-"));

	fake_writer_hold(writer, 1);
	receive(&reply, NULL);
	consents_wake(consents);
	add(CAROL);
	/* teardown() frees the consents first, then the writer finishes. */
}
END_TEST

/* ---- many wait ------------------------------------------------------------
 */

#define MANY 80
/** Of whatever is looked at for one question. */
#define ROWS_A_QUESTION 30

static size_t n_rows;

static bool count_row(struct query *query)
{
	bool has_row = sqlite_engine.next(query);

	n_rows += has_row;
	return has_row;
}

static size_t answer_all(void)
{
	size_t n = 0;

	for (struct sent *sent = edge.sent; sent; sent = sent->next) {
		if (sent->is_seen)
			continue;
		sent->is_seen = 1;
		ends(sent, 200);
		n++;
	}
	return n;
}

START_TEST(what_waits_is_not_looked_at_over_and_over)
{
	struct store_engine counting = sqlite_engine;
	struct store *store;
	size_t n = 0;

	consents_free(consents);
	settings.per_second = 10;
	open_consents();
	for (int i = 0; i < MANY; i++)
		add(arena_printf(arena, "sip:p%d@example.net", i));
	store = fake_writer_store(writer);
	counting.next = count_row;
	store->engine = &counting;
	n_rows = 0;
	for (int s = 0; s < MANY && n < MANY; s++) {
		n += answer_all();
		pass(1);
	}
	store->engine = &sqlite_engine;
	ck_assert_uint_eq(n, MANY);
	ck_assert_uint_le(n_rows / MANY, ROWS_A_QUESTION);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("asking_test");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, pending_is_asked_then_waits);
	tcase_add_test(
		tcase,
		a_question_of_a_domain_that_is_gone_waits_until_it_is_back);
	tcase_add_test(tcase, a_question_that_waits_goes_with_its_permission);
	tcase_add_test(tcase, a_question_that_waits_ends_with_a_deny);
	tcase_add_test(tcase, a_question_that_waits_ends_with_a_grant);
	tcase_add_test(tcase, question_is_on_disk_before_it_leaves);
	tcase_add_test(tcase, nothing_leaves_when_the_disk_fails);
	tcase_add_loop_test(tcase, ending_decides_the_state, 0,
			    sizeof(endings) / sizeof(endings[0]));
	tcase_add_test(tcase, who_is_away_is_asked_again);
	tcase_add_test(tcase,
		       a_wrong_certificate_is_kept_while_it_is_asked_again);
	tcase_add_test(tcase, who_stays_away_is_an_error_in_the_end);
	tcase_add_test(tcase, error_can_be_added_again);
	tcase_add_test(tcase, too_large_a_question_goes_as_text);
	tcase_add_test(tcase, nobody_is_asked_too_often);
	tcase_add_test(tcase, day_has_its_limit_also_over_restarts);
	tcase_add_test(tcase, questions_go_on_after_a_restart);
	tcase_add_test(tcase, question_that_takes_long_is_asked_once);
	tcase_add_test(tcase, private_addresses_are_not_asked);
	tcase_add_test(tcase, window_bounds_what_is_on_its_way);
	tcase_add_test(tcase, nobody_is_asked_under_overload);
	tcase_add_test(tcase, draining_asks_nobody);
	tcase_add_test(tcase, stopping_in_the_middle_leaks_nothing);
	tcase_set_timeout(tcase, 60); /* on a busy machine */
	tcase_add_test(tcase, what_waits_is_not_looked_at_over_and_over);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
