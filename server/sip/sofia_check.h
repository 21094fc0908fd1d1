/*
 * sofia_check -- a second check of header fields, by Sofia-SIP's parser, for
 * those that the relay does not read itself.
 *
 * What the relay acts upon is read by our own few readers.  The many header
 * fields that it only has to refuse when they are broken (Contact,
 * Content-Type, Require, Route, ...) are put to a parser that knows them all.
 * Nothing else of that library is used: no body, no transport, no transaction,
 * no URI compare.
 */
#ifndef VOLENS_SERVER_SIP_SOFIA_CHECK_H
#define VOLENS_SERVER_SIP_SOFIA_CHECK_H

#include "server/sip/message.h"

/**
 * NULL, or the reason phrase for a header field that is broken and matters
 * (RFC 3261 section 8.2: one that is not needed is ignored).  Only those that
 * matter are put to the parser: on a list of 7,000 items in some others
 * (Call-Info, Privacy) it spends a tenth of a second.
 */
const char *sofia_check_fault(const struct message *message);

#endif
