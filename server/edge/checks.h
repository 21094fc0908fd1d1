/*
 * checks -- what a server says of a request before it looks into it
 * (RFC 3261 section 8.2), in one order, as a table.
 */
#ifndef VOLENS_SERVER_EDGE_CHECKS_H
#define VOLENS_SERVER_EDGE_CHECKS_H

#include "policies/limits.h"
#include "server/edge/edge_private.h"

#define ACCEPT_TYPES "application/resource-lists+xml, multipart/mixed"
#define ALLOW_SERVER "OPTIONS"
#define ALLOW_TOKEN "PUBLISH, OPTIONS"
#define ALLOW_DENY "PUBLISH, MESSAGE, OPTIONS"
#define ALLOW_ALL "MESSAGE, OPTIONS, PUBLISH"
/** What PUBLISH to a consent URI is about (RFC 3903 section 5). */
#define EVENTS "consent-pending-additions"
#define TAG_LIST "recipient-list-message" /**< RFC 5365 section 4 */

/**
 * Run them.  @p ret_reply has a status when the request ends here (200 to
 * OPTIONS too); it stays 0 for a MESSAGE to a service and a PUBLISH to a
 * consent URI.  Its lines were initialized by the caller.
 */
void checks_run(struct intake *intake, struct reply *ret_reply);

/** A MESSAGE to a service, checked: identify, keep, hand over to the relay; or
 * a reply to send at once. */
void message_receive(struct intake *intake, struct reply *ret_reply);

/** status, and one more header field. */
void reply_with(struct reply *reply, int status, const char *name,
		const char *value);
/** 503 with Retry-After. */
void reply_busy(struct reply *reply, enum overload overload);

#endif
