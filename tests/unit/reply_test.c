/*
 * A recipient's reply without any request: a door that is not SIP, and one that
 * goes before its reply is on disk.
 */
#include "tests/unit/asking_help.h"

static int64_t permission;
static struct token tokens[TOKEN_KINDS];
/** Of the next replies. */
static enum consent_answer said = CONSENT_BY_TOKEN;

/** A door: it lives on the heap, to be gone. */
struct door {
	int n_done;
	enum err err;
	enum reply_outcome outcome;
	char etag[32];
};
static struct door *door;

static void open_door(void)
{
	struct sent *sent;

	setup();
	settings.n_any_transport = 0;
	settle();
	consents_free(consents);
	open_consents();
	sent = ask(BOB, &permission);
	tokens[TOKEN_GRANT] = token_in(sent, "g-");
	tokens[TOKEN_DENY] = token_in(sent, "d-");
	tokens[TOKEN_TRIGGER] = secret_trigger(secret, permission);
	door = mem_alloc(sizeof(*door));
	*door = (struct door){.n_done = 0};
}

static void close_door(void)
{
	teardown();
	free(door);
	door = NULL;
}

static void door_done(void *arg, const struct reply_result *result)
{
	struct door *told = arg;

	told->n_done++;
	told->err = result->err;
	told->outcome = result->outcome;
	if (!result->err && result->row->etag)
		snprintf(told->etag, sizeof(told->etag), "%s",
			 result->row->etag);
}

/** All that it points to goes at once: the reply has copies. */
static struct reply_job *decide(enum token_kind kind, const char *by)
{
	struct arena *own = arena_new(0);
	struct identity sender = {IDENTITY_DIGEST,
				  {by ? arena_strdup(own, by) : NULL, NULL}};
	struct consent_reply reply = {.kind = kind,
				      .token = tokens[kind],
				      .answer = said,
				      .sender = by ? &sender : NULL,
				      .expires_s = -1,
				      .source = arena_strdup(own, "[::1]:80")};
	struct reply_job *reply_job =
		consents_decide(consents, &reply, door_done, door);

	sender = (struct identity){IDENTITY_NONE, {NULL, NULL}};
	arena_free(own);
	return reply_job;
}

static enum reply_outcome outcome_of(enum token_kind kind, const char *by)
{
	door->n_done = 0;
	ck_assert_ptr_nonnull(decide(kind, by));
	ck_assert_int_eq(door->n_done, 0);
	settle();
	ck_assert_int_eq(door->n_done, 1);
	ck_assert_int_eq(door->err, ERR_OK);
	return door->outcome;
}

START_TEST(each_outcome_is_told)
{
	tokens[TOKEN_TRIGGER] = secret_trigger(secret, permission + 1);
	ck_assert_int_eq(outcome_of(TOKEN_TRIGGER, NULL), REPLY_UNKNOWN);
	tokens[TOKEN_TRIGGER] = secret_trigger(secret, permission);
	ck_assert_int_eq(outcome_of(TOKEN_TRIGGER, NULL), REPLY_ASKED);
	ck_assert_int_eq(outcome_of(TOKEN_TRIGGER, NULL), REPLY_RATE_LIMITED);
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, NULL), REPLY_UNPROVED);
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, CAROL), REPLY_FORGED);
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	ck_assert_uint_eq(strlen(door->etag), 16);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_GRANTED);
	ck_assert_int_eq(outcome_of(TOKEN_DENY, NULL), REPLY_DENIED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_UNKNOWN);
}
END_TEST

/** Asks about calls, in a chat of its own. */
static void ask_in_chat(void)
{
	struct sent *sent;

	settings.has_chat = true;
	settle();
	consents_free(consents);
	open_consents();
	pass(700);
	permission = add_call();
	pass(700);
	sent = one_left();
	ends(sent, 200);
	ck_assert_ptr_nonnull(strstr(sent->message.at, "From: <sip:q-"));
	tokens[TOKEN_CHAT] = token_in(sent, "q-");
	tokens[TOKEN_PAGE] = token_in(sent, "q-");
}

static enum reply_outcome outcome_of_word(enum consent_answer word,
					  const char *by)
{
	enum reply_outcome outcome;

	said = word;
	outcome = outcome_of(TOKEN_CHAT, by);
	said = CONSENT_BY_TOKEN;
	return outcome;
}

START_TEST(a_word_to_the_questions_own_address_counts)
{
	ask_in_chat();
	ck_assert_int_eq(outcome_of(TOKEN_CHAT, BOB), REPLY_UNKNOWN);
	ck_assert_int_eq(outcome_of_word(CONSENT_YES, NULL), REPLY_UNPROVED);
	ck_assert_int_eq(outcome_of_word(CONSENT_YES, CAROL), REPLY_FORGED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_MISSING);
	ck_assert_int_eq(outcome_of_word(CONSENT_YES, BOB), REPLY_GRANTED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_GRANTED);
	ck_assert_int_eq(outcome_of_word(CONSENT_NO, NULL), REPLY_DENIED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_DENIED);
	/* After a no it takes a question more. */
	ck_assert_int_eq(outcome_of_word(CONSENT_YES, BOB), REPLY_UNKNOWN);
	ck_assert_int_eq(outcome_of_word(CONSENT_AGAIN, NULL), REPLY_ASKED);
	/* The token of a page is another. */
	said = CONSENT_NO;
	ck_assert_int_eq(outcome_of(TOKEN_PAGE, BOB), REPLY_UNKNOWN);
	said = CONSENT_BY_TOKEN;
}
END_TEST

START_TEST(a_stop_is_for_everything_and_is_taken_back)
{
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	ask_in_chat();
	ck_assert_int_eq(outcome_of_word(CONSENT_STOP, NULL), REPLY_DENIED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_DENIED);
	/* No yes to one sender undoes it. */
	ck_assert_int_eq(outcome_of_word(CONSENT_YES, BOB), REPLY_OPPOSED);
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_OPPOSED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	/* Who takes it back has what they said before. */
	ck_assert_int_eq(outcome_of_word(CONSENT_LIFT, NULL), REPLY_UNPROVED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	ck_assert_int_eq(outcome_of_word(CONSENT_LIFT, BOB), REPLY_LIFTED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_GRANTED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_MISSING);
	ck_assert_int_eq(outcome_of_word(CONSENT_LIFT, BOB), REPLY_LIFTED);
}
END_TEST

/** Somebody decides about everybody, and everything from the domain. */
static int64_t decide_wide(enum permission_event event,
			   enum permission_origin actor, const char *recipient,
			   struct kinds kinds)
{
	struct adding adding = {.job.run = adding_run,
				.change = {.sender = "anonymous",
					   .target = "*",
					   .recipient = recipient,
					   .recipient_uri = recipient,
					   .kinds = kinds,
					   .event = event,
					   .actor = actor,
					   .now = wall_now_s()}};

	ck_assert_int_eq(writer_call(writer, &adding.job), ERR_OK);
	return adding.row.id;
}

START_TEST(a_stop_is_taken_back_whatever_row_has_it)
{
	int64_t wide = decide_wide(EVENT_GRANT, ORIGIN_ADMIN, BOB,
				   kinds_only(KIND_CALL));

	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	ask_in_chat();
	ck_assert_int_eq(outcome_of_word(CONSENT_STOP, NULL), REPLY_DENIED);
	ck_assert_str_eq(state_of(wide), "denied");
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	ck_assert_int_eq(outcome_of_word(CONSENT_LIFT, BOB), REPLY_LIFTED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_GRANTED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_MISSING);
}
END_TEST

START_TEST(a_stop_by_another_spelling_is_taken_back)
{
	static const struct kinds all = {0, NULL};
	int64_t others;

	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	ask_in_chat();
	decide_wide(EVENT_DENY, ORIGIN_RECIPIENT, "sips:bob@example.net", all);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	ck_assert_int_eq(outcome_of_word(CONSENT_LIFT, NULL), REPLY_UNPROVED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	/* What is not theirs alone stays, and they are told. */
	others = decide_wide(EVENT_DENY, ORIGIN_ADMIN, BOB ";user=phone", all);
	ck_assert_int_eq(outcome_of_word(CONSENT_LIFT, BOB), REPLY_OPPOSED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	ck_assert_str_eq(state_of(others), "denied");
}
END_TEST

START_TEST(a_no_to_some_kinds_from_all_stays)
{
	int64_t refer;

	ask_in_chat();
	refer = decide_wide(EVENT_DENY, ORIGIN_RECIPIENT, BOB,
			    kinds_only(KIND_REFER));
	decide_wide(EVENT_DENY, ORIGIN_RECIPIENT, "sips:bob@example.net",
		    (struct kinds){0, NULL});
	ck_assert_int_eq(outcome_of_word(CONSENT_LIFT, BOB), REPLY_LIFTED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_MISSING);
	ck_assert_str_eq(state_of(refer), "denied");
}
END_TEST

/** Stops by bob, from as many lines. */
static void stop_by_lines(int n)
{
	static const struct kinds all = {0, NULL};

	for (int i = 0; i < n; i++)
		decide_wide(EVENT_DENY, ORIGIN_RECIPIENT,
			    arena_printf(arena, BOB ";line=%d", i), all);
}

START_TEST(each_of_many_stops_is_taken_back)
{
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	ask_in_chat();
	stop_by_lines(70);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	ck_assert_int_eq(outcome_of_word(CONSENT_LIFT, BOB), REPLY_LIFTED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_GRANTED);
}
END_TEST

START_TEST(one_of_others_behind_many_stops_is_found)
{
	static const struct kinds all = {0, NULL};
	int64_t first, last;

	ask_in_chat();
	first = decide_wide(EVENT_DENY, ORIGIN_RECIPIENT, BOB, all);
	stop_by_lines(70);
	last = decide_wide(EVENT_DENY, ORIGIN_ADMIN, BOB ";line=zz", all);
	ck_assert_int_eq(outcome_of_word(CONSENT_LIFT, BOB), REPLY_OPPOSED);
	ck_assert_str_eq(state_of(first), "denied");
	ck_assert_str_eq(state_of(last), "denied");
}
END_TEST

START_TEST(more_stops_than_can_be_are_none_taken_back)
{
	ask_in_chat();
	stop_by_lines(256);
	said = CONSENT_LIFT;
	ck_assert_ptr_nonnull(decide(TOKEN_CHAT, BOB));
	said = CONSENT_BY_TOKEN;
	settle();
	ck_assert_int_eq(door->err, ERR_FULL);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
}
END_TEST

START_TEST(a_stop_is_taken_back_once_that_is_kept)
{
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	ask_in_chat();
	ck_assert_int_eq(outcome_of_word(CONSENT_STOP, NULL), REPLY_DENIED);
	fake_writer_fail(writer, ERR_FULL);
	said = CONSENT_LIFT;
	ck_assert_ptr_nonnull(decide(TOKEN_CHAT, BOB));
	said = CONSENT_BY_TOKEN;
	settle();
	ck_assert_int_eq(door->err, ERR_FULL);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	fake_writer_fail(writer, ERR_OK);
	ck_assert_int_eq(outcome_of_word(CONSENT_LIFT, BOB), REPLY_LIFTED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_GRANTED);
}
END_TEST

START_TEST(a_deny_counts_when_its_door_has_gone)
{
	struct reply_job *reply_job;

	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	fake_writer_hold(writer, 1);
	reply_job = decide(TOKEN_DENY, NULL);
	ck_assert_ptr_nonnull(reply_job);
	reply_job_forget(reply_job);
	free(door);
	door = NULL;
	fake_writer_hold(writer, 0);
	settle();
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	ck_assert(consents_idle(consents));
}
END_TEST

START_TEST(consents_that_go_tell_their_doors)
{
	fake_writer_hold(writer, 1);
	ck_assert_ptr_nonnull(decide(TOKEN_DENY, NULL));
	consents_free(consents);
	ck_assert_int_eq(door->n_done, 0); /* the writer has the reply */
	fake_writer_hold(writer, 0);
	settle();
	ck_assert_int_eq(door->n_done, 1);
	ck_assert_int_eq(door->err, ERR_SHUTDOWN);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	consents = NULL;
}
END_TEST

START_TEST(a_deny_is_never_refused_for_a_full_queue)
{
	fake_writer_hold(writer, 1);
	for (int i = 0; i < 100; i++)
		ck_assert_ptr_nonnull(decide(TOKEN_GRANT, BOB));
	ck_assert_ptr_null(decide(TOKEN_GRANT, BOB));
	ck_assert_ptr_nonnull(decide(TOKEN_DENY, NULL));
	fake_writer_hold(writer, 0);
	settle();
	ck_assert_int_eq(door->n_done, 101);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
}
END_TEST

START_TEST(a_store_that_fails_is_told)
{
	fake_writer_fail(writer, ERR_FULL);
	ck_assert_ptr_nonnull(decide(TOKEN_DENY, NULL));
	settle();
	ck_assert_int_eq(door->err, ERR_FULL);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	fake_writer_fail(writer, ERR_OK);
}
END_TEST

/** Asks about calls; its tokens are those from now on.  @return "Stop" */
static struct token ask_call(const struct sent **ret_sent)
{
	struct token stop = {{0}};
	struct sent *sent;
	const char *at;

	pass(700); /* the pace of questions to one person */
	permission = add_call();
	pass(700);
	sent = one_left();
	ends(sent, 200);
	tokens[TOKEN_GRANT] = token_in(sent, "g-");
	tokens[TOKEN_DENY] = token_in(sent, "d-");
	tokens[TOKEN_TRIGGER] = secret_trigger(secret, permission);
	at = strstr(sent->message.at, "Stop everything: sip:");
	if (at) {
		enum token_kind kind;

		ck_assert(token_parse((struct view){at + 21, 2 + TOKEN_HEX},
				      &kind, &stop) == ERR_OK);
		ck_assert_int_eq(kind, TOKEN_DENY);
	}
	*ret_sent = sent;
	return stop;
}

START_TEST(a_no_to_a_further_kind_leaves_what_was_granted)
{
	const struct sent *sent;

	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	tokens[0] = ask_call(&sent);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_GRANTED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_MISSING);
	ck_assert_ptr_nonnull(strstr(sent->message.at, "to call you"));
	ck_assert_ptr_nonnull(strstr(sent->message.at, "several people"));
	ck_assert_ptr_null(strstr(sent->message.at, "messages"));
	ck_assert_int_eq(outcome_of(TOKEN_DENY, NULL), REPLY_DENIED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_GRANTED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_DENIED);
}
END_TEST

START_TEST(a_question_about_a_further_kind_offers_the_whole_stop)
{
	const struct sent *sent;
	struct token stop;

	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	stop = ask_call(&sent);
	ck_assert(consent_knows_deny(consents, &stop));
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_GRANTED);
	tokens[TOKEN_DENY] = stop;
	ck_assert_int_eq(outcome_of(TOKEN_DENY, NULL), REPLY_DENIED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_DENIED);
}
END_TEST

START_TEST(a_no_to_the_first_question_is_one_to_all)
{
	struct token deny = tokens[TOKEN_DENY];
	const struct sent *sent;

	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	ask_call(&sent);
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	tokens[TOKEN_DENY] = deny;
	ck_assert_int_eq(outcome_of(TOKEN_DENY, NULL), REPLY_DENIED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_DENIED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_DENIED);
	/* No grant URI of before undoes it. */
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_UNKNOWN);
}
END_TEST

START_TEST(who_takes_a_further_grant_back_keeps_the_first)
{
	const struct sent *sent;

	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	ask_call(&sent);
	ck_assert_int_eq(outcome_of(TOKEN_GRANT, BOB), REPLY_GRANTED);
	door->n_done = 0;
	{
		struct identity bob = {IDENTITY_DIGEST, {BOB, NULL}};
		char etag[32];
		struct consent_reply reply = {.kind = TOKEN_GRANT,
					      .token = tokens[TOKEN_GRANT],
					      .sender = &bob,
					      .if_match = etag,
					      .expires_s = 0};

		snprintf(etag, sizeof(etag), "%s", door->etag);
		ck_assert_ptr_nonnull(
			consents_decide(consents, &reply, door_done, door));
		settle();
	}
	ck_assert_int_eq(door->outcome, REPLY_DENIED);
	ck_assert_int_eq(verdict_for(BOB), VERDICT_GRANTED);
	ck_assert_int_eq(call_verdict_for(BOB), VERDICT_DENIED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reply");
	TCase *tcase = tcase_create("reply");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, open_door, close_door);
	tcase_add_test(tcase, each_outcome_is_told);
	tcase_add_test(tcase, a_word_to_the_questions_own_address_counts);
	tcase_add_test(tcase, a_stop_is_for_everything_and_is_taken_back);
	tcase_add_test(tcase, a_stop_is_taken_back_whatever_row_has_it);
	tcase_add_test(tcase, a_stop_by_another_spelling_is_taken_back);
	tcase_add_test(tcase, a_no_to_some_kinds_from_all_stays);
	tcase_add_test(tcase, each_of_many_stops_is_taken_back);
	tcase_add_test(tcase, one_of_others_behind_many_stops_is_found);
	tcase_add_test(tcase, more_stops_than_can_be_are_none_taken_back);
	tcase_add_test(tcase, a_stop_is_taken_back_once_that_is_kept);
	tcase_add_test(tcase, a_deny_counts_when_its_door_has_gone);
	tcase_add_test(tcase, consents_that_go_tell_their_doors);
	tcase_add_test(tcase, a_deny_is_never_refused_for_a_full_queue);
	tcase_add_test(tcase, a_store_that_fails_is_told);
	tcase_add_test(tcase, a_no_to_a_further_kind_leaves_what_was_granted);
	tcase_add_test(tcase,
		       a_question_about_a_further_kind_offers_the_whole_stop);
	tcase_add_test(tcase, a_no_to_the_first_question_is_one_to_all);
	tcase_add_test(tcase, who_takes_a_further_grant_back_keeps_the_first);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
