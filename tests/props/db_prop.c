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

struct world {
	struct prng prng;
	struct model model;   /**< with all that was said up to now */
	struct model on_disk; /**< as of the last commit */
	int64_t now; /**< never goes back: the store would not follow */
	struct store *store;
	struct index *index;
	unsigned long yes, no, missing; /**< decisions seen, all sequences */
};

static uint64_t seed;

static void load_index(struct world *world)
{
	index_free(world->index);
	world->index = index_new();
	world->store->index = world->index;
	must(&world->prng, store_load(world->store) == ERR_OK,
	     "the index can be loaded");
}

static void reopen(struct world *world)
{
	store_close(world->store);
	must(&world->prng,
	     store_open(scratch_path("volens.db"), STORE_WRITE,
			&world->store) == ERR_OK,
	     "the file can be opened again");
	load_index(world);
}

/* ---- what is decided ------------------------------------------------ */

static enum verdict index_says(struct world *world,
			       const struct model_question *question)
{
	struct arena *arena = arena_new(0);
	struct permission row;
	struct index_query *query = index_query_new(
		world->index, arena, model_sender(question->sender),
		model_target(question->target));
	struct decision d = index_decide(world->index, query,
					 model_recipient(question->recipient),
					 world->now, &row);

	if (d.verdict == VERDICT_GRANTED)
		must(&world->prng,
		     d.row && permission_is_current(d.row, world->now),
		     "a yes rests on a granted row that is not over");
	arena_free(arena);
	return d.verdict;
}

static enum verdict disk_says(struct world *world,
			      const struct model_question *question)
{
	struct facts facts = model_facts(question, world->now);
	struct arena *arena = arena_new(0);
	struct permission *rows = NULL;
	struct decision d;
	size_t n = 0;

	must(&world->prng,
	     store_permission_rows(world->store, &facts, arena, &rows, &n) ==
		     ERR_OK,
	     "rows can be read");
	d = consent_decide(&facts, rows, n);
	arena_free(arena);
	return d.verdict;
}

static void count(struct world *world, enum verdict verdict)
{
	world->yes += verdict == VERDICT_GRANTED;
	world->no += verdict == VERDICT_DENIED;
	world->missing += verdict == VERDICT_MISSING;
}

/** Between transactions: index, disk and model say the same. */
static void check_settled(struct world *world)
{
	struct model_question q = model_question_roll(&world->prng);
	enum verdict verdict = model_decide(&world->model, &q, world->now);

	must(&world->prng, index_says(world, &q) == verdict,
	     "the index decides as the model does");
	must(&world->prng, disk_says(world, &q) == verdict,
	     "the rows on disk decide as the model does");
	count(world, verdict);
}

/** Inside one: never early with a yes, never late with a no. */
static void check_unsettled(struct world *world)
{
	struct model_question q = model_question_roll(&world->prng);
	enum verdict said = model_decide(&world->model, &q, world->now);
	enum verdict kept = model_decide(&world->on_disk, &q, world->now);
	enum verdict index = index_says(world, &q);

	if (index == VERDICT_GRANTED)
		must(&world->prng,
		     said == VERDICT_GRANTED && kept == VERDICT_GRANTED,
		     "a yes is on disk, and was not taken back since");
	if (said == VERDICT_DENIED)
		must(&world->prng,
		     index == VERDICT_DENIED || index == VERDICT_MISSING,
		     "a no counts at once");
}

/* ---- what happens --------------------------------------------------- */

static enum err change(struct world *world, const struct model_event *event,
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
		.now = world->now};
	struct arena *arena = arena_new(0);
	enum err err =
		store_permission_change(world->store, &change, arena, ret);

	arena_free(arena); /* only numbers of the row are looked at */
	return err;
}

static void one_event(struct world *world)
{
	struct model_event event = model_event_roll(&world->prng, world->now);
	struct permission row;
	bool stands = !model_apply(&world->model, &event, world->now);
	enum err err = change(world, &event, &row);

	if (stands)
		must(&world->prng, err == ERR_CONFLICT,
		     "who would undo a recipient's own no gets a conflict");
	else
		must(&world->prng, err == ERR_OK || err == ERR_UNKNOWN,
		     "what the model allows is done");
	if (err == ERR_OK && event.event == EVENT_DENY)
		must(&world->prng, row.state == PERMISSION_DENIED,
		     "a deny that was taken is a deny");
	check_unsettled(world);
}

static void one_transaction(struct world *world)
{
	unsigned n = 1 + prng_below(&world->prng, EVENTS_MAX);
	bool fails = prng_once_in(&world->prng, 6);

	must(&world->prng, transaction_begin(world->store) == ERR_OK, "begin");
	for (unsigned i = 0; i < n; i++)
		one_event(world);
	if (fails) { /* the disk is full, say */
		must(&world->prng,
		     transaction_end(world->store, ERR_FULL) == ERR_FULL,
		     "what failed is reported");
		world->model = world->on_disk;
	} else {
		must(&world->prng,
		     transaction_end(world->store, ERR_OK) == ERR_OK, "end");
		world->on_disk = world->model;
	}
}

static void pass_time(struct world *world)
{
	if (prng_once_in(&world->prng, 2))
		world->now += prng_below(&world->prng, 15);
	if (prng_once_in(&world->prng, 8))
		must(&world->prng,
		     store_permission_sweep(world->store, world->now) == ERR_OK,
		     "sweeping goes well");
	if (prng_once_in(&world->prng, 20))
		load_index(world);
	if (prng_once_in(&world->prng, 400))
		reopen(world);
}

/** Only the recipients themselves can clear everything. */
static void clear(struct world *world)
{
	struct permission row;

	must(&world->prng, transaction_begin(world->store) == ERR_OK, "begin");
	for (unsigned i = 0;
	     i < MODEL_SCOPES * MODEL_TARGETS * MODEL_RECIPIENTS; i++) {
		struct model_event event = {
			.scope = i % MODEL_SCOPES,
			.target = i / MODEL_SCOPES % MODEL_TARGETS,
			.recipient = i / MODEL_SCOPES / MODEL_TARGETS,
			.event = EVENT_REMOVED,
			.actor = ORIGIN_RECIPIENT,
			.ends_at = -1};
		enum err err = change(world, &event, &row);

		must(&world->prng, err == ERR_OK || err == ERR_UNKNOWN,
		     "a recipient may take everything back");
	}
	must(&world->prng, transaction_end(world->store, ERR_OK) == ERR_OK,
	     "end");
	must(&world->prng, index_count(world->index) == 0,
	     "nothing is left in the index");
	world->model = world->on_disk = (struct model){0};
}

static void run_sequence(struct world *world, unsigned sequence)
{
	world->prng = prng_of(seed, sequence);
	clear(world);
	if (sequence % 50 == 0)
		store_checkpoint(world->store);
	for (int i = 0; i < TRANSACTIONS; i++) {
		one_transaction(world);
		check_settled(world);
		check_settled(world);
		pass_time(world);
		check_settled(world);
	}
}

START_TEST(index_and_disk_agree_with_the_model)
{
	unsigned i, n = prng_sequences(SEQUENCES);
	struct world world = {.prng = prng_of(seed, 0), .now = 1000};

	ck_assert_int_eq(store_open(scratch_path("volens.db"), STORE_WRITE,
				    &world.store),
			 ERR_OK);
	load_index(&world);
	for (i = 0; prng_goes_on(i, n); i++)
		run_sequence(&world, i);
	store_close(world.store);
	index_free(world.index);
	printf("%lu yes, %lu no, %lu missing\n", world.yes, world.no,
	       world.missing);
	ck_assert_msg(i < 100 || (world.yes > i / 20 && world.no > i / 20),
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
