/*
 * Invariant 4 over policies and store: questions count as requests that go out,
 * so however often recipients are added and removed and triggers are pulled,
 * nobody gets more of them than the limits say, of one owner and of all owners,
 * each kind by limits of its own, and one who waits is asked in the end.  Tries
 * of a question that is open count once.  A token stands for its own permission
 * and kind, until the recipient's no retires the grant tokens.
 */
#include <check.h>

#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/questions.h"
#include "db/transaction.h"
#include "policies/limits.h"
#include "server/base/random.h"
#include "tests/props/prng.h"
#include "tests/props/scratch.h"

#define SEQUENCES 10000
#define STEPS 6
#define PEOPLE 2
#define OWNERS 2
#define DAY_S 86400
#define TOKENS_MAX (STEPS * 8)

static const struct ask_limits triggers = {
	.burst = 1, .interval_s = 900, .per_day = 3};
static const int pauses_s[] = {DAY_S / 4, DAY_S, 20 * DAY_S};
static const struct asking_limits limits = {
	.all = {.burst = 2, .interval_s = 600, .per_day = 3},
	.owner_per_day = 2,
	.owner_per_week = 3,
	.owner_per_half_year = 4,
	.pauses_s = pauses_s,
	.n_pauses = 3};

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
	int64_t permission[PEOPLE][OWNERS];
	bool is_denied[PEOPLE][OWNERS];
	struct given tokens[TOKENS_MAX];
	size_t n_tokens;
	/* Every question of the sequence, by person: triggers, and questions
	 * with their owner. */
	int64_t pulled[PEOPLE][STEPS * 2], asked[PEOPLE][STEPS * 2];
	unsigned owner[PEOPLE][STEPS * 2];
	size_t n_pulled[PEOPLE], n_asked[PEOPLE];
};

/** Who is asked, and by whom. */
struct pair {
	unsigned person, owner;
};

static uint64_t seed;

static struct permission_change change_of(const struct fixture *fixture,
					  struct pair of,
					  enum permission_event event,
					  enum permission_origin actor)
{
	/* Spellings of one person. */
	char *uri = arena_printf(fixture->arena, "sip:p%u.%u@example.org%s",
				 fixture->prng.sequence, of.person,
				 of.owner ? ";user=phone" : "");

	return (struct permission_change){
		.sender = of.owner ? "sip:o1@example.com" : "sip:o@example.com",
		.target = "*",
		.recipient = uri,
		.recipient_uri = uri,
		.event = event,
		.actor = actor,
		.reason = event == EVENT_UNDELIVERABLE ? "away" : NULL,
		.expires_at = -1,
		.now = fixture->now};
}

static void happen(struct fixture *fixture, struct pair of,
		   enum permission_event event, enum permission_origin actor)
{
	struct permission_change change = change_of(fixture, of, event, actor);
	struct permission row;
	enum err err = store_permission_change(fixture->store, &change,
					       fixture->arena, &row);

	must(&fixture->prng, err == ERR_OK, "what may happen happens");
	fixture->permission[of.person][of.owner] = row.id;
}

static void give_token(struct fixture *fixture, struct pair of,
		       enum token_kind kind, uint8_t ret_hash[HASH_LEN])
{
	struct token token = token_random();
	struct given *given = &fixture->tokens[fixture->n_tokens++];

	token_hash(kind, &token, given->hash);
	given->kind = kind;
	given->permission = fixture->permission[of.person][of.owner];
	given->is_retired = false;
	memcpy(ret_hash, given->hash, HASH_LEN);
}

static void record(struct fixture *fixture, struct pair of,
		   enum permission_request_kind kind)
{
	struct permission_request_record record = {
		.permission = fixture->permission[of.person][of.owner],
		.kind = kind,
		.now = fixture->now};

	give_token(fixture, of, TOKEN_GRANT, record.grant_hash);
	give_token(fixture, of, TOKEN_DENY, record.deny_hash);
	random_bytes(record.page_hash, HASH_LEN);
	random_bytes(record.chat_hash, HASH_LEN);
	must(&fixture->prng,
	     store_permission_request_record(fixture->store, &record) == ERR_OK,
	     "a question is recorded");
}

/** One trigger, if the limits let it go now; else when they would. */
static int64_t pull(struct fixture *fixture, struct pair of)
{
	struct permission_change change =
		change_of(fixture, of, EVENT_ADDED, ORIGIN_ADMIN);
	int64_t *asked_at = NULL;
	size_t n = 0;
	int64_t at;

	must(&fixture->prng,
	     store_permission_requests_sent(
		     fixture->store,
		     &(struct permission_requests_query){
			     .recipient = change.recipient,
			     .kind = PERMISSION_REQUEST_TRIGGER,
			     .now = fixture->now,
			     .target = change.target},
		     fixture->arena, &asked_at, &n) == ERR_OK,
	     "past triggers are known");
	at = limits_ask_at(&triggers, asked_at, n, fixture->now);
	if (at > fixture->now)
		return at;
	record(fixture, of, PERMISSION_REQUEST_TRIGGER);
	fixture->pulled[of.person][fixture->n_pulled[of.person]++] =
		fixture->now;
	return 0;
}

/** The permission is asked for anew, as it may be after a removal or an error,
 *  or once more where there was no answer: the next question is another, and
 *  all that was said to who does not answer stays good. */
static void want_anew(struct fixture *fixture, struct pair of)
{
	bool is_removed = prng_once_in(&fixture->prng, 2);

	if (prng_once_in(&fixture->prng, 3)) {
		happen(fixture, of,
		       is_removed ? EVENT_SENT : EVENT_UNDELIVERABLE,
		       ORIGIN_ADMIN);
		happen(fixture, of, EVENT_AGAIN, ORIGIN_ADMIN);
		return;
	}
	happen(fixture, of, is_removed ? EVENT_REMOVED : EVENT_UNDELIVERABLE,
	       ORIGIN_ADMIN);
	for (size_t i = 0; i < fixture->n_tokens && is_removed; i++)
		if (fixture->tokens[i].permission ==
		    fixture->permission[of.person][of.owner])
			fixture->tokens[i].is_retired = true;
	happen(fixture, of, EVENT_ADDED, ORIGIN_ADMIN);
}

/** Likewise a question of this owner. */
static int64_t ask(struct fixture *fixture, struct pair of)
{
	struct permission_change change =
		change_of(fixture, of, EVENT_ADDED, ORIGIN_ADMIN);
	size_t *n_asked = &fixture->n_asked[of.person], n = 0;
	struct asking_past *past = NULL;
	struct asking_verdict verdict;

	must(&fixture->prng,
	     store_questions_past(fixture->store,
				  &(struct questions_past_query){
					  change.recipient, change.sender,
					  change.target, fixture->now},
				  fixture->arena, &past, &n) == ERR_OK,
	     "past questions are known");
	verdict = asking_when(&limits, past, n, fixture->now);
	if (verdict.at > fixture->now)
		return verdict.at;
	want_anew(fixture, of);
	record(fixture, of, PERMISSION_REQUEST_ADDED);
	if (prng_once_in(&fixture->prng, 3)) /* the phone was off */
		record(fixture, of, PERMISSION_REQUEST_ADDED);
	fixture->owner[of.person][*n_asked] = of.owner;
	fixture->asked[of.person][(*n_asked)++] = fixture->now;
	return 0;
}

static void check_window(const struct fixture *fixture, const int64_t *at,
			 size_t n, size_t most, int64_t period_s)
{
	for (size_t i = most; i < n; i++)
		must(&fixture->prng, at[i] - at[i - most] >= period_s,
		     "nobody is asked more often in a time than allowed");
}

/** The limits told anew, over everything that was ever asked. */
static void check_limits(const struct fixture *fixture, struct pair of)
{
	const int64_t *at = fixture->asked[of.person];
	int64_t owners[STEPS * 2];
	size_t n = fixture->n_asked[of.person], n_owners = 0;

	for (size_t i = 0; i < n; i++)
		if (fixture->owner[of.person][i] == of.owner)
			owners[n_owners++] = at[i];
	check_window(fixture, at, n, 2, 600);
	check_window(fixture, at, n, 3, DAY_S);
	check_window(fixture, owners, n_owners, 2, DAY_S);
	check_window(fixture, owners, n_owners, 3, 7 * DAY_S);
	check_window(fixture, owners, n_owners, 4, 183 * (int64_t)DAY_S);
	check_window(fixture, fixture->pulled[of.person],
		     fixture->n_pulled[of.person], 1, 900);
	check_window(fixture, fixture->pulled[of.person],
		     fixture->n_pulled[of.person], 3, DAY_S);
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
			     "a no or a removal retires the tokens before it");
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

static void deny(struct fixture *fixture, struct pair of)
{
	happen(fixture, of, EVENT_DENY, ORIGIN_RECIPIENT);
	fixture->is_denied[of.person][of.owner] = true;
	for (size_t i = 0; i < fixture->n_tokens; i++) {
		struct given *given = &fixture->tokens[i];

		if (given->kind == TOKEN_GRANT &&
		    given->permission ==
			    fixture->permission[of.person][of.owner])
			given->is_retired = true;
	}
}

/** After a no only triggers are left. */
static int64_t ask_or_pull(struct fixture *fixture, struct pair of, bool pulls)
{
	return pulls || fixture->is_denied[of.person][of.owner]
		       ? pull(fixture, of)
		       : ask(fixture, of);
}

static void pass(struct fixture *fixture)
{
	static const unsigned most_s[] = {400, DAY_S / 2, 3 * DAY_S,
					  50 * DAY_S};

	fixture->now += prng_below(&fixture->prng,
				   most_s[prng_below(&fixture->prng, 4)]);
}

static void one_step(struct fixture *fixture)
{
	struct pair of = {prng_below(&fixture->prng, PEOPLE),
			  prng_below(&fixture->prng, OWNERS)};
	bool pulls = prng_once_in(&fixture->prng, 3);
	int64_t at = ask_or_pull(fixture, of, pulls);

	/* Half of those that must wait come back just when they may. */
	if (at && prng_once_in(&fixture->prng, 2)) {
		must(&fixture->prng, at - fixture->now <= ASKING_PAST_S,
		     "nobody waits longer than half a year");
		fixture->now = at;
		must(&fixture->prng, ask_or_pull(fixture, of, pulls) == 0,
		     "who waited as long as told is asked");
	}
	if (prng_once_in(&fixture->prng, 8))
		deny(fixture, of);
	check_limits(fixture, of);
	pass(fixture);
}

static void run_sequence(struct fixture *fixture, unsigned sequence)
{
	fixture->prng = prng_of(seed, sequence);
	fixture->arena = arena_new(0);
	fixture->n_tokens = 0;
	memset(fixture->n_asked, 0, sizeof(fixture->n_asked));
	memset(fixture->n_pulled, 0, sizeof(fixture->n_pulled));
	memset(fixture->is_denied, 0, sizeof(fixture->is_denied));
	must(&fixture->prng, transaction_begin(fixture->store) == ERR_OK,
	     "begin");
	for (unsigned p = 0; p < PEOPLE; p++)
		for (unsigned o = 0; o < OWNERS; o++)
			happen(fixture, (struct pair){p, o}, EVENT_ADDED,
			       ORIGIN_ADMIN);
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
