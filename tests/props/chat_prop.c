/*
 * What people type, at random, to questions and to a service, by anybody and in
 * anybody's name:
 *
 *   1  nothing is granted but by a yes at its own question, by who proved to be
 *      its recipient, or where the question and the yes went over TLS
 *   2  nobody is denied anything but by a no at their own question, or by a
 * word at the service whose sender proved to be them 3  what is told about
 * words goes to recorded recipients alone
 */
#include <check.h>
#include <stdio.h>

#include "db/permissions.h"
#include "server/words/chat_words.h"
#include "tests/props/prng.h"
#include "tests/scenario/fixture.h"

#define SEQUENCES 2000 /**< with VOLENS_ALL */
#define STEPS 20
#define PEOPLE 3
#define SENDERS 2
#define ROWS (PEOPLE * SENDERS)
#define SERVICE "sip:lists@" FIXTURE_DOMAIN
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t seed;

/** One question: the row, and the address that it came from. */
struct asked {
	unsigned person;
	int64_t id;
	bool has_token;
	struct token token;
	enum permission_state state; /**< before the word */
};

struct world {
	struct prng prng;
	struct fixture fixture;
	struct asked asked[ROWS];
	unsigned n_requests;
};

/** What was typed, and by whom. */
struct said {
	struct chat_typed typed;
	const struct asked *at; /**< NULL: the service */
	unsigned who;		/**< who proved to be; PEOPLE: nobody */
	bool is_vouched, is_by_digest;
	bool is_secure;
};

static unsigned long n_granted, n_denied;

static const char *const people[PEOPLE] = {
	"sips:omar@a.example", "sip:pia@b.example", "sip:quin@c.example"};
static const char *const keys[PEOPLE] = {
	"sip:omar@a.example", "sip:pia@b.example", "sip:quin@c.example"};
static const char *const senders[SENDERS] = {"sip:a@example.com",
					     "sip:b@example.com"};

static const struct service service = {
	.name = "lists", .uri = SERVICE, .key = SERVICE};

/* ---- the world ------------------------------------------------------------
 */

static struct store *store_of(struct world *world)
{
	return fake_writer_store(world->fixture.writer);
}

static void ask(struct world *world, struct asked *asked, unsigned i)
{
	struct arena *arena = arena_new(0);
	struct permission row;
	const struct permission_change change = {
		.sender = senders[i % SENDERS],
		.target = SERVICE,
		.recipient = keys[i / SENDERS],
		.recipient_uri = people[i / SENDERS],
		.event = EVENT_ADDED,
		.actor = ORIGIN_ADMIN,
		.expires_at = -1,
		.ask_due_at = wall_now_s(),
		.now = wall_now_s(),
	};

	ck_assert(!store_permission_change(store_of(world), &change, arena,
					   &row));
	*asked = (struct asked){.person = i / SENDERS, .id = row.id};
	arena_free(arena);
	consents_wake(world->fixture.consents);
	fixture_settle(&world->fixture);
}

/** The token in From of a question. */
static bool token_in(const struct sent *sent, struct token *ret)
{
	const char *at = strstr(sent->message.at, "From: <sip");
	enum token_kind kind;

	at = at ? strstr(at, ":q-") : NULL;
	return at &&
	       !token_find((struct view){at + 1, 2 + TOKEN_HEX + 1}, &kind,
			   ret) &&
	       kind == TOKEN_CHAT;
}

/* What left is answered; a question is that of the last row that was asked. */
static void take_question(struct world *world, struct asked *asked)
{
	struct sent *it = world->fixture.edge.sent;

	for (; it; it = it->next) {
		if (it->is_seen)
			continue;
		it->is_seen = 1;
		asked->has_token |= token_in(it, &asked->token);
		if (it->leg)
			fake_edge_answer(it, 200, 0);
	}
	fixture_settle(&world->fixture);
}

/** 3 */
static void take_told(struct world *world)
{
	struct sent *it = world->fixture.edge.sent;

	for (; it; it = it->next) {
		bool is_known = false;

		if (it->is_seen)
			continue;
		it->is_seen = 1;
		for (unsigned i = 0; i < PEOPLE; i++)
			is_known |= strcmp(it->uri, people[i]) == 0 ||
				    strcmp(it->uri, keys[i]) == 0;
		must(&world->prng, is_known, "only recipients are told");
		if (it->leg)
			fake_edge_answer(it, 200, 0);
	}
	fixture_settle(&world->fixture);
}

static enum permission_state state_of(struct world *world,
				      const struct asked *asked)
{
	struct arena *arena = arena_new(0);
	enum permission_state state;
	struct permission row;

	ck_assert(
		!store_permission_get(store_of(world), asked->id, arena, &row));
	state = row.state;
	arena_free(arena);
	return state;
}

/* ---- words ----------------------------------------------------------------
 */

static const char *word_of(struct prng *prng)
{
	const struct chat_word *table = chat_words_at(prng_below(prng, 5));
	size_t n = 0;

	if (prng_once_in(prng, 3))
		return "yes"; /* or a no would soon stand against each */

	while (table[n].command != CHAT_TEXT)
		n++;
	return table[prng_below(prng, (unsigned)n)].text;
}

/** A word, a near one, or nonsense. */
static char *text_of(struct prng *prng, struct arena *arena)
{
	static const char *const more[] = {"",	      ".", "!",	     " ",
					   " please", "?", " lists", "\r\n"};
	char *text = arena_printf(arena, "%s%s", word_of(prng),
				  more[prng_below(prng, COUNT(more))]);
	size_t len = strlen(text);

	if (prng_once_in(prng, 3)) {
		size_t at = prng_below(prng, (unsigned)len);

		text[at] = (char)(1 + prng_below(prng, 255));
	}
	if (prng_once_in(prng, 3) && text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 32);
	return text;
}

/* ---- one of them ----------------------------------------------------------
 */

static struct request *request_new(struct world *world)
{
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));

	request->arena = arena;
	request->method = "MESSAGE";
	request->purpose = PURPOSE_CHAT;
	request->max_forwards = 70;
	request->max_breadth = request->expires_s = -1;
	request->received_at = wall_now_s();
	snprintf(request->id, sizeof(request->id), "relay=%012x",
		 ++world->n_requests);
	return request;
}

static void choose_sender(struct world *world, struct request *request,
			  struct said *said)
{
	struct prng *prng = &world->prng;
	const char *claimed = keys[prng_below(prng, PEOPLE)];

	said->who = prng_below(prng, PEOPLE + 1);
	said->is_by_digest = prng_below(prng, 2);
	said->is_vouched = prng_below(prng, 2);
	said->is_secure = prng_below(prng, 2);
	request->is_secure = said->is_secure;
	request->vouched = said->is_vouched;
	request->from_key = claimed; /* whatever they say */
	request->from = arena_printf(request->arena, "<%s>", claimed);
	if (said->who == PEOPLE)
		return;
	request->sender.method =
		said->is_by_digest ? IDENTITY_DIGEST : IDENTITY_ASSERTED;
	request->sender.aor[0] = keys[said->who];
}

static void choose_place(struct world *world, struct request *request,
			 struct said *said)
{
	const struct asked *asked =
		&world->asked[prng_below(&world->prng, ROWS)];

	request->target = request->target_key = SERVICE;
	if (!asked->has_token || prng_once_in(&world->prng, 3))
		return;
	said->at = asked;
	request->has_token = true;
	request->token_kind = TOKEN_CHAT;
	request->token = asked->token;
	request->target = request->target_key = "sip:question@" FIXTURE_DOMAIN;
}

static bool is_proved(const struct said *said, unsigned person)
{
	return said->who == person && (said->is_by_digest || said->is_vouched);
}

/** 1 */
static bool may_grant(const struct said *said, const struct asked *asked)
{
	bool is_routable =
		said->is_secure && asked->person == 0 && said->who == PEOPLE;

	/* Who is asserted by a peer that speaks for nobody proves nothing. */
	if (said->is_secure && asked->person == 0 && said->who == 0)
		is_routable = true;
	return said->at == asked && said->typed.command == CHAT_YES &&
	       (is_proved(said, asked->person) || is_routable);
}

/** 2 */
static bool may_deny(const struct said *said, const struct asked *asked)
{
	bool is_own = said->at && said->at->person == asked->person;

	return chat_denies(said->typed.command) &&
	       (is_own || said->who == asked->person);
}

/** Denies of a person, wide ones as well. */
static size_t denies_of(struct world *world, unsigned person)
{
	const struct permission_filter filter = {.recipient = keys[person],
						 .state =
							 (int)PERMISSION_DENIED,
						 .origin = -1,
						 .now = wall_now_s(),
						 .page = {.limit = 100}};
	struct arena *arena = arena_new(0);
	struct permission *rows;
	size_t n;

	ck_assert(!store_permission_list(store_of(world), &filter, arena, &rows,
					 &n));
	arena_free(arena);
	return n;
}

static void check_wide(struct world *world, const struct said *said,
		       const size_t before[PEOPLE])
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		const struct asked any = {.person = i};

		must(&world->prng,
		     denies_of(world, i) <= before[i] || may_deny(said, &any),
		     "a wide deny is the recipient's");
	}
}

static void check(struct world *world, const struct said *said)
{
	for (unsigned i = 0; i < ROWS; i++) {
		struct asked *asked = &world->asked[i];
		enum permission_state now = state_of(world, asked);

		if (now == asked->state)
			continue;
		if (now == PERMISSION_GRANTED)
			must(&world->prng, may_grant(said, asked),
			     "a grant has a yes and a proof");
		else
			must(&world->prng,
			     now == PERMISSION_DENIED && may_deny(said, asked),
			     "a deny is the recipient's");
		n_granted += now == PERMISSION_GRANTED;
		n_denied += now == PERMISSION_DENIED;
		asked->state = now;
	}
}

/** A word is the table's alone: the rules of this place come after it. */
static void type(struct world *world)
{
	struct request *request = request_new(world);
	struct said said = {.at = NULL};
	struct wording all = {.n = 0};
	size_t before[PEOPLE];

	for (; language_at(all.n); all.n++)
		all.parts[all.n].language = language_at(all.n);
	choose_sender(world, request, &said);
	choose_place(world, request, &said);
	request->typed = view_of(text_of(&world->prng, request->arena));
	chat_words_read(request->typed, &all, &said.typed);
	for (unsigned i = 0; i < ROWS; i++)
		world->asked[i].state = state_of(world, &world->asked[i]);
	for (unsigned i = 0; i < PEOPLE; i++)
		before[i] = denies_of(world, i);
	fake_edge_receive(&world->fixture.edge, request);
	chat_module.receive(world->fixture.consents, request);
	fixture_settle(&world->fixture);
	check(world, &said);
	check_wide(world, &said, before);
	take_told(world);
}

static void open_world(struct world *world, unsigned sequence)
{
	struct fixture *fixture = &world->fixture;

	*world = (struct world){.prng = prng_of(seed, sequence)};
	fixture_init(fixture);
	fixture->asking.has_chat = fixture->asking.has_stop_words = true;
	fixture->asking.services = &service;
	fixture->asking.n_services = 1;
	fixture->asking.asking.all = (struct ask_limits){100, 0, 1000};
	fixture_start(fixture);
	for (unsigned i = 0; i < ROWS; i++) {
		ask(world, &world->asked[i], i);
		take_question(world, &world->asked[i]);
	}
}

START_TEST(no_word_without_a_proof_grants_or_denies_for_another)
{
	unsigned n = prng_sequences_or_all(200, SEQUENCES);

	for (unsigned i = 0; prng_goes_on(i, n); i++) {
		struct world world;

		open_world(&world, i);
		for (unsigned step = 0; step < STEPS; step++)
			type(&world);
		fixture_stop(&world.fixture);
		fixture_release(&world.fixture);
	}
	ck_assert_uint_gt(n_granted, 0);
	ck_assert_uint_gt(n_denied, 0);
	printf("%lu grants, %lu denies\n", n_granted, n_denied);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chat");
	TCase *tests = tcase_create("chat");
	SRunner *runner;
	int n;

	seed = prng_seed("chat_prop");
	tcase_set_timeout(tests, 0);
	tcase_add_test(tests,
		       no_word_without_a_proof_grants_or_denies_for_another);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	n = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n == 0 ? 0 : 1;
}
