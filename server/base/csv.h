/*
 * csv -- records of comma separated values, one at a time (RFC 4180).
 *
 * Fields are plain or between quotes, where a quote is written twice.  Lines
 * end with CRLF or LF; empty ones, and a byte order mark at the head, are left
 * out.  After a record that cannot be read the next one begins with the line
 * after the one that this began with.  Pure.
 */
#ifndef VOLENS_BASE_CSV_H
#define VOLENS_BASE_CSV_H

#include "server/base/view.h"

#define CSV_FIELDS 16	/**< of a record */
#define CSV_FIELD 4096u /**< bytes of one */

struct csv {
	struct view rest; /**< the caller's text, as far as it was not read */
	size_t line;	  /**< its number, from 1 */
};
struct csv_record {
	size_t line; /**< where it begins */
	size_t n;
	struct view fields[CSV_FIELDS]; /**< in the text or the arena */
};

void csv_init(struct csv *csv, struct view text);
/**
 * The next record.
 *
 * ERR_UNKNOWN: there is none.  ERR_SYNTAX: a quote is not closed, or stands
 * where none may.  ERR_TOO_LARGE: more than CSV_FIELDS fields, or CSV_FIELD
 * bytes in one.  ret->line is filled with all but ERR_UNKNOWN.
 */
enum err csv_next(struct csv *csv, struct arena *arena,
		  struct csv_record *ret) MUST_CHECK;

#endif
