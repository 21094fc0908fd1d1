/*
 * sha256 -- SHA-256, HMAC with it, and a comparison in constant time.
 */
#ifndef VOLENS_BASE_SHA256_H
#define VOLENS_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_LEN 32 /**< bytes of a SHA-256 */

void sha256(const void *at, size_t len, uint8_t ret[HASH_LEN]);
void hmac_sha256(const uint8_t key[HASH_LEN], const void *at, size_t len,
		 uint8_t ret[HASH_LEN]);
/** Constant time; true when equal. */
bool bytes_equal(const void *a, const void *b, size_t len);

#endif
