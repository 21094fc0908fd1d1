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

/** Statuses that help the client to try again better (RFC 3261 16.7 step 6). */
static int is_telling(int status)
{
	return status == 401 || status == 407 || status == 415 ||
	       status == 420 || status == 484;
}

/** The lower the better: 2xx, 6xx, then 3xx, 4xx, 5xx; -1 is not final. */
static int rank(int status)
{
	int class = status / 100;

	switch (class) {
	case 2:
		return status;
	case 6:
		return 1000 + status;
	case 3:
	case 4:
	case 5:
		return class * 1000 + (is_telling(status) ? 0 : status);
	default:
		return -1;
	}
}

int response_best(int a, int b)
{
	if (rank(a) < 0)
		return rank(b) < 0 ? 0 : b;
	if (rank(b) < 0)
		return a;
	/* Telling statuses rank alike; the lower one keeps the order total. */
	if (rank(a) == rank(b))
		return a < b ? a : b;
	return rank(a) < rank(b) ? a : b;
}

/* RFC 3261 section 16.7: a 2xx goes at once, the rest when all is over; a lone
 * 503 says nothing of us, so it becomes 500; no leg at all is nobody there. */
static int response_best_of(const struct response_tally *tally)
{
	int best = tally->best_status;

	if (best >= 200 && best <= 299)
		return best;
	if (tally->ended < tally->legs)
		return RESPONSE_WAIT;
	if (tally->legs == 0)
		return 480;
	if (best == 503)
		return 500;
	return best == 0 ? 408 : best;
}

int response_decide(enum response_rule rule, const struct response_tally *tally)
{
	switch (rule) {
	case RESPONSE_ACCEPTED:
		return tally->is_stored ? 202 : RESPONSE_WAIT;
	case RESPONSE_BEST:
		return response_best_of(tally);
	}
	return RESPONSE_WAIT;
}
