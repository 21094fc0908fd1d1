/* Accepted requests: one row until all their legs ended. */
#include "db/store.h"

#include "db/transaction.h"

#define COLUMNS                                                                \
	"id, key, sender, target, method, accepted_at, expires_at, recipients"

static void entry_read(struct query *query, struct arena *arena,
		       struct journal_entry *ret)
{
	struct journal_entry entry = {.id = query_get_int(query)};
	struct view key = query_get_blob(query, arena);

	if (key.len == HASH_LEN)
		memcpy(entry.key, key.at, HASH_LEN);
	entry.sender = query_get_text(query, arena);
	entry.target = query_get_text(query, arena);
	entry.method = query_get_text(query, arena);
	entry.accepted_at = query_get_int(query);
	entry.expires_at = query_get_int(query);
	entry.recipients = query_get_blob(query, arena);
	*ret = entry;
}

static enum err id_of_key(struct store *store, const uint8_t key[HASH_LEN],
			  int64_t *ret_id)
{
	struct query query =
		query_begin(store, "SELECT id FROM journal WHERE key = ?");
	int64_t id = 0;
	enum err err;

	query_blob(&query, hash_view(key));
	if (query_next(&query))
		id = query_get_int(&query);
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	if (id == 0)
		return ERR_UNKNOWN;
	*ret_id = id;
	return ERR_OK;
}

static enum err insert_entry(struct store *store,
			     const struct journal_entry *entry)
{
	struct query query = query_begin(
		store, "INSERT INTO journal (key, sender, target, method, "
		       "accepted_at, expires_at, settled, recipients, message) "
		       "VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)");

	query_blob(&query, hash_view(entry->key));
	query_text(&query, entry->sender);
	query_text(&query, entry->target);
	query_text(&query, entry->method);
	query_int(&query, entry->accepted_at);
	query_int(&query, entry->expires_at);
	query_blob(&query, entry->recipients);
	query_blob(&query, entry->message);
	return query_run(&query);
}

/* ---- what waits of a sender -------------------------------------------- */

/* About what an entry takes, with the rows of its recipients. */
#define WEIGHT "length(message) + 8 * length(recipients)"

static enum err waiting_add(struct store *store, int64_t journal)
{
	struct query query = query_begin(
		store, "INSERT INTO waiting (sender, bytes) "
		       "SELECT sender, " WEIGHT " FROM journal WHERE id = ? "
		       "ON CONFLICT (sender) DO UPDATE "
		       "SET bytes = bytes + excluded.bytes");

	query_int(&query, journal);
	return query_run(&query);
}

static enum err waiting_take(struct store *store, const char *sender,
			     int64_t bytes)
{
	struct query query = query_begin(
		store, "UPDATE waiting SET bytes = bytes - ? WHERE sender = ?");
	enum err err;

	query_int(&query, bytes);
	query_text(&query, sender);
	err = query_run(&query);
	if (err != ERR_OK)
		return err;
	query = query_begin(
		store, "DELETE FROM waiting WHERE sender = ? AND bytes <= 0");
	query_text(&query, sender);
	return query_run(&query);
}

static enum err waiting_look(struct store *store, const char *sender,
			     uint64_t *ret_bytes)
{
	struct query query = query_begin(
		store, "SELECT bytes FROM waiting WHERE sender = ?");

	*ret_bytes = 0;
	query_text(&query, sender);
	if (query_next(&query))
		*ret_bytes = (uint64_t)query_get_int(&query);
	return query_end(&query);
}

/* Is there room for it?  A repeat needs none: look for that first. */
static enum err check_room(struct store *store,
			   const struct journal_entry *entry, int64_t *ret_id)
{
	enum err lacks = store->is_tight ? ERR_FULL : ERR_OK, err;
	uint64_t waiting;

	if (!lacks && store->sender_room) {
		err = waiting_look(store, entry->sender, &waiting);
		if (err != ERR_OK)
			return err;
		if (waiting >= store->sender_room)
			lacks = ERR_BUSY;
	}
	if (!lacks)
		return ERR_OK;
	err = id_of_key(store, entry->key, ret_id);
	if (err == ERR_OK)
		return ERR_EXISTS;
	return err == ERR_UNKNOWN ? lacks : err;
}

/* One statement changes the file, so nothing is left where it fails. */
enum err store_journal_add(struct store *store,
			   const struct journal_entry *entry, int64_t *ret_id)
{
	enum err err = check_room(store, entry, ret_id);

	if (err != ERR_OK)
		return err;
	err = insert_entry(store, entry);
	if (err == ERR_OK)
		*ret_id = sqlite3_last_insert_rowid(store->db);
	else if (err == ERR_EXISTS) /* a repeat */
		err = first_err(id_of_key(store, entry->key, ret_id), err);
	return err;
}

/* ---- settling --------------------------------------------------------- */

static enum err add_delivery(struct store *store, int64_t journal,
			     const struct delivery *row)
{
	bool waits = row->state == DELIVERY_WAITING;
	struct query query = query_begin(
		store,
		"INSERT INTO delivery (journal, place, sender, target, "
		"recipient, method, state, attempts, last_status, since, "
		"next_at, expires_at) "
		"VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	query_int(&query, waits ? journal : 0);
	query_int(&query, row->place);
	query_text(&query, row->sender);
	query_text(&query, row->target);
	query_text(&query, row->recipient);
	query_text(&query, row->method);
	query_text(&query, delivery_state_name(row->state));
	query_int(&query, row->attempts);
	query_int(&query, row->last_status);
	query_int(&query, row->since);
	query_int(&query, waits ? row->next_at : row->since);
	query_int(&query, row->expires_at);
	return query_run(&query);
}

static enum err mark_settled(struct store *store, int64_t journal)
{
	struct query query = query_begin(
		store,
		"UPDATE journal SET settled = 1 WHERE id = ? AND settled = 0");
	enum err err;

	query_int(&query, journal);
	err = query_run(&query);
	if (err == ERR_OK && query_changes(store) == 0)
		return ERR_UNKNOWN;
	return err;
}

/* Nobody waits: it goes at once. */
static enum err remove_unsettled(struct store *store, int64_t journal)
{
	struct query query = query_begin(
		store, "DELETE FROM journal WHERE id = ? AND settled = 0");
	enum err err;

	query_int(&query, journal);
	err = query_run(&query);
	if (err == ERR_OK && query_changes(store) == 0)
		return ERR_UNKNOWN;
	return err;
}

static enum err settle(struct store *store, int64_t journal,
		       const struct delivery *rows, size_t n)
{
	size_t n_waiting = 0;
	enum err err;

	for (size_t i = 0; i < n; i++)
		n_waiting += rows[i].state == DELIVERY_WAITING;
	err = n_waiting ? mark_settled(store, journal)
			: remove_unsettled(store, journal);
	if (err == ERR_OK && n_waiting)
		err = waiting_add(store, journal);
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = add_delivery(store, journal, &rows[i]);
	if (n > 0)
		store->is_deferring = true;
	return err;
}

enum err store_journal_settle(struct store *store, int64_t journal,
			      const struct delivery *rows, size_t n)
{
	enum err err;

	if (n == 0) /* all went well: one statement */
		return remove_unsettled(store, journal);
	err = transaction_begin(store);
	if (err != ERR_OK)
		return err;
	return transaction_end(store, settle(store, journal, rows, n));
}

enum err journal_close(struct store *store, int64_t journal)
{
	struct query query = query_begin(
		store, "DELETE FROM journal WHERE id = ?1 AND settled = 1 AND "
		       "NOT EXISTS (SELECT 1 FROM delivery WHERE journal = ?1) "
		       "RETURNING sender, " WEIGHT);
	struct arena *arena = arena_new(0);
	const char *sender = NULL;
	int64_t bytes = 0;
	enum err err;

	query_int(&query, journal);
	while (query_next(&query)) {
		sender = query_get_text(&query, arena);
		bytes = query_get_int(&query);
	}
	err = query_end(&query);
	if (err == ERR_OK && sender)
		err = waiting_take(store, sender, bytes);
	arena_free(arena);
	return err;
}

/* ---- reading ---------------------------------------------------------- */

/** Rows of a query whose values are bound, at most @p most; the message is
 *  the last column where there is one. */
static enum err read_entries(struct query *query, size_t most,
			     struct arena *arena, struct journal_entry **ret,
			     size_t *ret_n)
{
	struct journal_entry *entries =
		arena_array(arena, most, sizeof(*entries));
	size_t n = 0;
	enum err err;

	while (n < most && query_next(query)) {
		entry_read(query, arena, &entries[n]);
		entries[n++].message = query_get_blob(query, arena);
	}
	err = query_end(query);
	if (err != ERR_OK)
		return err;
	*ret = entries;
	*ret_n = n;
	return ERR_OK;
}

enum err store_journal_unsettled(struct store *store, int64_t after,
				 size_t limit, struct arena *arena,
				 struct journal_entry **ret, size_t *ret_n)
{
	struct query query = query_begin(
		store, "SELECT " COLUMNS ", message FROM journal "
		       "WHERE settled = 0 AND id > ? ORDER BY id LIMIT ?");

	query_int(&query, after);
	query_int(&query, (int64_t)limit);
	return read_entries(&query, limit, arena, ret, ret_n);
}

enum err store_journal_list(struct store *store, struct page page,
			    struct arena *arena, struct journal_entry **ret,
			    size_t *ret_n)
{
	struct query query = query_begin(
		store, "SELECT " COLUMNS ", NULL FROM journal "
		       "WHERE settled = 0 AND id > ? ORDER BY id LIMIT ?");

	query_int(&query, page.after);
	query_int(&query, (int64_t)page.limit);
	return read_entries(&query, page.limit, arena, ret, ret_n);
}

enum err store_journal_get(struct store *store, int64_t id, struct arena *arena,
			   struct journal_entry *ret)
{
	struct query query = query_begin(
		store, "SELECT " COLUMNS ", message FROM journal WHERE id = ?");
	struct journal_entry *entries;
	size_t n;
	enum err err;

	query_int(&query, id);
	err = read_entries(&query, 1, arena, &entries, &n);
	if (err != ERR_OK)
		return err;
	if (n == 0)
		return ERR_UNKNOWN;
	*ret = entries[0];
	return ERR_OK;
}
