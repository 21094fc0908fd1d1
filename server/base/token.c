#include "server/base/token.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <sys/random.h>

static const char letters[TOKEN_KINDS] = {
	[TOKEN_GRANT] = 'g', [TOKEN_DENY] = 'd', [TOKEN_TRIGGER] = 't'};

/* Fetched once: a fetch for each hash would cost more than the hash. */
static EVP_MD *sha256_md;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void sha256_fetch(void)
{
	sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void random_bytes(void *ret, size_t len)
{
	uint8_t *at = ret;

	while (len) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			err_fatal("no random numbers");
		at += n;
		len -= (size_t)n;
	}
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

struct token token_random(void)
{
	struct token token;

	random_bytes(token.bytes, sizeof(token.bytes));
	return token;
}

char token_letter(enum token_kind kind)
{
	return letters[kind];
}

void token_format(enum token_kind kind, const struct token *token, char *ret)
{
	ret[0] = letters[kind];
	ret[1] = '-';
	hex_encode(token->bytes, TOKEN_LEN, ret + 2);
}

enum err token_parse(struct view user, enum token_kind *ret_kind,
		     struct token *ret)
{
	enum token_kind kind;
	enum err err;

	if (user.len != 2 + TOKEN_HEX || user.at[1] != '-')
		return ERR_SYNTAX;
	for (kind = 0; kind < TOKEN_KINDS; kind++)
		if (letters[kind] == user.at[0])
			break;
	if (kind == TOKEN_KINDS)
		return ERR_SYNTAX;
	err = hex_decode(view_from(user, 2), ret->bytes, TOKEN_LEN);
	if (!err)
		*ret_kind = kind;
	return err;
}

void token_hash(enum token_kind kind, const struct token *token,
		uint8_t ret[HASH_LEN])
{
	uint8_t text[1 + TOKEN_LEN];

	text[0] = (uint8_t)letters[kind];
	memcpy(text + 1, token->bytes, TOKEN_LEN);
	sha256(text, sizeof(text), ret);
}
