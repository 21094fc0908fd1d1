/*
 * engine -- statements in a few words, and the engine that runs them.
 *
 * Private to db/.  Every statement is a constant text, prepared once a handle
 * and found again by its address; values are only ever bound.  A text is common
 * SQL: its parameters are $1, $2 and so on, and are first met in that order
 * (SQLite numbers names as it meets them).  A query remembers its first
 * failure, so that a function binds, steps and reads, and looks at the result
 * of query_end() once.
 *
 * What is the engine's own is behind struct store_engine: how statements are
 * run, what its errors mean, and the file or server under the handle.  There is
 * one, SQLite (sqlite_private.h).
 */
#ifndef VOLENS_DB_ENGINE_H
#define VOLENS_DB_ENGINE_H

#include "db/store.h"

/** One run of a statement. */
struct query {
	struct store *store;
	void *prepared; /**< the engine's; NULL: there is none */
	int bound;	/**< parameters bound so far */
	int column;	/**< columns read of this row */
	bool is_own;	/**< not in the cache: dropped at the end */
	enum err err;	/**< the first failure; what follows does nothing */
};

/** Begin with a constant text. */
struct query query_begin(struct store *store, const char *sql);
/** Begin with a text put together from constants (listings). */
struct query query_compose(struct store *store, const char *sql);
/** A column and what it must be; a value of NULL does not filter. */
struct filter {
	const char *column, *value;
};
/** Begin a page of a listing: @p select is "SELECT ... FROM ... " of a table
 *  with ids, @p filters end with a column of NULL.  Only those that are set are
 *  in the text, so that their indexes are used. */
struct query query_list(struct store *store, const char *select,
			const struct filter *filters, struct page page);
/** Bind the next parameter.  Strings must live until query_end(); NULL binds
 *  NULL; ERR_CHARSET for control bytes and what is not UTF-8. */
void query_text(struct query *query, const char *text);
void query_int(struct query *query, int64_t value);
void query_blob(struct query *query, struct view blob);
/** Next row: true when there is one. */
bool query_next(struct query *query);
/** Read the next column of the row. */
int64_t query_get_int(struct query *query);
/** A copy in the arena; NULL for NULL. */
const char *query_get_text(struct query *query, struct arena *arena);
struct view query_get_blob(struct query *query, struct arena *arena);
/** Zeroes where it is none. */
void query_get_hash(struct query *query, uint8_t ret[HASH_LEN]);
/** What was read is nothing that a store of ours has: the query fails, and the
 *  store is not trusted any more. */
void query_corrupt(struct query *query);
/** Over; the first failure of it all. */
enum err query_end(struct query *query);
/** Over; ERR_UNKNOWN where all went well, but no row was found. */
enum err query_end_found(struct query *query, bool is_found);
/** Look for a row, and end: is there one? */
enum err query_exists(struct query *query, bool *ret);
/** Step a statement without rows to its end, and end it. */
enum err query_run(struct query *query);
/** The same of one that returns the id of the row that it adds. */
enum err query_run_id(struct query *query, int64_t *ret_id);
/** Rows that the last statement changed. */
int query_changes(const struct store *store);
/** Run one constant statement without values. */
enum err store_run(struct store *store, const char *sql);
/** End early when @p err is set: keeps the first failure. */
enum err first_err(enum err first, enum err second);

/** SHA-256 as something to bind. */
struct view hash_view(const uint8_t hash[HASH_LEN]);

/* ---- what an engine does ------------------------------------------------ */

/** How far what is under a handle can be trusted. */
enum store_health {
	HEALTH_FINE,
	HEALTH_FAILED, /**< no room or an I/O error: may pass */
	HEALTH_BROKEN /**< corrupt, or fsync failed: not until it is reopened */
};

enum statement_use { STATEMENT_KEPT, STATEMENT_ONCE };
enum bytes_kind { BYTES_TEXT, BYTES_BLOB };

/**
 * The calls of an engine.  Each turns the engine's errors into ours, and has
 * store_note() told of them.  A query that is handed over has not failed, and
 * its `bound` or `column` is that of the value.
 */
struct store_engine {
	/** Text that begins a transaction that writes, and one that reads. */
	const char *begin, *begin_read;

	enum err (*prepare)(struct store *store, const char *sql,
			    enum statement_use use, void **ret);
	/** Bind; bytes live until the query ends.  VIEW_NONE binds NULL. */
	void (*bind_int)(struct query *query, int64_t value);
	void (*bind_bytes)(struct query *query, enum bytes_kind kind,
			   struct view bytes);
	/** The next row; false: there is none, or query->err. */
	bool (*next)(struct query *query);
	int64_t (*get_int)(struct query *query);
	/** Of this row, as long as it is there.  VIEW_NONE: NULL. */
	struct view (*get_bytes)(struct query *query, enum bytes_kind kind);
	void (*reset)(void *prepared);	  /**< ready for another run */
	void (*finalize)(void *prepared); /**< NULL is fine */
	int (*n_changes)(const struct store *store);

	/** store_open_told(), store_close(), store_checkpoint() and
	 *  store_check(), as far as they are the engine's. */
	enum err (*open)(struct store *store, const char *path);
	void (*close)(struct store *store);
	void (*checkpoint)(struct store *store);
	enum err (*check)(struct store *store);
	/** The file beside which others of the store are. */
	const char *(*path)(const struct store *store);
};

/** Remember a failure of the engine: what it means for us, for the health of
 *  the store, and for a person (no more than the engine's name of it: its
 *  message may quote what was bound).
 *  @return err */
struct failure {
	enum err err;
	enum store_health health;
	bool is_undone; /**< the engine gave the whole transaction up */
	int code;	/**< the engine's */
	const char *name;
};
enum err store_note(struct store *store, const struct failure *failure);

extern const struct store_engine sqlite_engine; /* sqlite.c */

#endif
