/* Opening, closing and looking after the file. */
#include "db/store.h"

#include <errno.h>
#include <pthread.h>

#include "db/files.h"
#include "db/accepted_keys.h"
#include "db/pending_denies.h"
#include "db/revocations.h"
#include "db/schema.h"
#include "db/transaction.h"

#define WRITER_BUSY_MS 5000 /**< somebody's command line in the file */
#define READER_BUSY_MS 1000 /**< only while the log is recovered */

/* Before anything is written: a log with one fsync a commit, checkpoints when
 * we say so, and nothing believed that the file says about itself. */
static const char pragmas[] = "PRAGMA foreign_keys = ON;"
			      "PRAGMA trusted_schema = OFF;"
			      "PRAGMA cell_size_check = ON;"
			      "PRAGMA secure_delete = FAST;"
			      "PRAGMA temp_store = MEMORY;"
			      "PRAGMA synchronous = FULL;";
static const char pragmas_write[] = "PRAGMA journal_mode = WAL;"
				    "PRAGMA wal_autocheckpoint = 0;"
				    "PRAGMA journal_size_limit = 67108864;"
				    "PRAGMA cache_size = -16384;";
static const char pragmas_read[] = "PRAGMA query_only = ON;";

static pthread_once_t configured = PTHREAD_ONCE_INIT;

/* ---- small things around sqlite3_exec() ------------------------------- */

/** Run a constant text of several statements. */
static enum err run_text(struct store *store, const char *sql)
{
	return store_note(store,
			  sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

static enum err read_number(struct store *store, const char *sql, int64_t *ret)
{
	struct query query = query_compose(store, sql);
	int64_t number = 0;
	enum err err;

	if (query_next(&query))
		number = query_get_int(&query);
	err = query_end(&query);
	if (err == ERR_OK)
		*ret = number;
	return err;
}

/** SQLite keeps the old mode, and no error, where it cannot have the log. */
static enum err check_mode(struct store *store)
{
	struct arena *arena = arena_new(0);
	struct query query = query_compose(store, "PRAGMA journal_mode");
	const char *mode = NULL;
	enum err err;

	if (query_next(&query))
		mode = query_get_text(&query, arena);
	err = query_end(&query);
	if (err == ERR_OK && (!mode || strcmp(mode, "wal") != 0))
		err = ERR_UNSUPPORTED;
	arena_free(arena);
	return err;
}

/* ---- the schema ------------------------------------------------------- */

/** The file's version; 0 when it is empty; ERR_UNSUPPORTED when not ours. */
static enum err read_version(struct store *store, int64_t *ret)
{
	int64_t application = 0, version = 0, tables = 0;
	enum err err;

	err = read_number(store, "PRAGMA application_id", &application);
	if (err == ERR_OK)
		err = read_number(store, "PRAGMA user_version", &version);
	if (err == ERR_OK)
		err = read_number(store, "SELECT count(*) FROM sqlite_schema",
				  &tables);
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
		return run_text(store, schema_sql);
	for (int64_t i = version - 1; err == ERR_OK && schema_steps[i]; i++)
		err = run_text(store, schema_steps[i]);
	return err;
}

static enum err migrate(struct store *store)
{
	int64_t version = 0;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	err = read_version(store, &version);
	if (err == ERR_OK && version < schema_newest())
		err = apply_steps(store, version);
	return transaction_end(store, err);
}

/* ---- the handle ------------------------------------------------------- */

/** After set-up a handle reads and writes rows, and no more: what slipped into
 *  a statement could not attach, define or set anything. */
static int authorize(void *arg, int action, const char *detail,
		     const char *more, const char *database,
		     const char *trigger)
{
	const struct store *store = arg;

	(void)more, (void)database, (void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_FUNCTION:
	case SQLITE_RECURSIVE:
	case SQLITE_TRANSACTION: /* also to read in one */
		return SQLITE_OK;
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
	case SQLITE_SAVEPOINT:
		return store->mode == STORE_WRITE ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_PRAGMA:
		return detail && strcmp(detail, "quick_check") == 0
			       ? SQLITE_OK
			       : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

static int note_wal(void *arg, sqlite3 *db, const char *database, int pages)
{
	struct store *store = arg;

	(void)db, (void)database;
	store->wal_pages = pages;
	return SQLITE_OK;
}

static void harden(struct store *store)
{
	sqlite3 *db = store->db;

	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	if (store->mode == STORE_READ)
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
				  NULL);
}

static enum err connect(struct store *store, const char *path)
{
	bool writes = store->mode == STORE_WRITE;
	int64_t version = 0;
	enum err err;

	/* A reader too may have to recover the log, hence READWRITE. */
	err = store_note(store, sqlite3_open_v2(path, &store->db,
						SQLITE_OPEN_READWRITE |
							SQLITE_OPEN_NOMUTEX |
							SQLITE_OPEN_EXRESCODE,
						NULL));
	if (err != ERR_OK)
		return err;
	harden(store);
	sqlite3_busy_timeout(store->db,
			     writes ? WRITER_BUSY_MS : READER_BUSY_MS);
	err = run_text(store, pragmas);
	if (err == ERR_OK) /* before a byte of it is changed */
		err = read_version(store, &version);
	if (err == ERR_OK)
		err = run_text(store, writes ? pragmas_write : pragmas_read);
	if (err == ERR_OK)
		err = check_mode(store);
	if (err == ERR_OK && writes)
		err = migrate(store);
	else if (err == ERR_OK && version < schema_newest())
		err = ERR_UNSUPPORTED;
	if (err != ERR_OK)
		return err;
	sqlite3_set_authorizer(store->db, authorize, store);
	if (writes)
		sqlite3_wal_hook(store->db, note_wal, store);
	return ERR_OK;
}

static enum err open_files(struct store *store, const char *path)
{
	enum err err = ERR_OK;

	if (store->mode == STORE_WRITE)
		err = files_take(store, path);
	if (err == ERR_OK)
		err = connect(store, path);
	return err;
}

/* Its books of memory would take a lock for each allocation. */
static void configure_once(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/** Not a database at all: not ours. */
static enum err err_of_open(const struct store *store, enum err err)
{
	if (store->db && (sqlite3_errcode(store->db) & 0xff) == SQLITE_NOTADB)
		return ERR_UNSUPPORTED;
	return err;
}

/** SQLite's word for it, and the system's where there is one. */
static void explain_open(struct store *store, enum err err)
{
	int error = store->db ? sqlite3_system_errno(store->db) : 0;
	size_t len = strlen(store->problem);

	store_explain(store, "%s", err_text(err));
	if (error && len > 0)
		snprintf(store->problem + len, sizeof(store->problem) - len,
			 ": %s", strerror(error));
	if (store->health == HEALTH_BROKEN && !error && len > 0)
		snprintf(store->problem + len, sizeof(store->problem) - len,
			 ": see RESTORE in volensd(8)");
}

enum err store_open_told(const char *path, enum store_mode mode,
			 char ret_problem[STORE_PROBLEM_MAX],
			 struct store **ret)
{
	struct store *store = mem_alloc(sizeof(*store));
	struct text name;
	enum err err;

	pthread_once(&configured, configure_once);
	*store = (struct store){.mode = mode,
				.lock_fd = -1,
				.file_fd = -1,
				.has_waiting = true};
	/* With a slash in it a name is never read as a "file:" URI. */
	text_init(&name, NULL);
	text_printf(&name, "%s%s", path[0] == '/' ? "" : "./", path);
	err = open_files(store, name.at);
	text_release(&name);
	if (err == ERR_OK) {
		*ret = store;
		return ERR_OK;
	}
	err = err_of_open(store, err);
	explain_open(store, err);
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
		sqlite3_finalize(store->statements[i].prepared);
	if (store->db && store->mode == STORE_WRITE &&
	    store->health != HEALTH_BROKEN) {
		/* Who still reads keeps the log; nobody is waited for. */
		sqlite3_busy_timeout(store->db, 0);
		sqlite3_wal_checkpoint_v2(store->db, NULL,
					  SQLITE_CHECKPOINT_TRUNCATE, NULL,
					  NULL);
	}
	if (store->db && store->health == HEALTH_BROKEN)
		sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
				  1, NULL);
	sqlite3_close(store->db);
	files_give(store);
	revocations_free(store->record);
	pending_denies_free(store);
	accepted_keys_free(store->accepted_keys);
	arena_free(store->arena);
	free(store);
}

const char *store_problem(const struct store *store)
{
	return store->problem;
}

void store_checkpoint(struct store *store)
{
	int pages = 0, done = 0;
	int code = sqlite3_wal_checkpoint_v2(
		store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &done);

	if (code != SQLITE_OK && code != SQLITE_BUSY)
		(void)store_note(store, code);
}

enum err store_check(struct store *store)
{
	struct arena *arena = arena_new(0);
	struct query query = query_compose(store, "PRAGMA quick_check(1)");
	const char *word = NULL;
	enum err err;

	if (query_next(&query))
		word = query_get_text(&query, arena);
	if (query.err == ERR_OK && (!word || strcmp(word, "ok") != 0))
		query.err = store_note(store, SQLITE_CORRUPT);
	err = query_end(&query);
	arena_free(arena);
	return err;
}

enum err store_clock(struct store *store, int64_t *ret)
{
	return read_number(store, "SELECT newest_at FROM relay", ret);
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
	query = query_begin(store, "UPDATE relay SET newest_at = ?");
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

	(void)read_number(
		store, "SELECT count(*) FROM delivery WHERE state = 'waiting'",
		&n);
	store->has_waiting = n != 0;
	return n;
}
