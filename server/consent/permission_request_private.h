/*
 * permission_request_private -- what the files of a permission request share.
 */
#ifndef VOLENS_SERVER_CONSENT_PERMISSION_REQUEST_PRIVATE_H
#define VOLENS_SERVER_CONSENT_PERMISSION_REQUEST_PRIVATE_H

#include "server/consent/consents_private.h"
#include "server/consent/permission_document.h"

/** One permission request to one recipient. */
struct permission_request {
	struct store_job job; /**< tells the store what became of it */
	struct permission_request *next,
		*prev; /**< of consents->requests, oldest first */
	struct consents *consents;
	struct arena *arena;
	int64_t permission;
	const char *sender, *target, *recipient;
	struct kinds kinds;
	enum permission_request_kind kind;
	const char *etag;   /**< of the permission when it was recorded */
	bool is_queued;	    /**< an earlier one to this recipient is out */
	bool is_secure;	    /**< by TLS on every hop, or not at all */
	bool is_void;	    /**< replied to, or a deny stands: do not send */
	bool is_text;	    /**< the second try: the text alone */
	int64_t now;	    /**< for the store */
	const char *reason; /**< why it could not be delivered */
	bool is_away;	    /**< the recipient may be there later */
	struct permission_document whole, text;
	struct leg_template template;
	struct leg leg;
};

static inline struct permission_request *
permission_request_of(struct write_job *job)
{
	return (struct permission_request *)(void *)job;
}

/** It is over: the next one to this recipient has its turn. */
void permission_request_end(struct permission_request *request);
/** Its leg's ended(). */
void permission_request_ended(struct leg *leg);
/** Tell the store what became of it; it ends with that. */
void permission_request_record_outcome(struct permission_request *request);
/** Write the documents, the template and the leg but for its callbacks.  Fails
 *  where nothing may be sent to the URI of @p row. */
enum err permission_request_write(
	struct permission_request *request, const struct permission *row,
	const struct permission_request_tokens *tokens) MUST_CHECK;

#endif
