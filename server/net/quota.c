#include "server/net/quota.h"

#include "server/base/arena.h"
#include "server/base/ip_bytes.h"
#include "server/base/random.h"

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Of output one message may be more than it was when it came, and its buffer
 * grows by doubling. */
static size_t largest_queue(enum quota_kind kind, size_t message_max)
{
	return kind == QUOTA_OUT || kind == QUOTA_OPENED_OUT ? 4 * message_max
							     : message_max;
}

/*
 * A stranger's quota takes one message of the largest kind: some clients send
 * all of it before they are asked who they are.  Strangers together get half of
 * what those who are known get.
 */
void quotas_init(struct quotas *quotas, size_t places, size_t held_max,
		 size_t message_max)
{
	size_t n = 64, all = larger(held_max, 4 * message_max);

	while (n < 2 * places && n < (1 << 20))
		n *= 2;
	*quotas = (struct quotas){.mask = n - 1};
	random_bytes(&quotas->key, sizeof(quotas->key));
	quotas->chains = mem_alloc(n * sizeof(*quotas->chains));
	for (size_t i = 0; i < n; i++)
		LIST_INIT(&quotas->chains[i]);
	for (int i = 0; i < QUOTA_KINDS; i++) {
		size_t one = largest_queue((enum quota_kind)i, message_max);

		quotas->most[QUOTA_LEVEL_SOURCE][i] = larger(all / 8, one);
		quotas->most[QUOTA_LEVEL_NETWORK][i] = larger(all / 4, one);
		quotas->most[QUOTA_LEVEL_ALL][i] = all;
	}
	quotas->most[QUOTA_LEVEL_SOURCE][QUOTA_UNIDENTIFIED] =
		larger(all / 32, message_max);
	quotas->most[QUOTA_LEVEL_NETWORK][QUOTA_UNIDENTIFIED] =
		larger(all / 16, message_max);
	quotas->most[QUOTA_LEVEL_ALL][QUOTA_UNIDENTIFIED] = all / 2;
}

void quotas_release(struct quotas *quotas)
{
	free(quotas->chains);
}

/* The network of a source, which may have the same bytes. */
static void network_of(const uint8_t source[16], uint8_t ret[16])
{
	size_t len = ip_bytes_are_v4(source) ? 15 : 6;

	memset(ret, 0, 16);
	memcpy(ret, source, len);
}

static struct quota *quota_of(struct quotas *quotas, const uint8_t key[16],
			      struct quota *network)
{
	uint8_t text[17];
	struct quota_chain *chain;
	struct quota *quota;

	memcpy(text, key, 16);
	text[16] = network != NULL;
	chain = &quotas->chains[hash_64(&quotas->key, text, sizeof(text)) &
				quotas->mask];
	LIST_FOREACH(quota, chain, in_chain)
	{
		if (quota->network == network &&
		    memcmp(quota->key, key, 16) == 0)
			break;
	}
	if (!quota) {
		quota = mem_alloc(sizeof(*quota));
		memcpy(quota->key, key, 16);
		quota->network = network;
		LIST_INSERT_HEAD(chain, quota, in_chain);
		if (network)
			network->references++;
	}
	quota->references++;
	return quota;
}

static void quota_release(struct quota *quota)
{
	if (--quota->references > 0)
		return;
	LIST_REMOVE(quota, in_chain);
	free(quota);
}

struct quota *quota_take(struct quotas *quotas, const uint8_t source[16])
{
	struct quota *network, *quota;
	uint8_t key[16];

	network_of(source, key);
	network = quota_of(quotas, key, NULL);
	quota = quota_of(quotas, source, network);
	quota_release(network); /* the source's quota holds it */
	return quota;
}

void quota_give_back(struct quota *quota)
{
	struct quota *network = quota->network;
	bool is_last = quota->references == 1;

	quota_release(quota);
	if (is_last)
		quota_release(network);
}

void quota_count_accepted(struct quota *quota, int by)
{
	quota->n_accepted += (size_t)by;
	quota->network->n_accepted += (size_t)by;
}

void quota_count_opened(struct quota *quota, int by)
{
	quota->n_opened += (size_t)by;
	quota->network->n_opened += (size_t)by;
}

void quota_count_half_open(struct quota *quota, int by)
{
	quota->n_half_open += (size_t)by;
	quota->network->n_half_open += (size_t)by;
}

void quota_charge(struct quotas *quotas, struct quota *quota,
		  enum quota_kind kind, size_t bytes)
{
	quota->bytes[kind] += bytes;
	quota->network->bytes[kind] += bytes;
	quotas->bytes[kind] += bytes;
}

void quota_refund(struct quotas *quotas, struct quota *quota,
		  enum quota_kind kind, size_t bytes)
{
	quota->bytes[kind] -= bytes;
	quota->network->bytes[kind] -= bytes;
	quotas->bytes[kind] -= bytes;
}

enum quota_level quota_limit(const struct quotas *quotas,
			     const struct quota *quota, enum quota_kind kind,
			     size_t more)
{
	const size_t held[QUOTA_LEVELS] = {
		quota->bytes[kind],
		quota->network->bytes[kind],
		quotas->bytes[kind],
	};

	for (int level = 0; level < QUOTA_LEVELS; level++)
		if (held[level] + more > quotas->most[level][kind])
			return (enum quota_level)level;
	return QUOTA_LEVELS;
}
