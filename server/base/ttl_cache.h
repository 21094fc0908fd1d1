/*
 * ttl_cache -- small facts remembered for a while, in fixed memory.
 *
 * A number under a hash, for a time to live.  The table never grows: when a set
 * is full, what would end first makes room.  For what helps when it is there
 * and does no harm when it is forgotten.
 */
#ifndef VOLENS_SERVER_BASE_TTL_CACHE_H
#define VOLENS_SERVER_BASE_TTL_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/siphash.h"

struct ttl_cache;
/** A table of about @p places facts, 32 bytes each. */
struct ttl_cache *ttl_cache_new(size_t places);
void ttl_cache_free(struct ttl_cache *cache);
void ttl_cache_put(struct ttl_cache *cache, struct hash128 key, uint32_t value,
		   int64_t until_ms);
/** @return true and the value when it is still remembered at @p now_ms. */
bool ttl_cache_get(const struct ttl_cache *cache, struct hash128 key,
		   int64_t now_ms, uint32_t *ret);
/** Count one more under a key.  The first of them sets when the count ends, and
 *  those after it do not put that off.  @return how many, with this one */
uint32_t ttl_cache_count(struct ttl_cache *cache, struct hash128 key,
			 int64_t now_ms, int64_t until_ms);
void ttl_cache_forget(struct ttl_cache *cache, struct hash128 key);

#endif
