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
	index->any_sender = hash_text(&index->sender_key, ANY);
	index->anonymous = hash_text(&index->sender_key, ANONYMOUS);
	index->any_target = hash_text(&index->target_key, ANY);
	index->version = 1;
	index->denies = denies_new();
	return index;
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

/* ---- hashes ----------------------------------------------------------- */

/** Domains compare without case (match_sender() does too). */
static struct hash128 hash_domain(const struct index *index, const char *scope)
{
	char short_one[256] = "";
	size_t len = strlen(scope);
	char *lower = len < sizeof(short_one) ? short_one : mem_take(len);
	struct hash128 hash;

	for (size_t i = 0; i < len; i++) {
		char c = scope[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	hash = hash_128(&index->sender_key, lower, len);
	if (lower != short_one)
		free(lower);
	return hash;
}

static struct hashed_target hash_target(const struct index *index,
					const char *target)
{
	return (struct hashed_target){target,
				      hash_name(&index->target_key, target),
				      strcmp(target, ANY) == 0};
}

static struct hash128 hash_sender(const struct index *index, const char *sender,
				  enum scope_kind kind)
{
	return kind == SCOPE_DOMAIN ? hash_domain(index, sender)
				    : hash_name(&index->sender_key, sender);
}

struct scope scope_of(const struct index *index, const char *sender,
		      const char *target)
{
	struct hashed_target of = hash_target(index, target);
	enum scope_kind kind = scope_kind(sender);

	return (struct scope){
		.hash = mix(hash_sender(index, sender, kind), of.hash),
		.kind = kind,
		.form = of.form,
		.sender = sender,
		.target = target};
}

struct shard *shard_of(const struct index *index, struct hash128 recipient)
{
	const struct shard *shard = &index->shards[recipient.a % SHARDS];

	/* Looking takes the lock; the caller sees no change of the index. */
	return (struct shard *)(uintptr_t)shard;
}

/* ---- looking ---------------------------------------------------------- */

static void add_scope(struct index_query *query, struct scope scope)
{
	struct hash128 hash = scope.hash;

	for (int i = 0; i < TARGET_FORMS; i++) {
		scope.hash = mix(hash, query->targets[i].hash);
		scope.form = query->targets[i].form;
		scope.target = query->targets[i].text;
		query->scopes[query->n++] = scope;
	}
}

/*
 * A deny for a tel URI counts for a sip sender of that number: it is looked for
 * under the tel URI as well.  The other way round each deny for such a sip
 * sender has a second slot under the tel URI (index_change.c), which is there
 * for tel senders only: two sip senders of one number are not the same.
 */
static void add_number(const struct index *index, struct arena *arena,
		       struct index_query *query, const char *aor)
{
	char number[URI_KEY_ROOM];

	if (!uri_key_number(aor, number))
		return;
	add_scope(query,
		  (struct scope){.hash = hash_name(&index->sender_key, number),
				 .kind = SCOPE_ONE,
				 .denies_only = true,
				 .is_number = true,
				 .sender = arena_strdup(arena, number)});
}

static void add_aor(const struct index *index, struct arena *arena,
		    struct index_query *query, const char *aor)
{
	struct view domain = uri_key_domain(aor);
	struct scope scope = {.kind = scope_kind(aor), .sender = aor};
	struct text text;

	scope.hash = hash_sender(index, aor, scope.kind);
	add_scope(query, scope);
	add_number(index, arena, query, aor);
	if (!domain.len)
		return;
	text_init(&text, arena);
	text_add(&text, "*@");
	text_add_view(&text, domain);
	scope = (struct scope){.kind = scope_kind(text.at),
			       .denies_only = domain.at[domain.len] == ':',
			       .sender = text.at};
	scope.hash = hash_sender(index, text.at, scope.kind);
	add_scope(query, scope);
}

static struct index_query *query_new(const struct index *index,
				     struct arena *arena, const char *target)
{
	struct index_query *query = arena_alloc(arena, sizeof(*query));

	query->target = arena_strdup(arena, target);
	query->targets[0] = hash_target(index, query->target);
	query->targets[1] = (struct hashed_target){ANY, index->any_target, 1};
	return query;
}

static void add_many(const struct index *index, struct index_query *query)
{
	add_scope(query, (struct scope){.hash = index->any_sender,
					.kind = SCOPE_MANY,
					.sender = ANY});
}

static void add_anybody(const struct index *index, struct index_query *query)
{
	add_scope(query, (struct scope){.hash = index->anonymous,
					.kind = SCOPE_ANYBODY,
					.sender = ANONYMOUS});
}

struct index_query *index_query_new(const struct index *index,
				    struct arena *arena,
				    const struct identity *sender,
				    const char *target)
{
	struct index_query *query = query_new(index, arena, target);

	query->is_known = sender && sender->method != IDENTITY_NONE;
	for (int i = 0; query->is_known && i < 2; i++) {
		if (!sender->aor[i])
			continue;
		query->sender.aor[i] = arena_strdup(arena, sender->aor[i]);
		add_aor(index, arena, query, query->sender.aor[i]);
	}
	if (query->is_known) {
		query->sender.method = sender->method;
		add_many(index, query);
	}
	add_anybody(index, query);
	return query;
}

struct index_query *index_query_within(const struct index *index,
				       struct arena *arena, const char *sender,
				       const char *target)
{
	struct index_query *query = query_new(index, arena, target);
	enum scope_kind kind = scope_kind(sender);

	if (kind == SCOPE_ONE)
		add_aor(index, arena, query, arena_strdup(arena, sender));
	else if (kind == SCOPE_DOMAIN)
		add_scope(
			query,
			(struct scope){.hash = hash_domain(index, sender),
				       .kind = kind,
				       .sender = arena_strdup(arena, sender)});
	if (kind != SCOPE_ANYBODY && kind != SCOPE_INVALID)
		add_many(index, query);
	add_anybody(index, query);
	return query;
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

/** The row of these keys, and a deny under other keys: at most two. */
static size_t find_scope(const struct table *table, const struct scope *scope,
			 struct hash128 hash, const char *recipient,
			 struct permission *ret)
{
	const struct slot *slot = table_first(table, hash.a), *deny = NULL;
	size_t n = 0;

	for (; slot; slot = table_next(table, slot)) {
		if (slot->hash.b == hash.b && !scope->denies_only)
			ret[n++] = row_of(slot, scope, recipient);
		else if (slot_denies(slot, scope) && is_stronger(slot, deny))
			deny = slot;
	}
	if (deny)
		ret[n++] = row_of(deny, scope, recipient);
	return n;
}

static size_t find(const struct index *index, const struct index_query *query,
		   const char *recipient, struct hash128 hash,
		   struct permission ret[INDEX_ROWS_MAX])
{
	struct shard *shard = shard_of(index, hash);
	size_t n = 0;

	pthread_mutex_lock(&shard->lock);
	for (size_t i = 0; i < query->n; i++) {
		const struct scope *scope = &query->scopes[i];

		if (index_scope_occurs(index, scope))
			n += find_scope(&shard->table, scope,
					mix(hash, scope->hash), recipient,
					ret + n);
	}
	pthread_mutex_unlock(&shard->lock);
	return rowless_occurs(index)
		       ? rowless_merge(index, query, recipient, n, ret)
		       : n;
}

size_t index_find(const struct index *index, const struct index_query *query,
		  const char *recipient, struct permission ret[INDEX_ROWS_MAX])
{
	return find(index, query, recipient,
		    hash_name(&index->recipient_key, recipient), ret);
}

struct hashed_name {
	const char *name;
	struct hash128 hash;
};

/* What the rows say of this recipient. */
static struct decision decide(const struct index *index,
			      const struct index_query *query,
			      struct hashed_name recipient, int64_t now,
			      struct permission *ret_row)
{
	struct permission rows[INDEX_ROWS_MAX];
	size_t n = find(index, query, recipient.name, recipient.hash, rows);
	struct facts facts = {.sender = query->is_known ? &query->sender : NULL,
			      .target = query->target,
			      .recipient = recipient.name,
			      .now = now};
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
