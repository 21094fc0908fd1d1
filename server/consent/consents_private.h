/*
 * consents_private -- what the files of this room share.
 *
 *   sweep.c    which permission requests are due; records and begins them
 *   permission_request.c          one of them: queued, checked, sent
 *   permission_request_leave.c    its budgets, right before it leaves
 *   pace.c           how many a second, of all and for one destination
 *   permission_request_write.c    what it says
 *   consent_leg.h    the MESSAGE of it, or of a notice
 *   permission_request_record.c   its row
 *   permission_request_outcome.c  how it ended
 *   notices_private.h             notices: their files
 *   reply.c          one reply: in, on disk, and only then done()
 *   reply_change.c   what it changes
 *   reply_outcome.c  its status, log line and counter
 *   publish.c        a reply by PUBLISH, and its response
 *   chat_private.h   words that people typed: their files
 *   module.c         how PUBLISH is registered
 *   consents.c       making and freeing all of it
 */
#ifndef VOLENS_SERVER_CONSENT_CONSENTS_PRIVATE_H
#define VOLENS_SERVER_CONSENT_CONSENTS_PRIVATE_H

#include "db/job_group.h"
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/questions.h"
#include "db/renewals.h"
#include "server/base/ttl_cache.h"
#include "server/consent/consent.h"

#define PACE_PLACES 1024
/** How many a second.  Nothing of it is kept over a restart: what waits has its
 *  own instant on disk. */
struct pace {
	struct bucket all; /**< the loop's */
	/** The writer's: by destination, the next free instant for what has to
	 *  wait for it, in parts of a second. */
	int64_t next[PACE_PLACES];
};

/** Most notices that legs wait for and that are looked for at once. */
#define NOTICES_WANTED 256

struct consents {
	struct consents_settings settings;
	struct job_group jobs;
	struct reply_job *replies; /**< with the writer now */
	struct permission_request
		*requests; /**< those on their way or queued */
	size_t n_requests;
	struct loop_timer timer; /**< the next sweep */
	int64_t expire_at_ms;	 /**< when rows are expired next; monotonic */
	bool started, draining;
	struct pace pace;
	struct sweep *sweep; /**< with the writer; NULL: none */
	bool is_woken;	     /**< sweep again when it is back */

	struct notice_out *notices; /**< on their way */
	size_t n_notices;
	struct loop_timer notice_timer;	   /**< the next look at what is due */
	int64_t count_notices_at_ms;	   /**< at the latest; monotonic */
	struct notice_sweep *notice_sweep; /**< with the writer; NULL: none */
	bool is_notice_woken;		   /**< look again when it is back */
	struct chat_out *chats; /**< what is told about typed words */
	size_t n_chats;
	/** How often somebody was told something today; confirmations in a
	 * table that nobody fills without a proof. */
	struct ttl_cache *chat_told, *chat_confirmed;
	/** How many people were looked for this minute, for words that nobody
	 *  proved: at the wish of each source, and of all. */
	struct ttl_cache *chat_sources;
	int64_t forged_until_ms;
	uint32_t n_forged;
	struct hash_key chat_key;

	/** Permissions whose notices legs wait for, and go first. */
	int64_t wanted[NOTICES_WANTED];
	size_t n_wanted;
};

/** How both sweeps look for what is due. */
#define SWEEP_ROWS 100	/**< most rows looked at in one transaction */
#define SWEEP_BUSY_S 1	/**< look again, while requests are shed */
#define SWEEP_RETRY_S 5 /**< after a failure of the store */
/** Look again after this long even if nothing is due: the wall clock may step.
 */
#define SWEEP_IDLE_S 60
/** What waits for its turn is not read each time that one may leave; some of
 *  what is read is put off.  @p room  of what may. */
size_t sweep_rows_for(size_t room);
/** The sooner one; 0 is never. */
int64_t sweep_sooner(int64_t at, int64_t other);
/** Have the timer of a sweep look again: at @p next_at, or after SWEEP_IDLE_S.
 *  0: nothing is known to be due. */
void sweep_look_at(struct consents *consents, struct loop_timer *timer,
		   int64_t next_at);
void sweep_look_in(struct consents *consents, struct loop_timer *timer,
		   int64_t in_s);

/** Bytes left without a permission, in one request; 0: none did. */
void consents_count_left(struct consents *consents, uint64_t bytes);

/* ---- pace.c ---------------------------------------------------------------
 */

/** How many of @p wanted questions may leave now; they are taken.  @p
 * ret_wait_ms until there is one more, where it is fewer. */
size_t pace_take(struct consents *consents, size_t wanted,
		 int64_t *ret_wait_ms);
/** So many of those were not needed. */
void pace_give_back(struct consents *consents, size_t n);
/** Writer's thread: when something for @p destination may leave that cannot
 *  now; each call gives another instant. */
int64_t pace_slot(struct consents *consents, const char *target,
		  const char *destination, int64_t now);

/* ---- permission_request.c ----------------------------------------------- */

/** A row whose permission request is on its way is not due again before this:
 *  what a transaction lives (RFC 3261 timer F, 32 s), with resolving. */
#define PERMISSION_REQUEST_AWAY_S 60

/** The tokens of a permission request; made on the writer's thread. */
struct permission_request_tokens {
	struct token grant, deny;
	struct token stop; /**< a no to all kinds, where deny is one to these */
	struct token page, chat;
	bool has_stop;
};
/** Does a request to that recipient go by sips?  Then each copy of it does: its
 *  leg has no other way. */
bool permission_request_is_secure(const struct permission *row);
/** Writer's thread.  They are good once the request is recorded. */
enum err permission_request_make_tokens(
	struct store *store, const struct permission *row, int64_t now,
	struct permission_request_tokens *ret) MUST_CHECK;
/** One to be sent. */
struct permission_request_order {
	const struct permission *row;
	enum permission_request_kind kind;
	const char *owner; /**< whose question it is (db/questions.h) */
	struct permission_request_tokens tokens;
	/* Of one that is recorded: */
	const char *network; /**< it goes to; NULL: not looked at */
	int64_t bytes;	     /**< counted before it leaves */
	int64_t ask;	     /**< filled: id of the question; 0: it is not
			      *   recorded */
};
/** Record it, and put its row off while it is on its way.  Writer's thread. */
enum err permission_request_record(struct store *store,
				   struct permission_request_order *order,
				   int64_t now) MUST_CHECK;
/** Send it, or queue it until the recipient has replied to an earlier one.  One
 *  that is not recorded is, right before it leaves, if the budgets let it.
 *  Copies what it needs. */
void permission_request_begin(struct consents *consents,
			      const struct permission_request_order *order);
/** Writer's thread: its row is due again at @p at. */
enum err permission_request_defer(struct store *store,
				  const struct permission *row,
				  int64_t at) MUST_CHECK;
/** Writer's thread: does a deny stand against asking for it?  One of the
 *  recipient's, wider or narrower, or a wider one of anybody's.  ERR_UNKNOWN:
 *  none does. */
enum err permission_request_opposed(struct store *store,
				    const struct permission *row, int64_t now,
				    struct permission_found *ret) MUST_CHECK;
/** Writer's thread: where one does, the recipient is not asked, and the row
 * says why.  ERR_UNKNOWN: none does. */
enum err permission_request_drop_opposed(struct store *store,
					 const struct permission *row,
					 int64_t now,
					 struct arena *arena) MUST_CHECK;
/** The permissions whose requests are on their way, in the arena. */
int64_t *permission_requests_away(const struct consents *consents,
				  struct arena *arena, size_t *ret_n);
/** The recipient replied for this permission: requests not yet sent are void.
 */
void permission_requests_replied(struct consents *consents, int64_t permission);
/** The recipient denied @p deny: requests that are no triggers, for some of its
 * kinds and wider or narrower scopes are void, too. */
void permission_requests_denied(struct consents *consents,
				const struct permission *deny);
/** Drop all legs; what the writer has is not freed before
 *  permission_requests_free(). */
void permission_requests_stop(struct consents *consents);
void permission_requests_free(struct consents *consents);

/* ---- reply.c ------------------------------------------------------------ */

/** Those that the writer had last end with ERR_SHUTDOWN. */
void replies_free(struct consents *consents);

/* ---- notices_private.h ----------------------------------------------------
 */

/** Look for notices that are due. */
void notices_sweep(struct consents *consents);
/** Likewise as permission_requests_stop() and _free(). */
void notices_stop(struct consents *consents);
void notices_free(struct consents *consents);
/** NULL is fine. */
void notice_sweep_free(struct notice_sweep *sweep);

/* ---- sweep.c ---------------------------------------------------------- */

void sweep_start(struct consents *consents);
/** NULL is fine. */
void sweep_free(struct sweep *sweep);

#endif
