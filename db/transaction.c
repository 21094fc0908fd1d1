#include "db/transaction.h"

#include "db/account_table.h"
#include "db/lists_private.h"
#include "db/pending_denies.h"
#include "db/permissions.h"
#include "db/revocations.h"
#include "db/accounts.h"

enum changed_kind { CHANGED_PERMISSION, CHANGED_ACCOUNT };

struct changed_row {
	enum changed_kind kind;
	int64_t account;
	const char *sender, *target, *recipient;
	struct kinds kinds;
	struct revocation was;	/**< before the change */
	struct revocation told; /**< the last that the record was told */
	bool is_read;		/**< `row` is what the commit leaves */
	struct permission *row; /**< NULL: none */
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
		err = store_run(store, store->depth == 0 ? store->engine->begin
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
	*row_changed =
		(struct changed_row){.kind = kind, .next = store->changed};
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
	row_changed->told = row_changed->was;
}

void transaction_changed_account(struct store *store, int64_t id)
{
	if (store->accounts)
		changed_row_new(store, CHANGED_ACCOUNT)->account = id;
}

struct changed_list {
	int64_t id;
	const char *uri;
	struct changed_list *next;
};

/** Once: a list of thousands may change by each of them. */
void transaction_changed_list(struct store *store, int64_t id, const char *uri)
{
	struct changed_list *it = store->changed_lists;

	while (it && it->id != id)
		it = it->next;
	if (it || !store->lists)
		return;
	if (!store->arena)
		store->arena = arena_new(0);
	it = arena_alloc(store->arena, sizeof(*it));
	*it = (struct changed_list){id, arena_strdup(store->arena, uri),
				    store->changed_lists};
	store->changed_lists = it;
}

static struct permission scopes_of(const struct changed_row *row_changed)
{
	return (struct permission){.sender = row_changed->sender,
				   .target = row_changed->target,
				   .recipient = row_changed->recipient,
				   .kinds = row_changed->kinds};
}

/** What the file has of it now. */
static enum err read_row(struct store *store, struct changed_row *row_changed)
{
	struct permission scopes = scopes_of(row_changed), row;
	enum err err =
		store_permission_find(store, &scopes, store->arena, &row);

	row_changed->row = NULL;
	if (err == ERR_OK) {
		row_changed->row = arena_alloc(store->arena, sizeof(row));
		*row_changed->row = row;
	}
	row_changed->is_read = err == ERR_OK || err == ERR_UNKNOWN;
	return row_changed->is_read ? ERR_OK : err;
}

/*
 * The record gets what is in the file now, where that is not what stood before
 * a change.  Of several changes of one row the first knows what the record has;
 * what another adds to it says the same once more.
 */
static void tell_record(struct store *store, struct changed_row *row_changed,
			struct revocation now)
{
	struct revocation_change change = {.was = row_changed->told,
					   .now = now};
	struct permission *scopes;

	if (!store->record || revocation_equal(&change.was, &now))
		return;
	scopes = arena_alloc(store->arena, sizeof(*scopes));
	*scopes = scopes_of(row_changed);
	change.triple = scopes;
	revocations_change(store, &change);
	row_changed->told = now;
}

/** Before the commit: what it denies is on its way to the record. */
static enum err record_denies(struct store *store)
{
	struct changed_row *row_changed = store->changed;
	enum err err = ERR_OK;

	for (; row_changed && err == ERR_OK; row_changed = row_changed->next) {
		if (row_changed->kind != CHANGED_PERMISSION)
			continue;
		err = read_row(store, row_changed);
		if (err == ERR_OK && revocation_of(row_changed->row).is_denied)
			tell_record(store, row_changed,
				    revocation_of(row_changed->row));
	}
	if (err == ERR_OK && store->changed && store->record)
		revocations_begin_sync(store->record);
	return err;
}

/** After it: what it lifts, too; where it failed, what stood before. */
static void record_outcome(struct store *store, bool is_committed)
{
	for (struct changed_row *row_changed = store->changed; row_changed;
	     row_changed = row_changed->next) {
		if (row_changed->kind == CHANGED_PERMISSION &&
		    row_changed->is_read)
			tell_record(store, row_changed,
				    is_committed
					    ? revocation_of(row_changed->row)
					    : row_changed->was);
	}
}

static void reload_permission(struct store *store,
			      struct changed_row *row_changed)
{
	struct permission scopes = scopes_of(row_changed);

	if (!row_changed->is_read)
		return; /* what was taken away at once stays away */
	if (row_changed->row) {
		index_put(store->index, row_changed->row);
		pending_deny_remove(store, row_changed->row);
	} else {
		index_remove(store->index, &scopes);
	}
}

static void reload_account(struct store *store,
			   const struct changed_row *row_changed)
{
	struct account account;
	enum err err;

	err = store_account_get(store, row_changed->account, store->arena,
				&account);
	if (err == ERR_OK)
		accounts_put(store->accounts, &account);
	else if (err == ERR_UNKNOWN)
		accounts_remove(store->accounts, row_changed->account);
}

static void reload_lists(struct store *store)
{
	for (struct changed_list *it = store->changed_lists; it;
	     it = it->next) {
		struct list_image image;
		enum err err =
			list_read_image(store, it->id, store->arena, &image);

		if (err == ERR_OK)
			list_table_put(store->lists, &image);
		else if (err == ERR_UNKNOWN)
			list_table_remove(store->lists, it->uri);
	}
}

/** Memory gets what is on disk.  A file that cannot be trusted is not asked:
 *  denials stand, grants that were to come do not. */
static void reload_rows(struct store *store, bool is_committed)
{
	bool is_trusted = store->health != HEALTH_BROKEN;

	if (is_trusted)
		record_outcome(store, is_committed);
	for (struct changed_row *row_changed = store->changed;
	     row_changed && is_trusted; row_changed = row_changed->next) {
		if (row_changed->kind == CHANGED_ACCOUNT) {
			reload_account(store, row_changed);
			continue;
		}
		if (!is_committed && read_row(store, row_changed) != ERR_OK)
			continue;
		reload_permission(store, row_changed);
	}
	if (is_trusted && is_committed)
		reload_lists(store);
	if (store->record)
		revocations_end(store->record, is_committed);
	store->changed = NULL;
	store->changed_lists = NULL;
	store->journal->changes = NULL;
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
	if (err == ERR_OK && store->lost == ERR_OK)
		err = record_denies(store);
	if (store->lost != ERR_OK)
		err = store->lost;
	else if (err == ERR_OK)
		err = store_run(store, "COMMIT");
	store->journal->n_settled = 0;
	if (err != ERR_OK)
		abandon(store, err);
	else if (store->health == HEALTH_FAILED)
		store->health = HEALTH_FINE;
	store->depth = 0;
	store->lost = ERR_OK;
	if (err != ERR_OK)
		undone(store);
	reload_rows(store, err == ERR_OK);
	return err;
}
