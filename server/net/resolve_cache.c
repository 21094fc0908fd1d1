#include "server/base/random.h"
#include "server/net/resolve_private.h"

LIST_HEAD(cached_chain, cached);
TAILQ_HEAD(cached_list, cached);

struct cache {
	struct hash_key key;
	size_t mask, n, most;
	struct cached_list all; /* used last at the end */
	struct cached_chain chains[];
};

struct cache *cache_new(size_t most)
{
	struct cache *cache;
	size_t n = 16;

	while (n < most)
		n *= 2;
	cache = mem_alloc(sizeof(*cache) + n * sizeof(struct cached_chain));
	random_bytes(&cache->key, sizeof(cache->key));
	cache->mask = n - 1;
	cache->most = most;
	TAILQ_INIT(&cache->all);
	return cache;
}

static void cached_free(struct cache *cache, struct cached *cached)
{
	LIST_REMOVE(cached, in_chain);
	TAILQ_REMOVE(&cache->all, cached, in_all);
	cache->n--;
	free(cached->records);
	free(cached->key);
	free(cached);
}

void cache_free(struct cache *cache)
{
	if (!cache)
		return;
	while (!TAILQ_EMPTY(&cache->all))
		cached_free(cache, TAILQ_FIRST(&cache->all));
	free(cache);
}

static struct cached_chain *cache_chain(struct cache *cache, const char *key)
{
	return &cache->chains[hash_64(&cache->key, key, strlen(key)) &
			      cache->mask];
}

const struct cached *cache_find(struct cache *cache, const char *key,
				int64_t now_ms)
{
	struct cached *cached;

	LIST_FOREACH(cached, cache_chain(cache, key), in_chain)
	{
		if (strcmp(cached->key, key) == 0)
			break;
	}
	if (!cached)
		return NULL;
	if (cached->until_ms <= now_ms) {
		cached_free(cache, cached);
		return NULL;
	}
	TAILQ_REMOVE(&cache->all, cached, in_all);
	TAILQ_INSERT_TAIL(&cache->all, cached, in_all);
	return cached;
}

void cache_put(struct cache *cache, const char *key, struct cached what)
{
	struct cached_chain *chain = cache_chain(cache, key);
	struct cached *cached;

	LIST_FOREACH(cached, chain, in_chain)
	{
		if (strcmp(cached->key, key) == 0)
			break;
	}
	if (cached)
		cached_free(cache, cached);
	while (cache->n >= cache->most)
		cached_free(cache, TAILQ_FIRST(&cache->all));
	cached = mem_alloc(sizeof(*cached));
	*cached = what;
	cached->key = mem_strdup(key);
	LIST_INSERT_HEAD(chain, cached, in_chain);
	TAILQ_INSERT_TAIL(&cache->all, cached, in_all);
	cache->n++;
}
