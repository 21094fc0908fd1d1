/*
 * Invariant 4 over policies and store: questions count as requests that go out,
 * so however often recipients are added and triggers are pulled, nobody gets
 * more of them than the limits say, each kind by limits of its own, and one who
 * waits is asked in the end.  A token stands for its own permission and kind,
 * until the recipient's no retires the grant tokens.
 */
#include <check.h>

#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/transaction.h"
#include "policies/limits.h"
#include "tests/props/prng.h"
#include "tests/props/scratch.h"

#define SEQUENCES 10000
#define STEPS 6
#define PEOPLE 3
#define DAY_S 86400
#define TOKENS_MAX (STEPS * 2)

static const struct ask_limits limits[] = {
	[PERMISSION_REQUEST_ADDED] = {.burst = 2,
				      .interval_s = 600,
				      .per_day = 4},
	[PERMISSION_REQUEST_TRIGGER] = {
		.burst = 1, .interval_s = 900, .per_day = 3}};

/** A token that was given out. */
struct given {
	uint8_t hash[HASH_LEN];
	enum token_kind kind;
	int64_t permission;
	bool is_retired;
};

struct fixture {
	struct prng prng;
	struct store *store;
	struct arena *arena;
	int64_t now; /**< never goes back */
	int64_t permission[PEOPLE];
	struct given tokens[TOKENS_MAX];
	size_t n_tokens;
	/* Every question of the sequence, by person and kind. */
	int64_t asked[PEOPLE][2][STEPS];
	size_t n_asked[PEOPLE][2];
};

static uint64_t seed;

static struct permission_change change_of(const struct fixture *fixture,
					  unsigned person,
					  enum permission_event event,
					  enum permission_origin actor)
{
	char *uri = arena_printf(fixture->arena, "sip:p%u.%u@example.org",
				 fixture->prng.sequence, person);

	return (struct permission_change){.sender = "*",
					  .target = "*",
					  .recipient = uri,
					  .recipient_uri = uri,
					  .event = event,
					  .actor = actor,
					  .expires_at = -1,
					  .now = fixture->now};
}

static void happen(struct fixture *fixture, unsigned person,
		   enum permission_event event, enum permission_origin actor)
{
	struct permission_change change =
		change_of(fixture, person, event, actor);
	struct permission row;
	enum err err = store_permission_change(fixture->store, &change,
					       fixture->arena, &row);

	must(&fixture->prng, err == ERR_OK, "what may happen happens");
	fixture->permission[person] = row.id;
}

static void give_token(struct fixture *fixture, unsigned person,
		       enum token_kind kind, uint8_t ret_hash[HASH_LEN])
{
	struct token token = token_random();
	struct given *given = &fixture->tokens[fixture->n_tokens++];

	token_hash(kind, &token, given->hash);
	given->kind = kind;
	given->permission = fixture->permission[person];
	given->is_retired = false;
	memcpy(ret_hash, given->hash, HASH_LEN);
}

/** One question, if the limits let it go now; else when they would. */
static int64_t ask(struct fixture *fixture, unsigned person,
		   enum permission_request_kind kind)
{
	struct permission_change change =
		change_of(fixture, person, EVENT_ADDED, ORIGIN_ADMIN);
	struct permission_request_record record = {
		.permission = fixture->permission[person],
		.kind = kind,
		.now = fixture->now};
	int64_t *asked_at = NULL;
	size_t n = 0;
	int64_t at;

	must(&fixture->prng,
	     store_permission_requests_sent(
		     fixture->store,
		     &(struct permission_requests_query){change.recipient, kind,
							 fixture->now},
		     fixture->arena, &asked_at, &n) == ERR_OK,
	     "past questions are known");
	at = limits_ask_at(&limits[kind], asked_at, n, fixture->now);
	if (at > fixture->now)
		return at;
	give_token(fixture, person, TOKEN_GRANT, record.grant_hash);
	give_token(fixture, person, TOKEN_DENY, record.deny_hash);
	must(&fixture->prng,
	     store_permission_request_record(fixture->store, &record) == ERR_OK,
	     "a question is recorded");
	fixture->asked[person][kind][fixture->n_asked[person][kind]++] =
		fixture->now;
	return 0;
}

/** The limits told anew, over everything that was ever asked. */
static void check_limits(const struct fixture *fixture, unsigned person,
			 enum permission_request_kind kind)
{
	const struct ask_limits *most = &limits[kind];
	const int64_t *at = fixture->asked[person][kind];
	size_t n = fixture->n_asked[person][kind];
	size_t burst = (size_t)most->burst, day = (size_t)most->per_day;

	for (size_t i = burst; i < n; i++)
		must(&fixture->prng, at[i] - at[i - burst] >= most->interval_s,
		     "after a burst there is a pause");
	for (size_t i = day; i < n; i++)
		must(&fixture->prng, at[i] - at[i - day] >= DAY_S,
		     "nobody is asked more often in a day than allowed");
}

static void check_tokens(const struct fixture *fixture)
{
	for (size_t i = 0; i < fixture->n_tokens; i++) {
		const struct given *given = &fixture->tokens[i];
		enum token_kind other =
			given->kind == TOKEN_GRANT ? TOKEN_DENY : TOKEN_GRANT;
		struct token_row row;
		enum err err = store_token_find(fixture->store, given->kind,
						given->hash, &row);

		if (given->is_retired)
			must(&fixture->prng, err == ERR_UNKNOWN,
			     "a no retires every grant token before it");
		else
			must(&fixture->prng,
			     err == ERR_OK &&
				     row.permission == given->permission,
			     "a token stands for its own permission");
		must(&fixture->prng,
		     store_token_find(fixture->store, other, given->hash,
				      &row) == ERR_UNKNOWN,
		     "a token is of its own kind only");
	}
}

static void deny(struct fixture *fixture, unsigned person)
{
	happen(fixture, person, EVENT_DENY, ORIGIN_RECIPIENT);
	for (size_t i = 0; i < fixture->n_tokens; i++) {
		struct given *given = &fixture->tokens[i];

		if (given->kind == TOKEN_GRANT &&
		    given->permission == fixture->permission[person])
			given->is_retired = true;
	}
}

static void one_step(struct fixture *fixture)
{
	unsigned person = prng_below(&fixture->prng, PEOPLE);
	enum permission_request_kind kind =
		prng_once_in(&fixture->prng, 2) ? PERMISSION_REQUEST_ADDED
						: PERMISSION_REQUEST_TRIGGER;
	int64_t at = ask(fixture, person, kind);

	/* Half of those that must wait come back just when they may. */
	if (at && prng_once_in(&fixture->prng, 2)) {
		must(&fixture->prng, at - fixture->now <= DAY_S,
		     "nobody waits longer than a day");
		fixture->now = at;
		must(&fixture->prng, ask(fixture, person, kind) == 0,
		     "who waited as long as told is asked");
	}
	if (prng_once_in(&fixture->prng, 4))
		deny(fixture, person);
	check_limits(fixture, person, kind);
	fixture->now += prng_once_in(&fixture->prng, 3)
				? prng_below(&fixture->prng, DAY_S / 2)
				: prng_below(&fixture->prng, 400);
}

static void run_sequence(struct fixture *fixture, unsigned sequence)
{
	fixture->prng = prng_of(seed, sequence);
	fixture->arena = arena_new(0);
	fixture->n_tokens = 0;
	memset(fixture->n_asked, 0, sizeof(fixture->n_asked));
	must(&fixture->prng, transaction_begin(fixture->store) == ERR_OK,
	     "begin");
	for (unsigned p = 0; p < PEOPLE; p++)
		happen(fixture, p, EVENT_ADDED, ORIGIN_ADMIN);
	for (int step = 0; step < STEPS; step++)
		one_step(fixture);
	check_tokens(fixture);
	if (sequence % 64 == 0)
		must(&fixture->prng,
		     store_permission_sweep(fixture->store, fixture->now) ==
			     ERR_OK,
		     "sweeping goes well");
	must(&fixture->prng, transaction_end(fixture->store, ERR_OK) == ERR_OK,
	     "end");
	arena_free(fixture->arena);
	if (sequence % 50 == 0)
		store_checkpoint(fixture->store);
}

START_TEST(nobody_is_asked_too_often)
{
	unsigned n = prng_sequences(SEQUENCES);
	struct fixture fixture = {.now = 1000000};

	ck_assert_int_eq(store_open(scratch_path("volens.db"), STORE_WRITE,
				    &fixture.store),
			 ERR_OK);
	for (unsigned i = 0; prng_goes_on(i, n); i++)
		run_sequence(&fixture, i);
	store_close(fixture.store);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("asks");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("asks_prop");
	scratch_make();
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, nobody_is_asked_too_often);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	scratch_remove();
	return failed != 0;
}
