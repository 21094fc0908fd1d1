/* Denies that an operator was told of: the recipient's own, and counted. */
#include "db/told.h"

#include <unistd.h>

#include "tests/unit/db_help.h"

#define DAY 86400

static struct place place;
static struct desk desk;
static struct arena *arena;

static void setup(void)
{
	place_init(&place);
	desk_open(&desk, place.path);
	arena = arena_new(0);
}

static void teardown(void)
{
	arena_free(arena);
	desk_close(&desk);
	place_free(&place);
}

static void restart(void)
{
	desk_close(&desk);
	desk_open(&desk, place.path);
}

/** The same record of denies beside a new store. */
static void restart_without_store(void)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	char path[128];

	desk_close(&desk);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", place.path, tails[i]);
		unlink(path);
	}
	ck_ok(desk_try(&desk, place.path, 1, NULL));
}

/** What was told last. */
static struct told_job {
	struct write_job job; /**< first */
	struct permission_change change;
	struct told told;
	struct permission_result result;
	struct past_decision *past;
	size_t n_past;
} last;

static enum err told_run(struct store *store, struct write_job *job)
{
	struct told_job *it = (struct told_job *)(void *)job;
	enum err err = store_permission_told(store, &it->change, &it->told,
					     arena, &it->result);

	if (err == ERR_OK)
		err = store_permission_past(store, it->result.row.id, arena,
					    &it->past, &it->n_past);
	return err;
}

static enum err tell_of(struct permission_change change)
{
	last = (struct told_job){.job.run = told_run,
				 .change = change,
				 .told = {.token = "desk", .per_day = 2}};
	return writer_call(desk.writer, &last.job);
}

static struct permission_change telling(const char *evidence)
{
	/* Actor and end are those of the recipient, whatever is said here. */
	struct permission_change change =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);

	change.evidence = evidence;
	change.expires_at = NOW + 1;
	return change;
}

static enum err tell(const char *evidence)
{
	return tell_of(telling(evidence));
}

static struct kinds kinds_from(const char *text)
{
	struct kinds kinds;

	ck_assert(kinds_read(text, &kinds));
	return kinds;
}

START_TEST(it_is_the_recipients_own)
{
	ck_ok(desk_change(&desk, say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)));
	ck_ok(tell("phone call"));
	ck_assert(!last.result.is_new);
	ck_assert(permission_is_own_deny(&last.result.row));
	ck_assert(last.result.row.all_kinds);
	ck_assert_int_eq(last.result.row.expires_at, 0);
	ck_assert_str_eq(last.result.row.evidence, "phone call");
	ck_assert_str_eq(last.result.row.recorded_by, "desk");
	ck_assert(last.told.is_new_word);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
	for (int i = 0; i < 2; i++, restart()) {
		ck_err(desk_change(&desk,
				   say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)),
		       ERR_CONFLICT);
		ck_err(desk_change(&desk,
				   say(EVENT_ADDED, ORIGIN_IMPORT, RECIPIENT)),
		       ERR_CONFLICT);
		ck_err(desk_change(&desk,
				   say(EVENT_REMOVED, ORIGIN_ADMIN, RECIPIENT)),
		       ERR_CONFLICT);
		ck_assert_int_eq(verdict_of(desk.index, RECIPIENT),
				 VERDICT_DENIED);
	}
	ck_ok(desk_change(&desk,
			  say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT)));
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_GRANTED);
}
END_TEST

START_TEST(a_no_of_the_operators_becomes_theirs)
{
	struct permission_change change =
		say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT);

	change.expires_at = NOW + DAY;
	ck_ok(desk_change(&desk, change));
	ck_ok(tell("phone call"));
	ck_assert(permission_is_own_deny(&last.result.row));
	ck_assert_int_eq(last.result.row.expires_at, 0);
	ck_assert(last.told.is_new_word);
	ck_assert_uint_eq(last.n_past, 1);
	ck_err(desk_change(&desk, say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)),
	       ERR_CONFLICT);
}
END_TEST

START_TEST(it_outlives_its_row)
{
	ck_ok(tell("phone call"));
	restart_without_store();
	ck_assert_uint_eq(index_rowless_count(desk.index), 1);
	ck_err(desk_change(&desk, say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)),
	       ERR_CONFLICT);
	/* It makes the row again, and is nothing new. */
	ck_ok(tell("letter"));
	ck_assert(last.result.is_new);
	ck_assert(!last.told.is_new_word);
	ck_assert_str_eq(last.result.row.evidence, "letter");
}
END_TEST

START_TEST(the_same_again_changes_nothing_and_costs_nothing)
{
	const char *etag;

	ck_ok(tell("phone call"));
	etag = last.result.row.etag;
	for (int i = 0; i < 5; i++) {
		ck_ok(tell("another phone call"));
		ck_assert_str_eq(last.result.was.etag, etag);
		ck_assert_str_eq(last.result.row.etag, etag);
		ck_assert_str_eq(last.result.row.evidence, "phone call");
		ck_assert(!last.told.is_new_word);
		ck_assert_uint_eq(last.n_past, 0);
	}
}
END_TEST

START_TEST(what_they_said_themselves_stays_theirs)
{
	struct permission_change deny =
		say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT);

	ck_ok(desk_change(&desk, deny));
	ck_ok(tell("phone call"));
	ck_assert_ptr_null(last.result.row.recorded_by);
	ck_assert_ptr_null(last.result.row.evidence);
	ck_assert(!last.told.is_new_word);
}
END_TEST

START_TEST(their_own_word_takes_its_place)
{
	ck_ok(tell("phone call"));
	ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)));
	ck_ok(tell("once more"));
	ck_assert_ptr_null(last.result.row.recorded_by);
	ck_assert_ptr_null(last.result.row.evidence);
	ck_assert_uint_eq(last.n_past, 1);
	ck_assert_str_eq(last.past[0].recorded_by, "desk");
	ck_assert_str_eq(last.past[0].evidence, "phone call");
	ck_assert_int_eq(last.past[0].origin, ORIGIN_RECIPIENT);
}
END_TEST

START_TEST(a_no_to_one_kind_is_widened_by_one_to_all)
{
	struct permission_change change = telling("no calls");

	change.kinds = kinds_from("call");
	ck_ok(tell_of(change));
	ck_assert(!last.result.row.all_kinds);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_MISSING);
	ck_ok(tell_of(change));
	ck_assert(!last.told.is_new_word);
	ck_ok(tell("nothing at all"));
	ck_assert(last.told.is_new_word);
	ck_assert(last.result.row.all_kinds);
	ck_assert_uint_eq(last.n_past, 0); /* the same word, more of it */
	ck_assert_str_eq(last.result.row.evidence, "nothing at all");
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_DENIED);
	/* It says less than what stands, which is in another row. */
	ck_ok(tell_of(change));
	ck_assert(last.result.row.all_kinds);
	ck_assert(!last.told.is_new_word);
}
END_TEST

START_TEST(some_kinds_of_a_permission_get_a_row_of_their_own)
{
	struct permission_change change =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);

	change.kinds = kinds_from("message,call");
	ck_ok(desk_change(&desk, change));
	change = telling("no calls");
	change.kinds = kinds_from("call");
	change.id = 1;
	ck_ok(tell_of(change));
	ck_assert(last.result.is_new);
	ck_assert_int_ne(last.result.row.id, 1);
	ck_assert_str_eq(last.result.row.recipient, RECIPIENT);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_GRANTED);
	change.kinds = kinds_from("refer");
	ck_err(tell_of(change), ERR_EXISTS);
	ck_assert_int_eq(last.result.was.id, 1);
	change.id = 77;
	ck_err(tell_of(change), ERR_UNKNOWN);
}
END_TEST

START_TEST(another_spelling_is_denied_and_nothing_new)
{
	struct permission_change change = telling("letter");

	ck_ok(tell("phone call"));
	change.recipient = RECIPIENT ";user=phone";
	ck_assert_int_eq(verdict_of(desk.index, change.recipient),
			 VERDICT_DENIED);
	ck_ok(tell_of(change));
	ck_assert(last.result.is_new);
	ck_assert(!last.told.is_new_word);
}
END_TEST

START_TEST(a_wider_one_is_another)
{
	struct permission_change change = telling("leave me alone");
	struct identity zoe = {IDENTITY_DIGEST, {"sip:zoe@example.org", NULL}};

	ck_ok(tell("phone call"));
	change.sender = change.target = "*";
	ck_ok(tell_of(change));
	ck_assert(last.told.is_new_word);
	ck_assert_int_eq(verdict_between(desk.index, &zoe, RECIPIENT),
			 VERDICT_DENIED);
	restart_without_store();
	ck_assert_int_eq(verdict_between(desk.index, &zoe, RECIPIENT),
			 VERDICT_DENIED);
}
END_TEST

static enum err tell_at(const char *recipient, int64_t now)
{
	struct permission_change change = telling("phone call");

	change.recipient = recipient;
	change.now = now;
	return tell_of(change);
}

START_TEST(a_token_records_so_many_a_day)
{
	int64_t midnight = (NOW / DAY + 1) * DAY;

	ck_ok(tell_at("sip:a@example.net", NOW));
	ck_ok(tell_at("sip:b@example.net", NOW));
	for (int i = 0; i < 2; i++, restart()) {
		ck_err(tell_at("sip:c@example.net", NOW), ERR_FORBIDDEN);
		ck_assert_int_eq(last.told.wait_s, midnight - NOW);
		ck_err(tell_at("sip:c@example.net", midnight - 1),
		       ERR_FORBIDDEN);
		ck_assert_int_eq(last.told.wait_s, 1);
		ck_assert_int_eq(verdict_of(desk.index, "sip:c@example.net"),
				 VERDICT_MISSING);
		/* What stands costs nothing; the recipients have no limit. */
		ck_ok(tell_at("sip:a@example.net", NOW));
		ck_ok(desk_change(&desk, say(EVENT_DENY, ORIGIN_RECIPIENT,
					     "sip:d@example.net")));
	}
	ck_ok(tell_at("sip:c@example.net", midnight));
	ck_ok(tell_at("sip:e@example.net", midnight));
	ck_err(tell_at("sip:f@example.net", midnight), ERR_FORBIDDEN);
	/* Another token has its own. */
	last.told.token = "night";
	ck_ok(writer_call(desk.writer, &last.job));
}
END_TEST

START_TEST(a_wrong_tag_changes_nothing)
{
	static const char *const tags[] = {"0123456789abcdef", NULL};
	struct permission_change change = telling("phone call");

	ck_ok(desk_change(&desk, say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)));
	change.id = 1;
	change.if_match = tags;
	ck_err(tell_of(change), ERR_PRECONDITION);
	ck_assert_int_eq(verdict_of(desk.index, RECIPIENT), VERDICT_GRANTED);
	change.if_match = NULL;
	ck_ok(tell_of(change));
	change.if_match = tags;
	ck_err(tell_of(change), ERR_PRECONDITION);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("told");
	TCase *tests = tcase_create("rows");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, it_is_the_recipients_own);
	tcase_add_test(tests, a_no_of_the_operators_becomes_theirs);
	tcase_add_test(tests, it_outlives_its_row);
	tcase_add_test(tests, the_same_again_changes_nothing_and_costs_nothing);
	tcase_add_test(tests, what_they_said_themselves_stays_theirs);
	tcase_add_test(tests, their_own_word_takes_its_place);
	tcase_add_test(tests, a_no_to_one_kind_is_widened_by_one_to_all);
	tcase_add_test(tests,
		       some_kinds_of_a_permission_get_a_row_of_their_own);
	tcase_add_test(tests, another_spelling_is_denied_and_nothing_new);
	tcase_add_test(tests, a_wider_one_is_another);
	tcase_add_test(tests, a_token_records_so_many_a_day);
	tcase_add_test(tests, a_wrong_tag_changes_nothing);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
