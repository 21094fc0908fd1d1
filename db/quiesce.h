/*
 * quiesce -- wait until nothing leaves any more that rested on a permission
 * which was removed.
 *
 * The writer owns one and uses it for every deny and every removal, by SIP or
 * REST: after the commit, and before it is answered.  The edge does the work
 * (edge_quiesce(), server/edge.h): run() calls it on the loop's thread.  Before
 * quiesce_set() nothing is sent.
 */
#ifndef VOLENS_DB_QUIESCE_H
#define VOLENS_DB_QUIESCE_H

#include "server/base/err.h"
#include "server/base/loop.h"

struct quiesce;
struct quiesce *quiesce_new(struct loop *loop);
/** Loop thread, before others wait. */
void quiesce_set(struct quiesce *quiesce, void (*run)(void *arg), void *arg);
/** Loop thread, before others wait: @p early gets the same @p arg of
 *  quiesce_set(). */
void quiesce_set_early(struct quiesce *quiesce, void (*early)(void *arg));
/** Any thread: a deny counts, and is not on disk yet.  early() is called in a
 *  turn of the loop, once for all that came before it; nobody waits. */
void quiesce_begin(struct quiesce *quiesce);
/** Loop thread: when it returns, nothing leaves any more. */
void quiesce_now(struct quiesce *quiesce);
/** The same in a post, for a change that was in force before it was posted:
 *  once for all such posts that the loop took together.  What is sent between
 *  two of them was asked for after all these changes. */
void quiesce_once(struct quiesce *quiesce);
/** A post to the loop will use it: until quiesce_drop() it is not freed, though
 *  its owner may be gone.  Any thread. */
void quiesce_keep(struct quiesce *quiesce);
void quiesce_drop(struct quiesce *quiesce);
/** Any other thread: the same by way of the loop.  ERR_TIMEOUT: the loop had no
 *  turn within @p most_ms, and it is not known what still leaves. */
enum err quiesce_wait(struct quiesce *quiesce, int most_ms) MUST_CHECK;
/** Nothing is sent from now on, so there is nothing to wait for: quiesce_wait()
 *  returns. */
void quiesce_end(struct quiesce *quiesce);
/** Nobody waits any more.  With posts that are out it is freed when the loop
 * has run them.  NULL is fine. */
void quiesce_free(struct quiesce *quiesce);

#endif
