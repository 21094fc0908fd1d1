/*
 * ingress -- the first steps of a request, before memory is allocated for it.
 *
 * A request that is broken, over its rate or not for us is answered from its
 * own bytes, and leaves nothing behind.  The functions are those of the edge's
 * listener; @p arg is the edge.
 */
#ifndef VOLENS_SERVER_EDGE_INGRESS_H
#define VOLENS_SERVER_EDGE_INGRESS_H

#include "server/edge/edge_private.h"

bool ingress_drop(void *arg, struct view bytes);
bool ingress_receive(void *arg, struct received *received);
/** Everything but a deny in its head is refused. */
void ingress_unframed(void *arg, struct received *received, enum err why);

#endif
