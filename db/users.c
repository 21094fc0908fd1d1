/* Accounts on disk. */
#include "db/store.h"

#include "db/accounts.h"
#include "db/lists.h"
#include "db/transaction.h"
#include "db/users.h"

#define SELECT                                                                 \
	"SELECT id, aor, username, ha1_sha256, ha1_md5, etag, created_at, "    \
	"changed_at, may FROM user "

void user_read(struct query *query, struct arena *arena, struct user *ret)
{
	struct user user = {.id = query_get_int(query)};

	user.aor = query_get_text(query, arena);
	user.username = query_get_text(query, arena);
	user.ha1[DIGEST_SHA256] = query_get_text(query, arena);
	user.ha1[DIGEST_MD5] = query_get_text(query, arena);
	user.etag = query_get_text(query, arena);
	user.created_at = query_get_int(query);
	user.changed_at = query_get_int(query);
	user.may = (unsigned)query_get_int(query);
	*ret = user;
}

static enum err read_users(struct query *query, size_t most,
			   struct arena *arena, struct user **ret,
			   size_t *ret_n)
{
	struct user *users = arena_array(arena, most, sizeof(*users));
	size_t n = 0;
	enum err err;

	while (n < most && query_next(query))
		user_read(query, arena, &users[n++]);
	err = query_end(query);
	if (err != ERR_OK)
		return err;
	*ret = users;
	*ret_n = n;
	return ERR_OK;
}

enum err store_user_get(struct store *store, int64_t id, struct arena *arena,
			struct user *ret)
{
	struct query query = query_begin(store, SELECT "WHERE id = $1");
	struct user *users;
	size_t n;
	enum err err;

	query_int(&query, id);
	err = read_users(&query, 1, arena, &users, &n);
	if (err != ERR_OK)
		return err;
	if (n == 0)
		return ERR_UNKNOWN;
	*ret = users[0];
	return ERR_OK;
}

enum err store_user_list(struct store *store, const struct user_filter *filter,
			 struct arena *arena, struct user **ret, size_t *ret_n)
{
	const struct filter filters[] = {{"aor", filter->aor},
					 {"username", filter->username},
					 {NULL, NULL}};
	struct query query = query_list(store, SELECT, filters, filter->page);

	return read_users(&query, filter->page.limit, arena, ret, ret_n);
}

static void bind_user(struct query *query, const struct user *user)
{
	query_text(query, user->aor);
	query_text(query, user->username);
	query_text(query, user->ha1[DIGEST_SHA256]);
	query_text(query, user->ha1[DIGEST_MD5]);
	query_text(query, user->etag);
	query_int(query, user->changed_at);
	query_int(query, user->may);
}

static const char *fresh_etag(struct arena *arena)
{
	char etag[ETAG_LEN + 1];

	etag_new(etag);
	return arena_strdup(arena, etag);
}

/** One name is one thing: a stored list is nobody. */
static enum err check_aor(struct store *store, const char *aor)
{
	bool is_list = false;
	enum err err = store_list_exists(store, aor, &is_list);

	return err == ERR_OK && is_list ? ERR_HOSTILE : err;
}

static enum err insert(struct store *store, struct user *row)
{
	struct query query = query_begin(
		store, "INSERT INTO user (aor, username, ha1_sha256, ha1_md5, "
		       "etag, changed_at, may, created_at) "
		       "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id");
	enum err err;

	bind_user(&query, row);
	query_int(&query, row->created_at);
	err = query_run_id(&query, &row->id);
	if (err != ERR_OK)
		return err;
	transaction_changed_user(store, row->id);
	return ERR_OK;
}

static enum err add(struct store *store, struct user *row)
{
	enum err err = check_aor(store, row->aor);

	return err == ERR_OK ? insert(store, row) : err;
}

enum err store_user_add(struct store *store, const struct user *user,
			struct arena *arena, struct user *ret)
{
	struct user row = *user;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	row.etag = fresh_etag(arena);
	row.changed_at = row.created_at;
	if (!row.may)
		row.may = USER_ALL;
	err = transaction_end(store, add(store, &row));
	if (err == ERR_OK)
		*ret = row;
	return err;
}

/** What is given replaces what was; digests all together, so that none of an
 *  old password stays. */
static void merge(struct user *row, const struct user *user)
{
	if (user->aor)
		row->aor = user->aor;
	if (user->username)
		row->username = user->username;
	if (user->ha1[DIGEST_SHA256] || user->ha1[DIGEST_MD5])
		memcpy(row->ha1, user->ha1, sizeof(row->ha1));
	if (user->may)
		row->may = user->may;
	row->changed_at = user->changed_at;
}

static enum err find_matching(struct store *store, int64_t id,
			      const char *if_match, struct arena *arena,
			      struct user *ret)
{
	enum err err = store_user_get(store, id, arena, ret);

	if (err == ERR_OK && if_match && strcmp(if_match, ret->etag) != 0)
		return ERR_PRECONDITION;
	return err;
}

static enum err change(struct store *store, const struct user *user,
		       const char *if_match, struct arena *arena,
		       struct user *row)
{
	struct query query;
	enum err err = find_matching(store, user->id, if_match, arena, row);

	if (err != ERR_OK)
		return err;
	if (user->aor && strcmp(user->aor, row->aor) != 0)
		err = check_aor(store, user->aor);
	if (err != ERR_OK)
		return err;
	merge(row, user);
	row->etag = fresh_etag(arena);
	query = query_begin(
		store,
		"UPDATE user SET aor = $1, username = $2, ha1_sha256 = $3, "
		"ha1_md5 = $4, etag = $5, changed_at = $6, may = $7 WHERE "
		"id = $8");
	bind_user(&query, row);
	query_int(&query, row->id);
	err = query_run(&query);
	if (err == ERR_OK) {
		transaction_changed_user(store, row->id);
		store->needs_quiesce = true; /* of a right, perhaps */
	}
	return err;
}

enum err store_user_change(struct store *store, const struct user *user,
			   const char *if_match, struct arena *arena,
			   struct user *ret)
{
	struct user row;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	err = transaction_end(store,
			      change(store, user, if_match, arena, &row));
	if (err == ERR_OK)
		*ret = row;
	return err;
}

static enum err remove_user(struct store *store, int64_t id,
			    const char *if_match)
{
	struct arena *arena = arena_new(0);
	struct query query;
	struct user row;
	enum err err = find_matching(store, id, if_match, arena, &row);

	if (err == ERR_OK) {
		query = query_begin(store, "DELETE FROM user WHERE id = $1");
		query_int(&query, id);
		err = query_run(&query);
	}
	if (err == ERR_OK) {
		transaction_changed_user(store, id);
		store->needs_quiesce = true; /* conferences of theirs end */
		/* Who is gone gets in no more from now on. */
		if (store->accounts)
			accounts_remove(store->accounts, id);
	}
	arena_free(arena);
	return err;
}

enum err store_user_remove(struct store *store, int64_t id,
			   const char *if_match)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	return transaction_end(store, remove_user(store, id, if_match));
}
