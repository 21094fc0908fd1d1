/* The file before SQLite opens it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/sqlite_private.h"

#define HEADER_LEN 100	  /**< of an SQLite file */
#define VERSION_AT 60	  /**< user_version, big-endian */
#define APPLICATION_AT 68 /**< application_id */

static enum err explain_errno(struct store *store)
{
	store_explain(store, "%s", strerror(errno));
	return ERR_IO;
}

/* ---- taking it -------------------------------------------------------- */

static enum err lock(struct store *store, int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	if (errno != EWOULDBLOCK)
		return explain_errno(store);
	store_explain(store, "another process has it open");
	return ERR_BUSY;
}

static enum err lock_name(struct store *store, const char *path)
{
	struct text name;

	text_init(&name, NULL);
	text_printf(&name, "%s.lock", path);
	store->sqlite->lock_fd =
		open(name.at, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	text_release(&name);
	if (store->sqlite->lock_fd < 0)
		return explain_errno(store);
	return lock(store, store->sqlite->lock_fd);
}

/*
 * A symbolic link is another name with another lock beside it.  flock() locks
 * do not meet those of SQLite, which are of another kind.  A hard link is
 * worse: SQLite keeps its log beside the name it was opened by, and what is in
 * one log is not seen by the other name.
 */
static enum err lock_file(struct store *store, const char *path)
{
	struct stat about;
	enum err err;

	store->sqlite->file_fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (store->sqlite->file_fd < 0 ||
	    fstat(store->sqlite->file_fd, &about) != 0)
		return explain_errno(store);
	if (!S_ISREG(about.st_mode)) {
		store_explain(store, "it is not a plain file");
		return ERR_UNSUPPORTED;
	}
	err = lock(store, store->sqlite->file_fd);
	if (err == ERR_OK && about.st_nlink > 1) {
		store_explain(store,
			      "it has %lu names (hard links), and the log with "
			      "its newest changes is beside one of them: keep "
			      "that name, remove the others",
			      (unsigned long)about.st_nlink);
		err = ERR_UNSUPPORTED;
	}
	return err;
}

/** Make the file where it is missing; for nobody's eyes but ours.  SQLite
 *  gives its log the same mode. */
static enum err make(struct store *store, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		close(fd);
		return store_sync_folder(path);
	}
	if (errno != EEXIST || chmod(path, 0600) != 0)
		return explain_errno(store);
	return ERR_OK;
}

enum err files_take(struct store *store, const char *path)
{
	enum err err = lock_name(store, path);

	if (err == ERR_OK)
		err = make(store, path);
	if (err == ERR_OK)
		err = lock_file(store, path);
	return err;
}

void files_give(struct store *store)
{
	if (store->sqlite->file_fd >= 0)
		close(store->sqlite->file_fd);
	if (store->sqlite->lock_fd >= 0)
		close(store->sqlite->lock_fd);
}

/* ---- looking at it ---------------------------------------------------- */

static int64_t number_at(const uint8_t *header, size_t at)
{
	return (int64_t)header[at] << 24 | (int64_t)header[at + 1] << 16 |
	       (int64_t)header[at + 2] << 8 | header[at + 3];
}

static const char *look_at_header(const uint8_t *header, ssize_t len)
{
	static const char magic[] = "SQLite format 3";

	if (len == 0)
		return NULL; /* a new one */
	if (len != HEADER_LEN || memcmp(header, magic, sizeof(magic)) != 0)
		return "it is not a database";
	if (number_at(header, APPLICATION_AT) == 0 &&
	    number_at(header, VERSION_AT) == 0)
		return NULL; /* perhaps all is in its log still */
	if (number_at(header, APPLICATION_AT) != APPLICATION_ID)
		return "it is a database of another program";
	if (number_at(header, VERSION_AT) > schema_newest())
		return "it is a database of a newer version of volens";
	return NULL;
}

static const char *look_at_file(const char *path)
{
	uint8_t header[HEADER_LEN];
	struct stat about;
	ssize_t len;
	int fd;

	if (access(path, R_OK | W_OK) != 0 || stat(path, &about) != 0)
		return strerror(errno);
	if (!S_ISREG(about.st_mode))
		return "it is not a plain file";
	if (about.st_nlink > 1)
		return "it has several names (hard links): keep one of them";
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	len = fd < 0 ? -1 : read(fd, header, sizeof(header));
	if (fd >= 0)
		close(fd);
	return len < 0 ? strerror(errno) : look_at_header(header, len);
}

const char *store_leftover(const char *path, struct arena *arena)
{
	static const char *const tails[] = {".secret", ".revocations"};
	struct stat about;

	if (stat(path, &about) == 0 && about.st_size > 0)
		return NULL;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		const char *name = arena_printf(arena, "%s%s", path, tails[i]);

		if (access(name, F_OK) == 0)
			return name;
	}
	return NULL;
}

const char *store_look(const char *path)
{
	struct text folder;
	const char *slash = strrchr(path, '/'), *problem = NULL;

	if (access(path, F_OK) == 0)
		return look_at_file(path);
	text_init(&folder, NULL);
	text_add_bytes(&folder, path, slash ? (size_t)(slash - path) : 0);
	if (!slash)
		text_add(&folder, ".");
	if (slash != path && access(folder.at, W_OK | X_OK) != 0)
		problem = errno == ENOENT ? "its folder does not exist"
					  : strerror(errno);
	text_release(&folder);
	return problem;
}
