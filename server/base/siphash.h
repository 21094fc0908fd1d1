/*
 * siphash -- SipHash-2-4 for hash tables whose keys others choose.
 */
#ifndef VOLENS_BASE_SIPHASH_H
#define VOLENS_BASE_SIPHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** 128 bits, under a random key of the process. */
struct hash128 {
	uint64_t a, b;
};
static inline bool hash_equal(struct hash128 a, struct hash128 b)
{
	return a.a == b.a && a.b == b.b;
}
struct hash_key {
	uint8_t bytes[16];
};
struct hash128 hash_128(const struct hash_key *key, const void *at, size_t len);
/** 64 bits. */
uint64_t hash_64(const struct hash_key *key, const void *at, size_t len);

#endif
