/*
 * accounts -- on disk: who may log in, and for what.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_ACCOUNTS_H
#define VOLENS_DB_ACCOUNTS_H

#include "db/store.h"
#include "server/base/digest.h"

/** What an account is good for.  One with which a recipient replies to
 *  permission requests need not be able to write to lists. */
enum account_right {
	ACCOUNT_SEND = 1,  /**< send to services */
	ACCOUNT_ANSWER = 2 /**< grant, by digest, what its AOR is asked */
};
#define ACCOUNT_ALL ((unsigned)ACCOUNT_SEND | (unsigned)ACCOUNT_ANSWER)

/** A sender or recipient account. */
struct account {
	int64_t id;
	const char *aor;      /**< key */
	const char *username; /**< of the digest; unique in its realm */
	/** Of the digests: the domain whose account it is (db/domains.h); ""
	 *  is the first, also where it is NULL in a new one. */
	const char *realm;
	/** H(A1) in hex, on the handle that writes and in the table; NULL where
	 *  there is none. */
	const char *ha1[DIGEST_ALGORITHMS];
	unsigned has_ha1; /**< bit by bit: there is one on disk */
	const char *etag;
	int64_t created_at, changed_at;
	unsigned may; /**< ACCOUNT_SEND, ACCOUNT_ANSWER or both; 0: as it was,
			 or both for a new one */
};
/** ERR_EXISTS: the username is taken in this realm; ERR_HOSTILE: the AOR is a
 * stored list. */
enum err store_account_add(struct store *store, const struct account *account,
			   struct arena *arena, struct account *ret) MUST_CHECK;
/** NULL strings keep what is there, and the realm stays; digests change all
 * together. */
enum err store_account_change(struct store *store,
			      const struct account *account,
			      const char *if_match, struct arena *arena,
			      struct account *ret) MUST_CHECK;
/** Remove it; with the last account of an AOR what was granted from, to and
 *  through it (db/names.h), and the lists that it owns. */
enum err store_account_remove(struct store *store, int64_t id,
			      const char *if_match) MUST_CHECK;
/** What removing it ends, some hundred permissions a call with the lists that
 * have none left, so that no deny waits for all of them: until @p ret_more says
 * no, before store_account_remove(). */
enum err store_account_end_some(struct store *store, int64_t id,
				bool *ret_more) MUST_CHECK;
enum err store_account_get(struct store *store, int64_t id, struct arena *arena,
			   struct account *ret) MUST_CHECK;
/** NULL fields do not filter. */
struct account_filter {
	const char *aor, *username, *realm;
	struct page page;
};
enum err store_account_list(struct store *store,
			    const struct account_filter *filter,
			    struct arena *arena, struct account **ret,
			    size_t *ret_n) MUST_CHECK;

#endif
