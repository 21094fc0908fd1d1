/*
 * recall -- small facts remembered for a while, in fixed memory.
 *
 * A number under a hash, for a time to live.  The table never grows: when a set
 * is full, what would end first makes room.  For what helps when it is there
 * and does no harm when it is forgotten.
 */
#ifndef VOLENS_SERVER_SIP_RECALL_H
#define VOLENS_SERVER_SIP_RECALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/token.h"

struct recall;
/** A table of about @p places facts, 32 bytes each. */
struct recall *recall_new(size_t places);
void recall_free(struct recall *recall);
void recall_put(struct recall *recall, struct hash128 key, uint32_t value,
		int64_t until_ms);
/** @return true and the value when it is still remembered at @p now_ms. */
bool recall_get(const struct recall *recall, struct hash128 key, int64_t now_ms,
		uint32_t *ret);

#endif
