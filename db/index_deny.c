/* What stands against a grant, or against asking for one. */
#include "db/index_private.h"

/** What was found so far. */
struct standing {
	struct permission *rows; /**< room for INDEX_ROWS_MAX */
	size_t n;
	uint64_t own_all; /**< second half of a pending deny of all kinds */
};

/** Denies under one scope, apart from the slot of @p hash itself. */
static void find_denies(const struct table *table, const struct scope *scope,
			struct hash128 hash, const struct permission *like,
			struct standing *found)
{
	const struct slot *slot = table_first(table, hash.a);

	for (; slot && found->n < INDEX_ROWS_MAX;
	     slot = table_next(table, slot)) {
		struct permission row;

		if (slot->hash.b == hash.b || slot->hash.b == found->own_all ||
		    !slot_denies(slot, scope) ||
		    !slot_is_for(slot, like->kinds))
			continue;
		row = row_of(slot, scope, like->recipient, like->kinds.name);
		if (!permission_is_expired(&row, like->changed_at))
			found->rows[found->n++] = row;
	}
}

/** Denies of wider scopes that only the record knows. */
static void find_rowless(const struct index *index,
			 const struct index_query *query,
			 const struct permission *row, struct standing *found)
{
	for (size_t i = 0; i < query->n && found->n < INDEX_ROWS_MAX; i++) {
		const struct scope *scope = &query->scopes[i];
		const struct permission wider = {.sender = scope->sender,
						 .target = scope->target,
						 .recipient = row->recipient,
						 .kinds = query->kind};

		if (strcmp(scope->sender, row->sender) == 0 &&
		    strcmp(scope->target, row->target) == 0)
			continue; /* the row's own */
		found->n += index_rowless_find(index, &wider,
					       &found->rows[found->n]);
	}
}

size_t index_denies(const struct index *index, const struct permission *row,
		    int64_t now, struct arena *arena,
		    struct permission ret[INDEX_ROWS_MAX])
{
	struct index_query *query = index_query_within(index, arena, row);
	struct hash128 recipient =
		hash_name(&index->recipient_key, row->recipient);
	struct hash128 own = mix(
		mix(recipient, scope_of(index, row->sender, row->target).hash),
		hash_kinds(index, query->kind));
	struct permission like = {.kinds = query->kind,
				  .recipient =
					  arena_strdup(arena, row->recipient),
				  .changed_at = index_instant(index, now)};
	struct shard *shard = shard_of(index, recipient);
	struct standing found = {.rows = ret,
				 .own_all = own.b ^
					    hash_kinds(index, query->kind).b ^
					    hash_set(KINDS_ALL).b};

	pthread_mutex_lock(&shard->lock);
	for (size_t i = 0; i < query->n; i++) {
		const struct scope *scope = &query->scopes[i];
		struct hash128 hash = mix(recipient, scope->hash);

		find_denies(&shard->table, scope,
			    (struct hash128){hash.a, own.b}, &like, &found);
		if (query->kind.set == KIND_NAMED)
			find_denies(&shard->table, scope,
				    (struct hash128){
					    hash.a ^ query->kind_hash.a, own.b},
				    &like, &found);
	}
	pthread_mutex_unlock(&shard->lock);
	find_rowless(index, query, row, &found);
	return found.n;
}

/** What stands for the recipient of @p row, of its scope or a wider one. */
static size_t find_around(const struct index *index,
			  const struct permission *row,
			  struct permission ret[INDEX_ROWS_MAX],
			  struct arena *arena)
{
	return index_find(index, index_query_within(index, arena, row),
			  row->recipient, ret);
}

/** Its own, or a wider one that the recipient said; or one of anybody's. */
static bool has_deny(const struct index *index, const struct permission *row,
		     int64_t now, bool *ret_own)
{
	struct arena *arena = arena_new(0);
	struct permission rows[INDEX_ROWS_MAX];
	size_t n = find_around(index, row, rows, arena);
	bool is_denied = false;

	*ret_own = false;
	for (size_t i = 0; i < n; i++) {
		if (rows[i].state != PERMISSION_DENIED ||
		    permission_is_expired(&rows[i], now))
			continue;
		is_denied = true;
		*ret_own |= rows[i].origin == ORIGIN_RECIPIENT ||
			    (strcmp(rows[i].sender, row->sender) == 0 &&
			     strcmp(rows[i].target, row->target) == 0);
	}
	arena_free(arena);
	return is_denied;
}

bool index_forbids_asking(const struct index *index,
			  const struct permission *row, int64_t now)
{
	bool is_own;

	return has_deny(index, row, now, &is_own) && is_own;
}

bool index_silences(const struct index *index, const struct permission *row,
		    int64_t now)
{
	bool is_own;

	return has_deny(index, row, now, &is_own);
}

bool index_grants_by_others(const struct index *index,
			    const struct permission *row, int64_t now)
{
	struct arena *arena = arena_new(0);
	struct permission rows[INDEX_ROWS_MAX];
	size_t n = find_around(index, row, rows, arena);
	bool is_granted = false;

	now = index_instant(index, now);
	for (size_t i = 0; i < n; i++)
		is_granted |= rows[i].id == row->id &&
			      rows[i].origin != ORIGIN_RECIPIENT &&
			      permission_is_current(&rows[i], now);
	arena_free(arena);
	return is_granted;
}
