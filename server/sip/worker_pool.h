/*
 * worker_pool -- all workers of an edge, and which of their legs are out.
 *
 * Legs are collected during a turn of the loop and handed over in batches, each
 * to the worker that has the fewest.  Loop thread only.
 */
#ifndef VOLENS_SERVER_SIP_WORKER_POOL_H
#define VOLENS_SERVER_SIP_WORKER_POOL_H

#include "server/sip/sender.h"

struct worker_pool;

/** @p n workers beside the loop's own @p sender, which carries what they give
 *  back.  They do not run yet. */
enum err worker_pool_new(struct sender *sender, size_t n,
			 struct worker_pool **ret,
			 const char **ret_problem) MUST_CHECK;
enum err worker_pool_start(struct worker_pool *pool) MUST_CHECK;
size_t worker_pool_size(const struct worker_pool *pool);
/** The sender of each: its names and addresses; not to be changed. */
const struct sender *worker_pool_sender(const struct worker_pool *pool,
					size_t i);
/** May any thread send it, and can it be one datagram?  A large one goes by TCP
 *  if it can, which is not for workers. */
bool worker_pool_may_have(const struct leg *leg);
void worker_pool_send(struct worker_pool *pool, struct client_txn *txn);
/** Is it out with a worker, or on its way there or back? */
bool worker_pool_has(const struct client_txn *txn);
/** Its owner goes away; when this returns nobody touches the leg. */
void worker_pool_drop(struct worker_pool *pool, struct client_txn *txn);
/** When this returns, what workers were permitted to send before has left or is
 *  given up: what the index forbids by now is not sent any more. */
void worker_pool_quiesce(struct worker_pool *pool);
/** The same, and nothing is sent any more until worker_pool_free(). */
void worker_pool_silence(struct worker_pool *pool);
/** Legs that are out. */
size_t worker_pool_count(const struct worker_pool *pool);
/** Ends the threads. */
void worker_pool_free(struct worker_pool *pool);

#endif
