/*
 * handoff_queue -- hands legs from one thread to another, in batches: one short
 * lock for a batch, and a wake-up only if the queue was empty.
 */
#ifndef VOLENS_SERVER_SIP_HANDOFF_QUEUE_H
#define VOLENS_SERVER_SIP_HANDOFF_QUEUE_H

#include <pthread.h>
#include <sys/queue.h>

#include "server/base/loop.h"

struct client_txn;

/** Legs in order; `link` is in client_txn_private.h. */
struct leg_batch {
	STAILQ_HEAD(, client_txn) legs;
	size_t n;
};

struct handoff_queue {
	struct loop *to;
	struct loop_watch watch;
	pthread_mutex_t lock;
	struct leg_batch waiting; /**< under the lock */
	void (*arrived)(void *arg);
	void *arg;
};

void leg_batch_init(struct leg_batch *batch);
void leg_batch_add(struct leg_batch *batch, struct client_txn *txn);
/** NULL: there is none. */
struct client_txn *leg_batch_take(struct leg_batch *batch);
/** Free all that are in it. */
void leg_batch_clear(struct leg_batch *batch);

/** @p to: the loop of the thread that takes; arrived() is called on it when
 *  there is something to take.  ERR_FULL: no descriptor. */
enum err handoff_open(struct handoff_queue *handoff, struct loop *to,
		      void (*arrived)(void *arg), void *arg) MUST_CHECK;
/** No thread uses it any more; what waits goes behind what is in @p batch.
 *  Harmless where it was not opened (all zero). */
void handoff_close(struct handoff_queue *handoff, struct leg_batch *batch);
/** All of @p batch, which is empty then. */
void handoff_put(struct handoff_queue *handoff, struct leg_batch *batch);
/** All that waits, behind what is in @p batch. */
void handoff_take(struct handoff_queue *handoff, struct leg_batch *batch);

#endif
