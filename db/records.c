/* Records of requests: writing, reading and removing them. */
#include "db/records.h"

#include "db/transaction.h"

/** What a record takes beside its recipients, about; and an outcome. */
#define ROW_BYTES 256
#define OUTCOME_BYTES 48

/* What one commit lets go of at most, so that none takes long. */
#define EVICTED_AT_ONCE 1000
#define BYTES_AT_ONCE (4U << 20)
#define OUTCOMES_AT_ONCE 5000
#define SWEPT_AT_ONCE 1000

#define COLUMNS                                                                \
	"id, call_id, sender, target, source, method, accepted_at, over_at, "  \
	"status, conference"
#define SENDING                                                                \
	"id, call_id, sender, target, source, method, accepted_at, 0, 0, ''"

enum err records_measure(struct store *store)
{
	struct query query = query_begin(
		store,
		"SELECT coalesce(sum(length(recipients) + $1), 0) + $2 * "
		"(SELECT count(*) FROM outcome WHERE request IN "
		"(SELECT id FROM request)) FROM request");

	query_int(&query, ROW_BYTES);
	query_int(&query, OUTCOME_BYTES);
	while (query_next(&query))
		store->records.bytes = (uint64_t)query_get_int(&query);
	return query_end(&query);
}

void records_begin(struct store *store)
{
	if (store->depth <= RECORD_STEPS)
		store->records.begun[store->depth - 1] = store->records.bytes;
}

void records_undone(struct store *store)
{
	int step = store->depth > 1 ? store->depth - 1 : 0;

	if (step < RECORD_STEPS)
		store->records.bytes = store->records.begun[step];
}

void records_add_outcome(struct store *store)
{
	store->records.bytes += OUTCOME_BYTES;
}

static void take_off(struct store *store, uint64_t bytes)
{
	store->records.bytes -=
		bytes < store->records.bytes ? bytes : store->records.bytes;
}

/** Without tokens, a copy where it may have one; NULL of NULL. */
static const char *shown(struct arena *arena, const char *text)
{
	char *copy;

	if (!text || !token_may_be_in(view_of(text)))
		return text;
	copy = arena_strdup(arena, text);
	token_blot(copy);
	return copy;
}

/* ---- writing ----------------------------------------------------------- */

/** The oldest records, of @p need bytes or some more. */
static enum err find_oldest(struct store *store, uint64_t need,
			    uint64_t *ret_bytes, int64_t *ret_last)
{
	struct query query =
		query_begin(store, "SELECT id, length(recipients) FROM request "
				   "ORDER BY id LIMIT $1");

	*ret_bytes = 0;
	*ret_last = 0;
	query_int(&query, EVICTED_AT_ONCE);
	while (*ret_bytes < need && *ret_bytes < BYTES_AT_ONCE &&
	       query_next(&query)) {
		*ret_last = query_get_int(&query);
		*ret_bytes += ROW_BYTES + (uint64_t)query_get_int(&query);
	}
	return query_end(&query);
}

/** The oldest records go.  Their outcomes count no more; the sweep gets them,
 *  since there may be many. */
static enum err evict(struct store *store, uint64_t need)
{
	uint64_t bytes;
	int64_t last;
	struct query query;
	enum err err = find_oldest(store, need, &bytes, &last);

	if (err != ERR_OK)
		return err;
	query = query_begin(store, "SELECT count(*) FROM outcome WHERE "
				   "request BETWEEN (SELECT min(id) FROM "
				   "request) AND $1");
	query_int(&query, last);
	while (query_next(&query))
		bytes += OUTCOME_BYTES * (uint64_t)query_get_int(&query);
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	query = query_begin(store, "DELETE FROM request WHERE id <= $1");
	query_int(&query, last);
	err = query_run(&query);
	if (err == ERR_OK)
		take_off(store, bytes);
	return err;
}

static enum err insert(struct store *store, const struct request_record *it,
		       int64_t id)
{
	struct arena *arena = arena_new(0);
	struct query query = query_begin(
		store,
		"INSERT INTO request (id, call_id, sender, "
		"target, source, method, accepted_at, over_at, status, "
		"conference, recipients) VALUES ($1, $2, $3, $4, $5, $6, $7, "
		"$8, $9, $10, $11) ON CONFLICT DO NOTHING");
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
	query_text(&query, it->conference ? it->conference : "");
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

	if (store->records.bytes + bytes > store->records.room)
		err = evict(store,
			    store->records.bytes + bytes - store->records.room);
	/* One that would not fit beside anything else is not kept. */
	if (err != ERR_OK || bytes > store->records.room)
		return err;
	err = insert(store, record, id);
	if (err == ERR_OK && query_changes(store) > 0)
		store->records.bytes += bytes;
	return err;
}

/* What is settled is settled, with a record or without: a disk with little room
 * is left to denies. */
enum err store_record_put(struct store *store,
			  const struct request_record *record)
{
	if (!store->records.room || store->is_tight)
		return ERR_OK;
	return put(store, record, record->id);
}

enum err store_record_add(struct store *store,
			  const struct request_record *record)
{
	int64_t id;
	enum err err;

	if (!store->records.room || store->is_tight)
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
	ret->conference = query_get_text(query, arena);
	ret->recipients = query_get_blob(query, arena);
	ret->is_sending = query_get_int(query) != 0;
}

enum err store_record_get(struct store *store, int64_t id, struct arena *arena,
			  struct request_record *ret)
{
	struct query query = query_begin(
		store, "SELECT " COLUMNS ", recipients, 0 FROM request "
		       "WHERE id = $1 UNION ALL SELECT " SENDING ", NULL, 1 "
		       "FROM accepted WHERE id = $1 LIMIT 1");
	struct request_record row;
	bool found;
	enum err err;

	query_int(&query, id);
	found = query_next(&query);
	if (found)
		read_row(&query, arena, &row);
	err = query_end_found(&query, found);
	if (err == ERR_OK)
		*ret = row;
	return err;
}

/** The oldest row that a page looks at; 0: there are no more below it.  What is
 *  on its first try is read from the journal, message and all. */
static enum err find_floor(struct store *store, int64_t before, int64_t *ret)
{
	struct query query = query_begin(
		store, "SELECT id, length(recipients) FROM request "
		       "WHERE id < $1 UNION ALL SELECT id, "
		       "length(recipients) + length(message) FROM accepted "
		       "WHERE id < $1 ORDER BY id DESC LIMIT $2");
	uint64_t bytes = 0;
	int64_t id = 0;
	size_t n = 0;

	query_int(&query, before);
	query_int(&query, RECORDS_LOOKED_AT);
	while (bytes < RECORDS_READ_BYTES && query_next(&query)) {
		id = query_get_int(&query);
		bytes += (uint64_t)query_get_int(&query);
		n++;
	}
	*ret = n == RECORDS_LOOKED_AT || bytes >= RECORDS_READ_BYTES ? id : 0;
	return query_end(&query);
}

/** What a recipient's key looks like in the blob, with its NUL, so that it is
 *  not the beginning of a longer one. */
static struct view needle_of(const char *recipient)
{
	return (struct view){recipient, strlen(recipient) + 1};
}

#define FILTERS                                                                \
	"id < $1 AND id >= $2 AND accepted_at >= $3 AND "                      \
	"($4 IS NULL OR sender = $4) AND ($5 IS NULL OR target = $5) AND "     \
	"($6 IS NULL OR call_id = $6) AND "                                    \
	"($7 IS NULL OR instr(recipients, $7) > 0)"

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
			  struct record_page *ret)
{
	struct record_page page = {
		.rows = arena_array(arena, most, sizeof(*page.rows))};
	enum err err;

	while (page.n < most && query_next(query))
		read_row(query, arena, &page.rows[page.n++]);
	err = query_end(query);
	if (err == ERR_OK)
		*ret = page;
	return err;
}

enum err store_record_list(struct store *store,
			   const struct record_filter *filter, struct page page,
			   struct arena *arena, struct record_page *ret)
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
			    "WHERE " FILTERS " ORDER BY id DESC LIMIT $8");
	bind_filter(&query, &stored, before, floor);
	query_int(&query, (int64_t)page.limit);
	err = read_page(&query, arena, page.limit, ret);
	if (err == ERR_OK)
		ret->next =
			ret->n == page.limit ? ret->rows[ret->n - 1].id : floor;
	return err;
}

/* ---- letting go --------------------------------------------------------- */

/** One call of the sweep. */
struct swept {
	int64_t ids[SWEPT_AT_ONCE];    /**< to be dropped */
	uint64_t bytes[SWEPT_AT_ONCE]; /**< of each */
	size_t n;
	int64_t last;	   /**< looked at; 0: there was none */
	bool is_young;	   /**< from there on none is old enough */
	uint64_t dropped;  /**< bytes */
	int64_t outcomes;  /**< that it may still drop */
	bool is_exhausted; /**< it dropped as much as one commit may */
};

static enum err look(struct store *store, int64_t before, struct swept *ret)
{
	struct query query = query_begin(
		store, "SELECT id, accepted_at, CASE WHEN over_at = 0 AND NOT "
		       "EXISTS (SELECT 1 FROM journal WHERE id = request.id) "
		       "THEN accepted_at ELSE over_at END, length(recipients) "
		       "FROM request WHERE id > $1 ORDER BY id LIMIT $2");
	size_t n = 0;

	query_int(&query, store->records.swept);
	query_int(&query, SWEPT_AT_ONCE);
	while (!ret->is_young && query_next(&query)) {
		int64_t id = query_get_int(&query);
		int64_t accepted_at = query_get_int(&query);
		int64_t over_at = query_get_int(&query);

		ret->last = id;
		ret->is_young = accepted_at >= before;
		if ((over_at && over_at < before && !ret->is_young) ||
		    before == RECORDS_ALL) {
			ret->bytes[ret->n] =
				ROW_BYTES + (uint64_t)query_get_int(&query);
			ret->ids[ret->n++] = id;
		}
		n++;
	}
	ret->is_young |= n < SWEPT_AT_ONCE;
	return query_end(&query);
}

/** Outcomes of @p from to @p to, as many as may be. */
static enum err drop_outcomes(struct store *store, int64_t from, int64_t to,
			      struct swept *swept, int64_t *ret_n)
{
	struct query query = query_begin(
		store, "DELETE FROM outcome WHERE (request, place) IN "
		       "(SELECT request, place FROM outcome WHERE request "
		       "BETWEEN $1 AND $2 LIMIT $3)");
	enum err err;

	query_int(&query, from);
	query_int(&query, to);
	query_int(&query, swept->outcomes);
	err = query_run(&query);
	if (err != ERR_OK)
		return err;
	*ret_n = query_changes(store);
	swept->outcomes -= *ret_n;
	swept->is_exhausted = swept->outcomes <= 0;
	return ERR_OK;
}

/** What evict() left: older than any record. */
static enum err drop_orphans(struct store *store, struct swept *swept)
{
	struct query query = query_begin(
		store, "SELECT coalesce(min(id), $1) - 1 FROM request");
	int64_t to = 0, n;
	enum err err;

	query_int(&query, INT64_MAX);
	while (query_next(&query))
		to = query_get_int(&query);
	err = query_end(&query);
	return err == ERR_OK ? drop_outcomes(store, INT64_MIN, to, swept, &n)
			     : err;
}

/** The outcomes first: while there are more of them than may go, the record
 *  stays for the next call. */
static enum err drop(struct store *store, struct swept *swept, size_t i)
{
	int64_t id = swept->ids[i], n;
	struct query query;
	enum err err = drop_outcomes(store, id, id, swept, &n);

	if (err != ERR_OK)
		return err;
	take_off(store, OUTCOME_BYTES * (uint64_t)n);
	if (swept->is_exhausted)
		return ERR_OK;
	query = query_begin(store, "DELETE FROM request WHERE id = $1");
	query_int(&query, id);
	err = query_run(&query);
	if (err != ERR_OK)
		return err;
	take_off(store, swept->bytes[i]);
	swept->dropped += swept->bytes[i];
	swept->is_exhausted = swept->dropped >= BYTES_AT_ONCE;
	swept->last = id;
	return ERR_OK;
}

enum err store_record_sweep(struct store *store, int64_t before, bool *ret_more)
{
	struct swept swept = {.n = 0, .outcomes = OUTCOMES_AT_ONCE};
	int64_t begun = store->records.swept, looked_to;
	enum err err = drop_orphans(store, &swept);

	if (err == ERR_OK && !swept.is_exhausted)
		err = look(store, before, &swept);
	looked_to = swept.last;
	swept.last = begun;
	for (size_t i = 0; i < swept.n && err == ERR_OK && !swept.is_exhausted;
	     i++)
		err = drop(store, &swept, i);
	if (err != ERR_OK)
		return err;
	*ret_more = swept.is_exhausted || !swept.is_young;
	/* Round and round: the next sweep begins with the oldest again. */
	if (swept.is_exhausted)
		store->records.swept = swept.last;
	else
		store->records.swept = swept.is_young ? 0 : looked_to;
	return ERR_OK;
}
