/* A list of many that becomes another: its members are settled by the hundred.
 * What it was is kept until that is done: so a stop in between loses nothing.
 */
#include "db/lists_private.h"

static enum err begin(struct store *store, const struct stored_list *was)
{
	struct query query = query_begin(
		store, "INSERT INTO list_turn (list, place, owner, use, "
		       "replies, kinds) VALUES ($1, 0, $2, $3, $4, $5)");
	char room[KINDS_TEXT_ROOM];

	query_int(&query, was->id);
	query_text(&query, was->owner);
	query_text(&query, list_use_name(was->use));
	query_text(&query, list_replies_name(was->replies));
	query_text(&query, kinds_text(kinds_or_message(was->kinds), room));
	return query_run(&query);
}

/** What the list was.  ERR_UNKNOWN: all members of it are settled. */
static enum err read_turn(struct store *store, int64_t list,
			  struct arena *arena, struct stored_list *ret,
			  int64_t *ret_place)
{
	struct query query =
		query_begin(store, "SELECT place, owner, use, replies, kinds "
				   "FROM list_turn WHERE list = $1");
	struct stored_list was = {.id = list};
	bool is_found;

	query_int(&query, list);
	is_found = query_next(&query);
	if (is_found) {
		*ret_place = query_get_int(&query);
		was.owner = query_get_text(&query, arena);
		if (!list_use_from(query_get_text(&query, arena), &was.use) ||
		    !list_replies_from(query_get_text(&query, arena),
				       &was.replies))
			query_corrupt(&query);
		was.kinds = kinds_read_column(&query, arena);
		*ret = was;
	}
	return query_end_found(&query, is_found);
}

static enum err step(struct store *store, int64_t list, int64_t place)
{
	struct query query = query_begin(
		store, "UPDATE list_turn SET place = $1 WHERE list = $2");

	query_int(&query, place);
	query_int(&query, list);
	return query_run(&query);
}

static enum err end(struct store *store, int64_t list)
{
	struct query query =
		query_begin(store, "DELETE FROM list_turn WHERE list = $1");

	query_int(&query, list);
	return query_run(&query);
}

static enum err next_members(struct store *store, int64_t list, int64_t *place,
			     struct list_recipients *ret)
{
	struct query query = query_begin(
		store, "SELECT place, key FROM list_entry WHERE list = $1 AND "
		       "place > $2 AND key IS NOT NULL ORDER BY place "
		       "LIMIT $3");

	query_int(&query, list);
	query_int(&query, *place);
	query_int(&query, LIST_PIECE);
	while (query_next(&query)) {
		*place = query_get_int(&query);
		list_recipients_add(ret, list,
				    query_get_text(&query, ret->arena));
	}
	return query_end(&query);
}

static enum err settle_piece(struct store *store, const struct stored_list *was,
			     int64_t place, int64_t now, bool *ret_more)
{
	struct list_settling settling = {
		.list = was->id, .was = was, .now = now};
	struct list_recipients members = {.arena = arena_new(0)};
	enum err err = next_members(store, was->id, &place, &members);

	for (size_t i = 0; i < members.n && err == ERR_OK; i++) {
		settling.key = members.at[i].key;
		err = list_settle_one(store, &settling);
	}
	*ret_more = err == ERR_OK && members.n == LIST_PIECE;
	arena_free(members.arena);
	if (err == ERR_OK)
		err = *ret_more ? step(store, was->id, place)
				: end(store, was->id);
	return err;
}

static enum err settle_some(struct store *store,
			    const struct list_target *target, bool *ret_more)
{
	struct arena *arena = arena_new(0);
	struct stored_list list, was;
	int64_t place = 0;
	enum err err = list_find_matching(
		store,
		&(struct list_target){.uri = target->uri, .is_uncounted = true},
		arena, &list);

	if (err == ERR_OK) {
		err = read_turn(store, list.id, arena, &was, &place);
		err = err == ERR_OK	   ? settle_piece(store, &was, place,
							  target->now, ret_more)
		      : err == ERR_UNKNOWN ? ERR_OK
					   : err;
	}
	arena_free(arena);
	return err;
}

enum err store_list_settle_some(struct store *store,
				const struct list_target *target,
				bool *ret_more)
{
	enum err err = transaction_begin(store);

	*ret_more = false;
	if (err != ERR_OK)
		return err;
	return transaction_end(store, settle_some(store, target, ret_more));
}

enum err list_turn(struct store *store, const struct stored_list *was,
		   int64_t now, struct arena *arena)
{
	return was->n_entries > LIST_PIECE
		       ? begin(store, was)
		       : list_settle_all(store, was, now, arena);
}

enum err list_turn_finish(struct store *store, int64_t list, int64_t now,
			  struct arena *arena)
{
	struct stored_list was;
	int64_t place;
	enum err err = read_turn(store, list, arena, &was, &place);

	if (err == ERR_UNKNOWN)
		return ERR_OK;
	if (err == ERR_OK)
		err = list_settle_all(store, &was, now, arena);
	return err == ERR_OK ? end(store, list) : err;
}
