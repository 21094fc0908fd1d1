/*
 * limits -- rates, retries and shares: how much, and how often (RFC 5360
 * section 5.1.1, RFC 4453 REQ 2). Pure arithmetic; the callers keep the numbers
 * (db/, server/edge).
 */
#ifndef VOLENS_POLICIES_LIMITS_H
#define VOLENS_POLICIES_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "server/base/domains.h"

/** A token bucket. */
struct bucket {
	int64_t level_milli; /**< thousandths of a token left */
	int64_t filled_ms; /**< when it was last filled, on a monotonic clock */
};
/** Take one token.  @return 0 when it was there, else ms until it will be.
 *  A zeroed bucket is full on first use; rates under 1 count as 1. */
int64_t bucket_take(struct bucket *bucket, int64_t now_ms, int per_s,
		    int burst);
/** Take one that may not be there: the level goes under 0, and others wait. */
void bucket_spend(struct bucket *bucket, int64_t now_ms, int per_s, int burst);

struct ask_limits {
	int burst;	/**< permission requests in a row without a pause */
	int interval_s; /**< then the pause between two */
	int per_day;	/**< most in 24 hours */
};
/**
 * When may this recipient be asked again, for whatever sender?
 * @param asked_at  instants of past permission requests, ascending; older than
 * a day do not count
 * @return an instant; not after @p now means now
 */
int64_t limits_ask_at(const struct ask_limits *limits, const int64_t *asked_at,
		      size_t n, int64_t now);

/** Pause in seconds before try number @p attempts + 1, with @p spread in
 *  -100..100 moving it by up to 20 per cent; the last pause repeats.  Never
 *  under 1; 60 when there are no pauses. */
int64_t limits_retry_pause(const int *pauses_s, size_t n, unsigned attempts,
			   int spread);

/** Pause in seconds before a recipient who is away is asked once more, after
 *  @p n_tries of the question: 10 minutes at first, 8 hours in the end. */
int64_t limits_ask_pause(size_t n_tries);

/** Seconds for which a source is not listened to as one account, after so many
 *  wrong passwords in a row: none for four, then 1, 2, 4 ... up to 5 minutes.
 */
int64_t limits_login_pause(unsigned n_failed);
/** The same for all accounts together: from the fiftieth on. */
int64_t limits_source_pause(unsigned n_failed);

/** Pause in seconds for one that has waited for @p waited_s already, while too
 *  many wait for its recipient: @p pause_s, and more as time goes by. */
int64_t limits_crowd_pause(int64_t pause_s, int64_t waited_s);

/** What a final status (or 408 for silence) means for what was sent. */
enum leg_outcome {
	LEG_OUTCOME_OK,		 /**< 2xx */
	LEG_OUTCOME_TRY_AGAIN,	 /**< 408, 480, 486, 500-599 but 501, 505, 513;
			      silence;   and what means away, see below */
	LEG_OUTCOME_CREDENTIALS, /**< 401, 407: try again, and tell the operator
				  */
	LEG_OUTCOME_FAILED	 /**< everything else; 3xx is never followed */
};

/**
 * Which more statuses mean that the recipient is away.
 *
 * Registrars answer 404 for a user without a registration, edge proxies 430
 * (RFC 5626 section 11.5), Kamailio 477 and 478.  They mean it where a
 * registrar of ours answers: at our own domain, at a numeric host, and at
 * every recipient where all requests pass through an outbound proxy.  Of
 * another domain such an answer is final (RFC 3261 section 21.4.5).
 */
struct away_rule {
	const int *statuses;
	size_t n;
	const char *domain;	/**< our own, in lower case */
	struct domains domains; /**< beside it */
	int is_everywhere;	/**< 1: the host does not matter */
};
/** For a request to @p recipient, a URI; @p rule may be NULL: nothing more. */
enum leg_outcome limits_leg_outcome(const struct away_rule *rule,
				    const char *recipient, int status);

/** Max-Breadth (RFC 5393 section 5.3.3): how a value is shared out. */
struct breadth {
	size_t window; /**< most legs at a time */
	int share;     /**< Max-Breadth of each; never 0 */
};
/** @p incoming  -1 when absent: 60; over @p maximum it is lowered to it.
 *  An incoming 0 gives window 0: respond 440. */
struct breadth limits_breadth(int incoming, int maximum, size_t n);

/** Why a request is refused for now: 503. */
enum overload {
	OVERLOAD_SOURCE,       /**< its source is over its rate */
	OVERLOAD_TRANSACTIONS, /**< there is no room for its transaction */
	OVERLOAD_REQUESTS,     /**< too much is in work, or waits unread */
	OVERLOAD_STOPPING,     /**< the next start will take it */
	OVERLOAD_WRITER,       /**< the queue for the disk is full */
	OVERLOAD_STORE	       /**< the disk does not take it */
};
/** Seconds after which it is worth another attempt: Retry-After. */
int limits_retry_after_s(enum overload overload);

#endif
