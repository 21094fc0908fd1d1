/*
 * Invariant 3 over the store: requests are accepted, settled, tried again and
 * given up at random, in random transactions, some of which fail.  At random
 * instants, also inside a transaction, the power goes: the file and its log as
 * they are that moment must hold every request that was accepted, octet for
 * octet, with everybody it still has to go to, and nothing that is over.
 */
#include <check.h>

#include "db/deliveries.h"
#include "db/journal.h"
#include "db/transaction.h"
#include "tests/props/prng.h"
#include "tests/props/scratch.h"

#define SEQUENCES 10000
#define TRANSACTIONS 3
#define EVENTS_MAX 4
#define REQUESTS 5 /**< in the world at a time */
#define PLACES 4   /**< recipients of a request */
#define BODY_MAX 200
#define EVER INT64_MAX

/** What must be remembered of one request. */
struct kept {
	bool is_there;
	bool is_settled;
	int64_t id;
	bool waits[PLACES]; /**< once settled */
	unsigned attempts[PLACES];
	size_t body_len;
	uint8_t body[BODY_MAX];
};

struct model {
	struct kept requests[REQUESTS];
};

struct fixture {
	struct prng prng;
	struct model model;   /**< with all that happened up to now */
	struct model on_disk; /**< as of the last commit */
	struct store *store;
	struct arena *arena; /**< of the sequence */
	unsigned long cuts, kept;
};

static uint64_t seed;

static void key_of(const struct fixture *fixture, unsigned request,
		   uint8_t ret[HASH_LEN])
{
	unsigned numbers[2] = {fixture->prng.sequence, request};

	sha256(numbers, sizeof(numbers), ret);
}

/* ---- what happens --------------------------------------------------- */

static void roll_body(struct prng *prng, struct kept *kept)
{
	kept->body_len = prng_below(prng, BODY_MAX);
	for (size_t i = 0; i < kept->body_len; i++)
		kept->body[i] = (uint8_t)prng_below(prng, 256);
}

static void accept_request(struct fixture *fixture, unsigned i)
{
	struct kept *kept = &fixture->model.requests[i];
	struct kept new = {.is_there = true};
	struct journal_entry entry = {.sender = "sip:alice@example.com",
				      .target = "sip:lists@relay.example",
				      .method = "MESSAGE",
				      .accepted_at = 1000,
				      .expires_at = 2000};
	bool is_twin = kept->is_there && prng_once_in(&fixture->prng, 2);
	int64_t id = 0;
	enum err err;

	roll_body(&fixture->prng, &new);
	key_of(fixture, i, entry.key);
	if (is_twin)
		entry.key[HASH_LEN - 1] ^= 1;
	entry.message = (struct view){(const char *)new.body, new.body_len};
	entry.recipients = VIEW("packed\0recipients");
	err = store_journal_add(fixture->store, &entry, &id);
	if (kept->is_there) {
		must(&fixture->prng,
		     err == (is_twin ? ERR_CONFLICT : ERR_EXISTS) &&
			     id == kept->id,
		     "a repeat of a request that is kept is that request, and "
		     "with other content it is a conflict");
		return;
	}
	must(&fixture->prng, err == ERR_OK, "a new request is kept");
	new.id = id;
	*kept = new;
}

static struct delivery delivery_of(const struct kept *kept, unsigned place,
				   enum delivery_state state)
{
	return (struct delivery){.journal = kept->id,
				 .place = place,
				 .sender = "sip:alice@example.com",
				 .target = "sip:lists@relay.example",
				 .recipient = "sip:omar@example.org",
				 .method = "MESSAGE",
				 .state = state,
				 .attempts = 1,
				 .since = 1000,
				 .next_at = 1500,
				 .expires_at = 2000};
}

static bool is_anybody_waiting(const struct kept *kept)
{
	for (unsigned i = 0; i < PLACES; i++) {
		if (kept->waits[i])
			return true;
	}
	return false;
}

static void settle_request(struct fixture *fixture, struct kept *kept)
{
	struct delivery rows[PLACES];
	size_t n = 0;
	enum err err;

	if (!kept->is_there || kept->is_settled)
		return;
	for (unsigned i = 0; i < PLACES; i++) {
		enum delivery_state state = DELIVERY_FAILED;

		if (prng_once_in(&fixture->prng, 2))
			continue; /* delivered: no row */
		if (prng_once_in(&fixture->prng, 2)) {
			state = DELIVERY_WAITING;
			kept->waits[i] = true;
			kept->attempts[i] = 1;
		}
		rows[n++] = delivery_of(kept, i, state);
	}
	err = store_journal_record_outcome(fixture->store, kept->id, rows, n);
	must(&fixture->prng, err == ERR_OK, "what was kept can be settled");
	kept->is_settled = true;
	kept->is_there = is_anybody_waiting(kept);
}

static bool find_delivery(struct fixture *fixture, const struct kept *kept,
			  unsigned place, struct delivery *ret)
{
	struct delivery *rows;
	size_t n;
	int64_t next;

	must(&fixture->prng,
	     store_deliveries_due(fixture->store,
				  (struct due_page){EVER, 1000, &next},
				  fixture->arena, &rows, &n) == ERR_OK,
	     "deliveries can be read");
	for (size_t i = 0; i < n; i++) {
		if (rows[i].journal == kept->id && rows[i].place == place) {
			*ret = rows[i];
			return true;
		}
	}
	return false;
}

static void retry_delivery(struct fixture *fixture, struct kept *kept)
{
	static const int outcomes[] = {DELIVERY_WAITING,   DELIVERY_WAITING,
				       DELIVERY_DONE,	   DELIVERY_FAILED,
				       DELIVERY_WITHDRAWN, DELIVERY_EXPIRED};
	unsigned place = prng_below(&fixture->prng, PLACES);
	int outcome = outcomes[prng_below(&fixture->prng, 6)];
	struct delivery row;

	if (!kept->is_there || !kept->waits[place])
		return;
	must(&fixture->prng, find_delivery(fixture, kept, place, &row),
	     "who waits is found");
	row.attempts++;
	must(&fixture->prng,
	     store_delivery_update(fixture->store, &row, outcome) == ERR_OK,
	     "a delivery is updated");
	if (outcome == DELIVERY_WAITING) {
		kept->attempts[place]++;
		return;
	}
	kept->waits[place] = false;
	kept->is_there = is_anybody_waiting(kept);
}

/* ---- what must be found --------------------------------------------- */

static const struct kept *kept_of(const struct model *model, int64_t id)
{
	for (unsigned i = 0; i < REQUESTS; i++) {
		if (model->requests[i].is_there && model->requests[i].id == id)
			return &model->requests[i];
	}
	return NULL;
}

static void check_entry(const struct prng *prng, const struct kept *kept,
			const struct journal_entry *entry)
{
	must(prng, kept && entry->id == kept->id,
	     "nothing is there that is over");
	must(prng,
	     entry->message.len == kept->body_len &&
		     (kept->body_len == 0 ||
		      memcmp(entry->message.at, kept->body, kept->body_len) ==
			      0),
	     "a message is kept octet for octet");
	must(prng, view_equal(entry->recipients, VIEW("packed\0recipients")),
	     "recipients are kept octet for octet");
}

static void check_unsettled(const struct prng *prng, const struct model *model,
			    struct store *store, struct arena *arena)
{
	struct journal_entry *entries = NULL;
	size_t n = 0, expected = 0;

	must(prng,
	     store_journal_without_outcome(store, (struct page){0, 1000}, arena,
					   &entries, &n) == ERR_OK,
	     "the journal can be read");
	for (unsigned i = 0; i < REQUESTS; i++)
		expected += model->requests[i].is_there &&
			    !model->requests[i].is_settled;
	must(prng, n == expected, "every accepted request is there, once");
	for (size_t i = 0; i < n; i++)
		check_entry(prng, kept_of(model, entries[i].id), &entries[i]);
}

static void check_waiting(const struct prng *prng, const struct model *model,
			  struct store *store, struct arena *arena)
{
	struct delivery *rows = NULL;
	size_t n = 0, expected = 0;
	int64_t next;

	must(prng,
	     store_deliveries_due(store, (struct due_page){EVER, 1000, &next},
				  arena, &rows, &n) == ERR_OK,
	     "deliveries can be read");
	for (unsigned i = 0; i < REQUESTS; i++) {
		for (unsigned j = 0; j < PLACES; j++)
			expected += model->requests[i].is_there &&
				    model->requests[i].waits[j];
	}
	must(prng, n == expected, "everybody who waits is there, once");
	for (size_t i = 0; i < n; i++) {
		const struct kept *kept = kept_of(model, rows[i].journal);
		uint32_t place = rows[i].place;
		struct journal_entry entry;

		must(prng, kept && kept->waits[place],
		     "nobody is there whose delivery is over");
		must(prng, kept && rows[i].attempts == kept->attempts[place],
		     "tries are counted");
		must(prng,
		     store_journal_get(store, rows[i].journal, arena, &entry) ==
			     ERR_OK,
		     "the message of who waits is there");
		check_entry(prng, kept, &entry);
	}
}

static void check_store(const struct prng *prng, const struct model *model,
			struct store *store)
{
	struct arena *arena = arena_new(0);

	check_unsettled(prng, model, store, arena);
	check_waiting(prng, model, store, arena);
	arena_free(arena);
}

/* ---- power cuts ----------------------------------------------------- */

static void copy_file(const char *from_name, const char *to_name)
{
	FILE *from = fopen(scratch_path(from_name), "rb");
	FILE *to = fopen(scratch_path(to_name), "wb");
	char block[65536];
	size_t n;

	ck_assert_ptr_nonnull(to);
	while (from && (n = fread(block, 1, sizeof(block), from)) > 0)
		ck_assert_uint_eq(fwrite(block, 1, n, to), n);
	if (from)
		fclose(from);
	ck_assert_int_eq(fclose(to), 0);
}

/** What a process would find that starts after one that died just now. */
static void cut_power(struct fixture *fixture)
{
	struct store *store;

	copy_file("volens.db", "cut.db");
	copy_file("volens.db-wal", "cut.db-wal");
	remove(scratch_path("cut.db-shm"));
	must(&fixture->prng,
	     store_open(scratch_path("cut.db"), STORE_WRITE, &store) == ERR_OK,
	     "the file opens after a power cut");
	check_store(&fixture->prng, &fixture->on_disk, store);
	store_close(store);
	fixture->cuts++;
	for (unsigned i = 0; i < REQUESTS; i++)
		fixture->kept += fixture->on_disk.requests[i].is_there;
}

static void one_event(struct fixture *fixture)
{
	unsigned i = prng_below(&fixture->prng, REQUESTS);

	switch (prng_below(&fixture->prng, 4)) {
	case 0:
	case 1:
		accept_request(fixture, i);
		break;
	case 2:
		settle_request(fixture, &fixture->model.requests[i]);
		break;
	default:
		retry_delivery(fixture, &fixture->model.requests[i]);
		break;
	}
	if (prng_once_in(&fixture->prng, 150))
		cut_power(fixture);
}

static void one_transaction(struct fixture *fixture)
{
	unsigned n = 1 + prng_below(&fixture->prng, EVENTS_MAX);
	bool fails = prng_once_in(&fixture->prng, 5);

	must(&fixture->prng, transaction_begin(fixture->store) == ERR_OK,
	     "begin");
	for (unsigned i = 0; i < n; i++)
		one_event(fixture);
	must(&fixture->prng,
	     transaction_end(fixture->store, fails ? ERR_FULL : ERR_OK) ==
		     (fails ? ERR_FULL : ERR_OK),
	     "end");
	if (fails)
		fixture->model = fixture->on_disk;
	else
		fixture->on_disk = fixture->model;
	check_store(&fixture->prng, &fixture->model, fixture->store);
}

/** Everything ends well. */
static void finish(struct fixture *fixture)
{
	struct delivery row;

	must(&fixture->prng, transaction_begin(fixture->store) == ERR_OK,
	     "begin");
	for (unsigned i = 0; i < REQUESTS; i++) {
		struct kept *kept = &fixture->model.requests[i];

		if (kept->is_there && !kept->is_settled)
			must(&fixture->prng,
			     store_journal_record_outcome(fixture->store,
							  kept->id, NULL,
							  0) == ERR_OK,
			     "all delivered");
		for (unsigned j = 0; kept->is_there && j < PLACES; j++) {
			if (kept->waits[j] &&
			    find_delivery(fixture, kept, j, &row))
				must(&fixture->prng,
				     store_delivery_update(fixture->store, &row,
							   DELIVERY_DONE) ==
					     ERR_OK,
				     "delivered at last");
		}
	}
	must(&fixture->prng,
	     store_delivery_sweep(fixture->store, EVER) == ERR_OK, "swept");
	must(&fixture->prng, transaction_end(fixture->store, ERR_OK) == ERR_OK,
	     "end");
	fixture->model = fixture->on_disk = (struct model){0};
	check_store(&fixture->prng, &fixture->model, fixture->store);
}

START_TEST(what_was_accepted_is_kept)
{
	unsigned i, n = prng_sequences(SEQUENCES);
	struct fixture fixture = {0};

	ck_assert_int_eq(store_open(scratch_path("volens.db"), STORE_WRITE,
				    &fixture.store),
			 ERR_OK);
	for (i = 0; prng_goes_on(i, n); i++) {
		fixture.prng = prng_of(seed, i);
		fixture.arena = arena_new(0);
		for (int j = 0; j < TRANSACTIONS; j++)
			one_transaction(&fixture);
		finish(&fixture);
		arena_free(fixture.arena);
		if (i % 20 == 0)
			store_checkpoint(fixture.store);
	}
	store_close(fixture.store);
	printf("%lu power cuts, %lu requests found again\n", fixture.cuts,
	       fixture.kept);
	ck_assert(i < 1000 ||
		  (fixture.cuts > i / 100 && fixture.kept > i / 100));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("journal_prop");
	scratch_make();
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, what_was_accepted_is_kept);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	scratch_remove();
	return failed != 0;
}
