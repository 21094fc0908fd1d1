/*
 * Spellings: random grants and denies, typed into REST in random spellings, are
 * asked for by senders and recipients that SIP spells in other ways.  Index and
 * rules must agree with a model that knows persons: nothing passes a standing
 * deny, and a grant counts for its own key alone.
 */
#include <check.h>

#include "api/bodies.h"
#include "db/index.h"
#include "policies/match.h"
#include "server/list/recipients.h"
#include "tests/props/spelling.h"

static const struct ours ours = {.domain = "relay.example"};

#define SEQUENCES 10000
#define STEPS 8
#define QUESTIONS 4
#define NOW 1000

/* ---- what was said ----------------------------------------------------- */

struct word {
	enum scope_kind kind;
	struct spelling sender, target, recipient; /**< as they were typed */
	struct permission row;
	bool is_held; /**< a deny that is not on disk yet */
};

struct fixture {
	struct prng *prng;
	struct arena *arena;
	struct index *index;
	struct word words[STEPS];
	size_t n;
};

static void roll_scope(struct prng *prng, struct word *word)
{
	struct spelling *sender = &word->sender;

	*sender = (struct spelling){.name = ANY_NAME, .text = "*"};
	word->kind = SCOPE_ONE;
	switch (prng_below(prng, 8)) {
	case 0:
		word->kind = SCOPE_MANY;
		return;
	case 1:
		word->kind = SCOPE_ANYBODY;
		snprintf(sender->text, sizeof(sender->text), "anonymous");
		return;
	case 2:
		word->kind = SCOPE_DOMAIN;
		spelling_domain(prng, sender);
		return;
	default:
		spelling_sender(prng, sender);
	}
}

/** The keys that REST makes of a triple. */
static void type_in(struct fixture *fixture, struct word *word)
{
	const struct body_rules rules = {.ours = &ours, .now = NOW};
	const char *json = arena_printf(
		fixture->arena,
		"{\"sender\":\"%s\",\"target\":\"%s\",\"recipient\":\"%s\"}",
		word->sender.text, word->target.text, word->recipient.text);
	struct permission_body body;
	struct problem problem;

	must(fixture->prng,
	     !permission_body_read(view_of(json), &rules, fixture->arena, &body,
				   &problem),
	     json);
	word->row.sender = body.sender;
	word->row.target = body.target;
	word->row.recipient = body.recipient;
}

static bool is_same_key(const struct spelling *a, const struct spelling *b)
{
	return a->name == b->name && a->alters == b->alters;
}

static struct word *find_word(struct fixture *fixture, const struct word *like)
{
	for (size_t i = 0; i < fixture->n; i++) {
		struct word *word = &fixture->words[i];

		if (word->kind == like->kind &&
		    is_same_key(&word->sender, &like->sender) &&
		    is_same_key(&word->target, &like->target) &&
		    is_same_key(&word->recipient, &like->recipient))
			return word;
	}
	return &fixture->words[fixture->n++];
}

static void say(struct fixture *fixture)
{
	struct prng *prng = fixture->prng;
	struct word said = {.row = {.id = 1 + (int64_t)fixture->n}}, *word;

	roll_scope(prng, &said);
	spelling_target_scope(prng, &said.target);
	spelling_recipient(prng, &said.recipient);
	said.row.state =
		prng_once_in(prng, 2) ? PERMISSION_DENIED : PERMISSION_GRANTED;
	said.row.origin = (enum permission_origin)prng_below(prng, ORIGINS);
	if (prng_once_in(prng, 4))
		said.row.expires_at = NOW + (prng_once_in(prng, 4) ? 0 : 1);
	type_in(fixture, &said);
	word = find_word(fixture, &said);
	if (word->is_held)
		return;
	if (!word->row.id && said.row.state == PERMISSION_DENIED)
		said.is_held = prng_once_in(prng, 3);
	if (word->row.id)
		said.row.id = word->row.id;
	if (said.is_held) {
		said.row.origin = ORIGIN_RECIPIENT;
		index_pending_deny_add(fixture->index, &said.row);
		*word = said;
		return;
	}
	*word = said;
	index_apply_deny(fixture->index, &said.row);
	index_put(fixture->index, &said.row);
}

/** Taken back, or on its way to the disk. */
static void take_back(struct fixture *fixture)
{
	struct word *word;

	if (!fixture->n)
		return;
	word = &fixture->words[prng_below(fixture->prng, (unsigned)fixture->n)];
	if (word->is_held)
		index_pending_deny_remove(fixture->index, &word->row);
	else
		index_remove(fixture->index, &word->row);
	*word = fixture->words[--fixture->n];
	memset(&fixture->words[fixture->n], 0, sizeof(*word));
}

/* ---- the model ---------------------------------------------------------- */

struct question {
	size_t n_aors; /**< 0: nobody was authenticated */
	struct spelling aors[2], target, recipient;
};

static bool is_one_number(const struct person *a, const struct person *b)
{
	return a->is_number && b->is_number && (!a->host || !b->host) &&
	       strcmp(a->user, b->user) == 0;
}

static bool names_aor(const struct word *word, const struct spelling *aor)
{
	const struct person *person = spelling_person(aor);
	bool is_deny = word->row.state == PERMISSION_DENIED;

	if (word->kind == SCOPE_DOMAIN)
		return person->host &&
		       strcmp(person->host,
			      spelling_domain_name(&word->sender)) == 0 &&
		       (is_deny ||
			(!person->port && !(aor->alters & ALTERS_PORT)));
	if (is_deny)
		return word->sender.name == aor->name ||
		       is_one_number(spelling_person(&word->sender), person);
	return is_same_key(&word->sender, aor);
}

static bool names_sender(const struct word *word,
			 const struct question *question)
{
	if (word->kind == SCOPE_ANYBODY)
		return true;
	for (size_t i = 0; i < question->n_aors; i++)
		if (word->kind == SCOPE_MANY ||
		    names_aor(word, &question->aors[i]))
			return true;
	return false;
}

static bool counts(const struct word *word, const struct question *question)
{
	const struct permission *row = &word->row;
	bool is_deny = row->state == PERMISSION_DENIED;
	bool has_end = !is_deny || row->origin != ORIGIN_RECIPIENT;

	if (has_end && row->expires_at && row->expires_at <= NOW)
		return false;
	if (word->target.name != ANY_NAME &&
	    (is_deny ? word->target.name != question->target.name
		     : !is_same_key(&word->target, &question->target)))
		return false;
	if (is_deny ? word->recipient.name != question->recipient.name
		    : !is_same_key(&word->recipient, &question->recipient))
		return false;
	return names_sender(word, question);
}

static enum verdict model_decide(const struct fixture *fixture,
				 const struct question *question)
{
	enum verdict verdict = VERDICT_MISSING;

	for (size_t i = 0; i < fixture->n; i++) {
		if (!counts(&fixture->words[i], question))
			continue;
		if (fixture->words[i].row.state == PERMISSION_DENIED)
			return VERDICT_DENIED;
		verdict = VERDICT_GRANTED;
	}
	return verdict;
}

/* ---- asking -------------------------------------------------------------- */

static void roll_question(struct prng *prng, struct question *ret)
{
	ret->n_aors = prng_once_in(prng, 4) ? prng_below(prng, 3) : 1;
	for (size_t i = 0; i < ret->n_aors; i++)
		spelling_sender(prng, &ret->aors[i]);
	spelling_target(prng, &ret->target);
	spelling_recipient(prng, &ret->recipient);
}

static const char *key_of(struct fixture *fixture,
			  const struct spelling *spelling)
{
	const char *key = NULL;

	must(fixture->prng,
	     !uri_key(fixture->arena, view_of(spelling->text), &key),
	     spelling->text);
	return key;
}

/** As a list names them. */
static const char *recipient_of(struct fixture *fixture,
				const struct spelling *spelling)
{
	const struct uri_rules rules = {.allow_private = false};
	struct recipients set = {.arena = fixture->arena,
				 .rules = &rules,
				 .ours = &ours,
				 .most = 1};
	const struct resource_list_entry entry = {
		.uri = view_of(spelling->text)};

	recipients_init(&set);
	must(fixture->prng,
	     !recipients_add(&set, &entry) && !recipients_check(&set),
	     spelling->text);
	return set.at[0].key;
}

static void ask(struct fixture *fixture)
{
	struct permission rows[STEPS], found;
	struct question question;
	struct identity sender = {IDENTITY_ASSERTED, {NULL, NULL}};
	struct facts facts = {.now = NOW, .kind = kinds_only(KIND_MESSAGE)};
	struct index_query *query;
	struct cached_grant cached = {0};
	enum verdict verdict;

	roll_question(fixture->prng, &question);
	for (size_t i = 0; i < question.n_aors; i++)
		sender.aor[i] = key_of(fixture, &question.aors[i]);
	facts.sender = question.n_aors ? &sender : NULL;
	facts.target = key_of(fixture, &question.target);
	facts.recipient = recipient_of(fixture, &question.recipient);
	verdict = model_decide(fixture, &question);
	for (size_t i = 0; i < fixture->n; i++)
		rows[i] = fixture->words[i].row;
	must(fixture->prng,
	     consent_decide(&facts, rows, fixture->n).verdict == verdict,
	     "the rules decide as the model does");
	query = index_query_new(fixture->index, fixture->arena, facts.sender,
				facts.target, kinds_only(KIND_MESSAGE));
	must(fixture->prng,
	     index_decide(fixture->index, query, facts.recipient, NOW, &found)
			     .verdict == verdict,
	     "the index decides as the model does");
	must(fixture->prng,
	     index_decide_cached(fixture->index, query, facts.recipient, NOW,
				 &cached) == verdict,
	     "and so it does for a leg");
}

/** Whatever covers all of a row is found to stand against it. */
static void check_denies(struct fixture *fixture)
{
	const struct permission *row;
	struct permission found[INDEX_ROWS_MAX];
	size_t n = 0;

	if (!fixture->n)
		return;
	row = &fixture->words[prng_below(fixture->prng, (unsigned)fixture->n)]
		       .row;
	for (size_t i = 0; i < fixture->n; i++) {
		const struct permission *other = &fixture->words[i].row;

		n += other != row && other->state == PERMISSION_DENIED &&
		     !permission_is_expired(other, NOW) &&
		     match_within(other, row);
	}
	must(fixture->prng,
	     (index_denies(fixture->index, row, NOW, fixture->arena, found) >
	      0) == (n > 0),
	     "what stands against a grant is found");
}

static uint64_t seed;

static void play(struct prng *prng)
{
	struct fixture fixture = {
		.prng = prng, .arena = arena_new(0), .index = index_new()};

	for (int step = 0; step < STEPS; step++) {
		if (prng_once_in(prng, 5))
			take_back(&fixture);
		else
			say(&fixture);
		for (int i = 0; i < QUESTIONS; i++)
			ask(&fixture);
		check_denies(&fixture);
	}
	while (fixture.n)
		take_back(&fixture);
	must(prng, index_count(fixture.index) == 0, "nothing is left behind");
	index_free(fixture.index);
	arena_free(fixture.arena);
}

START_TEST(nothing_passes_a_standing_no)
{
	unsigned n = prng_sequences(SEQUENCES);

	for (unsigned i = 0; prng_goes_on(i, n); i++) {
		struct prng prng = prng_of(seed, i);

		play(&prng);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spellings");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("spellings_prop");
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, nothing_passes_a_standing_no);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
