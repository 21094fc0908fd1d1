/*
 * worker -- a thread that sends legs of one datagram to one known address, with
 * their timers E and F, retransmissions and the smaller variant after a 415.
 *
 * It has a loop, sockets, a resolver and a slot table of its own, and shares
 * nothing that changes.  Its sockets are bound to ports that the kernel chose;
 * its Vias name them, so that responses come to the right thread by themselves.
 * Nothing but responses is read there.
 *
 *   pool -- worker_send() --> [in] --> sender --> done --> [back] --> pool
 *
 * A leg goes back when it is over, or untouched when it is more than a worker
 * can do (TCP, large, several hops): the loop's own sender carries it then.
 * The functions here are for the loop thread.
 */
#ifndef VOLENS_SERVER_SIP_WORKER_H
#define VOLENS_SERVER_SIP_WORKER_H

#include "server/sip/sender.h"
#include "server/sip/handoff_queue.h"

struct worker;

/** What the workers of one edge have in common. */
struct worker_plan {
	const struct sip_settings *settings;
	const struct transport *transport; /**< whose addresses they take */
	const struct own_addresses *own_addresses;
	const char *instance_id;
	/** Something came back: worker_take() it. */
	void (*returned)(void *arg);
	void *arg;
};

/** Bound, but not running yet. */
enum err worker_new(const struct worker_plan *plan, struct worker **ret,
		    const char **ret_problem) MUST_CHECK;
/** @p number: for the name of the thread. */
enum err worker_start(struct worker *worker, int number) MUST_CHECK;
/** Its sender, for its names and addresses; not to be changed. */
const struct sender *worker_sender(const struct worker *worker);
void worker_send(struct worker *worker, struct leg_batch *batch);
/** What came back, behind what is in @p batch. */
void worker_take(struct worker *worker, struct leg_batch *batch);

/** Has it asked whether legs are permitted, and perhaps not sent them yet? */
bool worker_has_asked(const struct worker *worker);
/** When this returns the thread stands still between two of its turns, and what
 *  it has may be changed from here; until worker_resume(). */
void worker_halt(struct worker *worker);
/** The same soon: to halt several at a time. */
void worker_halt_soon(struct worker *worker);
/** Where it was halted, soon or now: when this returns, nothing is left to be
 *  sent that was permitted before.  What its socket has not taken is given up;
 *  timer E asks again. */
void worker_quiesce(struct worker *worker);
/** Harmless when it was not halted. */
void worker_resume(struct worker *worker);
/** Ends the thread.  Legs that it has must have been dropped. */
void worker_free(struct worker *worker);

#endif
