/*
 * account_secrets -- the digests of accounts on disk: sealed with the key file,
 * which is in no database and in no backup of one.
 *
 * Private to db/.
 */
#ifndef VOLENS_DB_ACCOUNT_SECRETS_H
#define VOLENS_DB_ACCOUNT_SECRETS_H

#include "db/accounts.h"
#include "db/engine.h"

struct seal_key;

/**
 * The key of this store, before an account is read; what an older version wrote
 * in the clear is sealed now.
 *
 * @param path  of its file; NULL or "": that of the database and ".key".  It
 *              is made where the store never had one
 * @return ERR_CONFLICT: missing, or another one than the store had;
 *         ERR_FORBIDDEN, ERR_SYNTAX, ERR_FULL, ERR_IO: of the file.  Why is in
 *         store->problem.
 */
enum err account_key_open(struct store *store, const char *path) MUST_CHECK;

/** The digests of an account, for its row.  ERR_* as of account_key_open(),
 *  which it calls where nobody has. */
enum err account_seal(struct store *store, const struct account *account,
		      struct arena *arena, struct view *ret) MUST_CHECK;
/** What of ha1[] there is, as has_ha1 of struct account. */
unsigned account_digests(const struct account *account);
/** Fill ha1[]; they stay NULL where the handle has no key (it only reads), and
 *  where the row is not as it was written. */
void account_unseal(struct store *store, struct view sealed,
		    struct arena *arena, struct account *account);

#endif
