/*
 * What leaves the accepted: most of what one commit settles was accepted in a
 * row, so it leaves by one statement a range of ids.  What is put off is done
 * before anything else begins in the transaction, and before its commit.
 */
#include "db/accepted_keys.h"
#include "db/transaction.h"

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static enum err remove_range(struct store *store, int64_t from, int64_t to)
{
	struct query query = query_begin(
		store, "DELETE FROM accepted WHERE id BETWEEN $1 AND $2");

	query_int(&query, from);
	query_int(&query, to);
	return query_run(&query);
}

enum err journal_remove_settled(struct store *store)
{
	int64_t *ids = store->journal->settled;
	size_t n = store->journal->n_settled, first = 0;
	enum err err = ERR_OK;

	store->journal->n_settled = 0;
	if (n > 1)
		qsort(ids, n, sizeof(*ids), by_number);
	for (size_t i = 1; i <= n && err == ERR_OK; i++) {
		if (i < n && ids[i] == ids[i - 1] + 1)
			continue;
		err = remove_range(store, ids[first], ids[i - 1]);
		first = i;
	}
	return err;
}

bool journal_put_off(struct store *store, int64_t id)
{
	if (store->journal->n_settled == SETTLED_MAX)
		return false;
	store->journal->settled[store->journal->n_settled++] = id;
	return true;
}
