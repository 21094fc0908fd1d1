#include "server/base/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "server/base/random.h"

struct seal_key seal_key_of(const struct secret *secret, const char *label)
{
	struct seal_key key;

	secret_key(secret, label, key.bytes);
	return key;
}

/* A context with key and nonce, and @p place in what the tag covers. */
static EVP_CIPHER_CTX *cipher_begin(const struct seal_key *key,
				    const uint8_t nonce[SEAL_NONCE_LEN],
				    struct view place, int encrypts)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len;

	if (!ctx ||
	    !EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes, nonce,
			       encrypts) ||
	    (place.len &&
	     !EVP_CipherUpdate(ctx, NULL, &len, (const uint8_t *)place.at,
			       (int)place.len)))
		err_fatal("no AES-256-GCM");
	return ctx;
}

void seal_close(const struct seal_key *key, struct view place, struct view text,
		struct text *ret)
{
	uint8_t nonce[SEAL_NONCE_LEN], tag[SEAL_TAG_LEN];
	uint8_t *bytes = mem_alloc(text.len + 1);
	EVP_CIPHER_CTX *ctx;
	int len = 0, rest = 0;

	random_bytes(nonce, sizeof(nonce));
	ctx = cipher_begin(key, nonce, place, 1);
	if (!EVP_CipherUpdate(ctx, bytes, &len, (const uint8_t *)text.at,
			      (int)text.len) ||
	    !EVP_CipherFinal_ex(ctx, bytes + len, &rest) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, SEAL_TAG_LEN, tag))
		err_fatal("no AES-256-GCM");
	EVP_CIPHER_CTX_free(ctx);
	text_add_bytes(ret, (const char *)nonce, sizeof(nonce));
	text_add_bytes(ret, (const char *)bytes, (size_t)(len + rest));
	text_add_bytes(ret, (const char *)tag, sizeof(tag));
	free(bytes);
}

enum err seal_open(const struct seal_key *key, struct view place,
		   struct view sealed, struct text *ret)
{
	const uint8_t *at = (const uint8_t *)sealed.at;
	uint8_t tag[SEAL_TAG_LEN], *bytes;
	EVP_CIPHER_CTX *ctx;
	size_t room;
	int len = 0, rest = 0;
	bool is_good;

	if (sealed.len < SEAL_NONCE_LEN + SEAL_TAG_LEN)
		return ERR_SYNTAX;
	room = sealed.len - SEAL_NONCE_LEN - SEAL_TAG_LEN;
	memcpy(tag, at + SEAL_NONCE_LEN + room, SEAL_TAG_LEN);
	bytes = mem_alloc(room + 1);
	ctx = cipher_begin(key, at, place, 0);
	is_good = EVP_CipherUpdate(ctx, bytes, &len, at + SEAL_NONCE_LEN,
				   (int)room) &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, SEAL_TAG_LEN,
				      tag) &&
		  EVP_CipherFinal_ex(ctx, bytes + len, &rest) > 0;
	EVP_CIPHER_CTX_free(ctx);
	if (is_good)
		text_add_bytes(ret, (const char *)bytes, (size_t)(len + rest));
	OPENSSL_cleanse(bytes, room);
	free(bytes);
	return is_good ? ERR_OK : ERR_SYNTAX;
}
