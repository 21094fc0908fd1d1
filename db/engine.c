/* Statements, whatever engine runs them. */
#include "db/engine.h"

#include "db/store_private.h"

enum err first_err(enum err first, enum err second)
{
	return first != ERR_OK ? first : second;
}

enum err store_note(struct store *store, const struct failure *failure)
{
	if (failure->health > store->health)
		store->health = failure->health;
	/* A refusal does not hide why the file is not well. */
	if (failure->health != HEALTH_FINE || store->health == HEALTH_FINE)
		snprintf(store->problem, sizeof(store->problem), "%s (%d)",
			 failure->name, failure->code);
	if (store->depth > 0 && failure->is_undone && store->lost == ERR_OK)
		store->lost = failure->err;
	return failure->err;
}

static struct query query_of(struct store *store, void *prepared, enum err err)
{
	return (struct query){.store = store, .prepared = prepared, .err = err};
}

/** A statement must not run alone where its transaction is gone. */
static enum err may_run(const struct store *store)
{
	return store->depth > 0 ? store->lost : ERR_OK;
}

/** Each time it is asked for, a statement comes nearer to the front: those of
 *  each request are found at once. */
static struct statement *find_statement(struct store *store, const char *sql)
{
	struct statement *all = store->statements, found;
	size_t i = 0;

	while (i < store->n_statements && all[i].sql != sql)
		i++;
	if (i == store->n_statements)
		return NULL;
	found = all[i];
	all[i] = all[i / 2];
	all[i / 2] = found;
	return &all[i / 2];
}

struct query query_begin(struct store *store, const char *sql)
{
	struct statement *slot;
	enum err err;

	if (may_run(store) != ERR_OK)
		return query_of(store, NULL, store->lost);
	slot = find_statement(store, sql);
	if (slot)
		return query_of(store, slot->prepared, ERR_OK);
	if (store->n_statements == STATEMENTS_MAX)
		return query_compose(store, sql);
	slot = &store->statements[store->n_statements];
	err = store->engine->prepare(store, sql, STATEMENT_KEPT,
				     &slot->prepared);
	if (err != ERR_OK)
		return query_of(store, NULL, err);
	slot->sql = sql;
	store->n_statements++;
	return query_of(store, slot->prepared, ERR_OK);
}

struct query query_compose(struct store *store, const char *sql)
{
	struct query query = query_of(store, NULL, may_run(store));

	query.is_own = true;
	if (query.err == ERR_OK)
		query.err = store->engine->prepare(store, sql, STATEMENT_ONCE,
						   &query.prepared);
	return query;
}

struct query query_list(struct store *store, const char *select,
			const struct filter *filters, struct page page)
{
	const struct filter *each;
	struct query query;
	struct text sql;
	int n = 1;

	text_init(&sql, NULL);
	text_printf(&sql, "%sWHERE id > $1", select);
	for (each = filters; each->column; each++) {
		if (each->value)
			text_printf(&sql, " AND %s = $%d", each->column, ++n);
	}
	text_printf(&sql, " ORDER BY id LIMIT $%d", ++n);
	query = query_compose(store, sql.at);
	text_release(&sql);
	query_int(&query, page.after);
	for (each = filters; each->column; each++) {
		if (each->value)
			query_text(&query, each->value);
	}
	query_int(&query, (int64_t)page.limit);
	return query;
}

void query_text(struct query *query, const char *text)
{
	struct view v = view_of(text);

	query->bound++;
	if (query->err != ERR_OK)
		return;
	if (!view_is_text(v)) {
		query->err = ERR_CHARSET;
		return;
	}
	query->store->engine->bind_bytes(query, BYTES_TEXT,
					 text ? v : VIEW_NONE);
}

void query_int(struct query *query, int64_t value)
{
	query->bound++;
	if (query->err == ERR_OK)
		query->store->engine->bind_int(query, value);
}

void query_blob(struct query *query, struct view blob)
{
	query->bound++;
	if (!blob.at)
		blob.at = ""; /* an empty one is not NULL */
	if (query->err == ERR_OK)
		query->store->engine->bind_bytes(query, BYTES_BLOB, blob);
}

bool query_next(struct query *query)
{
	if (query->err != ERR_OK)
		return false;
	query->column = 0;
	return query->store->engine->next(query);
}

int64_t query_get_int(struct query *query)
{
	int64_t value = query->store->engine->get_int(query);

	query->column++;
	return value;
}

static struct view get_bytes(struct query *query, enum bytes_kind kind)
{
	struct view bytes = query->store->engine->get_bytes(query, kind);

	query->column++;
	return bytes;
}

const char *query_get_text(struct query *query, struct arena *arena)
{
	struct view text = get_bytes(query, BYTES_TEXT);

	return text.at ? arena_copy(arena, text.at, text.len) : NULL;
}

struct view query_get_blob(struct query *query, struct arena *arena)
{
	struct view blob = get_bytes(query, BYTES_BLOB);

	if (!blob.at || blob.len == 0)
		return VIEW_NONE;
	return (struct view){arena_copy(arena, blob.at, blob.len), blob.len};
}

void query_get_hash(struct query *query, uint8_t ret[HASH_LEN])
{
	struct view blob = get_bytes(query, BYTES_BLOB);

	memset(ret, 0, HASH_LEN);
	if (blob.at && blob.len == HASH_LEN)
		memcpy(ret, blob.at, HASH_LEN);
}

void query_corrupt(struct query *query)
{
	const struct failure failure = {
		.err = ERR_IO,
		.health = HEALTH_BROKEN,
		.name = "a row that cannot be read",
	};

	query->err = store_note(query->store, &failure);
}

enum err query_end(struct query *query)
{
	if (query->is_own)
		query->store->engine->finalize(query->prepared);
	else if (query->prepared)
		query->store->engine->reset(query->prepared);
	query->prepared = NULL;
	return query->err;
}

enum err query_end_found(struct query *query, bool is_found)
{
	enum err err = query_end(query);

	return err == ERR_OK && !is_found ? ERR_UNKNOWN : err;
}

enum err query_exists(struct query *query, bool *ret)
{
	*ret = query_next(query);
	return query_end(query);
}

enum err query_run(struct query *query)
{
	while (query_next(query))
		;
	return query_end(query);
}

enum err query_run_id(struct query *query, int64_t *ret_id)
{
	int64_t id = 0;
	enum err err;

	while (query_next(query))
		id = query_get_int(query);
	err = query_end(query);
	if (err == ERR_OK)
		*ret_id = id;
	return err;
}

int query_changes(const struct store *store)
{
	return store->engine->n_changes(store);
}

enum err store_run(struct store *store, const char *sql)
{
	struct query query = query_begin(store, sql);

	return query_run(&query);
}

enum err store_read_number(struct store *store, const char *sql, int64_t *ret)
{
	struct query query = query_compose(store, sql);
	int64_t number = 0;
	enum err err;

	if (query_next(&query))
		number = query_get_int(&query);
	err = query_end(&query);
	if (err == ERR_OK)
		*ret = number;
	return err;
}

struct view hash_view(const uint8_t hash[HASH_LEN])
{
	return (struct view){(const char *)hash, HASH_LEN};
}
