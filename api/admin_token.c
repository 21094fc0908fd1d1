#include "api/admin_token.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/sha256.h"
#include "server/base/token.h"

#define TOKEN_FILE_MAX 4096
#define SOURCES 64
#define MINUTE_S 60

/** A source that failed, in the minute that began at since. */
struct source {
	uint8_t address[16];
	uint8_t len; /**< of the address; 0: slot is free */
	int failures;
	int64_t since;
};

struct admin_token {
	uint8_t hash[HASH_LEN];
	pthread_mutex_t lock; /**< of the sources */
	struct source sources[SOURCES];
};

static enum err token_file_open(const char *path, int *ret_fd,
				const char **ret_problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (fd < 0) {
		*ret_problem = "the admin token file cannot be opened";
		return ERR_IO;
	}
	if (fstat(fd, &status) || !S_ISREG(status.st_mode)) {
		*ret_problem = "the admin token file is not a plain file";
		close(fd);
		return ERR_FORBIDDEN;
	}
	if (status.st_mode & (S_IRWXG | S_IRWXO)) {
		*ret_problem = "the admin token file is open to others than "
			       "its owner: chmod 600";
		close(fd);
		return ERR_FORBIDDEN;
	}
	*ret_fd = fd;
	return ERR_OK;
}

static enum err token_check(struct view token, const char **ret_problem)
{
	if (token.len < ADMIN_TOKEN_MIN) {
		*ret_problem = "the admin token has fewer than 32 characters";
		return ERR_SYNTAX;
	}
	for (size_t i = 0; i < token.len; i++) {
		if (token.at[i] <= ' ' || token.at[i] > '~') {
			*ret_problem = "the admin token is not one word of "
				       "printable ASCII";
			return ERR_SYNTAX;
		}
	}
	return ERR_OK;
}

enum err admin_token_new(const char *token_file, struct admin_token **ret,
			 const char **ret_problem)
{
	char content[TOKEN_FILE_MAX];
	int fd = -1;
	enum err err = token_file_open(token_file, &fd, ret_problem);

	if (err)
		return err;
	ssize_t len = read(fd, content, sizeof(content));
	close(fd);
	if (len < 0 || (size_t)len == sizeof(content)) {
		*ret_problem = "the admin token file cannot be read, or is "
			       "longer than a token";
		err = ERR_IO;
		goto out;
	}
	struct view token = view_trim((struct view){content, (size_t)len});
	err = token_check(token, ret_problem);
	if (err)
		goto out;
	struct admin_token *admin = mem_alloc(sizeof(*admin));
	memset(admin, 0, sizeof(*admin));
	sha256(token.at, token.len, admin->hash);
	pthread_mutex_init(&admin->lock, NULL);
	*ret = admin;
out:
	explicit_bzero(content, sizeof(content));
	return err;
}

void admin_token_free(struct admin_token *admin)
{
	if (!admin)
		return;
	pthread_mutex_destroy(&admin->lock);
	explicit_bzero(admin, sizeof(*admin));
	free(admin);
}

/** The slot of a source: its own, else a free one, else the oldest. */
static struct source *source_slot(struct admin_token *admin,
				  struct view address)
{
	struct source *slot = &admin->sources[0];

	for (size_t i = 0; i < SOURCES; i++) {
		struct source *source = &admin->sources[i];

		if (source->len == address.len && address.len &&
		    !memcmp(source->address, address.at, address.len))
			return source;
		if (!source->len) {
			if (slot->len)
				slot = source;
		} else if (slot->len && source->since < slot->since) {
			slot = source;
		}
	}
	memset(slot, 0, sizeof(*slot));
	slot->len = (uint8_t)address.len;
	if (address.len)
		memcpy(slot->address, address.at, address.len);
	return slot;
}

/** Count a failure; seconds to wait when there were too many, else 0. */
static int source_fails(struct admin_token *admin, struct view address,
			int64_t now_s)
{
	int wait_s = 0;

	pthread_mutex_lock(&admin->lock);
	struct source *source =
		source_slot(admin, view_head(address, sizeof(source->address)));
	if (!source->failures || now_s < source->since ||
	    now_s - source->since >= MINUTE_S) {
		source->since = now_s;
		source->failures = 0;
	}
	if (source->failures < ADMIN_TOKEN_FAILURES_PER_MINUTE)
		source->failures++;
	else
		wait_s = (int)(MINUTE_S - (now_s - source->since));
	pthread_mutex_unlock(&admin->lock);
	return wait_s;
}

/** RFC 6750 section 2.1: the scheme has no case, then spaces, then the token.
 */
static bool token_of(struct view authorization, struct view *ret)
{
	if (!view_starts_nocase(authorization, VIEW("Bearer ")))
		return false;
	*ret = view_trim(view_from(authorization, sizeof("Bearer ") - 1));
	return ret->len > 0;
}

enum err admin_token_check(struct admin_token *admin, struct view authorization,
			   struct view source, int64_t now_s, int *ret_wait_s)
{
	uint8_t hash[HASH_LEN];
	struct view token;

	if (token_of(authorization, &token)) {
		sha256(token.at, token.len, hash);
		if (bytes_equal(hash, admin->hash, sizeof(hash)))
			return ERR_OK;
	}
	int wait_s = source_fails(admin, source, now_s);

	if (!wait_s)
		return ERR_AUTHENTICATE;
	*ret_wait_s = wait_s;
	return ERR_BUSY;
}
