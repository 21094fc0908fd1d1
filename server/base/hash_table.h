/*
 * hash_table -- a hash table that grows by a chain or two at a time.
 *
 * To double a table of a million entries at once would stop the loop for a
 * tenth of a second.  Here each entry that finds too few chains adds two and
 * splits two others (linear hashing: W. Litwin, 1980), and the chains lie in
 * pieces that never move.  There are two for each entry: who looks for what is
 * not there mostly finds an empty one.  The caller's storage; keys are keyed
 * hashes, so that nobody chooses which chain grows.
 */
#ifndef VOLENS_SERVER_BASE_HASH_TABLE_H
#define VOLENS_SERVER_BASE_HASH_TABLE_H

#include "server/base/siphash.h"

/** One entry, a part of what it stands for. */
struct hash_entry {
	struct hash_entry *next;
	struct hash128 key;
};

struct hash_table {
	struct hash_entry ***pieces;
	size_t room;	 /**< for pieces */
	size_t n_chains; /**< two for each entry, or more */
	size_t mask;	 /**< of the level that is being filled */
	size_t n;	 /**< entries */
};

void hash_table_init(struct hash_table *table);
/** The entries stay their owner's. */
void hash_table_release(struct hash_table *table);
/** @p entry has its key. */
void hash_table_add(struct hash_table *table, struct hash_entry *entry);
void hash_table_remove(struct hash_table *table, struct hash_entry *entry);
/** NULL when there is none; the latest when there are several. */
struct hash_entry *hash_table_find(const struct hash_table *table,
				   struct hash128 key);

#endif
