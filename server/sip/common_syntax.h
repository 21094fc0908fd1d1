/*
 * common_syntax -- the everyday forms of header values, recognized at a glance.
 *
 * What has it is right by any reader of RFC 3261, so that nobody else has to
 * be asked (sofia_check.h).  A value without it may still be right.  Only for
 * values that received_syntax_fault() had nothing to say about.
 */
#ifndef VOLENS_SERVER_SIP_COMMON_SYNTAX_H
#define VOLENS_SERVER_SIP_COMMON_SYNTAX_H

#include "server/sip/message.h"

/** A sip URI without anything that is escaped or rare. */
bool uri_has_common_syntax(struct view uri);
/** False for fields that are not known here. */
bool value_has_common_syntax(enum field field, struct view value);

#endif
