/*
 * allowances -- how much each sender may still send, however they were
 * authenticated.
 *
 * The limit per source address says nothing behind a proxy, where everybody has
 * the proxy's.  Here each identity has two allowances, refilled all the time:
 * requests a second, recipients an hour, and answers an hour that name who has
 * not permitted them.  Memory is fixed: where too many senders share a place,
 * the one that was quiet longest makes room and starts again with full
 * allowances.  Who did not prove who they are has none of these; all of them
 * together have one.  Nothing is kept over a restart.  Any thread.
 */
#ifndef VOLENS_DB_ALLOWANCES_H
#define VOLENS_DB_ALLOWANCES_H

#include <stddef.h>
#include <stdint.h>

#include "server/base/arena.h"

#define ALLOWANCE_BURST_S 4 /**< so many seconds' requests may come at once */

struct allowance_limits {
	int64_t requests_per_s;		      /**< 0: any number */
	int64_t recipients_per_hour;	      /**< 0: any number */
	int64_t missing_per_hour;	      /**< 0: any number */
	int64_t unproved_recipients_per_hour; /**< 0: any number */
};

struct allowances;

struct allowances *allowances_new(const struct allowance_limits *limits);
void allowances_free(struct allowances *allowances);

/** Whose they are: @p sender's, the key of an AOR, in this domain (NULL: the
 *  first); each has its own.  In the arena, or @p sender itself. */
const char *allowance_name(struct arena *arena, const char *sender,
			   const char *domain);
/** Take one request of @p sender, such a name.  @p now_ms is monotonic.
 *  @return 0, or milliseconds until there is one */
int64_t allowances_request(struct allowances *allowances, const char *sender,
			   int64_t now_ms);
/** Take @p n recipients, all or none.
 *  @return 0, milliseconds until they can be had, or -1: never so many */
int64_t allowances_recipients(struct allowances *allowances, const char *sender,
			      size_t n, int64_t now_ms);

/** Likewise, of somebody else's list with @p n members.  What it costs depends
 * on their hundreds alone, so that the sender cannot count them by it, and is a
 * tenth of the hour's at most.
 */
int64_t allowances_unseen(struct allowances *allowances, const char *sender,
			  size_t n, int64_t now_ms);
/** Take one answer that names who has not permitted @p sender.
 *  @return as allowances_request() */
int64_t allowances_missing(struct allowances *allowances, const char *sender,
			   int64_t now_ms);
/** Take @p n recipients of unauthenticated senders, as allowances_recipients().
 */
int64_t allowances_unproved(struct allowances *allowances, size_t n,
			    int64_t now_ms);

/** What a sender has left. */
struct allowance_left {
	int64_t requests, recipients; /**< -1: any number */
};
struct allowance_left allowances_left(struct allowances *allowances,
				      const char *sender, int64_t now_ms);

#endif
