/* Stop lists: noes to many, in pieces, that any other word of theirs outlives.
 */
#include "tests/unit/store_help.h"

#include "db/imports.h"
#include "db/lists.h"
#include "db/store_private.h"

#define LIST_URI "sip:hikers@relay.example.com"
#define OMAR "sip:omar@example.org"
#define PIA "sip:pia@example.net"

static struct import batch;
static struct import_order order;

static void open_all(void)
{
	open_store();
	store->index = index_new();
}

static void close_all(void)
{
	index_free(store->index);
	close_store();
}

static struct import_line line_of(size_t number, const char *uri)
{
	return (struct import_line){.line = number,
				    .recipient = uri,
				    .recipient_uri = uri,
				    .expires_at = -1};
}

/** Everything that goes to @p a and @p b. */
static void order_of(const char *a, const char *b, int64_t at)
{
	struct import_line *lines = arena_array(arena, 2, sizeof(*lines));

	lines[0] = line_of(2, a);
	lines[1] = line_of(3, b);
	order = (struct import_order){.batch = {.mode = IMPORT_STOP,
						.sender = "anonymous",
						.target = "*",
						.created_at = at},
				      .lines = lines,
				      .n = 2};
}

static size_t run(void)
{
	size_t pieces = 0;

	for (; order.n_done < order.n; pieces++)
		ck_ok(store_import_stop_some(store, &order, &batch,
					     &order.n_done));
	return pieces;
}

static void stop(const char *a, const char *b, int64_t at)
{
	order_of(a, b, at);
	run();
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

static const char *stop_of(const char *recipient)
{
	return state_of("anonymous", "*", recipient);
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
					  .now = NOW});
}

static bool is_denied(const char *recipient, unsigned kind)
{
	const struct identity nora = {IDENTITY_DIGEST, {SENDER, NULL}};
	struct index_query *query = index_query_new(store->index, arena, &nora,
						    TARGET, kinds_only(kind));
	struct permission row;

	return index_decide(store->index, query, recipient, NOW + 9, &row)
		       .verdict == VERDICT_DENIED;
}

static void take_back(void)
{
	bool more = true;

	while (more)
		ck_ok(store_import_take_back(store, batch.id, NOW + 5, &more));
}

START_TEST(all_kinds_are_denied_whoever_sends)
{
	open_all();
	decide(SENDER, TARGET, OMAR, EVENT_GRANT);
	stop(OMAR, PIA, NOW + 1);
	ck_assert_uint_eq(order.counts[IMPORT_DID_STOP], 2);
	ck_assert_str_eq(stop_of(OMAR), "denied by import");
	ck_assert(is_denied(OMAR, KIND_MESSAGE));
	ck_assert(is_denied(PIA, KIND_CALL));
	ck_ok(store_import_get(store, batch.id, arena, &batch));
	ck_assert_int_eq(batch.mode, IMPORT_STOP);
	ck_assert_int_eq(batch.n_lines, 2);
	close_all();
}
END_TEST

START_TEST(the_same_list_again_changes_nothing)
{
	open_all();
	stop(OMAR, PIA, NOW + 1);
	stop(OMAR, PIA, NOW + 2);
	ck_assert_uint_eq(order.counts[IMPORT_DID_NOTHING], 2);
	close_all();
}
END_TEST

START_TEST(a_look_has_no_effect)
{
	open_all();
	stop(OMAR, "sip:quin@example.org", NOW + 1);
	order_of(OMAR, PIA, NOW + 2);
	ck_ok(store_import_stop_look(store, &order));
	ck_assert_uint_eq(order.counts[IMPORT_DID_STOP], 1);
	ck_assert_uint_eq(order.counts[IMPORT_DID_NOTHING], 1);
	ck_assert_str_eq(stop_of(PIA), "none");
	ck_assert(!is_denied(PIA, KIND_MESSAGE));
	close_all();
}
END_TEST

START_TEST(a_list_is_stopped_for_all_its_senders)
{
	const struct list_limits limits = {.lists = 3, .entries = 9};
	struct stored_list list = {
		.uri = LIST_URI, .name = "hikers", .owner = SENDER};

	open_all();
	order_of(OMAR, PIA, NOW);
	order.batch.sender = NULL;
	order.batch.target = LIST_URI;
	order.batch.list = "hikers";
	ck_err(store_import_stop_look(store, &order), ERR_UNKNOWN);
	ck_err(store_import_stop_some(store, &order, &batch, &order.n_done),
	       ERR_UNKNOWN);
	ck_ok(store_list_add(store, &list, &limits, arena, &list));
	run();
	ck_assert_str_eq(state_of("anonymous", LIST_URI, PIA),
			 "denied by import");
	ck_assert(!is_denied(PIA, KIND_MESSAGE)); /* by another target */
	close_all();
}
END_TEST

/** Their yes would permit nothing, and they want to hear nothing. */
START_TEST(who_is_stopped_is_not_asked)
{
	const struct permission *asked = TRIPLE(SENDER, TARGET, OMAR);
	struct permission_found deny = {.arena = NULL};

	open_all();
	deny.arena = arena;
	ck_err(store_permission_silenced(store, asked, NOW, &deny),
	       ERR_UNKNOWN);
	ck_assert(!index_silences(store->index, asked, NOW));
	stop(OMAR, PIA, NOW);
	ck_ok(store_permission_silenced(store, asked, NOW, &deny));
	ck_assert_str_eq(deny.row.target, "*");
	ck_assert(index_silences(store->index, asked, NOW));
	ck_assert(!index_forbids_asking(store->index, asked, NOW));
	close_all();
}
END_TEST

START_TEST(it_is_taken_back)
{
	struct import_counts counts;

	open_all();
	decide(SENDER, TARGET, OMAR, EVENT_GRANT);
	stop(OMAR, PIA, NOW + 1);
	take_back();
	ck_assert_str_eq(stop_of(OMAR), "none");
	ck_assert_str_eq(stop_of(PIA), "none");
	/* Their own yes was never taken back. */
	ck_assert_str_eq(state_of(SENDER, TARGET, OMAR),
			 "granted by recipient");
	ck_ok(store_import_count(store, batch.id, NOW + 5, &counts));
	ck_assert_int_eq(counts.outcomes[IMPORT_TAKEN_BACK], 2);
	close_all();
}
END_TEST

START_TEST(what_they_said_themselves_stays)
{
	open_all();
	decide("anonymous", "*", OMAR, EVENT_DENY);
	stop(OMAR, PIA, NOW + 1);
	ck_assert_uint_eq(order.counts[IMPORT_DID_NOTHING], 1);
	decide("anonymous", "*", PIA, EVENT_DENY);
	take_back();
	ck_assert_str_eq(stop_of(OMAR), "denied by recipient");
	ck_assert_str_eq(stop_of(PIA), "denied by recipient");
	close_all();
}
END_TEST

/** A no to some kinds, whosever, stays theirs; the list forbids the others. */
START_TEST(what_was_denied_in_part_is_denied_whole)
{
	const enum permission_origin origin =
		_i ? ORIGIN_ADMIN : ORIGIN_RECIPIENT;
	struct permission_change no = {.sender = "anonymous",
				       .target = "*",
				       .recipient = OMAR,
				       .kinds = kinds_only(KIND_MESSAGE),
				       .event = EVENT_DENY,
				       .actor = origin,
				       .expires_at = -1,
				       .now = NOW};

	open_all();
	change(no);
	ck_assert(!is_denied(OMAR, KIND_CALL));
	stop(OMAR, PIA, NOW + 1);
	ck_assert(is_denied(OMAR, KIND_CALL));
	ck_assert(is_denied(OMAR, KIND_MESSAGE));
	ck_assert_str_eq(stop_of(OMAR),
			 _i ? "denied by admin" : "denied by recipient");
	stop(OMAR, PIA, NOW + 2);
	ck_assert(is_denied(OMAR, KIND_CALL));
	close_all();
}
END_TEST

START_TEST(a_yes_of_theirs_takes_its_place)
{
	open_all();
	stop(OMAR, PIA, NOW - 1);
	decide("anonymous", "*", OMAR, EVENT_GRANT);
	take_back();
	ck_assert_str_eq(stop_of(OMAR), "granted by recipient");
	ck_assert_str_eq(stop_of(PIA), "none");
	close_all();
}
END_TEST

START_TEST(what_a_later_list_says_stays)
{
	struct import first;

	open_all();
	stop(OMAR, PIA, NOW + 1);
	first = batch;
	stop(OMAR, "sip:quin@example.org", NOW + 2);
	batch = first;
	take_back();
	ck_assert_str_eq(stop_of(OMAR), "denied by import");
	ck_assert_str_eq(stop_of(PIA), "none");
	close_all();
}
END_TEST

/** A yes whose place the no took is gone: nobody is permitted by taking a no
 *  back. */
START_TEST(the_yes_in_its_place_does_not_come_back)
{
	open_all();
	decide(SENDER, TARGET, OMAR, EVENT_GRANT);
	order_of(OMAR, PIA, NOW + 1);
	order.batch.sender = SENDER;
	order.batch.target = TARGET;
	run();
	ck_assert_str_eq(state_of(SENDER, TARGET, OMAR), "denied by import");
	take_back();
	ck_assert_str_eq(state_of(SENDER, TARGET, OMAR), "none");
	close_all();
}
END_TEST

START_TEST(many_go_in_pieces_and_give_way)
{
	enum { N = 250 };
	struct import_line *lines = NULL;
	atomic_uint first = 1;

	open_all();
	lines = arena_array(arena, N, sizeof(*lines));
	for (size_t i = 0; i < N; i++)
		lines[i] = line_of(
			i + 2, arena_printf(arena, "sip:p%zu@h.example", i));
	order_of(OMAR, PIA, NOW);
	order.lines = lines;
	order.n = N;
	ck_ok(store_import_stop_some(store, &order, &batch, &order.n_done));
	ck_assert_uint_eq(order.n_done, 100);
	ck_assert(is_denied("sip:p99@h.example", KIND_MESSAGE));
	store->n_first = &first;
	ck_ok(store_import_stop_some(store, &order, &batch, &order.n_done));
	ck_assert_uint_eq(order.n_done, 101);
	store->n_first = NULL;
	ck_assert_uint_eq(run(), 2);
	ck_assert_uint_eq(order.counts[IMPORT_DID_STOP], N);
	take_back();
	ck_assert(!is_denied("sip:p249@h.example", KIND_MESSAGE));
	close_all();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stop_list");
	TCase *cases = tcase_create("stop_list");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_test(cases, all_kinds_are_denied_whoever_sends);
	tcase_add_test(cases, the_same_list_again_changes_nothing);
	tcase_add_test(cases, a_look_has_no_effect);
	tcase_add_test(cases, a_list_is_stopped_for_all_its_senders);
	tcase_add_test(cases, who_is_stopped_is_not_asked);
	tcase_add_test(cases, it_is_taken_back);
	tcase_add_test(cases, what_they_said_themselves_stays);
	tcase_add_loop_test(cases, what_was_denied_in_part_is_denied_whole, 0,
			    2);
	tcase_add_test(cases, a_yes_of_theirs_takes_its_place);
	tcase_add_test(cases, what_a_later_list_says_stays);
	tcase_add_test(cases, the_yes_in_its_place_does_not_come_back);
	tcase_add_test(cases, many_go_in_pieces_and_give_way);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
