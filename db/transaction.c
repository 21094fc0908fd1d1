#include "db/transaction.h"

#include "db/accounts.h"
#include "db/pending_denies.h"
#include "db/permissions.h"
#include "db/revocations.h"
#include "db/users.h"

enum changed_kind { CHANGED_PERMISSION, CHANGED_USER };

struct changed_row {
	enum changed_kind kind;
	int64_t user;
	const char *sender, *target, *recipient;
	struct kinds kinds;
	struct revocation was; /**< before the change */
	struct changed_row *next;
};

/** Give the whole transaction up, whatever depth we are at. */
static void abandon(struct store *store, enum err err)
{
	if (store->lost != ERR_OK)
		return;
	(void)store_run(store, "ROLLBACK");
	if (store->lost == ERR_OK)
		store->lost = err;
}

/** Those whose outcome was put off heard that it is kept: without it nothing
 * is.
 */
static enum err catch_up(struct store *store)
{
	enum err err = journal_remove_settled(store);

	if (err != ERR_OK)
		abandon(store, err);
	return err;
}

enum err transaction_begin(struct store *store)
{
	enum err err = catch_up(store);

	if (err == ERR_OK)
		err = store_run(store, store->depth == 0 ? "BEGIN IMMEDIATE"
							 : "SAVEPOINT step");
	if (err == ERR_OK) {
		store->depth++;
		records_begin(store);
	}
	return err;
}

/** What memory counts goes back with the file. */
static void undone(struct store *store)
{
	journal_undone(store);
	records_undone(store);
}

static enum err step_end(struct store *store, enum err err)
{
	enum err back;

	if (store->lost != ERR_OK)
		return store->lost;
	if (err == ERR_OK) {
		err = store_run(store, "RELEASE step");
		if (err != ERR_OK)
			abandon(store, err);
		return err;
	}
	back = store_run(store, "ROLLBACK TO step");
	if (back == ERR_OK)
		back = store_run(store, "RELEASE step");
	if (back == ERR_OK)
		undone(store);
	if (back != ERR_OK)
		abandon(store, back);
	return err;
}

static struct changed_row *changed_row_new(struct store *store,
					   enum changed_kind kind)
{
	struct changed_row *row_changed;

	if (!store->arena)
		store->arena = arena_new(0);
	row_changed = arena_alloc(store->arena, sizeof(*row_changed));
	row_changed->kind = kind;
	row_changed->next = store->changed;
	store->changed = row_changed;
	return row_changed;
}

static struct kinds copy_kinds(struct arena *arena, struct kinds kinds)
{
	if (kinds.name)
		kinds.name = arena_strdup(arena, kinds.name);
	return kinds;
}

void transaction_changed_permission(struct store *store,
				    const struct permission *row,
				    const struct revocation *was)
{
	struct changed_row *row_changed;

	if (!store->index)
		return;
	row_changed = changed_row_new(store, CHANGED_PERMISSION);
	row_changed->was = *was;
	row_changed->sender = arena_strdup(store->arena, row->sender);
	row_changed->target = arena_strdup(store->arena, row->target);
	row_changed->recipient = arena_strdup(store->arena, row->recipient);
	row_changed->kinds = copy_kinds(store->arena, row->kinds);
	row_changed->was.kinds = copy_kinds(store->arena, was->kinds);
}

void transaction_changed_user(struct store *store, int64_t id)
{
	if (store->accounts)
		changed_row_new(store, CHANGED_USER)->user = id;
}

/*
 * The record gets what is on disk now, where that is not what stood before a
 * change.  Of several changes of one row the first knows what the record has;
 * what another adds to it says the same once more.
 */
static void reload_record(struct store *store,
			  const struct changed_row *row_changed,
			  const struct permission *row)
{
	const struct permission triple = {.sender = row_changed->sender,
					  .target = row_changed->target,
					  .recipient = row_changed->recipient,
					  .kinds = row_changed->kinds};
	const struct revocation_change change = {&triple, row_changed->was,
						 revocation_of(row)};

	if (store->record)
		revocations_change(store, &change);
}

static void reload_permission(struct store *store,
			      const struct changed_row *row_changed)
{
	const struct permission scopes = {.sender = row_changed->sender,
					  .target = row_changed->target,
					  .recipient = row_changed->recipient,
					  .kinds = row_changed->kinds};
	struct permission row = scopes;
	enum err err;

	err = store_permission_find(store, &scopes, store->arena, &row);
	if (err == ERR_OK) {
		index_put(store->index, &row);
		pending_deny_remove(store, &row);
	} else if (err == ERR_UNKNOWN) {
		index_remove(store->index, &row);
	}
	if (err == ERR_OK || err == ERR_UNKNOWN)
		reload_record(store, row_changed, err == ERR_OK ? &row : NULL);
	/* Unreadable: what was taken away at once stays away. */
}

static void reload_user(struct store *store,
			const struct changed_row *row_changed)
{
	struct user user;
	enum err err;

	err = store_user_get(store, row_changed->user, store->arena, &user);
	if (err == ERR_OK)
		accounts_put(store->accounts, &user);
	else if (err == ERR_UNKNOWN)
		accounts_remove(store->accounts, row_changed->user);
}

/** Memory gets what is on disk.  A file that cannot be trusted is not asked:
 *  denials stand, grants that were to come do not. */
static void reload_rows(struct store *store)
{
	for (const struct changed_row *row_changed = store->changed;
	     row_changed && store->health != HEALTH_BROKEN;
	     row_changed = row_changed->next) {
		if (row_changed->kind == CHANGED_PERMISSION)
			reload_permission(store, row_changed);
		else
			reload_user(store, row_changed);
	}
	store->changed = NULL;
	store->journal_changes = NULL;
	arena_free(store->arena);
	store->arena = NULL;
}

enum err store_sync_record(struct store *store)
{
	bool is_broken = false;
	enum err err = store->record
			       ? revocations_sync(store->record, &is_broken)
			       : ERR_OK;

	if (err == ERR_OK)
		return ERR_OK;
	if (store->health != HEALTH_BROKEN)
		store->health = is_broken ? HEALTH_BROKEN : HEALTH_FAILED;
	snprintf(store->problem, sizeof(store->problem),
		 "the record of revocations: %s", err_text(err));
	return err;
}

enum err transaction_end(struct store *store, enum err err)
{
	if (store->depth > 1) {
		err = step_end(store, err);
		store->depth--;
		return err;
	}
	if (err == ERR_OK)
		err = catch_up(store);
	if (store->lost != ERR_OK)
		err = store->lost;
	else if (err == ERR_OK)
		err = store_run(store, "COMMIT");
	store->n_settled = 0;
	if (err != ERR_OK)
		abandon(store, err);
	else if (store->health == HEALTH_FAILED)
		store->health = HEALTH_FINE;
	store->depth = 0;
	store->lost = ERR_OK;
	if (err != ERR_OK)
		undone(store);
	reload_rows(store);
	return err;
}
