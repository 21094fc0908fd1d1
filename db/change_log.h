/*
 * change_log -- what happened to permissions, in the order it happened.
 *
 * Each row is written in the transaction of its change: after a crash none is
 * missing and none is there twice.  Ids rise by one.  Rows stay for a week, but
 * no more than CHANGE_LOG_ROWS of them.  For readers of events: it is no ledger
 * and proves nothing.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_CHANGE_LOG_H
#define VOLENS_DB_CHANGE_LOG_H

#include "db/store.h"
#include "policies/permission.h"

#define CHANGE_LOG_S (7 * 24 * 60 * 60)
#define CHANGE_LOG_ROWS 100000

enum change_kind {
	CHANGE_ADDED,	/**< the recipient is to be asked */
	CHANGE_ASKED,	/**< a permission request is about to leave */
	CHANGE_GRANTED, /**< also with new terms */
	CHANGE_DENIED,
	CHANGE_ERROR,	/**< the permission request was not delivered */
	CHANGE_EXPIRED, /**< a grant has ended */
	CHANGE_REMOVED,
	CHANGE_KINDS
};
const char *change_kind_name(enum change_kind kind);

struct change_row {
	int64_t id, at;
	enum change_kind kind;
	int64_t permission;
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

#endif
