/*
 * explain_limit -- whether limits refuse a request: a grant alone does not let
 * it through.
 */
#ifndef VOLENS_API_EXPLAIN_LIMIT_H
#define VOLENS_API_EXPLAIN_LIMIT_H

#include "api/bodies.h"
#include "api/exchange.h"
#include "db/allowances.h"

/** What the sender of one call more would get; status 0: no limit is reached.
 */
struct call_limit {
	int status;
	const char *text; /**< for people; in the exchange's arena */
};
/** @return false: it has responded. */
bool call_limit_find(struct exchange *exchange, const char *sender,
		     struct call_limit *ret);

/** What the sender has left; nobody in particular has no limits of their own.
 */
struct allowance_left sender_allowance(const struct exchange *exchange,
				       const struct explain_body *body);

#endif
