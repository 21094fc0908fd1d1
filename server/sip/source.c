#include "server/sip/source.h"

#include "policies/limits.h"
#include "server/base/arena.h"
#include "server/base/token.h"

#define WAYS 8 /* places in one set */

struct source {
	uint8_t key[16];
	struct bucket bucket; /* a free place was never filled */
};

struct set {
	struct source sources[WAYS];
};

struct sources {
	struct hash_key key;
	size_t mask;
	struct set sets[];
};

struct sources *sources_new(size_t places)
{
	struct sources *sources;
	size_t n = 1;

	while (n * WAYS < places)
		n *= 2;
	sources = mem_alloc(sizeof(*sources) + n * sizeof(struct set));
	random_bytes(&sources->key, sizeof(sources->key));
	sources->mask = n - 1;
	return sources;
}

void sources_free(struct sources *sources)
{
	free(sources);
}

void source_of(const uint8_t address[16], uint8_t ret[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	memcpy(ret, address, 16);
	if (memcmp(address, mapped, sizeof(mapped)) != 0)
		memset(ret + 8, 0, 8);
}

/* The place of @p key in its set: its own, else that of the quietest. */
static struct source *source_find(struct set *set, const uint8_t key[16])
{
	struct source *oldest = &set->sources[0];

	for (size_t i = 0; i < WAYS; i++) {
		struct source *source = &set->sources[i];

		if (memcmp(source->key, key, sizeof(source->key)) == 0)
			return source;
		if (source->bucket.filled_ms < oldest->bucket.filled_ms)
			oldest = source;
	}
	*oldest = (struct source){.bucket = {0}};
	memcpy(oldest->key, key, sizeof(oldest->key));
	return oldest;
}

int64_t source_take(struct sources *sources, const uint8_t address[16],
		    int64_t now_ms, int rate, int burst)
{
	uint8_t key[16];
	size_t i;

	if (rate <= 0)
		return 0;
	source_of(address, key);
	i = hash_64(&sources->key, key, sizeof(key)) & sources->mask;
	return bucket_take(&source_find(&sources->sets[i], key)->bucket, now_ms,
			   rate, burst);
}
