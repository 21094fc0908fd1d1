/*
 * list -- from the decisions on each recipient to what becomes of the request
 * (RFC 5360 sections 4.1 and 5.9.1, RFC 5363 section 5.2).
 */
#ifndef VOLENS_POLICIES_LIST_H
#define VOLENS_POLICIES_LIST_H

#include <stddef.h>

#include "policies/consent.h"

/** The role of a recipient (RFC 5364 section 3), the stronger the higher. */
enum copy_control {
	COPY_BCC, /**< not named to the others; also when nothing is said */
	COPY_CC,
	COPY_TO
};

/** What a missing permission does. */
enum missing_rule {
	MISSING_REFUSES, /**< request-contained list: refuse it whole, 470 */
	MISSING_OMITS /**< stored list; or a service set to it (a deviation) */
};

enum list_outcome {
	LIST_RELAY,  /**< send to every granted recipient */
	LIST_REFUSE, /**< 470, nothing goes out */
	LIST_NOBODY  /**< nobody left to send to: 480 for stored lists */
};

struct list_tally {
	size_t granted, missing, denied;
};
struct list_tally list_tally(const enum verdict *verdicts, size_t n);
/** An empty list is LIST_NOBODY. */
enum list_outcome list_decide(enum missing_rule rule, struct list_tally tally);

#endif
