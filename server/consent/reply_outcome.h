/*
 * reply_outcome -- what became of a reply: its status, its line in the log, its
 * counter.
 */
#ifndef VOLENS_SERVER_CONSENT_REPLY_OUTCOME_H
#define VOLENS_SERVER_CONSENT_REPLY_OUTCOME_H

#include "server/base/counters.h"
#include "server/consent/reply.h"

/** One line; @p row is what it was about. */
void reply_outcome_log(enum reply_outcome outcome,
		       const struct consent_reply *reply,
		       const struct permission *row);
/** The status of the response, in SIP as in HTTP. */
int reply_outcome_status(enum reply_outcome outcome);
void reply_outcome_count(struct counters *counters, enum reply_outcome outcome);

#endif
