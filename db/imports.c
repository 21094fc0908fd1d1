/* Batches of an import, as they are kept. */
#include "db/imports_private.h"

#define SELECT                                                                 \
	"SELECT id, mode, sender, target, list, request_key, created_at, "     \
	"taken_back_at, n_lines, n_skipped FROM import "

static const char *const mode_names[IMPORT_MODES] = {
	[IMPORT_ASK] = "ask",
	[IMPORT_GRANTED] = "granted",
	[IMPORT_STOP] = "stop",
};

static const char *const outcome_names[IMPORT_OUTCOMES] = {
	[IMPORT_DID_ASK] = "asked",
	[IMPORT_DID_GRANT] = "granted",
	[IMPORT_DID_RENEW] = "renewed",
	[IMPORT_DID_STOP] = "stopped",
	[IMPORT_DID_NOTHING] = "unchanged",
	[IMPORT_TAKEN_BACK] = "taken-back",
	[IMPORT_LEFT] = "left",
	[IMPORT_DENIED] = "denied",
	[IMPORT_KINDS_TAKEN] = "kinds-taken",
	[IMPORT_KINDS_OTHER] = "kinds-other",
	[IMPORT_IS_LIST] = "is-list",
	[IMPORT_NO_ROOM] = "no-room",
};

const char *import_mode_name(enum import_mode mode)
{
	return mode < IMPORT_MODES ? mode_names[mode] : "unknown";
}

bool import_mode_from(const char *name, enum import_mode *ret)
{
	for (size_t i = 0; name && i < IMPORT_MODES; i++) {
		if (strcmp(name, mode_names[i]) == 0) {
			*ret = (enum import_mode)i;
			return true;
		}
	}
	return false;
}

const char *import_outcome_name(enum import_outcome outcome)
{
	return outcome < IMPORT_OUTCOMES ? outcome_names[outcome] : "unknown";
}

enum import_outcome import_outcome_from(const char *name)
{
	size_t i = 0;

	while (i < IMPORT_OUTCOMES &&
	       (!name || strcmp(name, outcome_names[i]) != 0))
		i++;
	return (enum import_outcome)i;
}

bool import_is_refused(enum import_outcome outcome)
{
	return outcome >= IMPORT_DENIED;
}

/* ---- writing ---------------------------------------------------------- */

enum err import_insert(struct store *store, const struct import *batch,
		       int64_t *ret_id)
{
	struct query query = query_begin(
		store, "INSERT INTO import (mode, sender, target, list, "
		       "request_key, created_at, taken_back_at, n_lines, "
		       "n_skipped) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8) "
		       "RETURNING id");

	query_text(&query, import_mode_name(batch->mode));
	query_text(&query, batch->sender);
	query_text(&query, batch->target);
	query_text(&query, batch->list);
	query_text(&query, batch->key);
	query_int(&query, batch->created_at);
	query_int(&query, batch->n_lines);
	query_int(&query, batch->n_skipped);
	return query_run_id(&query, ret_id);
}

enum err import_insert_line(struct store *store, int64_t batch,
			    const struct import_line *line, int64_t entry)
{
	struct query query = query_begin(
		store, "INSERT INTO import_line (import, line, permission, "
		       "entry, outcome) VALUES ($1, $2, $3, $4, $5)");

	query_int(&query, batch);
	query_int(&query, (int64_t)line->line);
	query_int(&query, line->permission);
	query_int(&query, entry);
	query_text(&query, import_outcome_name(line->outcome));
	return query_run(&query);
}

/* ---- reading ---------------------------------------------------------- */

static void read_import(struct query *query, struct arena *arena,
			struct import *ret)
{
	struct import batch = {.id = query_get_int(query)};

	if (!import_mode_from(query_get_text(query, arena), &batch.mode))
		query_corrupt(query);
	batch.sender = query_get_text(query, arena);
	batch.target = query_get_text(query, arena);
	batch.list = query_get_text(query, arena);
	batch.key = query_get_text(query, arena);
	batch.created_at = query_get_int(query);
	batch.taken_back_at = query_get_int(query);
	batch.n_lines = query_get_int(query);
	batch.n_skipped = query_get_int(query);
	*ret = batch;
}

enum err store_import_get(struct store *store, int64_t id, struct arena *arena,
			  struct import *ret)
{
	struct query query = query_begin(store, SELECT "WHERE id = $1");
	struct import batch;
	bool is_found;
	enum err err;

	query_int(&query, id);
	is_found = query_next(&query);
	if (is_found)
		read_import(&query, arena, &batch);
	err = query_end_found(&query, is_found);
	if (err == ERR_OK)
		*ret = batch;
	return err;
}

enum err store_import_list(struct store *store,
			   const struct import_filter *filter,
			   struct arena *arena, struct import **ret,
			   size_t *ret_n)
{
	const struct filter filters[] = {{"request_key", filter->key},
					 {DOMAIN_OF("target"), filter->domain},
					 {NULL, NULL}};
	struct query query = query_list(store, SELECT, filters, filter->page);
	struct import *rows =
		arena_array(arena, filter->page.limit, sizeof(*rows));
	size_t n = 0;
	enum err err;

	while (n < filter->page.limit && query_next(&query))
		read_import(&query, arena, &rows[n++]);
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	*ret = rows;
	*ret_n = n;
	return ERR_OK;
}

/* ---- counting --------------------------------------------------------- */

/** One group: how many lines had this outcome and are in this state now. */
static void count_group(struct query *query, struct arena *arena,
			struct import_counts *counts)
{
	const char *outcome = query_get_text(query, arena);
	const char *state = query_get_text(query, arena);
	bool is_expired = query_get_int(query) != 0;
	int64_t n = query_get_int(query);
	enum import_outcome did = import_outcome_from(outcome);
	enum permission_state is;

	if (did == IMPORT_OUTCOMES)
		query_corrupt(query);
	else
		counts->outcomes[did] += n;
	if (!state)
		counts->removed += n;
	else if (!permission_state_from(state, &is))
		query_corrupt(query);
	else if (is_expired)
		counts->expired += n;
	else
		counts->states[is] += n;
}

enum err store_import_count(struct store *store, int64_t id, int64_t now,
			    struct import_counts *ret)
{
	struct query query = query_begin(
		store, "SELECT l.outcome, p.state, p.expires_at > 0 AND "
		       "p.expires_at <= $1 AND NOT (p.state = 'denied' AND "
		       "p.origin = 'recipient'), count(*) FROM import_line l "
		       "LEFT JOIN permission p ON p.id = l.permission "
		       "WHERE l.import = $2 GROUP BY 1, 2, 3");
	struct arena *arena = arena_new(0);
	struct import_counts counts = {0};
	enum err err;

	query_int(&query, now);
	query_int(&query, id);
	while (query_next(&query))
		count_group(&query, arena, &counts);
	err = query_end(&query);
	arena_free(arena);
	if (err == ERR_OK)
		*ret = counts;
	return err;
}
