#include "db/sqlite.h"

#include "server/base/random.h"

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

enum err store_note(struct store *store, int code)
{
	enum err err = err_of(code);
	enum store_health health;

	if (err == ERR_OK || err == ERR_EXISTS) /* that is an answer */
		return err;
	health = health_of(code);
	if (health > store->health)
		store->health = health;
	/* The code's name only: SQLite's message may quote what was bound.  A
	 * refusal does not hide why the file is not well. */
	if (health != HEALTH_FINE || store->health == HEALTH_FINE)
		snprintf(store->problem, sizeof(store->problem), "%s (%d)",
			 sqlite3_errstr(code), code);
	if (store->depth > 0 && sqlite3_get_autocommit(store->db) &&
	    store->lost == ERR_OK)
		store->lost = err;
	return err;
}

enum err first_err(enum err first, enum err second)
{
	return first != ERR_OK ? first : second;
}

static struct query query_of(struct store *store, sqlite3_stmt *prepared,
			     enum err err)
{
	return (struct query){.store = store, .prepared = prepared, .err = err};
}

static int prepare(struct store *store, const char *sql, unsigned flags,
		   sqlite3_stmt **ret)
{
	return sqlite3_prepare_v3(store->db, sql, -1, flags, ret, NULL);
}

/** A statement must not run alone where its transaction is gone. */
static enum err may_run(const struct store *store)
{
	return store->depth > 0 ? store->lost : ERR_OK;
}

/** Each time it is asked for, a statement comes nearer to the front: those of
 *  each request are found at once. */
static struct statement *find_statement(struct store *store, const char *sql)
{
	struct statement *all = store->statements, found;
	size_t i = 0;

	while (i < store->n_statements && all[i].sql != sql)
		i++;
	if (i == store->n_statements)
		return NULL;
	found = all[i];
	all[i] = all[i / 2];
	all[i / 2] = found;
	return &all[i / 2];
}

struct query query_begin(struct store *store, const char *sql)
{
	struct statement *slot;
	int code;

	if (may_run(store) != ERR_OK)
		return query_of(store, NULL, store->lost);
	slot = find_statement(store, sql);
	if (slot)
		return query_of(store, slot->prepared, ERR_OK);
	if (store->n_statements == STATEMENTS_MAX)
		return query_compose(store, sql);
	slot = &store->statements[store->n_statements];
	code = prepare(store, sql, SQLITE_PREPARE_PERSISTENT, &slot->prepared);
	if (code != SQLITE_OK)
		return query_of(store, NULL, store_note(store, code));
	slot->sql = sql;
	store->n_statements++;
	return query_of(store, slot->prepared, ERR_OK);
}

struct query query_compose(struct store *store, const char *sql)
{
	struct query query = query_of(store, NULL, may_run(store));

	query.is_own = true;
	if (query.err == ERR_OK)
		query.err = store_note(store,
				       prepare(store, sql, 0, &query.prepared));
	return query;
}

struct query query_list(struct store *store, const char *select,
			const struct filter *filters, struct page page)
{
	const struct filter *each;
	struct query query;
	struct text sql;

	text_init(&sql, NULL);
	text_printf(&sql, "%sWHERE id > ?", select);
	for (each = filters; each->column; each++) {
		if (each->value)
			text_printf(&sql, " AND %s = ?", each->column);
	}
	text_add(&sql, " ORDER BY id LIMIT ?");
	query = query_compose(store, sql.at);
	text_release(&sql);
	query_int(&query, page.after);
	for (each = filters; each->column; each++) {
		if (each->value)
			query_text(&query, each->value);
	}
	query_int(&query, (int64_t)page.limit);
	return query;
}

static void note_bind(struct query *query, int code)
{
	if (code != SQLITE_OK)
		query->err = store_note(query->store, code);
}

void query_text(struct query *query, const char *text)
{
	struct view v = view_of(text);
	int code;

	query->bound++;
	if (query->err != ERR_OK)
		return;
	if (!view_is_text(v)) {
		query->err = ERR_CHARSET;
		return;
	}
	if (text)
		code = sqlite3_bind_text64(query->prepared, query->bound, text,
					   v.len, SQLITE_STATIC, SQLITE_UTF8);
	else
		code = sqlite3_bind_null(query->prepared, query->bound);
	note_bind(query, code);
}

void query_int(struct query *query, int64_t value)
{
	query->bound++;
	if (query->err == ERR_OK)
		note_bind(query, sqlite3_bind_int64(query->prepared,
						    query->bound, value));
}

void query_blob(struct query *query, struct view blob)
{
	query->bound++;
	if (query->err == ERR_OK) /* a NULL pointer would bind NULL */
		note_bind(query,
			  sqlite3_bind_blob64(query->prepared, query->bound,
					      blob.at ? blob.at : "", blob.len,
					      SQLITE_STATIC));
}

bool query_next(struct query *query)
{
	int code;

	if (query->err != ERR_OK)
		return false;
	query->column = 0;
	code = sqlite3_step(query->prepared);
	if (code == SQLITE_ROW)
		return true;
	query->err = store_note(query->store, code);
	return false;
}

int64_t query_get_int(struct query *query)
{
	return sqlite3_column_int64(query->prepared, query->column++);
}

const char *query_get_text(struct query *query, struct arena *arena)
{
	int column = query->column++;
	const void *text = sqlite3_column_text(query->prepared, column);

	if (!text)
		return NULL;
	return arena_copy(
		arena, text,
		(size_t)sqlite3_column_bytes(query->prepared, column));
}

struct view query_get_blob(struct query *query, struct arena *arena)
{
	int column = query->column++;
	const void *blob = sqlite3_column_blob(query->prepared, column);
	size_t len = (size_t)sqlite3_column_bytes(query->prepared, column);

	if (!blob || len == 0)
		return VIEW_NONE;
	return (struct view){arena_copy(arena, blob, len), len};
}

void query_get_hash(struct query *query, uint8_t ret[HASH_LEN])
{
	int column = query->column++;
	const void *blob = sqlite3_column_blob(query->prepared, column);

	memset(ret, 0, HASH_LEN);
	if (blob && sqlite3_column_bytes(query->prepared, column) == HASH_LEN)
		memcpy(ret, blob, HASH_LEN);
}

enum err query_end(struct query *query)
{
	if (query->is_own) {
		sqlite3_finalize(query->prepared);
	} else if (query->prepared) {
		sqlite3_reset(query->prepared);
		sqlite3_clear_bindings(query->prepared);
	}
	query->prepared = NULL;
	return query->err;
}

enum err query_run(struct query *query)
{
	while (query_next(query))
		;
	return query_end(query);
}

int query_changes(const struct store *store)
{
	return sqlite3_changes(store->db);
}

enum err store_run(struct store *store, const char *sql)
{
	struct query query = query_begin(store, sql);

	return query_run(&query);
}

void etag_new(char ret[ETAG_LEN + 1])
{
	uint8_t bytes[ETAG_LEN / 2];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), ret);
}

struct view hash_view(const uint8_t hash[HASH_LEN])
{
	return (struct view){(const char *)hash, HASH_LEN};
}
