/*
 * change_log -- what happened to permissions, lists and accounts, in the order
 * it happened.
 *
 * Each row is written in the transaction of its change: after a crash none is
 * missing and none is there twice.  Ids rise by one.  It is working data, not a
 * ledger: it proves nothing.  Rows stay for a week, and longer while a reader
 * with a cursor has not got to them; but there are never more than
 * CHANGE_LOG_ROWS for long.
 *
 * There are three ways to read it.  What lives in the process follows the
 * writer (struct change_reader).  What has to see each change once, also across
 * restarts, has a cursor in the store.  Clients of REST bring their own
 * (store_change_list).
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_CHANGE_LOG_H
#define VOLENS_DB_CHANGE_LOG_H

#include "db/store.h"
#include "policies/permission.h"

#define CHANGE_LOG_S (7 * 24 * 60 * 60)
#define CHANGE_LOG_ROWS 100000

enum change_noun {
	CHANGE_NOUN_PERMISSION,
	CHANGE_NOUN_LIST,
	CHANGE_NOUN_ACCOUNT,
	CHANGE_NOUNS
};

enum change_kind {
	CHANGE_ADDED,	/**< of a permission: the recipient is to be asked */
	CHANGE_ASKED,	/**< a permission request is about to leave */
	CHANGE_GRANTED, /**< also with new terms */
	CHANGE_DENIED,
	CHANGE_ERROR,	/**< the permission request was not delivered */
	CHANGE_EXPIRED, /**< a grant has ended; its row stays for a while */
	CHANGE_REMOVED,
	/* From here on they are no events of REST. */
	CHANGE_CHANGED, /**< in any other way */
	CHANGE_DROPPED, /**< the row of a grant that has ended */
	CHANGE_KINDS
};
#define CHANGE_EVENTS (CHANGE_REMOVED + 1) /**< kinds that are events */
const char *change_kind_name(enum change_kind kind);

/* ---- in the process ----------------------------------------------------- */

/** A change as its transaction made it. */
struct store_change {
	int64_t id, at;
	enum change_noun noun;
	enum change_kind kind;
	int64_t subject;  /**< id of the row that changed; it may be gone */
	const char *name; /**< of a list: its URI key; else NULL */
	/** Of a permission: scopes and kinds, as it became; else NULL. */
	const struct permission *row;
	const struct store_change *next; /**< that came after it */
};

/**
 * Who follows the changes of a store.  The calls come on the writer's thread,
 * when the transaction is over: they must not wait, nor write to the store, nor
 * follow or leave.  What they get is theirs until they return.
 */
struct change_reader {
	/** Before the commit, which does not come where this fails; NULL. */
	enum err (*before)(void *arg, struct store *store);
	/** These changes are on disk.  Each is told once, in order.  NULL. */
	void (*committed)(void *arg, struct store *store,
			  const struct store_change *first);
	/** These are not: memory that took something from them before the
	 *  commit reads what they name again.  NULL. */
	void (*undone)(void *arg, struct store *store,
		       const struct store_change *first);
	void *arg;
};
#define CHANGE_READERS_MAX 16
/** Any thread; @p reader stays until it leaves.  After store_changes_leave() it
 *  is not called any more, nor at the moment. */
void store_changes_follow(struct store *store,
			  const struct change_reader *reader);
void store_changes_leave(struct store *store,
			 const struct change_reader *reader);

/* ---- on disk ------------------------------------------------------------ */

struct change_row {
	int64_t id, at;
	enum change_noun noun;
	enum change_kind kind;
	int64_t subject; /**< id of the row that changed; it may be gone */
	/* The rest is a permission's: */
	const char *sender, *target, *recipient;
	enum permission_origin origin; /**< of the row after the change */
	int64_t expires_at;	       /**< 0: never */
	struct kinds kinds;	       /**< of requests that it is for */
	bool all_kinds;		       /**< a deny of all that there are */
};
/** The ids that there are: 0 and 0 before the first. */
struct change_span {
	int64_t oldest; /**< of the rows that are left; newest + 1: none is */
	int64_t newest; /**< that was ever given */
};
enum err store_change_span(struct store *store,
			   struct change_span *ret) MUST_CHECK;
/** Rows with id > page.after, ascending. */
enum err store_change_list(struct store *store, struct page page,
			   struct arena *arena, struct change_row **ret,
			   size_t *ret_n) MUST_CHECK;

/**
 * The last row that the reader @p name has.  In one transaction with what it
 * makes of the rows after it and store_change_cursor_set(), it sees each once,
 * whatever happens.  A new reader begins with what is to come.
 *
 * @p ret_gap: rows that it had not got to went, because there were too many.
 */
enum err store_change_cursor(struct store *store, const char *name,
			     int64_t *ret_id, bool *ret_gap) MUST_CHECK;
enum err store_change_cursor_set(struct store *store, const char *name,
				 int64_t id) MUST_CHECK;
/** It does not read any more: rows do not wait for it. */
enum err store_change_cursor_drop(struct store *store,
				  const char *name) MUST_CHECK;

#endif
