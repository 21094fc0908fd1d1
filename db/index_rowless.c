/*
 * Denies of which only the hash is known: the record of revocations has them,
 * the store has no row.  A look-up asks for each scope of the request under
 * each key of the record; usually there is none of them, and it costs one
 * comparison.
 */
#include "db/index_parts.h"

#include "server/base/text.h"
#include "server/base/uri.h"

void index_set_keys(struct index *index, const struct hash_key *keys, size_t n)
{
	memcpy(index->rowless.keys, keys, n * sizeof(*keys));
	index->rowless.n_keys = n;
}

/** A domain without case; else the person that a name is one spelling of. */
static void add_person(struct text *text, const char *name)
{
	bool is_domain = scope_kind(name) == SCOPE_DOMAIN;
	char person[URI_KEY_ROOM];

	if (!is_domain && uri_key_person(name, person))
		name = person;
	for (const char *c = name; *c; c++) {
		bool is_upper = is_domain && *c >= 'A' && *c <= 'Z';
		char lower = is_upper ? (char)(*c - 'A' + 'a') : *c;

		text_add_bytes(text, &lower, 1);
	}
	text_add(text, "\n");
}

struct hash128 revocation_hash(const struct hash_key *key, const char *sender,
			       const char *target, const char *recipient)
{
	struct hash128 hash;
	struct text text;

	text_init(&text, NULL);
	text_printf(&text, "%s\n%s\n%s", sender, target, recipient);
	hash = hash_128(key, text.at, text.len);
	text_clear(&text);
	add_person(&text, sender);
	add_person(&text, target);
	add_person(&text, recipient);
	hash.a = hash_128(key, text.at, text.len).a;
	text_release(&text);
	return hash;
}

static bool occurs(const struct index *index)
{
	return atomic_load_explicit(&index->rowless.n, memory_order_acquire) >
	       0;
}

void index_rowless_add(struct index *index, struct hash128 hash,
		       enum permission_origin origin, int64_t expires_at)
{
	struct rowless *rowless = &index->rowless;
	struct slot *slot;

	pthread_mutex_lock(&rowless->lock);
	slot = table_make(&rowless->table, hash);
	slot->state = SLOT_DENIED;
	slot->origin = origin;
	slot->expires_at = (uint64_t)expires_at;
	rowless->n = rowless->table.used;
	atomic_fetch_add(&index->version, 1);
	pthread_mutex_unlock(&rowless->lock);
}

/** Under any key and spelling; the recipient's own first.  Under the lock. */
static const struct slot *find(const struct rowless *rowless,
			       const char *sender, const char *target,
			       const char *recipient)
{
	const struct slot *found = NULL, *slot;

	for (size_t i = 0; i < rowless->n_keys; i++) {
		struct hash128 hash = revocation_hash(&rowless->keys[i], sender,
						      target, recipient);

		for (slot = table_first(&rowless->table, hash.a); slot;
		     slot = table_next(&rowless->table, slot))
			if (!found || slot->origin == ORIGIN_RECIPIENT)
				found = slot;
	}
	return found;
}

void index_rowless_remove(struct index *index, const char *sender,
			  const char *target, const char *recipient)
{
	struct rowless *rowless = &index->rowless;
	const struct slot *slot;

	if (!occurs(index))
		return;
	pthread_mutex_lock(&rowless->lock);
	while ((slot = find(rowless, sender, target, recipient)))
		table_remove(&rowless->table,
			     table_find(&rowless->table, slot->hash));
	rowless->n = rowless->table.used;
	atomic_fetch_add(&index->version, 1);
	pthread_mutex_unlock(&rowless->lock);
}

bool index_rowless_find(const struct index *index, const char *sender,
			const char *target, const char *recipient,
			struct permission *ret)
{
	/* Looking takes the lock; the caller sees no change of the index. */
	struct rowless *rowless = (struct rowless *)(uintptr_t)&index->rowless;
	const struct slot *slot;

	if (!occurs(index))
		return false;
	pthread_mutex_lock(&rowless->lock);
	slot = find(rowless, sender, target, recipient);
	if (slot)
		*ret = (struct permission){
			.sender = sender,
			.target = target,
			.recipient = recipient,
			.recipient_uri = recipient,
			.etag = "",
			.state = PERMISSION_DENIED,
			.origin = (enum permission_origin)slot->origin,
			.expires_at = (int64_t)slot->expires_at};
	pthread_mutex_unlock(&rowless->lock);
	return slot != NULL;
}

/** A deny takes the place of the row with the same scopes. */
static size_t merge(struct permission *rows, size_t n,
		    const struct permission *deny)
{
	size_t i = 0;

	while (i < n && (rows[i].sender != deny->sender ||
			 rows[i].target != deny->target))
		i++;
	if (i == INDEX_ROWS_MAX)
		return n;
	if (i == n || rows[i].state != PERMISSION_DENIED ||
	    deny->origin == ORIGIN_RECIPIENT)
		rows[i] = *deny;
	return i == n ? n + 1 : n;
}

size_t rowless_merge(const struct index *index, const struct index_query *query,
		     const char *recipient, size_t n,
		     struct permission rows[INDEX_ROWS_MAX])
{
	struct permission deny;

	for (size_t i = 0; occurs(index) && i < query->n; i++) {
		const struct scope *scope = &query->scopes[i];

		if (scope->kind != SCOPE_INVALID &&
		    index_rowless_find(index, scope->sender, scope->target,
				       recipient, &deny))
			n = merge(rows, n, &deny);
	}
	return n;
}

size_t index_rowless_count(const struct index *index)
{
	return index->rowless.n;
}
