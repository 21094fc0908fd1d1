#include "server/sip/recall.h"

#include "server/base/arena.h"

#define WAYS 8

struct fact {
	struct hash128 key;
	int64_t until_ms; /* 0: free */
	uint32_t value;
};

struct recall {
	size_t mask;
	struct fact facts[][WAYS];
};

struct recall *recall_new(size_t places)
{
	struct recall *recall;
	size_t n = 1;

	while (n * WAYS < places)
		n *= 2;
	recall = mem_alloc(sizeof(*recall) + n * sizeof(struct fact[WAYS]));
	recall->mask = n - 1;
	return recall;
}

void recall_free(struct recall *recall)
{
	free(recall);
}

static bool is_key(const struct fact *fact, struct hash128 key)
{
	return hash_equal(fact->key, key);
}

void recall_put(struct recall *recall, struct hash128 key, uint32_t value,
		int64_t until_ms)
{
	struct fact *set = recall->facts[key.a & recall->mask];
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

bool recall_get(const struct recall *recall, struct hash128 key, int64_t now_ms,
		uint32_t *ret)
{
	const struct fact *set = recall->facts[key.a & recall->mask];

	for (size_t i = 0; i < WAYS; i++) {
		if (is_key(&set[i], key) && set[i].until_ms > now_ms) {
			*ret = set[i].value;
			return true;
		}
	}
	return false;
}
