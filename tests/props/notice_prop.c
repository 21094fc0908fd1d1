/*
 * Whom others grant for is told before anything else comes, over the real
 * fan-out, notices, index and store; network, clock and crashes are the test's.
 *
 *   1  no message leaves that rests on a grant by others before its notice has,
 *      or that of an earlier one in the same words
 *   2  of one grant there is one notice, and one more at most for each try that
 *      failed and each crash; none where the same was told
 *   3  in the end nobody waits: every notice is over, and what was accepted for
 *      who stayed granted has left
 */
#include <check.h>

#include "db/notices.h"
#include "db/permissions.h"
#include "tests/props/prng.h"
#include "tests/scenario/fixture.h"

#define SEQUENCES 1000 /**< with VOLENS_ALL */
#define STEPS 14
#define PEOPLE 3
#define FORMS 2 /**< evidence */
#define SENDER "sip:a@example.com"
#define TARGET "sip:lists@relay.example"

static uint64_t seed;

enum standing { NOBODY_SAID, OTHERS_GRANTED, OWN_GRANT, OWN_DENY };

struct person {
	const char *uri;
	enum standing standing;
	unsigned form;		   /**< of the grant by others */
	bool is_told;		   /**< its notice has left, or need not */
	bool has_left[FORMS];	   /**< of this or an earlier grant like it */
	bool was_told[FORMS];	   /**< answered by a 2xx */
	const struct sent *notice; /**< the last of this grant */
	unsigned n_notices;	   /**< that left for this grant */
	unsigned n_allowed;	   /**< that may */
	bool wants;		   /**< a message for them was accepted since */
	unsigned n_messages;	   /**< that left since then */
};

struct world {
	struct prng prng;
	struct fixture fixture;
	struct person people[PEOPLE];
	unsigned n_requests;
};

static struct person *person_of(struct world *world, const char *uri)
{
	for (unsigned i = 0; i < PEOPLE; i++)
		if (strcmp(world->people[i].uri, uri) == 0)
			return &world->people[i];
	return NULL;
}

static bool is_notice(const struct sent *sent)
{
	return strstr(sent->message.at, "recorded this on") != NULL;
}

/** All that left since the last look, in its order. */
static void look(struct world *world)
{
	const struct prng *prng = &world->prng;

	for (struct sent *it = world->fixture.edge.sent; it; it = it->next) {
		struct person *person = person_of(world, it->uri);

		if (it->is_seen)
			continue;
		it->is_seen = 1;
		must(prng, person != NULL, "it is for somebody");
		if (is_notice(it)) {
			must(prng, person->standing == OTHERS_GRANTED,
			     "only a grant by others is told");
			must(prng, !person->was_told[person->form],
			     "and not twice");
			must(prng, person->n_notices++ < person->n_allowed,
			     "one notice a grant, a failed try and a crash");
			person->is_told = true;
			person->has_left[person->form] = true;
			person->notice = it;
			continue;
		}
		must(prng,
		     person->standing == OWN_GRANT ||
			     (person->standing == OTHERS_GRANTED &&
			      person->is_told),
		     "no message before the notice");
		person->n_messages++;
	}
}

static void settle(struct world *world)
{
	fixture_settle(&world->fixture);
	look(world);
}

static void say(struct world *world, enum permission_event event,
		enum permission_origin actor)
{
	struct person *person =
		&world->people[prng_below(&world->prng, PEOPLE)];
	unsigned form = prng_below(&world->prng, FORMS);
	static const char *const forms[FORMS] = {"form 1", "form 2"};
	struct permission_change change = {
		.sender = SENDER,
		.target = TARGET,
		.recipient = person->uri,
		.recipient_uri = person->uri,
		.event = event,
		.actor = actor,
		.evidence = actor == ORIGIN_RECIPIENT ? NULL : forms[form],
		.expires_at = -1,
		.now = wall_now_s()};
	struct permission row;
	enum err err = store_permission_change(
		fake_writer_store(world->fixture.writer), &change,
		world->fixture.arena, &row);

	if (err == ERR_UNKNOWN || err == ERR_CONFLICT)
		return;
	must(&world->prng, err == ERR_OK, "what may happen happens");
	if (event == EVENT_GRANT && actor != ORIGIN_RECIPIENT) {
		if (person->standing != NOBODY_SAID)
			return; /* the same grant, or theirs */
		person->standing = OTHERS_GRANTED;
		person->form = form;
		person->is_told = person->has_left[form];
		person->notice = NULL;
		person->n_notices = 0;
		person->n_allowed = 1;
	} else {
		person->standing = event == EVENT_GRANT	 ? OWN_GRANT
				   : event == EVENT_DENY ? OWN_DENY
							 : NOBODY_SAID;
		person->wants &= event == EVENT_GRANT;
	}
	consents_wake(world->fixture.consents);
}

static void send_message(struct world *world)
{
	struct fixture *fixture = &world->fixture;
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));
	struct header *content = arena_alloc(arena, sizeof(*content));
	unsigned number = ++world->n_requests + world->prng.sequence * 100;
	struct text body;

	text_init(&body, arena);
	text_add(&body,
		 "--b\r\nContent-Type: application/resource-lists+xml\r\n"
		 "Content-Disposition: recipient-list\r\n\r\n"
		 "<resource-lists "
		 "xmlns=\"urn:ietf:params:xml:ns:resource-lists\">"
		 "<list>");
	for (unsigned i = 0; i < PEOPLE; i++)
		text_printf(&body, "<entry uri=\"%s\"/>", world->people[i].uri);
	text_add(&body, "</list></resource-lists>\r\n--b\r\n"
			"Content-Type: text/plain\r\n\r\nmill\r\n--b--\r\n");
	request->arena = arena;
	request->service = &fixture->services[0];
	request->method = "MESSAGE";
	request->target = request->target_key = request->service->key;
	request->from = "<" SENDER ">";
	request->from_key = SENDER;
	request->sender = (struct identity){IDENTITY_DIGEST, {SENDER, NULL}};
	sha256(&number, sizeof(number), request->key);
	request->max_forwards = 70;
	request->max_breadth = -1;
	request->expires_s = -1;
	request->received_at = wall_now_s();
	request->content_type = VIEW("multipart/mixed;boundary=b");
	*content = (struct header){VIEW("Content-Type"), request->content_type};
	request->content = content;
	request->n_content = 1;
	request->body = text_view(&body);
	for (unsigned i = 0; i < PEOPLE; i++) {
		struct person *person = &world->people[i];

		if (person->standing != OTHERS_GRANTED &&
		    person->standing != OWN_GRANT)
			continue;
		person->wants = true;
		person->n_messages = 0;
	}
	fake_edge_receive(&fixture->edge, request);
	messages_receive(fixture->messages, request);
}

/** Of all that is out. */
static void answer_all(struct world *world, bool are_there)
{
	static const int statuses[] = {200, 200, 480, 408};

	for (struct sent *it = world->fixture.edge.sent; it; it = it->next) {
		struct person *person = person_of(world, it->uri);
		int status =
			are_there ? 200 : statuses[prng_below(&world->prng, 4)];

		if (!it->leg)
			continue;
		if (it == person->notice && status == 200 &&
		    person->standing == OTHERS_GRANTED)
			person->was_told[person->form] = true;
		if (is_notice(it))
			person->n_allowed += status != 200;
		fake_edge_answer(it, status, 0);
		settle(world);
	}
}

static void crash(struct world *world)
{
	fixture_crash(&world->fixture, LAST_NOTHING);
	for (unsigned i = 0; i < PEOPLE; i++)
		world->people[i].n_allowed++;
	world->fixture.edge.is_held = 0;
	fixture_start(&world->fixture);
}

static void step(struct world *world)
{
	static const int pauses_s[] = {1, 30, 70, 700, 5000};
	struct prng *prng = &world->prng;

	switch (prng_below(prng, 10)) {
	case 0:
	case 1:
	case 2:
		say(world, EVENT_GRANT,
		    prng_once_in(prng, 2) ? ORIGIN_IMPORT : ORIGIN_ADMIN);
		break;
	case 3:
		say(world, EVENT_REMOVED, ORIGIN_ADMIN);
		break;
	case 4:
		say(world, prng_once_in(prng, 2) ? EVENT_GRANT : EVENT_DENY,
		    ORIGIN_RECIPIENT);
		break;
	case 5:
	case 6:
		send_message(world);
		break;
	case 7:
		world->fixture.edge.is_held = !world->fixture.edge.is_held;
		break;
	case 8:
		if (prng_once_in(prng, 3))
			crash(world);
		else
			answer_all(world, false);
		break;
	default:
		fixture_advance(&world->fixture,
				pauses_s[prng_below(prng, 5)] * 1000);
	}
	settle(world);
}

static void end(struct world *world)
{
	struct notice_counts counts;

	world->fixture.edge.is_held = 0;
	for (int i = 0; i < 40; i++) {
		settle(world);
		answer_all(world, true);
		fixture_advance(&world->fixture, (i < 15   ? 2
						  : i < 28 ? 700
							   : 3000) *
							 1000);
	}
	settle(world);
	must(&world->prng,
	     store_notice_count(fake_writer_store(world->fixture.writer),
				&counts) == ERR_OK &&
		     counts.open == 0,
	     "every notice is over");
	for (unsigned i = 0; i < PEOPLE; i++)
		must(&world->prng,
		     !world->people[i].wants || world->people[i].n_messages > 0,
		     "nobody waits for ever");
}

static void run(unsigned sequence)
{
	static const char *const methods[] = {"MESSAGE"};
	static const char *const uris[PEOPLE] = {
		"sip:b@example.net", "sip:c@example.net", "sip:d@example.org"};
	struct world *world = mem_alloc(sizeof(*world));
	struct service *service;

	memset(world, 0, sizeof(*world));
	world->prng = prng_of(seed, sequence);
	fixture_init(&world->fixture);
	world->fixture.tells_imported = true;
	service = &world->fixture.services[world->fixture.n_services++];
	*service = (struct service){.name = "lists",
				    .uri = TARGET,
				    .key = TARGET,
				    .methods = methods,
				    .n_methods = 1,
				    .missing = MISSING_OMITS};
	for (unsigned i = 0; i < PEOPLE; i++)
		world->people[i].uri = uris[i];
	fixture_start(&world->fixture);
	for (unsigned i = 0; i < STEPS; i++)
		step(world);
	end(world);
	fixture_release(&world->fixture);
	free(world);
}

START_TEST(who_is_granted_for_is_told_first)
{
	unsigned n = prng_sequences_or_all(40, SEQUENCES);

	for (unsigned i = 0; i < n && prng_goes_on(i, n); i++)
		run(i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("notice");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("notice_prop");
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, who_is_granted_for_is_told_first);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
