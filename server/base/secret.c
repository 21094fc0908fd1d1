#include "server/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/random.h"

#define SECRET_LEN 32
#define AES_LEN 16

enum direction { DECIPHER, ENCIPHER, DIRECTIONS };

/* A context with its key that nobody uses at the moment: to make one costs ten
 * times as much as a block. */
struct cipher_spares {
	_Atomic(EVP_CIPHER_CTX *) at[DIRECTIONS];
};

struct secret {
	uint8_t bytes[SECRET_LEN];
	uint8_t trigger_key[AES_LEN];
	EVP_CIPHER *aes;
	struct cipher_spares *spares;
};

static enum err err_of_errno(void)
{
	switch (errno) {
	case ENOENT:
		return ERR_UNKNOWN;
	case ENOSPC:
	case EDQUOT:
		return ERR_FULL;
	case EEXIST:
		return ERR_EXISTS;
	default:
		return ERR_IO;
	}
}

static enum err dir_sync(struct arena *arena, const char *path)
{
	int fd = open(dirname(arena_strdup(arena, path)),
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed;

	if (fd < 0)
		return ERR_IO;
	failed = fsync(fd);
	close(fd);
	return failed ? ERR_IO : ERR_OK;
}

static enum err file_write(const char *path, const uint8_t bytes[SECRET_LEN])
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum err err = ERR_OK;
	ssize_t n;

	if (fd < 0)
		return err_of_errno();
	n = write(fd, bytes, SECRET_LEN);
	if (n < 0)
		err = err_of_errno();
	else if (n != SECRET_LEN)
		err = ERR_FULL;
	else if (fsync(fd))
		err = ERR_IO;
	if (close(fd) && !err)
		err = ERR_IO;
	return err;
}

/*
 * Written beside its place and linked there when it is whole: a crash leaves no
 * half secret, and of two that start at once both get the same one.
 */
static enum err secret_create(const char *path)
{
	struct arena *arena = arena_new(0);
	char *fresh = arena_printf(arena, "%s.%ld.new", path, (long)getpid());
	uint8_t bytes[SECRET_LEN];
	enum err err;

	random_bytes(bytes, sizeof(bytes));
	unlink(fresh);
	err = file_write(fresh, bytes);
	if (!err && link(fresh, path) && errno != EEXIST)
		err = err_of_errno();
	unlink(fresh);
	if (!err)
		err = dir_sync(arena, path);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	arena_free(arena);
	return err == ERR_UNKNOWN ? ERR_IO : err;
}

/* Reads one byte more than there may be, to see that there is none. */
static enum err secret_read(int fd, struct secret *secret)
{
	uint8_t bytes[SECRET_LEN + 1];
	struct stat about;
	ssize_t n;

	if (fstat(fd, &about))
		return ERR_IO;
	if (!S_ISREG(about.st_mode))
		return ERR_SYNTAX;
	if (about.st_mode & (S_IRWXG | S_IRWXO))
		return ERR_FORBIDDEN;
	n = read(fd, bytes, sizeof(bytes));
	if (n < 0)
		return ERR_IO;
	memcpy(secret->bytes, bytes, SECRET_LEN);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return n == SECRET_LEN ? ERR_OK : ERR_SYNTAX;
}

enum err secret_load(const char *path, struct secret **ret)
{
	const int how = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
	int fd = open(path, how);
	struct secret *secret;
	uint8_t key[HASH_LEN];
	enum err err;

	if (fd < 0 && errno == ENOENT) {
		err = secret_create(path);
		if (err)
			return err;
		fd = open(path, how);
	}
	if (fd < 0)
		return errno == EACCES ? ERR_FORBIDDEN : ERR_IO;
	secret = mem_alloc(sizeof(*secret));
	err = secret_read(fd, secret);
	close(fd);
	if (err) {
		secret_free(secret);
		return err;
	}
	secret_key(secret, "volens trigger tokens", key);
	memcpy(secret->trigger_key, key, AES_LEN);
	OPENSSL_cleanse(key, sizeof(key));
	secret->aes = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	if (!secret->aes)
		err_fatal("no AES-128");
	secret->spares = mem_alloc(sizeof(*secret->spares));
	*ret = secret;
	return ERR_OK;
}

void secret_free(struct secret *secret)
{
	if (!secret)
		return;
	for (int i = 0; secret->spares && i < DIRECTIONS; i++)
		EVP_CIPHER_CTX_free(secret->spares->at[i]);
	free(secret->spares);
	EVP_CIPHER_free(secret->aes);
	OPENSSL_cleanse(secret, sizeof(*secret));
	free(secret);
}

void secret_key(const struct secret *secret, const char *label,
		uint8_t ret[HASH_LEN])
{
	hmac_sha256(secret->bytes, label, strlen(label), ret);
}

static EVP_CIPHER_CTX *cipher_new(const struct secret *secret,
				  enum direction direction)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (!ctx ||
	    !EVP_CipherInit_ex2(ctx, secret->aes, secret->trigger_key, NULL,
				direction == ENCIPHER, NULL) ||
	    !EVP_CIPHER_CTX_set_padding(ctx, 0))
		err_fatal("no AES-128");
	return ctx;
}

/* One block through AES-128.  Whoever finds the spare context taken makes one;
 * of two that come back, one stays. */
static void secret_cipher(const struct secret *secret, enum direction direction,
			  const uint8_t from[AES_LEN], uint8_t to[AES_LEN])
{
	struct cipher_spares *spares = secret->spares;
	EVP_CIPHER_CTX *ctx = atomic_exchange(&spares->at[direction], NULL);
	int len = 0;

	if (!ctx)
		ctx = cipher_new(secret, direction);
	if (!EVP_CipherUpdate(ctx, to, &len, from, AES_LEN) || len != AES_LEN)
		err_fatal("no AES-128");
	ctx = atomic_exchange(&spares->at[direction], ctx);
	EVP_CIPHER_CTX_free(ctx);
}

struct token secret_trigger(const struct secret *secret, int64_t id)
{
	uint8_t block[AES_LEN] = {0};
	struct token token;
	int i;

	for (i = 0; i < 8; i++)
		block[i] = (uint8_t)((uint64_t)id >> (56 - 8 * i));
	secret_cipher(secret, ENCIPHER, block, token.bytes);
	return token;
}

enum err secret_trigger_id(const struct secret *secret,
			   const struct token *token, int64_t *ret)
{
	static const uint8_t zeros[8];
	uint8_t block[AES_LEN];
	uint64_t id = 0;
	int i;

	secret_cipher(secret, DECIPHER, token->bytes, block);
	if (!bytes_equal(block + 8, zeros, sizeof(zeros)))
		return ERR_UNKNOWN;
	for (i = 0; i < 8; i++)
		id = id << 8 | block[i];
	*ret = (int64_t)id;
	return ERR_OK;
}
