#include "db/account_hashes.h"

#include <pthread.h>

#include "db/accounts.h"
#include "server/base/random.h"
#include "server/base/siphash.h"

#define SHARDS 64
#define FIRST_BUCKETS 16

/** One slot, in two chains; its strings stand behind it. */
struct account_slot {
	struct account_slot *next_by_name, *next_by_id;
	uint64_t hash; /**< of realm and username */
	struct account account;
	struct account_hash hashes[DIGEST_ALGORITHMS];
	char strings[];
};

/** Accounts by name.  Locked by those who look. */
struct names {
	pthread_mutex_t lock;
	struct account_slot **buckets;
	size_t n_buckets, used;
};

/*
 * Who looks takes one shard's lock.  Who changes takes `changes` first, which
 * guards the chains by id.
 */
struct accounts {
	struct names names[SHARDS];
	pthread_mutex_t changes;
	struct account_slot **by_id;
	size_t n_by_id;
	size_t used;
	uint64_t n_changes; /**< under `changes` */
	struct account_hashes hashes;
	struct hash_key key;
};

static struct account_slot **buckets_new(size_t n)
{
	struct account_slot **buckets =
		mem_alloc(n * sizeof(struct account_slot *));

	memset(buckets, 0, n * sizeof(struct account_slot *));
	return buckets;
}

struct accounts *accounts_new(const char *realm)
{
	struct accounts *accounts = mem_alloc(sizeof(*accounts));

	memset(accounts, 0, sizeof(*accounts));
	random_bytes(&accounts->key, sizeof(accounts->key));
	pthread_mutex_init(&accounts->changes, NULL);
	account_hashes_init(&accounts->hashes);
	accounts->hashes.first_realm = realm;
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
	struct account_slot *slot;

	if (!accounts)
		return;
	for (size_t i = 0; i < accounts->n_by_id; i++) {
		while ((slot = accounts->by_id[i])) {
			accounts->by_id[i] = slot->next_by_id;
			free(slot);
		}
	}
	for (size_t i = 0; i < SHARDS; i++) {
		free(accounts->names[i].buckets);
		pthread_mutex_destroy(&accounts->names[i].lock);
	}
	pthread_mutex_destroy(&accounts->changes);
	account_hashes_release(&accounts->hashes);
	free(accounts->by_id);
	free(accounts);
}

/* ---- one slot ------------------------------------------------------ */

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

static uint64_t name_hash(const struct accounts *accounts,
			  const struct account_name *name)
{
	uint64_t hash =
		hash_64(&accounts->key, name->username.at, name->username.len);

	return *name->realm ? hash ^ hash_64(&accounts->key, name->realm,
					     strlen(name->realm))
			    : hash;
}

static struct account_slot *slot_new(const struct accounts *accounts,
				     const struct account *account)
{
	size_t room = room_of(account->aor) + room_of(account->username) +
		      room_of(account->etag) + room_of(account->realm);
	struct account_slot *slot;
	char *at;

	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		room += room_of(account->ha1[i]);
	slot = mem_alloc(sizeof(*slot) + room);
	at = slot->strings;
	*slot = (struct account_slot){.account = *account};
	slot->account.aor = keep(&at, account->aor);
	slot->account.username = keep(&at, account->username);
	slot->account.etag = keep(&at, account->etag);
	slot->account.realm = account->realm ? keep(&at, account->realm) : "";
	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		slot->account.ha1[i] = keep(&at, account->ha1[i]);
	slot->hash = name_hash(
		accounts, &(struct account_name){slot->account.realm,
						 view_of(account->username)});
	return slot;
}

static void copy_user(struct arena *arena, const struct account *account,
		      struct account *ret)
{
	*ret = *account;
	ret->aor = arena_strdup(arena, account->aor);
	ret->username = arena_strdup(arena, account->username);
	ret->etag = arena_strdup(arena, account->etag);
	ret->realm = arena_strdup(arena, account->realm);
	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		ret->ha1[i] = arena_strdup(arena, account->ha1[i]);
}

/* ---- by name ---------------------------------------------------------- */

/** The low bits choose the shard, the others the chain in it. */
static size_t chain_of(const struct names *names, uint64_t hash)
{
	return (size_t)(hash / SHARDS) & (names->n_buckets - 1);
}

static void names_link(struct names *names, struct account_slot *slot)
{
	struct account_slot **chain;

	chain = &names->buckets[chain_of(names, slot->hash)];
	slot->next_by_name = *chain;
	*chain = slot;
}

static void names_grow(struct names *names)
{
	struct names wider = {.n_buckets = 2 * names->n_buckets};
	struct account_slot *slot;

	wider.buckets = buckets_new(wider.n_buckets);
	for (size_t i = 0; i < names->n_buckets; i++) {
		while ((slot = names->buckets[i])) {
			names->buckets[i] = slot->next_by_name;
			names_link(&wider, slot);
		}
	}
	free(names->buckets);
	names->buckets = wider.buckets;
	names->n_buckets = wider.n_buckets;
}

static void names_add(struct names *names, struct account_slot *slot)
{
	if (names->used == names->n_buckets)
		names_grow(names);
	names_link(names, slot);
	names->used++;
}

static void names_drop(struct names *names, const struct account_slot *slot)
{
	struct account_slot **at;

	at = &names->buckets[chain_of(names, slot->hash)];
	while (*at != slot)
		at = &(*at)->next_by_name;
	*at = slot->next_by_name;
	names->used--;
}

static struct names *names_of(struct accounts *accounts, uint64_t hash)
{
	return &accounts->names[hash % SHARDS];
}

static bool is_named(const struct account *account,
		     const struct account_name *name)
{
	return view_equal(view_of(account->username), name->username) &&
	       strcmp(account->realm, name->realm) == 0;
}

enum err accounts_find(const struct accounts *accounts,
		       const struct account_name *name, struct arena *arena,
		       struct account *ret)
{
	uint64_t hash = name_hash(accounts, name);
	/* Looking takes the lock; the caller sees no change. */
	struct names *names =
		names_of((struct accounts *)(uintptr_t)accounts, hash);
	const struct account_slot *slot;

	pthread_mutex_lock(&names->lock);
	slot = names->buckets[chain_of(names, hash)];
	while (slot && (slot->hash != hash || !is_named(&slot->account, name)))
		slot = slot->next_by_name;
	if (slot)
		copy_user(arena, &slot->account, ret);
	pthread_mutex_unlock(&names->lock);
	return slot ? ERR_OK : ERR_UNKNOWN;
}

/* ---- by id ------------------------------------------------------------ */

static struct account_slot **ids_chain(struct accounts *accounts, int64_t id)
{
	return &accounts->by_id[(size_t)id & (accounts->n_by_id - 1)];
}

static void ids_grow(struct accounts *accounts)
{
	struct account_slot **old = accounts->by_id, **chain, *slot;
	size_t n = accounts->n_by_id;

	accounts->by_id = buckets_new(2 * n);
	accounts->n_by_id = 2 * n;
	for (size_t i = 0; i < n; i++) {
		while ((slot = old[i])) {
			old[i] = slot->next_by_id;
			chain = ids_chain(accounts, slot->account.id);
			slot->next_by_id = *chain;
			*chain = slot;
		}
	}
	free(old);
}

/** Take it out of its chain; NULL when it is not there. */
static struct account_slot *ids_take(struct accounts *accounts, int64_t id)
{
	struct account_slot **at = ids_chain(accounts, id), *slot;

	while (*at && (*at)->account.id != id)
		at = &(*at)->next_by_id;
	slot = *at;
	if (slot) {
		*at = slot->next_by_id;
		accounts->used--;
	}
	return slot;
}

static void ids_add(struct accounts *accounts, struct account_slot *slot)
{
	struct account_slot **chain;

	if (accounts->used == accounts->n_by_id)
		ids_grow(accounts);
	chain = ids_chain(accounts, slot->account.id);
	slot->next_by_id = *chain;
	*chain = slot;
	accounts->used++;
}

/* ---- changing --------------------------------------------------------- */

static void forget(struct accounts *accounts, const struct account_slot *slot)
{
	struct names *names = names_of(accounts, slot->hash);

	pthread_mutex_lock(&names->lock);
	names_drop(names, slot);
	pthread_mutex_unlock(&names->lock);
}

void accounts_put(struct accounts *accounts, const struct account *account)
{
	struct account_slot *slot = slot_new(accounts, account), *old;
	struct names *names = names_of(accounts, slot->hash);
	bool is_same;

	pthread_mutex_lock(&accounts->changes);
	old = ids_take(accounts, account->id);
	accounts->n_changes += old != NULL;
	is_same = old && names_of(accounts, old->hash) == names;
	pthread_mutex_lock(&names->lock);
	if (is_same)
		names_drop(names, old);
	names_add(names, slot);
	pthread_mutex_unlock(&names->lock);
	if (old && !is_same)
		forget(accounts, old);
	if (old)
		account_hashes_drop(&accounts->hashes, &old->account,
				    old->hashes);
	account_hashes_add(&accounts->hashes, &slot->account, slot->hashes);
	ids_add(accounts, slot);
	pthread_mutex_unlock(&accounts->changes);
	free(old);
}

void accounts_remove(struct accounts *accounts, int64_t id)
{
	struct account_slot *slot;

	pthread_mutex_lock(&accounts->changes);
	slot = ids_take(accounts, id);
	accounts->n_changes += slot != NULL;
	if (slot) {
		forget(accounts, slot);
		account_hashes_drop(&accounts->hashes, &slot->account,
				    slot->hashes);
	}
	pthread_mutex_unlock(&accounts->changes);
	free(slot);
}

const char *accounts_unhash(const struct accounts *accounts,
			    const struct account_name *name,
			    struct arena *arena)
{
	return account_hashes_name(
		(struct account_hashes *)(uintptr_t)&accounts->hashes, name,
		arena);
}

size_t accounts_lack(const struct accounts *accounts, const char *realm,
		     enum digest_algorithm algorithm)
{
	return account_hashes_lack(
		(struct account_hashes *)(uintptr_t)&accounts->hashes, realm,
		algorithm);
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
		const struct account_slot *it = accounts->by_id[i];

		for (; it && !is_found; it = it->next_by_id)
			is_found = strcmp(it->account.aor, aor) == 0 &&
				   (it->account.may & right) != 0;
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
