/*
 * date -- the Date header field (RFC 3261 section 20.17): the fixed form of
 * RFC 1123, always GMT.
 */
#ifndef VOLENS_BASE_DATE_H
#define VOLENS_BASE_DATE_H

#include "server/base/text.h"

/** Seconds since the epoch of "Sat, 13 Nov 2010 23:29:00 GMT"; ERR_SYNTAX. */
enum err date_parse(struct view value, int64_t *ret) MUST_CHECK;
void date_add(struct text *text, int64_t at);

#endif
