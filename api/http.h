/*
 * http -- between libmicrohttpd and the exchanges: framing, order of checks.
 *
 * A request is checked in this order, each before the body is read: is it well
 * formed (400), is it allowed (401, 429), is it known (404, 405), can the
 * response be understood (406), can the body (415, 413).
 */
#ifndef VOLENS_API_HTTP_H
#define VOLENS_API_HTTP_H

#include "api/exchange.h"

#define HTTP_THREADS 4

/** Start libmicrohttpd on a listening socket, which it owns from then on. */
enum err http_start(struct api *api, int listen_fd) MUST_CHECK;
/** Stop it; all threads have ended when it returns. */
void http_stop(struct api *api);

#endif
