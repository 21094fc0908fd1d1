#include "db/chat.h"

#include "db/accounts.h"
#include "db/index.h"
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/person_keys.h"
#include "db/store_private.h"
#include "db/transaction.h"
#include "server/base/uri.h"

/* Of no permission: nothing is asked. */
static enum err note(struct store *store, const struct permission *row,
		     int64_t now)
{
	struct query query = query_begin(
		store,
		"INSERT INTO ask (recipient, owner, kind, permission, "
		"asked_at, tried_at, tries, bytes, answered_at, "
		"is_open, host, domain) VALUES ($1, $1, "
		"'trigger', 0, $2, $2, 1, 0, 0, 0, '', " DOMAIN_OF("$3") ")");
	char person[URI_KEY_ROOM];

	query_text(&query, uri_key_person(row->recipient, person)
				   ? person
				   : row->recipient);
	query_int(&query, now);
	query_text(&query, row->target);
	return query_run(&query);
}

enum err store_chat_tell(struct store *store, const struct permission *row,
			 const struct ask_limits *limits, int64_t now,
			 bool *ret)
{
	const struct permission_requests_query of = {
		.recipient = row->recipient,
		.kind = PERMISSION_REQUEST_TRIGGER,
		.now = now,
		.target = row->target,
		.of_words = true};
	struct arena *arena = arena_new(0);
	int64_t *asked;
	size_t n;
	bool is_in_time = false;
	enum err err =
		store_permission_requests_sent(store, &of, arena, &asked, &n);

	if (!err)
		is_in_time = limits_ask_at(limits, asked, n, now) <= now;
	arena_free(arena);
	if (!err && is_in_time)
		err = note(store, row, now);
	if (!err)
		*ret = is_in_time;
	return err;
}

enum err store_chat_can_answer(struct store *store, const char *aor,
			       struct arena *arena, bool *ret)
{
	const struct account_filter filter = {.aor = aor, .page = {.limit = 1}};
	struct account *accounts;
	size_t n;
	enum err err = store_account_list(store, &filter, arena, &accounts, &n);

	if (!err)
		*ret = n > 0;
	return err;
}

/* ---- rows of a person -----------------------------------------------------
 */

#define AMONG(rows)                                                            \
	"SELECT * FROM (" rows ") AS person "                                  \
	"WHERE ($3 = '' OR target = $3) AND ($4 = '' OR sender = $4) AND "     \
	"coalesce($5, " DOMAIN_OF("target") ") = " DOMAIN_OF(                  \
		"target") " AND state IN "
#define OPEN "('pending', 'waiting')"
#define SAID "('granted', 'denied')"

static bool is_there(const struct permission *rows, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].id == id)
			return true;
	return false;
}

struct person_rows {
	struct store *store;
	const struct chat_rows_query *of;
	struct arena *arena;
	struct permission *rows;
	size_t n;
};

static struct query query_of(const struct person_rows *to,
			     const struct person_key *key)
{
	if (key->is_number)
		return to->of->is_open
			       ? query_begin(to->store,
					     AMONG(PERMISSIONS_OF_NUMBER) OPEN)
			       : query_begin(to->store,
					     AMONG(PERMISSIONS_OF_NUMBER) SAID);
	return to->of->is_open ? query_begin(to->store,
					     AMONG(PERMISSIONS_OF_PERSON) OPEN)
			       : query_begin(to->store,
					     AMONG(PERMISSIONS_OF_PERSON) SAID);
}

/** Those of a key, beside those there are. */
static enum err add_rows(struct person_rows *to, const struct person_key *key)
{
	struct query query = query_of(to, key);

	person_key_bind(&query, key);
	query_text(&query, to->of->target ? to->of->target : "");
	query_text(&query, to->of->sender ? to->of->sender : "");
	query_text(&query, to->of->domain);
	while (to->n < to->of->most && query_next(&query)) {
		struct permission *row = &to->rows[to->n];

		permission_read(&query, to->arena, row);
		to->n += person_names(key->aor, row->recipient) &&
			 !is_there(to->rows, to->n, row->id);
	}
	return query_end(&query);
}

enum err store_chat_rows(struct store *store, const struct chat_rows_query *of,
			 struct arena *arena, struct permission **ret,
			 size_t *ret_n)
{
	struct person_rows to = {
		store, of, arena,
		arena_array(arena, of->most, sizeof(struct permission)), 0};
	struct person_keys keys;
	enum err err = ERR_OK;

	person_keys_find(of->aor, arena, &keys);
	for (size_t i = 0; i < keys.n && !err; i++)
		err = add_rows(&to, &keys.at[i]);
	*ret = to.rows;
	*ret_n = to.n;
	return err;
}

/* ---- whom a stop is about ------------------------------------------------
 */

/** Of one person are looked at. */
#define STOPPABLE_MOST 50

/** What a target of a no covers: one, or those of a domain or of the first. */
static struct chat_rows_query covered_by(const char *target)
{
	struct chat_rows_query of = {.most = STOPPABLE_MOST};

	if (strncmp(target, "*@", 2) == 0)
		of.domain = target + 2;
	else if (strcmp(target, "*") == 0)
		of.domain = "";
	else
		of.target = target;
	return of;
}

static bool is_stoppable(const struct permission *row, int64_t now)
{
	if (permission_is_expired(row, now))
		return false;
	return row->state == PERMISSION_GRANTED ||
	       row->state == PERMISSION_PENDING ||
	       row->state == PERMISSION_WAITING;
}

enum err store_chat_stoppable(struct store *store,
			      const struct permission *scopes, int64_t now,
			      struct arena *arena, struct permission *ret)
{
	const char *const aor[] = {scopes->recipient, NULL};
	struct chat_rows_query of = covered_by(scopes->target);

	of.aor = aor;
	for (int is_open = 0; is_open < 2; is_open++) {
		struct permission *rows;
		size_t n;
		enum err err;

		of.is_open = is_open;
		err = store_chat_rows(store, &of, arena, &rows, &n);
		for (size_t i = 0; !err && i < n; i++) {
			if (is_stoppable(&rows[i], now)) {
				*ret = rows[i];
				return ERR_OK;
			}
		}
		if (err)
			return err;
	}
	return ERR_UNKNOWN;
}

enum err store_chat_token(struct store *store, const struct permission *row,
			  const struct token *token, int64_t now)
{
	struct query query = query_begin(
		store, "INSERT INTO token (hash, permission, kind, is_secure, "
		       "retired, made_at, all_kinds) "
		       "VALUES ($1, $2, 'd', $3, 0, $4, 1)");
	uint8_t hash[HASH_LEN];
	enum err err;

	token_hash(TOKEN_DENY, token, hash);
	query_blob(&query, hash_view(hash));
	query_int(&query, row->id);
	query_int(&query, uri_is_sips(view_of(row->recipient_uri)));
	query_int(&query, now);
	err = query_run(&query);
	if (err == ERR_OK && store->index)
		index_deny_add(store->index, hash);
	return err;
}
