/*
 * crossing -- a way for legs from one thread to another, in leg batches: one
 * short lock for a batch, and a wake-up where nothing was waiting yet.
 */
#ifndef VOLENS_SERVER_SIP_CROSSING_H
#define VOLENS_SERVER_SIP_CROSSING_H

#include <pthread.h>
#include <sys/queue.h>

#include "server/base/loop.h"

struct outgoing;

/** Legs in order; `link` is in outgoing_parts.h. */
struct leg_batch {
	STAILQ_HEAD(, outgoing) legs;
	size_t n;
};

struct crossing {
	struct loop *to;
	struct loop_watch watch;
	pthread_mutex_t lock;
	struct leg_batch waiting; /**< under the lock */
	void (*arrived)(void *arg);
	void *arg;
};

void leg_batch_init(struct leg_batch *batch);
void leg_batch_add(struct leg_batch *batch, struct outgoing *outgoing);
/** NULL: there is none. */
struct outgoing *leg_batch_take(struct leg_batch *batch);
/** Free all that are in it. */
void leg_batch_clear(struct leg_batch *batch);

/** @p to: the loop of the thread that takes; arrived() is called on it when
 *  there is something to take.  ERR_FULL: no descriptor. */
enum err crossing_open(struct crossing *crossing, struct loop *to,
		       void (*arrived)(void *arg), void *arg) MUST_CHECK;
/** No thread uses it any more; what waits goes behind what is in @p batch.
 *  Harmless where it was not opened (all zero). */
void crossing_close(struct crossing *crossing, struct leg_batch *batch);
/** All of @p batch, which is empty then. */
void crossing_put(struct crossing *crossing, struct leg_batch *batch);
/** All that waits, behind what is in @p batch. */
void crossing_take(struct crossing *crossing, struct leg_batch *batch);

#endif
