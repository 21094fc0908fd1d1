/* From the file into memory, once at the start. */
#include "db/account_table.h"
#include "db/lists_private.h"
#include "db/transaction.h"
#include "db/accounts.h"

#define ROWS_AN_ARENA 4096 /**< rows read before their memory goes back */

/** Only what decides: every other state is a miss, as is no row. */
static enum err load_permissions(struct store *store, int64_t newest)
{
	struct query query = query_compose(
		store, "SELECT " PERMISSION_COLUMNS " FROM permission "
		       "WHERE state = 'denied' OR (state = 'granted' AND "
		       "(expires_at = 0 OR expires_at > $1))");
	struct arena *arena = arena_new(0);
	struct permission row;

	query_int(&query, newest);
	for (size_t n = 1; query_next(&query); n++) {
		permission_read(&query, arena, &row);
		if (query.err == ERR_OK)
			index_put(store->index, &row);
		if (n % ROWS_AN_ARENA == 0) {
			arena_free(arena);
			arena = arena_new(0);
		}
	}
	arena_free(arena);
	return query_end(&query);
}

/** Deny URIs, and addresses and pages of questions, stay good for as long as
 *  their permission, and a year after. */
static enum err load_denies(struct store *store)
{
	struct query query =
		query_begin(store, "SELECT hash FROM token "
				   "WHERE kind IN ('d', 'p', 'q') "
				   "UNION ALL SELECT hash FROM removed_deny");

	struct arena *arena = arena_new(0);

	for (size_t n = 1; query_next(&query); n++) {
		struct view hash = query_get_blob(&query, arena);

		if (hash.len == HASH_LEN)
			index_deny_add(store->index, (const uint8_t *)hash.at);
		if (n % ROWS_AN_ARENA == 0) {
			arena_free(arena);
			arena = arena_new(0);
		}
	}
	arena_free(arena);
	return query_end(&query);
}

static enum err load_accounts(struct store *store)
{
	struct query query =
		query_compose(store, "SELECT " ACCOUNT_COLUMNS " FROM account");
	struct arena *arena = arena_new(0);
	struct account account;

	for (size_t n = 1; query_next(&query); n++) {
		account_read(&query, arena, &account);
		accounts_put(store->accounts, &account);
		if (n % ROWS_AN_ARENA == 0) {
			arena_free(arena);
			arena = arena_new(0);
		}
	}
	arena_free(arena);
	return query_end(&query);
}

static enum err load_lists(struct store *store)
{
	struct list_filter filter = {.page.limit = 1000};
	struct list_image image;
	enum err err = ERR_OK;
	size_t n = filter.page.limit;

	while (n == filter.page.limit && err == ERR_OK) {
		struct arena *arena = arena_new(0);
		struct stored_list *lists;

		err = store_list_list(store, &filter, arena, &lists, &n);
		for (size_t i = 0; err == ERR_OK && i < n; i++) {
			filter.page.after = lists[i].id;
			err = list_read_image(store, &lists[i], arena, &image);
			if (err == ERR_OK)
				list_table_put(store->lists, &image);
		}
		arena_free(arena);
	}
	return err;
}

enum err store_load(struct store *store)
{
	int64_t newest;
	enum err err = store_clock(store, &newest);

	if (err == ERR_OK && store->index) {
		index_note_time(store->index, newest);
		err = load_permissions(store, newest);
	}
	if (err == ERR_OK && store->index)
		err = load_denies(store);
	if (err == ERR_OK && store->accounts)
		err = load_accounts(store);
	if (err == ERR_OK && store->lists)
		err = load_lists(store);
	if (err == ERR_OK)
		err = journal_read_keys(store);
	if (err == ERR_OK)
		err = records_measure(store);
	return err;
}
