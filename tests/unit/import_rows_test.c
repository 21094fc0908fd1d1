/* Imports in the store: all of a batch or nothing, and a no wins. */
#include "tests/unit/store_help.h"

#include "db/imports.h"
#include "db/lists.h"
#include "db/store_private.h"

#define LIST_URI "sip:hikers@relay.example.com"
#define OWNER "sip:nora@example.com"
#define OMAR "sip:omar@example.org"
#define PIA "sip:pia@example.net"
#define QUIN "sip:quin@example.org"

static struct list_table *table;
static struct import batch;
static struct import_order order;

static void open_all(void)
{
	open_store();
	table = list_table_new();
	store->lists = table;
	store->index = index_new();
}

static void close_all(void)
{
	list_table_free(table);
	index_free(store->index);
	close_store();
}

static void add_list(enum list_use use, struct kinds kinds)
{
	const struct list_limits limits = {.lists = 3, .entries = 20000};
	struct stored_list list = {.uri = LIST_URI,
				   .name = "hikers",
				   .owner = OWNER,
				   .use = use,
				   .kinds = kinds,
				   .created_at = NOW};

	ck_ok(store_list_add(store, &list, &limits, arena, &list));
}

static struct import_line line_of(size_t number, const char *uri)
{
	return (struct import_line){.line = number,
				    .recipient = uri,
				    .recipient_uri = uri,
				    .evidence = "form 12",
				    .expires_at = -1};
}

/** Lines for @p a and @p b (NULL: none) to a service, or to the list. */
static enum err import_them(enum import_mode mode, const char *list,
			    const char *a, const char *b)
{
	struct import_line *lines = arena_array(arena, 2, sizeof(*lines));

	lines[0] = line_of(2, a);
	lines[1] = line_of(3, b);
	order.batch = (struct import){.mode = mode,
				      .sender = list ? NULL : SENDER,
				      .target = list ? LIST_URI : TARGET,
				      .list = list,
				      .created_at = NOW};
	order.lines = lines;
	order.n = b ? 2 : 1;
	order.entries_most = order.entries_most ? order.entries_most : 100;
	return store_import_run(store, &order, &batch);
}

static const char *state_of(const char *sender, const char *target,
			    const char *recipient)
{
	struct permission row;
	enum err err = store_permission_find(
		store, TRIPLE(sender, target, recipient), arena, &row);

	if (err == ERR_UNKNOWN)
		return "none";
	ck_ok(err);
	return arena_printf(arena, "%s by %s", permission_state_name(row.state),
			    permission_origin_name(row.origin));
}

static const char *service_state(const char *recipient)
{
	return state_of(SENDER, TARGET, recipient);
}

static const char *member_state(const char *recipient)
{
	return state_of(OWNER, LIST_URI, recipient);
}

static void decide(const char *sender, const char *target,
		   const char *recipient, enum permission_event event)
{
	change((struct permission_change){.sender = sender,
					  .target = target,
					  .recipient = recipient,
					  .event = event,
					  .actor = ORIGIN_RECIPIENT,
					  .expires_at = -1,
					  .now = NOW + 1});
}

static void take_back(void)
{
	bool more = true;

	while (more)
		ck_ok(store_import_take_back(store, batch.id, NOW + 5, &more));
}

static int64_t n_entries(void)
{
	struct stored_list list;

	ck_ok(store_list_find(store, LIST_URI, arena, &list));
	return list.n_entries;
}

static int64_t term_of(const char *sender, const char *target)
{
	struct permission row;

	ck_ok(store_permission_find(store, TRIPLE(sender, target, OMAR), arena,
				    &row));
	return row.term_s;
}

START_TEST(a_term_is_kept)
{
	struct import_line line = line_of(2, OMAR);

	open_all();
	add_list(LIST_USE_OWNER, (struct kinds){0});
	line.has_term = true;
	line.term_s = INT64_C(7) * 86400;
	order = (struct import_order){.batch = {.mode = IMPORT_ASK,
						.sender = SENDER,
						.target = TARGET,
						.created_at = NOW},
				      .lines = &line,
				      .n = 1,
				      .entries_most = 100};
	ck_ok(store_import_run(store, &order, &batch));
	ck_assert_int_eq(term_of(SENDER, TARGET), 7 * 86400);
	order.batch.sender = NULL;
	order.batch.target = LIST_URI;
	order.batch.list = "hikers";
	ck_ok(store_import_run(store, &order, &batch));
	ck_assert_int_eq(term_of(OWNER, LIST_URI), 7 * 86400);
	close_all();
}
END_TEST

START_TEST(granted_by_evidence)
{
	struct permission row;
	struct import kept;

	open_all();
	order = (struct import_order){0};
	ck_ok(import_them(IMPORT_GRANTED, NULL, OMAR, PIA));
	ck_assert_str_eq(service_state(OMAR), "granted by import");
	ck_ok(store_permission_find(store, TRIPLE(SENDER, TARGET, PIA), arena,
				    &row));
	ck_assert_str_eq(row.evidence, "form 12");
	ck_assert_int_eq(row.ask_due_at, 0);
	ck_assert_uint_eq(order.counts[IMPORT_DID_GRANT], 2);
	ck_ok(store_import_get(store, batch.id, arena, &kept));
	ck_assert_int_eq(kept.n_lines, 2);
	ck_assert_str_eq(kept.sender, SENDER);
	close_all();
}
END_TEST

START_TEST(asked_one_by_one)
{
	open_all();
	order = (struct import_order){0};
	ck_ok(import_them(IMPORT_ASK, NULL, OMAR, PIA));
	ck_assert_str_eq(service_state(OMAR), "pending by import");
	ck_assert_uint_eq(order.counts[IMPORT_DID_ASK], 2);
	/* Once more: they were asked. */
	ck_ok(import_them(IMPORT_ASK, NULL, OMAR, PIA));
	ck_assert_uint_eq(order.counts[IMPORT_DID_NOTHING], 2);
	close_all();
}
END_TEST

/** Whose no stands against an import of OMAR, and how it was said. */
static const struct {
	const char *sender, *target, *recipient;
	enum permission_origin origin;
	enum import_mode mode;
} noes[] = {
	{SENDER, TARGET, OMAR, ORIGIN_RECIPIENT, IMPORT_GRANTED},
	{SENDER, TARGET, OMAR, ORIGIN_RECIPIENT, IMPORT_ASK},
	{SENDER, TARGET, OMAR, ORIGIN_ADMIN, IMPORT_GRANTED},
	{SENDER, TARGET, OMAR, ORIGIN_ADMIN, IMPORT_ASK},
	{"*", "*", OMAR, ORIGIN_RECIPIENT, IMPORT_GRANTED},
	{"*", TARGET, OMAR, ORIGIN_ADMIN, IMPORT_GRANTED},
	{"*@example.com", "*", OMAR, ORIGIN_RECIPIENT, IMPORT_ASK},
	{SENDER, TARGET, "sips:omar@example.org", ORIGIN_RECIPIENT,
	 IMPORT_GRANTED},
};

START_TEST(a_no_wins)
{
	open_all();
	order = (struct import_order){0};
	change((struct permission_change){.sender = noes[_i].sender,
					  .target = noes[_i].target,
					  .recipient = noes[_i].recipient,
					  .event = EVENT_DENY,
					  .actor = noes[_i].origin,
					  .expires_at = -1,
					  .now = NOW});
	ck_err(import_them(noes[_i].mode, NULL, PIA, OMAR), ERR_CONFLICT);
	ck_assert_str_eq(import_outcome_name(order.lines[1].outcome), "denied");
	ck_assert_int_gt(order.lines[1].permission, 0);
	ck_assert_str_eq(service_state(PIA), "none");
	/* Left out, on demand. */
	order.skips_denied = true;
	ck_ok(import_them(noes[_i].mode, NULL, PIA, OMAR));
	ck_assert_str_ne(service_state(PIA), "none");
	ck_assert_int_eq(batch.n_lines, 1);
	ck_assert_int_eq(batch.n_skipped, 1);
	if (strcmp(noes[_i].recipient, OMAR) || strcmp(noes[_i].sender, SENDER))
		ck_assert_str_eq(service_state(OMAR), "none");
	else
		ck_assert_int_eq(strncmp(service_state(OMAR), "denied", 6), 0);
	close_all();
}
END_TEST

START_TEST(a_no_of_which_only_the_hash_is_left_wins)
{
	const struct hash_key key = {.bytes = {1, 2}};

	open_all();
	order = (struct import_order){0};
	index_set_keys(store->index, &key, 1);
	index_rowless_add(
		store->index,
		revocation_hash(&key, TRIPLE(SENDER, TARGET, OMAR), NULL),
		ORIGIN_RECIPIENT, 0);
	for (int mode = 0; mode <= IMPORT_GRANTED; mode++) {
		ck_err(import_them((enum import_mode)mode, NULL, OMAR, PIA),
		       ERR_CONFLICT);
		ck_assert_int_eq(order.lines[0].outcome, IMPORT_DENIED);
		ck_assert_int_eq(order.lines[0].permission, 0);
		ck_assert_str_eq(service_state(PIA), "none");
	}
	close_all();
}
END_TEST

START_TEST(a_dry_run_changes_nothing)
{
	open_all();
	order = (struct import_order){.is_dry = true};
	ck_err(import_them(IMPORT_GRANTED, NULL, OMAR, PIA), ERR_CONFLICT);
	ck_assert_uint_eq(order.counts[IMPORT_DID_GRANT], 2);
	ck_assert_str_eq(service_state(OMAR), "none");
	ck_assert_uint_eq(index_count(store->index), 0);
	add_list(LIST_USE_OWNER, (struct kinds){0});
	ck_err(import_them(IMPORT_ASK, "hikers", OMAR, PIA), ERR_CONFLICT);
	ck_assert_uint_eq(order.counts[IMPORT_DID_ASK], 2);
	ck_assert_int_eq(n_entries(), 0);
	close_all();
}
END_TEST

START_TEST(into_a_list)
{
	open_all();
	order = (struct import_order){0};
	add_list(LIST_USE_OWNER, (struct kinds){0});
	ck_ok(import_them(IMPORT_GRANTED, "hikers", OMAR, NULL));
	ck_assert_str_eq(member_state(OMAR), "granted by import");
	ck_ok(import_them(IMPORT_ASK, "hikers", OMAR, PIA));
	ck_assert_str_eq(member_state(OMAR), "granted by import");
	ck_assert_str_eq(member_state(PIA), "pending by admin");
	ck_assert_uint_eq(order.counts[IMPORT_DID_ASK], 1);
	ck_assert_uint_eq(order.counts[IMPORT_DID_NOTHING], 1);
	ck_assert_int_eq(n_entries(), 2);
	close_all();
}
END_TEST

/** Who has nothing in the list but a reference that leads nowhere is no member
 *  of it: granted they were, and got nothing. */
START_TEST(a_dead_reference_is_no_entry)
{
	const struct list_target target = {.uri = LIST_URI, .now = NOW};
	const struct list_target there = {.uri = "sip:guides@h.example",
					  .now = NOW};
	struct stored_list guides = {
		.uri = there.uri, .name = "guides", .owner = OWNER};
	struct list_entry entry = {
		.kind = LIST_ENTRY, .uri = OMAR, .key = OMAR};
	struct list_addition addition = {
		.entries = &entry, .n = 1, .entries_most = 9};
	const struct list_limits limits = {.lists = 3, .entries = 9};

	open_all();
	order = (struct import_order){0};
	add_list(LIST_USE_OWNER, (struct kinds){0});
	ck_ok(store_list_add(store, &guides, &limits, arena, &guides));
	ck_ok(store_list_entries_add(store, &there, &addition, arena));
	entry.kind = LIST_REF;
	entry.ref_uri = there.uri;
	ck_ok(store_list_entries_add(store, &target, &addition, arena));
	ck_ok(store_list_remove(store, &there, arena, &guides));
	ck_assert_int_eq(n_entries(), 1);
	ck_ok(import_them(IMPORT_GRANTED, "hikers", OMAR, NULL));
	ck_assert_str_eq(member_state(OMAR), "granted by import");
	ck_assert_int_eq(n_entries(), 2);
	close_all();
}
END_TEST

START_TEST(of_many_senders_a_list_asks_for_many)
{
	open_all();
	order = (struct import_order){0};
	add_list(LIST_USE_MEMBERS, (struct kinds){0});
	ck_ok(import_them(IMPORT_GRANTED, "hikers", OMAR, NULL));
	ck_assert_str_eq(state_of("*", LIST_URI, OMAR), "granted by import");
	close_all();
}
END_TEST

START_TEST(what_a_list_cannot_take)
{
	struct import_line lines[2];

	open_all();
	order = (struct import_order){.entries_most = 1};
	ck_err(import_them(IMPORT_ASK, "hikers", OMAR, PIA), ERR_UNKNOWN);
	add_list(LIST_USE_OWNER,
		 (struct kinds){KIND_MESSAGE | KIND_CALL, NULL});
	ck_err(import_them(IMPORT_ASK, "hikers", OMAR, PIA), ERR_CONFLICT);
	ck_assert_str_eq(import_outcome_name(order.lines[1].outcome),
			 "no-room");
	ck_err(import_them(IMPORT_ASK, "hikers", LIST_URI, NULL), ERR_CONFLICT);
	ck_assert_str_eq(import_outcome_name(order.lines[0].outcome),
			 "is-list");
	lines[0] = line_of(2, OMAR);
	lines[0].kinds = kinds_only(KIND_MESSAGE);
	order.lines = lines;
	order.n = 1;
	ck_err(store_import_run(store, &order, &batch), ERR_CONFLICT);
	ck_assert_str_eq(import_outcome_name(lines[0].outcome), "kinds-other");
	ck_err(import_them(IMPORT_ASK, NULL, OMAR, NULL), ERR_OK);
	order.batch.target = LIST_URI;
	ck_err(store_import_run(store, &order, &batch), ERR_HOSTILE);
	ck_assert_int_eq(n_entries(), 0);
	close_all();
}
END_TEST

START_TEST(what_was_granted_is_taken_back)
{
	struct import_counts counts;

	open_all();
	order = (struct import_order){0};
	decide(SENDER, TARGET, QUIN, EVENT_GRANT);
	ck_ok(import_them(IMPORT_GRANTED, NULL, OMAR, QUIN));
	take_back();
	ck_assert_str_eq(service_state(OMAR), "none");
	ck_assert_str_eq(service_state(QUIN), "granted by recipient");
	ck_ok(store_import_get(store, batch.id, arena, &batch));
	ck_assert_int_eq(batch.taken_back_at, NOW + 5);
	ck_ok(store_import_count(store, batch.id, NOW, &counts));
	ck_assert_int_eq(counts.outcomes[IMPORT_TAKEN_BACK], 1);
	ck_assert_int_eq(counts.removed, 1);
	ck_assert_int_eq(counts.states[PERMISSION_GRANTED], 1);
	close_all();
}
END_TEST

START_TEST(what_was_said_since_stays)
{
	open_all();
	order = (struct import_order){0};
	ck_ok(import_them(IMPORT_GRANTED, NULL, OMAR, PIA));
	decide(SENDER, TARGET, OMAR, EVENT_GRANT);
	decide(SENDER, TARGET, PIA, EVENT_DENY);
	take_back();
	ck_assert_str_eq(service_state(OMAR), "granted by recipient");
	ck_assert_str_eq(service_state(PIA), "denied by recipient");
	close_all();
}
END_TEST

/** Widened since, a list asks for more senders: that yes is another. */
START_TEST(a_yes_to_more_senders_stays)
{
	const struct list_target target = {.uri = LIST_URI, .now = NOW};
	struct stored_list list;

	open_all();
	order = (struct import_order){0};
	add_list(LIST_USE_OWNER, (struct kinds){0});
	ck_ok(import_them(IMPORT_GRANTED, "hikers", OMAR, PIA));
	ck_ok(store_list_find(store, LIST_URI, arena, &list));
	list.use = LIST_USE_MEMBERS;
	ck_ok(store_list_change(store, &target, &list, arena, &list));
	decide("*", LIST_URI, OMAR, EVENT_GRANT);
	take_back();
	ck_assert_str_eq(member_state(OMAR), "none");
	ck_assert_str_eq(state_of("*", LIST_URI, OMAR), "granted by recipient");
	ck_assert_str_eq(state_of("*", LIST_URI, PIA), "none");
	ck_assert_int_eq(n_entries(), 1);
	close_all();
}
END_TEST

START_TEST(what_a_later_batch_said_stays)
{
	struct import first;

	open_all();
	order = (struct import_order){0};
	ck_ok(import_them(IMPORT_GRANTED, NULL, OMAR, PIA));
	first = batch;
	ck_ok(import_them(IMPORT_GRANTED, NULL, OMAR, NULL));
	batch = first;
	take_back();
	ck_assert_str_eq(service_state(OMAR), "granted by import");
	ck_assert_str_eq(service_state(PIA), "none");
	close_all();
}
END_TEST

START_TEST(whom_a_later_batch_asks_for_is_still_asked)
{
	struct import first;

	open_all();
	order = (struct import_order){0};
	add_list(LIST_USE_OWNER, (struct kinds){0});
	ck_ok(import_them(IMPORT_ASK, "hikers", OMAR, PIA));
	first = batch;
	ck_ok(import_them(IMPORT_ASK, "hikers", OMAR, NULL));
	batch = first;
	take_back();
	ck_assert_str_eq(member_state(OMAR), "pending by admin");
	ck_assert_str_eq(member_state(PIA), "none");
	ck_assert_int_eq(n_entries(), 1);
	close_all();
}
END_TEST

/** What they granted themselves, under whatever name, needs the entry. */
START_TEST(an_entry_stays_for_a_yes_in_another_spelling)
{
	open_all();
	order = (struct import_order){0};
	add_list(LIST_USE_OWNER, (struct kinds){0});
	ck_ok(import_them(IMPORT_GRANTED, "hikers", OMAR, PIA));
	decide(OWNER, LIST_URI, "sips:omar@example.org", EVENT_GRANT);
	take_back();
	ck_assert_str_eq(member_state(OMAR), "none");
	ck_assert_str_eq(member_state("sips:omar@example.org"),
			 "granted by recipient");
	ck_assert_int_eq(n_entries(), 1);
	close_all();
}
END_TEST

START_TEST(questions_and_entries_are_taken_back)
{
	open_all();
	order = (struct import_order){0};
	add_list(LIST_USE_OWNER, (struct kinds){0});
	ck_ok(import_them(IMPORT_ASK, "hikers", OMAR, PIA));
	decide(OWNER, LIST_URI, PIA, EVENT_GRANT);
	take_back();
	ck_assert_str_eq(member_state(OMAR), "none");
	ck_assert_str_eq(member_state(PIA), "granted by recipient");
	ck_assert_int_eq(n_entries(), 1);
	close_all();
}
END_TEST

START_TEST(batches_are_found_by_their_key)
{
	struct import_filter filter = {.key = "k1", .page.limit = 10};
	struct import *rows;
	size_t n;

	open_all();
	order = (struct import_order){0};
	ck_ok(import_them(IMPORT_ASK, NULL, OMAR, NULL));
	order.batch.key = "k1";
	ck_ok(store_import_run(store, &order, &batch));
	ck_ok(store_import_list(store, &filter, arena, &rows, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(rows[0].id, batch.id);
	filter.key = NULL;
	ck_ok(store_import_list(store, &filter, arena, &rows, &n));
	ck_assert_uint_eq(n, 2);
	ck_err(store_import_get(store, 99, arena, &batch), ERR_UNKNOWN);
	close_all();
}
END_TEST

START_TEST(it_gives_way_to_a_deny_that_waits)
{
	atomic_uint n_first = 1;
	bool more = true;

	open_all();
	store->n_first = &n_first;
	order = (struct import_order){.gives_way = true};
	ck_err(import_them(IMPORT_GRANTED, NULL, OMAR, PIA), ERR_BUSY);
	ck_assert_str_eq(service_state(OMAR), "none");
	ck_assert_uint_eq(index_count(store->index), 0);
	order.gives_way = false;
	ck_ok(import_them(IMPORT_GRANTED, NULL, OMAR, PIA));
	ck_assert_uint_eq(index_count(store->index), 2);
	/* Taking back does at least one line a call. */
	ck_ok(store_import_take_back(store, batch.id, NOW + 5, &more));
	ck_assert(more);
	ck_assert_uint_eq(index_count(store->index), 1);
	take_back();
	ck_assert_uint_eq(index_count(store->index), 0);
	store->n_first = NULL;
	close_all();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("imports");
	TCase *cases = tcase_create("imports");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_test(cases, granted_by_evidence);
	tcase_add_test(cases, a_term_is_kept);
	tcase_add_test(cases, asked_one_by_one);
	tcase_add_loop_test(cases, a_no_wins, 0,
			    (int)(sizeof(noes) / sizeof(noes[0])));
	tcase_add_test(cases, a_no_of_which_only_the_hash_is_left_wins);
	tcase_add_test(cases, a_dry_run_changes_nothing);
	tcase_add_test(cases, into_a_list);
	tcase_add_test(cases, a_dead_reference_is_no_entry);
	tcase_add_test(cases, of_many_senders_a_list_asks_for_many);
	tcase_add_test(cases, what_a_list_cannot_take);
	tcase_add_test(cases, what_was_granted_is_taken_back);
	tcase_add_test(cases, what_was_said_since_stays);
	tcase_add_test(cases, a_yes_to_more_senders_stays);
	tcase_add_test(cases, what_a_later_batch_said_stays);
	tcase_add_test(cases, whom_a_later_batch_asks_for_is_still_asked);
	tcase_add_test(cases, an_entry_stays_for_a_yes_in_another_spelling);
	tcase_add_test(cases, questions_and_entries_are_taken_back);
	tcase_add_test(cases, batches_are_found_by_their_key);
	tcase_add_test(cases, it_gives_way_to_a_deny_that_waits);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
