/* What ends with a name. */
#include "db/names.h"

#include "db/store_private.h"

#define ROWS_AT_ONCE NAME_ROWS_AT_ONCE

enum err name_end_permission(struct store *store, const struct permission *row,
			     int64_t now, struct arena *arena, bool *ret_ended)
{
	const struct permission_change change = {.id = row->id,
						 .event = EVENT_REMOVED,
						 .actor = ORIGIN_ADMIN,
						 .expires_at = -1,
						 .now = now};
	struct permission was;
	enum err err;

	*ret_ended = false;
	if (row->state == PERMISSION_DENIED)
		return ERR_OK;
	err = store_permission_change(store, &change, arena, &was);
	*ret_ended = err == ERR_OK;
	/* It has become a deny of the recipient's own: that stays. */
	return err == ERR_CONFLICT || err == ERR_UNKNOWN ? ERR_OK : err;
}

/** Those of the filter that are no denies, until @p *room are ended. */
static enum err end_rows(struct store *store, struct permission_filter filter,
			 size_t *room, struct arena *arena)
{
	struct permission *rows;
	size_t n = ROWS_AT_ONCE;
	enum err err = ERR_OK;

	filter.page.limit = ROWS_AT_ONCE;
	while (n == ROWS_AT_ONCE && *room && err == ERR_OK) {
		err = store_permission_list(store, &filter, arena, &rows, &n);
		for (size_t i = 0; err == ERR_OK && i < n && *room; i++) {
			bool is_ended;

			filter.page.after = rows[i].id;
			err = name_end_permission(store, &rows[i], filter.now,
						  arena, &is_ended);
			*room -= is_ended;
		}
	}
	return err;
}

/** From, through and to the name. */
static enum err end_permissions(struct store *store, const char *key,
				int64_t now, size_t *room)
{
	const struct permission_filter roles[] = {
		{.sender = key}, {.target = key}, {.recipient = key}};
	enum err err = ERR_OK;

	for (size_t i = 0; i < 3 && err == ERR_OK; i++) {
		for (int state = 0; state < PERMISSION_STATES && err == ERR_OK;
		     state++) {
			struct arena *arena = arena_new(0);
			struct permission_filter filter = roles[i];

			filter.state = state;
			filter.origin = -1;
			filter.now = now;
			if (state != PERMISSION_DENIED)
				err = end_rows(store, filter, room, arena);
			arena_free(arena);
		}
	}
	return err;
}

static uint32_t ms_since(int64_t since, int64_t now)
{
	int64_t ms = (now - since) * 1000;

	return ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

enum err name_end_deliveries(struct store *store,
			     const struct delivery_filter *which, int64_t now)
{
	struct delivery_filter filter = *which;
	struct arena *arena = arena_new(0);
	struct delivery *rows;
	size_t n = ROWS_AT_ONCE;
	enum err err = ERR_OK;

	filter.state = DELIVERY_WAITING;
	filter.page = (struct page){.limit = ROWS_AT_ONCE};
	while (n == ROWS_AT_ONCE && err == ERR_OK) {
		err = store_delivery_list(store, &filter, arena, &rows, &n);
		for (size_t i = 0; err == ERR_OK && i < n; i++) {
			filter.page.after = rows[i].id;
			rows[i].at_ms = ms_since(rows[i].since, now);
			err = store_delivery_update(store, &rows[i],
						    DELIVERY_WITHDRAWN);
		}
	}
	arena_free(arena);
	return err;
}

enum err name_end_within(struct store *store, const char *key, int64_t now,
			 size_t *room)
{
	return end_permissions(store, key, now, room);
}

enum err name_has_many(struct store *store, const char *key, bool *ret)
{
	struct query query = query_begin(
		store, "SELECT 1 FROM permission WHERE state <> 'denied' AND "
		       "(sender = $1 OR target = $1 OR recipient = $1 OR "
		       "target IN (SELECT uri FROM list WHERE owner = $1)) "
		       "LIMIT 1 OFFSET $2");

	query_text(&query, key);
	query_int(&query, ROWS_AT_ONCE);
	return query_exists(&query, ret);
}

enum err name_end_some(struct store *store, const char *key, int64_t now,
		       bool *ret_more)
{
	size_t room = ROWS_AT_ONCE;
	enum err err = name_has_many(store, key, ret_more);

	return err == ERR_OK && *ret_more
		       ? end_permissions(store, key, now, &room)
		       : err;
}

enum err name_end(struct store *store, const char *key, int64_t now)
{
	const struct delivery_filter roles[] = {
		{.sender = key}, {.target = key}, {.recipient = key}};
	size_t room = SIZE_MAX;
	enum err err = end_permissions(store, key, now, &room);

	for (size_t i = 0; i < 3 && err == ERR_OK; i++)
		err = name_end_deliveries(store, &roles[i], now);
	return err;
}
