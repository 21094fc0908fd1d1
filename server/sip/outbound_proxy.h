/*
 * outbound_proxy -- the proxy that all requests go to, if the operator names
 * one: a loose route (RFC 3261 section 8.1.2).
 *
 * A sips request goes there by TLS or not at all: its route is of scheme sips
 * (RFC 5630 section 5.1.1).  That can be said of a proxy that is named with
 * sips or transport=tls, and of one that is a host alone, whose DNS tells.  One
 * with a port or a transport for plain requests has no other way.
 */
#ifndef VOLENS_SERVER_SIP_OUTBOUND_PROXY_H
#define VOLENS_SERVER_SIP_OUTBOUND_PROXY_H

#include "server/base/uri.h"

/** One way to it; nothing where route is NULL. */
struct proxy_way {
	char *text;	/**< its URI */
	struct uri uri; /**< of the text */
	char *route;	/**< a whole Route line with CRLF */
};

struct outbound_proxy {
	/** Of all requests that need no TLS; none: there is no proxy. */
	struct proxy_way usual;
	struct proxy_way secure; /**< of sips requests; none: 416 */
};

/** Read the setting.  Without a text, or "", there is none.  ERR_SCHEME: not
 *  of sip or sips. */
enum err outbound_proxy_read(const char *text,
			     struct outbound_proxy *ret) MUST_CHECK;
/** There is no TLS here: sips has no way. */
void outbound_proxy_without_tls(struct outbound_proxy *proxy);
void outbound_proxy_release(struct outbound_proxy *proxy);
/** That of a request with this Request-URI: for sips, and transport=tls, one by
 *  TLS or none. */
const struct proxy_way *outbound_proxy_way(const struct outbound_proxy *proxy,
					   const char *request_uri);
/** Does it take TLS for all requests? */
bool outbound_proxy_is_secure(const struct outbound_proxy *proxy);

#endif
