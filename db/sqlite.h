/*
 * sqlite -- the handle behind store.h, and statements in a few words.
 *
 * Private to db/: the only place where sqlite3.h is included.  Every statement
 * is a constant text, prepared once a handle and found again by its address;
 * values are only ever bound.  A query remembers its first failure, so that a
 * function binds, steps and reads, and looks at the result of query_end() once.
 */
#ifndef VOLENS_DB_SQLITE_H
#define VOLENS_DB_SQLITE_H

#include <sqlite3.h>

#include "db/store.h"

#define STATEMENTS_MAX 128 /**< constant texts a handle may meet */
#define PROBLEM_MAX STORE_PROBLEM_MAX

/** How far the file under a handle can be trusted. */
enum store_health {
	HEALTH_FINE,
	HEALTH_FAILED, /**< no room or an I/O error: may pass */
	HEALTH_BROKEN /**< corrupt, or fsync failed: not until it is reopened */
};

struct statement {
	const char *sql; /**< a constant; its address is the key */
	sqlite3_stmt *prepared;
};

struct changed_row;    /* db/transaction.c */
struct changed_list;   /* db/transaction.c */
struct journal_change; /* db/journal.c */
struct accepted_keys;  /* db/accepted_keys.h */
struct revocations;    /* db/revocations.h */

#define RECORD_STEPS 4 /**< transactions in one another, at most */
#define SETTLED_MAX 512

struct store {
	sqlite3 *db;
	enum store_mode mode;
	int lock_fd; /**< of the name; -1: none */
	int file_fd; /**< of the file itself; -1: none */
	enum store_health health;
	char problem[PROBLEM_MAX];
	struct statement statements[STATEMENTS_MAX];
	size_t n_statements;

	int depth;	    /**< transactions begun and not ended */
	enum err lost;	    /**< SQLite gave the whole transaction up */
	int wal_pages;	    /**< in the log after the last commit */
	bool needs_quiesce; /**< a permission was denied or removed; the writer
			       clears it */
	bool is_recorded;   /**< likewise: something is for the record */
	bool has_changes;   /**< the change log grew; the writer clears it */
	bool is_tight;	    /**< too little room: take no new journal entries */
	uint64_t sender_room; /**< bytes that may wait of one sender; 0: any */
	bool is_deferring;    /**< delivery rows changed since last looked at */
	bool has_waiting;     /**< the journal may have rows */
	int64_t expired_keep_s; /**< how long rows stay that are over */
	uint64_t record_room;  /**< bytes that records may take; 0: keep none */
	uint64_t record_bytes; /**< about what they take */
	uint64_t record_begun[RECORD_STEPS]; /**< when each step began */
	int64_t record_swept; /**< the sweep goes on after this record */
	int64_t next_id;      /**< of an accepted request, while there are */
	unsigned ids_left;    /**< such ids */

	struct index *index;	    /**< told of changes; may be NULL */
	struct accounts *accounts;  /**< likewise */
	struct list_table *lists;   /**< likewise */
	struct revocations *record; /**< of denies; may be NULL */
	struct pending_denies *pending_denies; /**< not on disk; NULL: none */
	struct arena *arena;		       /**< of the changed rows */
	struct changed_row *changed; /**< what this transaction changed */
	struct changed_list *changed_lists; /**< likewise stored lists */
	struct journal_change
		*journal_changes; /**< what it accepted or settled */
	struct accepted_keys
		*accepted_keys; /**< of what is accepted; NULL: not read yet */
	int64_t settled[SETTLED_MAX]; /**< ids that are to leave the accepted
					 before the outermost commit */
	size_t n_settled;
};

/** Translate and remember an SQLite result code. */
enum err store_note(struct store *store, int code);

/** One run of a statement. */
struct query {
	struct store *store;
	sqlite3_stmt *prepared;
	int bound;    /**< parameters bound so far */
	int column;   /**< columns read of this row */
	bool is_own;  /**< not in the cache: finalized at the end */
	enum err err; /**< the first failure; what follows does nothing */
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
/** Over; the first failure of it all. */
enum err query_end(struct query *query);
/** Step a statement without rows to its end, and end it. */
enum err query_run(struct query *query);
/** Rows that the last statement changed. */
int query_changes(const struct store *store);
/** Run one constant statement without values. */
enum err store_run(struct store *store, const char *sql);
/** End early when @p err is set: keeps the first failure. */
enum err first_err(enum err first, enum err second);

/** Give an entity a new tag: 16 random hex digits. */
#define ETAG_LEN 16
void etag_new(char ret[ETAG_LEN + 1]);

/** SHA-256 as something to bind. */
struct view hash_view(const uint8_t hash[HASH_LEN]);

#endif
