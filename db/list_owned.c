/* The lists of an owner who goes: they go as well. */
#include "db/lists_private.h"
#include "db/names.h"

/** The first one's URI; NULL: there is none. */
static enum err first_owned(struct store *store, const char *owner,
			    struct arena *arena, const char **ret)
{
	struct query query = query_begin(
		store,
		"SELECT uri FROM list WHERE owner = $1 ORDER BY id LIMIT 1");

	query_text(&query, owner);
	*ret = query_next(&query) ? query_get_text(&query, arena) : NULL;
	return query_end(&query);
}

/** @p ret_more: it was removed, or there is no more room. */
static enum err remove_first(struct store *store, const char *owner,
			     int64_t now, size_t *room, bool *ret_more)
{
	struct arena *arena = arena_new(0);
	struct list_target target = {.now = now};
	struct stored_list row;
	enum err err = first_owned(store, owner, arena, &target.uri);

	*ret_more = err == ERR_OK && target.uri;
	if (*ret_more)
		err = name_end_within(store, target.uri, now, room);
	if (*ret_more && err == ERR_OK && *room)
		err = list_remove(store, &target, arena, &row);
	arena_free(arena);
	return err;
}

enum err list_remove_owned(struct store *store, const char *owner, int64_t now,
			   size_t *room)
{
	bool has_more = true;
	enum err err = ERR_OK;

	while (has_more && *room && err == ERR_OK)
		err = remove_first(store, owner, now, room, &has_more);
	return err;
}
