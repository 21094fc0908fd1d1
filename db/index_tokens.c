/*
 * Which tokens that deny were ever given out: a Bloom filter in blocks of a
 * cache line, so that guessing costs the relay no look at the disk.  The hash
 * of a token is random to whoever guesses, so its bytes say which bits are
 * meant. At 1,000,000 tokens one guess in some thousand passes, and meets the
 * disk; a token of ours always does.
 */
#include "db/index_private.h"

#define BITS_A_TOKEN 4

struct denies *denies_new(void)
{
	return mem_alloc(sizeof(struct denies));
}

void denies_free(struct denies *denies)
{
	free(denies);
}

static size_t number_at(const uint8_t hash[HASH_LEN], size_t at)
{
	return (size_t)(hash[at] << 8 | hash[at + 1]);
}

static size_t block_of(const uint8_t hash[HASH_LEN])
{
	return number_at(hash, 0) % DENY_BLOCKS;
}

/* Bit @p n of a token: a word of its block, and a bit of that. */
static uint64_t bit_of(const uint8_t hash[HASH_LEN], size_t n, size_t *ret_word)
{
	size_t bit = number_at(hash, 2 + 2 * n);

	*ret_word = bit / 64 % DENY_WORDS;
	return UINT64_C(1) << bit % 64;
}

void index_deny_add(struct index *index, const uint8_t hash[HASH_LEN])
{
	for (size_t n = 0; n < BITS_A_TOKEN; n++) {
		size_t word;
		uint64_t bit = bit_of(hash, n, &word);

		atomic_fetch_or(&index->denies->bits[block_of(hash)][word],
				bit);
	}
}

bool index_deny_known(const struct index *index, const uint8_t hash[HASH_LEN])
{
	for (size_t n = 0; n < BITS_A_TOKEN; n++) {
		size_t word;
		uint64_t bit = bit_of(hash, n, &word);

		if (!(atomic_load(&index->denies->bits[block_of(hash)][word]) &
		      bit))
			return false;
	}
	return true;
}
