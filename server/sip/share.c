#include "server/sip/share.h"

#include "server/base/arena.h"

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Of output one message may be more than it was when it came, and its buffer
 * grows by doubling. */
static size_t largest_queue(enum hold hold, size_t message_max)
{
	return hold == HOLD_OUT || hold == HOLD_OPENED_OUT ? 4 * message_max
							   : message_max;
}

/*
 * A stranger's share takes one message of the largest kind: some clients send
 * all of it before they are asked who they are.  Strangers together get half of
 * what those who are known get.
 */
void shares_init(struct shares *shares, size_t places, size_t held_max,
		 size_t message_max)
{
	size_t n = 64, all = larger(held_max, 4 * message_max);

	while (n < 2 * places && n < (1 << 20))
		n *= 2;
	*shares = (struct shares){.mask = n - 1};
	random_bytes(&shares->key, sizeof(shares->key));
	shares->chains = mem_alloc(n * sizeof(*shares->chains));
	for (size_t i = 0; i < n; i++)
		LIST_INIT(&shares->chains[i]);
	for (int i = 0; i < HOLDS; i++) {
		size_t one = largest_queue((enum hold)i, message_max);

		shares->most[LEVEL_SOURCE][i] = larger(all / 8, one);
		shares->most[LEVEL_NETWORK][i] = larger(all / 4, one);
		shares->most[LEVEL_ALL][i] = all;
	}
	shares->most[LEVEL_SOURCE][HOLD_STRANGER] =
		larger(all / 32, message_max);
	shares->most[LEVEL_NETWORK][HOLD_STRANGER] =
		larger(all / 16, message_max);
	shares->most[LEVEL_ALL][HOLD_STRANGER] = all / 2;
}

void shares_release(struct shares *shares)
{
	free(shares->chains);
}

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

/* The network of a source, which may have the same bytes. */
static void network_of(const uint8_t source[16], uint8_t ret[16])
{
	size_t len = memcmp(source, mapped, sizeof(mapped)) == 0 ? 15 : 6;

	memset(ret, 0, 16);
	memcpy(ret, source, len);
}

static struct share *share_of(struct shares *shares, const uint8_t key[16],
			      struct share *network)
{
	uint8_t text[17];
	struct share_chain *chain;
	struct share *share;

	memcpy(text, key, 16);
	text[16] = network != NULL;
	chain = &shares->chains[hash_64(&shares->key, text, sizeof(text)) &
				shares->mask];
	LIST_FOREACH(share, chain, in_chain)
	{
		if (share->network == network &&
		    memcmp(share->key, key, 16) == 0)
			break;
	}
	if (!share) {
		share = mem_alloc(sizeof(*share));
		memcpy(share->key, key, 16);
		share->network = network;
		LIST_INSERT_HEAD(chain, share, in_chain);
		if (network)
			network->references++;
	}
	share->references++;
	return share;
}

static void share_release(struct share *share)
{
	if (--share->references > 0)
		return;
	LIST_REMOVE(share, in_chain);
	free(share);
}

struct share *share_take(struct shares *shares, const uint8_t source[16])
{
	struct share *network, *share;
	uint8_t key[16];

	network_of(source, key);
	network = share_of(shares, key, NULL);
	share = share_of(shares, source, network);
	share_release(network); /* the source's share holds it */
	return share;
}

void share_give_back(struct share *share)
{
	struct share *network = share->network;
	bool is_last = share->references == 1;

	share_release(share);
	if (is_last)
		share_release(network);
}

void share_count_accepted(struct share *share, int by)
{
	share->n_accepted += (size_t)by;
	share->network->n_accepted += (size_t)by;
}

void share_count_opened(struct share *share, int by)
{
	share->n_opened += (size_t)by;
	share->network->n_opened += (size_t)by;
}

void share_hold(struct shares *shares, struct share *share, enum hold hold,
		size_t bytes)
{
	share->bytes[hold] += bytes;
	share->network->bytes[hold] += bytes;
	shares->bytes[hold] += bytes;
}

void share_let_go(struct shares *shares, struct share *share, enum hold hold,
		  size_t bytes)
{
	share->bytes[hold] -= bytes;
	share->network->bytes[hold] -= bytes;
	shares->bytes[hold] -= bytes;
}

enum level share_limit(const struct shares *shares, const struct share *share,
		       enum hold hold, size_t more)
{
	const size_t held[LEVELS] = {
		share->bytes[hold],
		share->network->bytes[hold],
		shares->bytes[hold],
	};

	for (int level = 0; level < LEVELS; level++)
		if (held[level] + more > shares->most[level][hold])
			return (enum level)level;
	return LEVELS;
}
