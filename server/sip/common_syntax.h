/*
 * common_syntax -- a fast check for the common forms of header values.
 *
 * A value that passes is valid by RFC 3261, so that it need not go through
 * sofia_check.h.  A value that does not pass may still be valid.  Only for
 * values in which received_syntax_fault() found no fault.
 */
#ifndef VOLENS_SERVER_SIP_COMMON_SYNTAX_H
#define VOLENS_SERVER_SIP_COMMON_SYNTAX_H

#include "server/sip/message.h"

/** A sip URI without anything that is escaped or rare. */
bool uri_has_common_syntax(struct view uri);
/** False for fields that are not known here. */
bool value_has_common_syntax(enum field field, struct view value);

#endif
