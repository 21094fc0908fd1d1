#include "db/accounts.h"

#include <pthread.h>

#include "db/users.h"
#include "server/base/random.h"
#include "server/base/siphash.h"

#define SHARDS 64
#define FIRST_BUCKETS 16

/** One account, in two chains; its strings stand behind it. */
struct account {
	struct account *next_by_name, *next_by_id;
	uint64_t hash; /**< of the username */
	struct user user;
	char strings[];
};

/** Accounts by username.  Locked by those who look. */
struct names {
	pthread_mutex_t lock;
	struct account **buckets;
	size_t n_buckets, used;
};

/*
 * Who looks takes one shard's lock.  Who changes takes `changes` first, which
 * guards the chains by id.
 */
struct accounts {
	struct names names[SHARDS];
	pthread_mutex_t changes;
	struct account **by_id;
	size_t n_by_id;
	size_t used;
	uint64_t n_changes; /**< under `changes` */
	struct hash_key key;
};

static struct account **buckets_new(size_t n)
{
	struct account **buckets = mem_alloc(n * sizeof(struct account *));

	memset(buckets, 0, n * sizeof(struct account *));
	return buckets;
}

struct accounts *accounts_new(void)
{
	struct accounts *accounts = mem_alloc(sizeof(*accounts));

	memset(accounts, 0, sizeof(*accounts));
	random_bytes(&accounts->key, sizeof(accounts->key));
	pthread_mutex_init(&accounts->changes, NULL);
	accounts->n_by_id = FIRST_BUCKETS;
	accounts->by_id = buckets_new(FIRST_BUCKETS);
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&accounts->names[i].lock, NULL);
		accounts->names[i].n_buckets = FIRST_BUCKETS;
		accounts->names[i].buckets = buckets_new(FIRST_BUCKETS);
	}
	return accounts;
}

void accounts_free(struct accounts *accounts)
{
	struct account *account;

	if (!accounts)
		return;
	for (size_t i = 0; i < accounts->n_by_id; i++) {
		while ((account = accounts->by_id[i])) {
			accounts->by_id[i] = account->next_by_id;
			free(account);
		}
	}
	for (size_t i = 0; i < SHARDS; i++) {
		free(accounts->names[i].buckets);
		pthread_mutex_destroy(&accounts->names[i].lock);
	}
	pthread_mutex_destroy(&accounts->changes);
	free(accounts->by_id);
	free(accounts);
}

/* ---- one account ------------------------------------------------------ */

static size_t room_of(const char *string)
{
	return string ? strlen(string) + 1 : 0;
}

static const char *keep(char **at, const char *string)
{
	size_t room = room_of(string);
	char *copy = *at;

	if (!string)
		return NULL;
	memcpy(copy, string, room);
	*at += room;
	return copy;
}

static struct account *account_new(const struct accounts *accounts,
				   const struct user *user)
{
	size_t room = room_of(user->aor) + room_of(user->username) +
		      room_of(user->etag);
	struct account *account;
	char *at;

	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		room += room_of(user->ha1[i]);
	account = mem_alloc(sizeof(*account) + room);
	at = account->strings;
	*account = (struct account){.user = *user};
	account->user.aor = keep(&at, user->aor);
	account->user.username = keep(&at, user->username);
	account->user.etag = keep(&at, user->etag);
	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		account->user.ha1[i] = keep(&at, user->ha1[i]);
	account->hash =
		hash_64(&accounts->key, user->username, strlen(user->username));
	return account;
}

static void copy_user(struct arena *arena, const struct user *user,
		      struct user *ret)
{
	*ret = *user;
	ret->aor = arena_strdup(arena, user->aor);
	ret->username = arena_strdup(arena, user->username);
	ret->etag = arena_strdup(arena, user->etag);
	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		ret->ha1[i] = arena_strdup(arena, user->ha1[i]);
}

/* ---- by name ---------------------------------------------------------- */

/** The low bits choose the shard, the others the chain in it. */
static size_t chain_of(const struct names *names, uint64_t hash)
{
	return (size_t)(hash / SHARDS) & (names->n_buckets - 1);
}

static void names_link(struct names *names, struct account *account)
{
	struct account **chain;

	chain = &names->buckets[chain_of(names, account->hash)];
	account->next_by_name = *chain;
	*chain = account;
}

static void names_grow(struct names *names)
{
	struct names wider = {.n_buckets = 2 * names->n_buckets};
	struct account *account;

	wider.buckets = buckets_new(wider.n_buckets);
	for (size_t i = 0; i < names->n_buckets; i++) {
		while ((account = names->buckets[i])) {
			names->buckets[i] = account->next_by_name;
			names_link(&wider, account);
		}
	}
	free(names->buckets);
	names->buckets = wider.buckets;
	names->n_buckets = wider.n_buckets;
}

static void names_add(struct names *names, struct account *account)
{
	if (names->used == names->n_buckets)
		names_grow(names);
	names_link(names, account);
	names->used++;
}

static void names_drop(struct names *names, const struct account *account)
{
	struct account **at;

	at = &names->buckets[chain_of(names, account->hash)];
	while (*at != account)
		at = &(*at)->next_by_name;
	*at = account->next_by_name;
	names->used--;
}

static struct names *names_of(struct accounts *accounts, uint64_t hash)
{
	return &accounts->names[hash % SHARDS];
}

enum err accounts_find(const struct accounts *accounts, struct view username,
		       struct arena *arena, struct user *ret)
{
	uint64_t hash = hash_64(&accounts->key, username.at, username.len);
	/* Looking takes the lock; the caller sees no change. */
	struct names *names =
		names_of((struct accounts *)(uintptr_t)accounts, hash);
	const struct account *account;

	pthread_mutex_lock(&names->lock);
	account = names->buckets[chain_of(names, hash)];
	while (account &&
	       (account->hash != hash ||
		!view_equal(view_of(account->user.username), username)))
		account = account->next_by_name;
	if (account)
		copy_user(arena, &account->user, ret);
	pthread_mutex_unlock(&names->lock);
	return account ? ERR_OK : ERR_UNKNOWN;
}

/* ---- by id ------------------------------------------------------------ */

static struct account **ids_chain(struct accounts *accounts, int64_t id)
{
	return &accounts->by_id[(size_t)id & (accounts->n_by_id - 1)];
}

static void ids_grow(struct accounts *accounts)
{
	struct account **old = accounts->by_id, **chain, *account;
	size_t n = accounts->n_by_id;

	accounts->by_id = buckets_new(2 * n);
	accounts->n_by_id = 2 * n;
	for (size_t i = 0; i < n; i++) {
		while ((account = old[i])) {
			old[i] = account->next_by_id;
			chain = ids_chain(accounts, account->user.id);
			account->next_by_id = *chain;
			*chain = account;
		}
	}
	free(old);
}

/** Take it out of its chain; NULL when it is not there. */
static struct account *ids_take(struct accounts *accounts, int64_t id)
{
	struct account **at = ids_chain(accounts, id), *account;

	while (*at && (*at)->user.id != id)
		at = &(*at)->next_by_id;
	account = *at;
	if (account) {
		*at = account->next_by_id;
		accounts->used--;
	}
	return account;
}

static void ids_add(struct accounts *accounts, struct account *account)
{
	struct account **chain;

	if (accounts->used == accounts->n_by_id)
		ids_grow(accounts);
	chain = ids_chain(accounts, account->user.id);
	account->next_by_id = *chain;
	*chain = account;
	accounts->used++;
}

/* ---- changing --------------------------------------------------------- */

static void forget(struct accounts *accounts, const struct account *account)
{
	struct names *names = names_of(accounts, account->hash);

	pthread_mutex_lock(&names->lock);
	names_drop(names, account);
	pthread_mutex_unlock(&names->lock);
}

void accounts_put(struct accounts *accounts, const struct user *user)
{
	struct account *account = account_new(accounts, user), *old;
	struct names *names = names_of(accounts, account->hash);
	bool is_same;

	pthread_mutex_lock(&accounts->changes);
	old = ids_take(accounts, user->id);
	accounts->n_changes += old != NULL;
	is_same = old && names_of(accounts, old->hash) == names;
	pthread_mutex_lock(&names->lock);
	if (is_same)
		names_drop(names, old);
	names_add(names, account);
	pthread_mutex_unlock(&names->lock);
	if (old && !is_same)
		forget(accounts, old);
	ids_add(accounts, account);
	pthread_mutex_unlock(&accounts->changes);
	free(old);
}

void accounts_remove(struct accounts *accounts, int64_t id)
{
	struct account *account;

	pthread_mutex_lock(&accounts->changes);
	account = ids_take(accounts, id);
	accounts->n_changes += account != NULL;
	if (account)
		forget(accounts, account);
	pthread_mutex_unlock(&accounts->changes);
	free(account);
}

static pthread_mutex_t *changes_lock(const struct accounts *accounts)
{
	return (pthread_mutex_t *)(uintptr_t)&accounts->changes;
}

uint64_t accounts_changes(const struct accounts *accounts)
{
	pthread_mutex_t *lock = changes_lock(accounts);
	uint64_t n;

	pthread_mutex_lock(lock);
	n = accounts->n_changes;
	pthread_mutex_unlock(lock);
	return n;
}

bool accounts_may(const struct accounts *accounts, const char *aor,
		  unsigned right)
{
	pthread_mutex_t *lock = changes_lock(accounts);
	bool is_found = false;

	pthread_mutex_lock(lock);
	for (size_t i = 0; i < accounts->n_by_id && !is_found; i++) {
		const struct account *it = accounts->by_id[i];

		for (; it && !is_found; it = it->next_by_id)
			is_found = strcmp(it->user.aor, aor) == 0 &&
				   (it->user.may & right) != 0;
	}
	pthread_mutex_unlock(lock);
	return is_found;
}

size_t accounts_count(const struct accounts *accounts)
{
	pthread_mutex_t *lock = changes_lock(accounts);
	size_t n;

	pthread_mutex_lock(lock);
	n = accounts->used;
	pthread_mutex_unlock(lock);
	return n;
}
