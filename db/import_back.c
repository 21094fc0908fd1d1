/* What a batch did is taken back. */
#include "db/imports_private.h"
#include "db/lists_private.h"
#include "db/names.h"

#define LINES_AT_ONCE 100

/** What one line did. */
struct done_line {
	int64_t line, permission, entry;
	enum import_outcome outcome;
};
struct taking {
	struct store *store;
	struct arena *arena;
	struct import batch;
	int64_t now;
};

static enum err read_lines(const struct taking *taking, struct done_line *ret,
			   size_t *ret_n)
{
	struct query query = query_begin(
		taking->store,
		"SELECT line, permission, entry, outcome FROM import_line "
		"WHERE import = $1 AND (outcome = 'asked' OR "
		"outcome = 'granted' OR outcome = 'stopped') "
		"ORDER BY line LIMIT $2");
	size_t n = 0;

	query_int(&query, taking->batch.id);
	query_int(&query, LINES_AT_ONCE);
	while (n < LINES_AT_ONCE && query_next(&query)) {
		struct done_line *it = &ret[n++];

		it->line = query_get_int(&query);
		it->permission = query_get_int(&query);
		it->entry = query_get_int(&query);
		it->outcome = import_outcome_from(
			query_get_text(&query, taking->arena));
	}
	*ret_n = n;
	return query_end(&query);
}

/** Did a later batch that stands say it, too?  One that asks says nothing of
 *  what was granted, and a stop list nothing of either. */
static enum err is_said_later(const struct taking *taking,
			      const struct done_line *line, bool *ret)
{
	struct query query = query_begin(
		taking->store,
		"SELECT 1 FROM import_line l JOIN import i ON i.id = l.import "
		"WHERE l.permission = $1 AND l.import > $2 AND "
		"(i.mode = 'stop') = ($3 = 'stopped') AND "
		"(i.mode <> 'ask' OR $3 = 'asked') AND "
		"i.taken_back_at = 0 LIMIT 1");

	query_int(&query, line->permission);
	query_int(&query, taking->batch.id);
	query_text(&query, import_outcome_name(line->outcome));
	return query_exists(&query, ret);
}

/** Does the row stand as the batch left it? */
static bool is_ours(const struct taking *taking, const struct done_line *line,
		    const struct permission *row)
{
	if (line->outcome == IMPORT_DID_ASK)
		return row->state != PERMISSION_GRANTED &&
		       row->state != PERMISSION_DENIED;
	return row->state == (line->outcome == IMPORT_DID_STOP
				      ? PERMISSION_DENIED
				      : PERMISSION_GRANTED) &&
	       row->origin == ORIGIN_IMPORT &&
	       row->changed_at == taking->batch.created_at;
}

static enum err read_key(const struct taking *taking, int64_t entry,
			 const char **ret)
{
	struct query query = query_begin(
		taking->store, "SELECT key FROM list_entry WHERE id = $1");

	*ret = NULL;
	query_int(&query, entry);
	if (query_next(&query))
		*ret = query_get_text(&query, taking->arena);
	return query_end(&query);
}

/** Is something else granted by whom the entry names, for this list? */
static enum err is_granted(const struct taking *taking, int64_t entry,
			   bool *ret)
{
	struct member_rows rows = {.n = 0};
	const char *key;
	enum err err = read_key(taking, entry, &key);

	if (err == ERR_OK && key)
		err = list_person_rows(taking->store, taking->batch.target, key,
				       taking->arena, &rows);
	*ret = false;
	for (size_t i = 0; err == ERR_OK && i < rows.n; i++)
		*ret |= permission_is_current(&rows.at[i], taking->now);
	return err;
}

/** A list that is gone has no entries any more.  With an entry all that is
 *  granted by it ends, also what a batch did not grant: then it stays. */
static enum err remove_entry(const struct taking *taking, int64_t entry)
{
	const struct list_target target = {.uri = taking->batch.target,
					   .now = taking->now,
					   .is_uncounted = true};
	struct stored_list list;
	bool is_needed = false;
	enum err err = is_granted(taking, entry, &is_needed);

	if (err != ERR_OK || is_needed)
		return err;
	err = store_list_entry_remove(taking->store, &target, entry,
				      taking->arena, &list);
	return err == ERR_UNKNOWN ? ERR_OK : err;
}

static enum err mark(const struct taking *taking, const struct done_line *line,
		     enum import_outcome outcome)
{
	struct query query = query_begin(taking->store,
					 "UPDATE import_line SET outcome = $1 "
					 "WHERE import = $2 AND line = $3");

	query_text(&query, import_outcome_name(outcome));
	query_int(&query, taking->batch.id);
	query_int(&query, line->line);
	return query_run(&query);
}

static enum err take_line(const struct taking *taking,
			  const struct done_line *line)
{
	struct permission row = {.state = PERMISSION_STATES};
	bool is_mine = false, is_later = false, is_removed;
	enum err err = store_permission_get(taking->store, line->permission,
					    taking->arena, &row);
	bool is_gone = err == ERR_UNKNOWN;

	if (err == ERR_OK)
		err = is_said_later(taking, line, &is_later);
	else if (is_gone)
		err = ERR_OK;
	if (err == ERR_OK && !is_gone)
		is_mine = !is_later && is_ours(taking, line, &row);
	if (err == ERR_OK && is_mine)
		err = name_remove_permission(taking->store, row.id,
					     ORIGIN_IMPORT, taking->now,
					     &is_removed);
	if (err == ERR_OK && line->entry && !is_later)
		err = remove_entry(taking, line->entry);
	if (err == ERR_OK)
		err = mark(taking, line,
			   is_mine || is_gone ? IMPORT_TAKEN_BACK
					      : IMPORT_LEFT);
	return err;
}

static enum err finish(const struct taking *taking)
{
	struct query query = query_begin(taking->store,
					 "UPDATE import SET taken_back_at = $1 "
					 "WHERE id = $2 AND taken_back_at = 0");

	query_int(&query, taking->now);
	query_int(&query, taking->batch.id);
	return query_run(&query);
}

static enum err take_some(struct taking *taking, int64_t id, bool *ret_more)
{
	struct done_line *lines =
		arena_array(taking->arena, LINES_AT_ONCE, sizeof(*lines));
	size_t n = 0, i = 0;
	enum err err = store_import_get(taking->store, id, taking->arena,
					&taking->batch);

	if (err == ERR_OK)
		err = read_lines(taking, lines, &n);
	while (i < n && err == ERR_OK &&
	       (i == 0 || !store_is_wanted(taking->store)))
		err = take_line(taking, &lines[i++]);
	*ret_more = n == LINES_AT_ONCE || i < n;
	return err == ERR_OK && !*ret_more ? finish(taking) : err;
}

enum err store_import_take_back(struct store *store, int64_t id, int64_t now,
				bool *ret_more)
{
	struct taking taking = {.store = store, .now = now};
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	taking.arena = arena_new(0);
	err = transaction_end(store, take_some(&taking, id, ret_more));
	arena_free(taking.arena);
	return err;
}
