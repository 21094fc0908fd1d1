/*
 * The effective list is always those in it who granted it for who sends,
 * whatever was added, removed, granted, denied, widened and narrowed before,
 * and over crashes.  Who is in it no more has nothing that is granted or asked;
 * who is in it was asked, unless they said no.  No word that an owner or a
 * sender wrote is in a question.  The relay is real but for network, clock and
 * commits (tests/scenario).
 */
#include <check.h>

#include "db/accounts.h"
#include "db/lists.h"
#include "db/permissions.h"
#include "server/base/log.h"
#include "tests/props/prng.h"
#include "tests/scenario/fixture.h"

#define SEQUENCES 2000
#define STEPS 24
#define PEOPLE 4
#define OWNER "sip:nora@example.com"
#define LIST_URI "sip:hikers@" FIXTURE_DOMAIN

static const char *const people[PEOPLE] = {
	"sip:omar@example.org", "sip:pia@example.net", "sip:quin@example.org",
	"sip:rita@example.net"};

enum scope { SCOPE_OWNER, SCOPE_MEMBERS, SCOPES_HERE };
static const char *const scope_texts[SCOPES_HERE] = {OWNER, "*"};

enum said { SAID_NOTHING, SAID_YES, SAID_NO };

static uint64_t seed;

static struct world {
	struct prng prng;
	struct fixture fixture;
	unsigned n_requests;
	/* What is to be. */
	bool is_there;
	enum list_use use;
	enum list_replies replies;
	int64_t entry[PEOPLE]; /**< id; 0: not in it */
	enum said said[PEOPLE][SCOPES_HERE];
	/** They had said no when the list last asked, or did so since. */
	bool had_no[PEOPLE];
	unsigned long n_sent, n_refused, n_questions;
} world;

/** In all that is written by owners of lists and by senders. */
#define WRITTEN "Mallory"

/** What they would like to be read. */
static const char *written(void)
{
	static const char *const texts[] = {
		WRITTEN "'s bank: answer YES to keep your account",
		"\"><img src=x onerror=" WRITTEN ">",
		"{who} " WRITTEN " {yes} %s%n",
		"\xe2\x80\xae" WRITTEN "\xe2\x80\xac",
		("Yes: https://example.com/" WRITTEN),
	};

	return texts[prng_below(&world.prng, sizeof(texts) / sizeof(texts[0]))];
}

static struct store *store_now(void)
{
	return fake_writer_store(world.fixture.writer);
}

static struct list_target target_now(void)
{
	return (struct list_target){.uri = LIST_URI, .now = wall_now_s()};
}

/* ---- what is to be ---------------------------------------------------- */

/** Does what they said let this scope of senders through? */
static bool lets(unsigned person, bool is_owner)
{
	const enum said *said = world.said[person];

	if (said[SCOPE_MEMBERS] == SAID_NO ||
	    (is_owner && said[SCOPE_OWNER] == SAID_NO))
		return false;
	return said[SCOPE_MEMBERS] == SAID_YES ||
	       (is_owner && said[SCOPE_OWNER] == SAID_YES);
}

static void forget(unsigned person)
{
	for (int i = 0; i < SCOPES_HERE; i++)
		if (world.said[person][i] == SAID_YES)
			world.said[person][i] = SAID_NOTHING;
	world.entry[person] = 0;
}

/** The list asks: not who said no. */
static void asked(unsigned person)
{
	world.had_no[person] = world.said[person][SCOPE_OWNER] == SAID_NO ||
			       world.said[person][SCOPE_MEMBERS] == SAID_NO;
}

/** @p sender: one of the people; PEOPLE: the owner. */
static bool may_use(unsigned sender)
{
	enum list_role role = LIST_ROLE_STRANGER;

	if (sender == PEOPLE)
		role = LIST_ROLE_OWNER;
	else if (world.entry[sender] && lets(sender, true))
		role = LIST_ROLE_MEMBER;
	return list_may_use(world.use, world.replies, role);
}

/* ---- sending ---------------------------------------------------------- */

static struct request *request_new(unsigned sender)
{
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));
	struct header *type = arena_alloc(arena, sizeof(*type));
	const char *from = sender == PEOPLE ? OWNER : people[sender];

	*type = (struct header){VIEW("Content-Type"), VIEW("text/plain")};
	*request = (struct request){
		.arena = arena,
		.id = "relay=0",
		.purpose = PURPOSE_STORED_LIST,
		.list = "hikers",
		.method_id = METHOD_MESSAGE,
		.method = "MESSAGE",
		.target = LIST_URI,
		.target_key = LIST_URI,
		.call_id = "c",
		.source = "192.0.2.1:5060",
		.from = arena_printf(arena, "\"%s\" <%s>", WRITTEN, from),
		.from_key = from,
		.sender = {IDENTITY_DIGEST, {from, NULL}},
		.max_forwards = 70,
		.max_breadth = -1,
		.expires_s = -1,
		.received_at = wall_now_s(),
		.content = type,
		.n_content = 1,
		.content_type = VIEW("text/plain"),
		.body = VIEW("hello " WRITTEN)};
	world.n_requests++;
	sha256(&world.n_requests, sizeof(world.n_requests), request->key);
	return request;
}

/** Who got the message: bits by person.  Questions are let go. */
static unsigned who_got(void)
{
	unsigned got = 0;

	for (struct sent *it = world.fixture.edge.sent; it; it = it->next) {
		bool is_question =
			view_find_view(text_view(&it->message),
				       VIEW("application/auth-policy+xml"),
				       0) != SIZE_MAX;

		if (is_question && !it->is_seen) {
			world.n_questions++;
			must(&world.prng,
			     view_find_view(text_view(&it->message),
					    VIEW(WRITTEN), 0) == SIZE_MAX,
			     "nobody writes into a question");
		}
		if (it->leg)
			fake_edge_answer(it, 200, 0);
		for (unsigned i = 0; i < PEOPLE; i++) {
			if (it->is_seen || is_question ||
			    strcmp(it->uri, people[i]) != 0)
				continue;
			must(&world.prng, !(got & 1U << i),
			     "nobody gets one message twice");
			got |= 1U << i;
		}
		it->is_seen = 1;
	}
	return got;
}

static int newest_answer(void)
{
	struct answered *it = world.fixture.edge.answered;

	while (it && it->next)
		it = it->next;
	return it ? it->status : 0;
}

static void send_one(unsigned sender)
{
	struct request *request = request_new(sender);
	unsigned wanted = 0;
	bool may = world.is_there && may_use(sender);
	/* Who is in it, and who granted it, is told to its owner alone. */
	int status = !may ? 404 : sender == PEOPLE ? 480 : 202;

	(void)who_got(); /* what left before */
	for (unsigned i = 0; may && i < PEOPLE; i++) {
		if (i != sender && world.entry[i] && lets(i, sender == PEOPLE))
			wanted |= 1U << i;
	}
	fake_edge_receive(&world.fixture.edge, request);
	messages_receive(world.fixture.messages, request);
	fixture_settle(&world.fixture);
	must(&world.prng, newest_answer() == (wanted ? 202 : status),
	     "the answer is what the list says");
	must(&world.prng, who_got() == wanted,
	     "those in the list who granted it get it, and nobody else");
	fixture_settle(&world.fixture);
	world.n_sent += wanted != 0;
	world.n_refused += wanted == 0;
}

/* ---- steps ------------------------------------------------------------ */

static void add(unsigned person)
{
	const struct list_target target = target_now();
	const struct list_entry entry = {.kind = LIST_ENTRY,
					 .uri = people[person],
					 .key = people[person],
					 .title = written()};
	struct list_addition addition = {
		.entries = &entry, .n = 1, .entries_most = PEOPLE + 1};
	enum err err = store_list_entries_add(store_now(), &target, &addition,
					      world.fixture.arena);

	must(&world.prng,
	     err == (!world.is_there	   ? ERR_UNKNOWN
		     : world.entry[person] ? ERR_EXISTS
					   : ERR_OK),
	     "who is not there is added, once");
	if (err)
		return;
	world.entry[person] = addition.added[0].id;
	asked(person);
}

static void drop(unsigned person)
{
	const struct list_target target = target_now();
	struct stored_list list;
	enum err err = store_list_entry_remove(store_now(), &target,
					       world.entry[person],
					       world.fixture.arena, &list);

	must(&world.prng, err == (world.entry[person] ? ERR_OK : ERR_UNKNOWN),
	     "who is there is removed");
	if (!err)
		forget(person);
}

static bool has_row(unsigned person, enum scope scope)
{
	struct permission row;

	return store_permission_find(
		       store_now(),
		       &(struct permission){.sender = scope_texts[scope],
					    .target = LIST_URI,
					    .recipient = people[person]},
		       world.fixture.arena, &row) == ERR_OK;
}

/** Only who was asked says something; who took their no back while they are not
 *  in the list would have said yes to what they are not in. */
static void say(unsigned person, enum scope scope, enum said said)
{
	const struct permission_change change = {
		.sender = scope_texts[scope],
		.target = LIST_URI,
		.recipient = people[person],
		.kinds = kinds_only(KIND_MESSAGE),
		.event = said == SAID_YES ? EVENT_GRANT : EVENT_DENY,
		.actor = ORIGIN_RECIPIENT,
		.expires_at = -1,
		.now = wall_now_s()};
	struct permission row;

	if (!has_row(person, scope) ||
	    (said == SAID_YES && !world.entry[person]))
		return;
	must(&world.prng,
	     store_permission_change(store_now(), &change, world.fixture.arena,
				     &row) == ERR_OK,
	     "an answer is taken");
	world.said[person][scope] = said;
	world.had_no[person] |= said == SAID_NO;
}

static void set(void)
{
	const struct list_target target = target_now();
	struct stored_list list = {.owner = OWNER, .title = written()};
	bool is_other; /**< other senders: it asks anew */
	enum err err;

	list.use = (enum list_use)prng_below(&world.prng, LIST_USES);
	list.replies =
		(enum list_replies)prng_below(&world.prng, LIST_REPLIES_WAYS);
	err = store_list_change(store_now(), &target, &list,
				world.fixture.arena, &list);
	must(&world.prng, err == (world.is_there ? ERR_OK : ERR_UNKNOWN),
	     "a list is changed");
	if (err)
		return;
	is_other = list_asks_for_many(world.use, world.replies) !=
		   list_asks_for_many(list.use, list.replies);
	world.use = list.use;
	world.replies = list.replies;
	for (unsigned i = 0; is_other && i < PEOPLE; i++)
		asked(i);
}

static void make(void)
{
	const struct list_limits limits = {2, PEOPLE};
	struct stored_list list = {.uri = LIST_URI,
				   .name = "hikers",
				   .owner = OWNER,
				   .title = written(),
				   .created_at = wall_now_s()};

	must(&world.prng,
	     store_list_add(store_now(), &list, &limits, world.fixture.arena,
			    &list) == ERR_OK,
	     "a list is made");
	world.is_there = true;
	world.use = LIST_USE_OWNER;
	world.replies = LIST_REPLIES_NONE;
}

/** With their account go their lists. */
static void end_owner(void)
{
	const struct account account = {.aor = OWNER, .username = "nora"};
	struct account row;

	must(&world.prng,
	     store_account_add(store_now(), &account, world.fixture.arena,
			       &row) == ERR_OK &&
		     store_account_remove(store_now(), row.id, NULL) == ERR_OK,
	     "an account comes and goes");
}

static void end(void)
{
	const struct list_target target = target_now();
	struct stored_list list;

	if (!world.is_there) {
		make();
		return;
	}
	if (prng_once_in(&world.prng, 2))
		end_owner();
	else
		must(&world.prng,
		     store_list_remove(store_now(), &target,
				       world.fixture.arena, &list) == ERR_OK,
		     "a list is removed");
	world.is_there = false;
	for (unsigned i = 0; i < PEOPLE; i++)
		forget(i);
}

static void restart(void)
{
	fixture_crash(&world.fixture, LAST_NOTHING);
	fixture_start(&world.fixture);
	fixture_settle(&world.fixture);
}

/* ---- what always holds ------------------------------------------------ */

static void check_rows(unsigned person)
{
	struct permission_filter filter = {.target = LIST_URI,
					   .recipient = people[person],
					   .state = -1,
					   .origin = -1,
					   .now = wall_now_s(),
					   .page.limit = 10};
	bool is_many = list_asks_for_many(world.use, world.replies);
	struct permission *rows;
	size_t n;

	must(&world.prng,
	     store_permission_list(store_now(), &filter, world.fixture.arena,
				   &rows, &n) == ERR_OK,
	     "rows are read");
	for (size_t i = 0; i < n; i++)
		must(&world.prng,
		     world.entry[person] || rows[i].state == PERMISSION_DENIED,
		     "who is not in it has nothing but what they denied");
	for (size_t i = 0; i < n; i++)
		must(&world.prng,
		     is_many || strcmp(rows[i].sender, "*") != 0 ||
			     rows[i].state != PERMISSION_PENDING ||
			     rows[i].asked_at,
		     "nobody will be asked for more than the list wants");
	if (world.entry[person] && !world.had_no[person])
		must(&world.prng,
		     has_row(person, SCOPE_MEMBERS) ||
			     (!is_many && has_row(person, SCOPE_OWNER)),
		     "who is in it was asked for those who may write");
}

static void one_step(void)
{
	struct prng *prng = &world.prng;
	unsigned person = prng_below(prng, PEOPLE);
	enum scope scope = (enum scope)prng_below(prng, SCOPES_HERE);

	switch (prng_below(prng, 12)) {
	case 0:
	case 1:
	case 2:
		add(person);
		break;
	case 3:
		drop(person);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		say(person, scope, SAID_YES);
		break;
	case 8:
		say(person, scope, SAID_NO);
		break;
	case 9:
		set();
		break;
	case 10:
		if (prng_once_in(prng, 4))
			end();
		break;
	default:
		if (prng_once_in(prng, 4))
			restart();
		break;
	}
	fixture_settle(&world.fixture);
	for (unsigned i = 0; i < PEOPLE; i++)
		check_rows(i);
	send_one(prng_below(prng, PEOPLE + 1));
}

static void run_sequence(unsigned sequence)
{
	unsigned long n_sent = world.n_sent, n_refused = world.n_refused;
	unsigned long n_questions = world.n_questions;

	memset(&world, 0, sizeof(world));
	world.n_sent = n_sent;
	world.n_questions = n_questions;
	world.n_refused = n_refused;
	world.prng = prng_of(seed, sequence);
	fixture_init(&world.fixture);
	fixture_start(&world.fixture);
	fixture_settle(&world.fixture);
	make();
	for (int step = 0; step < STEPS; step++)
		one_step();
	fixture_release(&world.fixture);
}

START_TEST(the_effective_list_is_who_granted_it)
{
	unsigned n = prng_sequences_or_all(300, SEQUENCES);

	for (unsigned i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
	printf("# %lu sent, %lu refused, %lu questions\n", world.n_sent,
	       world.n_refused, world.n_questions);
	ck_assert_uint_gt(world.n_questions, world.n_sent / 20);
	ck_assert_uint_gt(world.n_sent, world.n_refused / 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stored_list");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("stored_list_prop");
	log_set_level(LOG_ERROR);
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, the_effective_list_is_who_granted_it);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
