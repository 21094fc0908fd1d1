/* What ends with a name. */
#include "db/names.h"

#include "db/store_private.h"
#include "server/base/chars.h"
#include "server/base/uri.h"

#define ROWS_AT_ONCE NAME_ROWS_AT_ONCE

enum err name_remove_permission(struct store *store, int64_t id,
				enum permission_origin actor, int64_t now,
				bool *ret_ended)
{
	const struct permission_change change = {.id = id,
						 .event = EVENT_REMOVED,
						 .actor = actor,
						 .expires_at = -1,
						 .now = now};
	struct arena *arena = arena_new(0);
	struct permission was;
	enum err err = store_permission_change(store, &change, arena, &was);

	arena_free(arena);
	*ret_ended = err == ERR_OK;
	/* It has become a deny of the recipient's own: that stays. */
	return err == ERR_CONFLICT || err == ERR_UNKNOWN ? ERR_OK : err;
}

enum err name_end_permission(struct store *store, const struct permission *row,
			     int64_t now, bool *ret_ended)
{
	*ret_ended = false;
	return row->state == PERMISSION_DENIED
		       ? ERR_OK
		       : name_remove_permission(store, row->id, ORIGIN_ADMIN,
						now, ret_ended);
}

/* ---- spellings ------------------------------------------------------------
 * A permission may be for any spelling of a name (server/base/uri.h). */

/** A name, and its other spellings that permissions have. */
struct spellings {
	const char **at;
	size_t n, room;
};

static void add_spelling(struct arena *arena, struct spellings *all,
			 const char *key)
{
	const char **old = all->at;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->at[i], key) == 0)
			return;
	if (all->n == all->room) {
		all->room = all->room ? 2 * all->room : 8;
		all->at = arena_array(arena, all->room, sizeof(*all->at));
		if (all->n)
			memcpy(all->at, old, all->n * sizeof(*old));
	}
	all->at[all->n++] = key;
}

/** Between which keys the spellings of a person with this scheme are: they
 *  begin alike up to what may be written in another way.  A number may be
 *  written with separators anywhere. */
struct key_range {
	const char *from, *to;
};
static struct key_range range_of(struct arena *arena, const char *scheme,
				 const char *person)
{
	const char *user = strchr(person, ':');
	size_t n = 0;

	user = user ? user + 1 : person;
	if (*user == '+' || is_digit(*user))
		return (struct key_range){arena_printf(arena, "%s:%%", scheme),
					  arena_printf(arena, "%s::", scheme)};
	while (is_unreserved(user[n]))
		n++;
	return (struct key_range){
		arena_printf(arena, "%s:%.*s", scheme, (int)n, user),
		arena_printf(arena, "%s:%.*s~", scheme, (int)n, user)};
}

static enum err find_in(struct store *store, const char *sql,
			const struct key_range *range, struct arena *arena,
			struct spellings *all)
{
	struct query query = query_begin(store, sql);
	struct arena *scratch = arena_new(0);

	query_text(&query, range->from);
	query_text(&query, range->to);
	while (query_next(&query)) {
		const char *key = query_get_text(&query, scratch);

		if (key && uri_keys_name_one(all->at[0], key))
			add_spelling(arena, all, arena_strdup(arena, key));
	}
	arena_free(scratch);
	return query_end(&query);
}

#define SPELLED(column)                                                        \
	"SELECT DISTINCT " column " FROM permission WHERE " column             \
	" >= $1 AND " column " < $2"

static enum err find_spellings(struct store *store, const char *key,
			       struct arena *arena, struct spellings *ret)
{
	static const char *const columns[] = {
		SPELLED("sender"), SPELLED("target"), SPELLED("recipient")};
	static const char *const schemes[] = {"sip", "sips"};
	char room[URI_KEY_ROOM];
	const char *person = uri_key_person(key, room) ? room : key;
	enum err err = ERR_OK;

	*ret = (struct spellings){0};
	add_spelling(arena, ret, arena_strdup(arena, key));
	for (size_t i = 0; i < 2 && err == ERR_OK; i++) {
		struct key_range range = range_of(arena, schemes[i], person);

		for (size_t j = 0; j < 3 && err == ERR_OK; j++)
			err = find_in(store, columns[j], &range, arena, ret);
	}
	return err;
}

/* ---- permissions ----------------------------------------------------------
 */

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
						  &is_ended);
			*room -= is_ended;
		}
	}
	return err;
}

/** From, through and to a key. */
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
	struct arena *arena = arena_new(0);
	struct spellings all;
	enum err err = find_spellings(store, key, arena, &all);

	for (size_t i = 0; i < all.n && err == ERR_OK && *room; i++)
		err = end_permissions(store, all.at[i], now, room);
	arena_free(arena);
	return err;
}

/** How many there are, up to @p most. */
static enum err count_rows(struct store *store, const char *key, int64_t most,
			   int64_t *ret)
{
	struct query query = query_begin(
		store, "SELECT count(*) FROM (SELECT 1 FROM permission WHERE "
		       "state <> 'denied' AND "
		       "(sender = $1 OR target = $1 OR recipient = $1 OR "
		       "target IN (SELECT uri FROM list WHERE owner = $1)) "
		       "LIMIT $2)");

	*ret = 0;
	query_text(&query, key);
	query_int(&query, most);
	if (query_next(&query))
		*ret = query_get_int(&query);
	return query_end(&query);
}

enum err name_has_many(struct store *store, const char *key, bool *ret)
{
	struct arena *arena = arena_new(0);
	struct spellings all;
	int64_t n = 0;
	enum err err = find_spellings(store, key, arena, &all);

	for (size_t i = 0; i < all.n && err == ERR_OK && n <= ROWS_AT_ONCE;
	     i++) {
		int64_t more;

		err = count_rows(store, all.at[i], ROWS_AT_ONCE + 1, &more);
		n += more;
	}
	*ret = n > ROWS_AT_ONCE;
	arena_free(arena);
	return err;
}

enum err name_end_some(struct store *store, const char *key, int64_t now,
		       bool *ret_more)
{
	size_t room = ROWS_AT_ONCE;
	enum err err = name_has_many(store, key, ret_more);

	return err == ERR_OK && *ret_more
		       ? name_end_within(store, key, now, &room)
		       : err;
}

/** Of one key. */
static enum err end_all_deliveries(struct store *store, const char *key,
				   int64_t now)
{
	const struct delivery_filter roles[] = {
		{.sender = key}, {.target = key}, {.recipient = key}};
	enum err err = ERR_OK;

	for (size_t i = 0; i < 3 && err == ERR_OK; i++)
		err = name_end_deliveries(store, &roles[i], now);
	return err;
}

enum err name_end(struct store *store, const char *key, int64_t now)
{
	struct arena *arena = arena_new(0);
	struct spellings all;
	size_t room = SIZE_MAX;
	enum err err = find_spellings(store, key, arena, &all);

	for (size_t i = 0; i < all.n && err == ERR_OK; i++) {
		err = end_permissions(store, all.at[i], now, &room);
		if (err == ERR_OK)
			err = end_all_deliveries(store, all.at[i], now);
	}
	arena_free(arena);
	return err;
}
