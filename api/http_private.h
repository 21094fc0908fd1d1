/*
 * http_private -- what the files of HTTP share.
 *
 *   http.c           requests and responses
 *   http_listener.c  listeners and connections
 */
#ifndef VOLENS_API_HTTP_PRIVATE_H
#define VOLENS_API_HTTP_PRIVATE_H

#include <microhttpd.h>

#include "api/http.h"

#define CONNECTION_MEMORY ((size_t)32 * 1024)

struct http_listener {
	struct http_settings settings;
	struct MHD_Daemon *daemon;
	struct connections *connections; /**< its own: those of one do not
					  *   push out the other's */
};

/* http.c: called by libmicrohttpd; arg is the listener. */
/** The request line was read: the URI as it came, before any decoding. */
void *http_on_uri(void *arg, const char *target,
		  struct MHD_Connection *connection);
/** libmicrohttpd is not to decode anything: see api/params.h. */
size_t http_on_unescape(void *arg, struct MHD_Connection *connection,
			char *text);
/** Called once for the headers, then for each piece of the body, then once more
 *  without one, and so again when it slept. */
enum MHD_Result http_on_request(void *arg, struct MHD_Connection *connection,
				const char *url, const char *method,
				const char *version, const char *data,
				size_t *len, void **state);
void http_on_completed(void *arg, struct MHD_Connection *connection,
		       void **state, enum MHD_RequestTerminationCode why);

/* http_listener.c */
/** Of both ends; all zeros where one is not known. */
void http_addresses(struct MHD_Connection *connection,
		    uint8_t ret_peer[ORIGIN_ADDRESS],
		    uint8_t ret_local[ORIGIN_ADDRESS]);

#endif
