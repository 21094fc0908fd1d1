/* What is known of the journal in memory: its keys, and a stock of ids. */
#include "db/transaction.h"

#define IDS_AT_ONCE 1000

struct journal_memory *journal_memory_new(void)
{
	struct journal_memory *memory = mem_alloc(sizeof(*memory));

	*memory = (struct journal_memory){.keys = NULL};
	return memory;
}

void journal_memory_free(struct journal_memory *memory)
{
	if (memory)
		accepted_keys_free(memory->keys);
	free(memory);
}

/* ---- keys ------------------------------------------------------------- */

static bool read_key(struct query *query, struct accepted_keys *keys)
{
	int64_t id;
	uint8_t key[HASH_LEN];

	if (!query_next(query))
		return false;
	id = query_get_int(query);
	query_get_hash(query, key);
	accepted_keys_put(keys, key, id);
	return true;
}

enum err journal_read_keys(struct store *store)
{
	struct query query;
	struct accepted_keys *keys;
	enum err err;

	if (store->journal->keys)
		return ERR_OK;
	keys = accepted_keys_new();
	query = query_begin(store, "SELECT id, key FROM accepted");
	while (read_key(&query, keys))
		;
	err = query_end(&query);
	if (err == ERR_OK)
		store->journal->keys = keys;
	else
		accepted_keys_free(keys);
	return err;
}

/** An entry that the transaction accepted or settled. */
struct journal_change {
	int64_t id;
	int depth; /**< of the transactions around it */
	struct journal_change *next;
};

void journal_note_passed(struct store *store, int64_t id)
{
	struct journal_change *change;

	if (store->depth == 0) /* it is on disk already */
		return;
	if (!store->arena)
		store->arena = arena_new(0);
	change = arena_alloc(store->arena, sizeof(*change));
	*change = (struct journal_change){.id = id,
					  .depth = store->depth,
					  .next = store->journal->changes};
	store->journal->changes = change;
}

void journal_undone(struct store *store)
{
	struct query query;

	store->journal->ids_left =
		0; /* the file may not know of them any more */
	for (const struct journal_change *change = store->journal->changes;
	     change && change->depth >= store->depth && store->journal->keys;
	     change = change->next) {
		accepted_keys_remove(store->journal->keys, change->id);
		query = query_begin(
			store, "SELECT id, key FROM accepted WHERE id = $1");
		query_int(&query, change->id);
		while (read_key(&query, store->journal->keys))
			;
		if (query_end(&query) == ERR_OK)
			continue;
		accepted_keys_free(store->journal->keys); /* cannot tell: all of
							     it once more */
		store->journal->keys = NULL;
	}
}

/* ---- ids -------------------------------------------------------------- */

/*
 * Ids are taken from a stock, so that giving one costs nothing.  The file says
 * up to where the stock goes: whatever happens, an id is given only once.
 */
static enum err restock(struct store *store)
{
	struct query query = query_begin(
		store, "UPDATE last_number SET number = number + $1 "
		       "WHERE name = 'journal' RETURNING number");
	int64_t last = 0;

	query_int(&query, IDS_AT_ONCE);
	while (query_next(&query))
		last = query_get_int(&query);
	if (query.err == ERR_OK && last < IDS_AT_ONCE) /* no such row */
		query_corrupt(&query);
	if (query.err == ERR_OK) {
		store->journal->next_id = last - IDS_AT_ONCE + 1;
		store->journal->ids_left = IDS_AT_ONCE;
	}
	return query_end(&query);
}

enum err journal_give_id(struct store *store, int64_t *ret)
{
	enum err err = store->journal->ids_left ? ERR_OK : restock(store);

	if (err != ERR_OK)
		return err;
	store->journal->ids_left--;
	*ret = store->journal->next_id++;
	return ERR_OK;
}
