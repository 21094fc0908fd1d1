/*
 * users -- accounts: who may log in, and for what.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_USERS_H
#define VOLENS_DB_USERS_H

#include "db/store.h"
#include "server/base/digest.h"

/** What an account is good for.  One with which a recipient replies to
 *  permission requests need not be able to write to lists. */
enum user_right {
	USER_SEND = 1,	/**< send to services */
	USER_ANSWER = 2 /**< grant, by digest, what its AOR is asked */
};
#define USER_ALL ((unsigned)USER_SEND | (unsigned)USER_ANSWER)

/** A sender or recipient account.  H(A1) in hex; MD5 NULL unless allowed. */
struct user {
	int64_t id;
	const char *aor;      /**< key */
	const char *username; /**< of the digest; unique */
	const char *ha1[DIGEST_ALGORITHMS];
	const char *etag;
	int64_t created_at, changed_at;
	unsigned may; /**< USER_SEND, USER_ANSWER or both; 0: as it was, or both
			   for a new one */
};
/** ERR_EXISTS: the username is taken; ERR_HOSTILE: the AOR is a stored list. */
enum err store_user_add(struct store *store, const struct user *user,
			struct arena *arena, struct user *ret) MUST_CHECK;
/** NULL strings keep what is there; digests change all together. */
enum err store_user_change(struct store *store, const struct user *user,
			   const char *if_match, struct arena *arena,
			   struct user *ret) MUST_CHECK;
enum err store_user_remove(struct store *store, int64_t id,
			   const char *if_match) MUST_CHECK;
enum err store_user_get(struct store *store, int64_t id, struct arena *arena,
			struct user *ret) MUST_CHECK;
/** NULL fields do not filter. */
struct user_filter {
	const char *aor, *username;
	struct page page;
};
enum err store_user_list(struct store *store, const struct user_filter *filter,
			 struct arena *arena, struct user **ret,
			 size_t *ret_n) MUST_CHECK;

#endif
