/* The index, denies that are pending, and the record of revocations follow what
 * happens to permissions. */
#include "db/index.h"
#include "db/pending_denies.h"
#include "db/transaction.h"

/** Does what memory knows of a permission change with it? */
static bool concerns(const struct store *store,
		     const struct store_change *change)
{
	return store->index && change->noun == CHANGE_NOUN_PERMISSION &&
	       change->kind != CHANGE_ASKED && change->kind != CHANGE_EXPIRED;
}

static struct logged_change *logged(const struct store_change *change)
{
	return (struct logged_change *)(uintptr_t)change;
}

/** What the file has of it now. */
static enum err read_row(struct store *store, struct logged_change *it)
{
	struct permission row;
	enum err err = store_permission_find(store, it->change.row,
					     store->arena, &row);

	it->row = NULL;
	if (err == ERR_OK) {
		it->row = arena_alloc(store->arena, sizeof(row));
		*it->row = row;
	}
	it->is_read = err == ERR_OK || err == ERR_UNKNOWN;
	return it->is_read ? ERR_OK : err;
}

/*
 * The record gets what is in the file now, where that is not what stood before
 * a change.  Of several changes of one row one knows what the record has; what
 * another adds to it says the same once more.
 */
static void tell_record(struct store *store, struct logged_change *it,
			struct revocation now)
{
	const struct revocation_change change = {
		.triple = it->change.row, .was = it->told, .now = now};

	if (!store->record || revocation_equal(&change.was, &now))
		return;
	revocations_change(store, &change);
	it->told = now;
}

/** Only new rows, as by an import of thousands?  Then each was changed once,
 * and is as it was written. */
static bool is_all_silent(const struct store *store,
			  const struct store_change *first)
{
	const struct store_change *it = first;

	while (it && (!concerns(store, it) || logged(it)->is_silent))
		it = it->next;
	return !it;
}

static const struct store_change *first_of(const struct change_list *list)
{
	return list->first ? &list->first->change : NULL;
}

static enum err read_kept(struct store *store, const struct store_change *first)
{
	bool is_known = is_all_silent(store, first);
	enum err err = ERR_OK;

	for (const struct store_change *it = first; it && err == ERR_OK;
	     it = it->next) {
		if (!concerns(store, it))
			continue;
		logged(it)->is_read = true;
		err = is_known ? ERR_OK : read_row(store, logged(it));
		if (err == ERR_OK && revocation_of(logged(it)->row).is_denied)
			tell_record(store, logged(it),
				    revocation_of(logged(it)->row));
	}
	return err;
}

static enum err read_undone(struct store *store,
			    const struct store_change *first)
{
	enum err err = ERR_OK;

	for (const struct store_change *it = first; it && err == ERR_OK;
	     it = it->next) {
		if (!concerns(store, it) || logged(it)->is_silent)
			continue;
		err = read_row(store, logged(it));
		if (err == ERR_OK && revocation_of(logged(it)->row).is_denied)
			tell_record(store, logged(it),
				    revocation_of(logged(it)->row));
	}
	return err;
}

/** Before the commit: what it denies is on its way to the record. */
static enum err before(void *arg, struct store *store)
{
	enum err err;

	(void)arg;
	if (!store->index)
		return ERR_OK;
	err = read_kept(store, first_of(&store->changes->kept));
	if (err == ERR_OK)
		err = read_undone(store, first_of(&store->changes->undone));
	if (err == ERR_OK && store->record)
		revocations_begin_sync(store->record);
	return err;
}

/** After it: what it lifts, too; where it failed, what stood before. */
static void record_outcome(struct store *store,
			   const struct store_change *first, bool is_committed)
{
	for (const struct store_change *it = first; it; it = it->next) {
		if (concerns(store, it) && logged(it)->is_read)
			tell_record(store, logged(it),
				    is_committed
					    ? revocation_of(logged(it)->row)
					    : logged(it)->was);
	}
}

static void reload(struct store *store, const struct logged_change *it)
{
	if (!it->is_read)
		return; /* what was taken away at once stays away */
	if (it->row) {
		index_put(store->index, it->row);
		pending_deny_remove(store, it->row);
	} else {
		index_remove(store->index, it->change.row);
	}
}

/** Memory gets what is on disk.  A file that cannot be trusted is not asked:
 *  denials stand, grants that were to come do not. */
static void follow(struct store *store, const struct store_change *first,
		   bool is_committed)
{
	bool is_trusted = store->health != HEALTH_BROKEN;

	if (is_trusted)
		record_outcome(store, first, is_committed);
	for (const struct store_change *it = first; it && is_trusted;
	     it = it->next) {
		if (!concerns(store, it) ||
		    (!is_committed && (logged(it)->is_silent ||
				       read_row(store, logged(it)) != ERR_OK)))
			continue;
		reload(store, logged(it));
	}
	if (store->record)
		revocations_end(store->record, is_committed);
}

static void committed(void *arg, struct store *store,
		      const struct store_change *first)
{
	(void)arg;
	follow(store, first, true);
}

/** By a step of a transaction that was committed, or with all of it. */
static void undone(void *arg, struct store *store,
		   const struct store_change *first)
{
	(void)arg;
	follow(store, first, store->changes->is_committed);
}

const struct change_reader permission_reader = {
	.before = before, .committed = committed, .undone = undone};
