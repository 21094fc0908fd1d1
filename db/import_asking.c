/* When the last one of an import will have been asked. */
#include "db/imports_private.h"
#include "db/questions.h"
#include "policies/asking_spread.h"
#include "server/base/uri.h"

#define PENDING_MOST 100000 /**< that are looked at */

/** Questions to one host: one of each recipient. */
struct host_question {
	const char *host;
	bool is_own; /**< of this import */
};
struct outlook {
	struct store *store;
	const struct import_order *order;
	struct arena *arena;
	struct host_question *questions;
	size_t n, room;
	int64_t *ids; /**< of rows of this import, n_own of them, ascending */
	int64_t n_own;
	const char *owner;
	int64_t last_at;
	int64_t n_outside; /**< that calls have to pay for */
};

static void add(struct outlook *outlook, const char *recipient, bool is_own)
{
	char host[URI_KEY_ROOM];
	struct host_question *old = outlook->questions;

	if (outlook->n == outlook->room) {
		outlook->room = outlook->room ? 2 * outlook->room : 64;
		outlook->questions = arena_array(outlook->arena, outlook->room,
						 sizeof(*old));
		if (outlook->n)
			memcpy(outlook->questions, old,
			       outlook->n * sizeof(*old));
	}
	outlook->questions[outlook->n++] = (struct host_question){
		arena_strdup(outlook->arena, question_host(recipient, host)),
		is_own};
}

static int by_id(const void *a, const void *b)
{
	const int64_t *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

/** Who waits to be asked already.  What this import has written is not counted
 *  twice. */
static enum err add_pending(struct outlook *outlook)
{
	struct query query = query_begin(outlook->store,
					 "SELECT id, recipient FROM permission "
					 "WHERE state = 'pending' "
					 "ORDER BY ask_due_at LIMIT $1");
	struct arena *scratch = arena_new(0);

	query_int(&query, PENDING_MOST);
	while (query_next(&query)) {
		int64_t id = query_get_int(&query);
		const char *recipient = query_get_text(&query, scratch);

		if (recipient &&
		    !bsearch(&id, outlook->ids, (size_t)outlook->n_own,
			     sizeof(id), by_id))
			add(outlook, recipient, false);
	}
	arena_free(scratch);
	return query_end(&query);
}

static void note(struct outlook *outlook, int64_t at)
{
	if (at > outlook->last_at)
		outlook->last_at = at;
}

/** The limits of the recipient alone. */
static enum err look_at_person(struct outlook *outlook, const char *recipient,
			       struct arena *scratch)
{
	const struct import *batch = &outlook->order->batch;
	const struct questions_past_query of = {.recipient = recipient,
						.owner = outlook->owner,
						.target = batch->target,
						.now = batch->created_at};
	struct asking_past *past;
	size_t n;
	enum err err =
		store_questions_past(outlook->store, &of, scratch, &past, &n);

	if (err == ERR_OK)
		note(outlook, asking_when(outlook->order->asking, past, n,
					  batch->created_at)
				      .at);
	return err;
}

static enum err look_at_lines(struct outlook *outlook)
{
	const struct import_order *order = outlook->order;
	enum err err = ERR_OK;

	outlook->ids =
		arena_array(outlook->arena, order->n + 1, sizeof(int64_t));
	for (size_t i = 0; i < order->n && err == ERR_OK; i++) {
		struct arena *scratch;

		if (order->lines[i].outcome != IMPORT_DID_ASK)
			continue;
		scratch = arena_new(0);
		add(outlook, order->lines[i].recipient, true);
		outlook->ids[outlook->n_own++] = order->lines[i].permission;
		err = look_at_person(outlook, order->lines[i].recipient,
				     scratch);
		arena_free(scratch);
	}
	if (outlook->n_own)
		qsort(outlook->ids, (size_t)outlook->n_own, sizeof(int64_t),
		      by_id);
	return err;
}

static int by_host(const void *a, const void *b)
{
	const struct host_question *one = a, *other = b;

	return strcmp(one->host, other->host);
}

/** All to one host, which is not a home. */
static enum err look_at_host(struct outlook *outlook, const char *host,
			     int64_t n, int64_t n_own)
{
	const struct import_order *order = outlook->order;
	const struct asking_limits *limits = order->asking;
	struct asking_destination use = {0};
	enum err err = store_question_host_use(
		outlook->store,
		&(struct question_place){host, order->batch.target,
					 &limits->destination,
					 order->batch.created_at},
		&use);

	outlook->n_outside += n_own;
	if (err == ERR_OK)
		note(outlook, asking_host_last(&limits->destination, n, &use,
					       order->batch.created_at));
	return err;
}

static enum err look_at_hosts(struct outlook *outlook)
{
	const struct host_question *it = outlook->questions;
	enum err err = ERR_OK;

	if (outlook->n)
		qsort(outlook->questions, outlook->n, sizeof(*it), by_host);
	for (size_t i = 0, n; i < outlook->n && err == ERR_OK; i += n) {
		int64_t n_own = it[i].is_own;

		for (n = 1; i + n < outlook->n &&
			    strcmp(it[i + n].host, it[i].host) == 0;
		     n++)
			n_own += it[i + n].is_own;
		if (n_own && !asking_is_home(&outlook->order->asking->home,
					     view_of(it[i].host)))
			err = look_at_host(outlook, it[i].host, (int64_t)n,
					   n_own);
	}
	return err;
}

/** Do the calls of the owner pay for those outside of homes? */
static enum err look_at_credit(struct outlook *outlook, bool *ret)
{
	const struct import_order *order = outlook->order;
	const struct question_client client = {outlook->owner,
					       order->batch.target};
	struct asking_traffic traffic = {0};
	enum err err;

	*ret = true;
	if (!asking_has_credit(order->asking) || !outlook->n_outside)
		return ERR_OK;
	err = store_question_traffic(outlook->store, &client,
				     order->batch.created_at, &traffic);
	traffic.received += outlook->store->received;
	traffic.calls += outlook->store->received > 0;
	*ret = outlook->n_outside * QUESTION_BYTES_LEAST <=
		       asking_credit(order->asking, &traffic) &&
	       outlook->n_outside <= asking_tries_left(order->asking, &traffic);
	return err;
}

enum err import_outlook(struct store *store, struct import_order *order,
			const char *owner)
{
	struct outlook outlook = {.store = store,
				  .order = order,
				  .arena = arena_new(0),
				  .owner = owner,
				  .last_at = order->batch.created_at};
	bool has_credit = true;
	enum err err = look_at_lines(&outlook);

	order->last_asked_at = 0;
	if (err == ERR_OK && outlook.n_own) {
		err = add_pending(&outlook);
		if (err == ERR_OK)
			err = look_at_hosts(&outlook);
		if (err == ERR_OK)
			err = look_at_credit(&outlook, &has_credit);
		note(&outlook,
		     asking_pace_last((int64_t)outlook.n, order->per_second,
				      order->batch.created_at));
		order->last_asked_at = has_credit ? outlook.last_at : -1;
	}
	arena_free(outlook.arena);
	return err;
}
