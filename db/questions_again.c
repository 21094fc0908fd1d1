/* Who was asked and did not answer is asked once more. */
#include "db/permissions.h"
#include "db/questions.h"
#include "db/transaction.h"

static enum err find_rows(struct store *store,
			  const struct questions_again *again,
			  struct arena *arena, struct permission **ret,
			  size_t *ret_n)
{
	const struct permission_filter filter = {
		.sender = again->sender,
		.target = again->target,
		.state = again->state,
		.origin = -1,
		.asked_before =
			again->asked_before ? again->asked_before : INT64_MAX,
		.now = again->now,
		.page = again->page};

	return store_permission_list(store, &filter, arena, ret, ret_n);
}

static enum err count_limited(struct store *store,
			      struct questions_again *again,
			      const struct permission *row, struct arena *arena)
{
	struct question_look look;
	enum err err = store_question_look(
		store,
		&(struct question_turn){
			.row = row, .limits = again->limits, .now = again->now},
		arena, &look);

	again->n_limited += !err && look.next.at > again->now;
	return err;
}

static enum err ask_one(struct store *store, struct questions_again *again,
			const struct permission *row, struct arena *arena)
{
	const struct permission_change change = {.id = row->id,
						 .row = row,
						 .event = EVENT_AGAIN,
						 .actor = ORIGIN_ADMIN,
						 .expires_at = -1,
						 .ask_due_at = again->now,
						 .now = again->now};
	struct permission_result result;
	enum err err = store_permission_set(store, &change, arena, &result);

	if (err == ERR_CONFLICT) {
		again->n_refused++;
		return ERR_OK;
	}
	if (err)
		return err;
	again->n_asked++;
	return count_limited(store, again, &result.row, arena);
}

static enum err ask_all(struct store *store, struct questions_again *again,
			struct arena *arena)
{
	struct permission *rows;
	size_t n;
	enum err err = find_rows(store, again, arena, &rows, &n);

	for (size_t i = 0; !err && i < n; i++)
		err = ask_one(store, again, &rows[i], arena);
	if (err)
		return err;
	again->last = n ? rows[n - 1].id : again->page.after;
	again->has_more = n == again->page.limit;
	return ERR_OK;
}

enum err store_questions_again(struct store *store,
			       struct questions_again *again)
{
	struct arena *arena;
	enum err err = transaction_begin(store);

	if (err)
		return err;
	again->n_asked = again->n_limited = again->n_refused = 0;
	arena = arena_new(0);
	err = transaction_end(store, ask_all(store, again, arena));
	arena_free(arena);
	return err;
}
