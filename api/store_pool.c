#include "api/store_pool.h"

#include <pthread.h>

struct store_pool {
	pthread_mutex_t lock;
	pthread_cond_t given;
	char *path;
	size_t n;
	struct slot {
		struct store *store; /**< NULL: not opened yet */
		bool is_lent;
	} slots[];
};

struct store_pool *store_pool_new(const char *store_path, size_t n)
{
	size_t size = sizeof(struct store_pool) + n * sizeof(struct slot);
	struct store_pool *store_pool = mem_alloc(size);

	memset(store_pool, 0, size);
	pthread_mutex_init(&store_pool->lock, NULL);
	pthread_cond_init(&store_pool->given, NULL);
	store_pool->path = mem_strdup(store_path);
	store_pool->n = n;
	return store_pool;
}

void store_pool_free(struct store_pool *store_pool)
{
	if (!store_pool)
		return;
	for (size_t i = 0; i < store_pool->n; i++) {
		if (store_pool->slots[i].store)
			store_close(store_pool->slots[i].store);
	}
	pthread_cond_destroy(&store_pool->given);
	pthread_mutex_destroy(&store_pool->lock);
	free(store_pool->path);
	free(store_pool);
}

/** A free slot, opened ones first; NULL when all are lent. */
static struct slot *slot_free(struct store_pool *store_pool)
{
	struct slot *found = NULL;

	for (size_t i = 0; i < store_pool->n; i++) {
		struct slot *slot = &store_pool->slots[i];

		if (slot->is_lent)
			continue;
		if (slot->store)
			return slot;
		if (!found)
			found = slot;
	}
	return found;
}

/** Note what became of opening a slot that we were given. */
static void slot_give_back(struct store_pool *store_pool, struct slot *slot,
			   struct store *store)
{
	pthread_mutex_lock(&store_pool->lock);
	slot->store = store;
	slot->is_lent = store != NULL;
	if (!store)
		pthread_cond_signal(&store_pool->given);
	pthread_mutex_unlock(&store_pool->lock);
}

enum err store_pool_take(struct store_pool *store_pool, struct store **ret)
{
	struct store *store;
	struct slot *slot;

	pthread_mutex_lock(&store_pool->lock);
	while (!(slot = slot_free(store_pool)))
		pthread_cond_wait(&store_pool->given, &store_pool->lock);
	slot->is_lent = true;
	store = slot->store;
	pthread_mutex_unlock(&store_pool->lock);

	if (!store) {
		/* Without the lock: this may take its time. */
		enum err err = store_open(store_pool->path, STORE_READ, &store);

		slot_give_back(store_pool, slot, err ? NULL : store);
		if (err)
			return err;
	}
	*ret = store;
	return ERR_OK;
}

void store_pool_give(struct store_pool *store_pool, struct store *store)
{
	if (!store)
		return;
	pthread_mutex_lock(&store_pool->lock);
	for (size_t i = 0; i < store_pool->n; i++) {
		if (store_pool->slots[i].is_lent &&
		    store_pool->slots[i].store == store)
			store_pool->slots[i].is_lent = false;
	}
	pthread_cond_signal(&store_pool->given);
	pthread_mutex_unlock(&store_pool->lock);
}
