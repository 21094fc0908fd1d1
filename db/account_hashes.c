#include "db/account_hashes.h"

#include "server/base/random.h"

#define FIRST_BUCKETS 64

struct account_realm {
	struct account_realm *next;
	size_t lack[DIGEST_ALGORITHMS];
	char name[];
};

static struct account_hash **buckets_new(size_t n)
{
	struct account_hash **buckets =
		mem_alloc(n * sizeof(struct account_hash *));

	memset(buckets, 0, n * sizeof(struct account_hash *));
	return buckets;
}

void account_hashes_init(struct account_hashes *hashes)
{
	memset(hashes, 0, sizeof(*hashes));
	pthread_mutex_init(&hashes->lock, NULL);
	random_bytes(&hashes->key, sizeof(hashes->key));
	hashes->n_buckets = FIRST_BUCKETS;
	hashes->buckets = buckets_new(FIRST_BUCKETS);
}

void account_hashes_release(struct account_hashes *hashes)
{
	struct account_realm *realm;

	while ((realm = hashes->realms)) {
		hashes->realms = realm->next;
		free(realm);
	}
	free(hashes->buckets);
	pthread_mutex_destroy(&hashes->lock);
}

/* ---- names by hash -------------------------------------------------------
 */

static struct account_hash **chain_of(const struct account_hashes *hashes,
				      uint64_t hash)
{
	return &hashes->buckets[(size_t)hash & (hashes->n_buckets - 1)];
}

static void link_place(struct account_hashes *hashes,
		       struct account_hash *place)
{
	struct account_hash **chain = chain_of(hashes, place->hash);

	place->next = *chain;
	*chain = place;
}

static void grow(struct account_hashes *hashes)
{
	struct account_hash **old = hashes->buckets, *place;
	size_t n = hashes->n_buckets;

	hashes->n_buckets = 2 * n;
	hashes->buckets = buckets_new(2 * n);
	for (size_t i = 0; i < n; i++) {
		while ((place = old[i])) {
			old[i] = place->next;
			link_place(hashes, place);
		}
	}
	free(old);
}

static void add_place(struct account_hashes *hashes,
		      const struct account *account,
		      enum digest_algorithm algorithm,
		      struct account_hash *place)
{
	const char *realm =
		*account->realm ? account->realm : hashes->first_realm;
	char hash[DIGEST_HEX_MAX + 1];

	*place = (struct account_hash){.realm = account->realm,
				       .username = account->username};
	digest_userhash(algorithm, view_of(account->username),
			view_of(realm ? realm : ""), hash);
	place->hash = hash_64(&hashes->key, hash, strlen(hash));
	if (hashes->used++ == hashes->n_buckets)
		grow(hashes);
	link_place(hashes, place);
}

static void drop_place(struct account_hashes *hashes,
		       const struct account_hash *place)
{
	struct account_hash **at = chain_of(hashes, place->hash);

	while (*at != place)
		at = &(*at)->next;
	*at = place->next;
	hashes->used--;
}

const char *account_hashes_name(struct account_hashes *hashes,
				const struct account_name *name,
				struct arena *arena)
{
	uint64_t hash =
		hash_64(&hashes->key, name->username.at, name->username.len);
	const struct account_hash *place;
	const char *found = NULL;

	pthread_mutex_lock(&hashes->lock);
	for (place = *chain_of(hashes, hash); place && !found;
	     place = place->next)
		if (place->hash == hash && !strcmp(place->realm, name->realm))
			found = arena_strdup(arena, place->username);
	pthread_mutex_unlock(&hashes->lock);
	return found;
}

/* ---- what accounts lack --------------------------------------------------
 */

static struct account_realm *realm_find(const struct account_hashes *hashes,
					const char *name)
{
	struct account_realm *realm = hashes->realms;

	while (realm && strcmp(realm->name, name) != 0)
		realm = realm->next;
	return realm;
}

static struct account_realm *realm_get(struct account_hashes *hashes,
				       const char *name)
{
	struct account_realm *realm = realm_find(hashes, name);
	size_t len = strlen(name);

	if (realm)
		return realm;
	realm = mem_alloc(sizeof(*realm) + len + 1);
	memset(realm, 0, sizeof(*realm));
	memcpy(realm->name, name, len + 1);
	realm->next = hashes->realms;
	hashes->realms = realm;
	return realm;
}

size_t account_hashes_lack(struct account_hashes *hashes, const char *realm,
			   enum digest_algorithm algorithm)
{
	const struct account_realm *found;
	size_t n;

	pthread_mutex_lock(&hashes->lock);
	found = realm_find(hashes, realm);
	n = found ? found->lack[algorithm] : 0;
	pthread_mutex_unlock(&hashes->lock);
	return n;
}

/* ---- both ----------------------------------------------------------------
 */

void account_hashes_add(struct account_hashes *hashes,
			const struct account *account,
			struct account_hash places[DIGEST_ALGORITHMS])
{
	struct account_realm *realm;

	pthread_mutex_lock(&hashes->lock);
	realm = realm_get(hashes, account->realm);
	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		add_place(hashes, account, (enum digest_algorithm)i,
			  &places[i]);
		realm->lack[i] += !account->ha1[i];
	}
	pthread_mutex_unlock(&hashes->lock);
}

void account_hashes_drop(struct account_hashes *hashes,
			 const struct account *account,
			 struct account_hash places[DIGEST_ALGORITHMS])
{
	struct account_realm *realm;

	pthread_mutex_lock(&hashes->lock);
	realm = realm_get(hashes, account->realm);
	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		drop_place(hashes, &places[i]);
		realm->lack[i] -= !account->ha1[i];
	}
	pthread_mutex_unlock(&hashes->lock);
}
