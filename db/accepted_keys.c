#include "db/accepted_keys.h"

#include <string.h>

#include "db/journal.h"
#include "server/base/arena.h"
#include "server/base/random.h"
#include "server/base/siphash.h"

#define FIRST_BUCKETS 256 /**< a power of two, as all that follow */

/** One entry, in two chains. */
struct key {
	struct key *next_by_key, *next_by_id;
	uint64_t hash;
	int64_t id;
	uint8_t key[HASH_LEN];
};

struct accepted_keys {
	struct key **by_key, **by_id;
	size_t n_buckets, used;
	struct hash_key secret; /**< who sends cannot aim at one chain */
};

static struct key **buckets_new(size_t n)
{
	return mem_alloc(n * sizeof(struct key *));
}

struct accepted_keys *accepted_keys_new(void)
{
	struct accepted_keys *keys = mem_alloc(sizeof(*keys));

	*keys = (struct accepted_keys){.n_buckets = FIRST_BUCKETS};
	random_bytes(&keys->secret, sizeof(keys->secret));
	keys->by_key = buckets_new(FIRST_BUCKETS);
	keys->by_id = buckets_new(FIRST_BUCKETS);
	return keys;
}

void accepted_keys_free(struct accepted_keys *keys)
{
	struct key *key;

	if (!keys)
		return;
	for (size_t i = 0; i < keys->n_buckets; i++) {
		while ((key = keys->by_id[i])) {
			keys->by_id[i] = key->next_by_id;
			free(key);
		}
	}
	free(keys->by_key);
	free(keys->by_id);
	free(keys);
}

static struct key **chain_of_hash(const struct accepted_keys *keys,
				  uint64_t hash)
{
	return &keys->by_key[hash & (keys->n_buckets - 1)];
}

/* Ids come one after the other: they spread by themselves. */
static struct key **chain_of_id(const struct accepted_keys *keys, int64_t id)
{
	return &keys->by_id[(uint64_t)id & (keys->n_buckets - 1)];
}

static void chain_in(struct accepted_keys *keys, struct key *key)
{
	struct key **by_key = chain_of_hash(keys, key->hash);
	struct key **by_id = chain_of_id(keys, key->id);

	key->next_by_key = *by_key;
	*by_key = key;
	key->next_by_id = *by_id;
	*by_id = key;
}

static void grow(struct accepted_keys *keys)
{
	struct key **old = keys->by_id, *key;
	size_t n_old = keys->n_buckets;

	free(keys->by_key);
	keys->n_buckets *= 2;
	keys->by_key = buckets_new(keys->n_buckets);
	keys->by_id = buckets_new(keys->n_buckets);
	for (size_t i = 0; i < n_old; i++) {
		while ((key = old[i])) {
			old[i] = key->next_by_id;
			chain_in(keys, key);
		}
	}
	free(old);
}

static uint64_t hash_of(const struct accepted_keys *keys,
			const uint8_t key[HASH_LEN])
{
	return hash_128(&keys->secret, key, KEY_NAME_LEN).a;
}

int64_t accepted_keys_find(const struct accepted_keys *keys,
			   const uint8_t key[HASH_LEN], bool *ret_is_same)
{
	uint64_t hash = hash_of(keys, key);
	const struct key *each = *chain_of_hash(keys, hash);

	while (each && (each->hash != hash ||
			memcmp(each->key, key, KEY_NAME_LEN) != 0))
		each = each->next_by_key;
	if (!each)
		return 0;
	*ret_is_same = memcmp(each->key, key, HASH_LEN) == 0;
	return each->id;
}

void accepted_keys_put(struct accepted_keys *keys, const uint8_t key[HASH_LEN],
		       int64_t id)
{
	struct key *new = mem_alloc(sizeof(*new));

	accepted_keys_remove(keys, id);
	if (keys->used == keys->n_buckets)
		grow(keys);
	new->hash = hash_of(keys, key);
	new->id = id;
	memcpy(new->key, key, HASH_LEN);
	chain_in(keys, new);
	keys->used++;
}

bool accepted_keys_has(const struct accepted_keys *keys, int64_t id)
{
	const struct key *key = *chain_of_id(keys, id);

	while (key && key->id != id)
		key = key->next_by_id;
	return key != NULL;
}

void accepted_keys_remove(struct accepted_keys *keys, int64_t id)
{
	struct key **by_id = chain_of_id(keys, id), **by_key, *key;

	while (*by_id && (*by_id)->id != id)
		by_id = &(*by_id)->next_by_id;
	key = *by_id;
	if (!key)
		return;
	*by_id = key->next_by_id;
	by_key = chain_of_hash(keys, key->hash);
	while (*by_key != key)
		by_key = &(*by_key)->next_by_key;
	*by_key = key->next_by_key;
	free(key);
	keys->used--;
}
