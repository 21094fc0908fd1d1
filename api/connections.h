/*
 * connections -- the open connections of the API, and which is closed when
 * there are too many.
 *
 * The API is open to every program on this host.  A connection that does not
 * finish the head of its request, or does not read its response, is idle; when
 * there are CONNECTIONS_MAX, the longest idle one is closed for the next.  Each
 * new connection closes all that are older than HEAD_MS without a first head. A
 * request with the right token is never cut off.  Any thread.
 */
#ifndef VOLENS_API_CONNECTIONS_H
#define VOLENS_API_CONNECTIONS_H

#include "server/base/err.h"

#define CONNECTIONS_MAX 128u
#define HEAD_MS 3000

struct connections;

struct connections *connections_new(void);
void connections_free(struct connections *connections);

/** @return a handle for the other functions; NULL: there is no room at all */
void *connections_add(struct connections *connections, int fd);
/** What goes with it; NULL at first.  For who added it alone. */
void **connections_own(void *handle);
/** To be called before the descriptor is closed. */
void connections_drop(struct connections *connections, void *handle);
/** The head of a request with the right token was read. */
void connections_trust(struct connections *connections, void *handle);
/** A request is over: the connection is idle from now on. */
void connections_rest(struct connections *connections, void *handle);

#endif
