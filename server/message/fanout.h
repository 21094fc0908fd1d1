/*
 * fanout -- the legs of an accepted request: when they start, and how they end.
 *
 * A fan-out takes an accepted request and sends its legs: all of them (fresh,
 * or after a restart), or those whose deliveries are due.
 *
 * Legs start in turns, one from each fan-out that may send, so that a list of
 * 5,000 does not delay a list of 3.  In flight are at most: legs_window in all,
 * Max-Breadth for one fan-out (RFC 5393 section 5.3.3), and one for a recipient
 * over all fan-outs (RFC 3428 section 8).  A leg to a busy recipient waits in
 * order.  If too many wait for a recipient, or the recipient is unreachable,
 * the delivery is stored for a later try.  The permission is checked when a leg
 * gets its turn, and by the edge once more before its first octet.
 *
 * When all first attempts are over, one store job records the outcome; a retry
 * is written down by itself.  A job that fails is tried until it succeeds:
 * until then the disk still has the whole entry.
 */
#ifndef VOLENS_SERVER_MESSAGE_FANOUT_H
#define VOLENS_SERVER_MESSAGE_FANOUT_H

#include "db/deliveries.h"
#include "db/job_group.h"
#include "server/message/accepted_request.h"
#include "server/message/messages.h"

struct fanouts;
struct fanouts_settings {
	const struct messages_settings
		*messages; /**< borrowed; edge may change */
	struct job_group *jobs;
	/** A delivery waits on disk until @p next_at. */
	void (*waiting)(void *arg, int64_t next_at);
	/** What became of a retried delivery is on disk. */
	void (*retried)(void *arg, int64_t delivery);
	/** A fan-out is gone. */
	void (*finished)(void *arg);
	void *arg;
};
struct fanouts *fanouts_new(const struct fanouts_settings *settings);
/** Drop legs and clear timers; fanouts_free() once no store_job is out. */
void fanouts_stop(struct fanouts *fanouts);
void fanouts_free(struct fanouts *fanouts);

/** Bytes that a fan-out to @p n takes in the arena of its request. */
size_t fanout_size(size_t n);
/** Send to all.  The request is the fan-out's from now on. */
void fanout_start(struct fanouts *fanouts, struct accepted_request *accepted);
/** Send again to those of @p rows; the rows' strings need not stay. */
void fanout_retry(struct fanouts *fanouts, struct accepted_request *accepted,
		  const struct delivery *rows, size_t n);
/** An entry that cannot be sent (its bytes make no sense): say of @p rows, or
 *  of all of it when there are none, that they failed. */
void fanout_fail_all(struct fanouts *fanouts, struct accepted_request *accepted,
		     const struct delivery *rows, size_t n);

/** Start no more legs: what did not start waits on disk for the next start. */
void fanouts_drain(struct fanouts *fanouts);
size_t fanouts_count(const struct fanouts *fanouts);
/** Of those, how many send what a former process accepted. */
size_t fanouts_recovered(const struct fanouts *fanouts);
/** Memory that they hold. */
size_t fanouts_bytes(const struct fanouts *fanouts);

#endif
