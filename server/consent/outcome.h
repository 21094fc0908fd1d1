/*
 * outcome -- what became of a reply: its status, its line in the log, its
 * counter.
 */
#ifndef VOLENS_CONSENT_OUTCOME_H
#define VOLENS_CONSENT_OUTCOME_H

#include "server/base/counters.h"
#include "server/base/log_events.h"

enum outcome {
	OUTCOME_UNKNOWN,	 /**< 404, always alike */
	OUTCOME_UNPROVED,	 /**< 401: a proof of who replies is missing */
	OUTCOME_FORGED,		 /**< 401: it proves to be another */
	OUTCOME_PRECONDITION,	 /**< 412: the tag is old */
	OUTCOME_OPPOSED,	 /**< 403: a wider deny makes it void */
	OUTCOME_REMOVED_AT_ONCE, /**< 200: published for no time at all */
	OUTCOME_GRANTED,
	OUTCOME_DENIED,
	OUTCOME_ASKED,	     /**< a fresh question is recorded and goes out */
	OUTCOME_RATE_LIMITED /**< no question now: there were enough */
};

/** The word of the log. */
enum log_event outcome_event(enum outcome outcome);
/** The SIP status of the response. */
int outcome_status(enum outcome outcome);
void outcome_count(struct counters *counters, enum outcome outcome);

#endif
