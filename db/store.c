/* Opening, closing and looking after a store, whatever its engine. */
#include "db/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "db/pending_denies.h"
#include "db/revocations.h"
#include "db/store_private.h"
#include "db/transaction.h"
#include "server/base/random.h"
#include "server/base/seal.h"

void store_explain(struct store *store, const char *format, ...)
{
	va_list values;

	if (*store->problem)
		return;
	va_start(values, format);
	vsnprintf(store->problem, sizeof(store->problem), format, values);
	va_end(values);
}

enum err store_sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct text folder;
	enum err err = ERR_IO;
	int fd;

	text_init(&folder, NULL);
	text_add_bytes(&folder, path, (size_t)(slash - path) + 1);
	fd = open(folder.at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	text_release(&folder);
	if (fd >= 0 && fsync(fd) == 0)
		err = ERR_OK;
	if (fd >= 0)
		close(fd);
	return err;
}

enum err store_open_told(const char *path, enum store_mode mode,
			 char ret_problem[STORE_PROBLEM_MAX],
			 struct store **ret)
{
	struct store *store = mem_alloc(sizeof(*store));
	enum err err;

	*store = (struct store){.engine = &sqlite_engine,
				.mode = mode,
				.has_waiting = true,
				.journal = journal_memory_new()};
	store->changes = changes_new();
	store_changes_follow(store, &permission_reader);
	store_changes_follow(store, &account_reader);
	store_changes_follow(store, &list_reader);
	err = store->engine->open(store, path);
	if (err == ERR_OK) {
		*ret = store;
		return ERR_OK;
	}
	memcpy(ret_problem, store->problem, STORE_PROBLEM_MAX);
	store_close(store);
	return err;
}

enum err store_open(const char *path, enum store_mode mode, struct store **ret)
{
	char problem[STORE_PROBLEM_MAX];

	return store_open_told(path, mode, problem, ret);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->n_statements; i++)
		store->engine->finalize(store->statements[i].prepared);
	store->engine->close(store);
	revocations_free(store->record);
	pending_denies_free(store);
	if (store->seal)
		explicit_bzero(store->seal, sizeof(*store->seal));
	free(store->seal);
	journal_memory_free(store->journal);
	changes_free(store->changes);
	arena_free(store->arena);
	free(store);
}

const char *store_problem(const struct store *store)
{
	return store->problem;
}

void store_checkpoint(struct store *store)
{
	store->engine->checkpoint(store);
	store->log_pages = 0; /* the next commit says how many */
}

enum err store_check(struct store *store)
{
	return store->engine->check(store);
}

enum err store_clock(struct store *store, int64_t *ret)
{
	return store_read_number(store, "SELECT newest_at FROM relay", ret);
}

enum err store_clock_note(struct store *store, int64_t *now)
{
	struct query query;
	int64_t newest = 0;
	enum err err = store_clock(store, &newest);

	if (err != ERR_OK)
		return err;
	if (store->index)
		index_note_time(store->index, newest > *now ? newest : *now);
	if (newest >= *now) {
		*now = newest;
		return ERR_OK;
	}
	query = query_begin(store, "UPDATE relay SET newest_at = $1");
	query_int(&query, *now);
	return query_run(&query);
}

enum err store_probe(struct store *store)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	return transaction_end(
		store,
		store_run(store, "UPDATE relay SET probes = probes + 1"));
}

int64_t store_deliveries_waiting(struct store *store)
{
	int64_t n = -1;

	(void)store_read_number(
		store, "SELECT count(*) FROM delivery WHERE state = 'waiting'",
		&n);
	store->has_waiting = n != 0;
	return n;
}

const char *etag_new(struct arena *arena)
{
	uint8_t bytes[ETAG_LEN / 2];
	char *etag = arena_alloc(arena, ETAG_LEN + 1);

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), etag);
	return etag;
}

bool etag_is_among(const char *etag, const char *const *tags)
{
	for (; *tags; tags++) {
		if (strcmp(*tags, etag) == 0)
			return true;
	}
	return false;
}
