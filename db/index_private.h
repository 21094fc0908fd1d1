/*
 * index_private -- what the files of the index share; nobody else includes it.
 *
 *   index_query.c    what a request looks for
 *   index.c          looking, deciding, cached grants
 *   index_deny.c     what stands against a grant or a permission request
 *   index_change.c   changes
 *   index_tokens.c   deny tokens
 *   index_rowless.c  denies without a row
 *   index_table.c    one shard
 */
#ifndef VOLENS_DB_INDEX_PRIVATE_H
#define VOLENS_DB_INDEX_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "db/index.h"
#include "db/index_table.h"
#include "policies/match.h"
#include "server/base/uri.h"

#define SHARDS 256
#define TARGET_FORMS 3 /**< one, any, any of a domain that it names */
/* An address, its number, its domain: of two addresses; "*", "anonymous". */
#define SCOPES_MAX (8 * TARGET_FORMS)

/** All triples of a recipient are in one shard: one lock for a look-up. */
struct shard {
	pthread_mutex_t lock;
	struct table table;
};

#define DENY_BLOCKS 65536
#define DENY_WORDS 8 /**< 64 bytes a block: 4 MiB, touched as it fills */
struct denies {
	atomic_uint_fast64_t bits[DENY_BLOCKS][DENY_WORDS];
};
struct denies *denies_new(void);
void denies_free(struct denies *denies);

/*
 * The hash of a triple is the hash of its recipient XOR those of its sender
 * scope and target, each under a key of its own: so a look-up hashes only the
 * recipient, and the scopes of a request are hashed once.  Its first half is
 * made from the person's one key (uri_key_person()), its second from the key as
 * it is.  A look-up finds all that agree in the first half: of these a grant
 * counts where the second half agrees too, a deny in any case.
 */
/** Denies without a row, by their hash in the record. */
struct rowless {
	pthread_mutex_t lock; /**< of the table */
	struct table table;
	atomic_size_t n; /**< used slots; usually none */
	struct hash_key keys[INDEX_KEYS_MAX];
	size_t n_keys;
};

struct index {
	struct shard shards[SHARDS];
	struct hash_key recipient_key, sender_key, target_key, kind_key;
	/* Each request asks for these. */
	struct hash128 any_sender, anonymous, any_target;
	struct domains domains; /**< beside the first */
	/* How many triples there are of each form, pending ones included: what
	 * does not occur is not looked for. */
	atomic_size_t forms[SCOPE_INVALID][TARGET_FORMS];
	struct rowless rowless;
	atomic_size_t rows;
	atomic_size_t bytes;
	/* Triples whose sender is a tel URI: usually none. */
	atomic_size_t tels;
	/*
	 * Incremented by each change: after it is made, before its function
	 * returns.  A reader loads it before it looks; while it loads the same
	 * value again, no change has returned since, and what it found stands.
	 * Loads and increments are seq_cst.  Store buffering with the flag
	 * has_asked of a sender (server/sip/client_txn.c): one thread stores
	 * the flag and loads the version, the other one increments the version
	 * and loads the flag; one of them sees the other.  From 1; 0 is never.
	 */
	atomic_uint_fast64_t version;
	_Atomic int64_t newest_at; /**< the latest instant seen */
	struct denies *denies;
};

struct scope {
	struct hash128 hash; /**< that of the rows for messages */
	enum scope_kind kind;
	int form;	  /**< of the target: 1: "*", 2: "*@domain" */
	bool denies_only; /**< a grant of this scope is none here */
	bool is_number;	  /**< the tel URI of a sip sender: see add_number() */
	const char *sender, *target;
};

/** A target with its hash. */
struct hashed_target {
	const char *text;
	struct hash128 hash;
	int form;
	bool denies_only;
};

struct index_query {
	struct identity sender;
	bool is_known;
	const char *target;
	struct hashed_target targets[TARGET_FORMS];
	size_t n_targets;
	size_t n;
	struct kinds kind;
	struct hash128
		kind_hash; /**< of a kind with a name of its own, else 0 */
	struct scope scopes[SCOPES_MAX];
};

static inline struct hash128 hash_text(const struct hash_key *key,
				       const char *text)
{
	return hash_128(key, text, strlen(text));
}

static inline struct hash128 mix(struct hash128 a, struct hash128 b)
{
	return (struct hash128){a.a ^ b.a, a.b ^ b.b};
}

/** Hash of a name: the first half that of its person, the second its own. */
static inline struct hash128 hash_name(const struct hash_key *key,
				       const char *name)
{
	struct hash128 hash = hash_text(key, name);
	char person[URI_KEY_ROOM];

	if (uri_key_person(name, person))
		hash.a = hash_text(key, person).a;
	return hash;
}

/**
 * What the kinds of a row add to its hash: nothing where they are messages
 * alone, as most are.  Known kinds stand with the others of the triple, which a
 * look-up reads anyway; a kind with a name of its own stands elsewhere.
 */
static inline struct hash128 hash_set(unsigned set)
{
	return (struct hash128){0, (set ^ KIND_MESSAGE) *
					   UINT64_C(0x9e3779b97f4a7c15)};
}

static inline struct hash128 hash_kinds(const struct index *index,
					struct kinds kinds)
{
	return kinds.set == KIND_NAMED ? hash_text(&index->kind_key, kinds.name)
				       : hash_set(kinds.set);
}

/** Usually there is none: then nothing is asked further. */
static inline bool rowless_occurs(const struct index *index)
{
	return atomic_load_explicit(&index->rowless.n, memory_order_acquire) >
	       0;
}

struct scope scope_of(const struct index *index, const char *sender,
		      const char *target);
/** Add the denies without a row to @p n rows that were found.  @return how
 *  many there are then */
size_t rowless_merge(const struct index *index, const struct index_query *query,
		     const char *recipient, size_t n,
		     struct permission rows[INDEX_ROWS_MAX]);
struct shard *shard_of(const struct index *index, struct hash128 recipient);
/** The scopes that cover all that a scope does. */
struct index_query *index_query_within(const struct index *index,
				       struct arena *arena,
				       const struct permission *row);
bool index_scope_occurs(const struct index *index, const struct scope *scope);
static inline bool slot_grants(const struct slot *slot)
{
	return slot->state == SLOT_GRANTED || slot->state == SLOT_UNTOLD;
}
bool slot_denies(const struct slot *slot, const struct scope *scope);
/** Is what it says, of a slot that a query for this kind leads to, for it? */
bool slot_is_for(const struct slot *slot, struct kinds kind);
/** Nothing that ended comes back with a clock that is set back. */
int64_t index_instant(const struct index *index, int64_t now);
/** @p kind_name: of the query, where its kind has a name of its own. */
static inline struct permission row_of(const struct slot *slot,
				       const struct scope *scope,
				       const char *recipient,
				       const char *kind_name)
{
	struct permission row = {.id = (int64_t)slot->id,
				 .sender = scope->sender,
				 .target = scope->target,
				 .recipient = recipient,
				 .recipient_uri = recipient,
				 .etag = ""};

	row.kinds.set = (uint16_t)slot->kinds;
	if (slot->kinds == KIND_NAMED)
		row.kinds.name = kind_name;
	row.all_kinds = slot->state == SLOT_DENIED && slot->all_kinds;
	if (slot->pending_denies > 0) {
		row.state = PERMISSION_DENIED;
		row.origin = ORIGIN_RECIPIENT;
		return row;
	}
	row.state = slot_grants(slot) ? PERMISSION_GRANTED : PERMISSION_DENIED;
	if (slot->state == SLOT_UNTOLD)
		row.notice = NOTICE_DUE;
	row.origin = (enum permission_origin)slot->origin;
	row.expires_at = (int64_t)slot->expires_at;
	return row;
}

#endif
