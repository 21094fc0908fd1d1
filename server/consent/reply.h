/*
 * reply -- what a recipient replied to a permission request, by any protocol.
 *
 * The code of a protocol (publish.c for PUBLISH) reads who replies and to which
 * consent URI, calls consents_decide(), and writes the outcome in its own form.
 * A reply is one job of the writer: what the token stands for, whether the
 * proof is enough (policies/proof), whether the tag fits, the change.  It needs
 * nothing of the protocol, and a deny is decided also when its request has
 * gone.
 *
 * Loop thread only.
 */
#ifndef VOLENS_SERVER_CONSENT_REPLY_H
#define VOLENS_SERVER_CONSENT_REPLY_H

#include "db/writer.h"
#include "policies/facts.h"
#include "policies/permission.h"
#include "policies/proof.h"
#include "server/base/token.h"

struct consents;

/** A grant, a deny or a trigger (RFC 5360 section 5.6), or what was said on a
 *  question's page or in its chat. */
struct consent_reply {
	enum token_kind kind;
	struct token token;
	/** In place of a token: sender signed in to a page (kind TOKEN_PAGE),
	 *  and means this row of theirs; 0: none, CONSENT_STOP of domain. */
	bool by_sign_in;
	int64_t permission;
	enum consent_answer answer; /**< by PUBLISH: CONSENT_BY_TOKEN */
	/** A no, by a page or in a chat: to all kinds, also where its token is
	 *  of some of them. */
	bool is_for_all_kinds;
	struct consent_shown shown; /**< before it was given */
	/** Who was proved to reply; NULL or IDENTITY_NONE: nobody. */
	const struct identity *sender;
	unsigned vouched;     /**< as in struct request */
	bool over_tls;	      /**< our own last hop */
	uint8_t address[16];  /**< of it; IPv4 mapped */
	int expires_s;	      /**< how long it is to last; -1: not said */
	const char *if_match; /**< tag of what it replaces, or NULL */
	size_t bytes;	      /**< of the whole request */
	/** For the log, or NULL: "relay=" and digits, Call-ID, address. */
	const char *id, *call_id, *source;
	enum deny_door door; /**< how it came in, for the time that a no takes
			      */
	/** Of ours, that was addressed, which outlives the job.  Only a no
	 * counts at another than the target's.  NULL: none was. */
	const char *domain;
};

enum reply_outcome {
	REPLY_UNKNOWN,	       /**< 404, always alike */
	REPLY_UNPROVED,	       /**< 401: a proof of who replies is missing */
	REPLY_FORGED,	       /**< 401: it proves to be another */
	REPLY_PRECONDITION,    /**< 412: the tag is old */
	REPLY_OPPOSED,	       /**< 403: a wider deny makes it void */
	REPLY_REMOVED_AT_ONCE, /**< 200: published for no time at all */
	REPLY_GRANTED,
	REPLY_DENIED,
	REPLY_LIFTED,	   /**< a no to everything was taken back */
	REPLY_ASKED,	   /**< a new permission request is recorded and sent */
	REPLY_RATE_LIMITED /**< none is sent now: the limit is reached */
};

/** Borrowed: it ends when done() returns. */
struct reply_result {
	/** ERR_SHUTDOWN: the consents have gone.  Any other: the store failed,
	 *  and nothing is changed on disk (RFC 3903 section 6). */
	enum err err;
	enum reply_outcome outcome;	/**< where err is ERR_OK */
	const struct permission *row;	/**< as it is now */
	const struct permission *wider; /**< REPLY_OPPOSED: the deny */
};
typedef void (*reply_done_fn)(void *arg, const struct reply_result *result);

/** One that is being decided. */
struct reply_job;

/**
 * Decide, and call done() once it is on disk, never before this returns.
 * Copies what it needs of @p reply.  A revocation is taken also where the
 * writer's queue is full.
 *
 * @return NULL: too much is waiting; done() is not called
 */
struct reply_job *consents_decide(struct consents *consents,
				  const struct consent_reply *reply,
				  reply_done_fn done, void *arg) MUST_CHECK;
/** Its request has gone: done() is not called.  The reply counts all the same.
 */
void reply_job_forget(struct reply_job *reply_job);

/** May this deny token be one of ours?  Never false for one of ours. */
bool consent_knows_deny(const struct consents *consents,
			const struct token *token);

#endif
