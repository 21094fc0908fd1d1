/*
 * edge -- the seam between the relay and whatever carries SIP.
 *
 * message/ and consent/ know these calls and nothing of sockets; tests swap
 * a scripted edge in at link time.  Loop thread only.
 */
#ifndef VOLENS_SERVER_EDGE_H
#define VOLENS_SERVER_EDGE_H

#include "server/leg.h"
#include "server/request.h"

struct edge;

/**
 * Answer a request, once.  401 gets WWW-Authenticate challenges added, 407
 * Proxy-Authenticate ones, by the edge.
 */
void edge_respond(struct edge *edge, struct request *request,
		  const struct response *response);

/** Send a leg; leg->ended is called later, exactly once, on this thread.  The
 *  leg, its strings and its template stay as they are until then: others may
 *  read them. */
void edge_send(struct edge *edge, struct leg *leg);

/** The owner goes away: ended will not be called any more.  What was sent is
 *  sent.  Harmless on a leg that is idle or ended. */
void edge_drop(struct edge *edge, struct leg *leg);

/**
 * A permission was taken away, and the index knows: when this returns, nothing
 * leaves any more that was permitted before.  What a full socket has not taken
 * yet is given up; what is still wanted is sent again after it was asked for
 * again (timer E).  What waits for a stream is cut out of it; where a part of
 * it was written, the stream is closed.
 */
void edge_quiesce(struct edge *edge);

#endif
