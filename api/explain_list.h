/*
 * explain_list -- what explain says of requests to stored lists.
 */
#ifndef VOLENS_API_EXPLAIN_LIST_H
#define VOLENS_API_EXPLAIN_LIST_H

#include "api/bodies.h"
#include "api/exchange.h"

/** What would stop a request, apart from a missing permission. */
struct obstacle {
	int status;	  /**< what the sender would get; 0: nothing stops it */
	const char *word; /**< for programs */
	const char *text; /**< for people */
};
/**
 * Of a stored list: the method, who may use it, and who is in it.
 *
 * @return false: the target is no stored list
 */
bool list_obstacle_find(const struct exchange *exchange,
			const struct explain_body *body, struct obstacle *ret);

#endif
