/* Kinds of permissions in the store: what a yes and a no to some of them do. */
#include "tests/unit/db_help.h"

static struct place place;
static struct desk desk;

static void setup(void)
{
	place_init(&place);
	desk_open(&desk, place.path);
}

static void teardown(void)
{
	desk_close(&desk);
	place_free(&place);
}

static struct kinds kinds_from(const char *text)
{
	struct kinds kinds;

	ck_assert(kinds_read(text, &kinds));
	return kinds;
}

/** As a reply of the recipient, or as REST. */
static enum err set_run(struct store *store, struct write_job *job)
{
	const struct permission_change *change =
		&((struct change_job *)(void *)job)->change;
	struct arena *arena = arena_new(0);
	struct permission_found wider = {.arena = arena};
	struct permission row = {.sender = change->sender,
				 .target = change->target,
				 .recipient = change->recipient,
				 .kinds = change->kinds};
	struct permission_result result;
	enum err err = ERR_OK;

	if (change->actor != ORIGIN_RECIPIENT) {
		err = store_permission_set(store, change, arena, &result);
		arena_free(arena);
		return err;
	}
	if (change->event == EVENT_GRANT)
		err = store_permission_lift(store, &row, change->now, &wider);
	if (err == ERR_OK)
		err = store_permission_change(store, change, arena, &row);
	arena_free(arena);
	return err;
}

static enum err make(struct permission_change change)
{
	struct change_job job = {.job.run = set_run, .change = change};

	return writer_call(desk.writer, &job.job);
}

/** @p kinds NULL: a no to all. */
static enum err say_of(enum permission_event event,
		       enum permission_origin actor, const char *kinds)
{
	struct permission_change change = say(event, actor, RECIPIENT);

	if (kinds)
		change.kinds = kinds_from(kinds);
	return make(change);
}

static enum err say_for(enum permission_event event,
			enum permission_origin actor, const char *kinds,
			const char *recipient)
{
	struct permission_change change = say(event, actor, recipient);

	change.kinds = kinds_from(kinds);
	return make(change);
}

static enum verdict verdict_on(const char *kind)
{
	struct identity sender = {IDENTITY_DIGEST, {SENDER, NULL}};
	struct arena *arena = arena_new(0);
	struct permission row;
	enum verdict verdict =
		index_decide(desk.index,
			     index_query_new(desk.index, arena, &sender, TARGET,
					     kinds_from(kind)),
			     RECIPIENT, NOW, &row)
			.verdict;

	arena_free(arena);
	return verdict;
}

#define YES(kind) ck_assert_int_eq(verdict_on(kind), VERDICT_GRANTED)
#define NO(kind) ck_assert_int_eq(verdict_on(kind), VERDICT_DENIED)
#define NOTHING(kind) ck_assert_int_eq(verdict_on(kind), VERDICT_MISSING)

static void restart(void)
{
	desk_close(&desk);
	desk_open(&desk, place.path);
}

START_TEST(a_further_kind_is_a_permission_of_its_own)
{
	ck_ok(say_of(EVENT_GRANT, ORIGIN_RECIPIENT, "message"));
	ck_ok(say_of(EVENT_ADDED, ORIGIN_ADMIN, "call"));
	for (int i = 0; i < 2; i++, restart()) {
		YES("message");
		NOTHING("call");
	}
	ck_ok(say_of(EVENT_GRANT, ORIGIN_RECIPIENT, "call"));
	YES("message");
	YES("call");
	NOTHING("refer");
	/* A no to the further one leaves the first. */
	ck_ok(say_of(EVENT_DENY, ORIGIN_RECIPIENT, "call"));
	for (int i = 0; i < 2; i++, restart()) {
		YES("message");
		NO("call");
	}
}
END_TEST

START_TEST(no_kind_is_in_two_rows)
{
	ck_ok(say_of(EVENT_GRANT, ORIGIN_ADMIN, "message,call"));
	ck_err(say_of(EVENT_GRANT, ORIGIN_ADMIN, "call"), ERR_EXISTS);
	ck_err(say_of(EVENT_ADDED, ORIGIN_ADMIN, "call,refer"), ERR_EXISTS);
	ck_err(say_of(EVENT_DENY, ORIGIN_ADMIN, "call,refer"), ERR_EXISTS);
	ck_ok(say_of(EVENT_GRANT, ORIGIN_ADMIN, "refer"));
	ck_ok(say_of(EVENT_GRANT, ORIGIN_ADMIN, "event:reg"));
	for (int i = 0; i < 2; i++, restart()) {
		YES("call");
		YES("refer");
		YES("event:reg");
		NOTHING("event:mwi");
	}
}
END_TEST

START_TEST(some_kinds_of_a_row_are_denied)
{
	ck_ok(say_of(EVENT_GRANT, ORIGIN_ADMIN, "message,call,refer"));
	ck_ok(say_of(EVENT_DENY, ORIGIN_ADMIN, "call"));
	for (int i = 0; i < 2; i++, restart()) {
		YES("message");
		NO("call");
		YES("refer");
		NOTHING("recording");
	}
	/* And given back by whoever took them. */
	ck_ok(say_of(EVENT_GRANT, ORIGIN_ADMIN, "call"));
	YES("call");
}
END_TEST

START_TEST(a_no_without_kinds_ends_all)
{
	ck_ok(say_of(EVENT_GRANT, ORIGIN_ADMIN, "message"));
	ck_ok(say_of(EVENT_GRANT, ORIGIN_RECIPIENT, "call"));
	ck_ok(say_of(EVENT_GRANT, ORIGIN_ADMIN, "event:reg"));
	ck_ok(say_of(EVENT_DENY, ORIGIN_RECIPIENT, NULL));
	for (int i = 0; i < 2; i++, restart()) {
		NO("message");
		NO("call");
		NO("refer");
		NO("event:reg");
		NO("method:INFO");
	}
	ck_err(say_of(EVENT_ADDED, ORIGIN_ADMIN, "refer"), ERR_CONFLICT);
	ck_err(say_of(EVENT_GRANT, ORIGIN_ADMIN, "call"), ERR_CONFLICT);
}
END_TEST

START_TEST(a_later_yes_to_one_kind_brings_no_other_back)
{
	ck_ok(say_of(EVENT_GRANT, ORIGIN_ADMIN, "call"));
	ck_ok(say_for(EVENT_GRANT, ORIGIN_ADMIN, "recording",
		      RECIPIENT ";transport=tcp"));
	ck_ok(say_of(EVENT_GRANT, ORIGIN_RECIPIENT, "message"));
	ck_ok(say_of(EVENT_DENY, ORIGIN_RECIPIENT, NULL));
	ck_ok(say_of(EVENT_GRANT, ORIGIN_RECIPIENT, "message"));
	for (int i = 0; i < 2; i++, restart()) {
		YES("message");
		NO("call");
		NO("recording");
		NO("refer");
		NO("event:reg");
	}
	/* Nobody else lifts what is left of the no. */
	ck_err(say_of(EVENT_GRANT, ORIGIN_ADMIN, "refer"), ERR_CONFLICT);
	ck_err(say_of(EVENT_ADDED, ORIGIN_ADMIN, "event:reg"), ERR_CONFLICT);
	ck_ok(say_of(EVENT_GRANT, ORIGIN_RECIPIENT, "call"));
	YES("call");
	NO("refer");
}
END_TEST

/* ---- the record of revocations ------------------------------------------- */

static void copy(const char *from, const char *to)
{
	char command[300];

	snprintf(command, sizeof(command), "cp %s %s", from, to);
	ck_assert_int_eq(system(command), 0);
}

/** The store as it was @p before, or none. */
static void restore(const char *before)
{
	char problem[STORE_PROBLEM_MAX];

	desk_close(&desk);
	if (before)
		copy(before, place.path);
	else
		ck_assert_int_eq(remove(place.path), 0);
	ck_ok(desk_try(&desk, place.path, 1, problem));
}

START_TEST(an_older_file_lets_nothing_pass_that_was_denied)
{
	char before[128];

	snprintf(before, sizeof(before), "%s.before", place.path);
	ck_ok(say_of(EVENT_GRANT, ORIGIN_ADMIN, "message,refer"));
	ck_ok(say_of(EVENT_GRANT, ORIGIN_ADMIN, "call"));
	desk_close(&desk);
	copy(place.path, before);
	desk_open(&desk, place.path);
	ck_ok(say_of(EVENT_DENY, ORIGIN_RECIPIENT, "call"));
	ck_ok(say_of(EVENT_DENY, ORIGIN_RECIPIENT, "refer"));
	ck_ok(say_of(EVENT_DENY, ORIGIN_RECIPIENT, "event:reg"));
	restore(before);
	for (int i = 0; i < 2; i++, restore(NULL)) {
		if (i)
			NOTHING("message");
		else
			YES("message");
		NO("call");
		NO("refer");
		NO("event:reg");
		NOTHING("event:mwi");
	}
	restore(before);
	ck_ok(say_of(EVENT_DENY, ORIGIN_RECIPIENT, NULL));
	ck_ok(say_of(EVENT_GRANT, ORIGIN_RECIPIENT, "call"));
	for (int i = 0; i < 2; i++, restore(NULL)) {
		if (!i)
			YES("call");
		NO("message");
		NO("recording");
		NO("event:mwi");
	}
	ck_err(say_of(EVENT_GRANT, ORIGIN_ADMIN, "recording"), ERR_CONFLICT);
	ck_assert_int_eq(remove(before), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("permission_kinds");
	TCase *cases = tcase_create("kinds");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_further_kind_is_a_permission_of_its_own);
	tcase_add_test(cases, no_kind_is_in_two_rows);
	tcase_add_test(cases, some_kinds_of_a_row_are_denied);
	tcase_add_test(cases, a_no_without_kinds_ends_all);
	tcase_add_test(cases, a_later_yes_to_one_kind_brings_no_other_back);
	tcase_add_test(cases, an_older_file_lets_nothing_pass_that_was_denied);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
