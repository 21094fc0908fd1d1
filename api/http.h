/*
 * http -- between libmicrohttpd and the exchanges: framing, order of checks.
 *
 * A request is checked in this order, each before the body is read: is it well
 * formed (400), is it for us (421), is it allowed (401, 429), is it known (404,
 * 405), can the response be understood (406), can the body (415, 413).
 */
#ifndef VOLENS_API_HTTP_H
#define VOLENS_API_HTTP_H

#include "api/exchange.h"
#include "api/https.h"
#include "api/origin.h"

#define HTTP_THREADS 4

/** Of one listener; what it points to must outlive that. */
struct http_settings {
	struct api *api;
	struct https *https; /**< NULL: without TLS */
	struct origin_rules origin;
	/** Only named proxies may connect. */
	bool is_for_proxies;
	bool is_page; /**< that of recipients (api/page.h), and not REST */
};

struct http_listener;
/** Is it https? */
bool http_is_secure(const struct http_listener *listener);
/** Start libmicrohttpd on a listening socket, which it owns from then on. */
enum err http_start(const struct http_settings *settings, int listen_fd,
		    struct http_listener **ret) MUST_CHECK;
/** Stop it; all its threads have ended when this returns.  NULL: nothing. */
void http_stop(struct http_listener *listener);

#endif
