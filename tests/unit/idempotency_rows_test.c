/* Idempotency keys and kept answers in the store. */
#include "db/idempotency.h"
#include "db/transaction.h"
#include "tests/unit/store_help.h"

#define DAY IDEMPOTENCY_S

static struct idempotency_key key_of(const char *name, int64_t now)
{
	struct idempotency_key key = {
		.token = "admin", .key = name, .now = now};

	memset(key.hash, 7, sizeof(key.hash));
	return key;
}

static enum idempotency_claim claim(const struct idempotency_key *key,
				    struct kept_answer *ret)
{
	enum idempotency_claim claim;
	struct kept_answer ignored;

	ck_ok(store_idempotency_claim(store, key, arena, ret ? ret : &ignored,
				      &claim));
	return claim;
}

START_TEST(an_answer_is_kept_for_a_day_and_over_a_restart)
{
	struct idempotency_key key = key_of("one", NOW);
	struct kept_answer answer = {.status = 201,
				     .location = "/v1/users/7",
				     .content = VIEW("{\"id\":7}\n")};
	struct kept_answer got = {0};

	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_NEW);
	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_OPEN);
	ck_ok(store_idempotency_keep(store, &key, &answer));
	reopen_store();
	key.now = NOW + DAY - 1;
	ck_assert_int_eq(claim(&key, &got), IDEMPOTENCY_ANSWERED);
	ck_assert_int_eq(got.status, 201);
	ck_assert_str_eq(got.location, "/v1/users/7");
	ck_assert_ptr_null(got.etag);
	ck_assert(view_equal(got.content, answer.content));
	key.now = NOW + DAY;
	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_NEW);
}
END_TEST

START_TEST(a_key_names_one_request_of_one_token)
{
	struct idempotency_key key = key_of("one", NOW), other = key;

	other.hash[31] ^= 1;
	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_NEW);
	ck_assert_int_eq(claim(&other, NULL), IDEMPOTENCY_OTHER);
	other.token = "second";
	ck_assert_int_eq(claim(&other, NULL), IDEMPOTENCY_NEW);
	ck_ok(store_idempotency_drop(store, &key));
	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_NEW);
}
END_TEST

START_TEST(an_answer_of_any_size_is_not_kept)
{
	struct idempotency_key key = key_of("one", NOW);
	struct kept_answer answer = {.status = 201};
	char *bytes = arena_alloc(arena, IDEMPOTENCY_ANSWER_MAX + 1);

	memset(bytes, 'a', IDEMPOTENCY_ANSWER_MAX + 1);
	answer.content = (struct view){bytes, IDEMPOTENCY_ANSWER_MAX + 1};
	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_NEW);
	ck_err(store_idempotency_keep(store, &key, &answer), ERR_TOO_LARGE);
	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_OPEN);
	answer.content.len--;
	ck_ok(store_idempotency_keep(store, &key, &answer));
	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_ANSWERED);
}
END_TEST

/** Claims with the largest answers, until there is no room. */
static size_t fill(const char *token, int64_t now)
{
	struct kept_answer answer = {.status = 201};
	char *bytes = arena_alloc(arena, IDEMPOTENCY_ANSWER_MAX);

	memset(bytes, 'a', IDEMPOTENCY_ANSWER_MAX);
	answer.content = (struct view){bytes, IDEMPOTENCY_ANSWER_MAX};
	for (size_t n = 0;; n++) {
		struct idempotency_key key =
			key_of(arena_printf(arena, "%zu", n), now);

		key.token = token;
		if (claim(&key, NULL) == IDEMPOTENCY_FULL)
			return n;
		ck_ok(store_idempotency_keep(store, &key, &answer));
	}
}

START_TEST(the_bytes_of_a_token_and_of_all_are_bounded_until_they_end)
{
	size_t most = IDEMPOTENCY_BYTES_TOKEN / IDEMPOTENCY_ANSWER_MAX;
	struct idempotency_key key = key_of("0", NOW);

	ck_assert_uint_eq(fill("admin", NOW), most);
	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_ANSWERED);
	ck_assert_uint_eq(fill("second", NOW + 5), most);
	ck_assert_uint_eq(fill("third", NOW + 5), 0);
	/* Those of the first end, and what they took is free again. */
	ck_ok(store_idempotency_sweep(store, NOW + DAY));
	ck_assert_uint_eq(fill("third", NOW + DAY + 1), most);
	ck_assert_uint_eq(fill("fourth", NOW + DAY + 1), 0);
}
END_TEST

START_TEST(the_number_of_keys_of_a_token_is_bounded)
{
	char name[16];

	/* One transaction: this is about the bound, not about the disk. */
	ck_ok(transaction_begin(store));
	for (size_t i = 0; i < IDEMPOTENCY_KEYS_TOKEN; i++) {
		struct idempotency_key key = key_of(name, NOW);

		snprintf(name, sizeof(name), "%zu", i);
		ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_NEW);
	}
	struct idempotency_key key = key_of("more", NOW);

	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_FULL);
	key.token = "second";
	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_NEW);
	ck_ok(transaction_end(store, ERR_OK));
}
END_TEST

START_TEST(a_clock_that_was_ahead_leaves_nothing_for_ever)
{
	struct idempotency_key key = key_of("one", NOW + 400 * DAY);

	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_NEW);
	key.now = NOW;
	ck_assert_int_eq(claim(&key, NULL), IDEMPOTENCY_NEW);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("idempotency rows");
	TCase *tests = tcase_create("idempotency");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, an_answer_is_kept_for_a_day_and_over_a_restart);
	tcase_add_test(tests, a_key_names_one_request_of_one_token);
	tcase_add_test(tests, an_answer_of_any_size_is_not_kept);
	tcase_add_test(
		tests,
		the_bytes_of_a_token_and_of_all_are_bounded_until_they_end);
	tcase_add_test(tests, the_number_of_keys_of_a_token_is_bounded);
	tcase_add_test(tests, a_clock_that_was_ahead_leaves_nothing_for_ever);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
