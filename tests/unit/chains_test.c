#include "server/sip/chains.h"

#include <check.h>

#define MANY 100000

static struct chain entries[MANY];

/* As a keyed hash gives them. */
static void entries_key(void)
{
	const struct hash_key key = {{7}};

	for (size_t i = 0; i < MANY; i++)
		entries[i].key = hash_128(&key, &i, sizeof(i));
}

static size_t chain_longest(const struct chains *chains)
{
	size_t longest = 0;

	for (size_t i = 0; i < chains->n_chains; i++) {
		size_t len = 0;

		for (const struct chain *entry =
			     chains->pieces[i / 1024][i % 1024];
		     entry; entry = entry->next)
			len++;
		longest = len > longest ? len : longest;
	}
	return longest;
}

/* Whoever adds an entry moves those of two chains at the most: none of them is
 * long, so nobody ever waits for the table to grow. */
START_TEST(test_grows_by_few)
{
	struct chains chains;

	entries_key();
	chains_init(&chains);
	for (size_t i = 0; i < MANY; i++) {
		size_t before = chains.n_chains;

		chains_add(&chains, &entries[i]);
		ck_assert_uint_le(chains.n_chains - before, 2);
		ck_assert_uint_ge(chains.n_chains, 2 * chains.n);
		if (i % 9973 == 0)
			ck_assert_uint_le(chain_longest(&chains), 16);
	}
	ck_assert_uint_le(chain_longest(&chains), 16);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_ptr_eq(chains_find(&chains, entries[i].key),
				 &entries[i]);
	chains_release(&chains);
}
END_TEST

START_TEST(test_remove)
{
	struct chains chains;

	entries_key();
	chains_init(&chains);
	/* Like a queue: what came first goes first, while others come. */
	for (size_t i = 0; i < MANY; i++) {
		chains_add(&chains, &entries[i]);
		if (i >= 5000)
			chains_remove(&chains, &entries[i - 5000]);
		if (i >= 5000 && i % 997 == 0) {
			ck_assert_ptr_null(
				chains_find(&chains, entries[i - 5000].key));
			ck_assert_ptr_eq(
				chains_find(&chains, entries[i - 4999].key),
				&entries[i - 4999]);
		}
	}
	ck_assert_uint_eq(chains.n, 5000);
	chains_release(&chains);
}
END_TEST

START_TEST(test_same_key)
{
	struct chain one = {.key = {1, 2}}, two = {.key = {1, 2}};
	struct chains chains;

	chains_init(&chains);
	chains_add(&chains, &one);
	chains_add(&chains, &two);
	ck_assert_ptr_nonnull(chains_find(&chains, one.key));
	chains_remove(&chains, &two);
	ck_assert_ptr_eq(chains_find(&chains, one.key), &one);
	ck_assert_ptr_null(chains_find(&chains, (struct hash128){1, 3}));
	chains_remove(&chains, &one);
	ck_assert_ptr_null(chains_find(&chains, one.key));
	chains_release(&chains);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chains");
	TCase *tcase = tcase_create("chains");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, test_grows_by_few);
	tcase_add_test(tcase, test_remove);
	tcase_add_test(tcase, test_same_key);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
