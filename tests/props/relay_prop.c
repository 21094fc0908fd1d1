/*
 * Invariants 1 to 5 over the relay: the real flow, fan-out, questions,
 * policies, index and store; network, clock and disk are the test's.  Messages
 * are sent to random lists, permissions come and go, legs end or are tried
 * again, commits are held back, and the process is killed at random.
 *
 *   1  a leg leaves only while the model says that its recipient said yes
 *   2  and never after a no, also where it was queued, resolved or put off
 *   3  what was answered 202 reaches everybody who did not take leave back
 *   4  of one request at most one copy a recipient leaves for each failed try
 *      and each crash, none of a request that was refused, and no more
 *      questions than were asked for
 *   5  what a recipient gets names nobody who is to be hidden
 */
#include <check.h>

#include "db/deliveries.h"
#include "db/journal.h"
#include "db/permissions.h"
#include "server/base/log.h"
#include "tests/props/runner.h"

#define SEQUENCES 10000

static uint64_t seed;

static void settle(struct runner *runner)
{
	fixture_settle(&runner->fixture);
	runner_check(runner);
}

/* ---- a message ------------------------------------------------------ */

static void write_list(struct runner *runner, const struct message *message,
		       struct text *body)
{
	static const char anonymous[] =
		" c:copyControl=\"to\" c:anonymize=\"true\"";
	static const char *const options[ROLES] = {
		[ROLE_BCC] = "",
		[ROLE_TO] = " c:copyControl=\"to\"",
		[ROLE_ANONYMOUS] = anonymous};

	text_add(body, "--b\r\nContent-Type: application/resource-lists+xml\r\n"
		       "Content-Disposition: recipient-list\r\n\r\n"
		       "<resource-lists "
		       "xmlns=\"urn:ietf:params:xml:ns:resource-lists\" "
		       "xmlns:c=\"urn:ietf:params:xml:ns:copycontrol\"><list>");
	for (unsigned i = 0; i < PEOPLE; i++) {
		if (message->is_addressed[i])
			text_printf(body, "<entry uri=\"%s\"%s/>",
				    model_recipient(i),
				    options[message->role[i]]);
	}
	text_printf(body,
		    "</list></resource-lists>\r\n--b\r\n"
		    "Content-Type: text/plain\r\n\r\n[mill %u]\r\n--b--\r\n",
		    runner->first + runner->n_messages - 1);
}

static void receive(struct runner *runner, const struct message *message)
{
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));
	const struct identity *sender = model_sender(message->who.sender);
	unsigned number = runner->first + runner->n_messages - 1;
	struct header *content = arena_alloc(arena, sizeof(*content));
	struct text body;

	text_init(&body, arena);
	write_list(runner, message, &body);
	request->arena = arena;
	request->service = &runner->fixture.services[message->who.target];
	request->method = "MESSAGE";
	request->target = request->target_key = request->service->key;
	request->from = "<sip:somebody@example.com>";
	request->from_key = "sip:somebody@example.com";
	if (sender)
		request->sender = *sender;
	sha256(&number, sizeof(number), request->key);
	request->max_forwards = 70;
	request->max_breadth = prng_once_in(&runner->prng, 4) ? 1 : -1;
	request->expires_s = -1;
	request->received_at = wall_now_s();
	request->content_type = VIEW("multipart/mixed;boundary=b");
	*content = (struct header){VIEW("Content-Type"), request->content_type};
	request->content = content;
	request->n_content = 1;
	request->body = text_view(&body);
	fake_edge_receive(&runner->fixture.edge, request);
	messages_receive(runner->fixture.messages, request);
}

/** What RFC 5360 sections 4.1 and 5.9.1 want of the answer; who proved nothing
 *  hears of nobody, and is asked to (RFC 4453 REQ 13). */
static int expected_status(const struct message *message, bool skips)
{
	unsigned n = 0, granted = 0;

	for (unsigned i = 0; i < PEOPLE; i++) {
		n += message->is_addressed[i];
		granted += message->is_addressed[i] && message->was_granted[i];
	}
	if (granted == n || (skips && granted))
		return 202;
	if (!model_sender(message->who.sender))
		return 407;
	return skips ? 480 : 470;
}

static void roll_message(struct runner *runner, struct message *message)
{
	struct prng *prng = &runner->prng;
	unsigned any = prng_below(prng, PEOPLE);

	*message = (struct message){.who = model_question_roll(prng)};
	for (unsigned i = 0; i < PEOPLE; i++) {
		message->is_addressed[i] = i == any || prng_once_in(prng, 3);
		message->role[i] = (enum role)prng_below(prng, ROLES);
		message->was_granted[i] =
			runner_verdict(runner, message, i, wall_now_s()) ==
			VERDICT_GRANTED;
	}
}

static void crash(struct runner *runner)
{
	fixture_crash(&runner->fixture, prng_once_in(&runner->prng, 2)
						? LAST_COMMIT
						: LAST_NOTHING);
	runner->n_crashes++;
	for (unsigned i = 0; i < runner->n_messages; i++)
		runner->messages[i].crashes++;
	runner->fixture.edge.is_held = 0;
	fixture_start(&runner->fixture);
	settle(runner);
}

static void send_message(struct runner *runner)
{
	struct message *message = &runner->messages[runner->n_messages++];
	bool is_held = prng_once_in(&runner->prng, 4), skips;

	roll_message(runner, message);
	skips = message->who.target == 1;
	fake_writer_hold(runner->fixture.writer, is_held);
	receive(runner, message);
	settle(runner);
	runner_see_answer(runner, message);
	if (is_held)
		must(&runner->prng, message->status != 202,
		     "202 only once it is on disk");
	if (is_held && prng_once_in(&runner->prng, 3)) {
		crash(runner);
		return;
	}
	fake_writer_hold(runner->fixture.writer, 0);
	settle(runner);
	if (message->status == 0)
		runner_see_answer(runner, message);
	must(&runner->prng, message->status == expected_status(message, skips),
	     "the answer is what the permissions say");
}

/* ---- everything else that happens ----------------------------------- */

static void happen(struct runner *runner, const struct model_event *event)
{
	struct permission_change change = {
		.sender = model_scope(event->scope),
		.target = model_target(event->target),
		.recipient = model_recipient(event->recipient),
		.recipient_uri = model_recipient(event->recipient),
		.event = event->event,
		.actor = event->actor,
		.expires_at = event->ends_at,
		.ask_due_at = wall_now_s(),
		.now = wall_now_s()};
	bool stands = !model_apply(&runner->model, event, wall_now_s());
	struct arena *arena = arena_new(0);
	struct permission row;
	enum err err = store_permission_change(
		fake_writer_store(runner->fixture.writer), &change, arena,
		&row);

	must(&runner->prng, (err == ERR_CONFLICT) == stands,
	     "a recipient's own no stands");
	runner->n_asked_for +=
		(event->event == EVENT_ADDED || event->event == EVENT_AGAIN) &&
		err == ERR_OK;
	consents_wake(runner->fixture.consents);
	arena_free(arena);
	settle(runner);
}

static void change_permission(struct runner *runner)
{
	struct model_event event =
		model_event_roll(&runner->prng, wall_now_s());

	if (prng_once_in(&runner->prng, 3)) { /* somebody changes a decision */
		event.scope = 3;
		event.target = MODEL_TARGETS - 1;
		event.event = prng_once_in(&runner->prng, 2) ? EVENT_GRANT
							     : EVENT_DENY;
		event.actor = ORIGIN_RECIPIENT;
	}
	happen(runner, &event);
}

/** Most people are friendly at first, to everybody who is not a stranger. */
static void begin(struct runner *runner)
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		struct model_event event = {.scope = 3,
					    .target = MODEL_TARGETS - 1,
					    .recipient = i,
					    .event = EVENT_GRANT,
					    .actor = ORIGIN_RECIPIENT,
					    .ends_at = -1};

		if (!prng_once_in(&runner->prng, 4))
			happen(runner, &event);
	}
}

static void end_leg(struct runner *runner, struct sent *sent, int status)
{
	struct message *message = runner_message(runner, sent);
	unsigned person = runner_person(runner, sent);
	enum leg_outcome outcome = limits_leg_outcome(NULL, "", status);

	if (message && (outcome == LEG_OUTCOME_TRY_AGAIN ||
			outcome == LEG_OUTCOME_CREDENTIALS))
		message->failed[person]++;
	else if (message)
		message->is_over[person] = true;
	runner->delivered += message && outcome == LEG_OUTCOME_OK;
	fake_edge_answer(sent, status, 0);
	settle(runner);
}

static struct sent *roll_leg(struct runner *runner)
{
	size_t n = fake_edge_in_flight(&runner->fixture.edge);
	size_t place = n ? prng_below(&runner->prng, (unsigned)n) : 0;

	for (struct sent *sent = runner->fixture.edge.sent; sent;
	     sent = sent->next) {
		if (sent->leg && place-- == 0)
			return sent;
	}
	return NULL;
}

static void answer_legs(struct runner *runner)
{
	static const int statuses[] = {200, 200, 202, 302, 404,
				       408, 480, 500, 503, 603};
	unsigned n = 1 + prng_below(&runner->prng, 4);

	for (unsigned i = 0; i < n; i++) {
		struct sent *sent = roll_leg(runner);

		if (sent)
			end_leg(runner, sent,
				statuses[prng_below(&runner->prng, 10)]);
	}
}

static void pass_time(struct runner *runner)
{
	unsigned seconds = 1 + prng_below(&runner->prng, 6);

	for (unsigned i = 0; i < seconds; i++) {
		fixture_advance(&runner->fixture, 1000);
		runner_check(runner);
	}
}

static void one_step(struct runner *runner)
{
	switch (prng_below(&runner->prng, 12)) {
	case 0:
	case 1:
	case 2:
		send_message(runner);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		change_permission(runner);
		break;
	case 7:
	case 8:
		answer_legs(runner);
		break;
	case 9:
		pass_time(runner);
		break;
	case 10:
		runner->fixture.edge.is_held = !runner->fixture.edge.is_held;
		settle(runner);
		break;
	default:
		if (prng_once_in(&runner->prng, 3))
			crash(runner);
		break;
	}
}

/* ---- the end -------------------------------------------------------- */

static bool is_anything_left(struct runner *runner)
{
	struct store *store = fake_writer_store(runner->fixture.writer);
	struct page page = {0, 1};
	struct delivery_filter filter = {.state = DELIVERY_WAITING,
					 .page = page};
	struct arena *arena = arena_new(0);
	struct journal_entry *entries;
	struct delivery *rows;
	size_t n_entries, n_rows;

	must(&runner->prng,
	     store_journal_list(store, page, arena, &entries, &n_entries) ==
			     ERR_OK &&
		     store_delivery_list(store, &filter, arena, &rows,
					 &n_rows) == ERR_OK,
	     "the journal can be read");
	arena_free(arena);
	return n_entries > 0 || n_rows > 0 ||
	       fake_edge_in_flight(&runner->fixture.edge) > 0;
}

/** All phones work now: everything that is owed arrives. */
static void runner_out(struct runner *runner)
{
	runner->fixture.edge.is_held = 0;
	settle(runner);
	for (int i = 0; i < 100 && is_anything_left(runner); i++) {
		struct sent *sent;

		while ((sent = roll_leg(runner)))
			end_leg(runner, sent, 200);
		fixture_advance(&runner->fixture, 1000);
		runner_check(runner);
	}
	must(&runner->prng, !is_anything_left(runner),
	     "everything comes to an end");
}

/** Only the recipients themselves can clear everything. */
static void clear(struct runner *runner)
{
	struct store *store = fake_writer_store(runner->fixture.writer);
	struct permission_filter filter = {
		.state = -1, .origin = -1, .page.limit = 1000};
	struct permission_change change = {.event = EVENT_REMOVED,
					   .actor = ORIGIN_RECIPIENT,
					   .expires_at = -1,
					   .now = wall_now_s()};
	struct arena *arena = arena_new(0);
	struct permission *rows, row;
	size_t n;

	must(&runner->prng,
	     store_permission_list(store, &filter, arena, &rows, &n) == ERR_OK,
	     "permissions can be listed");
	for (size_t i = 0; i < n; i++) {
		change.id = rows[i].id;
		must(&runner->prng,
		     store_permission_change(store, &change, arena, &row) ==
			     ERR_OK,
		     "a recipient may take everything back");
	}
	must(&runner->prng, store_delivery_sweep(store, INT64_MAX) == ERR_OK,
	     "swept");
	arena_free(arena);
	runner->model = (struct model){0};
	fake_edge_release(&runner->fixture.edge);
	runner->sent = NULL;
	runner->answered = NULL;
	runner->first += runner->n_messages;
	runner->n_messages = 0;
}

static void add_service(struct fixture *fixture, const char *name,
			const char *uri, enum missing_rule missing)
{
	fixture->services[fixture->n_services++] = (struct service){
		.name = name, .uri = uri, .key = uri, .missing = missing};
}

START_TEST(the_invariants_hold)
{
	unsigned n = prng_sequences(SEQUENCES);
	struct runner *runner = mem_alloc(sizeof(*runner));

	memset(runner, 0, sizeof(*runner));
	log_set_level(LOG_ERROR);
	fixture_init(&runner->fixture);
	for (int i = 0; i < 3; i++)
		runner->fixture.retry_pauses_s[i] = 2 * i + 1;
	runner->fixture.settings.legs_window = 4;
	runner->fixture.asking.asking.all = (struct ask_limits){10, 1, 1000};
	add_service(&runner->fixture, "hikers", model_target(0),
		    MISSING_REFUSES);
	add_service(&runner->fixture, "bikers", model_target(1), MISSING_OMITS);
	fixture_start(&runner->fixture);
	for (unsigned i = 0; prng_goes_on(i, n); i++) {
		runner->prng = prng_of(seed, i);
		begin(runner);
		for (int step = 0; step < STEPS; step++)
			one_step(runner);
		runner_out(runner);
		runner_check_kept(runner);
		clear(runner);
	}
	must(&runner->prng, runner->fixture.edge.n_requests == 0,
	     "no request is forgotten");
	printf("%lu accepted, %lu legs delivered, %lu withdrawn, %u questions, "
	       "%u crashes\n",
	       runner->accepted, runner->delivered, runner->withdrawn,
	       runner->n_questions, runner->n_crashes);
	fixture_release(&runner->fixture);
	free(runner);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("relay");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("relay_prop");
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, the_invariants_hold);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
