#include "server/base/hash_table.h"

#include <check.h>

#define MANY 100000

static struct hash_entry entries[MANY];

/* As a keyed hash gives them. */
static void entries_key(void)
{
	const struct hash_key key = {{7}};

	for (size_t i = 0; i < MANY; i++)
		entries[i].key = hash_128(&key, &i, sizeof(i));
}

static size_t chain_longest(const struct hash_table *table)
{
	size_t longest = 0;

	for (size_t i = 0; i < table->n_chains; i++) {
		size_t len = 0;

		for (const struct hash_entry *entry =
			     table->pieces[i / 1024][i % 1024];
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
	struct hash_table table;

	entries_key();
	hash_table_init(&table);
	for (size_t i = 0; i < MANY; i++) {
		size_t before = table.n_chains;

		hash_table_add(&table, &entries[i]);
		ck_assert_uint_le(table.n_chains - before, 2);
		ck_assert_uint_ge(table.n_chains, 2 * table.n);
		if (i % 9973 == 0)
			ck_assert_uint_le(chain_longest(&table), 16);
	}
	ck_assert_uint_le(chain_longest(&table), 16);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_ptr_eq(hash_table_find(&table, entries[i].key),
				 &entries[i]);
	hash_table_release(&table);
}
END_TEST

START_TEST(test_remove)
{
	struct hash_table table;

	entries_key();
	hash_table_init(&table);
	/* Like a queue: what came first goes first, while others come. */
	for (size_t i = 0; i < MANY; i++) {
		hash_table_add(&table, &entries[i]);
		if (i >= 5000)
			hash_table_remove(&table, &entries[i - 5000]);
		if (i >= 5000 && i % 997 == 0) {
			ck_assert_ptr_null(
				hash_table_find(&table, entries[i - 5000].key));
			ck_assert_ptr_eq(
				hash_table_find(&table, entries[i - 4999].key),
				&entries[i - 4999]);
		}
	}
	ck_assert_uint_eq(table.n, 5000);
	hash_table_release(&table);
}
END_TEST

START_TEST(test_same_key)
{
	struct hash_entry one = {.key = {1, 2}}, two = {.key = {1, 2}};
	struct hash_table table;

	hash_table_init(&table);
	hash_table_add(&table, &one);
	hash_table_add(&table, &two);
	ck_assert_ptr_nonnull(hash_table_find(&table, one.key));
	hash_table_remove(&table, &two);
	ck_assert_ptr_eq(hash_table_find(&table, one.key), &one);
	ck_assert_ptr_null(hash_table_find(&table, (struct hash128){1, 3}));
	hash_table_remove(&table, &one);
	ck_assert_ptr_null(hash_table_find(&table, one.key));
	hash_table_release(&table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hash_table");
	TCase *tcase = tcase_create("hash_table");
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
