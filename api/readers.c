#include "api/readers.h"

#include <pthread.h>

struct readers {
	pthread_mutex_t lock;
	pthread_cond_t given;
	char *path;
	size_t n;
	struct slot {
		struct store *store; /**< NULL: not opened yet */
		bool is_lent;
	} slots[];
};

struct readers *readers_new(const char *store_path, size_t n)
{
	size_t size = sizeof(struct readers) + n * sizeof(struct slot);
	struct readers *readers = mem_alloc(size);

	memset(readers, 0, size);
	pthread_mutex_init(&readers->lock, NULL);
	pthread_cond_init(&readers->given, NULL);
	readers->path = mem_strdup(store_path);
	readers->n = n;
	return readers;
}

void readers_free(struct readers *readers)
{
	if (!readers)
		return;
	for (size_t i = 0; i < readers->n; i++) {
		if (readers->slots[i].store)
			store_close(readers->slots[i].store);
	}
	pthread_cond_destroy(&readers->given);
	pthread_mutex_destroy(&readers->lock);
	free(readers->path);
	free(readers);
}

/** A free slot, opened ones first; NULL when all are lent. */
static struct slot *slot_free(struct readers *readers)
{
	struct slot *found = NULL;

	for (size_t i = 0; i < readers->n; i++) {
		struct slot *slot = &readers->slots[i];

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
static void slot_settle(struct readers *readers, struct slot *slot,
			struct store *store)
{
	pthread_mutex_lock(&readers->lock);
	slot->store = store;
	slot->is_lent = store != NULL;
	if (!store)
		pthread_cond_signal(&readers->given);
	pthread_mutex_unlock(&readers->lock);
}

enum err readers_take(struct readers *readers, struct store **ret)
{
	struct store *store;
	struct slot *slot;

	pthread_mutex_lock(&readers->lock);
	while (!(slot = slot_free(readers)))
		pthread_cond_wait(&readers->given, &readers->lock);
	slot->is_lent = true;
	store = slot->store;
	pthread_mutex_unlock(&readers->lock);

	if (!store) {
		/* Without the lock: this may take its time. */
		enum err err = store_open(readers->path, STORE_READ, &store);

		slot_settle(readers, slot, err ? NULL : store);
		if (err)
			return err;
	}
	*ret = store;
	return ERR_OK;
}

void readers_give(struct readers *readers, struct store *store)
{
	if (!store)
		return;
	pthread_mutex_lock(&readers->lock);
	for (size_t i = 0; i < readers->n; i++) {
		if (readers->slots[i].is_lent &&
		    readers->slots[i].store == store)
			readers->slots[i].is_lent = false;
	}
	pthread_cond_signal(&readers->given);
	pthread_mutex_unlock(&readers->lock);
}
