#include "server/base/ttl_cache.h"

#include "server/base/arena.h"

#define WAYS 8

struct fact {
	struct hash128 key;
	int64_t until_ms; /* 0: free */
	uint32_t value;
};

struct ttl_cache {
	size_t mask;
	struct fact facts[][WAYS];
};

struct ttl_cache *ttl_cache_new(size_t places)
{
	struct ttl_cache *cache;
	size_t n = 1;

	while (n * WAYS < places)
		n *= 2;
	cache = mem_alloc(sizeof(*cache) + n * sizeof(struct fact[WAYS]));
	cache->mask = n - 1;
	return cache;
}

void ttl_cache_free(struct ttl_cache *cache)
{
	free(cache);
}

static bool is_key(const struct fact *fact, struct hash128 key)
{
	return hash_equal(fact->key, key);
}

void ttl_cache_put(struct ttl_cache *cache, struct hash128 key, uint32_t value,
		   int64_t until_ms)
{
	struct fact *set = cache->facts[key.a & cache->mask];
	struct fact *place = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (is_key(&set[i], key)) {
			place = &set[i];
			break;
		}
		if (set[i].until_ms < place->until_ms)
			place = &set[i];
	}
	*place = (struct fact){key, until_ms, value};
}

bool ttl_cache_get(const struct ttl_cache *cache, struct hash128 key,
		   int64_t now_ms, uint32_t *ret)
{
	const struct fact *set = cache->facts[key.a & cache->mask];

	for (size_t i = 0; i < WAYS; i++) {
		if (is_key(&set[i], key) && set[i].until_ms > now_ms) {
			*ret = set[i].value;
			return true;
		}
	}
	return false;
}
