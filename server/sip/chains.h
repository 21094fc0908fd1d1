/*
 * chains -- a hash table that grows by a chain or two at a time.
 *
 * Whoever doubles a table of a million entries at once lets all that came in
 * meanwhile wait for a tenth of a second.  Here each entry that finds too few
 * chains adds two and splits two others (linear hashing: W. Litwin, 1980), and
 * the chains lie in pieces that never move.  There are two for each entry: who
 * looks for what is not there mostly finds an empty one.  The caller's storage;
 * keys are keyed hashes, so that nobody chooses which chain grows.
 */
#ifndef VOLENS_SERVER_SIP_CHAINS_H
#define VOLENS_SERVER_SIP_CHAINS_H

#include "server/base/token.h"

/** One entry, a part of what it stands for. */
struct chain {
	struct chain *next;
	struct hash128 key;
};

struct chains {
	struct chain ***pieces;
	size_t room;	 /**< for pieces */
	size_t n_chains; /**< two for each entry, or more */
	size_t mask;	 /**< of the level that is being filled */
	size_t n;	 /**< entries */
};

void chains_init(struct chains *chains);
/** The entries stay their owner's. */
void chains_release(struct chains *chains);
/** @p entry has its key. */
void chains_add(struct chains *chains, struct chain *entry);
void chains_remove(struct chains *chains, struct chain *entry);
/** NULL when there is none; the latest when there are several. */
struct chain *chains_find(const struct chains *chains, struct hash128 key);

#endif
