#include "db/list_table.h"

#include <pthread.h>
#include <stdatomic.h>

#include "server/base/random.h"
#include "server/base/siphash.h"
#include "server/base/uri.h"

#define FIRST_BUCKETS 64

/** An image with its users; all of it in its arena. */
struct kept_image {
	struct list_image image; /**< first: users know only this */
	struct arena *arena;
	atomic_uint n_users; /**< the table is one */
	struct kept_image *next;
	uint64_t hash; /**< of the key */
};

struct list_table {
	pthread_mutex_t lock;
	struct kept_image **buckets;
	size_t n_buckets, used;
	struct hash_key key;
};

static struct kept_image **buckets_new(size_t n)
{
	return mem_alloc(n * sizeof(struct kept_image *));
}

struct list_table *list_table_new(void)
{
	struct list_table *table = mem_alloc(sizeof(*table));

	pthread_mutex_init(&table->lock, NULL);
	random_bytes(&table->key, sizeof(table->key));
	table->n_buckets = FIRST_BUCKETS;
	table->buckets = buckets_new(FIRST_BUCKETS);
	return table;
}

static void release(struct kept_image *kept)
{
	if (atomic_fetch_sub_explicit(&kept->n_users, 1,
				      memory_order_acq_rel) == 1)
		arena_free(kept->arena); /* it lies in it */
}

void list_table_free(struct list_table *table)
{
	struct kept_image *kept;

	if (!table)
		return;
	for (size_t i = 0; i < table->n_buckets; i++) {
		while ((kept = table->buckets[i])) {
			table->buckets[i] = kept->next;
			release(kept);
		}
	}
	pthread_mutex_destroy(&table->lock);
	free(table->buckets);
	free(table);
}

static struct kept_image *kept_of(const struct list_image *image)
{
	return (struct kept_image *)(uintptr_t)image;
}

void list_image_keep(const struct list_image *image)
{
	atomic_fetch_add_explicit(&kept_of(image)->n_users, 1,
				  memory_order_relaxed);
}

void list_image_release(const struct list_image *image)
{
	if (image)
		release(kept_of(image));
}

/* ---- the table -------------------------------------------------------- */

static struct kept_image **find(struct list_table *table, const char *uri,
				uint64_t hash)
{
	struct kept_image **at = &table->buckets[hash & (table->n_buckets - 1)];

	while (*at &&
	       ((*at)->hash != hash || strcmp((*at)->image.uri, uri) != 0))
		at = &(*at)->next;
	return at;
}

static void grow(struct list_table *table)
{
	size_t n = 2 * table->n_buckets;
	struct kept_image **wider = buckets_new(n), *kept;

	for (size_t i = 0; i < table->n_buckets; i++) {
		while ((kept = table->buckets[i])) {
			table->buckets[i] = kept->next;
			kept->next = wider[kept->hash & (n - 1)];
			wider[kept->hash & (n - 1)] = kept;
		}
	}
	free(table->buckets);
	table->buckets = wider;
	table->n_buckets = n;
}

static uint64_t hash_of(const struct list_table *table, const char *uri)
{
	return hash_64(&table->key, uri, strlen(uri));
}

/* Looking takes the lock; the caller sees no change. */
static struct list_table *opened(const struct list_table *table)
{
	return (struct list_table *)(uintptr_t)table;
}

const struct list_image *list_table_get(const struct list_table *table,
					const char *uri)
{
	struct list_table *it = opened(table);
	uint64_t hash = hash_of(table, uri);
	struct kept_image *kept;

	pthread_mutex_lock(&it->lock);
	kept = *find(it, uri, hash);
	if (kept)
		list_image_keep(&kept->image);
	pthread_mutex_unlock(&it->lock);
	return kept ? &kept->image : NULL;
}

bool list_table_has(const struct list_table *table, const char *uri)
{
	const struct list_image *image = list_table_get(table, uri);

	list_image_release(image);
	return image != NULL;
}

bool list_table_names(const struct list_table *table, const char *key)
{
	char room[URI_KEY_ROOM];

	return list_table_has(table, key) ||
	       (uri_key_person(key, room) && list_table_has(table, room));
}

size_t list_table_count(const struct list_table *table)
{
	struct list_table *it = opened(table);
	size_t n;

	pthread_mutex_lock(&it->lock);
	n = it->used;
	pthread_mutex_unlock(&it->lock);
	return n;
}

/* ---- one image -------------------------------------------------------- */

static const char *person_of(struct arena *arena, const char *key)
{
	char room[URI_KEY_ROOM];

	return uri_key_person(key, room) ? arena_strdup(arena, room) : key;
}

/** Places of members by their keys; in the scratch arena. */
struct places {
	uint32_t *at; /**< place + 1; 0: free */
	size_t mask;
	const struct hash_key *key;
};

static struct places places_new(const struct list_table *table, size_t n,
				struct arena *scratch)
{
	size_t size = 16;

	while (size < 2 * n)
		size *= 2;
	return (struct places){arena_array(scratch, size, sizeof(uint32_t)),
			       size - 1, &table->key};
}

static uint32_t *place_of(const struct places *places,
			  const struct list_member *members, const char *key)
{
	size_t slot = hash_64(places->key, key, strlen(key)) & places->mask;

	while (places->at[slot] &&
	       strcmp(members[places->at[slot] - 1].key, key) != 0)
		slot = (slot + 1) & places->mask;
	return &places->at[slot];
}

/* RFC 5363 section 4: whoever is named twice is one; of several roles the
 * strongest counts. */
static size_t copy_members(const struct list_table *table,
			   const struct list_image *from, struct arena *arena,
			   struct list_member *ret)
{
	struct arena *scratch = arena_new(0);
	struct places places = places_new(table, from->n, scratch);
	size_t n = 0;

	for (size_t i = 0; i < from->n; i++) {
		const struct list_member *it = &from->members[i];
		uint32_t *place = place_of(&places, ret, it->key);

		if (*place) {
			struct list_member *known = &ret[*place - 1];

			if (it->copy > known->copy)
				known->copy = it->copy;
			known->is_anonymous |= it->is_anonymous;
			continue;
		}
		ret[n] = *it;
		ret[n].uri = arena_strdup(arena, it->uri);
		ret[n].key = strcmp(it->key, it->uri) == 0
				     ? ret[n].uri
				     : arena_strdup(arena, it->key);
		ret[n].person = person_of(arena, ret[n].key);
		*place = (uint32_t)++n;
	}
	arena_free(scratch);
	return n;
}

/** There are many of them: about as much memory as it takes. */
static size_t room_of(const struct list_image *from)
{
	size_t room = sizeof(struct kept_image) + 256 + strlen(from->uri) +
		      strlen(from->name) + 2 * strlen(from->owner);

	for (size_t i = 0; i < from->n; i++)
		room += sizeof(struct list_member) + 32 +
			strlen(from->members[i].uri) +
			(strcmp(from->members[i].key, from->members[i].uri) == 0
				 ? 0
				 : strlen(from->members[i].key) + 16);
	return room;
}

static struct kept_image *kept_new(const struct list_table *table,
				   const struct list_image *from)
{
	struct arena *arena = arena_new_tight(room_of(from));
	struct kept_image *kept = arena_alloc(arena, sizeof(*kept));
	struct list_member *members =
		arena_array(arena, from->n + 1, sizeof(*members));
	struct list_image *image = &kept->image;

	kept->arena = arena;
	atomic_init(&kept->n_users, 1);
	*image = *from;
	image->uri = arena_strdup(arena, from->uri);
	image->name = arena_strdup(arena, from->name);
	image->owner = arena_strdup(arena, from->owner);
	if (from->kinds.name)
		image->kinds.name = arena_strdup(arena, from->kinds.name);
	image->n = copy_members(table, from, arena, members);
	image->members = members;
	kept->hash = hash_of(table, image->uri);
	return kept;
}

const struct list_member *list_image_member(const struct list_image *image,
					    const char *key)
{
	char room[URI_KEY_ROOM];
	const char *person = uri_key_person(key, room) ? room : key;

	for (size_t i = 0; i < image->n; i++) {
		if (strcmp(image->members[i].person, person) == 0)
			return &image->members[i];
	}
	return NULL;
}

/* ---- changing --------------------------------------------------------- */

void list_table_put(struct list_table *table, const struct list_image *image)
{
	struct kept_image *kept = kept_new(table, image), **at, *old;

	pthread_mutex_lock(&table->lock);
	if (table->used == table->n_buckets)
		grow(table);
	at = find(table, kept->image.uri, kept->hash);
	old = *at;
	kept->next = old ? old->next : NULL;
	*at = kept;
	table->used += old == NULL;
	pthread_mutex_unlock(&table->lock);
	if (old)
		release(old);
}

void list_table_remove(struct list_table *table, const char *uri)
{
	struct kept_image **at, *old;

	pthread_mutex_lock(&table->lock);
	at = find(table, uri, hash_of(table, uri));
	old = *at;
	if (old) {
		*at = old->next;
		table->used--;
	}
	pthread_mutex_unlock(&table->lock);
	if (old)
		release(old);
}
