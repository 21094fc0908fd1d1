/*
 * headers -- the request headers that mean something here.
 */
#ifndef VOLENS_API_HEADERS_H
#define VOLENS_API_HEADERS_H

#include "api/exchange.h"
#include "api/origin.h"

/** Take note of one; the views live as long as the request. */
void headers_take(struct request_headers *headers, struct view key,
		  struct view is);
/** What they say of who sent it, and to whom. */
struct origin_said headers_origin(const struct request_headers *headers);
/** Two lengths, or a length and a coding, are how requests are smuggled (RFC
 *  9112 section 6.3); libmicrohttpd lets them through. */
bool headers_are_sound(const struct request_headers *headers);

#endif
