/* Statements of SQLite, and what its errors mean. */
#include "db/sqlite_private.h"

static enum err err_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return ERR_OK;
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_TOOBIG:
		return ERR_TOO_LARGE;
	case SQLITE_CONSTRAINT:
		return (code == SQLITE_CONSTRAINT_UNIQUE ||
			code == SQLITE_CONSTRAINT_PRIMARYKEY)
			       ? ERR_EXISTS
			       : ERR_CONFLICT;
	default:
		return ERR_IO;
	}
}

static enum store_health health_of(int code)
{
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
		return HEALTH_BROKEN; /* the kernel may have dropped the page */
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return HEALTH_BROKEN;
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
		return HEALTH_FAILED;
	default:
		return HEALTH_FINE;
	}
}

enum err sqlite_note(struct store *store, int code)
{
	const enum err err = err_of(code);
	struct failure failure;

	if (err == ERR_OK || err == ERR_EXISTS) /* that is an answer */
		return err;
	failure = (struct failure){
		.err = err,
		.health = health_of(code),
		.is_undone = sqlite3_get_autocommit(store->sqlite->db) != 0,
		.code = code,
		.name = sqlite3_errstr(code),
	};
	return store_note(store, &failure);
}

enum err sqlite_run_text(struct store *store, const char *sql)
{
	return sqlite_note(
		store, sqlite3_exec(store->sqlite->db, sql, NULL, NULL, NULL));
}

static enum err prepare(struct store *store, const char *sql,
			enum statement_use use, void **ret)
{
	sqlite3_stmt *prepared = NULL;
	int code = sqlite3_prepare_v3(
		store->sqlite->db, sql, -1,
		use == STATEMENT_KEPT ? SQLITE_PREPARE_PERSISTENT : 0,
		&prepared, NULL);

	*ret = prepared;
	return sqlite_note(store, code);
}

static void note_bind(struct query *query, int code)
{
	if (code != SQLITE_OK)
		query->err = sqlite_note(query->store, code);
}

static void bind_int(struct query *query, int64_t value)
{
	note_bind(query,
		  sqlite3_bind_int64(query->prepared, query->bound, value));
}

static void bind_bytes(struct query *query, enum bytes_kind kind,
		       struct view bytes)
{
	int code;

	if (kind == BYTES_BLOB)
		code = sqlite3_bind_blob64(query->prepared, query->bound,
					   bytes.at, bytes.len, SQLITE_STATIC);
	else if (bytes.at)
		code = sqlite3_bind_text64(query->prepared, query->bound,
					   bytes.at, bytes.len, SQLITE_STATIC,
					   SQLITE_UTF8);
	else
		code = sqlite3_bind_null(query->prepared, query->bound);
	note_bind(query, code);
}

static bool next(struct query *query)
{
	int code = sqlite3_step(query->prepared);

	if (code == SQLITE_ROW)
		return true;
	query->err = sqlite_note(query->store, code);
	return false;
}

static int64_t get_int(struct query *query)
{
	return sqlite3_column_int64(query->prepared, query->column);
}

static struct view get_bytes(struct query *query, enum bytes_kind kind)
{
	const void *bytes =
		kind == BYTES_TEXT
			? (const void *)sqlite3_column_text(query->prepared,
							    query->column)
			: sqlite3_column_blob(query->prepared, query->column);

	return (struct view){bytes, (size_t)sqlite3_column_bytes(
					    query->prepared, query->column)};
}

static void reset(void *prepared)
{
	sqlite3_reset(prepared);
	sqlite3_clear_bindings(prepared);
}

static void finalize(void *prepared)
{
	sqlite3_finalize(prepared);
}

static int n_changes(const struct store *store)
{
	return sqlite3_changes(store->sqlite->db);
}

const struct store_engine sqlite_engine = {
	.begin = "BEGIN IMMEDIATE",
	.begin_read = "BEGIN",
	.prepare = prepare,
	.bind_int = bind_int,
	.bind_bytes = bind_bytes,
	.next = next,
	.get_int = get_int,
	.get_bytes = get_bytes,
	.reset = reset,
	.finalize = finalize,
	.n_changes = n_changes,
	.open = sqlite_open,
	.close = sqlite_close,
	.checkpoint = sqlite_checkpoint,
	.check = sqlite_check,
	.path = sqlite_path,
};
