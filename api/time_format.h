/*
 * time_format -- times as RFC 3339 writes them, in UTC.
 */
#ifndef VOLENS_API_TIME_FORMAT_H
#define VOLENS_API_TIME_FORMAT_H

#include "server/base/view.h"

#define TIME_LEN 21 /**< "2026-01-02T03:04:05Z" and a NUL */

/** Seconds since the epoch as text; years 1970 to 9999. */
void time_format(int64_t at, char ret[TIME_LEN]);
/** Read a date-time with any offset; a fraction of a second is cut off.
 *  ERR_SYNTAX. */
enum err time_parse(struct view text, int64_t *ret) MUST_CHECK;

#endif
