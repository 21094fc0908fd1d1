/* Which version a file has, and the steps from it to ours. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/schema.h"
#include "db/sqlite_private.h"
#include "db/transaction.h"

int64_t schema_newest(void)
{
	int64_t version = 1;

	for (size_t i = 0; schema_steps[i]; i++)
		version++;
	return version;
}

enum err sqlite_read_version(struct store *store, int64_t *ret)
{
	int64_t application = 0, version = 0, tables = 0;
	enum err err;

	err = store_read_number(store, "PRAGMA application_id", &application);
	if (err == ERR_OK)
		err = store_read_number(store, "PRAGMA user_version", &version);
	if (err == ERR_OK)
		err = store_read_number(
			store, "SELECT count(*) FROM sqlite_schema", &tables);
	if (err != ERR_OK)
		return err;
	if (application == 0 && version == 0 && tables == 0) {
		*ret = 0;
		return ERR_OK;
	}
	if (application != APPLICATION_ID || version < 1) {
		store_explain(store, "it is a database of another program");
		return ERR_UNSUPPORTED;
	}
	if (version > schema_newest()) {
		store_explain(store,
			      "it is a database of a newer version of volens "
			      "(schema %lld; this one knows %lld)",
			      (long long)version, (long long)schema_newest());
		return ERR_UNSUPPORTED;
	}
	*ret = version;
	return ERR_OK;
}

static enum err apply_steps(struct store *store, int64_t version)
{
	enum err err = ERR_OK;

	if (version == 0)
		return sqlite_run_text(store, schema_sql);
	for (int64_t i = version - 1; err == ERR_OK && schema_steps[i]; i++)
		err = sqlite_run_text(store, schema_steps[i]);
	return err;
}

/** @p path could not be made: that comes before why. */
static void explain_copy(struct store *store, const char *path)
{
	char why[STORE_PROBLEM_MAX];

	memcpy(why, store->problem, sizeof(why));
	snprintf(store->problem, sizeof(store->problem),
		 "no copy of the older database can be kept as %.100s: %.100s",
		 path, why);
}

/** The copy is on disk, under its name. */
static enum err keep_copy(struct store *store, const char *made,
			  const char *path)
{
	int fd = open(made, O_RDONLY | O_CLOEXEC);
	enum err err = fd >= 0 && fsync(fd) == 0 ? ERR_OK : ERR_IO;

	if (fd >= 0)
		close(fd);
	if (err == ERR_OK && rename(made, path) != 0)
		err = ERR_IO;
	if (err == ERR_OK)
		err = store_sync_folder(path);
	if (err != ERR_OK)
		store_explain(store, "%s", strerror(errno));
	return err;
}

/** SQLite writes into an empty file that is there; so nobody else can read it,
 *  at no time. */
static enum err write_copy(struct store *store, const char *made)
{
	int fd = open(made,
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		      0600);
	struct query query;

	if (fd < 0 || fchmod(fd, 0600) != 0) {
		store_explain(store, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return ERR_IO;
	}
	close(fd);
	query = query_compose(store, "VACUUM INTO $1");
	query_text(&query, made);
	return query_run(&query);
}

/** The file as it is, beside it: PATH.v4 of one of version 4.  What an older
 *  program needs, should one go back to it. */
static enum err copy_older(struct store *store, int64_t version)
{
	struct text path, made;
	enum err err;

	text_init(&path, NULL);
	text_init(&made, NULL);
	text_printf(&path, "%s.v%lld", sqlite_path(store), (long long)version);
	text_printf(&made, "%s.new", path.at);
	err = write_copy(store, made.at);
	if (err == ERR_OK)
		err = keep_copy(store, made.at, path.at);
	if (err != ERR_OK) {
		(void)unlink(made.at);
		explain_copy(store, path.at);
	}
	text_release(&path);
	text_release(&made);
	return err;
}

/** Nobody else writes the file: this process has its locks. */
enum err sqlite_migrate(struct store *store)
{
	int64_t version = 0;
	enum err err = sqlite_read_version(store, &version);

	if (err == ERR_OK && version > 0 && version < schema_newest())
		err = copy_older(store, version);
	if (err == ERR_OK)
		err = transaction_begin(store);
	if (err != ERR_OK)
		return err;
	err = sqlite_read_version(store, &version);
	if (err == ERR_OK && version < schema_newest())
		err = apply_steps(store, version);
	return transaction_end(store, err);
}
