/*
 * account_table -- the accounts in memory, by realm and digest username.  Any
 * thread may look.
 */
#ifndef VOLENS_DB_ACCOUNT_TABLE_H
#define VOLENS_DB_ACCOUNT_TABLE_H

#include "db/store.h"
#include "db/accounts.h"

/** @p realm: what the first, "" in an account, is called in a digest; stays the
 *  caller's.  NULL: nobody asks by a userhash in it. */
struct accounts *accounts_new(const char *realm);
void accounts_free(struct accounts *accounts);
/** Whose account: @p realm as struct account has it. */
struct account_name {
	const char *realm;
	struct view username;
};
/** A copy in @p arena; ERR_UNKNOWN. */
enum err accounts_find(const struct accounts *accounts,
		       const struct account_name *name, struct arena *arena,
		       struct account *ret) MUST_CHECK;
/** Whose username is a userhash (RFC 7616 section 3.4.4), by any algorithm?
 *  NULL: nobody's. */
const char *accounts_unhash(const struct accounts *accounts,
			    const struct account_name *name,
			    struct arena *arena);
/** How many accounts of a realm have no digest by this algorithm. */
size_t accounts_lack(const struct accounts *accounts, const char *realm,
		     enum digest_algorithm algorithm);
void accounts_put(struct accounts *accounts, const struct account *account);
void accounts_remove(struct accounts *accounts, int64_t id);
/** Rises with each account that was changed or removed; any thread. */
uint64_t accounts_changes(const struct accounts *accounts);
/** Has an account of this AOR, a key, the right (enum account_right)?  Looks at
 *  all of them. */
bool accounts_may(const struct accounts *accounts, const char *aor,
		  unsigned right);
size_t accounts_count(const struct accounts *accounts);

#endif
