/* Blocks that are used again. */
#include "server/base/block_pool.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 10
#define SIZE 40

START_TEST(blocks_do_not_overlap_and_no_more_are_kept)
{
	struct block_pool pool = {.size = SIZE, .most = BLOCKS / 2};
	unsigned char *blocks[BLOCKS];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < BLOCKS; i++) {
			blocks[i] = block_pool_take(&pool);
			memset(blocks[i], i, SIZE);
		}
		for (int i = 0; i < BLOCKS; i++) {
			for (int k = 0; k < SIZE; k++)
				ck_assert_int_eq(blocks[i][k], i);
			block_pool_give(&pool, blocks[i]);
			ck_assert_uint_le(pool.n, pool.most);
		}
	}
	block_pool_give(&pool, NULL);
	block_pool_release(&pool);
	ck_assert_ptr_null(pool.first);
	ck_assert_uint_eq(pool.n, 0);
}
END_TEST

START_TEST(one_may_come_back_after_the_end)
{
	struct block_pool pool = {.size = SIZE, .most = BLOCKS};
	void *block = block_pool_take(&pool);

	block_pool_release(&pool);
	block_pool_give(&pool, block);
	ck_assert_uint_eq(pool.n, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("block_pool");
	TCase *tcase = tcase_create("block_pool");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, blocks_do_not_overlap_and_no_more_are_kept);
	tcase_add_test(tcase, one_may_come_back_after_the_end);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
