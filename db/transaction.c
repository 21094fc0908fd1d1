#include "db/transaction.h"

#include "db/accounts.h"
#include "db/revocations.h"

enum touch_kind { TOUCH_PERMISSION, TOUCH_USER };

struct touch {
	enum touch_kind kind;
	int64_t user;
	const char *sender, *target, *recipient;
	struct revocation was; /**< before the touch */
	struct touch *next;
};

enum err transaction_begin(struct store *store)
{
	enum err err;

	err = store_run(store, store->depth == 0 ? "BEGIN IMMEDIATE"
						 : "SAVEPOINT step");
	if (err == ERR_OK) {
		store->depth++;
		records_begin(store);
	}
	return err;
}

/** Give the whole transaction up, whatever depth we are at. */
static void abandon(struct store *store, enum err err)
{
	if (store->lost != ERR_OK)
		return;
	(void)store_run(store, "ROLLBACK");
	if (store->lost == ERR_OK)
		store->lost = err;
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

static struct touch *touch_new(struct store *store, enum touch_kind kind)
{
	struct touch *touch;

	if (!store->arena)
		store->arena = arena_new(0);
	touch = arena_alloc(store->arena, sizeof(*touch));
	touch->kind = kind;
	touch->next = store->touches;
	store->touches = touch;
	return touch;
}

void touch_permission(struct store *store, const struct permission *row,
		      const struct revocation *was)
{
	struct touch *touch;

	if (!store->index)
		return;
	touch = touch_new(store, TOUCH_PERMISSION);
	touch->was = *was;
	touch->sender = arena_strdup(store->arena, row->sender);
	touch->target = arena_strdup(store->arena, row->target);
	touch->recipient = arena_strdup(store->arena, row->recipient);
}

void touch_user(struct store *store, int64_t id)
{
	if (store->accounts)
		touch_new(store, TOUCH_USER)->user = id;
}

/*
 * The record gets what is on disk now, where that is not what stood before a
 * touch.  Of several touches of one row the first knows what the record has;
 * what another adds to it says the same once more.
 */
static void settle_record(struct store *store, const struct touch *touch,
			  const struct permission *row)
{
	struct permission triple = {.sender = touch->sender,
				    .target = touch->target,
				    .recipient = touch->recipient};
	struct revocation now = revocation_of(row);

	if (store->record && !revocation_equal(&now, &touch->was))
		revocations_add(store->record, &triple, &now);
}

static void settle_permission(struct store *store, const struct touch *touch)
{
	struct permission row = {.sender = touch->sender,
				 .target = touch->target,
				 .recipient = touch->recipient};
	enum err err;

	err = store_permission_find(store, touch->sender, touch->target,
				    touch->recipient, store->arena, &row);
	if (err == ERR_OK)
		index_put(store->index, &row);
	else if (err == ERR_UNKNOWN)
		index_remove(store->index, &row);
	if (err == ERR_OK || err == ERR_UNKNOWN)
		settle_record(store, touch, err == ERR_OK ? &row : NULL);
	/* Unreadable: what was taken away at once stays away. */
}

static void settle_user(struct store *store, const struct touch *touch)
{
	struct user user;
	enum err err;

	err = store_user_get(store, touch->user, store->arena, &user);
	if (err == ERR_OK)
		accounts_put(store->accounts, &user);
	else if (err == ERR_UNKNOWN)
		accounts_remove(store->accounts, touch->user);
}

/** Memory gets what is on disk.  A file that cannot be trusted is not asked:
 *  denials stand, grants that were to come do not. */
static void settle(struct store *store)
{
	for (const struct touch *touch = store->touches;
	     touch && store->health != HEALTH_BROKEN; touch = touch->next) {
		if (touch->kind == TOUCH_PERMISSION)
			settle_permission(store, touch);
		else
			settle_user(store, touch);
	}
	store->touches = NULL;
	store->passed = NULL;
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
	if (store->lost != ERR_OK)
		err = store->lost;
	else if (err == ERR_OK)
		err = store_run(store, "COMMIT");
	if (err != ERR_OK)
		abandon(store, err);
	else if (store->health == HEALTH_FAILED)
		store->health = HEALTH_FINE;
	store->depth = 0;
	store->lost = ERR_OK;
	if (err != ERR_OK)
		undone(store);
	settle(store);
	return err;
}
