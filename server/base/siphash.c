#include "server/base/siphash.h"

#include <endian.h>
#include <string.h>

/* SipHash-2-4 (Aumasson and Bernstein, 2012). */

struct sip_state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static uint64_t read_word(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return le64toh(word);
}

/* The last bytes, fewer than a word. */
static uint64_t read_rest(const uint8_t *at, size_t len)
{
	uint64_t word = 0;

	while (len--)
		word = word << 8 | at[len];
	return word;
}

static inline void round_once(struct sip_state *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 = rotate(s->v2, 32);
}

static inline void absorb(struct sip_state *s, uint64_t word)
{
	s->v3 ^= word;
	round_once(s);
	round_once(s);
	s->v0 ^= word;
}

/* All of the text, its last word closed with its length; @p mark is what the
 * variant with 128 bits mixes into v1. */
static inline __attribute__((always_inline)) struct sip_state
absorb_all(const struct hash_key *key, const void *at, size_t len,
	   uint64_t mark)
{
	const uint8_t *bytes = at;
	uint64_t k0 = read_word(key->bytes), k1 = read_word(key->bytes + 8);
	struct sip_state s = {
		.v0 = k0 ^ 0x736f6d6570736575,
		.v1 = k1 ^ 0x646f72616e646f6d ^ mark,
		.v2 = k0 ^ 0x6c7967656e657261,
		.v3 = k1 ^ 0x7465646279746573,
	};
	size_t left = len;
	uint64_t rest;

	for (; left >= 8; left -= 8, bytes += 8)
		absorb(&s, read_word(bytes));
	if (left && len >= 8) /* with the bytes before it, a word */
		rest = read_word(bytes + left - 8) >> (64 - 8 * left);
	else
		rest = read_rest(bytes, left);
	absorb(&s, rest | (uint64_t)len << 56);
	return s;
}

static uint64_t squeeze(struct sip_state *s)
{
	round_once(s);
	round_once(s);
	round_once(s);
	round_once(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t hash_64(const struct hash_key *key, const void *at, size_t len)
{
	struct sip_state s = absorb_all(key, at, len, 0);

	s.v2 ^= 0xff;
	return squeeze(&s);
}

struct hash128 hash_128(const struct hash_key *key, const void *at, size_t len)
{
	struct sip_state s = absorb_all(key, at, len, 0xee);
	struct hash128 hash;

	s.v2 ^= 0xee;
	hash.a = squeeze(&s);
	s.v1 ^= 0xdd;
	hash.b = squeeze(&s);
	return hash;
}
