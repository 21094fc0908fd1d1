/* Deliveries: recipients to be tried again, and those that have failed. */
#include "db/store.h"

#include "db/deliveries.h"
#include "db/records.h"
#include "db/transaction.h"

#define SELECT                                                                 \
	"SELECT id, coalesce(journal, 0), place, sender, target, recipient, "  \
	"method, state, attempts, last_status, since, next_at, expires_at, "   \
	"cseq, content, large FROM delivery "

static const char *const state_names[DELIVERY_STATES] = {
	[DELIVERY_WAITING] = "waiting",
	[DELIVERY_FAILED] = "failed",
	[DELIVERY_EXPIRED] = "expired",
	[DELIVERY_WITHDRAWN] = "withdrawn",
};

const char *delivery_state_name(enum delivery_state state)
{
	return state < DELIVERY_STATES ? state_names[state] : "unknown";
}

/** What is not a known word is over: nothing is sent for it. */
static enum delivery_state state_from(const char *name)
{
	for (size_t i = 0; name && i < DELIVERY_STATES; i++) {
		if (strcmp(name, state_names[i]) == 0)
			return (enum delivery_state)i;
	}
	return DELIVERY_FAILED;
}

static void delivery_read(struct query *query, struct arena *arena,
			  struct delivery *ret)
{
	struct delivery row = {.id = query_get_int(query)};

	row.journal = query_get_int(query);
	row.place = (uint32_t)query_get_int(query);
	row.sender = query_get_text(query, arena);
	row.target = query_get_text(query, arena);
	row.recipient = query_get_text(query, arena);
	row.method = query_get_text(query, arena);
	row.state = state_from(query_get_text(query, arena));
	row.attempts = (unsigned)query_get_int(query);
	row.last_status = (int)query_get_int(query);
	row.since = query_get_int(query);
	row.next_at = query_get_int(query);
	row.expires_at = query_get_int(query);
	row.cseq = (uint32_t)query_get_int(query);
	row.content = (unsigned)query_get_int(query);
	row.is_large = query_get_int(query) != 0;
	/* Of a row that is over the file keeps the last try's instant there. */
	if (row.state != DELIVERY_WAITING)
		row.next_at = 0;
	*ret = row;
}

static enum err read_rows(struct query *query, size_t most, struct arena *arena,
			  struct delivery **ret, size_t *ret_n)
{
	struct delivery *rows = arena_array(arena, most, sizeof(*rows));
	size_t n = 0;
	enum err err;

	while (n < most && query_next(query))
		delivery_read(query, arena, &rows[n++]);
	err = query_end(query);
	if (err != ERR_OK)
		return err;
	*ret = rows;
	*ret_n = n;
	return ERR_OK;
}

enum err store_deliveries_due(struct store *store, struct due_page page,
			      struct arena *arena, struct delivery **ret,
			      size_t *ret_n)
{
	struct query query =
		query_begin(store, SELECT "WHERE state = 'waiting' "
					  "ORDER BY next_at, id LIMIT $1");
	struct delivery *rows;
	size_t n, due = 0;
	enum err err;

	/* One more than asked for tells when the next is due. */
	query_int(&query, (int64_t)page.limit + 1);
	err = read_rows(&query, page.limit + 1, arena, &rows, &n);
	if (err != ERR_OK)
		return err;
	while (due < n && due < page.limit && rows[due].next_at <= page.now)
		due++;
	*ret = rows;
	*ret_n = due;
	*page.ret_next = due < n ? rows[due].next_at : 0;
	return ERR_OK;
}

enum err store_delivery_get(struct store *store, int64_t id,
			    struct arena *arena, struct delivery *ret)
{
	struct query query = query_begin(store, SELECT "WHERE id = $1");
	struct delivery *rows;
	size_t n;
	enum err err;

	query_int(&query, id);
	err = read_rows(&query, 1, arena, &rows, &n);
	if (err != ERR_OK)
		return err;
	if (n == 0)
		return ERR_UNKNOWN;
	*ret = rows[0];
	return ERR_OK;
}

enum err store_delivery_list(struct store *store,
			     const struct delivery_filter *filter,
			     struct arena *arena, struct delivery **ret,
			     size_t *ret_n)
{
	const char *state =
		filter->state < 0 ? NULL
				  : delivery_state_name(
					    (enum delivery_state)filter->state);
	const struct filter filters[] = {{"sender", filter->sender},
					 {"target", filter->target},
					 {"recipient", filter->recipient},
					 {"state", state},
					 {NULL, NULL}};
	struct query query = query_list(store, SELECT, filters, filter->page);

	return read_rows(&query, filter->page.limit, arena, ret, ret_n);
}

/* ---- changing --------------------------------------------------------- */

/** The entry that a delivery hangs on (0 once over); ERR_UNKNOWN. */
static enum err journal_of(struct store *store, int64_t id, int64_t *ret)
{
	struct query query = query_begin(
		store,
		"SELECT coalesce(journal, 0) FROM delivery WHERE id = $1");
	bool found;
	int64_t journal = 0;
	enum err err;

	query_int(&query, id);
	found = query_next(&query);
	if (found)
		journal = query_get_int(&query);
	err = query_end_found(&query, found);
	if (err == ERR_OK)
		*ret = journal;
	return err;
}

static enum err delete_delivery(struct store *store, int64_t id)
{
	struct query query =
		query_begin(store, "DELETE FROM delivery WHERE id = $1");

	query_int(&query, id);
	return query_run(&query);
}

static void bind_last_try(struct query *query, const struct delivery *delivery)
{
	query_int(query, delivery->attempts);
	query_int(query, delivery->last_status);
	query_int(query, delivery->cseq);
	query_int(query, delivery->content);
	query_int(query, delivery->is_large);
}

static enum err put_off(struct store *store, const struct delivery *delivery)
{
	struct query query = query_begin(
		store, "UPDATE delivery SET attempts = $1, last_status = $2, "
		       "cseq = $3, content = $4, large = $5, next_at = $6 "
		       "WHERE id = $7");

	bind_last_try(&query, delivery);
	query_int(&query, delivery->next_at);
	query_int(&query, delivery->id);
	return query_run(&query);
}

static enum err finish(struct store *store, const struct delivery *delivery,
		       enum delivery_state state)
{
	struct query query = query_begin(
		store,
		"UPDATE delivery SET journal = NULL, state = $1, "
		"attempts = $2, last_status = $3, cseq = $4, content = $5, "
		"large = $6 WHERE id = $7");

	query_text(&query, delivery_state_name(state));
	bind_last_try(&query, delivery);
	query_int(&query, delivery->id);
	return query_run(&query);
}

/** What a record calls the end of a delivery. */
static enum recipient_outcome outcome_of(int end)
{
	switch (end) {
	case DELIVERY_DONE:
		return RECIPIENT_DELIVERED;
	case DELIVERY_EXPIRED:
		return RECIPIENT_EXPIRED;
	case DELIVERY_WITHDRAWN:
		return RECIPIENT_WITHDRAWN;
	default:
		return RECIPIENT_FAILED;
	}
}

static enum err update(struct store *store, const struct delivery *delivery,
		       int outcome)
{
	struct delivery over = *delivery;
	int64_t journal;
	enum err err = journal_of(store, delivery->id, &journal);

	if (err != ERR_OK)
		return err;
	if (journal == 0)
		return ERR_CONFLICT; /* over already */
	store->is_deferring = true;
	if (outcome == DELIVERY_WAITING)
		return put_off(store, delivery);
	if (outcome == DELIVERY_DONE)
		err = delete_delivery(store, delivery->id);
	else
		err = finish(store, delivery, (enum delivery_state)outcome);
	if (err == ERR_OK)
		err = journal_close(store, journal);
	over.journal = journal;
	if (err == ERR_OK)
		err = store_record_outcome(store, &over, outcome_of(outcome));
	return err;
}

enum err store_delivery_update(struct store *store,
			       const struct delivery *delivery, int outcome)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	return transaction_end(store, update(store, delivery, outcome));
}

enum err store_delivery_now(struct store *store, int64_t id, int64_t now)
{
	struct query query =
		query_begin(store, "UPDATE delivery SET next_at = $1 "
				   "WHERE id = $2 AND state = 'waiting'");
	int64_t journal;
	enum err err;

	query_int(&query, now);
	query_int(&query, id);
	err = query_run(&query);
	if (err != ERR_OK || query_changes(store) > 0)
		return err;
	err = journal_of(store, id, &journal);
	return err == ERR_OK ? ERR_CONFLICT : err;
}

static uint32_t ms_since(int64_t since, int64_t now)
{
	int64_t ms = (now - since) * 1000;

	return ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static enum err drop(struct store *store, int64_t id, struct arena *arena,
		     int64_t now)
{
	struct delivery row;
	enum err err = store_delivery_get(store, id, arena, &row);

	if (err == ERR_OK)
		err = delete_delivery(store, id);
	if (err == ERR_OK && row.journal != 0) {
		row.at_ms = ms_since(row.since, now);
		err = journal_close(store, row.journal);
		if (err == ERR_OK)
			err = store_record_outcome(store, &row,
						   RECIPIENT_REMOVED);
	}
	store->is_deferring = true;
	return err;
}

enum err store_delivery_drop(struct store *store, int64_t id, int64_t now)
{
	struct arena *arena;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	arena = arena_new(0);
	err = transaction_end(store, drop(store, id, arena, now));
	arena_free(arena);
	return err;
}

enum err store_delivery_sweep(struct store *store, int64_t before)
{
	struct query query =
		query_begin(store, "DELETE FROM delivery "
				   "WHERE state <> 'waiting' AND next_at < $1");

	query_int(&query, before);
	return query_run(&query);
}
