/*
 * loop_call -- orders to the loop from a thread of REST, as straight-line code.
 *
 * The order runs on the loop, which answers it there, at once or later.  The
 * thread waits for the answer; it gives up when the API stops, or after
 * LOOP_CALL_S.
 */
#ifndef VOLENS_API_LOOP_CALL_H
#define VOLENS_API_LOOP_CALL_H

#include "server/base/arena.h"
#include "server/base/err.h"

#define LOOP_CALL_S 20

struct loop;
struct loop_calls;
struct loop_calls *loop_calls_new(struct loop *loop);
/** All who wait give up, and so does everybody who comes. */
void loop_calls_stop(struct loop_calls *calls);
/** After all threads of REST have ended.  What is still to be answered may be,
 *  later: it is not lost if each is. */
void loop_calls_free(struct loop_calls *calls);

struct loop_call;
struct loop_order {
	/** On the loop's thread, once; @p arg is not needed after it.  The
	 *  order is answered by loop_call_done(), in it or later. */
	void (*run)(struct loop_call *call, void *arg);
	void *arg;
};
/**
 * Give an order and wait.
 *
 * @param ret_arena  holds the answer; the caller frees it
 * @return ERR_SHUTDOWN, ERR_BUSY: it was not run; ERR_TIMEOUT: it was, but
 *         what becomes of it is not known
 */
enum err loop_call(struct loop_calls *calls, const struct loop_order *order,
		   struct arena **ret_arena, const void **ret) MUST_CHECK;
/** On the loop's thread: where the answer is made; NULL: nobody waits any more.
 */
struct arena *loop_call_arena(struct loop_call *call);
/** On the loop's thread, once; @p answer is in the call's arena. */
void loop_call_done(struct loop_call *call, const void *answer);

#endif
