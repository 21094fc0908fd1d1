/*
 * notices -- what people are told that others recorded about them: a grant that
 * they did not give, or a no in their name.
 *
 * A notice is written in the transaction of what it tells, and outlives it: the
 * same words (sender, target, recipient, kinds, evidence) are told once, with
 * so many tries, also where they are taken back and recorded again.  Until the
 * notice of a grant was sent, the grant permits no leg (struct permission,
 * notice).
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_NOTICES_H
#define VOLENS_DB_NOTICES_H

#include "db/store.h"
#include "policies/notice.h"
#include "policies/permission.h"

struct notice {
	int64_t id;
	enum notice_kind kind;
	int64_t permission; /**< it may be gone */
	enum notice_state state;
	int64_t made_at;
	int64_t due_at;	  /**< of the next try; 0: there is none */
	int64_t tried_at; /**< the last try was begun; 0: never */
	int tries;
	int64_t sent_at; /**< the first request that has left; 0: none did */
	int64_t told_at; /**< it was answered by a 2xx; 0: not */
	int last_status; /**< as policies/kept_status.h keeps it; 0: none */
};

/**
 * Have the recipient of @p row told of it, at once.  An open notice of this
 * kind about it is not made twice.  Where the same words of a grant were told
 * in the last half year, it is told already; where one has left and was not
 * answered, it goes on from there.
 *
 * A grant by others makes its own (store_permission_change()), where the writer
 * tells (struct writer_settings, tells_imported).
 */
enum err store_notice_add(struct store *store, enum notice_kind kind,
			  const struct permission *row, int64_t now) MUST_CHECK;

/** The last of this kind about a permission; ERR_UNKNOWN. */
enum err store_notice_find(struct store *store, int64_t permission,
			   enum notice_kind kind,
			   struct notice *ret) MUST_CHECK;
enum err store_notice_get(struct store *store, int64_t id,
			  struct notice *ret) MUST_CHECK;
/** Were they told the same words in the last half year, by another notice of a
 *  grant?  Of another spelling of theirs, perhaps. */
enum err store_notice_is_said(struct store *store, int64_t id, int64_t now,
			      bool *ret) MUST_CHECK;
/** Open ones whose due_at has come, the first due first. */
enum err store_notices_due(struct store *store, struct due_page page,
			   struct arena *arena, struct notice **ret,
			   size_t *ret_n) MUST_CHECK;
/** How many are open, and of these how many no request has left for. */
struct notice_counts {
	int64_t open, due;
};
enum err store_notice_count(struct store *store,
			    struct notice_counts *ret) MUST_CHECK;

/** Put off the next try. */
enum err store_notice_defer(struct store *store, int64_t id,
			    int64_t due_at) MUST_CHECK;
/** A try is about to leave, with deny URIs of these hashes: after a crash the
 *  next comes as late as after one that nobody answered. */
struct notice_try {
	int64_t id, permission;
	bool has_deny, has_stop;     /**< which of the hashes are tokens */
	uint8_t deny_hash[HASH_LEN]; /**< a no to all; with a stop token to the
				      *   kinds of the row alone */
	uint8_t stop_hash[HASH_LEN]; /**< a no to all kinds */
	int is_secure; /**< 1 when it goes to a SIPS URI over TLS */
	int64_t now;
};
enum err store_notice_try(struct store *store,
			  const struct notice_try *it) MUST_CHECK;
/** What became of a try. */
struct notice_change {
	int64_t id;
	enum notice_event event;
	int64_t due_at; /**< after NOTICE_EVENT_AWAY: of the next try */
	int status; /**< of the answer, as kept_status.h keeps it; 0: none */
	int64_t now;
};
/** The index learns of a grant that is told now.  ERR_UNKNOWN. */
enum err store_notice_change(struct store *store,
			     const struct notice_change *change) MUST_CHECK;

#endif
