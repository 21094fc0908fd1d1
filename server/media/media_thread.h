/*
 * media_thread -- a thread that mixes: it takes orders, and has a tick of 20
 * ms.
 *
 * Orders wait in a list under a mutex, with an eventfd that is written when the
 * list was empty, as in handoff_queue.  The thread serves them between two
 * ticks, in order, at once; then the order itself goes back with the answer, by
 * loop_post().  An order carries values only; what is marked as the loop's own
 * the thread never looks at.  The timer is absolute, so that no tick is lost by
 * lateness, and is off while nobody is there.
 */
#ifndef VOLENS_SERVER_MEDIA_MEDIA_THREAD_H
#define VOLENS_SERVER_MEDIA_MEDIA_THREAD_H

#include <sys/queue.h>

#include "server/base/loop.h"
#include "server/media/engine.h"

enum media_order_kind {
	MEDIA_ORDER_OPEN,
	MEDIA_ORDER_CONNECT,
	MEDIA_ORDER_CONTROL,
	MEDIA_ORDER_MEASURE,
	MEDIA_ORDER_REMOVE,
	MEDIA_ORDER_NOTHING /**< its answer: all orders before it are served */
};

struct mixer_order {
	enum media_order_kind kind;
	uint64_t conference, participant;
	int fd;				/**< OPEN: the thread's from now on */
	struct mixer_session session;	/**< CONNECT */
	struct media_controls controls; /**< CONTROL */
	struct media_stats stats;	/**< answer to MEASURE and REMOVE */

	struct loop_post post; /**< the loop's own, as what follows */
	STAILQ_ENTRY(mixer_order) waiting; /**< the queue's */
	LIST_ENTRY(mixer_order) out;
	void *owner;
	void (*done)(void *arg, uint64_t participant,
		     const struct media_stats *stats);
	void *arg;
};

struct counters;
struct media_thread_settings {
	struct engine_settings engine; /**< report and arg are set here */
	struct loop *loop;	       /**< whose orders it takes */
	struct counters *counters;     /**< NULL: its ticks are not timed */
	/** On that loop. */
	void (*event)(void *arg, const struct media_event *event);
	void *arg;
};

struct media_thread;
/** ERR_FULL: no descriptor or thread. */
enum err media_thread_new(const struct media_thread_settings *settings,
			  struct media_thread **ret) MUST_CHECK;
/** Ends the thread and closes all sockets: nothing leaves any more.  Orders
 *  that waited are answered by post. */
void media_thread_free(struct media_thread *thread);
/** order->post.run is called on the loop when it was served. */
void media_thread_order(struct media_thread *thread, struct mixer_order *order);
/** Wait until all orders that were given are served: at most for the time that
 *  a tick takes.  On the loop. */
void media_thread_settle(struct media_thread *thread);
/** Ticks that were left out because the one before took too long, or we had no
 *  processor; any thread. */
uint64_t media_thread_late_ticks(const struct media_thread *thread);
/** Sums of its participants, also of those that are gone, as of the last
 * second; any thread. */
void media_thread_totals(struct media_thread *thread, struct media_stats *ret);
/** Events that the loop was too slow for; any thread. */
uint64_t media_thread_lost_events(const struct media_thread *thread);

#endif
