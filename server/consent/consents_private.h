/*
 * consents_private -- what the files of this room share.
 *
 *   sweep.c    which permission requests are due; records and begins them
 *   permission_request.c          one of them: queued, checked, sent
 *   permission_request_write.c    its MESSAGE
 *   permission_request_record.c   its row
 *   permission_request_outcome.c  how it ended
 *   reply.c          one reply: in, on disk, and only then done()
 *   reply_outcome.c  its status, log line and counter
 *   publish.c        a reply by PUBLISH, and its response
 *   module.c         how PUBLISH is registered
 *   consents.c       making and freeing all of it
 */
#ifndef VOLENS_SERVER_CONSENT_CONSENTS_PRIVATE_H
#define VOLENS_SERVER_CONSENT_CONSENTS_PRIVATE_H

#include "db/job_group.h"
#include "db/permission_requests.h"
#include "server/consent/consent.h"

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
	struct sweep *sweep; /**< with the writer; NULL: none */
	bool is_woken;	     /**< sweep again when it is back */
};

/* ---- permission_request.c ----------------------------------------------- */

/** A row whose permission request is on its way is not due again before this:
 *  what a transaction lives (RFC 3261 timer F, 32 s), with resolving. */
#define PERMISSION_REQUEST_AWAY_S 60

/** The tokens of a permission request; made on the writer's thread. */
struct permission_request_tokens {
	struct token grant, deny;
	struct token stop; /**< a no to all kinds, where deny is one to these */
	bool has_stop;
};
/** Does a request to that recipient go by sips?  Then each copy of it does: its
 *  leg has no other way. */
bool permission_request_is_secure(const struct permission *row);
/** Record a permission request with new tokens and put its row off while it is
 *  on its way.  Writer's thread. */
enum err
permission_request_record(struct store *store, const struct permission *row,
			  enum permission_request_kind kind, int64_t now,
			  struct permission_request_tokens *ret) MUST_CHECK;
/** Send a recorded request, or queue it until the recipient has replied to an
 *  earlier one.  Copies what it needs of @p row. */
void permission_request_begin(struct consents *consents,
			      const struct permission *row,
			      enum permission_request_kind kind,
			      const struct permission_request_tokens *tokens);
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

/* ---- sweep.c ---------------------------------------------------------- */

void sweep_start(struct consents *consents);
/** NULL is fine. */
void sweep_free(struct sweep *sweep);

#endif
