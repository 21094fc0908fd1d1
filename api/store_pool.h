/*
 * store_pool -- read handles of the store, lent to libmicrohttpd's threads.
 *
 * As many as there are threads, so that none ever waits; each is opened when it
 * is first needed.
 */
#ifndef VOLENS_API_STORE_POOL_H
#define VOLENS_API_STORE_POOL_H

#include "db/store.h"

struct store_pool;

struct store_pool *store_pool_new(const char *store_path, size_t n);
void store_pool_free(struct store_pool *store_pool);
/** Borrow one; errors of store_open(). */
enum err store_pool_take(struct store_pool *store_pool,
			 struct store **ret) MUST_CHECK;
/** Give it back; NULL is fine. */
void store_pool_give(struct store_pool *store_pool, struct store *store);

#endif
