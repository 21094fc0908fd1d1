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
#include "policies/trust_domain.h"
#include "server/base/view.h"

#define ASKING_DAY_S 86400
#define ASKING_WEEK_S (7 * ASKING_DAY_S)
/** No limit looks further back: half a year. */
#define ASKING_PAST_S (INT64_C(183) * ASKING_DAY_S)

#define ASKING_HOUR_S 3600
/** A question that has no credit is looked at again after this long. */
#define ASKING_CREDIT_PAUSE_S 1200

/** Domains and networks whose people the operator answers for: budgets of
 *  destinations and bytes do not count there. */
struct asking_home {
	const char *const *domains; /**< hosts of URIs */
	size_t n_domains;
	const struct trust_network *networks; /**< of numeric hosts */
	size_t n_networks;
};
bool asking_is_home(const struct asking_home *home, struct view host);

/** What leaves for one host, or for one network: 0 is no limit. */
struct asking_rate {
	int per_second; /**< tries count */
	int per_day;	/**< the tries of a question are one */
	/** Of all tries, and all that UDP repeats. */
	int64_t bytes_per_day;
};

/** Of one owner, 0 is no limit. */
struct asking_limits {
	struct ask_limits all; /**< all owners together */
	int owner_per_day, owner_per_week, owner_per_half_year;
	struct asking_rate destination;
	/** Bytes of questions for each byte of the calls that caused them, of
	 *  one owner in an hour; 0: no limit. */
	int bytes_ratio;
	/** Questions and notices, each try, for each of these calls, of one
	 *  owner in an hour; 0: no limit. */
	int requests_per_call;
	struct asking_home home;
	/** After so many questions in a row without an answer, the last one
	 *  for all after it: seconds. */
	const int *pauses_s;
	size_t n_pauses;
};

/** A question to the recipient, or a renewal: that is no owner's. */
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
	ASKING_NO_ANSWER,   /**< a pause: the last ones got no answer */
	ASKING_HOST_SECOND, /**< all recipients at one host */
	ASKING_HOST_DAY,
	ASKING_NETWORK_SECOND, /**< all in one /24 or /56 */
	ASKING_NETWORK_DAY,
	ASKING_HOST_BYTES, /**< in a day */
	ASKING_NETWORK_BYTES,
	ASKING_BYTES, /**< the owner's calls had too few bytes in this hour */
	ASKING_CALLS, /**< the owner made too few calls in this hour */
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
/** A renewal: once a term anyway, it has the limits of all owners together, and
 *  none of its owner's. */
struct asking_verdict asking_renewal_when(const struct asking_limits *limits,
					  const struct asking_past *past,
					  size_t n, int64_t now);
/** What left for one destination. */
struct asking_destination {
	int in_second; /**< tries in the second of now */
	int in_day;    /**< questions in a day, asking_rate.per_day at most */
	int64_t oldest_at; /**< of these */
	int64_t bytes;	   /**< in a day, or a little more */
};
/** What wants to leave. */
struct asking_need {
	bool is_try; /**< of a question that is open: the day does not matter */
	int64_t bytes;
};
enum asking_place { ASKING_HOST, ASKING_NETWORK };
struct asking_verdict
asking_destination_when(const struct asking_rate *rate, enum asking_place place,
			const struct asking_destination *use,
			const struct asking_need *need, int64_t now);
/** How many bytes may still leave for it; negative: none. */
int64_t asking_destination_room(const struct asking_rate *rate,
				const struct asking_destination *use);
/** Is anything of it limited? */
bool asking_has_rate(const struct asking_rate *rate);
/** Of one owner in an hour. */
struct asking_traffic {
	int64_t received, sent;	 /**< bytes: of calls, of questions */
	int64_t calls, requests; /**< calls; tries of questions and notices */
};
/** Are any of them limited? */
bool asking_has_credit(const struct asking_limits *limits);
/** How many bytes may still leave; negative: none. */
int64_t asking_credit(const struct asking_limits *limits,
		      const struct asking_traffic *traffic);
/** How many tries may still leave; negative: none. */
int64_t asking_tries_left(const struct asking_limits *limits,
			  const struct asking_traffic *traffic);
/** @p need  bytes of the question. */
struct asking_verdict asking_bytes_when(const struct asking_limits *limits,
					const struct asking_traffic *traffic,
					int64_t need, int64_t now);
/** One try more. */
struct asking_verdict asking_calls_when(const struct asking_limits *limits,
					const struct asking_traffic *traffic,
					int64_t now);
/** The later of both, where it is later than now. */
void asking_take_later(struct asking_verdict *verdict,
		       struct asking_verdict other, int64_t now);
/** The same where no limit is asked: now, and what there was in the owner's
 * day.
 */
struct asking_verdict asking_free(const struct asking_limits *limits,
				  const struct asking_past *past, size_t n,
				  int64_t now);

#endif
