#include "db/account_secrets.h"

#include <errno.h>
#include <unistd.h>

#include "db/store_private.h"
#include "db/transaction.h"
#include "server/base/seal.h"

#define KEY_LABEL "volens account digests"
#define PROOF_LABEL "volens key file"
#define SEALED_AT_ONCE 1000
#define BETWEEN "\n" /**< the digests of one account */

/* ---- the key -------------------------------------------------------------
 */

static enum err complain(struct store *store, const char *path, const char *why,
			 enum err err)
{
	snprintf(store->problem, sizeof(store->problem),
		 "key file %.120s: %.120s", path, why);
	return err;
}

/* What tells this key from others, and nothing of it. */
static enum err read_proof(struct store *store, struct arena *arena,
			   struct view *ret)
{
	struct query query =
		query_begin(store, "SELECT proof FROM key_file WHERE id = 1");

	*ret = VIEW_NONE;
	if (query_next(&query))
		*ret = query_get_blob(&query, arena);
	return query_end(&query);
}

static enum err write_proof(struct store *store, const uint8_t proof[HASH_LEN])
{
	struct query query = query_begin(
		store, "INSERT INTO key_file (id, proof) VALUES (1, $1)");

	query_blob(&query, (struct view){(const char *)proof, HASH_LEN});
	return query_run(&query);
}

static enum err agree(struct store *store, const char *path, struct view known,
		      const uint8_t proof[HASH_LEN])
{
	if (!known.len)
		return write_proof(store, proof);
	if (known.len == HASH_LEN &&
	    bytes_equal((const uint8_t *)known.at, proof, HASH_LEN))
		return ERR_OK;
	return complain(store, path,
			"it is not the one that this database was written "
			"with: put the right file back",
			ERR_CONFLICT);
}

static const char *load_problem(enum err err)
{
	return err == ERR_FORBIDDEN ? "it may be read by nobody but its owner: "
				      "chmod 600"
	       : err == ERR_SYNTAX  ? "it is not a file of 32 bytes"
	       : errno		    ? strerror(errno)
				    : err_text(err);
}

static enum err load(struct store *store, const char *path, struct view known)
{
	struct secret *secret;
	uint8_t proof[HASH_LEN];
	enum err err;

	if (known.len && access(path, F_OK) != 0 && errno == ENOENT)
		return complain(store, path,
				"it is missing, and digests of accounts were "
				"written with it: put it back",
				ERR_CONFLICT);
	errno = 0;
	err = secret_load(path, &secret);
	if (err)
		return complain(store, path, load_problem(err), err);
	secret_key(secret, PROOF_LABEL, proof);
	err = agree(store, path, known, proof);
	if (!err) {
		if (!store->seal)
			store->seal = mem_alloc(sizeof(*store->seal));
		*store->seal = seal_key_of(secret, KEY_LABEL);
	}
	secret_free(secret);
	return err;
}

/* ---- what an older version wrote -----------------------------------------
 */

static enum err write_sealed(struct store *store, const struct account *account,
			     struct arena *arena)
{
	struct query query;
	struct view sealed;
	enum err err = account_seal(store, account, arena, &sealed);

	if (err)
		return err;
	query = query_begin(store, "UPDATE account SET digests = $1, "
				   "secrets = $2 WHERE id = $3");
	query_int(&query, account_digests(account));
	query_blob(&query, sealed);
	query_int(&query, account->id);
	return query_run(&query);
}

/* Some of them: all would not fit into memory. */
static enum err seal_some(struct store *store, struct arena *arena, size_t *ret)
{
	struct query query = query_begin(
		store, "SELECT account.id, realm, username, plain.ha1_sha256, "
		       "plain.ha1_md5 FROM account_plain AS plain "
		       "JOIN account ON account.id = plain.account "
		       "ORDER BY account.id LIMIT $1");
	struct account *rows =
		arena_array(arena, SEALED_AT_ONCE, sizeof(*rows));
	enum err err;

	*ret = 0;
	query_int(&query, SEALED_AT_ONCE);
	while (*ret < SEALED_AT_ONCE && query_next(&query)) {
		struct account *row = &rows[(*ret)++];

		*row = (struct account){.id = query_get_int(&query)};
		row->realm = query_get_text(&query, arena);
		row->username = query_get_text(&query, arena);
		row->ha1[DIGEST_SHA256] = query_get_text(&query, arena);
		row->ha1[DIGEST_MD5] = query_get_text(&query, arena);
	}
	err = query_end(&query);
	for (size_t i = 0; i < *ret && !err; i++)
		err = write_sealed(store, &rows[i], arena);
	if (err || !*ret)
		return err;
	query = query_begin(store,
			    "DELETE FROM account_plain WHERE account <= $1");
	query_int(&query, rows[*ret - 1].id);
	return query_run(&query);
}

static enum err seal_all(struct store *store)
{
	struct arena *arena;
	size_t n = 0;
	enum err err;

	do {
		arena = arena_new(0);
		err = seal_some(store, arena, &n);
		arena_free(arena);
	} while (!err && n);
	return err;
}

enum err account_key_open(struct store *store, const char *path)
{
	struct arena *arena = arena_new(0);
	struct view known = VIEW_NONE;
	enum err err = transaction_begin(store);

	if (!path || !*path)
		path = arena_printf(arena, "%s.key",
				    store->engine->path(store));
	if (!err) {
		err = read_proof(store, arena, &known);
		if (!err)
			err = load(store, path, known);
		if (!err)
			err = seal_all(store);
		err = transaction_end(store, err);
	}
	arena_free(arena);
	return err;
}

/* ---- one account ---------------------------------------------------------
 */

/* Digests are of one name in one realm: in another row they are nothing. */
static struct view place_of(const struct account *account, struct arena *arena)
{
	return view_of(arena_printf(arena, "%s" BETWEEN "%s", account->realm,
				    account->username));
}

unsigned account_digests(const struct account *account)
{
	unsigned digests = 0;

	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		if (account->ha1[i] && *account->ha1[i])
			digests |= 1U << i;
	return digests;
}

enum err account_seal(struct store *store, const struct account *account,
		      struct arena *arena, struct view *ret)
{
	struct text plain, sealed;

	if (!store->seal) {
		enum err err = account_key_open(store, NULL);

		if (err)
			return err;
	}
	text_init(&plain, arena);
	text_init(&sealed, arena);
	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		text_add(&plain, account->ha1[i] ? account->ha1[i] : "");
		text_add(&plain, BETWEEN);
	}
	seal_close(store->seal, place_of(account, arena), text_view(&plain),
		   &sealed);
	explicit_bzero(plain.at, plain.len);
	*ret = text_view(&sealed);
	return ERR_OK;
}

void account_unseal(struct store *store, struct view sealed,
		    struct arena *arena, struct account *account)
{
	struct text plain;
	struct view rest;

	if (store->mode == STORE_READ)
		return;
	if (!store->seal && account_key_open(store, NULL))
		return;
	text_init(&plain, arena);
	if (seal_open(store->seal, place_of(account, arena), sealed, &plain)) {
		account->has_ha1 = 0;
		return;
	}
	rest = text_view(&plain);
	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		size_t end = view_find(rest, *BETWEEN, 0);

		if (end == SIZE_MAX)
			return;
		if (end)
			account->ha1[i] = arena_copy(arena, rest.at, end);
		rest = view_from(rest, end + 1);
	}
}
