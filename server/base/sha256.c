#include "server/base/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>

#include "server/base/err.h"

/* Fetched once, and a context for each thread: to make them for each hash would
 * cost more than the hash. */
static EVP_MD *sha256_md;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
static pthread_key_t context_key;
static _Thread_local EVP_MD_CTX *context;

static void context_free(void *at)
{
	context = NULL;
	EVP_MD_CTX_free(at);
}

static void sha256_fetch(void)
{
	sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!sha256_md || pthread_key_create(&context_key, context_free))
		err_fatal("no SHA-256");
}

static EVP_MD_CTX *context_of_thread(void)
{
	if (context)
		return context;
	pthread_once(&sha256_once, sha256_fetch);
	context = EVP_MD_CTX_new();
	if (!context)
		err_fatal("out of memory");
	pthread_setspecific(context_key, context);
	return context;
}

void sha256(const void *at, size_t len, uint8_t ret[HASH_LEN])
{
	EVP_MD_CTX *ctx = context_of_thread();

	if (!EVP_DigestInit_ex2(ctx, sha256_md, NULL) ||
	    !EVP_DigestUpdate(ctx, at, len) ||
	    !EVP_DigestFinal_ex(ctx, ret, NULL))
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
