/*
 * listen_uri -- where the relay listens, as the settings write it:
 * "sip:192.0.2.1:5060;transport=tcp", "sip:[::1];transport=tls", "sips:[::1]".
 *
 * Pure; any thread.
 */
#ifndef VOLENS_BASE_LISTEN_URI_H
#define VOLENS_BASE_LISTEN_URI_H

#include "server/base/uri.h"

struct listen_uri {
	struct view host;
	int port;	       /**< where the text has none: 5060, TLS 5061 */
	struct view transport; /**< "udp", "tcp" or "tls", in any case */
};

/**
 * Read @p text, which must outlive @p ret.  A sips URI and transport=tls mean
 * the same (RFC 3261 section 26.2.2); without a transport it is UDP.
 *
 * @param ret_problem  what is wrong, in words for the settings; may be NULL
 * @return ERR_SYNTAX, or ERR_UNSUPPORTED for another transport
 */
enum err listen_uri_read(const char *text, struct listen_uri *ret,
			 const char **ret_problem) MUST_CHECK;

#endif
