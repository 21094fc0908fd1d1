/*
 * permissions -- the rows that say who may send to whom, and their tokens.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_PERMISSIONS_H
#define VOLENS_DB_PERMISSIONS_H

#include "db/store.h"
#include "policies/permission.h"

struct facts;

/** A state to ask for: the row's time is over (permission_is_expired). */
#define PERMISSION_EXPIRED PERMISSION_STATES
/** NULL or 0/-1 fields do not filter.  state, origin: -1 any.  A row that is
 *  expired at @p now is in no other state. */
struct permission_filter {
	const char *sender, *target, *recipient;
	const char *domain; /**< of the target, beside the first; "" is that */
	int state, origin;
	const char *kind;    /**< name of one (policies/kinds.h) */
	int64_t ends_before; /**< granted, and ends after now and by then */
	/** How far the question got: "not-reached" is pending, and was tried;
	 *  "pending" was not; any other is a state. */
	const char *question;
	/** Asked, with no answer, and not again since before then. */
	int64_t asked_before;
	int64_t now;
	struct page page;
};
enum err store_permission_get(struct store *store, int64_t id,
			      struct arena *arena,
			      struct permission *ret) MUST_CHECK;
/** The row with sender, target, recipient and kinds (none: messages) of @p
 *  scopes; ERR_UNKNOWN. */
enum err store_permission_find(struct store *store,
			       const struct permission *scopes,
			       struct arena *arena,
			       struct permission *ret) MUST_CHECK;
enum err store_permission_list(struct store *store,
			       const struct permission_filter *filter,
			       struct arena *arena, struct permission **ret,
			       size_t *ret_n) MUST_CHECK;
/** All rows whose recipient is @p recipient and whose scopes may cover the
 *  facts; what consent_decide() wants, from disk (explain, tests). */
struct facts;
enum err store_permission_rows(struct store *store, const struct facts *facts,
			       struct arena *arena, struct permission **ret,
			       size_t *ret_n) MUST_CHECK;

/**
 * Let an event happen to a permission: reads the row, asks permission_step(),
 * writes, and tells the index (a deny before the commit, a grant after it).
 * The only way a state ever changes.
 *
 * A row that is expired counts as none for a new word (added, again, grant,
 * deny).
 * The same word again by the same actor is a renewal where it brings another
 * expires_at or evidence.  A row that goes away is returned as it was.
 *
 * ERR_CONFLICT: the recipient's own deny stands; EVENT_AGAIN: or it is decided
 * in another way.  ERR_PRECONDITION: etag given
 * and not the row's.  ERR_UNKNOWN: id given and no such row, or nothing there
 * that the event could happen to.  ERR_CHARSET: control bytes or not UTF-8.
 * ERR_EXISTS: some of the kinds are in another row of the same three.
 *
 * A deny of all kinds denies the other rows of the same persons with it.
 */
struct permission_change {
	int64_t id; /**< 0: by the triple below, made if missing */
	/** The row of this id, where it was read by the same job; NULL: it is
	 *  read. */
	const struct permission *row;
	const char *sender, *target, *recipient, *recipient_uri;
	/** Of the row; none: messages.  Of a deny: these alone, and they are
	 *  taken apart from a row that is for more; none: all there are. */
	struct kinds kinds;
	enum permission_event event;
	enum permission_origin actor;
	const char *evidence; /**< NULL: keep */
	/** Of a deny by the recipient: as in struct permission. */
	const char *recorded_by;
	struct consent_shown shown; /**< of a word of the recipient */
	const char *reason;	    /**< for EVENT_UNDELIVERABLE */
	/** NULL: whatever it is; else its tag is one of these (NULL ends). */
	const char *const *if_match;
	int64_t expires_at; /**< 0: never; -1: keep, or never when the
			       state changes (a deny does not end where the
			       grant before it would have) */
	int64_t ask_due_at; /**< for EVENT_ADDED, EVENT_AGAIN */
	/** How long a yes of the recipient is to live (TERM_*); NULL: keep. */
	const int64_t *term_s;
	int last_status; /**< for EVENT_SENT, EVENT_UNDELIVERABLE: as
			  *   policies/kept_status.h keeps it */
	int64_t now;
};
enum err store_permission_change(struct store *store,
				 const struct permission_change *change,
				 struct arena *arena,
				 struct permission *ret) MUST_CHECK;
/** What a change found and made. */
struct permission_result {
	bool is_new;	       /**< there was no row */
	struct permission was; /**< as it was */
	struct permission row; /**< as store_permission_change() returns it */
};
/**
 * store_permission_change() for an operator or an import, with what was there
 * before.
 *
 * ERR_CONFLICT also where another deny of the recipient stands against it
 * (store_permission_opposed()).  Then is_new is false and `was` is the deny
 * that stands; or is_new is true, where it has no row to name.  ERR_EXISTS:
 * `was` is the row that has some of the kinds.
 */
enum err store_permission_set(struct store *store,
			      const struct permission_change *change,
			      struct arena *arena,
			      struct permission_result *ret) MUST_CHECK;
/**
 * store_permission_change() for a deny by the recipient, with its sender,
 * target and recipient. In the index it counts from now on, and goes on
 * counting when the store fails, until a later grant or deny of theirs for the
 * same three is on disk: nothing may be sent after a deny that was read.  Not
 * after ERR_PRECONDITION.
 */
enum err store_permission_deny(struct store *store,
			       const struct permission_change *change,
			       struct arena *arena,
			       struct permission *ret) MUST_CHECK;

/** A row that was found, in an arena that is given. */
struct permission_found {
	struct arena *arena;
	struct permission row;
};
/**
 * Does a deny of the recipient's own stand against @p event of a row with these
 * scopes, by somebody else?  The row of the very same keys is not looked at:
 * permission_step() judges that one.
 *
 * EVENT_GRANT: a deny that covers all of it, wider or under another spelling;
 * the grant would have no effect.  EVENT_ADDED, EVENT_AGAIN: these, and a
 * narrower one: who denied one sender is not asked for all of them by others
 * (RFC 4453 REQ 5). Other events: none.
 *
 * @param row  id (0: none yet), sender, target, recipient are read
 * @return ERR_OK: it is in @p ret; ERR_UNKNOWN: none
 */
enum err store_permission_opposed(struct store *store,
				  const struct permission *row,
				  enum permission_event event, int64_t now,
				  struct permission_found *ret) MUST_CHECK;
/**
 * Is nothing about a row with these scopes to go to its recipient, question or
 * notice?  A deny of anybody's, wider or under another spelling, covers all of
 * it: what they say to it would have no effect.  As above for the rest.
 */
enum err store_permission_silenced(struct store *store,
				   const struct permission *row, int64_t now,
				   struct permission_found *ret) MUST_CHECK;
/**
 * Before a grant by the recipient themselves: take away denies of the same
 * scopes under other spellings, whoever made them.
 *
 * ERR_CONFLICT: a wider deny stands, and is in @p ret; nothing is changed.  It
 * is not taken away: what others may by older grants would come back with it.
 */
enum err store_permission_lift(struct store *store,
			       const struct permission *row, int64_t now,
			       struct permission_found *ret) MUST_CHECK;

/** A decision that another took the place of, or that ended. */
struct past_decision {
	enum permission_state state; /**< denied or granted */
	enum permission_origin origin;
	const char *evidence;	    /**< NULL: none */
	const char *recorded_by;    /**< as in struct permission */
	struct consent_shown shown; /**< likewise */
	int64_t since, ended_at, expires_at;
	struct kinds kinds;
	bool all_kinds;
};
#define PAST_DECISIONS_MAX 20 /**< kept of one permission, the newest */
/** Those of a permission, newest first; none where there is no such row. */
enum err store_permission_past(struct store *store, int64_t id,
			       struct arena *arena, struct past_decision **ret,
			       size_t *ret_n) MUST_CHECK;
/** Granted rows that ended since the last call, of this process or a former
 * one; 1000 at most.  They leave the index, and the change log names them. */
enum err store_permission_ended(struct store *store, int64_t now,
				struct arena *arena, struct permission **ret,
				size_t *ret_n) MUST_CHECK;

/** What a token stands for; ERR_UNKNOWN (unknown, retired alike; tokens of a
 *  page or a chat are retired for a yes alone, and found). */
struct token_row {
	int64_t permission;
	enum token_kind kind;
	int is_secure;	 /**< its permission request went out over SIPS */
	bool all_kinds;	 /**< a deny by it is one of all kinds */
	bool is_retired; /**< no yes by it counts any more */
	int64_t made_at; /**< when its question was asked */
};
enum err store_token_find(struct store *store, enum token_kind kind,
			  const uint8_t hash[HASH_LEN],
			  struct token_row *ret) MUST_CHECK;
/** The three, and the kinds, that a token which may deny was made for, where
 * their permission was removed; the other fields are 0.  ERR_UNKNOWN. */
enum err store_removed_deny_find(struct store *store,
				 const uint8_t hash[HASH_LEN],
				 struct arena *arena,
				 struct permission *ret) MUST_CHECK;
/** Forget granted rows whose time has been over for as long as they are kept
 *  (1000 a call), drop old asks, retired and year-old grant tokens, and
 *  deny tokens of that age whose permission was removed.  Remembers
 * @p now; counts from the newest instant it ever saw. */
enum err store_permission_sweep(struct store *store, int64_t now) MUST_CHECK;

#endif
