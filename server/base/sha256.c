#include "server/base/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>

#include "server/base/err.h"

/* Fetched once: a fetch for each hash would cost more than the hash. */
static EVP_MD *sha256_md;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void sha256_fetch(void)
{
	sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void sha256(const void *at, size_t len, uint8_t ret[HASH_LEN])
{
	pthread_once(&sha256_once, sha256_fetch);
	if (!sha256_md || !EVP_Digest(at, len, ret, NULL, sha256_md, NULL))
		err_fatal("no SHA-256");
}

void hmac_sha256(const uint8_t key[HASH_LEN], const void *at, size_t len,
		 uint8_t ret[HASH_LEN])
{
	unsigned n = 0;

	if (!HMAC(EVP_sha256(), key, HASH_LEN, at, len, ret, &n) ||
	    n != HASH_LEN)
		err_fatal("no HMAC");
}

bool bytes_equal(const void *a, const void *b, size_t len)
{
	return !CRYPTO_memcmp(a, b, len);
}
