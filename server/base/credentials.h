/*
 * credentials -- a next hop answered 401 or 407: the operator has to give the
 * relay access, and what is to be sent waits until then.
 *
 * One place for messages and permission requests, so that the log says it once
 * for both.
 */
#ifndef VOLENS_BASE_CREDENTIALS_H
#define VOLENS_BASE_CREDENTIALS_H

#include "server/base/counters.h"

/** How often the log says it. */
#define CREDENTIALS_SAY_S 600

/**
 * Note it for metrics and /readyz, and log it at most every CREDENTIALS_SAY_S.
 * One thread.
 *
 * @param id  as in log_event(); may be NULL
 */
void credentials_wanted(struct counters *counters, int64_t now, const char *id,
			const char *recipient, int status);

#endif
