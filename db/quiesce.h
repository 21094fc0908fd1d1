/*
 * quiesce -- wait until nothing leaves any more that rested on a permission
 * which was taken away.
 *
 * The writer owns one and uses it for every deny and every removal, whichever
 * door it came by: after the commit, and before anybody hears of it.  What
 * happens then is the edge's (server/edge.h): run() is called on the loop's
 * thread.  Before it is set there is nobody who sends.
 */
#ifndef VOLENS_DB_QUIESCE_H
#define VOLENS_DB_QUIESCE_H

#include "server/base/err.h"
#include "server/base/loop.h"

struct quiesce;
struct quiesce *quiesce_new(struct loop *loop);
/** Loop thread, before others wait. */
void quiesce_set(struct quiesce *quiesce, void (*run)(void *arg), void *arg);
/** Loop thread: when it returns, nothing leaves any more. */
void quiesce_now(struct quiesce *quiesce);
/** A post to the loop will use it: until quiesce_drop() it is not freed, though
 *  its owner may be gone.  Any thread. */
void quiesce_keep(struct quiesce *quiesce);
void quiesce_drop(struct quiesce *quiesce);
/** Any other thread: the same by way of the loop.  ERR_TIMEOUT: the loop had no
 *  turn within @p most_ms, and it is not known what still leaves. */
enum err quiesce_wait(struct quiesce *quiesce, int most_ms) MUST_CHECK;
/** Nothing is sent from now on, so that there is nothing to wait for: who waits
 *  goes on. */
void quiesce_end(struct quiesce *quiesce);
/** Nobody waits any more.  With posts that are out it is freed when the loop
 * has run them.  NULL is fine. */
void quiesce_free(struct quiesce *quiesce);

#endif
