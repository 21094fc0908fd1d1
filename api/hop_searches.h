/*
 * hop_searches -- threads of REST that wait until the loop has found hops.
 *
 * At most HOP_SEARCHES at a time, and each for HOP_SEARCH_S at most: a name
 * server that is silent holds a thread of REST for so long.
 */
#ifndef VOLENS_API_HOP_SEARCHES_H
#define VOLENS_API_HOP_SEARCHES_H

#include "api/exchange.h"
#include "api/hops.h"

#define HOP_SEARCHES 2 /**< half of the threads */
#define HOP_SEARCH_S 5

/** @p settings outlive it. */
struct hop_searches *hop_searches_new(const struct api_settings *settings);
/** Those that run end with 503, and so do all that come.  On the loop's
 *  thread. */
void hop_searches_stop(struct hop_searches *searches);
/** When no thread waits any more; the loop may still have orders for it, which
 *  are not run. */
void hop_searches_free(struct hop_searches *searches);

/**
 * Find out where requests to @p uri go.
 *
 * @param ret  good as long as the exchange, until it asks the loop again
 * @return false: it has responded, with 429, 503 or 504
 */
bool exchange_find_hops(struct exchange *exchange, const char *uri,
			const struct found_hops **ret);

#endif
