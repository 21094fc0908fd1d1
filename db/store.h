/*
 * store -- the database on disk: SQLite behind an opaque handle.  Each noun
 * has a header of its own: permissions.h, permission_requests.h, journal.h,
 * deliveries.h, accounts.h, lists.h, records.h.
 *
 * One handle per thread.  Everything that writes runs as a job on the writer
 * (db/writer.h), inside its transaction; other threads open read handles.
 * Results live in the caller's arena.  Times are seconds since the epoch, UTC.
 * Errors: ERR_IO, ERR_FULL, ERR_BUSY and what each function names.  "Cannot
 * tell" is an error, never a grant.
 */
#ifndef VOLENS_DB_STORE_H
#define VOLENS_DB_STORE_H

#include <stdint.h>

#include "server/base/arena.h"
#include "server/base/text.h"
#include "server/base/sha256.h"
#include "server/base/token.h"

struct store;
struct index;	   /* db/index.h */
struct accounts;   /* db/account_table.h */
struct list_table; /* db/list_table.h */

enum store_mode {
	STORE_WRITE, /**< the one writer: creates, migrates, locks the file */
	STORE_READ   /**< query only */
};

/** Open; STORE_WRITE makes the file (0600), applies migrations, takes the lock
 *  (ERR_BUSY: another process has it, by this or another name;
 *  ERR_UNSUPPORTED: newer schema, not a file of ours, or one with several
 *  names). */
enum err store_open(const char *path, enum store_mode mode,
		    struct store **ret) MUST_CHECK;
/** The same; on failure @p ret_problem says why, for the log. */
#define STORE_PROBLEM_MAX 256
enum err store_open_told(const char *path, enum store_mode mode,
			 char ret_problem[STORE_PROBLEM_MAX],
			 struct store **ret) MUST_CHECK;
/** Close.  The writer's handle comes last: to close its descriptor takes the
 *  locks of other handles of this process away. */
void store_close(struct store *store);
/** What a start found in the record of revocations (db/revocations.h). */
struct record_look {
	bool is_new;	  /**< there was none */
	bool is_lost;	  /**< there was none, but the store had one before */
	size_t n_applied; /**< denies that the store lacked; its rows say so */
	size_t n_rowless; /**< denies without a row */
	size_t n_damaged; /**< entries that could not be read */
};
/** NULL, or the file beside it that says that there was a store where there is
 *  none now, or an empty file: "PATH.secret" or the record of revocations. */
const char *store_leftover(const char *path, struct arena *arena);
/** NULL, or why store_open() would fail as far as it can be told without it: a
 *  daemon may have the file open, nothing is changed. */
const char *store_look(const char *path);
/** The same of the record of revocations beside it. */
const char *store_look_record(const char *path, struct arena *arena);
/** Text of the last failure on this handle, for the log; never NULL. */
const char *store_problem(const struct store *store);

/** Look at every page of the file: ERR_OK when it is sound, else ERR_IO. */
enum err store_check(struct store *store) MUST_CHECK;
/** The newest instant that the store has lived to see; 0 none.  A start much
 *  before it means that the clock is wrong. */
enum err store_clock(struct store *store, int64_t *ret) MUST_CHECK;
/** The clock shows @p now: the later of it and the newest instant is the newest
 *  from now on, and in @p now.  What ended before it stays ended, whatever the
 *  clock shows later. */
enum err store_clock_note(struct store *store, int64_t *now) MUST_CHECK;

/* A page of a listing: rows with id > after, ascending, at most limit. */
struct page {
	int64_t after; /**< id of the last row already seen; 0 from the start */
	size_t limit;  /**< 1..1000 */
};
/** What is due at @p now, and when the next is. */
struct due_page {
	int64_t now;
	size_t limit;
	int64_t *ret_next; /**< filled: 0 none */
};

#endif
