#include "db/index_private.h"

#include "server/base/random.h"
#include "server/base/text.h"
#include "server/base/uri.h"

#define ANY "*"
#define ANONYMOUS "anonymous"
#define SENT_FOR 16 /**< recipients whose memory is sent for together */

struct index *index_new(void)
{
	struct index *index = mem_alloc(sizeof(*index));

	memset(index, 0, sizeof(*index));
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_init(&index->shards[i].lock, NULL);
	pthread_mutex_init(&index->rowless.lock, NULL);
	random_bytes(&index->recipient_key, sizeof(index->recipient_key));
	random_bytes(&index->sender_key, sizeof(index->sender_key));
	random_bytes(&index->target_key, sizeof(index->target_key));
	random_bytes(&index->kind_key, sizeof(index->kind_key));
	index->any_sender = hash_text(&index->sender_key, ANY);
	index->anonymous = hash_text(&index->sender_key, ANONYMOUS);
	index->any_target = hash_text(&index->target_key, ANY);
	index->version = 1;
	index->denies = denies_new();
	return index;
}

void index_set_domains(struct index *index, const struct domains *domains)
{
	index->domains = *domains;
}

bool index_are_one(const struct index *index, const char *target,
		   const char *other)
{
	return domains_are_one(&index->domains, target, other);
}

void index_free(struct index *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		table_release(&index->shards[i].table);
		pthread_mutex_destroy(&index->shards[i].lock);
	}
	denies_free(index->denies);
	table_release(&index->rowless.table);
	pthread_mutex_destroy(&index->rowless.lock);
	free(index);
}

/* ---- looking ---------------------------------------------------------- */

struct shard *shard_of(const struct index *index, struct hash128 recipient)
{
	const struct shard *shard = &index->shards[recipient.a % SHARDS];

	/* Looking takes the lock; the caller sees no change of the index. */
	return (struct shard *)(uintptr_t)shard;
}

bool index_scope_occurs(const struct index *index, const struct scope *scope)
{
	if (scope->is_number &&
	    atomic_load_explicit(&index->tels, memory_order_relaxed) == 0)
		return false;
	return scope->kind != SCOPE_INVALID &&
	       atomic_load_explicit(&index->forms[scope->kind][scope->form],
				    memory_order_relaxed) > 0;
}

bool slot_denies(const struct slot *slot, const struct scope *scope)
{
	/* What stands there for tel senders is none of a sip sender. */
	if (slot->is_number && scope->is_number)
		return false;
	return slot->pending_denies > 0 || slot->state == SLOT_DENIED;
}

bool slot_is_for(const struct slot *slot, struct kinds kind)
{
	return (slot->kinds & kind.set) ||
	       (slot->state == SLOT_DENIED && slot->all_kinds);
}

/** Of two denies of one person the one that ends later, if ever, is enough. */
static bool is_stronger(const struct slot *a, const struct slot *b)
{
	if (!b)
		return true;
	if (b->pending_denies > 0 || b->origin == ORIGIN_RECIPIENT ||
	    !b->expires_at)
		return false;
	return a->pending_denies > 0 || a->origin == ORIGIN_RECIPIENT ||
	       !a->expires_at || a->expires_at > b->expires_at;
}

struct hashed_name {
	const char *name;
	struct hash128 hash;
};

/** What was found of one scope. */
struct found {
	const struct slot *grant; /**< of the very keys; there is one at most */
	const struct slot *own, *other; /**< denies, of these keys and others */
};

/** Look at the slots of one hash: of a triple in all its spellings. */
static void find_slots(const struct table *table, const struct scope *scope,
		       struct hash128 hash, struct kinds kind,
		       struct found *found)
{
	const struct slot *slot = table_first(table, hash.a);

	for (; slot; slot = table_next(table, slot)) {
		uint64_t keys = hash.b;
		bool is_own;

		if (!slot_is_for(slot, kind))
			continue;
		if (slot->kinds != KIND_NAMED)
			keys ^= hash_set(slot->kinds).b;
		is_own = slot->hash.b == keys && !scope->denies_only;
		if (slot_denies(slot, scope)) {
			const struct slot **deny =
				is_own ? &found->own : &found->other;

			if (is_stronger(slot, *deny))
				*deny = slot;
		} else if (is_own && slot_grants(slot)) {
			found->grant = slot;
		}
	}
}

/** At most three. */
static size_t find_scope(const struct index_query *query,
			 const struct table *table, const struct scope *scope,
			 struct hashed_name recipient, struct permission *ret)
{
	struct hash128 hash = mix(recipient.hash, scope->hash);
	struct found found = {NULL, NULL, NULL};
	const char *name = query->kind.name;
	size_t n = 0;

	find_slots(table, scope, hash, query->kind, &found);
	if (query->kind.set == KIND_NAMED)
		find_slots(table, scope, mix(hash, query->kind_hash),
			   query->kind, &found);
	if (found.grant)
		ret[n++] = row_of(found.grant, scope, recipient.name, name);
	if (found.own)
		ret[n++] = row_of(found.own, scope, recipient.name, name);
	if (found.other)
		ret[n++] = row_of(found.other, scope, recipient.name, name);
	return n;
}

static size_t find(const struct index *index, const struct index_query *query,
		   struct hashed_name recipient,
		   struct permission ret[INDEX_ROWS_MAX])
{
	struct shard *shard = shard_of(index, recipient.hash);
	size_t n = 0;

	pthread_mutex_lock(&shard->lock);
	for (size_t i = 0; i < query->n; i++) {
		const struct scope *scope = &query->scopes[i];

		if (index_scope_occurs(index, scope))
			n += find_scope(query, &shard->table, scope, recipient,
					ret + n);
	}
	pthread_mutex_unlock(&shard->lock);
	return rowless_occurs(index)
		       ? rowless_merge(index, query, recipient.name, n, ret)
		       : n;
}

size_t index_find(const struct index *index, const struct index_query *query,
		  const char *recipient, struct permission ret[INDEX_ROWS_MAX])
{
	return find(
		index, query,
		(struct hashed_name){
			recipient, hash_name(&index->recipient_key, recipient)},
		ret);
}

/* What the rows say of this recipient. */
static struct decision decide(const struct index *index,
			      const struct index_query *query,
			      struct hashed_name recipient, int64_t now,
			      struct permission *ret_row)
{
	struct permission rows[INDEX_ROWS_MAX];
	size_t n = find(index, query, recipient, rows);
	struct facts facts = {.sender = query->is_known ? &query->sender : NULL,
			      .target = query->target,
			      .recipient = recipient.name,
			      .now = now,
			      .kind = query->kind};
	struct decision decision = consent_decide(&facts, rows, n);

	if (decision.row) {
		*ret_row = *decision.row;
		decision.row = ret_row;
	}
	return decision;
}

int64_t index_instant(const struct index *index, int64_t now)
{
	int64_t newest =
		atomic_load_explicit(&index->newest_at, memory_order_relaxed);

	return now < newest ? newest : now;
}

struct decision index_decide(const struct index *index,
			     const struct index_query *query,
			     const char *recipient, int64_t now,
			     struct permission *ret_row)
{
	now = index_instant(index, now);
	return decide(
		index, query,
		(struct hashed_name){
			recipient, hash_name(&index->recipient_key, recipient)},
		now, ret_row);
}

/* ---- cached grants -------------------------------------------------- */

static uint64_t version_of(const struct index *index)
{
	return atomic_load(&index->version);
}

/*
 * Between its instants the same rows lead to the same yes: as time goes on rows
 * only leave the decision; the denies that had left stay out, and the granted
 * row, which was the narrowest, is there until it ends.
 */
static bool is_valid(const struct index *index,
		     const struct cached_grant *cached, int64_t now)
{
	return cached->version == version_of(index) && now >= cached->from &&
	       (cached->until == 0 || now < cached->until);
}

static enum verdict cached_grant_fill(const struct index *index,
				      const struct index_query *query,
				      struct hashed_name recipient, int64_t now,
				      struct cached_grant *cached)
{
	uint64_t version = version_of(index);
	struct permission row;
	struct decision decision = decide(index, query, recipient, now, &row);

	if (decision.verdict != VERDICT_GRANTED)
		*cached =
			(struct cached_grant){.row = decision.row ? row.id : 0};
	else
		*cached = (struct cached_grant){.row = row.id,
						.from = now,
						.until = row.expires_at,
						.version = version};
	return decision.verdict;
}

enum verdict index_decide_cached(const struct index *index,
				 const struct index_query *query,
				 const char *recipient, int64_t now,
				 struct cached_grant *cached)
{
	now = index_instant(index, now);
	if (is_valid(index, cached, now))
		return VERDICT_GRANTED;
	return cached_grant_fill(
		index, query,
		(struct hashed_name){
			recipient, hash_name(&index->recipient_key, recipient)},
		now, cached);
}

static void send_for(const struct index *index, const struct index_query *query,
		     struct hash128 hash)
{
	struct shard *shard = shard_of(index, hash);

	pthread_mutex_lock(&shard->lock);
	for (size_t i = 0; i < query->n; i++) {
		if (index_scope_occurs(index, &query->scopes[i]))
			table_prefetch(&shard->table,
				       mix(hash, query->scopes[i].hash));
	}
	pthread_mutex_unlock(&shard->lock);
}

void index_decide_all(const struct index *index,
		      const struct index_query *query,
		      struct index_lookup *lookups, size_t n, int64_t now)
{
	struct hash128 hashes[SENT_FOR];

	now = index_instant(index, now);
	for (size_t from = 0; from < n; from += SENT_FOR) {
		size_t some = n - from < SENT_FOR ? n - from : SENT_FOR;
		struct index_lookup *at = lookups + from;

		for (size_t i = 0; i < some; i++) {
			hashes[i] = hash_name(&index->recipient_key,
					      at[i].recipient);
			if (some > 1)
				send_for(index, query, hashes[i]);
		}
		for (size_t i = 0; i < some; i++)
			at[i].verdict = cached_grant_fill(
				index, query,
				(struct hashed_name){at[i].recipient,
						     hashes[i]},
				now, at[i].cached);
	}
}

/* ---- time and size ----------------------------------------------------- */

void index_note_time(struct index *index, int64_t now)
{
	int64_t newest = atomic_load(&index->newest_at);

	while (now > newest &&
	       !atomic_compare_exchange_weak(&index->newest_at, &newest, now))
		;
}

size_t index_count(const struct index *index)
{
	return index->rows;
}

size_t index_size(const struct index *index)
{
	return sizeof(*index) + index->bytes;
}
