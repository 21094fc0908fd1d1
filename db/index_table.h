/*
 * index_table -- one shard of the index: an open hash table in hash order.
 *
 * Private to db/.  A slot stands at the place its hash points to (its home) or
 * behind it, and slots are in ascending order of their hashes; so a miss is
 * known at the first larger hash, and growing is one pass from left to right.
 * Nothing wraps around: the table has some slots more at its end.
 */
#ifndef VOLENS_DB_INDEX_TABLE_H
#define VOLENS_DB_INDEX_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/siphash.h"

enum slot_state {
	SLOT_NONE,
	SLOT_DENIED,
	SLOT_GRANTED,
	SLOT_UNTOLD /**< granted, and the recipient is yet to be told */
};

/**
 * 32 bytes.  Free when there is neither a row nor a pending deny.  The first
 * half of the hash is that of the persons a row names, the second that of its
 * very keys and kinds: so all spellings of a triple stand side by side.
 */
struct slot {
	struct hash128 hash;
	uint64_t id : 56;
	uint64_t state : 3;	/**< enum slot_state */
	uint64_t is_number : 1; /**< a second slot of a deny: change_number() */
	uint64_t origin : 4;	/**< enum permission_origin */
	uint64_t expires_at : 38; /**< past the year 9999 */
	uint64_t pending_denies : 9;
	uint64_t all_kinds : 1; /**< the row is a deny of every kind */
	uint64_t kinds : 16; /**< enum permission_kind: of the row and pending
				denies */
};

struct table {
	struct slot *slots;
	size_t homes; /**< places that a hash may point to */
	size_t size;  /**< slots in all */
	size_t used;
};

/** Free slots cost nothing until the first is put. */
void table_release(struct table *table);
/** The slot of this hash, or NULL. */
struct slot *table_find(const struct table *table, struct hash128 hash);
/** The first slot whose hash begins with @p a, and the next such one; or NULL.
 */
const struct slot *table_first(const struct table *table, uint64_t a);
const struct slot *table_next(const struct table *table,
			      const struct slot *slot);
/** The slot of this hash, made when missing.  Valid until the next change. */
struct slot *table_make(struct table *table, struct hash128 hash);
/** The slot of this hash, if any, will be looked for soon. */
void table_prefetch(const struct table *table, struct hash128 hash);
void table_remove(struct table *table, struct slot *slot);
static inline bool slot_is_used(const struct slot *slot)
{
	return slot->state != SLOT_NONE || slot->pending_denies != 0;
}

#endif
