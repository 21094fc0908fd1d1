/* A deny that was read counts, whatever becomes of the disk. */
#include "db/transaction.h"
#include "tests/unit/db_help.h"

static struct place place;
static struct arena *arena;
static struct index *index_;
static struct store *store;

#define OTHER "sip:carol@example.net"

static void setup(void)
{
	place_init(&place);
	arena = arena_new(0);
	index_ = index_new();
	ck_ok(store_open(place.path, STORE_WRITE, &store));
	store->index = index_;
}

static void teardown(void)
{
	store_close(store);
	index_free(index_);
	arena_free(arena);
	place_free(&place);
}

static enum err change(enum permission_event event,
		       enum permission_origin actor, const char *recipient)
{
	struct permission_change what = say(event, actor, recipient);
	struct permission row;

	return store_permission_change(store, &what, arena, &row);
}

static enum err deny(const char *recipient, const char *if_match)
{
	struct permission_change what =
		say(EVENT_DENY, ORIGIN_RECIPIENT, recipient);
	const char *const tags[] = {if_match, NULL};
	struct permission row;

	what.if_match = if_match ? tags : NULL;
	return store_permission_deny(store, &what, arena, &row);
}

/** The disk is full when the transaction is to end. */
static void deny_in_vain(const char *recipient)
{
	ck_ok(transaction_begin(store));
	ck_ok(deny(recipient, NULL));
	ck_assert_int_eq(verdict_of(index_, recipient), VERDICT_DENIED);
	ck_err(transaction_end(store, ERR_FULL), ERR_FULL);
}

START_TEST(ends_with_the_deny_on_disk)
{
	ck_ok(change(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_ok(deny(RECIPIENT, NULL));
	ck_assert_ptr_null(store->pending_denies);
	ck_assert_int_eq(verdict_of(index_, RECIPIENT), VERDICT_DENIED);
	/* Once more: nothing changes, and nothing stays. */
	ck_ok(deny(RECIPIENT, NULL));
	ck_assert_ptr_null(store->pending_denies);
}
END_TEST

START_TEST(stays_when_the_store_fails)
{
	static const char *const denied[] = {RECIPIENT, OTHER};

	for (size_t i = 0; i < 2; i++) {
		ck_ok(change(EVENT_GRANT, ORIGIN_RECIPIENT, denied[i]));
		deny_in_vain(denied[i]);
		deny_in_vain(denied[i]);
	}
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(verdict_of(index_, denied[i]), VERDICT_DENIED);
	/* Nobody else ends it. */
	ck_ok(change(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT));
	ck_assert_int_eq(verdict_of(index_, RECIPIENT), VERDICT_DENIED);
}
END_TEST

START_TEST(ends_with_a_later_reply)
{
	ck_ok(change(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	deny_in_vain(RECIPIENT);
	/* One that fails, too, ends nothing. */
	ck_ok(transaction_begin(store));
	ck_ok(change(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_err(transaction_end(store, ERR_FULL), ERR_FULL);
	ck_assert_int_eq(verdict_of(index_, RECIPIENT), VERDICT_DENIED);
	ck_ok(change(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_assert_int_eq(verdict_of(index_, RECIPIENT), VERDICT_GRANTED);
	ck_assert_ptr_null(store->pending_denies);
	deny_in_vain(RECIPIENT);
	ck_ok(deny(RECIPIENT, NULL));
	ck_assert_ptr_null(store->pending_denies);
}
END_TEST

/** As denies by tokens of permissions that were removed: no row, no id. */
START_TEST(each_without_a_row_is_its_own)
{
	deny_in_vain(RECIPIENT);
	deny_in_vain(OTHER);
	ck_assert_int_eq(verdict_of(index_, RECIPIENT), VERDICT_DENIED);
	ck_assert_int_eq(verdict_of(index_, OTHER), VERDICT_DENIED);
}
END_TEST

START_TEST(a_deny_of_another_state_denies_nothing)
{
	ck_ok(change(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_err(deny(RECIPIENT, "of-old"), ERR_PRECONDITION);
	ck_assert_int_eq(verdict_of(index_, RECIPIENT), VERDICT_GRANTED);
	ck_assert_ptr_null(store->pending_denies);
}
END_TEST

START_TEST(a_wider_deny_stands_against_others)
{
	struct permission_change grant =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);
	struct permission_change all =
		say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT);
	struct permission_result result;
	struct permission row;

	all.sender = "*";
	ck_ok(store_permission_deny(store, &all, arena, &row));
	ck_err(store_permission_set(store, &grant, arena, &result),
	       ERR_CONFLICT);
	ck_assert(!result.is_new);
	ck_assert_int_eq(result.was.id, row.id);
	/* One that is only pending has no row to name. */
	deny_in_vain(OTHER);
	grant.sender = "*@example.com";
	grant.recipient = OTHER;
	ck_ok(store_permission_set(store, &grant, arena, &result));
	all.recipient = OTHER;
	ck_ok(transaction_begin(store));
	ck_ok(store_permission_deny(store, &all, arena, &row));
	ck_err(transaction_end(store, ERR_FULL), ERR_FULL);
	ck_err(store_permission_set(store, &grant, arena, &result),
	       ERR_CONFLICT);
	ck_assert(result.is_new);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pending_denies");
	TCase *tcase = tcase_create("pending_denies");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, ends_with_the_deny_on_disk);
	tcase_add_test(tcase, stays_when_the_store_fails);
	tcase_add_test(tcase, ends_with_a_later_reply);
	tcase_add_test(tcase, each_without_a_row_is_its_own);
	tcase_add_test(tcase, a_deny_of_another_state_denies_nothing);
	tcase_add_test(tcase, a_wider_deny_stands_against_others);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
