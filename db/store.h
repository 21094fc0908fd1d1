/*
 * store -- what we know, on disk.  SQLite behind an opaque handle.
 *
 * One handle per thread.  Everything that writes runs as a job on the writer
 * (db/writer.h), inside its transaction; other threads open read handles.
 * Results live in the caller's arena.  Times are seconds since the epoch, UTC.
 * Errors: ERR_IO, ERR_FULL, ERR_BUSY and what each function names.  "Cannot
 * tell" is an error, never a yes.
 */
#ifndef VOLENS_DB_STORE_H
#define VOLENS_DB_STORE_H

#include <stdint.h>

#include "policies/permission.h"
#include "server/base/arena.h"
#include "server/base/digest.h"
#include "server/base/sha256.h"
#include "server/base/view.h"
#include "server/base/token.h"

struct store;
struct index;	 /* db/index.h */
struct accounts; /* db/accounts.h */

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

/* ---- permissions ---------------------------------------------------- */

/** A state to ask for: the row's time is over (permission_is_expired). */
#define PERMISSION_EXPIRED PERMISSION_STATES
/** NULL or 0/-1 fields do not filter.  state, origin: -1 any.  A row that is
 *  expired at @p now is in no other state. */
struct permission_filter {
	const char *sender, *target, *recipient;
	int state, origin;
	int64_t now;
};
enum err store_permission_get(struct store *store, int64_t id,
			      struct arena *arena,
			      struct permission *ret) MUST_CHECK;
/** By its triple; ERR_UNKNOWN. */
enum err store_permission_find(struct store *store, const char *sender,
			       const char *target, const char *recipient,
			       struct arena *arena,
			       struct permission *ret) MUST_CHECK;
enum err store_permission_list(struct store *store,
			       const struct permission_filter *filter,
			       struct page page, struct arena *arena,
			       struct permission **ret,
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
 * A row that is expired counts as none for a new word (added, grant, deny).
 * The same word again by the same actor is a renewal where it brings another
 * expires_at or evidence.  A row that goes away is returned as it was.
 *
 * ERR_CONFLICT: the recipient's own deny stands.  ERR_PRECONDITION: etag given
 * and not the row's.  ERR_UNKNOWN: id given and no such row, or nothing there
 * that the event could happen to.  ERR_CHARSET: control bytes or not UTF-8.
 */
struct permission_change {
	int64_t id; /**< 0: by the triple below, made if missing */
	const char *sender, *target, *recipient, *recipient_uri;
	enum permission_event event;
	enum permission_origin actor;
	const char *evidence; /**< NULL: keep */
	const char *reason;   /**< for EVENT_UNDELIVERABLE */
	const char *if_match; /**< NULL: whatever it is */
	int64_t expires_at;   /**< 0: never; -1: keep, or never when the
				 state changes (a no does not end where the
				 yes before it would have) */
	int64_t ask_due_at;   /**< for EVENT_ADDED */
	int last_status;      /**< for EVENT_SENT, EVENT_UNDELIVERABLE */
	int64_t now;
};
enum err store_permission_change(struct store *store,
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
 * the grant would have no effect.  EVENT_ADDED: these, and a narrower one: who
 * said no to one sender is not asked for all of them by others (RFC 4453 REQ
 * 5). Other events: none.
 *
 * @param row  id (0: none yet), sender, target, recipient are read
 * @return ERR_OK: it is in @p ret; ERR_UNKNOWN: none
 */
enum err store_permission_opposed(struct store *store,
				  const struct permission *row,
				  enum permission_event event, int64_t now,
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

/** Pending rows whose ask_due_at has come, oldest first; and the instant of the
 *  next one (0 none). */
enum err store_permission_requests_due(struct store *store, int64_t now,
				       size_t limit, struct arena *arena,
				       struct permission **ret, size_t *ret_n,
				       int64_t *ret_next) MUST_CHECK;
/** Put off a question. */
enum err store_permission_request_defer(struct store *store, int64_t id,
					int64_t due_at) MUST_CHECK;
/** The same after a try that ended with this SIP status. */
enum err store_permission_request_put_off(struct store *store, int64_t id,
					  int64_t due_at,
					  int status) MUST_CHECK;
/** Why a question was sent; each kind has limits of its own. */
enum permission_request_kind {
	PERMISSION_REQUEST_ADDED,
	PERMISSION_REQUEST_TRIGGER
};
/** Instants of the questions to @p recipient in the last day, ascending. */
enum err store_permission_requests_sent(struct store *store,
					const char *recipient,
					enum permission_request_kind kind,
					int64_t now, struct arena *arena,
					int64_t **ret,
					size_t *ret_n) MUST_CHECK;
/** Record a question about to go out, with the hashes of its two tokens.
 *  Older tokens of the permission stay good for deny; older grant tokens too,
 *  until a deny by the recipient retires every grant token. */
struct permission_request_record {
	int64_t permission;
	enum permission_request_kind kind;
	uint8_t grant_hash[HASH_LEN], deny_hash[HASH_LEN];
	int is_secure; /**< 1 when it goes to a SIPS URI over TLS */
	int64_t now;
};
enum err store_permission_request_record(
	struct store *store,
	const struct permission_request_record *ask) MUST_CHECK;

/** A decision that another took the place of, or that ended. */
struct past_decision {
	enum permission_state state; /**< denied or granted */
	enum permission_origin origin;
	const char *evidence; /**< NULL: none */
	int64_t since, ended_at, expires_at;
};
#define PAST_DECISIONS_MAX 20 /**< kept of one permission, the newest */
/** Those of a permission, newest first; none where there is no such row. */
enum err store_permission_past(struct store *store, int64_t id,
			       struct arena *arena, struct past_decision **ret,
			       size_t *ret_n) MUST_CHECK;
/** Granted rows that ended since the last call, or since the last instant that
 *  a former process noted; 1000 at most.  They leave the index. */
enum err store_permission_ended(struct store *store, int64_t now,
				struct arena *arena, struct permission **ret,
				size_t *ret_n) MUST_CHECK;

/** What a token stands for; ERR_UNKNOWN (unknown, retired alike). */
struct token_row {
	int64_t permission;
	enum token_kind kind;
	int is_secure; /**< its question went out over SIPS */
};
enum err store_token_find(struct store *store, enum token_kind kind,
			  const uint8_t hash[HASH_LEN],
			  struct token_row *ret) MUST_CHECK;
/** The three that a deny token was made for, where their permission was
 *  removed; the other fields are 0.  ERR_UNKNOWN. */
enum err store_removed_deny_find(struct store *store,
				 const uint8_t hash[HASH_LEN],
				 struct arena *arena,
				 struct permission *ret) MUST_CHECK;
/** Forget granted rows whose time has been over for as long as they are kept
 *  (1000 a call), drop old asks, retired and year-old grant tokens, and
 *  deny tokens of that age whose permission was removed.  Remembers
 * @p now; counts from the newest instant it ever saw. */
enum err store_permission_sweep(struct store *store, int64_t now) MUST_CHECK;

/* ---- the journal and deliveries -------------------------------------- */

/** The first bytes of a key name the request: sender, Call-ID, CSeq and From
 *  tag.  The other half of it is the content: Request-URI and body. */
#define KEY_NAME_LEN 16

/** An accepted request: one row until all its legs ended. */
struct journal_entry {
	int64_t id;	       /**< given by the store, to nothing else ever */
	uint8_t key[HASH_LEN]; /**< a repeat of a request that is still here is
				    not a new one */
	const char *sender;    /**< key, or "anonymous" */
	const char *target;    /**< key */
	const char *method;
	int64_t accepted_at;
	int64_t expires_at;   /**< no try after it */
	const char *call_id;  /**< as received, for the record; may be "" */
	const char *source;   /**< address and port that it came from */
	struct view left_out; /**< packed recipients without a permission, for
			       *   the record (db/records.h) */
	struct view message;  /**< packed envelope (server/relay/envelope.h) */
	struct view recipients; /**< packed recipients */
};
/** ERR_EXISTS: that request is already accepted (ret_id is its id then too);
 *  ERR_CONFLICT: another one of that name is, with other content; ERR_FULL: no
 * room on the disk; ERR_BUSY: too much of this sender's waits for another try.
 */
enum err store_journal_add(struct store *store,
			   const struct journal_entry *entry,
			   int64_t *ret_id) MUST_CHECK;

enum delivery_state {
	DELIVERY_WAITING,   /**< to be tried again at next_at */
	DELIVERY_FAILED,    /**< over: refused for good */
	DELIVERY_EXPIRED,   /**< over: time ran out */
	DELIVERY_WITHDRAWN, /**< over: the recipient took the permission back */
	DELIVERY_STATES
};
const char *delivery_state_name(enum delivery_state state);

/** One recipient of a journal entry that needs a row of its own. */
struct delivery {
	int64_t id;
	int64_t journal; /**< 0 once over (the message is gone) */
	uint32_t place;	 /**< index in the entry's recipients */
	const char *sender, *target, *recipient, *method;
	enum delivery_state state;
	unsigned attempts;
	int last_status;
	int64_t since;	 /**< when the request was accepted */
	int64_t next_at; /**< DELIVERY_WAITING only */
	int64_t expires_at;
	uint32_t cseq;	  /**< of the last request that left; 0: none did */
	unsigned content; /**< how it was written: enum body_variant (leg.h) */
	int is_large;	  /**< 1: it left by UDP with more than 1,300 bytes */
	/* For the record (db/records.h); not in the row. */
	int64_t permission; /**< that the try rested on; 0: none */
	uint32_t at_ms;	    /**< when it was over, since accepted_at */
};
/** All first tries of an entry are over: in one transaction write the rows of
 *  those that need one; the entry goes as soon as none waits.  ERR_UNKNOWN:
 *  gone or settled already. */
enum err store_journal_record_outcome(struct store *store, int64_t journal,
				      const struct delivery *rows,
				      size_t n) MUST_CHECK;
/** Bytes of a sender's that wait for another try. */
enum err store_waiting_bytes(struct store *store, const char *sender,
			     uint64_t *ret) MUST_CHECK;
/** Entries without an outcome (a restart), ascending ids after @p after. */
enum err store_journal_without_outcome(struct store *store, int64_t after,
				       size_t limit, struct arena *arena,
				       struct journal_entry **ret,
				       size_t *ret_n) MUST_CHECK;
enum err store_journal_get(struct store *store, int64_t id, struct arena *arena,
			   struct journal_entry *ret) MUST_CHECK;
enum err store_deliveries_due(struct store *store, int64_t now, size_t limit,
			      struct arena *arena, struct delivery **ret,
			      size_t *ret_n, int64_t *ret_next) MUST_CHECK;
enum delivery_end { DELIVERY_DONE = -1 }; /* or an enum delivery_state */
/** After a retry: state DELIVERY_WAITING with next_at and attempts, or over.
 *  @p outcome DELIVERY_DONE: delivered, the row goes.  The journal entry goes
 *  with its last waiting delivery.  ERR_UNKNOWN: dropped meanwhile;
 *  ERR_CONFLICT: over already. */
enum err store_delivery_update(struct store *store,
			       const struct delivery *delivery,
			       int outcome) MUST_CHECK;
/** state: -1 any. */
struct delivery_filter {
	const char *sender, *target, *recipient;
	int state;
};
enum err store_delivery_list(struct store *store,
			     const struct delivery_filter *filter,
			     struct page page, struct arena *arena,
			     struct delivery **ret, size_t *ret_n) MUST_CHECK;
enum err store_delivery_get(struct store *store, int64_t id,
			    struct arena *arena,
			    struct delivery *ret) MUST_CHECK;
/** Try it now (next_at = now), or forget it; ERR_UNKNOWN, ERR_CONFLICT. */
enum err store_delivery_now(struct store *store, int64_t id,
			    int64_t now) MUST_CHECK;
enum err store_delivery_drop(struct store *store, int64_t id,
			     int64_t now) MUST_CHECK;
/** Requests journalled but not yet settled: what is on its way.  Without their
 *  messages. */
enum err store_journal_list(struct store *store, struct page page,
			    struct arena *arena, struct journal_entry **ret,
			    size_t *ret_n) MUST_CHECK;
/** Drop delivery rows that were over @p before. */
enum err store_delivery_sweep(struct store *store, int64_t before) MUST_CHECK;

/* ---- accounts -------------------------------------------------------- */

/** What an account is good for.  One that is there so that a recipient can
 *  answer questions need not be able to write to lists. */
enum user_right {
	USER_SEND = 1,	/**< send to services */
	USER_ANSWER = 2 /**< say yes, by digest, to what its AOR is asked */
};
#define USER_ALL ((unsigned)USER_SEND | (unsigned)USER_ANSWER)

/** A sender or recipient account.  H(A1) in hex; MD5 NULL unless allowed. */
struct user {
	int64_t id;
	const char *aor;      /**< key */
	const char *username; /**< of the digest; unique */
	const char *ha1[DIGEST_ALGORITHMS];
	const char *etag;
	int64_t created_at, changed_at;
	unsigned may; /**< USER_SEND, USER_ANSWER or both; 0: as it was, or both
			   for a new one */
};
enum err store_user_add(struct store *store, const struct user *user,
			struct arena *arena, struct user *ret) MUST_CHECK;
/** NULL strings keep what is there; digests change all together. */
enum err store_user_change(struct store *store, const struct user *user,
			   const char *if_match, struct arena *arena,
			   struct user *ret) MUST_CHECK;
enum err store_user_remove(struct store *store, int64_t id,
			   const char *if_match) MUST_CHECK;
enum err store_user_get(struct store *store, int64_t id, struct arena *arena,
			struct user *ret) MUST_CHECK;
enum err store_user_list(struct store *store, const char *aor,
			 const char *username, struct page page,
			 struct arena *arena, struct user **ret,
			 size_t *ret_n) MUST_CHECK;

#endif
