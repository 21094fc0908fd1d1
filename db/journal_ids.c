/* The ids of accepted requests. */
#include "db/transaction.h"

#define IDS_AT_ONCE 1000

/*
 * Ids are taken from a stock, so that giving one costs nothing.  The file says
 * up to where the stock goes: whatever happens, an id is given only once.
 */
static enum err restock(struct store *store)
{
	struct query query =
		query_begin(store, "UPDATE sqlite_sequence SET seq = seq + ? "
				   "WHERE name = 'journal' RETURNING seq");
	int64_t last = 0;

	query_int(&query, IDS_AT_ONCE);
	while (query_next(&query))
		last = query_get_int(&query);
	if (query.err == ERR_OK && last < IDS_AT_ONCE) /* no such row */
		query.err = store_note(store, SQLITE_CORRUPT);
	if (query.err == ERR_OK) {
		store->next_id = last - IDS_AT_ONCE + 1;
		store->ids_left = IDS_AT_ONCE;
	}
	return query_end(&query);
}

enum err journal_give_id(struct store *store, int64_t *ret)
{
	enum err err = store->ids_left ? ERR_OK : restock(store);

	if (err != ERR_OK)
		return err;
	store->ids_left--;
	*ret = store->next_id++;
	return ERR_OK;
}
