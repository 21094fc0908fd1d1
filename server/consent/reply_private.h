/*
 * reply_private -- what the files of a reply share.
 */
#ifndef VOLENS_SERVER_CONSENT_REPLY_PRIVATE_H
#define VOLENS_SERVER_CONSENT_REPLY_PRIVATE_H

#include "db/permissions.h"
#include "server/consent/consents_private.h"

struct reply_job {
	struct store_job job;
	struct arena *arena; /**< in which it lives */
	struct consents *consents;
	struct reply_job *next, *previous; /**< of consents->replies */
	struct consent_reply reply;
	const char *tags[2];	/**< if_match of the reply */
	struct identity sender; /**< of the reply */
	reply_done_fn done;	/**< NULL: nobody waits for it */
	void *arg;
	int64_t now;
	/* filled on the writer's thread */
	enum reply_outcome outcome;
	struct permission row;
	int is_secure;	 /**< the permission request went out over SIPS */
	bool denies_all; /**< a no by this token is one to all kinds */
	enum proof_basis basis;		       /**< of a grant */
	struct permission_request_order order; /**< a trigger's */
	struct permission_found wider;	       /**< REPLY_OPPOSED: the deny */
};

/** What is said, whatever the door. */
enum consent_answer reply_answer(const struct consent_reply *reply);
/** By its token, or to it. */
bool reply_is_no(const struct consent_reply *reply);
/** A no, or what takes a grant back. */
bool reply_is_revocation(const struct consent_reply *reply);

/** Writer's thread: the reply counts, and is no trigger. */
enum err reply_change(struct store *store,
		      struct reply_job *reply_job) MUST_CHECK;

#endif
