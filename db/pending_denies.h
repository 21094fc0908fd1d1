/*
 * pending_denies -- denies of recipients that were read and are not on disk
 * yet.
 *
 * Private to db/, for store_permission_deny().  A pending deny counts in the
 * index before its transaction ends, and goes on counting when that fails.  It
 * ends when it is on disk, or a later grant or deny of the recipient for the
 * same three and kinds is; the row decides then.  Any of them ends one of all
 * kinds, for the store says that one again first.
 */
#ifndef VOLENS_DB_PENDING_DENIES_H
#define VOLENS_DB_PENDING_DENIES_H

#include "db/store_private.h"
#include "policies/permission.h"

/** In force from now on, for the kinds of @p row or, where it says so, for all.
 */
void pending_deny_add(struct store *store, const struct permission *row);
/** A grant or deny of the recipient is in this transaction, as @p row.  @return
 *  is there a pending deny that ends with it? */
bool pending_deny_expect(struct store *store, const struct permission *row);
/** @p row is on disk: a pending deny that ends with it is over. */
void pending_deny_remove(struct store *store, const struct permission *row);
/** Is there one of all kinds for these three? */
bool pending_deny_is_wide(struct store *store, const struct permission *row);
void pending_denies_free(struct store *store);

#endif
