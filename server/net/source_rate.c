#include "server/net/source_rate.h"

#include "policies/limits.h"
#include "server/base/arena.h"
#include "server/base/ip_bytes.h"
#include "server/base/random.h"
#include "server/base/siphash.h"

#define WAYS 8 /* places in one set */

struct source_rate {
	uint8_t key[16];
	struct bucket bucket; /* a free place was never filled */
};

struct set {
	struct source_rate rates[WAYS];
};

struct source_rates {
	struct hash_key key;
	size_t mask;
	struct set sets[];
};

struct source_rates *source_rates_new(size_t places)
{
	struct source_rates *rates;
	size_t n = 1;

	while (n * WAYS < places)
		n *= 2;
	rates = mem_alloc(sizeof(*rates) + n * sizeof(struct set));
	random_bytes(&rates->key, sizeof(rates->key));
	rates->mask = n - 1;
	return rates;
}

void source_rates_free(struct source_rates *rates)
{
	free(rates);
}

void source_of(const uint8_t address[16], uint8_t ret[16])
{
	memcpy(ret, address, 16);
	if (!ip_bytes_are_v4(address))
		memset(ret + 8, 0, 8);
}

/* The place of @p key in its set: its own, else that of the quietest. */
static struct source_rate *source_rate_find(struct set *set,
					    const uint8_t key[16])
{
	struct source_rate *oldest = &set->rates[0];

	for (size_t i = 0; i < WAYS; i++) {
		struct source_rate *source = &set->rates[i];

		if (memcmp(source->key, key, sizeof(source->key)) == 0)
			return source;
		if (source->bucket.filled_ms < oldest->bucket.filled_ms)
			oldest = source;
	}
	*oldest = (struct source_rate){.bucket = {0}};
	memcpy(oldest->key, key, sizeof(oldest->key));
	return oldest;
}

int64_t source_rate_take(struct source_rates *rates, const uint8_t address[16],
			 int64_t now_ms, int rate, int burst)
{
	uint8_t key[16];
	size_t i;

	if (rate <= 0)
		return 0;
	source_of(address, key);
	i = hash_64(&rates->key, key, sizeof(key)) & rates->mask;
	return bucket_take(&source_rate_find(&rates->sets[i], key)->bucket,
			   now_ms, rate, burst);
}

int64_t source_rate_take_peer(struct source_rates *rates,
			      const struct peer *peer, int64_t now_ms, int rate,
			      int burst)
{
	uint8_t address[16];

	address_bytes(&peer->address, address);
	return source_rate_take(rates, address, now_ms, rate, burst);
}
