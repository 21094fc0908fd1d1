#include "db/transaction.h"

#include "db/revocations.h"

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
	changes_step_undone(store);
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
		else
			changes_step_kept(store);
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

/** What was kept for as long as it lasted. */
static void forget(struct store *store)
{
	store->journal->changes = NULL;
	arena_free(store->arena);
	store->arena = NULL;
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
		err = changes_before(store);
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
	changes_over(store, err == ERR_OK);
	forget(store);
	return err;
}
