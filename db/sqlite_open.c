/* Opening, closing and looking after a file of SQLite. */
#include <errno.h>
#include <pthread.h>

#include "db/sqlite_private.h"

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
	store->log_pages = pages;
	return SQLITE_OK;
}

static void harden(struct store *store)
{
	sqlite3 *db = store->sqlite->db;

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
	err = sqlite_note(store, sqlite3_open_v2(path, &store->sqlite->db,
						 SQLITE_OPEN_READWRITE |
							 SQLITE_OPEN_NOMUTEX |
							 SQLITE_OPEN_EXRESCODE,
						 NULL));
	if (err != ERR_OK)
		return err;
	harden(store);
	sqlite3_busy_timeout(store->sqlite->db,
			     writes ? WRITER_BUSY_MS : READER_BUSY_MS);
	err = sqlite_run_text(store, pragmas);
	if (err == ERR_OK) /* before a byte of it is changed */
		err = sqlite_read_version(store, &version);
	if (err == ERR_OK)
		err = sqlite_run_text(store,
				      writes ? pragmas_write : pragmas_read);
	if (err == ERR_OK)
		err = check_mode(store);
	if (err == ERR_OK && writes)
		err = sqlite_migrate(store);
	else if (err == ERR_OK && version < schema_newest())
		err = ERR_UNSUPPORTED;
	if (err != ERR_OK)
		return err;
	sqlite3_set_authorizer(store->sqlite->db, authorize, store);
	if (writes)
		sqlite3_wal_hook(store->sqlite->db, note_wal, store);
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
	sqlite3 *db = store->sqlite->db;

	if (db && (sqlite3_errcode(db) & 0xff) == SQLITE_NOTADB)
		return ERR_UNSUPPORTED;
	return err;
}

/** SQLite's word for it, and the system's where there is one. */
static void explain_open(struct store *store, enum err err)
{
	sqlite3 *db = store->sqlite->db;
	int error = db ? sqlite3_system_errno(db) : 0;
	size_t len = strlen(store->problem);

	store_explain(store, "%s", err_text(err));
	if (error && len > 0)
		snprintf(store->problem + len, sizeof(store->problem) - len,
			 ": %s", strerror(error));
	if (store->health == HEALTH_BROKEN && !error && len > 0)
		snprintf(store->problem + len, sizeof(store->problem) - len,
			 ": see RESTORE in volensd(8)");
}

enum err sqlite_open(struct store *store, const char *path)
{
	struct text name;
	enum err err;

	pthread_once(&configured, configure_once);
	store->sqlite = mem_alloc(sizeof(*store->sqlite));
	*store->sqlite = (struct sqlite){.lock_fd = -1, .file_fd = -1};
	/* With a slash in it a name is never read as a "file:" URI. */
	text_init(&name, NULL);
	text_printf(&name, "%s%s", path[0] == '/' ? "" : "./", path);
	err = open_files(store, name.at);
	text_release(&name);
	if (err == ERR_OK)
		return ERR_OK;
	err = err_of_open(store, err);
	explain_open(store, err);
	return err;
}

void sqlite_close(struct store *store)
{
	sqlite3 *db = store->sqlite->db;

	if (db && store->mode == STORE_WRITE &&
	    store->health != HEALTH_BROKEN) {
		/* Who still reads keeps the log; nobody is waited for. */
		sqlite3_busy_timeout(db, 0);
		sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
					  NULL, NULL);
	}
	if (db && store->health == HEALTH_BROKEN)
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
				  NULL);
	sqlite3_close(db);
	files_give(store);
	free(store->sqlite);
	store->sqlite = NULL;
}

void sqlite_checkpoint(struct store *store)
{
	int pages = 0, done = 0;
	int code = sqlite3_wal_checkpoint_v2(store->sqlite->db, NULL,
					     SQLITE_CHECKPOINT_PASSIVE, &pages,
					     &done);

	if (code != SQLITE_OK && code != SQLITE_BUSY)
		(void)sqlite_note(store, code);
}

enum err sqlite_check(struct store *store)
{
	struct arena *arena = arena_new(0);
	struct query query = query_compose(store, "PRAGMA quick_check(1)");
	const char *word = NULL;
	enum err err;

	if (query_next(&query))
		word = query_get_text(&query, arena);
	if (query.err == ERR_OK && (!word || strcmp(word, "ok") != 0))
		query.err = sqlite_note(store, SQLITE_CORRUPT);
	err = query_end(&query);
	arena_free(arena);
	return err;
}

const char *sqlite_path(const struct store *store)
{
	return sqlite3_db_filename(store->sqlite->db, "main");
}
