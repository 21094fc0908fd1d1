/* What was asked of whom, and by whom. */
#include "db/questions.h"

#include "db/transaction.h"
#include "server/base/uri.h"

/** Whose a question about a permission is. */
#define OWNER                                                                  \
	"coalesce((SELECT owner FROM list WHERE uri = permission.target), "    \
	"sender)"

static const char *person_of(const char *recipient, char room[URI_KEY_ROOM])
{
	return uri_key_person(recipient, room) ? room : recipient;
}

/* The open question's tries and instant are one number each: a query for it,
 * by its index, is cheap. */
enum err store_questions_due(struct store *store,
			     const struct questions_due_query *of,
			     struct arena *arena, struct due_question **ret,
			     size_t *ret_n)
{
	struct query query = query_begin(
		store,
		"SELECT " PERMISSION_COLUMNS ", " OWNER ", "
		"coalesce((SELECT max(asked_at) FROM ask WHERE recipient = $1 "
		"AND kind = 'added' AND owner = " OWNER "), 0), "
		"coalesce((SELECT max(tries) FROM ask WHERE permission = "
		"permission.id AND kind = 'added' AND is_open = 1), 0), "
		"coalesce((SELECT max(tried_at) FROM ask WHERE permission = "
		"permission.id AND kind = 'added' AND is_open = 1), 0) "
		"FROM permission WHERE recipient = $2 AND state = 'pending' "
		"AND ask_due_at <= $3 ORDER BY ask_due_at, id LIMIT $4");
	char person[URI_KEY_ROOM];
	size_t n = 0;

	*ret = arena_array(arena, of->limit + 1, sizeof(**ret));
	query_text(&query, person_of(of->recipient, person));
	query_text(&query, of->recipient);
	query_int(&query, of->now);
	query_int(&query, (int64_t)of->limit);
	while (n < of->limit && query_next(&query)) {
		struct due_question *question = &(*ret)[n++];

		permission_read(&query, arena, &question->row);
		question->owner = query_get_text(&query, arena);
		question->owner_asked_at = query_get_int(&query);
		question->tries = (int)query_get_int(&query);
		question->tried_at = query_get_int(&query);
	}
	*ret_n = n;
	return query_end(&query);
}

enum err store_questions_past(struct store *store,
			      const struct questions_past_query *of,
			      struct arena *arena, struct asking_past **ret,
			      size_t *ret_n)
{
	struct query query = query_begin(
		store, "SELECT asked_at, owner = $1, answered_at > 0, "
		       "count(*) OVER () FROM ask WHERE recipient = $2 AND "
		       "kind = 'added' AND asked_at > $3 AND "
		       "(owner = $1 OR asked_at > $4) ORDER BY asked_at, id");
	char person[URI_KEY_ROOM];
	struct asking_past *past = NULL;
	size_t n = 0;

	query_text(&query, of->owner);
	query_text(&query, person_of(of->recipient, person));
	query_int(&query, of->now - ASKING_PAST_S);
	query_int(&query, of->now - ASKING_DAY_S);
	while (query_next(&query)) {
		struct asking_past each = {.asked_at = query_get_int(&query)};

		each.is_owners = query_get_int(&query) != 0;
		each.is_answered = query_get_int(&query) != 0;
		if (!past)
			past = arena_array(arena, (size_t)query_get_int(&query),
					   sizeof(*past));
		past[n++] = each;
	}
	*ret = past;
	*ret_n = n;
	return query_end(&query);
}

enum err store_question_owner(struct store *store, const struct permission *row,
			      struct arena *arena, const char **ret)
{
	struct query query =
		query_begin(store, "SELECT owner FROM list WHERE uri = $1");

	query_text(&query, row->target);
	*ret = query_next(&query) ? query_get_text(&query, arena) : row->sender;
	return query_end(&query);
}

enum err store_question_tries(struct store *store, int64_t permission, int *ret)
{
	struct query query = query_begin(
		store, "SELECT tries FROM ask WHERE permission = $1 AND "
		       "kind = 'added' AND is_open = 1");

	query_int(&query, permission);
	*ret = query_next(&query) ? (int)query_get_int(&query) : 0;
	return query_end(&query);
}

static enum err answer(struct store *store, int64_t permission, int64_t now)
{
	struct query query = query_begin(
		store, "UPDATE ask SET answered_at = $1, is_open = 0 "
		       "WHERE permission = $2 AND answered_at = 0");

	query_int(&query, now);
	query_int(&query, permission);
	return query_run(&query);
}

static enum err close_open(struct store *store, int64_t permission)
{
	struct query query =
		query_begin(store, "UPDATE ask SET is_open = 0 "
				   "WHERE permission = $1 AND is_open = 1");

	query_int(&query, permission);
	return query_run(&query);
}

enum err question_heed(struct store *store,
		       const struct permission_change *change,
		       int64_t permission)
{
	bool is_word =
		change->event == EVENT_GRANT || change->event == EVENT_DENY;

	if (is_word && change->actor == ORIGIN_RECIPIENT)
		return answer(store, permission, change->now);
	if (change->event == EVENT_ADDED)
		return close_open(store, permission);
	return ERR_OK;
}
