/* A stop list: noes to many, in pieces. */
#include "db/imports_private.h"

#include "db/lists_private.h"

#define LINES_AT_ONCE 100

/** A piece on its way. */
struct stopping {
	struct store *store;
	struct import_order *order;
	struct import batch;
};

/* A list has senders of its own; a no to it is one to all of them. */
static struct permission scopes_of(const struct stopping *stopping,
				   const struct import_line *line)
{
	const char *sender = stopping->batch.sender;

	return (struct permission){.sender = sender ? sender : "anonymous",
				   .target = stopping->batch.target,
				   .recipient = line->recipient};
}

static bool is_denied(const struct permission *row, int64_t now)
{
	return row->id && row->state == PERMISSION_DENIED &&
	       !permission_is_expired(row, now) &&
	       (row->all_kinds || permission_is_own_deny(row));
}

static enum import_outcome outcome_of(const struct permission *was,
				      const struct permission *row, int64_t now)
{
	if (!is_denied(was, now))
		return IMPORT_DID_STOP;
	return row && strcmp(was->etag, row->etag) != 0 ? IMPORT_DID_RENEW
							: IMPORT_DID_NOTHING;
}

static enum err find_list(struct store *store, const struct import *batch)
{
	struct arena *arena = arena_new(0);
	struct stored_list list;
	enum err err = batch->list ? store_list_find(store, batch->target,
						     arena, &list)
				   : ERR_OK;

	arena_free(arena);
	return err;
}

static void count_lines(struct import_order *order, size_t n)
{
	memset(order->counts, 0, sizeof(order->counts));
	for (size_t i = 0; i < n; i++)
		order->counts[order->lines[i].outcome]++;
}

/* ---- looking ------------------------------------------------------------ */

static enum err look_at(const struct stopping *stopping,
			struct import_line *line, struct arena *scratch)
{
	const struct permission scopes = scopes_of(stopping, line);
	struct permission row = {.id = 0};
	enum err err = permission_any(stopping->store, &scopes, scratch, &row);

	if (err != ERR_OK && err != ERR_UNKNOWN)
		return err;
	line->permission = row.id;
	line->outcome = outcome_of(&row, NULL, stopping->batch.created_at);
	return ERR_OK;
}

enum err store_import_stop_look(struct store *store, struct import_order *order)
{
	const struct stopping stopping = {
		.store = store, .order = order, .batch = order->batch};
	enum err err = find_list(store, &order->batch);

	for (size_t i = 0; i < order->n && err == ERR_OK; i++) {
		struct arena *scratch = arena_new(0);

		err = look_at(&stopping, &order->lines[i], scratch);
		arena_free(scratch);
	}
	if (err == ERR_OK)
		count_lines(order, order->n);
	return err;
}

/* ---- doing it ----------------------------------------------------------- */

static enum err deny(const struct stopping *stopping, struct import_line *line,
		     struct arena *scratch)
{
	const struct permission scopes = scopes_of(stopping, line);
	const struct permission_change change = {
		.sender = scopes.sender,
		.target = scopes.target,
		.recipient = line->recipient,
		.recipient_uri = line->recipient_uri,
		.event = EVENT_DENY,
		.actor = ORIGIN_IMPORT,
		.evidence = line->evidence,
		.expires_at = 0,
		.now = stopping->batch.created_at};
	struct permission_result result;
	enum err err = store_permission_set(stopping->store, &change, scratch,
					    &result);

	if (err != ERR_OK)
		return err;
	line->permission = result.row.id;
	line->outcome = outcome_of(&result.was, &result.row, change.now);
	return import_insert_line(stopping->store, stopping->batch.id, line, 0);
}

/** The first piece makes the batch. */
static enum err begin(struct stopping *stopping)
{
	struct import *batch = &stopping->batch;
	enum err err = find_list(stopping->store, batch);

	batch->n_lines = (int64_t)stopping->order->n;
	batch->n_skipped = batch->taken_back_at = 0;
	return err == ERR_OK ? import_insert(stopping->store, batch, &batch->id)
			     : err;
}

/** @p ret_done: the lines that are done with this piece. */
static enum err run_some(struct stopping *stopping, size_t *ret_done)
{
	const struct import_order *order = stopping->order;
	size_t i = order->n_done;
	enum err err = i == 0 ? begin(stopping) : ERR_OK;

	while (err == ERR_OK && i < order->n &&
	       i - order->n_done < LINES_AT_ONCE &&
	       (i == order->n_done || !store_is_wanted(stopping->store))) {
		struct arena *scratch = arena_new(0);

		err = deny(stopping, &order->lines[i++], scratch);
		arena_free(scratch);
	}
	*ret_done = i;
	return err;
}

enum err store_import_stop_some(struct store *store, struct import_order *order,
				struct import *ret, size_t *ret_done)
{
	struct stopping stopping = {.store = store,
				    .order = order,
				    .batch = order->n_done ? *ret
							   : order->batch};
	size_t done = 0;
	enum err err = transaction_begin(store);

	if (err == ERR_OK)
		err = transaction_end(store, run_some(&stopping, &done));
	if (err != ERR_OK)
		return err;
	count_lines(order, done);
	*ret = stopping.batch;
	*ret_done = done;
	return ERR_OK;
}
