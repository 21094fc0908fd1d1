/*
 * Asking and answering, with a real store and a network that does what the test
 * says.
 *
 *   somebody        relay                      bob
 *      |--added------>|                         |
 *      |              |--MESSAGE (the question)->|
 *      |              |<-200--------------------|   waiting
 *      |              |<-PUBLISH grant URI------|
 *      |              |--200 (it is on disk)--->|   granted
 *      |              |<-PUBLISH deny URI-------|
 *      |              |--200 (it is on disk)--->|   denied
 */
#include <check.h>
#include <unistd.h>

#include "db/accounts.h"
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "server/base/secret.h"
#include "server/consent/consent.h"
#include "tests/fake/fake_edge.h"
#include "tests/fake/fake_loop.h"
#include "tests/fake/fake_writer.h"

#define ALICE "sip:alice@example.com"
#define LIST "sip:lists@relay.example.com"
#define BOB "sip:bob@example.net"
#define CAROL "sip:carol@example.net"
#define DOMAIN "relay.example.com"
#define REFRESH_S (180 * 86400)

static char folder[] = "/tmp/volens-asking-XXXXXX";
static struct arena *arena;
static struct loop *loop;
static struct counters counters;
static struct index *index_;
static struct accounts *accounts;
static struct secret *secret;
static struct writer *writer;
static struct edge edge;
static struct consents *consents;
static struct consents_settings settings;

/* ---- the world ----------------------------------------------------------- */

static void open_writer(void)
{
	struct writer_settings writing = {
		.path = arena_printf(arena, "%s/db", folder),
		.loop = loop,
		.index = index_,
		.accounts = accounts,
		.counters = &counters,
		.queue_max = 100,
	};

	ck_assert(writer_new(&writing, &writer) == ERR_OK);
}

static void open_consents(void)
{
	settings.writer = writer;
	consents = consents_new(&settings);
	consents_start(consents);
}

static void setup(void)
{
	ck_assert(mkdtemp(folder) != NULL);
	arena = arena_new(0);
	fake_clock_reset();
	memset(&counters, 0, sizeof(counters));
	loop = loop_new();
	index_ = index_new();
	accounts = accounts_new();
	fake_edge_init(&edge, DOMAIN);
	ck_assert(secret_load(arena_printf(arena, "%s/secret", folder),
			      &secret) == ERR_OK);
	open_writer();
	settings = (struct consents_settings){
		.loop = loop,
		.edge = &edge,
		.index = index_,
		.counters = &counters,
		.secret = secret,
		.domain = DOMAIN,
		.routability = ROUTABILITY_ANY_TRANSPORT,
		.ask_limits = {2, 600, 5},
		.trigger_limits = {1, 600, 3},
		.refresh_s = REFRESH_S,
		.question_s = 86400,
		.requests_in_flight = 8,
	};
	open_consents();
}

static void teardown(void)
{
	consents_free(consents);
	writer_free(writer);
	fake_loop_turn(loop);
	ck_assert_uint_eq(edge.n_requests, 0);
	fake_edge_release(&edge);
	secret_free(secret);
	accounts_free(accounts);
	index_free(index_);
	loop_free(loop);
	ck_assert_int_eq(system(arena_printf(arena, "rm -r %s", folder)), 0);
	arena_free(arena);
}

/** Until nothing moves any more; time stands still. */
static void settle(void)
{
	int moved;

	do {
		moved = fake_writer_turn(writer);
		moved += fake_loop_turn(loop);
		moved += fake_edge_turn(&edge);
	} while (moved);
}

static void pass(int64_t seconds)
{
	int64_t end = loop_now_ms(loop) + seconds * 1000, next;

	while ((next = fake_loop_next_ms(loop)) >= 0 && next <= end) {
		fake_loop_move(loop, next);
		settle();
	}
	fake_loop_move(loop, end);
	settle();
}

struct adding {
	struct write_job job;
	struct permission_change change;
	struct permission row;
};

static enum err adding_run(struct store *store, struct write_job *job)
{
	struct adding *adding = (struct adding *)(void *)job;

	return store_permission_change(store, &adding->change, arena,
				       &adding->row);
}

/** Somebody wants a permission asked for.  @return its id */
static int64_t add_for(const char *sender, const char *recipient)
{
	struct adding adding = {
		.job.run = adding_run,
		.change =
			{
				.sender = sender,
				.target = LIST,
				.recipient = recipient,
				.recipient_uri = recipient,
				.event = EVENT_ADDED,
				.actor = ORIGIN_ADMIN,
				.ask_due_at = wall_now_s(),
				.now = wall_now_s(),
			},
	};

	ck_assert(writer_call(writer, &adding.job) == ERR_OK);
	consents_wake(consents);
	settle();
	return adding.row.id;
}

static int64_t add(const char *recipient)
{
	return add_for(ALICE, recipient);
}

static struct permission row_of(int64_t id)
{
	struct permission row;

	ck_assert(store_permission_get(fake_writer_store(writer), id, arena,
				       &row) == ERR_OK);
	return row;
}

static const char *state_of(int64_t id)
{
	return permission_state_name(row_of(id).state);
}

static enum verdict verdict_for(const char *recipient)
{
	const struct identity alice = {IDENTITY_DIGEST, {ALICE, NULL}};
	struct permission row;

	return index_decide(index_,
			    index_query_new(index_, arena, &alice, LIST),
			    recipient, wall_now_s(), &row)
		.verdict;
}

/* ---- the network ------------------------------------------------------------
 */

/** What left last; NULL when nothing new did. */
static struct sent *left(void)
{
	struct sent *last = NULL;

	for (struct sent *sent = edge.sent; sent; sent = sent->next) {
		if (!sent->is_seen)
			last = sent;
		sent->is_seen = 1;
	}
	return last;
}

static size_t n_left(void)
{
	size_t n = 0;

	for (struct sent *sent = edge.sent; sent; sent = sent->next) {
		n += !sent->is_seen;
		sent->is_seen = 1;
	}
	return n;
}

static struct sent *one_left(void)
{
	struct sent *sent = left();

	ck_assert_msg(sent != NULL, "nothing was sent");
	return sent;
}

static void ends(struct sent *sent, int status)
{
	fake_edge_answer(sent, status, 0);
	settle();
}

/** The token of a URI in a question: "g-" or "d-" and its digits. */
static struct token token_in(const struct sent *sent, const char *letter)
{
	const char *at =
		strstr(sent->message.at, arena_printf(arena, "sip:%s", letter));
	enum token_kind kind;
	struct token token;

	ck_assert(at != NULL);
	ck_assert(token_parse((struct view){at + 4, 2 + TOKEN_HEX}, &kind,
			      &token) == ERR_OK);
	return token;
}

static struct consent_reply reply_new(enum token_kind kind, struct token token)
{
	struct arena *own = arena_new(0);
	struct request *request = arena_alloc(own, sizeof(*request));

	request->arena = own;
	request->method = "PUBLISH";
	request->sender.method = IDENTITY_NONE;
	fake_edge_receive(&edge, request);
	return (struct consent_reply){.request = request,
				      .kind = kind,
				      .token = token,
				      .expires_s = -1};
}

/** The response to the last reply. */
static const struct answered *responded(void)
{
	struct answered *last = NULL;

	settle();
	for (struct answered *each = edge.answered; each; each = each->next) {
		if (!each->is_seen)
			last = each;
		each->is_seen = 1;
	}
	ck_assert_msg(last != NULL, "no response");
	return last;
}

static int publish(const struct consent_reply *reply)
{
	consent_receive(consents, reply);
	return responded()->status;
}

static int publish_token(enum token_kind kind, struct token token)
{
	struct consent_reply reply = reply_new(kind, token);

	return publish(&reply);
}

static int publish_as(const char *aor, enum token_kind kind, struct token token)
{
	struct consent_reply reply = reply_new(kind, token);

	reply.request->sender.method = IDENTITY_DIGEST;
	reply.request->sender.aor[0] = arena_strdup(arena, aor);
	return publish(&reply);
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

/** Asked, and the question taken. */
static struct sent *ask(const char *recipient, int64_t *ret_id)
{
	struct sent *sent;

	*ret_id = add(recipient);
	sent = one_left();
	ends(sent, 200);
	return sent;
}

/* ---- asking
 * ------------------------------------------------------------------ */

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
	ck_assert_int_eq(counters.counts[COUNT_ASKED], 1);
	/* A 2xx is never a grant. */
	ck_assert(verdict_for(BOB) == VERDICT_MISSING);
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
				  BOB, PERMISSION_REQUEST_ADDED, wall_now_s()},
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
	ck_assert_int_ge(counters.counts[COUNT_ASK_RATE_LIMITED], 1);
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

/* ---- answering
 * ----------------------------------------------------------------- */

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
	ck_assert_int_eq(counters.counts[COUNT_REVOCATIONS], 2);
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
	consent_receive(consents, &reply);
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
	settings.routability = ROUTABILITY_SECURE_TRANSPORT;
	open_consents();
	sent = ask(BOB, &id);
	grant = token_in(sent, "g-");
	deny = token_in(sent, "d-");
	ck_assert_int_eq(publish_token(TOKEN_GRANT, grant), 401);
	ck_assert_int_eq(publish_as(CAROL, TOKEN_GRANT, grant), 401);
	ck_assert_int_eq(counters.counts[COUNT_FORGED_ANSWERS], 2);
	ck_assert_str_eq(state_of(id), "waiting");
	ck_assert_int_eq(publish_as(BOB, TOKEN_GRANT, grant), 200);
	ck_assert_str_eq(state_of(id), "granted");
	/* A no does not. */
	ck_assert_int_eq(publish_token(TOKEN_DENY, deny), 200);
	ck_assert_str_eq(state_of(id), "denied");
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
	ck_assert_int_eq(counters.counts[COUNT_UNKNOWN_TOKENS], 6);
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
	settings.routability = ROUTABILITY_SECURE_TRANSPORT;
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

START_TEST(stopping_in_the_middle_leaks_nothing)
{
	int64_t id;
	struct sent *sent = ask(BOB, &id);
	struct consent_reply reply =
		reply_new(TOKEN_DENY, token_in(sent, "d-"));

	fake_writer_hold(writer, 1);
	consent_receive(consents, &reply);
	consents_wake(consents);
	add(CAROL);
	/* teardown() frees the consents first, then the writer finishes. */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("asking");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, pending_is_asked_then_waits);
	tcase_add_test(tcase, a_question_that_waits_goes_with_its_permission);
	tcase_add_test(tcase, a_question_that_waits_ends_with_a_deny);
	tcase_add_test(tcase, a_question_that_waits_ends_with_a_grant);
	tcase_add_test(tcase, question_is_on_disk_before_it_leaves);
	tcase_add_test(tcase, nothing_leaves_when_the_disk_fails);
	tcase_add_loop_test(tcase, ending_decides_the_state, 0,
			    sizeof(endings) / sizeof(endings[0]));
	tcase_add_test(tcase, who_is_away_is_asked_again);
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
	tcase_add_test(tcase, tokens_are_of_one_kind);
	tcase_add_test(tcase, tags_and_expires);
	tcase_add_test(tcase, a_grant_for_no_time_grants_nothing);
	tcase_add_test(tcase, no_is_not_refused_for_its_form);
	tcase_add_test(tcase, after_a_no_a_trigger_needs_a_proof);
	tcase_add_test(tcase, trigger_asks_again_and_changes_nothing);
	tcase_add_test(tcase, trigger_that_fails_changes_nothing);
	tcase_add_test(tcase, trigger_is_the_way_back_from_a_no);
	tcase_add_test(tcase, late_failure_does_not_undo_a_yes);
	tcase_add_test(tcase, draining_asks_nobody);
	tcase_add_test(tcase, yes_runs_out_unless_it_is_said_again);
	tcase_add_test(tcase, stopping_in_the_middle_leaks_nothing);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
