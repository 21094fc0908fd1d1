/*
 * Accepted requests: one row until all their legs ended.  It is among the
 * accepted until the first tries are over, and in the journal after that where
 * some recipient needs another.
 */
#include "db/store.h"

#include "db/accepted_keys.h"
#include "db/deliveries.h"
#include "db/journal.h"
#include "db/transaction.h"

#define COLUMNS                                                                \
	"id, key, sender, target, method, accepted_at, expires_at, recipients"
/* What only the accepted have: by then others are in the record. */
#define ACCEPTED COLUMNS ", call_id, source, left_out"
#define JOURNAL COLUMNS ", '', '', NULL"

static void entry_read(struct query *query, struct arena *arena,
		       struct journal_entry *ret)
{
	struct journal_entry entry = {.id = query_get_int(query)};

	query_get_hash(query, entry.key);
	entry.sender = query_get_text(query, arena);
	entry.target = query_get_text(query, arena);
	entry.method = query_get_text(query, arena);
	entry.accepted_at = query_get_int(query);
	entry.expires_at = query_get_int(query);
	entry.recipients = query_get_blob(query, arena);
	entry.call_id = query_get_text(query, arena);
	entry.source = query_get_text(query, arena);
	entry.left_out = query_get_blob(query, arena);
	*ret = entry;
}

/* ---- accepting -------------------------------------------------------- */

/* About what an entry takes, with the rows of its recipients. */
#define WEIGHT "length(message) + 8 * length(recipients)"

/** What there is already that matters to an entry. */
struct existing {
	int64_t id;	  /**< of a request of that name; 0: none */
	bool is_same;	  /**< with the same content */
	uint64_t waiting; /**< bytes of its sender's in the journal */
};

/* Keys that begin like this one: the first and the last that could. */
struct bounds {
	uint8_t first[HASH_LEN], last[HASH_LEN];
};

static struct bounds bounds_of(const uint8_t key[HASH_LEN])
{
	struct bounds bounds;

	memset(bounds.first, 0, HASH_LEN);
	memset(bounds.last, 0xff, HASH_LEN);
	memcpy(bounds.first, key, KEY_NAME_LEN);
	memcpy(bounds.last, key, KEY_NAME_LEN);
	return bounds;
}

static enum err look_back(struct store *store,
			  const struct journal_entry *entry,
			  struct existing *ret)
{
	struct bounds bounds = bounds_of(entry->key); /* outlives the query */
	struct query query;
	enum err err = journal_read_keys(store);

	if (err != ERR_OK)
		return err;
	*ret = (struct existing){0};
	ret->id = accepted_keys_find(store->journal->keys, entry->key,
				     &ret->is_same);
	if (ret->id || !store->has_waiting) /* of nobody, most of the time */
		return ERR_OK;
	query = query_begin(
		store,
		"SELECT coalesce(max(id), 0), "
		"CASE WHEN max(key) = $1 THEN 1 ELSE 0 END, "
		"coalesce((SELECT bytes FROM waiting WHERE sender = $2), 0) "
		"FROM journal WHERE key BETWEEN $3 AND $4");
	query_blob(&query, hash_view(entry->key));
	query_text(&query, entry->sender);
	query_blob(&query, hash_view(bounds.first));
	query_blob(&query, hash_view(bounds.last));
	if (query_next(&query)) {
		ret->id = query_get_int(&query);
		ret->is_same = query_get_int(&query);
		ret->waiting = (uint64_t)query_get_int(&query);
	}
	return query_end(&query);
}

static enum err insert_entry(struct store *store,
			     const struct journal_entry *entry, int64_t id)
{
	struct query query = query_begin(
		store,
		"INSERT INTO accepted (id, key, sender, target, method, "
		"accepted_at, expires_at, recipients, message, call_id, "
		"source, left_out) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");

	query_int(&query, id);
	query_blob(&query, hash_view(entry->key));
	query_text(&query, entry->sender);
	query_text(&query, entry->target);
	query_text(&query, entry->method);
	query_int(&query, entry->accepted_at);
	query_int(&query, entry->expires_at);
	query_blob(&query, entry->recipients);
	query_blob(&query, entry->message);
	query_text(&query, entry->call_id ? entry->call_id : "");
	query_text(&query, entry->source ? entry->source : "");
	if (entry->left_out.len)
		query_blob(&query, entry->left_out);
	else
		query_text(&query, NULL);
	return query_run(&query);
}

static enum err check_room(const struct store *store,
			   const struct existing *existing)
{
	if (store->is_tight)
		return ERR_FULL;
	if (store->sender_room && existing->waiting >= store->sender_room)
		return ERR_BUSY;
	return ERR_OK;
}

/* One statement changes what is accepted, so nothing is left of it where it
 * fails. */
enum err store_journal_add(struct store *store,
			   const struct journal_entry *entry, int64_t *ret_id)
{
	struct existing existing;
	int64_t id;
	enum err err = look_back(store, entry, &existing);

	if (err == ERR_OK && existing.id) { /* a repeat needs no room */
		*ret_id = existing.id;
		return existing.is_same ? ERR_EXISTS : ERR_CONFLICT;
	}
	if (err == ERR_OK)
		err = check_room(store, &existing);
	if (err == ERR_OK)
		err = journal_give_id(store, &id);
	if (err == ERR_OK)
		err = insert_entry(store, entry, id);
	if (err == ERR_EXISTS || err == ERR_CONFLICT)
		return ERR_IO; /* an id, not a key */
	if (err != ERR_OK)
		return err;
	journal_note_passed(store, id);
	accepted_keys_put(store->journal->keys, entry->key, id);
	*ret_id = id;
	return ERR_OK;
}

/* ---- what waits of a sender ------------------------------------------- */

static enum err waiting_add(struct store *store, int64_t journal)
{
	struct query query = query_begin(
		store, "INSERT INTO waiting (sender, bytes) "
		       "SELECT sender, " WEIGHT " FROM journal WHERE id = $1 "
		       "ON CONFLICT (sender) DO UPDATE "
		       "SET bytes = waiting.bytes + excluded.bytes");

	query_int(&query, journal);
	return query_run(&query);
}

static enum err waiting_take(struct store *store, const char *sender,
			     int64_t bytes)
{
	struct query query = query_begin(
		store,
		"UPDATE waiting SET bytes = bytes - $1 WHERE sender = $2");
	enum err err;

	query_int(&query, bytes);
	query_text(&query, sender);
	err = query_run(&query);
	if (err != ERR_OK)
		return err;
	query = query_begin(
		store, "DELETE FROM waiting WHERE sender = $1 AND bytes <= 0");
	query_text(&query, sender);
	return query_run(&query);
}

enum err store_waiting_bytes(struct store *store, const char *sender,
			     uint64_t *ret)
{
	struct query query = query_begin(
		store, "SELECT bytes FROM waiting WHERE sender = $1");

	*ret = 0;
	query_text(&query, sender);
	while (query_next(&query))
		*ret = (uint64_t)query_get_int(&query);
	return query_end(&query);
}

/* ---- outcomes --------------------------------------------------------- */

static enum err add_delivery(struct store *store, int64_t journal,
			     const struct delivery *row)
{
	bool waits = row->state == DELIVERY_WAITING;
	struct query query = query_begin(
		store,
		"INSERT INTO delivery (journal, place, sender, target, "
		"recipient, method, state, attempts, last_status, since, "
		"next_at, expires_at, cseq, content, large) "
		"VALUES (nullif($1, 0), $2, $3, $4, $5, $6, $7, $8, $9, $10, "
		"$11, $12, $13, $14, "
		"$15)");

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
	query_int(&query, row->cseq);
	query_int(&query, row->content);
	query_int(&query, row->is_large);
	return query_run(&query);
}

/** It leaves the accepted; ERR_UNKNOWN. */
static enum err remove_accepted(struct store *store, int64_t id)
{
	struct query query =
		query_begin(store, "DELETE FROM accepted WHERE id = $1");
	enum err err;

	query_int(&query, id);
	err = query_run(&query);
	if (err != ERR_OK)
		return err;
	if (query_changes(store) == 0)
		return ERR_UNKNOWN;
	journal_note_passed(store, id);
	if (store->journal->keys)
		accepted_keys_remove(store->journal->keys, id);
	return ERR_OK;
}

/** The same with others of this commit, where it can be told that it is there.
 */
static enum err settle(struct store *store, int64_t id)
{
	if (store->depth != 1 || !store->journal->keys ||
	    !accepted_keys_has(store->journal->keys, id) ||
	    !journal_put_off(store, id))
		return remove_accepted(store, id);
	journal_note_passed(store, id);
	accepted_keys_remove(store->journal->keys, id);
	return ERR_OK;
}

/** It goes on in the journal, and counts as its sender's. */
static enum err keep_on(struct store *store, int64_t id)
{
	struct query query = query_begin(
		store,
		"INSERT INTO journal (id, key, settled, sender, target, "
		"method, accepted_at, expires_at, recipients, message) "
		"SELECT id, key, 1, sender, target, method, accepted_at, "
		"expires_at, recipients, message FROM accepted WHERE id = $1");
	enum err err;

	store->has_waiting = true;
	query_int(&query, id);
	err = query_run(&query);
	return err == ERR_OK ? waiting_add(store, id) : err;
}

static enum err record_outcome(struct store *store, int64_t journal,
			       const struct delivery *rows, size_t n)
{
	size_t n_waiting = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < n; i++)
		n_waiting += rows[i].state == DELIVERY_WAITING;
	if (n_waiting)
		err = keep_on(store, journal);
	if (err == ERR_OK)
		err = remove_accepted(store, journal);
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = add_delivery(store, journal, &rows[i]);
	if (n > 0)
		store->is_deferring = true;
	return err;
}

enum err store_journal_record_outcome(struct store *store, int64_t journal,
				      const struct delivery *rows, size_t n)
{
	enum err err;

	if (n == 0) /* all went well */
		return settle(store, journal);
	err = transaction_begin(store);
	if (err != ERR_OK)
		return err;
	return transaction_end(store, record_outcome(store, journal, rows, n));
}

enum err journal_close(struct store *store, int64_t journal)
{
	struct query query = query_begin(
		store, "DELETE FROM journal WHERE id = $1 AND "
		       "NOT EXISTS (SELECT 1 FROM delivery WHERE journal = $1) "
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

enum err store_journal_without_outcome(struct store *store, struct page page,
				       struct arena *arena,
				       struct journal_entry **ret,
				       size_t *ret_n)
{
	struct query query =
		query_begin(store, "SELECT " ACCEPTED ", message FROM accepted "
				   "WHERE id > $1 ORDER BY id LIMIT $2");

	query_int(&query, page.after);
	query_int(&query, (int64_t)page.limit);
	return read_entries(&query, page.limit, arena, ret, ret_n);
}

enum err store_journal_list(struct store *store, struct page page,
			    struct arena *arena, struct journal_entry **ret,
			    size_t *ret_n)
{
	struct query query =
		query_begin(store, "SELECT " ACCEPTED ", NULL FROM accepted "
				   "WHERE id > $1 ORDER BY id LIMIT $2");

	query_int(&query, page.after);
	query_int(&query, (int64_t)page.limit);
	return read_entries(&query, page.limit, arena, ret, ret_n);
}

enum err store_journal_get(struct store *store, int64_t id, struct arena *arena,
			   struct journal_entry *ret)
{
	struct query query = query_begin(
		store, "SELECT " JOURNAL ", message FROM journal "
		       "WHERE id = $1 UNION ALL SELECT " ACCEPTED ", message "
		       "FROM accepted WHERE id = $1");
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
