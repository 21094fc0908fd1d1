/*
 * block_pool -- blocks of one size that are used again, the latest first: its
 * memory is still in the cache, and the system's allocator would join and split
 * it in between.  For one thread at a time.  Under the address sanitizer each
 * block is the system's, so that what is used after its end is found.
 */
#ifndef VOLENS_BASE_BLOCK_POOL_H
#define VOLENS_BASE_BLOCK_POOL_H

#include <stddef.h>

struct block_pool {
	size_t size; /**< bytes of a block, a pointer's at least */
	size_t most; /**< that are kept free */
	size_t n;    /**< free ones */
	void *first;
};

/** Not zeroed; never NULL. */
void *block_pool_take(struct block_pool *pool) __attribute__((returns_nonnull));
/** @p block may be NULL. */
void block_pool_give(struct block_pool *pool, void *block);
/** The free ones go; those that are taken may still be given back. */
void block_pool_release(struct block_pool *pool);

#endif
