/*
 * store_private -- the handle behind store.h: an engine, a transaction, and
 * what the nouns keep in memory for it.
 *
 * Private to db/.
 */
#ifndef VOLENS_DB_STORE_PRIVATE_H
#define VOLENS_DB_STORE_PRIVATE_H

#include <stdatomic.h>

#include "db/engine.h"

#define STATEMENTS_MAX 256 /**< constant texts a handle may meet */
#define PROBLEM_MAX STORE_PROBLEM_MAX

struct statement {
	const char *sql; /**< a constant; its address is the key */
	void *prepared;
};

struct changes;	       /* db/change_private.h */
struct journal_memory; /* db/journal_private.h */
struct revocations;    /* db/revocations.h */
struct sqlite;	       /* db/sqlite_private.h */
struct seal_key;       /* server/base/seal.h */

#define RECORD_STEPS 4 /**< transactions in one another, at most */

/** What records of requests take (db/records.c). */
struct record_use {
	uint64_t room;	/**< bytes that they may take; 0: keep none */
	uint64_t bytes; /**< about what they take */
	uint64_t begun[RECORD_STEPS]; /**< when each step began */
	int64_t swept; /**< the sweep goes on after this record */
};

struct store {
	const struct store_engine *engine;
	struct sqlite *sqlite; /**< the engine's own; NULL: it is not open */
	enum store_mode mode;
	enum store_health health;
	char problem[PROBLEM_MAX];
	struct statement statements[STATEMENTS_MAX];
	size_t n_statements;
	int log_pages; /**< since the last checkpoint; the engine's */

	int depth;	    /**< transactions begun and not ended */
	enum err lost;	    /**< the engine gave the whole transaction up */
	bool needs_quiesce; /**< a permission was denied or removed; the writer
			       clears it */
	bool is_recorded;   /**< likewise: something is for the record */
	/** Jobs that wait and go first (db/writer.h); NULL: there are none. */
	const atomic_uint *n_first;
	bool is_tight; /**< too little room: take no new journal entries */
	uint64_t sender_room; /**< bytes that may wait of one sender; 0: any */
	bool is_deferring;    /**< delivery rows changed since last looked at */
	/** Bytes of the call that the job does the work of, as long as no
	 *  question of it has them. */
	int64_t received;
	bool has_waiting;	/**< the journal may have rows */
	int64_t expired_keep_s; /**< how long rows stay that are over */
	int64_t renew_before_s; /**< of the end of a grant; 0: not asked */
	bool tells_imported;	/**< who is granted by others is told of it */
	struct record_use records;

	struct index *index;	    /**< told of changes; may be NULL */
	struct accounts *accounts;  /**< likewise */
	struct list_table *lists;   /**< likewise */
	struct revocations *record; /**< of denies; may be NULL */
	struct pending_denies *pending_denies; /**< not on disk; NULL: none */
	struct arena *arena;	 /**< of this transaction; NULL: none yet */
	struct seal_key *seal;	 /**< of digests; NULL: not opened */
	struct changes *changes; /**< of this transaction, and readers */
	struct journal_memory *journal;
};

/** Is it time to give way? */
static inline bool store_is_wanted(const struct store *it)
{
	return it->n_first &&
	       atomic_load_explicit(it->n_first, memory_order_relaxed) > 0;
}

/** Why the store could not be opened; keeps what was noted before. */
void store_explain(struct store *store, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** A new or changed name in the folder of @p path is on disk. */
enum err store_sync_folder(const char *path) MUST_CHECK;
/** The only number of a row. */
enum err store_read_number(struct store *store, const char *sql, int64_t *ret);

/** A new tag of an entity: random hex digits. */
#define ETAG_LEN 16
const char *etag_new(struct arena *arena);
/** Is it one of @p tags?  NULL ends them. */
bool etag_is_among(const char *etag, const char *const *tags);

#endif
