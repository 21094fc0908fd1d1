/* An import is done: all of it, or nothing. */
#include "db/imports_private.h"
#include "db/lists_private.h"

#define ENTRIES_AT_ONCE 20

/** An import on its way. */
struct run {
	struct store *store;
	struct import_order *order;
	struct arena *arena;   /**< for as long as it takes */
	struct arena *scratch; /**< for a line or some */
	struct stored_list list;
	const char *sender; /**< scope of what is asked or granted */
	bool is_list;
	/* Who is to be added to the list, and by whose line. */
	struct list_entry *entries;
	size_t *entry_of; /**< of each line: which of them, from 1; 0: none */
	size_t n_entries;
};

static int64_t now_of(const struct run *run)
{
	return run->order->batch.created_at;
}

static bool is_ask(const struct run *run)
{
	return run->order->batch.mode == IMPORT_ASK;
}

static void refuse(struct import_line *line, enum import_outcome why,
		   int64_t permission)
{
	line->outcome = why;
	line->permission = permission;
}

static struct kinds kinds_wanted(const struct run *run,
				 const struct import_line *line)
{
	return kinds_or_message(line->kinds.set ? line->kinds
				: run->is_list	? run->list.kinds
						: line->kinds);
}

static struct permission scopes_of(const struct run *run,
				   const struct import_line *line)
{
	return (struct permission){.sender = run->sender,
				   .target = run->order->batch.target,
				   .recipient = line->recipient,
				   .kinds = kinds_wanted(run, line)};
}

/* ---- a no always wins --------------------------------------------------- */

/** One that covers all of it, also where only its hash is known. */
static bool is_denied_widely(const struct run *run,
			     const struct permission *scopes, int64_t *ret)
{
	struct permission denies[INDEX_ROWS_MAX], deny;
	const struct index *index = run->store->index;

	if (!index)
		return false;
	*ret = 0;
	if (index_rowless_find(index, scopes, &deny))
		return true;
	if (index_denies(index, scopes, now_of(run), run->scratch, denies) == 0)
		return false;
	*ret = denies[0].id;
	return true;
}

static bool is_deny_of(const struct permission *row,
		       const struct permission *scopes, int64_t now)
{
	return row->state == PERMISSION_DENIED &&
	       !permission_is_expired(row, now) &&
	       (row->all_kinds || kinds_overlap(row->kinds, scopes->kinds));
}

/** One of the same three, whoever said it. */
static enum err find_own_deny(const struct run *run,
			      const struct permission *scopes, int64_t *ret)
{
	struct permission row;
	enum err err = permission_any(run->store, scopes, run->scratch, &row);

	if (err == ERR_OK && !is_deny_of(&row, scopes, now_of(run)))
		err = store_permission_find(run->store, scopes, run->scratch,
					    &row);
	if (err == ERR_OK && !is_deny_of(&row, scopes, now_of(run)))
		err = ERR_UNKNOWN;
	if (err == ERR_OK)
		*ret = row.id;
	return err;
}

/** ERR_OK: a deny stands, and its row is in @p ret; ERR_UNKNOWN: none does. */
static enum err find_deny(const struct run *run,
			  const struct permission *scopes, int64_t *ret)
{
	struct permission_found deny = {.arena = run->scratch};
	enum err err;

	if (is_denied_widely(run, scopes, ret))
		return ERR_OK;
	err = find_own_deny(run, scopes, ret);
	if (err != ERR_UNKNOWN)
		return err;
	err = store_permission_opposed(run->store, scopes,
				       is_ask(run) ? EVENT_ADDED : EVENT_GRANT,
				       now_of(run), &deny);
	if (err == ERR_OK)
		*ret = deny.row.id;
	return err;
}

/* ---- the list --------------------------------------------------------- */

static enum err find_entry(const struct run *run, const char *key, bool *ret)
{
	struct query query = query_begin(
		run->store, "SELECT 1 FROM list_entry e WHERE e.list = $1 AND "
			    "e.key = $2 AND " LIST_IS_MEMBER);

	query_int(&query, run->list.id);
	query_text(&query, key);
	return query_exists(&query, ret);
}

/** A member is asked for the list's kinds, and for no others. */
static bool fits_kinds(const struct run *run, const struct import_line *line)
{
	struct kinds wanted = kinds_or_message(run->list.kinds);

	if (!line->kinds.set)
		return true;
	return is_ask(run) ? kinds_equal(line->kinds, wanted)
			   : kinds_cover(line->kinds, wanted);
}

/** Can they be in the list, and have they to be added? */
static enum err judge_entry(struct run *run, struct import_line *line)
{
	struct list_entry *entry = &run->entries[run->n_entries];
	bool is_there = false;
	enum err err;

	if (!fits_kinds(run, line))
		refuse(line, IMPORT_KINDS_OTHER, 0);
	err = store_list_exists(run->store, line->recipient, &is_there);
	if (err == ERR_OK && is_there)
		refuse(line, IMPORT_IS_LIST, 0);
	if (err != ERR_OK || import_is_refused(line->outcome))
		return err;
	err = find_entry(run, line->recipient, &is_there);
	if (err != ERR_OK || is_there)
		return err;
	if (run->list.n_entries + (int64_t)run->n_entries >=
	    run->order->entries_most) {
		refuse(line, IMPORT_NO_ROOM, 0);
		return ERR_OK;
	}
	*entry = (struct list_entry){.kind = LIST_ENTRY,
				     .uri = line->recipient_uri,
				     .key = line->recipient,
				     .title = line->title,
				     .has_term = line->has_term,
				     .term_s = line->term_s};
	run->entry_of[line - run->order->lines] = ++run->n_entries;
	return ERR_OK;
}

/** The last one that was judged, after all. */
static void drop_entry(struct run *run, const struct import_line *line)
{
	size_t *entry_of = &run->entry_of[line - run->order->lines];

	run->n_entries -= *entry_of != 0;
	*entry_of = 0;
}

/** Adding the entry asks whom nothing stands for; were they? */
static enum err foresee_question(struct run *run, struct import_line *line)
{
	const struct permission scopes = scopes_of(run, line);
	struct permission row;
	enum err err = permission_any(run->store, &scopes, run->scratch, &row);
	bool is_new =
		err == ERR_UNKNOWN ||
		(err == ERR_OK && (row.state == PERMISSION_ERROR ||
				   permission_is_expired(&row, now_of(run))));

	if (err != ERR_OK && err != ERR_UNKNOWN)
		return err;
	line->permission = err == ERR_OK ? row.id : 0;
	line->outcome = is_new && run->entry_of[line - run->order->lines]
				? IMPORT_DID_ASK
				: IMPORT_DID_NOTHING;
	return ERR_OK;
}

/* ---- one line --------------------------------------------------------- */

static enum import_outcome outcome_of(const struct run *run,
				      const struct permission_result *result)
{
	bool is_same = !result->is_new &&
		       strcmp(result->was.etag, result->row.etag) == 0;

	if (is_same)
		return IMPORT_DID_NOTHING;
	if (is_ask(run))
		return result->row.state == PERMISSION_PENDING
			       ? IMPORT_DID_ASK
			       : IMPORT_DID_NOTHING;
	return !result->is_new &&
			       permission_is_current(&result->was, now_of(run))
		       ? IMPORT_DID_RENEW
		       : IMPORT_DID_GRANT;
}

static enum err change_line(struct run *run, struct import_line *line)
{
	const struct permission_change change = {
		.sender = run->sender,
		.target = run->order->batch.target,
		.recipient = line->recipient,
		.recipient_uri = line->recipient_uri,
		.kinds = kinds_wanted(run, line),
		.event = is_ask(run) ? EVENT_ADDED : EVENT_GRANT,
		.actor = ORIGIN_IMPORT,
		.evidence = line->evidence,
		.expires_at = line->expires_at,
		.term_s = line->has_term ? &line->term_s : NULL,
		.ask_due_at = now_of(run),
		.now = now_of(run)};
	struct permission_result result;
	enum err err = store_permission_set(run->store, &change, run->scratch,
					    &result);

	if (err == ERR_CONFLICT || err == ERR_EXISTS) {
		refuse(line,
		       err == ERR_CONFLICT ? IMPORT_DENIED : IMPORT_KINDS_TAKEN,
		       result.was.id);
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	line->outcome = outcome_of(run, &result);
	line->permission = result.row.id;
	run->order->n_untold += line->outcome == IMPORT_DID_GRANT &&
				result.row.notice == NOTICE_DUE;
	return ERR_OK;
}

static enum err run_line(struct run *run, struct import_line *line)
{
	const struct permission scopes = scopes_of(run, line);
	int64_t deny = 0;
	enum err err = find_deny(run, &scopes, &deny);

	line->outcome = IMPORT_DID_NOTHING;
	line->permission = 0;
	if (err == ERR_OK)
		refuse(line, IMPORT_DENIED, deny);
	if (err != ERR_UNKNOWN)
		return err;
	err = run->is_list ? judge_entry(run, line) : ERR_OK;
	if (err != ERR_OK || import_is_refused(line->outcome))
		return err;
	err = run->is_list && is_ask(run) ? foresee_question(run, line)
					  : change_line(run, line);
	if (err == ERR_OK && import_is_refused(line->outcome))
		drop_entry(run, line);
	return err;
}

/** A deny does not wait for thousands of lines: they are looked at again after
 *  it, since it may be about one of them. */
static enum err give_way(const struct run *run)
{
	return run->order->gives_way && store_is_wanted(run->store) ? ERR_BUSY
								    : ERR_OK;
}

static enum err run_lines(struct run *run)
{
	struct import_order *order = run->order;
	enum err err = ERR_OK;

	for (size_t i = 0; i < order->n && err == ERR_OK; i++) {
		err = give_way(run);
		if (err != ERR_OK)
			break;
		run->scratch = arena_new(0);
		err = run_line(run, &order->lines[i]);
		arena_free(run->scratch);
		order->counts[order->lines[i].outcome]++;
	}
	return err;
}

/* ---- the whole -------------------------------------------------------- */

/** Add some entries; what is added is written back. */
static enum err add_some(struct run *run, size_t first, size_t n)
{
	const struct list_target target = {
		.uri = run->list.uri, .now = now_of(run), .is_uncounted = true};
	struct list_addition addition = {
		.entries = run->entries + first,
		.n = n,
		.n_there = run->list.n_entries + (int64_t)first,
		.entries_most = run->order->entries_most};
	struct arena *arena = arena_new(0);
	enum err err =
		store_list_entries_add(run->store, &target, &addition, arena);

	for (size_t i = 0; i < n && err == ERR_OK; i++) {
		run->entries[first + i].id = addition.added[i].id;
		run->entries[first + i].permission.id =
			addition.added[i].permission.id;
	}
	arena_free(arena);
	return err;
}

static enum err add_entries(struct run *run)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < run->n_entries && err == ERR_OK;
	     i += ENTRIES_AT_ONCE) {
		size_t left = run->n_entries - i;

		err = give_way(run);
		if (err == ERR_OK)
			err = add_some(run, i,
				       left < ENTRIES_AT_ONCE
					       ? left
					       : ENTRIES_AT_ONCE);
	}
	return err;
}

static enum err keep(struct run *run, struct import *ret)
{
	struct import_order *order = run->order;
	struct import batch = order->batch;
	enum err err;

	batch.n_skipped = (int64_t)order->counts[IMPORT_DENIED];
	batch.n_lines = (int64_t)order->n - batch.n_skipped;
	batch.taken_back_at = 0;
	err = import_insert(run->store, &batch, &batch.id);
	for (size_t i = 0; i < order->n && err == ERR_OK; i++) {
		struct import_line *line = &order->lines[i];
		struct list_entry none = {.id = 0};
		const struct list_entry *entry =
			run->entry_of[i] ? &run->entries[run->entry_of[i] - 1]
					 : &none;

		if (import_is_refused(line->outcome))
			continue;
		if (entry->permission.id)
			line->permission = entry->permission.id;
		err = give_way(run);
		if (err == ERR_OK)
			err = import_insert_line(run->store, batch.id, line,
						 entry->id);
	}
	if (err == ERR_OK)
		*ret = batch;
	return err;
}

static bool is_refused(const struct import_order *order)
{
	size_t n = 0;

	for (size_t i = 0; i < IMPORT_OUTCOMES; i++)
		if (import_is_refused((enum import_outcome)i))
			n += order->counts[i];
	return n > (order->skips_denied ? order->counts[IMPORT_DENIED] : 0);
}

static enum err find_list(struct run *run)
{
	const struct import *batch = &run->order->batch;
	bool is_list = false;
	enum err err;

	run->sender = batch->sender;
	run->is_list = batch->list != NULL;
	if (!run->is_list) {
		err = store_list_exists(run->store, batch->target, &is_list);
		return err == ERR_OK && is_list ? ERR_HOSTILE : err;
	}
	err = store_list_find(run->store, batch->target, run->arena,
			      &run->list);
	if (err == ERR_OK)
		run->sender = list_scope(&run->list);
	return err;
}

static enum err run_all(struct run *run, struct import *ret)
{
	struct import_order *order = run->order;
	enum err err = find_list(run);

	if (err == ERR_OK)
		err = run_lines(run);
	order->n_added = run->n_entries;
	if (run->is_list)
		order->room = order->entries_most - run->list.n_entries;
	if (err == ERR_OK && order->asking && is_ask(run))
		err = import_outlook(run->store, order,
				     run->is_list ? run->list.owner
						  : run->sender);
	if (err == ERR_OK && (order->is_dry || is_refused(order)))
		err = ERR_CONFLICT;
	if (err == ERR_OK)
		err = add_entries(run);
	return err == ERR_OK ? keep(run, ret) : err;
}

enum err store_import_run(struct store *store, struct import_order *order,
			  struct import *ret)
{
	struct run run = {.store = store, .order = order};
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	run.arena = arena_new(0);
	memset(order->counts, 0, sizeof(order->counts));
	order->n_untold = order->n_added = 0;
	order->room = -1;
	run.entries =
		arena_array(run.arena, order->n + 1, sizeof(*run.entries));
	run.entry_of =
		arena_array(run.arena, order->n + 1, sizeof(*run.entry_of));
	err = transaction_end(store, run_all(&run, ret));
	arena_free(run.arena);
	return err;
}
