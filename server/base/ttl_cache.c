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

/** Its place in its set; WAYS: it has none. */
static size_t place_of(const struct fact set[WAYS], struct hash128 key)
{
	size_t i = 0;

	while (i < WAYS && !is_key(&set[i], key))
		i++;
	return i;
}

static size_t first_to_end(const struct fact set[WAYS])
{
	size_t place = 0;

	for (size_t i = 1; i < WAYS; i++)
		if (set[i].until_ms < set[place].until_ms)
			place = i;
	return place;
}

void ttl_cache_put(struct ttl_cache *cache, struct hash128 key, uint32_t value,
		   int64_t until_ms)
{
	struct fact *set = cache->facts[key.a & cache->mask];
	size_t place = place_of(set, key);

	if (place == WAYS)
		place = first_to_end(set);
	set[place] = (struct fact){key, until_ms, value};
}

bool ttl_cache_get(const struct ttl_cache *cache, struct hash128 key,
		   int64_t now_ms, uint32_t *ret)
{
	const struct fact *set = cache->facts[key.a & cache->mask];
	size_t place = place_of(set, key);

	if (place == WAYS || set[place].until_ms <= now_ms)
		return false;
	*ret = set[place].value;
	return true;
}

uint32_t ttl_cache_count(struct ttl_cache *cache, struct hash128 key,
			 int64_t now_ms, int64_t until_ms)
{
	struct fact *set = cache->facts[key.a & cache->mask];
	size_t place = place_of(set, key);

	if (place < WAYS && set[place].until_ms > now_ms)
		return ++set[place].value;
	ttl_cache_put(cache, key, 1, until_ms);
	return 1;
}

void ttl_cache_forget(struct ttl_cache *cache, struct hash128 key)
{
	ttl_cache_put(cache, key, 0, 0);
}
