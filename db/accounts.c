/* Accounts on disk. */
#include "db/store.h"

#include "db/account_secrets.h"
#include "db/account_table.h"
#include "db/lists_private.h"
#include "db/names.h"
#include "db/transaction.h"
#include "server/base/loop.h"
#include "db/accounts.h"

#define SELECT "SELECT " ACCOUNT_COLUMNS " FROM account "

void account_read(struct query *query, struct arena *arena, struct account *ret)
{
	struct account account = {.id = query_get_int(query)};
	struct view sealed;

	account.aor = query_get_text(query, arena);
	account.username = query_get_text(query, arena);
	account.has_ha1 = (unsigned)query_get_int(query);
	sealed = query_get_blob(query, arena);
	account.etag = query_get_text(query, arena);
	account.created_at = query_get_int(query);
	account.changed_at = query_get_int(query);
	account.may = (unsigned)query_get_int(query);
	account.realm = query_get_text(query, arena);
	account_unseal(query->store, sealed, arena, &account);
	*ret = account;
}

static enum err read_accounts(struct query *query, size_t most,
			      struct arena *arena, struct account **ret,
			      size_t *ret_n)
{
	struct account *accounts = arena_array(arena, most, sizeof(*accounts));
	size_t n = 0;
	enum err err;

	while (n < most && query_next(query))
		account_read(query, arena, &accounts[n++]);
	err = query_end(query);
	if (err != ERR_OK)
		return err;
	*ret = accounts;
	*ret_n = n;
	return ERR_OK;
}

enum err store_account_get(struct store *store, int64_t id, struct arena *arena,
			   struct account *ret)
{
	struct query query = query_begin(store, SELECT "WHERE id = $1");
	struct account *accounts;
	size_t n;
	enum err err;

	query_int(&query, id);
	err = read_accounts(&query, 1, arena, &accounts, &n);
	if (err != ERR_OK)
		return err;
	if (n == 0)
		return ERR_UNKNOWN;
	*ret = accounts[0];
	return ERR_OK;
}

enum err store_account_list(struct store *store,
			    const struct account_filter *filter,
			    struct arena *arena, struct account **ret,
			    size_t *ret_n)
{
	const struct filter filters[] = {{"aor", filter->aor},
					 {"username", filter->username},
					 {"realm", filter->realm},
					 {NULL, NULL}};
	struct query query = query_list(store, SELECT, filters, filter->page);

	return read_accounts(&query, filter->page.limit, arena, ret, ret_n);
}

static void bind_account(struct query *query, const struct account *account,
			 struct view sealed)
{
	query_text(query, account->aor);
	query_text(query, account->username);
	query_int(query, account->has_ha1);
	query_blob(query, sealed);
	query_text(query, account->etag);
	query_int(query, account->changed_at);
	query_int(query, account->may);
}

/** One name is one thing: a stored list is nobody. */
static enum err check_aor(struct store *store, const char *aor)
{
	bool is_list = false;
	enum err err = store_list_exists(store, aor, &is_list);

	return err == ERR_OK && is_list ? ERR_HOSTILE : err;
}

static enum err log_change(struct store *store, int64_t id,
			   enum change_kind kind, int64_t at)
{
	return change_add(store,
			  &(struct store_change){.noun = CHANGE_NOUN_ACCOUNT,
						 .kind = kind,
						 .subject = id,
						 .at = at});
}

static enum err insert(struct store *store, struct arena *arena,
		       struct account *row)
{
	struct query query;
	struct view sealed;
	enum err err = account_seal(store, row, arena, &sealed);

	if (err != ERR_OK)
		return err;
	row->has_ha1 = account_digests(row);
	query = query_begin(
		store,
		"INSERT INTO account (aor, username, digests, secrets, "
		"etag, changed_at, may, created_at, realm) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id");
	bind_account(&query, row, sealed);
	query_int(&query, row->created_at);
	query_text(&query, row->realm);
	err = query_run_id(&query, &row->id);
	if (err != ERR_OK)
		return err;
	return log_change(store, row->id, CHANGE_ADDED, row->created_at);
}

static enum err add(struct store *store, struct arena *arena,
		    struct account *row)
{
	enum err err = check_aor(store, row->aor);

	return err == ERR_OK ? insert(store, arena, row) : err;
}

enum err store_account_add(struct store *store, const struct account *account,
			   struct arena *arena, struct account *ret)
{
	struct account row = *account;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	row.etag = etag_new(arena);
	row.changed_at = row.created_at;
	if (!row.realm)
		row.realm = "";
	if (!row.may)
		row.may = ACCOUNT_ALL;
	err = transaction_end(store, add(store, arena, &row));
	if (err == ERR_OK)
		*ret = row;
	return err;
}

/** What is given replaces what was; digests all together, so that none of an
 *  old password stays. */
static void merge(struct account *row, const struct account *account)
{
	if (account->aor)
		row->aor = account->aor;
	if (account->username)
		row->username = account->username;
	if (account_digests(account))
		memcpy(row->ha1, account->ha1, sizeof(row->ha1));
	if (account->may)
		row->may = account->may;
	row->changed_at = account->changed_at;
}

static enum err find_matching(struct store *store, int64_t id,
			      const char *if_match, struct arena *arena,
			      struct account *ret)
{
	enum err err = store_account_get(store, id, arena, ret);

	if (err == ERR_OK && if_match && strcmp(if_match, ret->etag) != 0)
		return ERR_PRECONDITION;
	return err;
}

static enum err change(struct store *store, const struct account *account,
		       const char *if_match, struct arena *arena,
		       struct account *row)
{
	struct query query;
	struct view sealed;
	enum err err = find_matching(store, account->id, if_match, arena, row);

	if (err != ERR_OK)
		return err;
	if (account->aor && strcmp(account->aor, row->aor) != 0)
		err = check_aor(store, account->aor);
	if (err != ERR_OK)
		return err;
	merge(row, account);
	row->etag = etag_new(arena);
	row->has_ha1 = account_digests(row);
	err = account_seal(store, row, arena, &sealed);
	if (err != ERR_OK)
		return err;
	query = query_begin(
		store,
		"UPDATE account SET aor = $1, username = $2, digests = $3, "
		"secrets = $4, etag = $5, changed_at = $6, may = $7 WHERE "
		"id = $8");
	bind_account(&query, row, sealed);
	query_int(&query, row->id);
	err = query_run(&query);
	if (err == ERR_OK)
		err = log_change(store, row->id, CHANGE_CHANGED,
				 row->changed_at);
	store->needs_quiesce = true; /* of a right, perhaps */
	return err;
}

enum err store_account_change(struct store *store,
			      const struct account *account,
			      const char *if_match, struct arena *arena,
			      struct account *ret)
{
	struct account row;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	err = transaction_end(store,
			      change(store, account, if_match, arena, &row));
	if (err == ERR_OK)
		*ret = row;
	return err;
}

/** Whoever is given the name later inherits nothing, no list either.  Several
 *  accounts may have one name: it goes with the last of them. */
static enum err is_last(struct store *store, const struct account *account,
			bool *ret)
{
	struct query query = query_begin(store, "SELECT 1 FROM account "
						"WHERE aor = $1 AND id <> $2");
	bool has_others = false;
	enum err err;

	query_text(&query, account->aor);
	query_int(&query, account->id);
	err = query_exists(&query, &has_others);
	*ret = !has_others;
	return err;
}

static enum err delete_account(struct store *store,
			       const struct account *account, int64_t now)
{
	struct query query;
	size_t room = SIZE_MAX;
	bool ends = false;
	enum err err = is_last(store, account, &ends);

	if (err == ERR_OK && ends)
		err = list_remove_owned(store, account->aor, now, &room);
	if (err == ERR_OK && ends)
		err = name_end(store, account->aor, now);
	if (err != ERR_OK)
		return err;
	query = query_begin(store, "DELETE FROM account WHERE id = $1");
	query_int(&query, account->id);
	err = query_run(&query);
	return err == ERR_OK
		       ? log_change(store, account->id, CHANGE_REMOVED, now)
		       : err;
}

static enum err remove_account(struct store *store, int64_t id,
			       const char *if_match)
{
	struct arena *arena = arena_new(0);
	struct account row;
	enum err err = find_matching(store, id, if_match, arena, &row);

	if (err == ERR_OK)
		err = delete_account(store, &row, wall_now_s());
	if (err == ERR_OK) {
		store->needs_quiesce = true; /* conferences of theirs end */
		/* Who is gone gets in no more from now on. */
		if (store->accounts)
			accounts_remove(store->accounts, id);
	}
	arena_free(arena);
	return err;
}

enum err store_account_remove(struct store *store, int64_t id,
			      const char *if_match)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	return transaction_end(store, remove_account(store, id, if_match));
}

static enum err end_some(struct store *store, int64_t id, bool *ret_more)
{
	struct arena *arena = arena_new(0);
	size_t room = NAME_ROWS_AT_ONCE;
	int64_t now = wall_now_s();
	struct account row;
	bool ends = false;
	enum err err = find_matching(store, id, NULL, arena, &row);

	if (err == ERR_OK)
		err = is_last(store, &row, &ends);
	if (err == ERR_OK && ends)
		err = name_has_many(store, row.aor, ret_more);
	if (err == ERR_OK && *ret_more)
		err = list_remove_owned(store, row.aor, now, &room);
	if (err == ERR_OK && *ret_more)
		err = name_end_within(store, row.aor, now, &room);
	arena_free(arena);
	return err;
}

enum err store_account_end_some(struct store *store, int64_t id, bool *ret_more)
{
	enum err err = transaction_begin(store);

	*ret_more = false;
	if (err != ERR_OK)
		return err;
	return transaction_end(store, end_some(store, id, ret_more));
}

/* ---- in memory ----------------------------------------------------------- */

static void reload(struct store *store, int64_t id)
{
	struct account account;
	enum err err = store_account_get(store, id, store->arena, &account);

	if (err == ERR_OK)
		accounts_put(store->accounts, &account);
	else if (err == ERR_UNKNOWN)
		accounts_remove(store->accounts, id);
}

/** On disk or not: who was removed is gone from memory since before. */
static void follow(void *arg, struct store *store,
		   const struct store_change *first)
{
	(void)arg;
	if (!store->accounts || store->health == HEALTH_BROKEN)
		return;
	for (const struct store_change *it = first; it; it = it->next) {
		if (it->noun == CHANGE_NOUN_ACCOUNT)
			reload(store, it->subject);
	}
}

const struct change_reader account_reader = {.committed = follow,
					     .undone = follow};
