/* Consent replies: grants, denies and triggers, and what each may do. */
#include "tests/unit/asking_help.h"

static int publish_as(const char *aor, enum token_kind kind, struct token token)
{
	struct consent_reply reply = reply_new(kind, token);

	receive(&reply, aor);
	return responded()->status;
}

/** The tag in the last response. */
static const char *tag(void)
{
	const char *at = NULL;

	for (struct answered *each = edge.answered; each; each = each->next) {
		if (!each->next)
			at = strstr(each->message.at, "SIP-ETag: ");
	}
	ck_assert(at != NULL);
	at += strlen("SIP-ETag: ");
	return arena_copy(arena, at, strcspn(at, "\r\n"));
}

static bool last_says(const char *line)
{
	const struct answered *last = edge.answered;

	while (last->next)
		last = last->next;
	return strstr(last->message.at, line) != NULL;
}

START_TEST(a_no_stops_wider_and_narrower_questions)
{
	int64_t everybody = add_for("*", BOB), first, second, all;
	struct sent *sent = one_left(), *out;

	ends(sent, 200);
	pass(1300);
	first = add_for("sip:a@x.example", BOB);
	second = add_for("*@x.example", BOB ";user=phone");
	out = one_left(); /* the second waits for it: they are one person */
	ck_assert_int_eq(publish_token(TOKEN_DENY, token_in(sent, "d-")), 200);
	ends(out, 200);
	ck_assert_uint_eq(n_left(), 0);
	pass(3600);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_str_eq(state_of(first), "waiting");
	ck_assert_str_eq(state_of(second), "error");
	ck_assert_str_eq(row_of(second).reason,
			 "not asked: the recipient denied * through " LIST);

	/* Who said no to one is not asked for all. */
	(void)everybody;
	sent = ask(CAROL, &first);
	pass(1300);
	ck_assert_int_eq(publish_token(TOKEN_DENY, token_in(sent, "d-")), 200);
	all = add_for("*", CAROL);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_str_eq(state_of(all), "error");
}
END_TEST

START_TEST(a_yes_says_what_stands_against_it)
{
	int64_t everybody = add_for("*", BOB), one, other;
	struct sent *wide = one_left(), *narrow, *spelled;

	ends(wide, 200);
	narrow = ask(BOB, &one);
	pass(1300);
	spelled = ask(BOB ";user=phone", &other);
	/* The same in another spelling: the later word counts. */
	ck_assert_int_eq(publish_token(TOKEN_DENY, token_in(narrow, "d-")),
			 200);
	ck_assert_int_eq(publish_token(TOKEN_GRANT, token_in(spelled, "g-")),
			 200);
	ck_assert(verdict_for(BOB ";user=phone") == VERDICT_GRANTED);
	ck_assert(verdict_for(BOB) == VERDICT_MISSING);
	/* A wider one stands, and the response says so. */
	ck_assert_int_eq(publish_token(TOKEN_DENY, token_in(wide, "d-")), 200);
	ck_assert_int_eq(publish_token(TOKEN_GRANT, token_in(spelled, "g-")),
			 403);
	ck_assert(last_says("A Wider Deny Stands"));
	ck_assert(last_says("Your own deny for * through " LIST));
	ck_assert(verdict_for(BOB ";user=phone") == VERDICT_DENIED);
	ck_assert_str_eq(state_of(everybody), "denied");
}
END_TEST

START_TEST(answered_before_it_left_is_not_asked_again)
{
	int64_t id;
	struct sent *sent = ask(BOB, &id);

	ck_assert(publish_token(TOKEN_GRANT, token_in(sent, "g-")) == 200);
	pass(86400);
	ck_assert_uint_eq(n_left(), 0);
}
END_TEST

START_TEST(yes_then_no)
{
	int64_t id;
	struct sent *sent = ask(BOB, &id);
	struct token grant = token_in(sent, "g-"), deny = token_in(sent, "d-");

	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 200);
	ck_assert(last_says("SIP-ETag: ") &&
		  last_says("Expires: 15552000\r\n"));
	ck_assert_str_eq(state_of(id), "granted");
	ck_assert(row_of(id).origin == ORIGIN_RECIPIENT);
	ck_assert_int_eq(row_of(id).expires_at, wall_now_s() + REFRESH_S);
	ck_assert(verdict_for(BOB) == VERDICT_GRANTED);

	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 200);
	ck_assert_str_eq(state_of(id), "denied");
	ck_assert(verdict_for(BOB) == VERDICT_DENIED);
	ck_assert_int_eq(row_of(id).expires_at, 0);

	/* A no that is said twice is no harm; a replayed yes is nothing. */
	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 200);
	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 404);
	ck_assert(verdict_for(BOB) == VERDICT_DENIED);
	ck_assert_int_eq(counters.counts[COUNT_GRANTS], 1);
	ck_assert_int_eq(counters.counts[COUNT_DENIES], 2);
}
END_TEST

/* RFC 5360 section 5.8: at any time. */
static const struct {
	int64_t grant_after_s; /* -1: never granted */
	int64_t deny_after_s;
	int is_asked_again;
} times[] = {
	{-1, 0, 0},
	{-1, 3 * 86400, 0}, /* the question itself has run out */
	{0, 0, 0},
	{0, REFRESH_S - 2, 0}, /* the last seconds of the yes */
	{3600, 100 * 86400, 0},
	{0, 86400, 1}, /* a newer question has addresses of its own */
};

START_TEST(a_deny_works_at_any_time)
{
	int64_t id;
	struct sent *sent = ask(BOB, &id);
	struct token grant = token_in(sent, "g-"), deny = token_in(sent, "d-");

	if (times[_i].grant_after_s >= 0) {
		pass(times[_i].grant_after_s);
		ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 200);
	}
	if (times[_i].is_asked_again) {
		ck_assert_int_eq(publish_token(TOKEN_TRIGGER,
					       secret_trigger(secret, id)),
				 200);
		ends(one_left(), 200);
	}
	fake_clock_step(times[_i].deny_after_s);
	pass(1);
	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 200);
	ck_assert_str_eq(state_of(id), "denied");
	ck_assert(verdict_for(BOB) == VERDICT_DENIED);
	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 404);
}
END_TEST

START_TEST(reply_is_on_disk_before_its_200)
{
	int64_t id;
	struct sent *sent = ask(BOB, &id);
	struct consent_reply reply =
		reply_new(TOKEN_GRANT, token_in(sent, "g-"));

	fake_writer_hold(writer, 1);
	receive(&reply, NULL);
	settle();
	ck_assert(edge.answered == NULL);
	ck_assert(verdict_for(BOB) == VERDICT_MISSING);
	fake_writer_hold(writer, 0);
	ck_assert_int_eq(responded()->status, 200);
	ck_assert(verdict_for(BOB) == VERDICT_GRANTED);
}
END_TEST

START_TEST(yes_that_the_disk_refused_is_none)
{
	int64_t id;
	struct token grant = token_in(ask(BOB, &id), "g-");

	fake_writer_fail(writer, ERR_FULL);
	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 503);
	ck_assert(last_says("Retry-After: "));
	ck_assert(verdict_for(BOB) == VERDICT_MISSING);
	fake_writer_fail(writer, ERR_OK);
	ck_assert_str_eq(state_of(id), "waiting");
	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 200);
	ck_assert(verdict_for(BOB) == VERDICT_GRANTED);
}
END_TEST

START_TEST(no_that_the_disk_refused_is_in_force)
{
	int64_t id;
	struct sent *sent = ask(BOB, &id);
	struct token grant = token_in(sent, "g-"), deny = token_in(sent, "d-");

	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 200);
	fake_writer_fail(writer, ERR_FULL);
	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 503);
	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 503);
	/* Not on disk, so no 200; but what was read counts. */
	ck_assert(verdict_for(BOB) == VERDICT_DENIED);
	fake_writer_fail(writer, ERR_OK);
	ck_assert(verdict_for(BOB) == VERDICT_DENIED);
	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 200);
	ck_assert(verdict_for(BOB) == VERDICT_GRANTED);
}
END_TEST

START_TEST(yes_needs_a_proof)
{
	int64_t id;
	struct token grant, deny;
	struct sent *sent;

	settle();
	consents_free(consents);
	settings.n_any_transport = 0;
	open_consents();
	sent = ask(BOB, &id);
	grant = token_in(sent, "g-");
	deny = token_in(sent, "d-");
	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 401);
	ck_assert_int_eq(publish_as(CAROL, TOKEN_GRANT, grant), 401);
	ck_assert_int_eq(counters.counts[COUNT_REPLIES_UNPROVED], 2);
	ck_assert_str_eq(state_of(id), "waiting");
	ck_assert_int_eq(publish_as(BOB, TOKEN_GRANT, grant), 200);
	ck_assert_str_eq(state_of(id), "granted");
	/* A no does not. */
	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 200);
	ck_assert_str_eq(state_of(id), "denied");
}
END_TEST

/* RFC 5360 section 5.6.1.3: all of the way, there and back; but a closed
 * network is as good, and says so. */
static const struct {
	const char *asked_at;
	const char *network, *from;
	bool over_tls;
	int status;
	const char *evidence;
} ways[] = {
#define BY_SIPS "sips:bob@example.net"
#define SECURED "recipient: consent URI, asked by sips, answered by TLS"
#define CLOSED                                                                 \
	"recipient: consent URI alone (any-transport), from an unknown "       \
	"address"
	{BOB, NULL, "192.0.2.9", false, 401, NULL},
	{BOB, NULL, "192.0.2.9", true, 401, NULL},
	{BY_SIPS, NULL, "192.0.2.9", false, 401, NULL},
	{BY_SIPS, NULL, "192.0.2.9", true, 200, SECURED},
	{BOB, "192.0.2.0/24", "192.0.2.9", false, 200, CLOSED},
	{BOB, "192.0.2.0/24", "192.0.2.9", true, 200, CLOSED},
	{BY_SIPS, "192.0.2.0/24", "192.0.2.9", false, 200, CLOSED},
	{BY_SIPS, "192.0.2.0/24", "192.0.2.9", true, 200, SECURED},
	{BOB, "192.0.2.0/24", "198.51.100.9", false, 401, NULL},
	{BOB, "192.0.2.0/24", "198.51.100.9", true, 401, NULL},
	{BY_SIPS, "192.0.2.0/24", "198.51.100.9", false, 401, NULL},
	{BY_SIPS, "192.0.2.0/24", "198.51.100.9", true, 200, SECURED},
};

static struct consent_reply reply_from(const char *from, enum token_kind kind,
				       struct token token)
{
	struct consent_reply reply = reply_new(kind, token);
	struct trust_network address;

	ck_assert(trust_network_parse(from, &address));
	memcpy(reply.address, address.address, sizeof(reply.address));
	return reply;
}

START_TEST(a_token_alone_grants_where_all_of_the_way_is_secured)
{
	struct trust_network network;
	struct consent_reply reply;
	struct sent *sent;
	int64_t id;

	settle();
	consents_free(consents);
	settings.any_transport = &network;
	settings.n_any_transport = ways[_i].network != NULL;
	if (ways[_i].network)
		ck_assert(trust_network_parse(ways[_i].network, &network));
	open_consents();
	asked_at = ways[_i].asked_at;
	sent = ask(BOB, &id);
	/* Its URIs are of the scheme by which it was asked. */
	ck_assert_str_eq(sent->uri, ways[_i].asked_at);
	ck_assert((strstr(sent->message.at, "sips:g-") != NULL) ==
		  (strcmp(asked_at, BY_SIPS) == 0));
	ck_assert((strstr(sent->message.at, "sip:g-") != NULL) ==
		  (strcmp(asked_at, BY_SIPS) != 0));
	reply = reply_from(ways[_i].from, TOKEN_GRANT, token_in(sent, "g-"));
	reply.over_tls = ways[_i].over_tls;
	ck_assert_int_eq(publish(&reply), ways[_i].status);
	ck_assert_str_eq(state_of(id),
			 ways[_i].evidence ? "granted" : "waiting");
	if (ways[_i].evidence)
		ck_assert_str_eq(row_of(id).evidence, ways[_i].evidence);
	/* A no needs its token, and nothing else. */
	reply = reply_from(ways[_i].from, TOKEN_DENY, token_in(sent, "d-"));
	ck_assert_int_eq(publish(&reply), 200);
	ck_assert_str_eq(state_of(id), "denied");
}
END_TEST

/* Of a question in the clear no token counts later on, whatever was sent since;
 * those of a later one that was secured do. */
START_TEST(each_question_has_its_own_way)
{
	struct consent_reply reply;
	struct token open, secured;
	int64_t id;

	settle();
	consents_free(consents);
	settings.n_any_transport = 0;
	open_consents();
	open = token_in(ask(BOB, &id), "g-");
	asked_at = BY_SIPS;
	(void)add_call();
	secured = token_in(one_left(), "g-");
	reply = reply_new(TOKEN_GRANT, open);
	reply.over_tls = true;
	ck_assert_int_eq(publish(&reply), 401);
	reply = reply_new(TOKEN_GRANT, secured);
	reply.over_tls = true;
	ck_assert_int_eq(publish(&reply), 200);
}
END_TEST

START_TEST(tokens_are_of_one_kind)
{
	int64_t id;
	struct sent *sent = ask(BOB, &id);
	struct token deny = token_in(sent, "d-"), random = token_random();

	ck_assert_int_eq(publish_token(TOKEN_GRANT, deny), 404);
	ck_assert_int_eq(publish_token(TOKEN_TRIGGER, deny), 404);
	ck_assert_int_eq(publish_token(TOKEN_DENY, token_in(sent, "g-")), 404);
	ck_assert_str_eq(state_of(id), "waiting");
	for (int kind = 0; kind < TOKEN_KINDS; kind++) {
		ck_assert_int_eq(publish_token((enum token_kind)kind, random),
				 404);
		/* It says no more than that. */
		ck_assert(last_says("404 Not Found\r\n"
				    "Content-Length: 0\r\n\r\n"));
	}
	ck_assert_int_eq(counters.counts[COUNT_UNKNOWN_CONSENT_URIS],
			 3 + TOKEN_KINDS);
}
END_TEST

/* RFC 3903 as far as it means something here. */
START_TEST(tags_and_expires)
{
	int64_t id;
	struct token grant = token_in(ask(BOB, &id), "g-");
	struct consent_reply reply = reply_new(TOKEN_GRANT, grant);
	const char *first;

	reply.expires_s = 30; /* told 30, but the permission lives on */
	ck_assert_int_eq(publish(&reply), 200);
	ck_assert(last_says("Expires: 30\r\n"));
	ck_assert_int_eq(row_of(id).expires_at, wall_now_s() + REFRESH_S);
	first = tag();

	pass(100);
	reply = reply_new(TOKEN_GRANT, grant);
	reply.if_match = first;
	reply.expires_s = 999999999;
	ck_assert_int_eq(publish(&reply), 200);
	ck_assert(last_says("Expires: 15552000\r\n"));
	ck_assert_str_ne(tag(), first);
	ck_assert_int_eq(row_of(id).expires_at, wall_now_s() + REFRESH_S);

	reply = reply_new(TOKEN_GRANT, grant);
	reply.if_match = first;
	reply.expires_s = 0;
	ck_assert_int_eq(publish(&reply), 412);
	ck_assert_str_eq(state_of(id), "granted");
	ck_assert(verdict_for(BOB) == VERDICT_GRANTED);

	reply = reply_new(TOKEN_GRANT, grant);
	reply.if_match = row_of(id).etag;
	reply.expires_s = 0;
	ck_assert_int_eq(publish(&reply), 200);
	ck_assert(last_says("Expires: 0\r\n"));
	ck_assert_str_eq(state_of(id), "denied");
}
END_TEST

/* RFC 3903 section 6: a publication that is removed at once is none. */
START_TEST(a_grant_for_no_time_grants_nothing)
{
	int64_t id;
	struct token grant = token_in(ask(BOB, &id), "g-");
	struct consent_reply reply = reply_new(TOKEN_GRANT, grant);

	reply.expires_s = 0;
	ck_assert_int_eq(publish(&reply), 200);
	ck_assert(last_says("Expires: 0\r\n") && last_says("SIP-ETag: "));
	ck_assert_str_eq(state_of(id), "waiting");
	ck_assert(verdict_for(BOB) == VERDICT_MISSING);
	/* It takes nothing back either: that needs the tag. */
	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 200);
	reply = reply_new(TOKEN_GRANT, grant);
	reply.expires_s = 0;
	ck_assert_int_eq(publish(&reply), 200);
	ck_assert_str_eq(state_of(id), "granted");
	ck_assert_int_eq(counters.counts[COUNT_GRANTS], 1);
}
END_TEST

START_TEST(no_is_not_refused_for_its_form)
{
	int64_t id;
	struct token deny = token_in(ask(BOB, &id), "d-");
	struct consent_reply reply = reply_new(TOKEN_DENY, deny);

	reply.if_match = "never-given";
	reply.expires_s = 0;
	ck_assert_int_eq(publish(&reply), 200);
	ck_assert_str_eq(state_of(id), "denied");
}
END_TEST

START_TEST(trigger_asks_again_and_changes_nothing)
{
	int64_t id;
	struct sent *sent = ask(BOB, &id), *again;
	struct token trigger = secret_trigger(secret, id);
	struct token grant = token_in(sent, "g-"), deny = token_in(sent, "d-");

	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 200);
	ck_assert_int_eq(publish_as(CAROL, TOKEN_TRIGGER, trigger), 200);
	again = one_left();
	ck_assert_str_eq(again->uri, BOB); /* never to who triggered */
	ck_assert(memcmp(token_in(again, "d-").bytes, deny.bytes, TOKEN_LEN));
	ends(again, 486);
	ck_assert_str_eq(state_of(id), "granted");
	/* It is no reflector. */
	ck_assert_int_eq(publish_token(TOKEN_TRIGGER, trigger), 200);
	ck_assert_uint_eq(n_left(), 0);
	pass(601);
	ck_assert_int_eq(publish_token(TOKEN_TRIGGER, trigger), 200);
	ck_assert_uint_eq(n_left(), 1);
	/* Both addresses to say no are good. */
	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 200);
	ck_assert_str_eq(state_of(id), "denied");
}
END_TEST

START_TEST(trigger_that_fails_changes_nothing)
{
	int64_t id;

	ask(BOB, &id);
	ck_assert_int_eq(
		publish_token(TOKEN_TRIGGER, secret_trigger(secret, id)), 200);
	ends(one_left(), 603);
	ck_assert_str_eq(state_of(id), "waiting");
}
END_TEST

START_TEST(trigger_is_the_way_back_from_a_no)
{
	int64_t id;
	struct token deny = token_in(ask(BOB, &id), "d-");
	struct sent *again;

	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 200);
	ck_assert_int_eq(
		publish_token(TOKEN_TRIGGER, secret_trigger(secret, id)), 200);
	again = one_left();
	ends(again, 200);
	ck_assert_str_eq(state_of(id), "denied");
	ck_assert_int_eq(publish_token(TOKEN_GRANT, token_in(again, "g-")),
			 200);
	ck_assert_str_eq(state_of(id), "granted");
}
END_TEST

/* The token of a trigger stood in a message; whoever has it must not bring the
 * question back after a no. */
START_TEST(after_a_no_a_trigger_needs_a_proof)
{
	int64_t id;
	struct token deny, trigger;

	settle();
	consents_free(consents);
	settings.n_any_transport = 0;
	open_consents();
	deny = token_in(ask(BOB, &id), "d-");
	trigger = secret_trigger(secret, id);
	ck_assert_int_eq(publish_token(TOKEN_TRIGGER, trigger), 200);
	ends(one_left(), 200);
	pass(601);
	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 200);
	ck_assert_int_eq(publish_token(TOKEN_TRIGGER, trigger), 401);
	ck_assert_int_eq(publish_as(CAROL, TOKEN_TRIGGER, trigger), 401);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_int_eq(publish_as(BOB, TOKEN_TRIGGER, trigger), 200);
	ck_assert_str_eq(one_left()->uri, BOB);
	ck_assert_str_eq(state_of(id), "denied");
}
END_TEST

START_TEST(late_failure_does_not_undo_a_yes)
{
	int64_t id = add(BOB);
	struct sent *sent = one_left();

	/* The answer overtakes the end of the question. */
	ck_assert_int_eq(publish_token(TOKEN_GRANT, token_in(sent, "g-")), 200);
	ends(sent, 408);
	ck_assert_str_eq(state_of(id), "granted");
	ck_assert(verdict_for(BOB) == VERDICT_GRANTED);
}
END_TEST

START_TEST(yes_runs_out_unless_it_is_said_again)
{
	int64_t id;
	struct token grant = token_in(ask(BOB, &id), "g-");

	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 200);
	fake_clock_step(REFRESH_S - 1);
	ck_assert(verdict_for(BOB) == VERDICT_GRANTED);
	fake_clock_step(2);
	ck_assert(verdict_for(BOB) == VERDICT_MISSING);
	pass(1300); /* the sweep takes the row out */
	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 404);
}
END_TEST

/* The no need not be in the row that the trigger is about. */
START_TEST(after_a_wider_no_a_trigger_needs_a_proof)
{
	int64_t first;
	struct token deny, trigger;
	struct sent *wide;

	settle();
	consents_free(consents);
	settings.n_any_transport = 0;
	open_consents();
	add_for("*", BOB);
	wide = one_left();
	deny = token_in(wide, "d-");
	ends(wide, 200);
	pass(1300);
	ask(BOB, &first);
	trigger = secret_trigger(secret, first);
	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 200);
	ck_assert_str_eq(state_of(first), "waiting");
	ck_assert_int_eq(publish_token(TOKEN_TRIGGER, trigger), 401);
	ck_assert_int_eq(publish_as(CAROL, TOKEN_TRIGGER, trigger), 401);
	ck_assert_uint_eq(n_left(), 0);
	ck_assert_int_eq(publish_as(BOB, TOKEN_TRIGGER, trigger), 200);
	ck_assert_uint_eq(n_left(), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("consent_reply_test");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, answered_before_it_left_is_not_asked_again);
	tcase_add_test(tcase, a_no_stops_wider_and_narrower_questions);
	tcase_add_test(tcase, a_yes_says_what_stands_against_it);
	tcase_add_test(tcase, yes_then_no);
	tcase_add_loop_test(tcase, a_deny_works_at_any_time, 0,
			    sizeof(times) / sizeof(times[0]));
	tcase_add_test(tcase, reply_is_on_disk_before_its_200);
	tcase_add_test(tcase, yes_that_the_disk_refused_is_none);
	tcase_add_test(tcase, no_that_the_disk_refused_is_in_force);
	tcase_add_test(tcase, yes_needs_a_proof);
	tcase_add_loop_test(
		tcase, a_token_alone_grants_where_all_of_the_way_is_secured, 0,
		sizeof(ways) / sizeof(ways[0]));
	tcase_add_test(tcase, each_question_has_its_own_way);
	tcase_add_test(tcase, tokens_are_of_one_kind);
	tcase_add_test(tcase, tags_and_expires);
	tcase_add_test(tcase, a_grant_for_no_time_grants_nothing);
	tcase_add_test(tcase, no_is_not_refused_for_its_form);
	tcase_add_test(tcase, after_a_no_a_trigger_needs_a_proof);
	tcase_add_test(tcase, after_a_wider_no_a_trigger_needs_a_proof);
	tcase_add_test(tcase, trigger_asks_again_and_changes_nothing);
	tcase_add_test(tcase, trigger_that_fails_changes_nothing);
	tcase_add_test(tcase, trigger_is_the_way_back_from_a_no);
	tcase_add_test(tcase, late_failure_does_not_undo_a_yes);
	tcase_add_test(tcase, yes_runs_out_unless_it_is_said_again);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
