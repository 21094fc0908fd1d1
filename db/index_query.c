/* What is looked for: the scopes of a request, hashed once. */
#include "db/index_private.h"

#include "server/base/text.h"
#include "server/base/uri.h"

#define ANY "*"
#define ANONYMOUS "anonymous"

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

static int form_of(const char *target)
{
	return !target_is_any(target) ? 0 : target[1] ? 2 : 1;
}

static struct hashed_target hash_target(const struct index *index,
					const char *target)
{
	return (struct hashed_target){target,
				      hash_name(&index->target_key, target),
				      form_of(target), false};
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

static void add_scope(struct index_query *query, struct scope scope)
{
	for (size_t i = 0; i < query->n_targets; i++) {
		const struct hashed_target *target = &query->targets[i];
		struct scope *each = &query->scopes[query->n++];

		*each = scope;
		each->hash = mix(scope.hash, target->hash);
		each->form = target->form;
		each->target = target->text;
		each->denies_only |= target->denies_only;
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

/*
 * What is for any target of that domain.  Of the first it is "*"; and a no to
 * "*@domain" from a time when it was a domain beside the first holds there too.
 */
static void add_any_target(const struct index *index, struct arena *arena,
			   struct index_query *query)
{
	const char *target = query->target, *at = strchr(target, '@');
	struct hashed_target named;

	if (at)
		named = hash_target(index, arena_printf(arena, "*%s", at));
	if (at && domains_of(&index->domains, target)) {
		query->targets[query->n_targets++] = named;
		return;
	}
	query->targets[query->n_targets++] =
		(struct hashed_target){ANY, index->any_target, 1, false};
	if (!at)
		return;
	named.denies_only = true;
	query->targets[query->n_targets++] = named;
}

static struct index_query *query_new(const struct index *index,
				     struct arena *arena, const char *target,
				     struct kinds kind)
{
	struct index_query *query = arena_alloc(arena, sizeof(*query));

	query->kind = kind;
	if (kind.set == KIND_NAMED) {
		query->kind.name = arena_strdup(arena, kind.name);
		query->kind_hash = hash_kinds(index, kind);
	}

	query->target = arena_strdup(arena, target);
	query->targets[0] = hash_target(index, query->target);
	query->n_targets = 1;
	add_any_target(index, arena, query);
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
				    const char *target, struct kinds kind)
{
	struct index_query *query = query_new(index, arena, target, kind);

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
				       struct arena *arena,
				       const struct permission *row)
{
	struct index_query *query = query_new(index, arena, row->target,
					      kinds_or_message(row->kinds));
	const char *sender = row->sender;
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
