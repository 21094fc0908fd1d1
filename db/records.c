/* Records of requests: writing, reading, and letting go of them. */
#include "db/records.h"

#include "db/transaction.h"

/** What a record takes beside its recipients, about. */
#define ROW_BYTES 256
/** Oldest records that go with each new one when there is no room: more than
 *  one, so that the room is kept. */
#define EVICTED_AT_ONCE 4
#define SWEPT_AT_ONCE 1000

#define COLUMNS                                                                \
	"id, call_id, sender, target, source, method, accepted_at, over_at, "  \
	"status"
#define SENDING "id, call_id, sender, target, source, method, accepted_at, 0, 0"

enum err records_measure(struct store *store)
{
	struct query query =
		query_begin(store, "SELECT coalesce(sum(length(recipients) + "
				   "256), 0) FROM request");

	while (query_next(&query))
		store->record_bytes = (uint64_t)query_get_int(&query);
	return query_end(&query);
}

/** A copy without tokens; NULL of NULL. */
static const char *shown(struct arena *arena, const char *text)
{
	char *copy = text ? arena_strdup(arena, text) : NULL;

	if (copy)
		token_blot(copy);
	return copy;
}

/* ---- writing ----------------------------------------------------------- */

/** The oldest records go.  @p most: how many. */
static enum err evict(struct store *store, int64_t most)
{
	struct query query = query_begin(
		store, "DELETE FROM request WHERE id IN (SELECT id FROM "
		       "request ORDER BY id LIMIT ?) RETURNING id, "
		       "length(recipients)");
	int64_t last = 0;
	enum err err;

	query_int(&query, most);
	while (query_next(&query)) {
		int64_t id = query_get_int(&query);
		uint64_t bytes = ROW_BYTES + (uint64_t)query_get_int(&query);

		last = id > last ? id : last;
		store->record_bytes -= bytes < store->record_bytes
					       ? bytes
					       : store->record_bytes;
	}
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	query = query_begin(store, "DELETE FROM outcome WHERE request <= ?");
	query_int(&query, last);
	return query_run(&query);
}

static enum err insert(struct store *store, const struct request_record *it,
		       int64_t id)
{
	struct arena *arena = arena_new(0);
	struct query query = query_begin(
		store, "INSERT OR REPLACE INTO request (id, call_id, sender, "
		       "target, source, method, accepted_at, over_at, status, "
		       "recipients) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	enum err err;

	query_int(&query, id);
	query_text(&query, shown(arena, it->call_id));
	query_text(&query, shown(arena, it->sender));
	query_text(&query, it->target); /* one of our services */
	query_text(&query, it->source);
	query_text(&query, it->method);
	query_int(&query, it->accepted_at);
	query_int(&query, it->over_at);
	query_int(&query, it->status);
	query_blob(&query, it->recipients);
	err = query_run(&query);
	arena_free(arena);
	return err;
}

static enum err put(struct store *store, const struct request_record *record,
		    int64_t id)
{
	uint64_t bytes = record->recipients.len + ROW_BYTES;
	enum err err = ERR_OK;

	if (store->record_bytes + bytes > store->record_room)
		err = evict(store, EVICTED_AT_ONCE);
	/* One that would not fit beside anything else is not kept. */
	if (err != ERR_OK || bytes > store->record_room)
		return err;
	err = insert(store, record, id);
	if (err == ERR_OK)
		store->record_bytes += bytes;
	return err;
}

/* What is settled is settled, with a record or without: a disk with little room
 * is left to denies. */
enum err store_record_put(struct store *store,
			  const struct request_record *record)
{
	if (!store->record_room || store->is_tight)
		return ERR_OK;
	return put(store, record, record->id);
}

enum err store_record_refusal(struct store *store,
			      const struct request_record *record)
{
	int64_t id;
	enum err err;

	if (!store->record_room || store->is_tight)
		return ERR_OK;
	err = journal_give_id(store, &id);
	return err == ERR_OK ? put(store, record, id) : err;
}

/* ---- reading ----------------------------------------------------------- */

static void read_row(struct query *query, struct arena *arena,
		     struct request_record *ret)
{
	*ret = (struct request_record){.id = query_get_int(query)};
	ret->call_id = query_get_text(query, arena);
	ret->sender = query_get_text(query, arena);
	ret->target = query_get_text(query, arena);
	ret->source = query_get_text(query, arena);
	ret->method = query_get_text(query, arena);
	ret->accepted_at = query_get_int(query);
	ret->over_at = query_get_int(query);
	ret->status = (int)query_get_int(query);
	ret->recipients = query_get_blob(query, arena);
	ret->is_sending = query_get_int(query) != 0;
}

enum err store_record_get(struct store *store, int64_t id, struct arena *arena,
			  struct request_record *ret)
{
	struct query query = query_begin(
		store, "SELECT " COLUMNS ", recipients, 0 FROM request "
		       "WHERE id = ?1 UNION ALL SELECT " SENDING ", NULL, 1 "
		       "FROM accepted WHERE id = ?1 LIMIT 1");
	struct request_record row;
	bool found;
	enum err err;

	query_int(&query, id);
	found = query_next(&query);
	if (found)
		read_row(&query, arena, &row);
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	if (!found)
		return ERR_UNKNOWN;
	*ret = row;
	return ERR_OK;
}

/** The id of the row RECORDS_LOOKED_AT below @p before; 0: there are fewer. */
static enum err find_floor(struct store *store, int64_t before, int64_t *ret)
{
	struct query query = query_begin(
		store, "SELECT id FROM request WHERE id < ? ORDER BY id DESC "
		       "LIMIT 1 OFFSET ?");

	*ret = 0;
	query_int(&query, before);
	query_int(&query, RECORDS_LOOKED_AT - 1);
	while (query_next(&query))
		*ret = query_get_int(&query);
	return query_end(&query);
}

/** What a recipient's key looks like in the blob, with its NUL, so that it is
 *  not the beginning of a longer one. */
static struct view needle_of(const char *recipient)
{
	return (struct view){recipient, strlen(recipient) + 1};
}

#define FILTERS                                                                \
	"id < ?1 AND id >= ?2 AND accepted_at >= ?3 AND "                      \
	"(?4 IS NULL OR sender = ?4) AND (?5 IS NULL OR target = ?5) AND "     \
	"(?6 IS NULL OR call_id = ?6) AND "                                    \
	"(?7 IS NULL OR instr(recipients, ?7) > 0)"

static void bind_filter(struct query *query, const struct record_filter *filter,
			int64_t before, int64_t floor)
{
	query_int(query, before);
	query_int(query, floor);
	query_int(query, filter->since);
	query_text(query, filter->sender);
	query_text(query, filter->target);
	query_text(query, filter->call_id);
	if (filter->recipient)
		query_blob(query, needle_of(filter->recipient));
	else
		query_text(query, NULL);
}

static enum err read_page(struct query *query, struct arena *arena, size_t most,
			  struct request_record **ret, size_t *ret_n)
{
	struct request_record *rows = arena_array(arena, most, sizeof(*rows));
	size_t n = 0;
	enum err err;

	while (n < most && query_next(query))
		read_row(query, arena, &rows[n++]);
	err = query_end(query);
	if (err != ERR_OK)
		return err;
	*ret = rows;
	*ret_n = n;
	return ERR_OK;
}

enum err store_record_list(struct store *store,
			   const struct record_filter *filter, struct page page,
			   struct arena *arena, struct request_record **ret,
			   size_t *ret_n, int64_t *ret_next)
{
	int64_t before = page.after ? page.after : INT64_MAX, floor;
	const struct record_filter stored = {
		.sender = shown(arena, filter->sender),
		.target = filter->target,
		.recipient = shown(arena, filter->recipient),
		.call_id = shown(arena, filter->call_id),
		.since = filter->since};
	struct query query;
	enum err err = find_floor(store, before, &floor);

	if (err != ERR_OK)
		return err;
	query = query_begin(store,
			    "SELECT " COLUMNS ", recipients, 0 FROM request "
			    "WHERE " FILTERS " UNION ALL "
			    "SELECT " SENDING ", NULL, 1 FROM accepted "
			    "WHERE " FILTERS " ORDER BY id DESC LIMIT ?8");
	bind_filter(&query, &stored, before, floor);
	query_int(&query, (int64_t)page.limit);
	err = read_page(&query, arena, page.limit, ret, ret_n);
	if (err == ERR_OK)
		*ret_next =
			*ret_n == page.limit ? (*ret)[*ret_n - 1].id : floor;
	return err;
}

/* ---- letting go --------------------------------------------------------- */

/** Rows that the sweep looks at in one call. */
struct swept {
	int64_t ids[SWEPT_AT_ONCE]; /**< to be dropped */
	size_t n;
	int64_t last;  /**< looked at; 0: there was none */
	bool is_young; /**< from there on none is old enough */
};

static enum err look(struct store *store, int64_t before, struct swept *ret)
{
	struct query query = query_begin(
		store, "SELECT id, accepted_at, CASE WHEN over_at = 0 AND NOT "
		       "EXISTS (SELECT 1 FROM journal WHERE id = request.id) "
		       "THEN accepted_at ELSE over_at END FROM request "
		       "WHERE id > ? ORDER BY id LIMIT ?");
	size_t n = 0;

	query_int(&query, store->record_swept);
	query_int(&query, SWEPT_AT_ONCE);
	while (!ret->is_young && query_next(&query)) {
		int64_t id = query_get_int(&query);
		int64_t accepted_at = query_get_int(&query);
		int64_t over_at = query_get_int(&query);

		ret->last = id;
		ret->is_young = accepted_at >= before;
		if ((over_at && over_at < before && !ret->is_young) ||
		    before == RECORDS_ALL)
			ret->ids[ret->n++] = id;
		n++;
	}
	ret->is_young |= n < SWEPT_AT_ONCE;
	return query_end(&query);
}

static enum err drop(struct store *store, int64_t id)
{
	struct query query =
		query_begin(store, "DELETE FROM request WHERE id = ? "
				   "RETURNING length(recipients)");
	uint64_t bytes = 0;
	enum err err;

	query_int(&query, id);
	while (query_next(&query))
		bytes = ROW_BYTES + (uint64_t)query_get_int(&query);
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	store->record_bytes -=
		bytes < store->record_bytes ? bytes : store->record_bytes;
	query = query_begin(store, "DELETE FROM outcome WHERE request = ?");
	query_int(&query, id);
	return query_run(&query);
}

enum err store_record_sweep(struct store *store, int64_t before, bool *ret_more)
{
	struct swept swept = {.n = 0};
	enum err err = look(store, before, &swept);

	for (size_t i = 0; i < swept.n && err == ERR_OK; i++)
		err = drop(store, swept.ids[i]);
	if (err != ERR_OK)
		return err;
	/* Round and round: the next sweep begins with the oldest again. */
	store->record_swept = swept.is_young ? 0 : swept.last;
	*ret_more = !swept.is_young;
	return ERR_OK;
}
