/*
 * crew -- all workers of an edge, and which of their legs are out.
 *
 * Legs are collected during a turn of the loop and handed over in runs, each to
 * the worker that has the fewest.  Loop thread only.
 */
#ifndef VOLENS_SERVER_SIP_CREW_H
#define VOLENS_SERVER_SIP_CREW_H

#include "server/sip/client.h"

struct crew;

/** @p n workers beside the loop's own @p client, which carries what they give
 *  back.  They do not run yet. */
enum err crew_new(struct client *client, size_t n, struct crew **ret,
		  const char **ret_problem) MUST_CHECK;
enum err crew_start(struct crew *crew) MUST_CHECK;
size_t crew_size(const struct crew *crew);
/** The client of each: its names and addresses; not to be changed. */
const struct client *crew_client(const struct crew *crew, size_t i);
/** May any thread send it, and can it be one datagram?  A large one goes by TCP
 *  if it can, which is not for workers. */
bool crew_may_have(const struct leg *leg);
void crew_send(struct crew *crew, struct outgoing *outgoing);
/** Is it out with a worker, or on its way there or back? */
bool crew_has(const struct outgoing *outgoing);
/** Its owner goes away; when this returns nobody touches the leg. */
void crew_drop(struct crew *crew, struct outgoing *outgoing);
/** When this returns, what workers were permitted to send before has left: what
 *  was forbidden before this turn is not sent any more. */
void crew_settle(struct crew *crew);
/** The same, and nothing is sent any more until crew_free(). */
void crew_silence(struct crew *crew);
/** Legs that are out. */
size_t crew_count(const struct crew *crew);
/** Ends the threads. */
void crew_free(struct crew *crew);

#endif
