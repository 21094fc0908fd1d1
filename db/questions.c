/* What was asked of whom, and by whom. */
#include "db/questions.h"

#include "db/transaction.h"

/** Whose a question about a permission is. */
#define OWNER QUESTION_OWNER("permission.target", "sender")

static const char *person_of(const char *recipient, char room[URI_KEY_ROOM])
{
	return uri_key_person(recipient, room) ? room : recipient;
}

enum err store_questions_due(struct store *store,
			     const struct questions_due_query *of,
			     struct arena *arena, struct due_question **ret,
			     size_t *ret_n)
{
	struct query query = query_begin(
		store,
		"SELECT " PERMISSION_COLUMNS ", " OWNER ", "
		"coalesce((SELECT max(asked_at) FROM ask WHERE recipient = $1 "
		"AND kind <> 'trigger' AND owner = " OWNER
		" AND " ASK_IS_OF("$2") "), 0) FROM permission WHERE recipient "
					"= $3 "
					"AND (state = 'pending' OR renewal = "
					"'planned') "
					"AND ask_due_at <= $4 "
					"AND " DOMAIN_OF("permission.target") " = " DOMAIN_OF(
						"$2") " ORDER BY ask_due_at, "
						      "id LIMIT $5");
	char person[URI_KEY_ROOM];
	size_t n = 0;

	*ret = arena_array(arena, of->limit + 1, sizeof(**ret));
	query_text(&query, person_of(of->recipient, person));
	query_text(&query, of->target);
	query_text(&query, of->recipient);
	query_int(&query, of->now);
	query_int(&query, (int64_t)of->limit);
	while (n < of->limit && query_next(&query)) {
		struct due_question *question = &(*ret)[n++];

		permission_read(&query, arena, &question->row);
		question->owner = query_get_text(&query, arena);
		question->owner_asked_at = query_get_int(&query);
	}
	*ret_n = n;
	return query_end(&query);
}

struct due_question *question_next(struct due_question *questions, size_t n)
{
	struct due_question *first = &questions[0];

	for (size_t i = 1; i < n; i++)
		if (questions[i].owner_asked_at < first->owner_asked_at)
			first = &questions[i];
	return first;
}

void question_note_turn(struct due_question *questions, size_t n,
			const struct due_question *turn, int64_t now)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(questions[i].owner, turn->owner) == 0)
			questions[i].owner_asked_at = now;
}

enum err store_questions_past(struct store *store,
			      const struct questions_past_query *of,
			      struct arena *arena, struct asking_past **ret,
			      size_t *ret_n)
{
	struct query query = query_begin(
		store, "SELECT asked_at, owner = $1 AND kind = 'added', "
		       "answered_at > 0, count(*) OVER () FROM ask "
		       "WHERE recipient = $2 AND kind <> 'trigger' AND "
		       "asked_at > $3 AND (owner = $1 OR asked_at > $4) "
		       "AND " ASK_IS_OF("$5") " ORDER BY asked_at, id");
	char person[URI_KEY_ROOM];
	struct asking_past *past = NULL;
	size_t n = 0;

	query_text(&query, of->owner);
	query_text(&query, person_of(of->recipient, person));
	query_int(&query, of->now - ASKING_PAST_S);
	query_int(&query, of->now - ASKING_DAY_S);
	query_text(&query, of->target);
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

enum err store_question_open(struct store *store, int64_t permission,
			     struct open_question *ret)
{
	struct query query =
		query_begin(store, "SELECT asked_at, tried_at, tries FROM ask "
				   "WHERE permission = $1 AND is_open = 1 "
				   "ORDER BY id DESC LIMIT 1");

	*ret = (struct open_question){0};
	query_int(&query, permission);
	if (query_next(&query)) {
		ret->asked_at = query_get_int(&query);
		ret->tried_at = query_get_int(&query);
		ret->tries = (int)query_get_int(&query);
	}
	return query_end(&query);
}

/** Do more tries of it follow?  It got there where somebody waits for an
 * answer; and a renewal is one of its own term. */
static bool goes_on(const struct open_question *open,
		    const struct permission *row)
{
	if (open->tries == 0)
		return false;
	return row->state == PERMISSION_PENDING ||
	       (row->state == PERMISSION_GRANTED &&
		open->tried_at >= row->changed_at);
}

/** Those that are about to leave count like those that left. */
static struct asking_past *add_ahead(struct arena *arena,
				     const struct question_turn *of,
				     const struct asking_past *past, size_t *n)
{
	struct asking_past *all =
		arena_array(arena, *n + of->n_person + 1, sizeof(*all));

	if (*n)
		memcpy(all, past, *n * sizeof(*all));
	for (size_t i = 0; i < of->n_person; i++)
		all[(*n)++] = (struct asking_past){
			.asked_at = of->now,
			.is_owners = !of->ahead[i].is_renewal &&
				     !strcmp(of->ahead[i].owner, of->owner)};
	return all;
}

enum err store_question_when(struct store *store,
			     const struct question_turn *of,
			     struct arena *arena, struct asking_verdict *ret)
{
	const struct questions_past_query query = {
		of->row->recipient, of->owner, of->row->target, of->now};
	struct open_question open;
	struct asking_past *past = NULL;
	bool is_try;
	size_t n = 0;
	enum err err = store_question_open(store, of->row->id, &open);

	if (!err)
		err = store_questions_past(store, &query, arena, &past, &n);
	if (err)
		return err;
	if (of->n_person)
		past = add_ahead(arena, of, past, &n);
	is_try = goes_on(&open, of->row);
	if (is_try) {
		*ret = asking_free(of->limits, past, n, of->now);
		ret->at = open.tried_at + limits_ask_pause((size_t)open.tries);
	} else if (of->row->state == PERMISSION_GRANTED) {
		*ret = asking_renewal_when(of->limits, past, n, of->now);
	} else {
		*ret = asking_when(of->limits, past, n, of->now);
	}
	return question_budgets_when(store, of, is_try, ret);
}

enum err store_question_sent(struct store *store,
			     const struct question_sent *sent)
{
	const struct asking_traffic more = {.sent = sent->bytes -
						    sent->reserved,
					    .requests = sent->bytes ? 0 : -1};
	struct query query = query_begin(
		store, "UPDATE ask SET bytes = bytes + $1 WHERE id = $2");
	enum err err;

	query_int(&query, more.sent);
	query_int(&query, sent->ask);
	err = query_run(&query);
	if (!err && sent->network)
		err = question_settle_network(store, sent);
	if (err || !sent->client.owner)
		return err;
	return store_question_traffic_add(store, &sent->client, sent->at,
					  &more);
}

enum err store_question_look(struct store *store,
			     const struct question_turn *of,
			     struct arena *arena, struct question_look *ret)
{
	struct question_turn turn = *of;
	struct question_look look;
	enum err err = store_question_open(store, of->row->id, &look.open);

	if (!err)
		err = store_question_owner(store, of->row, arena, &turn.owner);
	if (!err)
		err = store_question_when(store, &turn, arena, &look.next);
	if (err)
		return err;
	look.owner = turn.owner;
	*ret = look;
	return ERR_OK;
}

enum err question_stands(struct store *store, int64_t permission, bool *ret)
{
	struct query query = query_begin(
		store, "SELECT 1 FROM ask WHERE permission = $1 AND "
		       "kind = 'added' AND answered_at = 0 LIMIT 1");

	query_int(&query, permission);
	return query_exists(&query, ret);
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

/** What is asked afresh is another question. */
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
	enum err err;

	if (is_word && change->actor == ORIGIN_RECIPIENT)
		return answer(store, permission, change->now);
	if (change->event != EVENT_ADDED && change->event != EVENT_AGAIN)
		return ERR_OK;
	err = question_received(store, permission, change->now);
	return err ? err : close_open(store, permission);
}
