#include "server/base/token.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/chars.h"
#include "server/base/uri_parts.h"

#define SECRET_LEN 32
#define AES_LEN 16

enum direction { DECIPHER, ENCIPHER, DIRECTIONS };

/* A context with its key that nobody uses at the moment: to make one costs ten
 * times as much as a block. */
struct spares {
	_Atomic(EVP_CIPHER_CTX *) at[DIRECTIONS];
};

struct secret {
	uint8_t bytes[SECRET_LEN];
	uint8_t trigger_key[AES_LEN];
	EVP_CIPHER *aes;
	struct spares *spares;
};

static const char letters[TOKEN_KINDS] = {
	[TOKEN_GRANT] = 'g', [TOKEN_DENY] = 'd', [TOKEN_TRIGGER] = 't'};

/* Fetched once: a fetch for each hash would cost more than the hash. */
static EVP_MD *sha256_md;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void sha256_fetch(void)
{
	sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static void system_bytes(uint8_t *at, size_t len)
{
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

/*
 * A system call for each tag and branch would be a good part of a message's
 * cost, so each thread takes a page at a time.  What was handed out is wiped; a
 * fork, which would copy the rest, never happens here.
 */
void random_bytes(void *ret, size_t len)
{
	static _Thread_local uint8_t stock[1024];
	static _Thread_local size_t left;

	if (len > sizeof(stock)) {
		system_bytes(ret, len);
		return;
	}
	if (len > left) {
		system_bytes(stock, sizeof(stock));
		left = sizeof(stock);
	}
	left -= len;
	memcpy(ret, stock + left, len);
	memset(stock + left, 0, len);
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

/** A user part that begins like one with a token. */
struct found {
	enum token_kind kind;
	char digits[TOKEN_HEX];
	size_t n; /**< of them */
};

static bool read_letter(struct view *text, enum token_kind *ret)
{
	int c = uri_next_char(text) | 0x20;
	enum token_kind kind = 0;

	while (kind < TOKEN_KINDS && letters[kind] != c)
		kind++;
	*ret = kind;
	return kind < TOKEN_KINDS && uri_next_char(text) == '-';
}

/* Digits that are not escaped: all of them, nearly always. */
static void take_plain(struct view *text, struct found *ret)
{
	size_t most = text->len < TOKEN_HEX ? text->len : TOKEN_HEX, n = 0;

	for (; n < most && char_is(text->at[n], CHAR_HEX); n++)
		ret->digits[n] = (char)(text->at[n] | 0x20);
	ret->n = n;
	*text = view_from(*text, n);
}

/* Letter, "-" and digits off @p text, in either case and escaped or not (RFC
 * 3261 section 19.1.2): the one reader of tokens. */
static bool take_user(struct view *text, struct found *ret)
{
	ret->n = 0;
	if (!read_letter(text, &ret->kind))
		return false;
	take_plain(text, ret);
	while (ret->n < TOKEN_HEX) {
		struct view rest = *text;
		int c = uri_next_char(&rest);

		if (c < 0 || hex_digit((char)c) < 0)
			break;
		ret->digits[ret->n++] = (char)(c | 0x20);
		*text = rest;
	}
	return true;
}

static enum err read_user(struct view *text, enum token_kind *ret_kind,
			  struct token *ret)
{
	struct found found;
	enum err err;

	if (!take_user(text, &found) || found.n < TOKEN_HEX)
		return ERR_SYNTAX;
	err = hex_decode((struct view){found.digits, TOKEN_HEX}, ret->bytes,
			 TOKEN_LEN);
	if (!err)
		*ret_kind = found.kind;
	return err;
}

/* ---- not to be shown ------------------------------------------------------
 */

/** Digits of a token that was cut off at the end of a text, from which on it is
 *  blotted out, too: what is shown leaves 68 bits to guess. */
#define CUT_HEX 16
#define BLOT "********"
#define BLOT_LEN (2 + sizeof(BLOT) - 1)

size_t token_shown_len(struct view text, enum token_kind *ret_kind)
{
	struct view rest = text;
	struct found found;

	if (!take_user(&rest, &found))
		return 0;
	if (found.n < TOKEN_HEX && (found.n < CUT_HEX || rest.len))
		return 0;
	*ret_kind = found.kind;
	return text.len - rest.len;
}

char *token_blot_to(char *to, enum token_kind kind)
{
	*to++ = letters[kind];
	*to++ = '-';
	return mempcpy(to, BLOT, sizeof(BLOT) - 1);
}

/** Where the next hyphen and the next percent sign stand; before the place that
 *  is asked for: not known. */
struct marks {
	size_t hyphen, percent;
};

/* A token has a hyphen or an escape behind its first letter, or begins with an
 * escape: @p i goes on to the next of them.  No byte is looked at twice for the
 * same sign. */
static bool mark_next(struct marks *marks, struct view text, size_t *i)
{
	if (marks->hyphen <= *i)
		marks->hyphen = view_find(text, '-', *i);
	if (marks->percent <= *i)
		marks->percent = view_find(text, '%', *i);
	*i = marks->hyphen < marks->percent ? marks->hyphen : marks->percent;
	return *i != SIZE_MAX;
}

size_t token_blot_bytes(char *at, size_t len)
{
	struct marks marks = {.hyphen = 0};
	size_t i = 0, n;

	while (mark_next(&marks, (struct view){at, len}, &i)) {
		enum token_kind kind;
		size_t begin = i ? i - 1 : 0; /* the letter, if it is one */

		n = token_shown_len((struct view){at + begin, len - begin},
				    &kind);
		if (!n && begin < i && at[i] == '%') {
			begin = i;
			n = token_shown_len((struct view){at + i, len - i},
					    &kind);
		}
		i++;
		if (!n)
			continue;
		memmove(token_blot_to(at + begin, kind), at + begin + n,
			len - begin - n);
		len -= n - BLOT_LEN;
		i = begin + BLOT_LEN;
		marks = (struct marks){.hyphen = 0};
	}
	return len;
}

void token_blot(char *text)
{
	text[token_blot_bytes(text, strlen(text))] = '\0';
}

/* ---- tokens ---------------------------------------------------------------
 */

enum err token_parse(struct view user, enum token_kind *ret_kind,
		     struct token *ret)
{
	enum token_kind kind;
	enum err err = read_user(&user, &kind, ret);

	if (!err && user.len)
		err = ERR_SYNTAX;
	if (!err)
		*ret_kind = kind;
	return err;
}

enum err token_find(struct view text, enum token_kind *ret_kind,
		    struct token *ret)
{
	enum token_kind kind;
	enum err err = read_user(&text, &kind, ret);

	if (!err && text.len &&
	    (text.at[0] == '%' || char_is(text.at[0], CHAR_UNRESERVED)))
		err = ERR_SYNTAX;
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

/* The secret: its file, and the tokens that are made with it. */

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
	struct spares *spares = secret->spares;
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
