/*
 * told -- denies that a recipient told an operator: who may record them, and
 * the refusals (db/told.h).
 */
#ifndef VOLENS_API_TOLD_H
#define VOLENS_API_TOLD_H

#include "db/told.h"

struct exchange;

/** For the token of this request; false: it may record none, and is refused
 *  with 403. */
bool told_begin(struct exchange *exchange, struct told *ret);
/** 429: as many as it may today. */
void respond_told_too_many(struct exchange *exchange, const struct told *told);
/** 503: it could not be written, but holds. */
void respond_told_unwritten(struct exchange *exchange);
/** The same text for the log, of a row that was recorded so; else "".  In the
 *  exchange's arena. */
const char *told_log_text(const struct exchange *exchange,
			  const struct permission *row);

#endif
