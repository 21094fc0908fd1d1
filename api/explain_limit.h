/*
 * explain_limit -- whether limits of conferences refuse a call.
 */
#ifndef VOLENS_API_EXPLAIN_LIMIT_H
#define VOLENS_API_EXPLAIN_LIMIT_H

#include "api/exchange.h"

/** What the sender of one call more would get; status 0: no limit is reached.
 */
struct call_limit {
	int status;
	const char *text; /**< for people; in the exchange's arena */
};
/** @return false: it has responded. */
bool call_limit_find(struct exchange *exchange, const char *sender,
		     struct call_limit *ret);

#endif
