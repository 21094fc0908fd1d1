/*
 * Denies of which only the hash is known: the record of revocations has them,
 * the store has no row.  A look-up asks for each scope of the request under
 * each key of the record; usually there is none of them, and it costs one
 * comparison.
 */
#include "db/index_private.h"

#include "server/base/text.h"
#include "server/base/uri.h"

void index_set_keys(struct index *index, const struct hash_key *keys, size_t n)
{
	memcpy(index->rowless.keys, keys, n * sizeof(*keys));
	index->rowless.n_keys = n;
}

/** A domain without case; else the person that a name is one spelling of.
 *  @return true where that differs from the name */
static bool add_person(struct text *text, const char *name)
{
	char person[URI_KEY_ROOM];
	size_t before = text->len;
	bool is_other = false;

	if (scope_kind(name) != SCOPE_DOMAIN) {
		is_other = uri_key_person(name, person);
		text_add(text, is_other ? person : name);
		return is_other;
	}
	text_add(text, name);
	for (char *c = text->at + before; *c; c++) {
		if (*c < 'A' || *c > 'Z')
			continue;
		*c = (char)(*c - 'A' + 'a');
		is_other = true;
	}
	return is_other;
}

/** Both halves are of one text where no name has another spelling. */
struct hash128 revocation_hash(const struct hash_key *key,
			       const struct permission *triple,
			       const char *kind)
{
	const char *const names[] = {triple->sender, triple->target,
				     triple->recipient};
	struct text written, persons;
	struct hash128 hash;
	bool is_other = false;

	text_init(&written, NULL);
	text_init(&persons, NULL);
	for (size_t i = 0; i < 3; i++) {
		text_add(&written, i ? "\n" : "");
		text_add(&written, names[i]);
		text_add(&persons, i ? "\n" : "");
		is_other |= add_person(&persons, names[i]);
	}
	if (kind) {
		text_printf(&written, "\n%s", kind);
		text_printf(&persons, "\n%s", kind);
	}
	hash = hash_128(key, written.at, written.len);
	if (is_other)
		hash.a = hash_128(key, persons.at, persons.len).a;
	text_release(&written);
	text_release(&persons);
	return hash;
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
			       const struct permission *triple,
			       const char *kind)
{
	const struct slot *found = NULL, *slot;

	for (size_t i = 0; i < rowless->n_keys; i++) {
		struct hash128 hash =
			revocation_hash(&rowless->keys[i], triple, kind);

		for (slot = table_first(&rowless->table, hash.a); slot;
		     slot = table_next(&rowless->table, slot))
			if (!found || slot->origin == ORIGIN_RECIPIENT)
				found = slot;
	}
	return found;
}

void index_rowless_remove(struct index *index, const struct permission *triple,
			  const char *kind)
{
	struct rowless *rowless = &index->rowless;
	const struct slot *slot;

	if (!rowless_occurs(index))
		return;
	pthread_mutex_lock(&rowless->lock);
	while ((slot = find(rowless, triple, kind)))
		table_remove(&rowless->table,
			     table_find(&rowless->table, slot->hash));
	rowless->n = rowless->table.used;
	atomic_fetch_add(&index->version, 1);
	pthread_mutex_unlock(&rowless->lock);
}

/** One of all kinds, else one of these.  Under the lock. */
static const struct slot *find_any(const struct rowless *rowless,
				   const struct permission *scopes,
				   bool *ret_is_all)
{
	struct kinds kinds = kinds_or_message(scopes->kinds);
	const struct slot *found = find(rowless, scopes, NULL);
	const char *kind;
	size_t at = 0;

	*ret_is_all = found != NULL;
	while (!found && (kind = kinds_each(kinds, &at)))
		found = find(rowless, scopes, kind);
	if (!found && kinds.set == KIND_NAMED)
		found = find(rowless, scopes, KINDS_OTHER_NAME);
	return found;
}

bool index_rowless_find(const struct index *index,
			const struct permission *scopes, struct permission *ret)
{
	/* Looking takes the lock; the caller sees no change of the index. */
	struct rowless *rowless = (struct rowless *)(uintptr_t)&index->rowless;
	const struct slot *slot;
	bool is_all;

	if (!rowless_occurs(index))
		return false;
	pthread_mutex_lock(&rowless->lock);
	slot = find_any(rowless, scopes, &is_all);
	if (slot)
		*ret = (struct permission){
			.sender = scopes->sender,
			.target = scopes->target,
			.recipient = scopes->recipient,
			.recipient_uri = scopes->recipient,
			.etag = "",
			.kinds = scopes->kinds,
			.all_kinds = is_all,
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

	for (size_t i = 0; i < query->n; i++) {
		const struct scope *scope = &query->scopes[i];
		const struct permission scopes = {.sender = scope->sender,
						  .target = scope->target,
						  .recipient = recipient,
						  .kinds = query->kind};

		if (scope->kind != SCOPE_INVALID &&
		    index_rowless_find(index, &scopes, &deny))
			n = merge(rows, n, &deny);
	}
	return n;
}

size_t index_rowless_count(const struct index *index)
{
	return index->rowless.n;
}
