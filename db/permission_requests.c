/* Permission requests, and the tokens in them. */
#include "db/store.h"

#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/transaction.h"
#include "db/questions.h"
#include "server/base/uri.h"

#define DAY_S 86400
/** Grant URIs of permission requests older than this are forgotten; deny URIs
 * stay good for as long as the permission does, and for this long at least. */
#define TOKEN_S (365 * (int64_t)DAY_S)
/** Most rows that one sweep expires, so that its transaction stays short. */
#define SWEEP_ROWS 1000

static const char *const kind_names[] = {
	[PERMISSION_REQUEST_ADDED] = "added",
	[PERMISSION_REQUEST_RENEWAL] = "renewal",
	[PERMISSION_REQUEST_TRIGGER] = "trigger",
};

enum err store_permission_request_defer(struct store *store, int64_t id,
					int64_t due_at)
{
	struct query query =
		query_begin(store, "UPDATE permission SET ask_due_at = $1 "
				   "WHERE id = $2 AND state = 'pending'");
	enum err err;

	query_int(&query, due_at);
	query_int(&query, id);
	err = query_run(&query);
	if (err == ERR_OK && query_changes(store) == 0)
		return ERR_UNKNOWN;
	return err;
}

enum err store_permission_request_put_off(struct store *store, int64_t id,
					  int64_t due_at, int status)
{
	enum err err = store_permission_request_defer(store, id, due_at);
	struct query query;

	if (err != ERR_OK)
		return err;
	query = query_begin(
		store, "UPDATE permission SET last_status = $1 WHERE id = $2");
	query_int(&query, status);
	query_int(&query, id);
	return query_run(&query);
}

enum err store_permission_requests_sent(
	struct store *store, const struct permission_requests_query *of,
	struct arena *arena, int64_t **ret, size_t *ret_n)
{
	struct query query = query_begin(
		store, "SELECT asked_at, count(*) OVER () FROM ask "
		       "WHERE recipient = $1 AND kind = $2 AND asked_at > $3 "
		       "AND " ASK_IS_OF("$4") " AND (permission = 0) = ($5 = 1)"
					      " ORDER BY asked_at");
	char person[URI_KEY_ROOM];
	int64_t *asked = NULL;
	size_t n = 0;
	enum err err;

	query_text(&query, uri_key_person(of->recipient, person)
				   ? person
				   : of->recipient);
	query_text(&query, kind_names[of->kind]);
	query_int(&query, of->now - DAY_S);
	query_text(&query, of->target);
	query_int(&query, of->of_words);
	while (query_next(&query)) {
		int64_t at = query_get_int(&query);

		if (!asked)
			asked = arena_array(arena,
					    (size_t)query_get_int(&query),
					    sizeof(*asked));
		asked[n++] = at;
	}
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	*ret = asked;
	*ret_n = n;
	return ERR_OK;
}

/** The question whose tries go on, of this term where it is a renewal;
 *  ERR_UNKNOWN: there is none. */
static enum err find_open(struct store *store,
			  struct permission_request_record *ask,
			  const struct permission *row)
{
	bool is_renewal = ask->kind == PERMISSION_REQUEST_RENEWAL;
	struct query query = query_begin(
		store, "SELECT id FROM ask WHERE permission = $1 AND "
		       "kind = $2 AND is_open = 1 AND tried_at >= $3 "
		       "ORDER BY id DESC LIMIT 1");
	bool is_found;

	query_int(&query, ask->permission);
	query_text(&query, kind_names[ask->kind]);
	query_int(&query, is_renewal ? row->changed_at : 0);
	is_found = query_next(&query);
	if (is_found)
		ask->ask = query_get_int(&query);
	return query_end_found(&query, is_found);
}

static enum err add_try(struct store *store,
			const struct permission_request_record *ask)
{
	struct query query = query_begin(
		store, "UPDATE ask SET tries = tries + 1, tried_at = $1, "
		       "bytes = bytes + $2 WHERE id = $3");

	query_int(&query, ask->now);
	query_int(&query, ask->bytes);
	query_int(&query, ask->ask);
	return query_run(&query);
}

/** Counted by person: another spelling is no other budget. */
static enum err add_ask(struct store *store,
			struct permission_request_record *ask,
			const struct permission *row)
{
	struct query query = query_begin(
		store,
		"INSERT INTO ask (recipient, owner, kind, permission, "
		"asked_at, tried_at, tries, bytes, answered_at, "
		"is_open, host, domain) VALUES ($1, " QUESTION_OWNER(
			"$2", "$3") ", $4, $5, "
				    "$6, $6, 1, $7, 0, $8, $9, " DOMAIN_OF(
					    "$2") ") RETURNING id");
	char person[URI_KEY_ROOM], host[URI_KEY_ROOM];
	bool is_there;

	query_text(&query, uri_key_person(row->recipient, person)
				   ? person
				   : row->recipient);
	query_text(&query, row->target);
	query_text(&query, row->sender);
	query_text(&query, kind_names[ask->kind]);
	query_int(&query, ask->permission);
	query_int(&query, ask->now);
	query_int(&query, ask->bytes);
	query_int(&query, ask->kind != PERMISSION_REQUEST_TRIGGER);
	query_text(&query, question_host(row->recipient, host));
	is_there = query_next(&query);
	if (is_there)
		ask->ask = query_get_int(&query);
	return query_end(&query);
}

static enum err add_token(struct store *store,
			  const struct permission_request_record *ask,
			  enum token_kind kind, const uint8_t hash[HASH_LEN],
			  bool all_kinds)
{
	char letter[2] = {token_letter(kind), '\0'};
	struct query query = query_begin(
		store, "INSERT INTO token (hash, permission, kind, is_secure, "
		       "retired, made_at, all_kinds) "
		       "VALUES ($1, $2, $3, $4, 0, $5, $6)");

	query_blob(&query, hash_view(hash));
	query_int(&query, ask->permission);
	query_text(&query, letter);
	query_int(&query, ask->is_secure != 0);
	query_int(&query, ask->now);
	query_int(&query, all_kinds);
	return query_run(&query);
}

/** A no to a further kind leaves what was granted, by whatever it is said. */
static enum err add_tokens(struct store *store,
			   const struct permission_request_record *ask)
{
	const struct {
		enum token_kind kind;
		const uint8_t *hash;
		bool is_there, denies_all;
	} tokens[] = {
		{TOKEN_GRANT, ask->grant_hash, true, false},
		{TOKEN_DENY, ask->deny_hash, true, !ask->is_further},
		{TOKEN_DENY, ask->stop_hash, ask->is_further, true},
		{TOKEN_PAGE, ask->page_hash, true, !ask->is_further},
		{TOKEN_CHAT, ask->chat_hash, true, !ask->is_further},
	};
	enum err err = ERR_OK;

	for (size_t i = 0;
	     i < sizeof(tokens) / sizeof(tokens[0]) && err == ERR_OK; i++) {
		if (tokens[i].is_there)
			err = add_token(store, ask, tokens[i].kind,
					tokens[i].hash, tokens[i].denies_all);
	}
	return err;
}

static enum err note_asked(struct store *store,
			   const struct permission_request_record *ask)
{
	struct query query = query_begin(
		store, "UPDATE permission SET asked_at = $1 WHERE id = $2");

	query_int(&query, ask->now);
	query_int(&query, ask->permission);
	return query_run(&query);
}

/** Tokens that a no may have. */
static void tell_index(struct index *index,
		       const struct permission_request_record *ask)
{
	index_deny_add(index, ask->deny_hash);
	index_deny_add(index, ask->page_hash);
	index_deny_add(index, ask->chat_hash);
	if (ask->is_further)
		index_deny_add(index, ask->stop_hash);
}

static enum err record(struct store *store,
		       struct permission_request_record *ask)
{
	struct arena *arena = arena_new(0);
	struct permission row;
	enum err err =
		store_permission_get(store, ask->permission, arena, &row);

	if (err == ERR_UNKNOWN) {
		arena_free(arena);
		return err;
	}
	if (err == ERR_OK)
		err = find_open(store, ask, &row);
	if (err == ERR_OK)
		err = add_try(store, ask);
	else if (err == ERR_UNKNOWN)
		err = add_ask(store, ask, &row);
	if (err == ERR_OK && ask->network)
		err = question_note_network(store, ask->ask, ask->network,
					    ask->now, ask->bytes);
	if (err == ERR_OK)
		err = change_add_permission(store, &row, CHANGE_ASKED, ask->now,
					    NULL);
	arena_free(arena);
	if (err == ERR_OK)
		err = add_tokens(store, ask);
	if (err == ERR_OK && store->index)
		tell_index(store->index, ask);
	if (err == ERR_OK)
		err = note_asked(store, ask);
	return err;
}

enum err store_permission_request_record(struct store *store,
					 struct permission_request_record *ask)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	return transaction_end(store, record(store, ask));
}

enum err store_token_find(struct store *store, enum token_kind kind,
			  const uint8_t hash[HASH_LEN], struct token_row *ret)
{
	char letter[2] = {token_letter(kind), '\0'};
	struct query query = query_begin(
		store, "SELECT permission, is_secure, all_kinds, retired, "
		       "made_at FROM token WHERE hash = $1 AND kind = $2 "
		       "AND (retired = 0 OR kind IN ('p', 'q'))");
	struct token_row row = {.kind = kind};
	bool found;
	enum err err;

	query_blob(&query, hash_view(hash));
	query_text(&query, letter);
	found = query_next(&query);
	if (found) {
		row.permission = query_get_int(&query);
		row.is_secure = query_get_int(&query) != 0;
		row.all_kinds = query_get_int(&query) != 0;
		row.is_retired = query_get_int(&query) != 0;
		row.made_at = query_get_int(&query);
	}
	err = query_end_found(&query, found);
	if (err == ERR_OK)
		*ret = row;
	return err;
}

enum err store_removed_deny_find(struct store *store,
				 const uint8_t hash[HASH_LEN],
				 struct arena *arena, struct permission *ret)
{
	struct query query = query_begin(
		store, "SELECT sender, target, recipient, recipient_uri, "
		       "kinds, all_kinds "
		       "FROM removed_deny WHERE hash = $1");
	struct permission row = {0};
	bool found;
	enum err err;

	query_blob(&query, hash_view(hash));
	found = query_next(&query);
	if (found) {
		row.sender = query_get_text(&query, arena);
		row.target = query_get_text(&query, arena);
		row.recipient = query_get_text(&query, arena);
		row.recipient_uri = query_get_text(&query, arena);
		row.kinds = kinds_read_column(&query, arena);
		row.all_kinds = query_get_int(&query) != 0;
	}
	err = query_end_found(&query, found);
	if (err == ERR_OK)
		*ret = row;
	return err;
}

/* ---- the sweep -------------------------------------------------------- */

struct expired {
	int64_t ids[SWEEP_ROWS];
	enum permission_origin origins[SWEEP_ROWS];
	size_t n;
};

static enum err find_expired(struct store *store, int64_t now,
			     struct arena *arena, struct expired *ret)
{
	struct query query = query_begin(
		store, "SELECT " PERMISSION_COLUMNS " FROM permission "
		       "WHERE state = 'granted' AND expires_at > 0 AND "
		       "expires_at <= $1 ORDER BY expires_at LIMIT $2");
	struct permission row;

	ret->n = 0;
	query_int(&query, now - store->expired_keep_s);
	query_int(&query, SWEEP_ROWS);
	while (query_next(&query)) {
		permission_read(&query, arena, &row);
		ret->ids[ret->n] = row.id;
		ret->origins[ret->n++] = row.origin;
	}
	return query_end(&query);
}

static enum err expire(struct store *store, int64_t now, struct arena *arena)
{
	struct expired *expired = arena_alloc(arena, sizeof(*expired));
	struct permission_change change = {
		.event = EVENT_EXPIRE, .expires_at = -1, .now = now};
	struct permission row;
	enum err err = find_expired(store, now, arena, expired);

	for (size_t i = 0; i < expired->n && err == ERR_OK; i++) {
		change.id = expired->ids[i];
		change.actor = expired->origins[i];
		err = store_permission_change(store, &change, arena, &row);
	}
	return err;
}

/** Rows that were found. */
struct permissions {
	struct permission *rows;
	size_t n;
};

/** The grants that ended at @p now at the latest, and after @p ended. */
static enum err find_ended(struct store *store, int64_t now,
			   const struct ended *ended, struct arena *arena,
			   struct permissions *ret)
{
	struct query query = query_begin(
		store, "SELECT " PERMISSION_COLUMNS " FROM permission "
		       "WHERE state = 'granted' AND expires_at > 0 AND "
		       "expires_at <= $1 AND (expires_at, id) > ($2, $3) "
		       "ORDER BY expires_at, id LIMIT $4");

	ret->rows = arena_array(arena, SWEEP_ROWS, sizeof(*ret->rows));
	ret->n = 0;
	query_int(&query, now);
	query_int(&query, ended->expires_at);
	query_int(&query, ended->permission);
	query_int(&query, SWEEP_ROWS);
	while (ret->n < SWEEP_ROWS && query_next(&query))
		permission_read(&query, arena, &ret->rows[ret->n++]);
	return query_end(&query);
}

/** Log that they ended, once. */
static enum err log_ended(struct store *store, const struct permissions *of,
			  int64_t now)
{
	const struct permission *last = &of->rows[of->n - 1];
	enum err err = ERR_OK;

	for (size_t i = 0; i < of->n && err == ERR_OK; i++)
		err = change_add_permission(store, &of->rows[i], CHANGE_EXPIRED,
					    now, NULL);
	if (err != ERR_OK)
		return err;
	return change_log_note_ended(
		store, &(struct ended){last->expires_at, last->id});
}

static enum err end_grants(struct store *store, int64_t now,
			   struct arena *arena, struct permissions *ret)
{
	struct ended ended;
	enum err err = change_log_ended(store, &ended);

	if (err == ERR_OK)
		err = find_ended(store, now, &ended, arena, ret);
	if (err != ERR_OK || ret->n == 0)
		return err;
	for (size_t i = 0; i < ret->n && store->index; i++)
		index_remove(store->index, &ret->rows[i]);
	return log_ended(store, ret, now);
}

enum err store_permission_ended(struct store *store, int64_t now,
				struct arena *arena, struct permission **ret,
				size_t *ret_n)
{
	struct permissions permissions = {0};
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	err = transaction_end(store,
			      end_grants(store, now, arena, &permissions));
	if (err != ERR_OK)
		return err;
	*ret = permissions.rows;
	*ret_n = permissions.n;
	return ERR_OK;
}

static enum err forget(struct store *store, const char *sql, int64_t before)
{
	struct query query = query_begin(store, sql);

	query_int(&query, before);
	return query_run(&query);
}

static enum err sweep(struct store *store, int64_t now, struct arena *arena)
{
	enum err err = store_clock_note(store, &now);

	if (err == ERR_OK)
		err = expire(store, now, arena);
	if (err == ERR_OK)
		err = forget(store, "DELETE FROM ask WHERE asked_at <= $1",
			     now - ASKING_PAST_S);
	if (err == ERR_OK)
		err = forget(store,
			     "DELETE FROM ask_network WHERE tried_at <= $1",
			     now - ASKING_DAY_S);
	if (err == ERR_OK)
		err = question_traffic_forget(store, now);
	if (err == ERR_OK)
		err = forget(store,
			     "DELETE FROM token WHERE kind = 'g' AND "
			     "(retired = 1 OR made_at <= $1)",
			     now - TOKEN_S);
	if (err == ERR_OK)
		err = forget(store,
			     "DELETE FROM removed_deny WHERE made_at <= $1",
			     now - TOKEN_S);
	if (err == ERR_OK)
		err = notice_sweep(store, now);
	if (err == ERR_OK)
		err = change_log_trim(store, now);
	return err;
}

enum err store_permission_sweep(struct store *store, int64_t now)
{
	struct arena *arena;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	arena = arena_new(0);
	err = transaction_end(store, sweep(store, now, arena));
	arena_free(arena);
	return err;
}
