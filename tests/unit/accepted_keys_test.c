#include "tests/unit/db_help.h"

#include "db/accepted_keys.h"
#include "db/journal.h"

#define MANY 3000 /**< more than there are chains at first, several times */

static struct accepted_keys *keys;

static void make_keys(void)
{
	keys = accepted_keys_new();
}

static void drop_keys(void)
{
	accepted_keys_free(keys);
}

/** The key of number @p n. */
static const uint8_t *key_of(unsigned n)
{
	static uint8_t key[HASH_LEN];

	sha256(&n, sizeof(n), key);
	return key;
}

START_TEST(what_was_put_is_found_until_it_is_removed)
{
	bool is_same;

	for (unsigned n = 0; n < MANY; n++) {
		ck_assert_int_eq(accepted_keys_find(keys, key_of(n), &is_same),
				 0);
		accepted_keys_put(keys, key_of(n), 7 + n);
	}
	for (unsigned n = 0; n < MANY; n += 2)
		accepted_keys_remove(keys, 7 + n);
	for (unsigned n = 0; n < MANY; n++)
		ck_assert_int_eq(accepted_keys_find(keys, key_of(n), &is_same),
				 n % 2 ? 7 + n : 0);
	accepted_keys_remove(keys, 7); /* once more */
	accepted_keys_remove(keys, 7 + MANY);
}
END_TEST

START_TEST(an_id_has_one_key)
{
	bool is_same;

	accepted_keys_put(keys, key_of(1), 5);
	accepted_keys_put(keys, key_of(1), 5);
	accepted_keys_put(keys, key_of(2), 5);
	ck_assert_int_eq(accepted_keys_find(keys, key_of(1), &is_same), 0);
	ck_assert_int_eq(accepted_keys_find(keys, key_of(2), &is_same), 5);
	accepted_keys_remove(keys, 5);
	ck_assert_int_eq(accepted_keys_find(keys, key_of(2), &is_same), 0);
}
END_TEST

START_TEST(keys_that_begin_alike_are_one_request_with_other_content)
{
	uint8_t other[HASH_LEN];
	bool is_same;

	memcpy(other, key_of(1), HASH_LEN);
	accepted_keys_put(keys, other, 5);
	ck_assert_int_eq(accepted_keys_find(keys, other, &is_same), 5);
	ck_assert(is_same);
	other[HASH_LEN - 1] ^= 1;
	ck_assert_int_eq(accepted_keys_find(keys, other, &is_same), 5);
	ck_assert(!is_same);
	other[KEY_NAME_LEN] ^= 1;
	ck_assert_int_eq(accepted_keys_find(keys, other, &is_same), 5);
	other[KEY_NAME_LEN - 1] ^= 1;
	ck_assert_int_eq(accepted_keys_find(keys, other, &is_same), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys");
	TCase *tests = tcase_create("keys");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, make_keys, drop_keys);
	tcase_add_test(tests, what_was_put_is_found_until_it_is_removed);
	tcase_add_test(tests, an_id_has_one_key);
	tcase_add_test(
		tests,
		keys_that_begin_alike_are_one_request_with_other_content);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
