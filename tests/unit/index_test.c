#include "db/accounts.h"
#include "server/base/random.h"
#include "tests/unit/db_help.h"

#define N_ROWS 1600
#define N_STEPS 20000

static const char *const senders[] = {SENDER, "sip:carol@example.com",
				      "sip:dave@example.org", "tel:+15551"};
static const char *const scopes[] = {SENDER,	      "sip:carol@example.com",
				     "tel:+15551",    "*@example.com",
				     "*@EXAMPLE.org", "*",
				     "anonymous"};
static const char *const targets[] = {TARGET, "sip:other@relay.example.com",
				      "*"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t seed;
static int64_t last_id;

static size_t pick(size_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(seed >> 33) % n;
}

static struct permission grant_for(const char *recipient)
{
	return (struct permission){.id = 7,
				   .sender = SENDER,
				   .target = TARGET,
				   .recipient = recipient,
				   .state = PERMISSION_GRANTED};
}

/* What an index held when a query was made does not matter: a fan-out keeps its
 * query for hours. */
START_TEST(the_first_deny_for_a_tel_uri_counts_for_an_older_query)
{
	static const char phone[] = "sip:+15551@example.com;user=phone";
	struct index *index = index_new();
	struct permission row = grant_for(RECIPIENT), found;
	struct identity sender = {IDENTITY_DIGEST, {phone, NULL}};
	struct arena *arena = arena_new(0);
	struct index_query *query = index_query_new(
		index, arena, &sender, TARGET, kinds_only(KIND_MESSAGE));

	row.sender = phone;
	index_put(index, &row);
	ck_assert_int_eq(
		index_decide(index, query, RECIPIENT, NOW, &found).verdict,
		VERDICT_GRANTED);
	row.id++;
	row.sender = "tel:+15551";
	row.state = PERMISSION_DENIED;
	index_put(index, &row);
	ck_assert_int_eq(
		index_decide(index, query, RECIPIENT, NOW, &found).verdict,
		VERDICT_DENIED);
	arena_free(arena);
	index_free(index);
}
END_TEST

START_TEST(a_grant_is_found_with_the_row_it_rests_on)
{
	struct index *index = index_new();
	struct permission row = grant_for(RECIPIENT), found;
	struct identity sender = {IDENTITY_DIGEST, {SENDER, NULL}};
	struct arena *arena = arena_new(0);
	struct index_query *query = index_query_new(
		index, arena, &sender, TARGET, kinds_only(KIND_MESSAGE));
	struct decision decision;

	row.origin = ORIGIN_ADMIN;
	row.expires_at = NOW + 60;
	index_put(index, &row);
	decision = index_decide(index, query, RECIPIENT, NOW, &found);
	ck_assert_int_eq(decision.verdict, VERDICT_GRANTED);
	ck_assert_ptr_eq(decision.row, &found);
	ck_assert_int_eq(found.id, 7);
	ck_assert_int_eq(found.origin, ORIGIN_ADMIN);
	ck_assert_int_eq(found.expires_at, NOW + 60);
	ck_assert_str_eq(found.sender, SENDER);
	/* A query made before the next row came sees that too. */
	row.state = PERMISSION_DENIED;
	row.sender = "*@example.com";
	index_put(index, &row);
	decision = index_decide(index, query, RECIPIENT, NOW, &found);
	ck_assert_int_eq(decision.verdict, VERDICT_DENIED);
	arena_free(arena);
	index_free(index);
}
END_TEST

/** What the index says of a call, and so on. */
static enum verdict verdict_on(const struct index *index, const char *kind)
{
	struct identity sender = {IDENTITY_DIGEST, {SENDER, NULL}};
	struct arena *arena = arena_new(0);
	struct permission row;
	struct kinds kinds;
	enum verdict verdict;

	ck_assert(kinds_read(kind, &kinds));
	verdict = index_decide(
			  index,
			  index_query_new(index, arena, &sender, TARGET, kinds),
			  RECIPIENT, NOW, &row)
			  .verdict;
	arena_free(arena);
	return verdict;
}

/** What a row for any target of the relay's domain says of TARGET, where the
 *  domains beside the first are these. */
static enum verdict verdict_of_domain(enum permission_state state,
				      const struct domains *domains)
{
	struct index *index = index_new();
	struct permission row = grant_for(RECIPIENT);
	enum verdict verdict;

	index_set_domains(index, domains);
	row.target = "*@relay.example.com";
	row.state = state;
	index_put(index, &row);
	verdict = verdict_on(index, "message");
	index_free(index);
	return verdict;
}

/* Its block is removed, or it is made the first. */
START_TEST(a_no_to_a_domain_outlives_its_block)
{
	static const char *const names[] = {"relay.example.com", "b.example"};
	const struct domains both = {names, 2}, other = {names + 1, 1},
			     none = {0};

	ck_assert_int_eq(verdict_of_domain(PERMISSION_GRANTED, &both),
			 VERDICT_GRANTED);
	ck_assert_int_eq(verdict_of_domain(PERMISSION_DENIED, &both),
			 VERDICT_DENIED);
	ck_assert_int_eq(verdict_of_domain(PERMISSION_DENIED, &other),
			 VERDICT_DENIED);
	ck_assert_int_eq(verdict_of_domain(PERMISSION_DENIED, &none),
			 VERDICT_DENIED);
	ck_assert_int_eq(verdict_of_domain(PERMISSION_GRANTED, &none),
			 VERDICT_MISSING);
}
END_TEST

START_TEST(a_grant_that_is_yet_to_be_told_is_no_yes)
{
	struct index *index = index_new();
	struct permission row = grant_for(RECIPIENT), found;
	struct identity sender = {IDENTITY_DIGEST, {SENDER, NULL}};
	struct arena *arena = arena_new(0);
	struct index_query *query = index_query_new(
		index, arena, &sender, TARGET, kinds_only(KIND_MESSAGE));
	struct cached_grant cached = {0};

	row.origin = ORIGIN_IMPORT;
	row.notice = NOTICE_DUE;
	index_put(index, &row);
	ck_assert_int_eq(
		index_decide(index, query, RECIPIENT, NOW, &found).verdict,
		VERDICT_UNTOLD);
	ck_assert_int_eq(
		index_decide_cached(index, query, RECIPIENT, NOW, &cached),
		VERDICT_UNTOLD);
	ck_assert_int_eq(cached.row, row.id);
	ck_assert(index_grants_by_others(index, &row, NOW));
	row.notice = NOTICE_SENT;
	index_put(index, &row);
	ck_assert_int_eq(
		index_decide_cached(index, query, RECIPIENT, NOW, &cached),
		VERDICT_GRANTED);
	index_remove(index, &row);
	ck_assert(!index_grants_by_others(index, &row, NOW));
	row.origin = ORIGIN_RECIPIENT;
	index_put(index, &row);
	ck_assert(!index_grants_by_others(index, &row, NOW));
	arena_free(arena);
	index_free(index);
}
END_TEST

START_TEST(a_yes_of_one_kind_lets_no_other_pass)
{
	static const char *const names[] = {"message", "call", "recording",
					    "event:reg", "method:INFO"};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct index *index = index_new();
		struct permission row = grant_for(RECIPIENT);

		ck_assert(kinds_read(names[i], &row.kinds));
		index_put(index, &row);
		for (size_t j = 0; j < COUNT_OF(names); j++)
			ck_assert_int_eq(verdict_on(index, names[j]),
					 i == j ? VERDICT_GRANTED
						: VERDICT_MISSING);
		index_free(index);
	}
}
END_TEST

START_TEST(a_no_of_all_kinds_ends_all_and_one_of_a_kind_ends_that)
{
	struct index *index = index_new();
	struct permission yes = grant_for(RECIPIENT), no = yes;

	index_put(index, &yes);
	no.id++;
	no.kinds = kinds_only(KIND_CALL);
	no.state = PERMISSION_DENIED;
	index_put(index, &no);
	ck_assert_int_eq(verdict_on(index, "message"), VERDICT_GRANTED);
	ck_assert_int_eq(verdict_on(index, "call"), VERDICT_DENIED);
	ck_assert_int_eq(verdict_on(index, "event:reg"), VERDICT_MISSING);
	no.all_kinds = true;
	index_apply_deny(index, &no);
	ck_assert_int_eq(verdict_on(index, "message"), VERDICT_DENIED);
	ck_assert_int_eq(verdict_on(index, "event:reg"), VERDICT_DENIED);
	/* What says less does not take its place at once. */
	no.all_kinds = false;
	index_apply_deny(index, &no);
	ck_assert_int_eq(verdict_on(index, "message"), VERDICT_DENIED);
	index_free(index);
}
END_TEST

START_TEST(a_deny_on_its_way_holds_its_kinds_alone)
{
	struct index *index = index_new();
	struct permission yes = grant_for(RECIPIENT), no = yes;

	index_put(index, &yes);
	no.kinds = kinds_only(KIND_CALL);
	index_pending_deny_add(index, &no);
	ck_assert_int_eq(verdict_on(index, "message"), VERDICT_GRANTED);
	ck_assert_int_eq(verdict_on(index, "call"), VERDICT_DENIED);
	no.all_kinds = true;
	index_pending_deny_add(index, &no);
	ck_assert_int_eq(verdict_on(index, "message"), VERDICT_DENIED);
	ck_assert_int_eq(verdict_on(index, "method:INFO"), VERDICT_DENIED);
	index_pending_deny_remove(index, &no);
	ck_assert_int_eq(verdict_on(index, "message"), VERDICT_GRANTED);
	ck_assert_int_eq(verdict_on(index, "call"), VERDICT_DENIED);
	index_free(index);
}
END_TEST

START_TEST(what_ended_stays_ended_when_the_clock_is_set_back)
{
	struct index *index = index_new();
	struct permission row = grant_for(RECIPIENT);
	struct identity sender = {IDENTITY_DIGEST, {SENDER, NULL}};
	struct arena *arena = arena_new(0);
	struct index_query *query = index_query_new(
		index, arena, &sender, TARGET, kinds_only(KIND_MESSAGE));
	struct cached_grant cached = {.row = 0};
	struct index_lookup ask = {.recipient = RECIPIENT, .cached = &cached};

	row.expires_at = NOW + 60;
	index_put(index, &row);
	index_note_time(index, NOW + 59);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_GRANTED);
	ck_assert_int_eq(
		index_decide_cached(index, query, RECIPIENT, NOW, &cached),
		VERDICT_GRANTED);
	index_note_time(index, NOW + 60);
	index_note_time(index, NOW - 60);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_MISSING);
	ck_assert_int_eq(
		index_decide_cached(index, query, RECIPIENT, NOW, &cached),
		VERDICT_MISSING);
	index_decide_all(index, query, &ask, 1, NOW);
	ck_assert_int_eq(ask.verdict, VERDICT_MISSING);
	arena_free(arena);
	index_free(index);
}
END_TEST

START_TEST(a_row_that_decides_nothing_is_not_kept)
{
	struct index *index = index_new();
	struct permission row = grant_for(RECIPIENT);

	index_put(index, &row);
	row.state = PERMISSION_WAITING;
	index_put(index, &row);
	ck_assert_uint_eq(index_count(index), 0);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_MISSING);
	row.state = PERMISSION_GRANTED;
	row.sender = "nonsense";
	index_put(index, &row);
	ck_assert_uint_eq(index_count(index), 0);
	index_free(index);
}
END_TEST

START_TEST(a_held_triple_is_denied_whatever_is_put)
{
	struct index *index = index_new();
	struct permission row = grant_for(RECIPIENT);
	const struct permission said = {
		.sender = SENDER, .target = TARGET, .recipient = RECIPIENT};

	index_pending_deny_add(index, &said);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_DENIED);
	ck_assert_uint_eq(index_count(index), 0);
	index_put(index, &row);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_DENIED);
	index_pending_deny_add(index, &said);
	index_pending_deny_remove(index, &said);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_DENIED);
	index_pending_deny_remove(index, &said);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_GRANTED);
	index_pending_deny_add(index, &said);
	index_remove(index, &row);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_DENIED);
	index_pending_deny_remove(index, &said);
	index_pending_deny_remove(index, &said);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_MISSING);
	index_free(index);
}
END_TEST

/* ---- against the pure rules ------------------------------------------- */

static bool is_same_triple(const struct permission *a,
			   const struct permission *b)
{
	return strcmp(a->sender, b->sender) == 0 &&
	       strcmp(a->target, b->target) == 0 &&
	       strcmp(a->recipient, b->recipient) == 0 &&
	       kinds_equal(a->kinds, b->kinds);
}

struct model {
	struct permission rows[N_ROWS];
	size_t n;
};

static void model_put(struct model *model, const struct permission *row)
{
	for (size_t i = 0; i < model->n; i++) {
		if (is_same_triple(&model->rows[i], row)) {
			model->rows[i] = *row;
			return;
		}
	}
	ck_assert_uint_lt(model->n, N_ROWS);
	model->rows[model->n++] = *row;
}

static void model_remove(struct model *model, const struct permission *row)
{
	for (size_t i = 0; i < model->n; i++) {
		if (is_same_triple(&model->rows[i], row)) {
			model->rows[i] = model->rows[--model->n];
			return;
		}
	}
}

/* No kind is in two sets, as in the store. */
static const char *const kind_sets[] = {"message", "call,recording",
					"event:reg", "method:INFO"};
static const char *const kinds_asked[] = {"message", "call", "event:reg",
					  "method:INFO", "refer"};

static struct permission random_row(const char (*recipients)[32])
{
	const char *kinds = kind_sets[pick(COUNT_OF(kind_sets))];
	struct permission row = {
		.id = ++last_id,
		.sender = scopes[pick(COUNT_OF(scopes))],
		.target = targets[pick(COUNT_OF(targets))],
		.recipient = recipients[pick(8)],
		.state = pick(4) ? PERMISSION_GRANTED : PERMISSION_DENIED,
		.origin = (enum permission_origin)pick(ORIGINS),
		.expires_at = pick(3) ? 0 : NOW - 50 + (int64_t)pick(100),
	};

	ck_assert(kinds_read(kinds, &row.kinds));
	row.all_kinds = row.state == PERMISSION_DENIED && pick(2);
	return row;
}

/** One look-up, by a sender who is somebody, somebody twice, or nobody. */
static void compare(const struct index *index, const struct model *model,
		    struct arena *arena, const char *recipient)
{
	struct identity sender = {
		IDENTITY_ASSERTED,
		{senders[pick(3)], pick(2) ? senders[3] : NULL}};
	bool is_known = pick(5) != 0;
	struct facts facts = {.sender = is_known ? &sender : NULL,
			      .target = targets[pick(2)],
			      .recipient = recipient,
			      .now = NOW};

	ck_assert(kinds_read(kinds_asked[pick(COUNT_OF(kinds_asked))],
			     &facts.kind));

	struct decision right = consent_decide(&facts, model->rows, model->n);
	struct permission row;
	struct decision ours =
		index_decide(index,
			     index_query_new(index, arena, facts.sender,
					     facts.target, facts.kind),
			     recipient, NOW, &row);

	ck_assert_msg(ours.verdict == right.verdict, "seed %llu",
		      (unsigned long long)seed);
	/* Of several denies any may be named. */
	if (right.verdict == VERDICT_GRANTED)
		ck_assert_int_eq(ours.row->id, right.row->id);
	if (right.verdict == VERDICT_DENIED)
		ck_assert_int_eq(ours.row->state, PERMISSION_DENIED);
}

START_TEST(the_index_decides_as_the_rules_do_over_all_rows)
{
	struct index *index = index_new();
	struct model *model = mem_alloc(sizeof(*model));
	char recipients[8][32];
	struct permission row;
	struct arena *arena;

	random_bytes(&seed, sizeof(seed));
	printf("seed %llu\n", (unsigned long long)seed);
	model->n = 0;
	for (int i = 0; i < 8; i++)
		snprintf(recipients[i], sizeof(recipients[i]),
			 "sip:r%d@example.net", i);
	for (int step = 0; step < N_STEPS; step++) {
		row = random_row((const char(*)[32])recipients);
		if (pick(3)) {
			index_put(index, &row);
			model_put(model, &row);
		} else {
			index_remove(index, &row);
			model_remove(model, &row);
		}
		ck_assert_uint_eq(index_count(index), model->n);
		arena = arena_new(0);
		compare(index, model, arena, recipients[pick(8)]);
		arena_free(arena);
	}
	free(model);
	index_free(index);
}
END_TEST

/* ---- passes ----------------------------------------------------------- */

static void change_something(struct index *index, const struct permission *row)
{
	switch (pick(6)) {
	case 0:
		index_remove(index, row);
		break;
	case 1:
		index_apply_deny(index, row);
		break;
	case 2:
		index_pending_deny_add(index, row);
		break;
	case 3:
		index_pending_deny_remove(index, row);
		break;
	default:
		index_put(index, row);
		break;
	}
}

/* A pass that was kept, and an empty one among many, say what a look says. */
static void compare_pass(const struct index *index,
			 const struct index_query *query, const char *recipient,
			 int64_t now, struct cached_grant *cached)
{
	struct cached_grant empty[20] = {{0}};
	struct index_lookup asks[COUNT_OF(empty)];
	struct permission row;
	struct decision fresh =
		index_decide(index, query, recipient, now, &row);
	size_t last = pick(8) ? 0 : pick(COUNT_OF(empty));

	for (size_t i = 0; i <= last; i++)
		asks[i] = (struct index_lookup){.recipient = recipient,
						.cached = &empty[i]};
	index_decide_all(index, query, asks, last + 1, now);
	ck_assert_msg(index_decide_cached(index, query, recipient, now,
					  cached) == fresh.verdict &&
			      asks[last].verdict == fresh.verdict,
		      "seed %llu", (unsigned long long)seed);
	if (fresh.verdict != VERDICT_GRANTED)
		return;
	ck_assert_int_eq(cached->row, row.id);
	ck_assert_int_eq(empty[last].row, row.id);
}

START_TEST(a_pass_says_what_a_new_look_would)
{
	struct identity sender = {IDENTITY_DIGEST, {SENDER, senders[3]}};
	struct index *index = index_new();
	struct arena *arena = arena_new(0);
	struct index_query *queries[] = {
		index_query_new(index, arena, &sender, targets[0],
				kinds_only(KIND_MESSAGE)),
		index_query_new(index, arena, NULL, targets[1],
				kinds_only(KIND_MESSAGE))};
	struct cached_grant passes[8][COUNT_OF(queries)] = {{{0}}};
	char recipients[8][32];

	random_bytes(&seed, sizeof(seed));
	printf("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 8; i++)
		snprintf(recipients[i], sizeof(recipients[i]),
			 "sip:r%d@example.net", i);
	for (int step = 0; step < 6 * N_STEPS; step++) {
		struct permission row =
			random_row((const char(*)[32])recipients);
		size_t who = pick(8), what = pick(COUNT_OF(queries));
		/* The clock goes on, stands, and is set back. */
		int64_t now = NOW - 60 + (int64_t)pick(120);

		if (pick(30) == 0)
			change_something(index, &row);
		compare_pass(index, queries[what], recipients[who], now,
			     &passes[who][what]);
	}
	arena_free(arena);
	index_free(index);
}
END_TEST

/* ---- many ------------------------------------------------------------- */

static const char *name_of(char buffer[48], unsigned n)
{
	snprintf(buffer, 48, "sip:user%u@example.net", n);
	return buffer;
}

START_TEST(many_rows_are_all_found_and_take_little_room)
{
	const unsigned n = 200000;
	struct index *index = index_new();
	size_t empty = index_size(index);
	struct permission row;
	char name[48];

	for (unsigned i = 0; i < n; i++) {
		row = grant_for(name_of(name, i));
		index_put(index, &row);
	}
	ck_assert_uint_eq(index_count(index), n);
	ck_assert_uint_le(index_size(index) / n, 60);
	for (unsigned i = 0; i < n; i += 2) {
		row = grant_for(name_of(name, i));
		index_remove(index, &row);
	}
	ck_assert_uint_eq(index_count(index), n / 2);
	for (unsigned i = 0; i < n; i++)
		ck_assert_int_eq(verdict_of(index, name_of(name, i)),
				 i % 2 ? VERDICT_GRANTED : VERDICT_MISSING);
	ck_assert_uint_gt(index_size(index), empty);
	index_free(index);
}
END_TEST

/* ---- accounts --------------------------------------------------------- */

static struct account user_of(int64_t id, const char *username)
{
	return (struct account){.id = id,
				.aor = SENDER,
				.username = username,
				.ha1 = {"0123", NULL},
				.etag = "e"};
}

START_TEST(a_deny_token_is_never_taken_for_a_guess)
{
	enum { TOKENS = 200000, GUESSES = 100000 };
	struct index *index = index_new();
	uint8_t hash[HASH_LEN];
	unsigned n_passed = 0;

	for (uint32_t i = 0; i < TOKENS; i++) {
		sha256(&i, sizeof(i), hash);
		index_deny_add(index, hash);
	}
	for (uint32_t i = 0; i < TOKENS; i++) {
		sha256(&i, sizeof(i), hash);
		ck_assert(index_deny_known(index, hash));
	}
	for (uint32_t i = TOKENS; i < TOKENS + GUESSES; i++) {
		sha256(&i, sizeof(i), hash);
		n_passed += index_deny_known(index, hash);
	}
	ck_assert_uint_lt(n_passed, GUESSES / 1000);
	index_free(index);
}
END_TEST

START_TEST(an_account_is_found_by_its_username_only)
{
	struct accounts *accounts = accounts_new(NULL);
	struct arena *arena = arena_new(0);
	struct account user = user_of(1, "alice"), found;

	accounts_put(accounts, &user);
	ck_ok(accounts_find(accounts, &(struct account_name){"", VIEW("alice")},
			    arena, &found));
	ck_assert_str_eq(found.aor, SENDER);
	ck_assert_str_eq(found.ha1[DIGEST_SHA256], "0123");
	ck_assert_ptr_null(found.ha1[DIGEST_MD5]);
	ck_err(accounts_find(accounts,
			     &(struct account_name){"", VIEW("Alice")}, arena,
			     &found),
	       ERR_UNKNOWN);
	ck_err(accounts_find(accounts,
			     &(struct account_name){"", VIEW("alice\0")}, arena,
			     &found),
	       ERR_UNKNOWN);
	/* Nor in another realm. */
	ck_err(accounts_find(accounts,
			     &(struct account_name){"b.example", VIEW("alice")},
			     arena, &found),
	       ERR_UNKNOWN);
	/* A new name replaces the old one. */
	user.username = "bob";
	accounts_put(accounts, &user);
	ck_err(accounts_find(accounts,
			     &(struct account_name){"", VIEW("alice")}, arena,
			     &found),
	       ERR_UNKNOWN);
	ck_ok(accounts_find(accounts, &(struct account_name){"", VIEW("bob")},
			    arena, &found));
	ck_assert_uint_eq(accounts_count(accounts), 1);
	accounts_remove(accounts, 1);
	accounts_remove(accounts, 1);
	ck_err(accounts_find(accounts, &(struct account_name){"", VIEW("bob")},
			     arena, &found),
	       ERR_UNKNOWN);
	/* What was found is the finder's own. */
	ck_assert_str_eq(found.username, "bob");
	arena_free(arena);
	accounts_free(accounts);
}
END_TEST

START_TEST(many_accounts_are_all_found)
{
	struct accounts *accounts = accounts_new(NULL);
	struct arena *arena = arena_new(0);
	struct account user, found;
	char name[48];

	for (unsigned i = 0; i < 20000; i++) {
		user = user_of(i + 1, name_of(name, i));
		accounts_put(accounts, &user);
	}
	for (unsigned i = 0; i < 20000; i += 3)
		accounts_remove(accounts, i + 1);
	for (unsigned i = 0; i < 20000; i++) {
		ck_err(accounts_find(accounts,
				     &(struct account_name){
					     "", view_of(name_of(name, i))},
				     arena, &found),
		       i % 3 ? ERR_OK : ERR_UNKNOWN);
		if (i % 3)
			ck_assert_int_eq(found.id, i + 1);
	}
	arena_free(arena);
	accounts_free(accounts);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("index");
	TCase *tests = tcase_create("index");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests,
		       the_first_deny_for_a_tel_uri_counts_for_an_older_query);
	tcase_add_test(tests, a_grant_is_found_with_the_row_it_rests_on);
	tcase_add_test(tests, a_no_to_a_domain_outlives_its_block);
	tcase_add_test(tests, a_grant_that_is_yet_to_be_told_is_no_yes);
	tcase_add_test(tests, a_yes_of_one_kind_lets_no_other_pass);
	tcase_add_test(tests,
		       a_no_of_all_kinds_ends_all_and_one_of_a_kind_ends_that);
	tcase_add_test(tests, a_deny_on_its_way_holds_its_kinds_alone);
	tcase_add_test(tests,
		       what_ended_stays_ended_when_the_clock_is_set_back);
	tcase_add_test(tests, a_row_that_decides_nothing_is_not_kept);
	tcase_add_test(tests, a_held_triple_is_denied_whatever_is_put);
	tcase_add_test(tests, the_index_decides_as_the_rules_do_over_all_rows);
	tcase_add_test(tests, a_pass_says_what_a_new_look_would);
	tcase_add_test(tests, many_rows_are_all_found_and_take_little_room);
	tcase_add_test(tests, a_deny_token_is_never_taken_for_a_guess);
	tcase_add_test(tests, an_account_is_found_by_its_username_only);
	tcase_add_test(tests, many_accounts_are_all_found);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
