/*
 * asking_spread -- when the last of many questions will have left, as the
 * limits of asking.h let them.  Pure.
 *
 * It says when the last one leaves if nobody else is asked for meanwhile, and
 * no phone is off; each host takes its own pace, and all share one.
 */
#ifndef VOLENS_POLICIES_ASKING_SPREAD_H
#define VOLENS_POLICIES_ASKING_SPREAD_H

#include "policies/asking.h"

/** The last of @p n questions to one host (at least one), of which @p use has
 *  left already. */
int64_t asking_host_last(const struct asking_rate *rate, int64_t n,
			 const struct asking_destination *use, int64_t now);
/** The last of @p n questions to anybody, @p per_second (0: at once). */
int64_t asking_pace_last(int64_t n, int per_second, int64_t now);

#endif
