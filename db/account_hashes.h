/*
 * account_hashes -- of all accounts in memory: whose name a userhash hides (RFC
 * 7616 section 3.4.4), and which digests some of a realm lack.
 *
 * Private to db/account_table.c.  Any thread may look.
 */
#ifndef VOLENS_DB_ACCOUNT_HASHES_H
#define VOLENS_DB_ACCOUNT_HASHES_H

#include <pthread.h>

#include "db/account_table.h"
#include "server/base/siphash.h"

/** A name by one algorithm; a part of its account, which owns the strings. */
struct account_hash {
	struct account_hash *next;
	uint64_t hash;
	const char *realm, *username;
};

struct account_realm;

struct account_hashes {
	pthread_mutex_t lock;
	struct hash_key key;
	const char *first_realm; /**< what "" is in a digest; NULL: not said */
	struct account_hash **buckets;
	size_t n_buckets, used;
	struct account_realm *realms; /**< few: the domains */
};

void account_hashes_init(struct account_hashes *hashes);
void account_hashes_release(struct account_hashes *hashes);
/** It is there from now on, with a place for each algorithm. */
void account_hashes_add(struct account_hashes *hashes,
			const struct account *account,
			struct account_hash places[DIGEST_ALGORITHMS]);
void account_hashes_drop(struct account_hashes *hashes,
			 const struct account *account,
			 struct account_hash places[DIGEST_ALGORITHMS]);
/** The username behind @p name, in @p arena; NULL: nobody's. */
const char *account_hashes_name(struct account_hashes *hashes,
				const struct account_name *name,
				struct arena *arena);
/** How many accounts of the realm have no digest by it. */
size_t account_hashes_lack(struct account_hashes *hashes, const char *realm,
			   enum digest_algorithm algorithm);

#endif
