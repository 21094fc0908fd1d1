/*
 * outcome -- what became of a reply: its status, its line in the log, its
 * counter.
 */
#ifndef VOLENS_CONSENT_OUTCOME_H
#define VOLENS_CONSENT_OUTCOME_H

#include "server/base/counters.h"
#include "server/base/log_events.h"

enum reply_outcome {
	REPLY_UNKNOWN,	       /**< 404, always alike */
	REPLY_UNPROVED,	       /**< 401: a proof of who replies is missing */
	REPLY_FORGED,	       /**< 401: it proves to be another */
	REPLY_PRECONDITION,    /**< 412: the tag is old */
	REPLY_OPPOSED,	       /**< 403: a wider deny makes it void */
	REPLY_REMOVED_AT_ONCE, /**< 200: published for no time at all */
	REPLY_GRANTED,
	REPLY_DENIED,
	REPLY_ASKED,	   /**< a fresh question is recorded and goes out */
	REPLY_RATE_LIMITED /**< no question now: there were enough */
};

/** The word of the log. */
enum log_event outcome_event(enum reply_outcome outcome);
/** The SIP status of the response. */
int outcome_status(enum reply_outcome outcome);
void outcome_count(struct counters *counters, enum reply_outcome outcome);

#endif
