#include "db/pending_denies.h"

#include "db/index.h"
#include "server/base/siphash.h"

#define BUCKETS 512 /* as many as jobs share a commit */

struct pending_deny {
	struct pending_deny *next; /**< of its bucket */
	uint64_t hash;		   /**< of the three names */
	char *sender, *target, *recipient;
	struct kinds kinds;
	char *name; /**< of kinds */
	bool all_kinds;
	/** Of the row that ends it; "": none so far.  Rolled back or not, what
	 *  counts is whether the disk has a row of this tag. */
	char etag[ETAG_LEN + 1];
};

struct pending_denies {
	struct pending_deny *buckets[BUCKETS];
	size_t n; /**< of them all, never 0 */
};

static uint64_t hash_string(const char *name)
{
	static const struct hash_key key = {.bytes = {0}};

	return hash_64(&key, name, strlen(name));
}

static uint64_t hash_of(const struct permission *row)
{
	return hash_string(row->recipient) + 3 * hash_string(row->sender) +
	       5 * hash_string(row->target);
}

/** Where those of these three names are, among others; NULL: there is none. */
static struct pending_deny **bucket_of(const struct store *store, uint64_t hash)
{
	if (!store->pending_denies)
		return NULL;
	return &store->pending_denies->buckets[hash % BUCKETS];
}

static struct pending_deny *first_of(const struct store *store, uint64_t hash)
{
	struct pending_deny **bucket = bucket_of(store, hash);

	return bucket ? *bucket : NULL;
}

static bool is_of_triple(const struct pending_deny *deny, uint64_t hash,
			 const struct permission *row)
{
	return deny->hash == hash &&
	       strcmp(deny->recipient, row->recipient) == 0 &&
	       strcmp(deny->sender, row->sender) == 0 &&
	       strcmp(deny->target, row->target) == 0;
}

static bool is_for_kinds(const struct pending_deny *deny,
			 const struct permission *row)
{
	return !deny->all_kinds &&
	       kinds_equal(deny->kinds, kinds_or_message(row->kinds));
}

static void pending_deny_free(struct pending_deny *deny)
{
	free(deny->sender);
	free(deny->target);
	free(deny->recipient);
	free(deny->name);
	free(deny);
}

/** As the index takes it. */
static struct permission row_of_deny(const struct pending_deny *deny)
{
	return (struct permission){.sender = deny->sender,
				   .target = deny->target,
				   .recipient = deny->recipient,
				   .kinds = deny->kinds,
				   .all_kinds = deny->all_kinds};
}

/** A copy, for the kinds of @p row. */
static struct pending_deny *deny_new(const struct permission *row,
				     uint64_t hash)
{
	struct pending_deny *deny = mem_alloc(sizeof(*deny));

	*deny = (struct pending_deny){
		.hash = hash,
		.sender = mem_strdup(row->sender),
		.target = mem_strdup(row->target),
		.recipient = mem_strdup(row->recipient),
		.kinds = kinds_or_message(row->kinds),
		.all_kinds = row->all_kinds,
	};
	if (deny->kinds.set == KIND_NAMED)
		deny->kinds.name = deny->name = mem_strdup(deny->kinds.name);
	return deny;
}

void pending_deny_add(struct store *store, const struct permission *row)
{
	uint64_t hash = hash_of(row);
	struct pending_deny *deny, **bucket;
	struct permission held;

	for (deny = first_of(store, hash); deny; deny = deny->next)
		if (is_of_triple(deny, hash, row) &&
		    (row->all_kinds ? deny->all_kinds
				    : is_for_kinds(deny, row)))
			return;
	if (!store->index)
		return;
	if (!store->pending_denies) {
		store->pending_denies =
			mem_alloc(sizeof(*store->pending_denies));
		*store->pending_denies = (struct pending_denies){.n = 0};
	}
	store->pending_denies->n++;
	deny = deny_new(row, hash);
	bucket = &store->pending_denies->buckets[hash % BUCKETS];
	deny->next = *bucket;
	*bucket = deny;
	held = row_of_deny(deny);
	index_pending_deny_add(store->index, &held);
}

bool pending_deny_is_wide(struct store *store, const struct permission *row)
{
	uint64_t hash = hash_of(row);
	const struct pending_deny *deny = first_of(store, hash);

	while (deny && !(deny->all_kinds && is_of_triple(deny, hash, row)))
		deny = deny->next;
	return deny != NULL;
}

/** A word for these kinds, or the one to all that it comes after. */
bool pending_deny_expect(struct store *store, const struct permission *row)
{
	uint64_t hash = hash_of(row);
	bool is_expected = false;

	for (struct pending_deny *deny = first_of(store, hash); deny;
	     deny = deny->next) {
		bool is_over =
			is_for_kinds(deny, row) ||
			(deny->all_kinds &&
			 (row->all_kinds || row->state == PERMISSION_GRANTED));

		if (!is_over || !is_of_triple(deny, hash, row))
			continue;
		snprintf(deny->etag, sizeof(deny->etag), "%s", row->etag);
		is_expected = true;
	}
	return is_expected;
}

void pending_deny_remove(struct store *store, const struct permission *row)
{
	uint64_t hash = hash_of(row);
	struct pending_deny **at = bucket_of(store, hash), *deny;
	struct permission held;

	while (at && (deny = *at)) {
		if (!is_of_triple(deny, hash, row) ||
		    strcmp(deny->etag, row->etag) != 0) {
			at = &deny->next;
			continue;
		}
		*at = deny->next;
		held = row_of_deny(deny);
		index_pending_deny_remove(store->index, &held);
		pending_deny_free(deny);
		store->pending_denies->n--;
	}
	if (store->pending_denies && store->pending_denies->n == 0)
		pending_denies_free(store);
}

void pending_denies_free(struct store *store)
{
	struct pending_deny *deny, *next;

	for (size_t i = 0; store->pending_denies && i < BUCKETS; i++) {
		for (deny = store->pending_denies->buckets[i]; deny;
		     deny = next) {
			next = deny->next;
			pending_deny_free(deny);
		}
	}
	free(store->pending_denies);
	store->pending_denies = NULL;
}
