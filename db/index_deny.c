/* What stands against a grant, or against asking for one. */
#include "db/index_parts.h"

/** Denies under one scope, apart from the slot of @p hash itself. */
static size_t find_denies(const struct table *table, const struct scope *scope,
			  struct hash128 hash, const struct permission *like,
			  struct permission *ret, size_t room)
{
	const struct slot *slot = table_first(table, hash.a);
	size_t n = 0;

	for (; slot && n < room; slot = table_next(table, slot)) {
		struct permission row;

		if (slot->hash.b == hash.b || !slot_denies(slot, scope))
			continue;
		row = row_of(slot, scope, like->recipient);
		if (!permission_is_expired(&row, like->changed_at))
			ret[n++] = row;
	}
	return n;
}

/** Denies of wider scopes that only the record knows. */
static size_t find_rowless(const struct index *index,
			   const struct index_query *query,
			   const struct permission *row, struct permission *ret,
			   size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < query->n && n < room; i++) {
		const struct scope *scope = &query->scopes[i];

		if (strcmp(scope->sender, row->sender) == 0 &&
		    strcmp(scope->target, row->target) == 0)
			continue; /* the row's own */
		n += index_rowless_find(index, scope->sender, scope->target,
					row->recipient, &ret[n]);
	}
	return n;
}

size_t index_denies(const struct index *index, const struct permission *row,
		    int64_t now, struct arena *arena,
		    struct permission ret[INDEX_ROWS_MAX])
{
	struct index_query *query =
		index_query_within(index, arena, row->sender, row->target);
	struct hash128 recipient =
		hash_name(&index->recipient_key, row->recipient);
	struct hash128 own =
		mix(recipient, scope_of(index, row->sender, row->target).hash);
	struct permission like = {.recipient =
					  arena_strdup(arena, row->recipient),
				  .changed_at = index_instant(index, now)};
	struct shard *shard = shard_of(index, recipient);
	size_t n = 0;

	pthread_mutex_lock(&shard->lock);
	for (size_t i = 0; i < query->n; i++) {
		const struct scope *scope = &query->scopes[i];
		struct hash128 hash = mix(recipient, scope->hash);

		n += find_denies(&shard->table, scope,
				 (struct hash128){hash.a, own.b}, &like,
				 ret + n, INDEX_ROWS_MAX - n);
	}
	pthread_mutex_unlock(&shard->lock);
	return n + find_rowless(index, query, row, ret + n, INDEX_ROWS_MAX - n);
}
