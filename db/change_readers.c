/* The changes of a transaction in memory, and who is told of them. */
#include <pthread.h>

#include "db/transaction.h"

struct changes *changes_new(void)
{
	struct changes *changes = mem_alloc(sizeof(*changes));

	*changes = (struct changes){.number = -1};
	pthread_mutex_init(&changes->lock, NULL);
	return changes;
}

void changes_free(struct changes *changes)
{
	if (!changes)
		return;
	pthread_mutex_destroy(&changes->lock);
	free(changes);
}

void store_changes_follow(struct store *store,
			  const struct change_reader *reader)
{
	struct changes *changes = store->changes;

	pthread_mutex_lock(&changes->lock);
	if (changes->n_readers == CHANGE_READERS_MAX)
		err_fatal("too many follow the changes of a store");
	changes->readers[changes->n_readers++] = reader;
	pthread_mutex_unlock(&changes->lock);
}

void store_changes_leave(struct store *store,
			 const struct change_reader *reader)
{
	struct changes *changes = store->changes;
	size_t n = 0;

	pthread_mutex_lock(&changes->lock);
	for (size_t i = 0; i < changes->n_readers; i++) {
		if (changes->readers[i] != reader)
			changes->readers[n++] = changes->readers[i];
	}
	changes->n_readers = n;
	pthread_mutex_unlock(&changes->lock);
}

/* ---- numbers ------------------------------------------------------------ */

/*
 * Only the writer gives numbers, so they are counted in memory, and the file is
 * told once a transaction.
 */
enum err changes_next_number(struct store *store, int64_t *ret)
{
	struct changes *changes = store->changes;
	enum err err = ERR_OK;

	if (changes->number < 0)
		err = store_read_number(store,
					"SELECT number FROM last_number "
					"WHERE name = 'change'",
					&changes->number);
	*ret = changes->number + 1;
	return err;
}

static enum err write_number(struct store *store)
{
	struct query query = query_begin(store, "UPDATE last_number "
						"SET number = $1 "
						"WHERE name = 'change'");

	query_int(&query, store->changes->number);
	return query_run(&query);
}

/* ---- what a transaction changed ------------------------------------------ */

static const struct permission *copy_scopes(struct arena *arena,
					    const struct permission *row)
{
	struct permission *copy;

	if (!row)
		return NULL;
	copy = arena_alloc(arena, sizeof(*copy));
	*copy = (struct permission){
		.id = row->id,
		.sender = arena_strdup(arena, row->sender),
		.target = arena_strdup(arena, row->target),
		.recipient = arena_strdup(arena, row->recipient),
		.kinds = row->kinds,
	};
	if (row->kinds.name)
		copy->kinds.name = arena_strdup(arena, row->kinds.name);
	return copy;
}

static void list_append(struct change_list *list, struct logged_change *it)
{
	it->previous = list->last;
	it->change.next = NULL;
	if (list->last)
		list->last->change.next = &it->change;
	else
		list->first = it;
	list->last = it;
}

void changes_append(struct store *store, const struct store_change *change,
		    const struct revocation *was)
{
	struct changes *changes = store->changes;
	struct logged_change *it;

	if (!store->arena)
		store->arena = arena_new(0);
	it = arena_alloc(store->arena, sizeof(*it));
	*it = (struct logged_change){.change = *change, .depth = store->depth};
	it->change.row = copy_scopes(store->arena, change->row);
	if (change->name)
		it->change.name = arena_strdup(store->arena, change->name);
	if (was) {
		it->was = *was;
		if (was->kinds.name)
			it->was.kinds.name =
				arena_strdup(store->arena, was->kinds.name);
	}
	it->told = it->was;
	it->previous_of_noun = changes->last_of_noun[change->noun];
	changes->last_of_noun[change->noun] = it;
	list_append(&changes->kept, it);
	changes->number = change->id;
}

void changes_last_is_silent(struct store *store, const struct permission *row)
{
	struct logged_change *it = store->changes->kept.last;
	const struct permission *scopes = it->change.row;

	it->is_silent = true;
	it->row = arena_alloc(store->arena, sizeof(*it->row));
	*it->row = *row;
	it->row->sender = scopes->sender;
	it->row->target = scopes->target;
	it->row->recipient = it->row->recipient_uri = scopes->recipient;
	it->row->kinds = scopes->kinds;
	it->row->evidence = it->row->reason = it->row->etag = NULL;
}

bool changes_has(const struct store *store, enum change_noun noun,
		 int64_t subject)
{
	const struct logged_change *it = store->changes->last_of_noun[noun];

	while (it && it->change.subject != subject)
		it = it->previous_of_noun;
	return it && it->change.kind != CHANGE_REMOVED;
}

/** The last of the kept goes to those that are undone; its number is free. */
static struct logged_change *take_last(struct changes *changes)
{
	struct logged_change *it = changes->kept.last;

	changes->kept.last = it->previous;
	if (it->previous)
		it->previous->change.next = NULL;
	else
		changes->kept.first = NULL;
	changes->last_of_noun[it->change.noun] = it->previous_of_noun;
	changes->number = it->change.id - 1;
	return it;
}

void changes_step_undone(struct store *store)
{
	struct changes *changes = store->changes;
	struct logged_change *suffix = NULL, *it;

	while (changes->kept.last &&
	       changes->kept.last->depth >= store->depth) {
		it = take_last(changes);
		it->previous = suffix;
		suffix = it;
	}
	while ((it = suffix)) {
		suffix = it->previous;
		list_append(&changes->undone, it);
	}
}

void changes_step_kept(struct store *store)
{
	struct logged_change *it = store->changes->kept.last;

	for (; it && it->depth >= store->depth; it = it->previous)
		it->depth = store->depth - 1;
}

/* ---- telling ------------------------------------------------------------- */

static bool is_empty(const struct changes *changes)
{
	return !changes->kept.first && !changes->undone.first;
}

enum err changes_before(struct store *store)
{
	struct changes *changes = store->changes;
	enum err err = ERR_OK;

	if (changes->kept.first)
		err = write_number(store);
	if (is_empty(changes))
		return err;
	pthread_mutex_lock(&changes->lock);
	for (size_t i = 0; i < changes->n_readers && err == ERR_OK; i++) {
		const struct change_reader *reader = changes->readers[i];

		if (reader->before)
			err = reader->before(reader->arg, store);
	}
	pthread_mutex_unlock(&changes->lock);
	return err;
}

static void tell(const struct change_reader *reader, struct store *store)
{
	const struct changes *changes = store->changes;

	if (changes->kept.first && reader->committed)
		reader->committed(reader->arg, store,
				  &changes->kept.first->change);
	if (changes->undone.first && reader->undone)
		reader->undone(reader->arg, store,
			       &changes->undone.first->change);
}

void changes_over(struct store *store, bool is_committed)
{
	struct changes *changes = store->changes;

	if (!is_committed) { /* whatever depth they were at */
		store->depth = 0;
		changes_step_undone(store);
		changes->number = -1;
	}
	changes->is_committed = is_committed;
	if (!is_empty(changes)) {
		pthread_mutex_lock(&changes->lock);
		for (size_t i = 0; i < changes->n_readers; i++)
			tell(changes->readers[i], store);
		pthread_mutex_unlock(&changes->lock);
	}
	changes->kept = changes->undone = (struct change_list){NULL, NULL};
	memset(changes->last_of_noun, 0, sizeof(changes->last_of_noun));
}
