/*
 * permission_request_private -- what the files of a permission request share.
 */
#ifndef VOLENS_SERVER_CONSENT_PERMISSION_REQUEST_PRIVATE_H
#define VOLENS_SERVER_CONSENT_PERMISSION_REQUEST_PRIVATE_H

#include "server/consent/consents_private.h"
#include "server/consent/permission_document.h"

#define NETWORKS_MAX 8
#define NETWORK_ROOM 24 /**< bytes of "203.0.113.0/24" with its NUL */

/** Where it would go. */
struct networks {
	char names[NETWORKS_MAX][NETWORK_ROOM]; /**< best first, none twice */
	size_t n;				/**< 0: they are not counted */
	size_t now;	 /**< the one that it is counted for */
	bool is_refused; /**< another one was next */
};

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
	const char *owner; /**< whose question it is */
	const char *etag;  /**< of the permission when it was picked */
	struct permission_request_tokens tokens;
	bool is_home;	  /**< budgets of destinations do not count */
	struct leg probe; /**< is never sent: finds where it goes */
	struct networks networks;
	struct question_sent sent; /**< ask 0: it is not recorded */
	uint64_t n_counted;	   /**< of leg.bytes_out, by the metrics */
	int64_t room;		   /**< bytes of all copies that may leave */
	bool is_put_off;	   /**< by its budgets: nothing leaves */
	bool is_over;		   /**< only its bytes are to be written */
	bool is_unsent;	    /**< and that its renewal is to be asked later */
	bool is_queued;	    /**< an earlier one to this recipient is out */
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

/** Its turn has come: find where it goes, look at its budgets, record it, send
 *  it. */
void permission_request_send(struct permission_request *request);
/** It went to hops of one network only, and there are others. */
bool permission_request_goes_on(struct permission_request *request);
/** The text alone from now on. */
void permission_request_use_text(struct permission_request *request);
/** May it be sent now, as far as others can say no?  still_permitted() of its
 *  leg. */
bool permission_request_still_wanted(struct leg *leg);
/** Writer's thread: ERR_CONFLICT where it is not wanted any more. */
enum err permission_request_check(struct store *store,
				  struct permission_request *request,
				  struct permission *ret) MUST_CHECK;
/** It is over: the next one to this recipient has its turn. */
void permission_request_end(struct permission_request *request);
/** Its leg's ended(). */
void permission_request_ended(struct leg *leg);
/** Its last leg has ended, and nothing more is tried: count it, and tell the
 *  store. */
void permission_request_finish(struct permission_request *request);
/** It is over, and no state changes; its bytes are written down. */
void permission_request_close(struct permission_request *request);
/** It was recorded, and will not leave: it is asked later. */
void permission_request_unsent(struct permission_request *request);
/** Tell the store what became of it; it ends with that. */
void permission_request_record_outcome(struct permission_request *request);
/** Write the documents, the template and the leg but for its callbacks.  Fails
 *  where nothing may be sent to the URI of @p row. */
enum err permission_request_write(
	struct permission_request *request, const struct permission *row,
	const struct permission_request_tokens *tokens) MUST_CHECK;

#endif
