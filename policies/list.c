#include "policies/list.h"

struct list_tally list_tally(const enum verdict *verdicts, size_t n)
{
	struct list_tally tally = {0, 0, 0};

	for (size_t i = 0; i < n; i++) {
		if (verdicts[i] == VERDICT_GRANTED)
			tally.granted++;
		else if (verdicts[i] == VERDICT_DENIED)
			tally.denied++;
		else
			tally.missing++;
	}
	return tally;
}

/*
 * RFC 5360 section 5.9.1 and RFC 5363 section 5.2: with a request-contained
 * list one missing permission stops every request.  RFC 5360 section 4.1: with
 * a stored list those without permission are left out.
 */
enum list_outcome list_decide(enum missing_rule rule, struct list_tally tally)
{
	size_t lacking = tally.missing + tally.denied;

	if (tally.granted + lacking == 0)
		return LIST_NOBODY;
	if (rule == MISSING_OMITS)
		return tally.granted > 0 ? LIST_RELAY : LIST_NOBODY;
	return lacking == 0 ? LIST_RELAY : LIST_REFUSE;
}
