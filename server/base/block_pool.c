#include "server/base/block_pool.h"

#include <string.h>

#include "server/base/arena.h"

#if defined(__SANITIZE_ADDRESS__)
#define BLOCKS_KEPT 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BLOCKS_KEPT 0
#endif
#endif
#ifndef BLOCKS_KEPT
#define BLOCKS_KEPT 1
#endif

void *block_pool_take(struct block_pool *pool)
{
	void *block = pool->first;

	if (!block)
		return mem_take(pool->size);
	memcpy(&pool->first, block, sizeof(pool->first));
	pool->n--;
	return block;
}

void block_pool_give(struct block_pool *pool, void *block)
{
	if (!block)
		return;
	if (!BLOCKS_KEPT || pool->n >= pool->most) {
		free(block);
		return;
	}
	memcpy(block, &pool->first, sizeof(pool->first));
	pool->first = block;
	pool->n++;
}

void block_pool_release(struct block_pool *pool)
{
	pool->most = 0;
	while (pool->first)
		free(block_pool_take(pool));
}
