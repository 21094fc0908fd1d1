/* Conferences that are not over, and their calls. */
#include "db/store.h"

#include "db/conferences.h"
#include "db/transaction.h"

static const char *const state_names[CALL_STATES] = {
	[CALL_QUEUED] = "queued",
	[CALL_INVITING] = "inviting",
	[CALL_CONFIRMED] = "confirmed",
};

/* What is not a known word is ended as a call that was answered: BYE harms
 * nobody. */
static enum call_state state_from(const char *name)
{
	for (size_t i = 0; name && i < CALL_STATES; i++) {
		if (strcmp(name, state_names[i]) == 0)
			return (enum call_state)i;
	}
	return CALL_CONFIRMED;
}

/* ---- writing ----------------------------------------------------------- */

static enum err insert_conference(struct store *store,
				  const struct conference_row *row)
{
	struct query query = query_begin(
		store, "INSERT INTO conference (id, service, sender, subject, "
		       "created_at, call_id, source, is_recorded) VALUES "
		       "($1, $2, $3, $4, $5, $6, $7, 0)");

	query_text(&query, row->id);
	query_text(&query, row->service);
	query_text(&query, row->sender);
	query_text(&query, row->subject);
	query_int(&query, row->created_at);
	query_text(&query, row->call_id);
	query_text(&query, row->source);
	return query_run(&query);
}

/* In the order of both statements below. */
static void bind_call(struct query *query, const struct call_row *row)
{
	query_int(query, row->is_theirs);
	query_text(query, state_names[row->state]);
	query_text(query, row->call_id);
	query_text(query, row->local_tag);
	query_text(query, row->remote_tag);
	query_text(query, row->local);
	query_text(query, row->remote);
	query_text(query, row->request_uri);
	query_text(query, row->target);
	query_blob(query, view_of(row->routes)); /* it has CRLF */
	query_text(query, row->branch);
	query_text(query, row->hop);
	query_int(query, row->cseq);
	query_int(query, row->invite_cseq);
	query_int(query, row->since);
}

static enum err insert_call(struct store *store, const struct call_row *row)
{
	struct query query = query_begin(
		store,
		"INSERT INTO session (is_theirs, state, call_id, local_tag, "
		"remote_tag, local_uri, remote_uri, request_uri, target, "
		"routes, branch, hop, cseq, invite_cseq, since, conference, "
		"party, party_uri) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
		"$13, $14, $15, $16, $17, "
		"$18)");

	bind_call(&query, row);
	query_text(&query, row->conference);
	query_int(&query, row->party);
	query_text(&query, row->party_uri);
	return query_run(&query);
}

static enum err insert_calls(struct store *store, const struct call_row *calls,
			     size_t n)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = insert_call(store, &calls[i]);
	return err;
}

enum err store_conference_add(struct store *store,
			      const struct conference_row *row,
			      const struct call_row *calls, size_t n)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	err = insert_conference(store, row);
	if (err == ERR_OK)
		err = insert_calls(store, calls, n);
	return transaction_end(store, err);
}

enum err store_calls_add(struct store *store, const struct call_row *calls,
			 size_t n)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	return transaction_end(store, insert_calls(store, calls, n));
}

enum err store_call_record(struct store *store, const struct call_row *row)
{
	struct query query = query_begin(
		store,
		"UPDATE session SET is_theirs = $1, state = $2, call_id = $3, "
		"local_tag = $4, remote_tag = $5, local_uri = $6, "
		"remote_uri = $7, request_uri = $8, target = $9, routes = $10, "
		"branch = $11, hop = $12, cseq = $13, invite_cseq = $14, since "
		"= $15 "
		"WHERE conference = $16 AND party = $17");
	enum err err;

	bind_call(&query, row);
	query_text(&query, row->conference);
	query_int(&query, row->party);
	err = query_run(&query);
	if (err != ERR_OK)
		return err;
	return query_changes(store) == 1 ? ERR_OK : ERR_UNKNOWN;
}

enum err store_call_remove(struct store *store, const char *conference,
			   int64_t party)
{
	struct query query = query_begin(
		store, "DELETE FROM session WHERE conference = $1 AND "
		       "party = $2");

	query_text(&query, conference);
	query_int(&query, party);
	return query_run(&query);
}

enum err store_call_not_found(struct store *store, const char *conference,
			      int64_t party, int64_t at)
{
	struct query query =
		query_begin(store, "UPDATE session SET target = '', since = $1 "
				   "WHERE conference = $2 AND party = $3");

	query_int(&query, at);
	query_text(&query, conference);
	query_int(&query, party);
	return query_run(&query);
}

static enum err remove_empty(struct store *store, const char *id)
{
	struct query query = query_begin(
		store, "DELETE FROM conference WHERE id = $1 AND NOT EXISTS "
		       "(SELECT 1 FROM session WHERE conference = "
		       "conference.id)");

	query_text(&query, id);
	return query_run(&query);
}

enum err store_call_end(struct store *store, const char *conference,
			int64_t party)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	err = store_call_remove(store, conference, party);
	if (err == ERR_OK)
		err = remove_empty(store, conference);
	return transaction_end(store, err);
}

static enum err record_conference(struct store *store, const char *id,
				  const struct request_record *record)
{
	struct query query = query_begin(
		store,
		"UPDATE conference SET is_recorded = 1 WHERE id = $1 AND "
		"is_recorded = 0");
	enum err err;

	query_text(&query, id);
	err = query_run(&query);
	if (err != ERR_OK || query_changes(store) == 0)
		return err;
	return store_record_add(store, record);
}

enum err store_conference_record(struct store *store, const char *id,
				 const struct request_record *record)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	return transaction_end(store, record_conference(store, id, record));
}

static enum err remove_conference(struct store *store, const char *id)
{
	struct query query =
		query_begin(store, "DELETE FROM conference WHERE id = $1");

	query_text(&query, id);
	return query_run(&query);
}

enum err store_conference_remove(struct store *store, const char *id,
				 const struct request_record *record)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	if (record)
		err = record_conference(store, id, record);
	if (err == ERR_OK)
		err = remove_conference(store, id);
	return transaction_end(store, err);
}

/* ---- reading ----------------------------------------------------------- */

static size_t count_rows(struct store *store, const char *sql, enum err *err)
{
	struct query query = query_begin(store, sql);
	size_t n = query_next(&query) ? (size_t)query_get_int(&query) : 0;

	*err = first_err(*err, query_end(&query));
	return n;
}

static void conference_read(struct query *query, struct arena *arena,
			    struct conference_row *ret)
{
	ret->id = query_get_text(query, arena);
	ret->service = query_get_text(query, arena);
	ret->sender = query_get_text(query, arena);
	ret->subject = query_get_text(query, arena);
	ret->created_at = query_get_int(query);
	ret->call_id = query_get_text(query, arena);
	ret->source = query_get_text(query, arena);
}

static void call_read(struct query *query, struct arena *arena,
		      struct call_row *ret)
{
	ret->conference = query_get_text(query, arena);
	ret->party = query_get_int(query);
	ret->party_uri = query_get_text(query, arena);
	ret->is_theirs = query_get_int(query) != 0;
	ret->state = state_from(query_get_text(query, arena));
	ret->call_id = query_get_text(query, arena);
	ret->local_tag = query_get_text(query, arena);
	ret->remote_tag = query_get_text(query, arena);
	ret->local = query_get_text(query, arena);
	ret->remote = query_get_text(query, arena);
	ret->request_uri = query_get_text(query, arena);
	ret->target = query_get_text(query, arena);
	ret->routes = view_copy(arena, query_get_blob(query, arena));
	ret->branch = query_get_text(query, arena);
	ret->hop = query_get_text(query, arena);
	ret->cseq = (uint32_t)query_get_int(query);
	ret->invite_cseq = (uint32_t)query_get_int(query);
	ret->since = query_get_int(query);
}

static enum err read_conferences(struct store *store, struct arena *arena,
				 struct conferences_left *left)
{
	struct query query = query_begin(
		store,
		"SELECT id, service, sender, subject, created_at, "
		"call_id, source FROM conference ORDER BY created_at, id");
	size_t n = 0;

	while (n < left->n_conferences && query_next(&query))
		conference_read(&query, arena, &left->conferences[n++]);
	left->n_conferences = n;
	return query_end(&query);
}

static enum err read_calls(struct store *store, struct arena *arena,
			   struct conferences_left *left)
{
	struct query query = query_begin(
		store, "SELECT conference, party, party_uri, is_theirs, state, "
		       "call_id, local_tag, remote_tag, local_uri, remote_uri, "
		       "request_uri, target, routes, branch, hop, cseq, "
		       "invite_cseq, since FROM session "
		       "ORDER BY conference, party");
	size_t n = 0;

	while (n < left->n_calls && query_next(&query))
		call_read(&query, arena, &left->calls[n++]);
	left->n_calls = n;
	return query_end(&query);
}

enum err store_conferences_left(struct store *store, struct arena *arena,
				struct conferences_left *ret)
{
	struct conferences_left left;
	enum err err = ERR_OK;

	left.n_conferences =
		count_rows(store, "SELECT count(*) FROM conference", &err);
	left.n_calls = count_rows(store, "SELECT count(*) FROM session", &err);
	if (err != ERR_OK)
		return err;
	left.conferences = arena_array(arena, left.n_conferences + 1,
				       sizeof(*left.conferences));
	left.calls = arena_array(arena, left.n_calls + 1, sizeof(*left.calls));
	err = read_conferences(store, arena, &left);
	if (err == ERR_OK)
		err = read_calls(store, arena, &left);
	if (err == ERR_OK)
		*ret = left;
	return err;
}
