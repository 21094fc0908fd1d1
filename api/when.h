/*
 * when -- instants as RFC 3339 writes them, in UTC.
 */
#ifndef VOLENS_API_WHEN_H
#define VOLENS_API_WHEN_H

#include "server/base/view.h"

#define WHEN_LEN 21 /**< "2026-01-02T03:04:05Z" and a NUL */

/** Seconds since the epoch as text; years 1970 to 9999. */
void when_format(int64_t at, char ret[WHEN_LEN]);
/** Read a date-time with any offset; a fraction of a second is cut off.
 *  ERR_SYNTAX. */
enum err when_parse(struct view text, int64_t *ret) MUST_CHECK;

#endif
