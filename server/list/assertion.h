/*
 * assertion -- what the legs of a request say of who sends, and of what they
 * want hidden (RFC 3323, RFC 3325).
 */
#ifndef VOLENS_SERVER_LIST_ASSERTION_H
#define VOLENS_SERVER_LIST_ASSERTION_H

#include "server/base/text.h"
#include "server/request.h"

/** P-Asserted-Identity lines, for next hops that are told (server/leg.h). */
void assertion_add(const struct request *request, struct text *ret);
/** The same of a proven identity, of whom there is no request: REST. */
void assertion_add_identity(const struct identity *who, struct text *ret);
/** The Privacy line, or nothing: what the relay has not done itself (policies/
 *  privacy.h). */
void assertion_add_privacy(const struct request *request, struct text *ret);

#endif
