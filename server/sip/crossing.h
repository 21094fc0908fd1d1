/*
 * crossing -- a way for legs from one thread to another, in convoys: one short
 * lock for a convoy, and a wake-up where nothing was waiting yet.
 */
#ifndef VOLENS_SERVER_SIP_CROSSING_H
#define VOLENS_SERVER_SIP_CROSSING_H

#include <pthread.h>
#include <sys/queue.h>

#include "server/base/loop.h"

struct outgoing;

/** Legs in order; `link` is in outgoing_parts.h. */
struct convoy {
	STAILQ_HEAD(, outgoing) legs;
	size_t n;
};

struct crossing {
	struct loop *to;
	struct loop_watch watch;
	pthread_mutex_t lock;
	struct convoy waiting; /**< under the lock */
	void (*arrived)(void *arg);
	void *arg;
};

void convoy_init(struct convoy *convoy);
void convoy_add(struct convoy *convoy, struct outgoing *outgoing);
/** NULL: there is none. */
struct outgoing *convoy_take(struct convoy *convoy);
/** Free all that are in it. */
void convoy_clear(struct convoy *convoy);

/** @p to: the loop of the thread that takes; arrived() is called on it when
 *  there is something to take.  ERR_FULL: no descriptor. */
enum err crossing_open(struct crossing *crossing, struct loop *to,
		       void (*arrived)(void *arg), void *arg) MUST_CHECK;
/** No thread uses it any more; what waits goes behind what is in @p convoy.
 *  Harmless where it was not opened (all zero). */
void crossing_close(struct crossing *crossing, struct convoy *convoy);
/** All of @p convoy, which is empty then. */
void crossing_put(struct crossing *crossing, struct convoy *convoy);
/** All that waits, behind what is in @p convoy. */
void crossing_take(struct crossing *crossing, struct convoy *convoy);

#endif
