/*
 * asking -- when somebody may be asked next, and which limit says so (RFC 4453
 * REQ 2, RFC 5360 section 5.1.1).  Pure: no clock, no I/O, no allocation.
 *
 * A question has an owner: of a stored list whoever owns it, else the sender
 * scope that it asks for.  Limits hold for one recipient: some for all owners
 * together (limits.h), the rest for each owner alone.  The tries of a question
 * to a phone that is off are one question.
 */
#ifndef VOLENS_POLICIES_ASKING_H
#define VOLENS_POLICIES_ASKING_H

#include <stdbool.h>

#include "policies/limits.h"

#define ASKING_DAY_S 86400
#define ASKING_WEEK_S (7 * ASKING_DAY_S)
/** No limit looks further back: half a year. */
#define ASKING_PAST_S (INT64_C(183) * ASKING_DAY_S)

/** Of one owner, 0 is no limit. */
struct asking_limits {
	struct ask_limits all; /**< all owners together */
	int owner_per_day, owner_per_week, owner_per_half_year;
	/** After so many questions in a row without an answer, the last one
	 *  for all after it: seconds. */
	const int *pauses_s;
	size_t n_pauses;
};

/** A question to the recipient. */
struct asking_past {
	int64_t asked_at;
	bool is_owners;	  /**< by the owner who wants to ask now */
	bool is_answered; /**< by a yes or a no */
};

enum asking_limit {
	ASKING_FREE,	  /**< none says no */
	ASKING_INTERVAL,  /**< all owners: a pause after a burst */
	ASKING_DAY,	  /**< all owners */
	ASKING_OWNER_DAY, /**< and from here on this owner */
	ASKING_OWNER_WEEK,
	ASKING_OWNER_HALF_YEAR,
	ASKING_NO_ANSWER, /**< a pause: the last ones got no answer */
	ASKING_LIMITS
};
/** "day", "owner-week" ...; NULL for ASKING_FREE. */
const char *asking_limit_name(enum asking_limit limit);

struct asking_verdict {
	int64_t at; /**< the next question; not after @p now means now */
	/** The one that is the last to let it go. */
	enum asking_limit limit;
	/** Of that limit (ASKING_FREE: of an owner's day): questions counted,
	 *  of so many, in that time.  Where a pause is the limit, those in a
	 *  row, and how long it is. */
	int used, allowed;
	int64_t period_s;
};

/** @p past  to this recipient, ascending; what is older than ASKING_PAST_S does
 *  not count, nor do questions of other owners after a day. */
struct asking_verdict asking_when(const struct asking_limits *limits,
				  const struct asking_past *past, size_t n,
				  int64_t now);
/** The same where no limit is asked: now, and what there was in the owner's
 * day.
 */
struct asking_verdict asking_free(const struct asking_limits *limits,
				  const struct asking_past *past, size_t n,
				  int64_t now);

#endif
