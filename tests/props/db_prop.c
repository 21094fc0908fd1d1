/*
 * Invariants 1 and 2 over store and index: random events in random
 * transactions, some of which are given up; the index is loaded anew and the
 * file reopened now and then.  After every step the decision from the index
 * must equal the model's, and consent_decide() over the rows on disk.  Inside
 * a transaction the index may be behind with a yes, never with a no.
 */
#include <check.h>

#include "db/index.h"
#include "db/permissions.h"
#include "db/transaction.h"
#include "tests/props/model.h"
#include "tests/props/scratch.h"

#define SEQUENCES 10000
#define TRANSACTIONS 4 /**< of a sequence */
#define EVENTS_MAX 5   /**< of a transaction */

struct fixture {
	struct prng prng;
	struct model model;   /**< with all that was said up to now */
	struct model on_disk; /**< as of the last commit */
	int64_t now; /**< never goes back: the store would not follow */
	struct store *store;
	struct index *index;
	unsigned long yes, no, missing; /**< decisions seen, all sequences */
};

static uint64_t seed;

static void load_index(struct fixture *fixture)
{
	index_free(fixture->index);
	fixture->index = index_new();
	fixture->store->index = fixture->index;
	must(&fixture->prng, store_load(fixture->store) == ERR_OK,
	     "the index can be loaded");
}

static void reopen(struct fixture *fixture)
{
	store_close(fixture->store);
	must(&fixture->prng,
	     store_open(scratch_path("volens.db"), STORE_WRITE,
			&fixture->store) == ERR_OK,
	     "the file can be opened again");
	load_index(fixture);
}

/* ---- what is decided ------------------------------------------------ */

static enum verdict index_says(struct fixture *fixture,
			       const struct model_question *question)
{
	struct arena *arena = arena_new(0);
	struct permission row;
	struct index_query *query = index_query_new(
		fixture->index, arena, model_sender(question->sender),
		model_target(question->target), kinds_only(KIND_MESSAGE));
	struct decision d = index_decide(fixture->index, query,
					 model_recipient(question->recipient),
					 fixture->now, &row);

	if (d.verdict == VERDICT_GRANTED)
		must(&fixture->prng,
		     d.row && permission_is_current(d.row, fixture->now),
		     "a yes rests on a granted row that is not over");
	arena_free(arena);
	return d.verdict;
}

static enum verdict disk_says(struct fixture *fixture,
			      const struct model_question *question)
{
	struct facts facts = model_facts(question, fixture->now);
	struct arena *arena = arena_new(0);
	struct permission *rows = NULL;
	struct decision d;
	size_t n = 0;

	must(&fixture->prng,
	     store_permission_rows(fixture->store, &facts, arena, &rows, &n) ==
		     ERR_OK,
	     "rows can be read");
	d = consent_decide(&facts, rows, n);
	arena_free(arena);
	return d.verdict;
}

static void count(struct fixture *fixture, enum verdict verdict)
{
	fixture->yes += verdict == VERDICT_GRANTED;
	fixture->no += verdict == VERDICT_DENIED;
	fixture->missing += verdict == VERDICT_MISSING;
}

/** Between transactions: index, disk and model say the same. */
static void check_settled(struct fixture *fixture)
{
	struct model_question q = model_question_roll(&fixture->prng);
	enum verdict verdict = model_decide(&fixture->model, &q, fixture->now);

	must(&fixture->prng, index_says(fixture, &q) == verdict,
	     "the index decides as the model does");
	must(&fixture->prng, disk_says(fixture, &q) == verdict,
	     "the rows on disk decide as the model does");
	count(fixture, verdict);
}

/** Inside one: never early with a yes, never late with a no. */
static void check_unsettled(struct fixture *fixture)
{
	struct model_question q = model_question_roll(&fixture->prng);
	enum verdict said = model_decide(&fixture->model, &q, fixture->now);
	enum verdict kept = model_decide(&fixture->on_disk, &q, fixture->now);
	enum verdict index = index_says(fixture, &q);

	if (index == VERDICT_GRANTED)
		must(&fixture->prng,
		     said == VERDICT_GRANTED && kept == VERDICT_GRANTED,
		     "a yes is on disk, and was not taken back since");
	if (said == VERDICT_DENIED)
		must(&fixture->prng,
		     index == VERDICT_DENIED || index == VERDICT_MISSING,
		     "a no counts at once");
}

/* ---- what happens --------------------------------------------------- */

static enum err change(struct fixture *fixture, const struct model_event *event,
		       struct permission *ret)
{
	struct permission_change change = {
		.sender = model_scope(event->scope),
		.target = model_target(event->target),
		.recipient = model_recipient(event->recipient),
		.recipient_uri = model_recipient(event->recipient),
		.event = event->event,
		.actor = event->actor,
		.expires_at = event->ends_at,
		.now = fixture->now};
	struct arena *arena = arena_new(0);
	enum err err =
		store_permission_change(fixture->store, &change, arena, ret);

	arena_free(arena); /* only numbers of the row are looked at */
	return err;
}

static void one_event(struct fixture *fixture)
{
	struct model_event event =
		model_event_roll(&fixture->prng, fixture->now);
	struct permission row;
	bool stands = !model_apply(&fixture->model, &event, fixture->now);
	enum err err = change(fixture, &event, &row);

	if (stands)
		must(&fixture->prng, err == ERR_CONFLICT,
		     "who would undo a recipient's own no gets a conflict");
	else
		must(&fixture->prng, err == ERR_OK || err == ERR_UNKNOWN,
		     "what the model allows is done");
	if (err == ERR_OK && event.event == EVENT_DENY)
		must(&fixture->prng, row.state == PERMISSION_DENIED,
		     "a deny that was taken is a deny");
	check_unsettled(fixture);
}

static void one_transaction(struct fixture *fixture)
{
	unsigned n = 1 + prng_below(&fixture->prng, EVENTS_MAX);
	bool fails = prng_once_in(&fixture->prng, 6);

	must(&fixture->prng, transaction_begin(fixture->store) == ERR_OK,
	     "begin");
	for (unsigned i = 0; i < n; i++)
		one_event(fixture);
	if (fails) { /* the disk is full, say */
		must(&fixture->prng,
		     transaction_end(fixture->store, ERR_FULL) == ERR_FULL,
		     "what failed is reported");
		fixture->model = fixture->on_disk;
	} else {
		must(&fixture->prng,
		     transaction_end(fixture->store, ERR_OK) == ERR_OK, "end");
		fixture->on_disk = fixture->model;
	}
}

static void pass_time(struct fixture *fixture)
{
	if (prng_once_in(&fixture->prng, 2))
		fixture->now += prng_below(&fixture->prng, 15);
	if (prng_once_in(&fixture->prng, 8))
		must(&fixture->prng,
		     store_permission_sweep(fixture->store, fixture->now) ==
			     ERR_OK,
		     "sweeping goes well");
	if (prng_once_in(&fixture->prng, 20))
		load_index(fixture);
	if (prng_once_in(&fixture->prng, 400))
		reopen(fixture);
}

/** What is left of a no to all kinds after a yes to messages. */
static void clear_rest(struct fixture *fixture, const struct model_event *event)
{
	struct arena *arena = arena_new(0);
	struct permission_change change = {
		.sender = model_scope(event->scope),
		.target = model_target(event->target),
		.recipient = model_recipient(event->recipient),
		.event = EVENT_REMOVED,
		.actor = ORIGIN_RECIPIENT,
		.expires_at = -1,
		.now = fixture->now};
	struct permission row;
	enum err err;

	(void)kinds_read("*!message", &change.kinds);
	err = store_permission_change(fixture->store, &change, arena, &row);
	must(&fixture->prng, err == ERR_OK || err == ERR_UNKNOWN,
	     "a recipient may take everything back");
	arena_free(arena);
}

/** Only the recipients themselves can clear everything. */
static void clear(struct fixture *fixture)
{
	struct permission row;

	must(&fixture->prng, transaction_begin(fixture->store) == ERR_OK,
	     "begin");
	for (unsigned i = 0;
	     i < MODEL_SCOPES * MODEL_TARGETS * MODEL_RECIPIENTS; i++) {
		struct model_event event = {
			.scope = i % MODEL_SCOPES,
			.target = i / MODEL_SCOPES % MODEL_TARGETS,
			.recipient = i / MODEL_SCOPES / MODEL_TARGETS,
			.event = EVENT_REMOVED,
			.actor = ORIGIN_RECIPIENT,
			.ends_at = -1};
		enum err err = change(fixture, &event, &row);

		must(&fixture->prng, err == ERR_OK || err == ERR_UNKNOWN,
		     "a recipient may take everything back");
		clear_rest(fixture, &event);
	}
	must(&fixture->prng, transaction_end(fixture->store, ERR_OK) == ERR_OK,
	     "end");
	must(&fixture->prng, index_count(fixture->index) == 0,
	     "nothing is left in the index");
	fixture->model = fixture->on_disk = (struct model){0};
}

static void run_sequence(struct fixture *fixture, unsigned sequence)
{
	fixture->prng = prng_of(seed, sequence);
	clear(fixture);
	if (sequence % 50 == 0)
		store_checkpoint(fixture->store);
	for (int i = 0; i < TRANSACTIONS; i++) {
		one_transaction(fixture);
		check_settled(fixture);
		check_settled(fixture);
		pass_time(fixture);
		check_settled(fixture);
	}
}

START_TEST(index_and_disk_agree_with_the_model)
{
	unsigned i, n = prng_sequences(SEQUENCES);
	struct fixture fixture = {.prng = prng_of(seed, 0), .now = 1000};

	ck_assert_int_eq(store_open(scratch_path("volens.db"), STORE_WRITE,
				    &fixture.store),
			 ERR_OK);
	load_index(&fixture);
	for (i = 0; prng_goes_on(i, n); i++)
		run_sequence(&fixture, i);
	store_close(fixture.store);
	index_free(fixture.index);
	printf("%lu yes, %lu no, %lu missing\n", fixture.yes, fixture.no,
	       fixture.missing);
	ck_assert_msg(i < 100 || (fixture.yes > i / 20 && fixture.no > i / 20),
		      "the generator leaves something out");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("db");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("db_prop");
	scratch_make();
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, index_and_disk_agree_with_the_model);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	scratch_remove();
	return failed != 0;
}
