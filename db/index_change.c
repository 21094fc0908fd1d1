/* Changes of the index: all under the lock of their shard. */
#include "db/index_private.h"

#include "server/base/uri.h"

enum index_change {
	CHANGE_PUT,
	CHANGE_DENY,
	CHANGE_REMOVE,
	CHANGE_PENDING_DENY_ADD,
	CHANGE_PENDING_DENY_REMOVE
};

static bool decides(const struct permission *row)
{
	return row->state == PERMISSION_GRANTED ||
	       row->state == PERMISSION_DENIED;
}

/** 0 is never. */
static bool is_before(uint64_t a, uint64_t b)
{
	return a != 0 && (b == 0 || a < b);
}

/** Would @p row, in the place of what is there, allow less, or as little? */
static bool is_tighter(const struct slot *slot, const struct permission *row)
{
	uint64_t ends_at = (uint64_t)row->expires_at;
	bool is_deny = row->state == PERMISSION_DENIED;

	if (slot_grants(slot))
		return row->state != PERMISSION_GRANTED ||
		       is_before(ends_at, slot->expires_at);
	if (slot->state == SLOT_NONE)
		return is_deny;
	if (slot->all_kinds != row->all_kinds)
		return is_deny && row->all_kinds;
	if (row->origin == ORIGIN_RECIPIENT) /* their deny has no end */
		return is_deny;
	return is_deny && slot->origin != ORIGIN_RECIPIENT &&
	       !is_before(ends_at, slot->expires_at);
}

static enum slot_state state_of(const struct permission *row)
{
	if (row->state != PERMISSION_GRANTED)
		return SLOT_DENIED;
	return row->notice == NOTICE_DUE ? SLOT_UNTOLD : SLOT_GRANTED;
}

static void apply(struct slot *slot, enum index_change what,
		  const struct permission *row)
{
	switch (what) {
	case CHANGE_PUT:
		slot->id = (uint64_t)row->id;
		slot->state = state_of(row);
		slot->origin = row->origin;
		slot->all_kinds = row->all_kinds;
		slot->expires_at = (uint64_t)row->expires_at;
		break;
	case CHANGE_DENY:
		if (is_tighter(slot, row))
			apply(slot, decides(row) ? CHANGE_PUT : CHANGE_REMOVE,
			      row);
		break;
	case CHANGE_REMOVE:
		slot->id = 0;
		slot->state = SLOT_NONE;
		break;
	case CHANGE_PENDING_DENY_ADD:
		slot->pending_denies++;
		break;
	case CHANGE_PENDING_DENY_REMOVE:
		if (slot->pending_denies > 0)
			slot->pending_denies--;
		break;
	}
}

static bool makes_slot(enum index_change what, const struct permission *row)
{
	return what == CHANGE_PUT || what == CHANGE_PENDING_DENY_ADD ||
	       (what == CHANGE_DENY && row->state == PERMISSION_DENIED);
}

/** What a change did to the number of slots and of rows. */
struct effect {
	bool happened;
	size_t slots, rows; /**< modulo 2^n: a loss wraps around */
};

/** Change the slot of one hash. */
static struct effect change_slot(struct index *index, struct table *table,
				 struct hash128 hash, enum index_change what,
				 const struct permission *row)
{
	size_t used = table->used, size = table->size;
	struct slot *slot = makes_slot(what, row) ? table_make(table, hash)
						  : table_find(table, hash);
	struct effect effect = {.happened = slot != NULL};
	bool had_row;

	if (!slot)
		return effect;
	had_row = slot->state != SLOT_NONE;
	slot->kinds = kinds_or_message(row->kinds).set;
	apply(slot, what, row);
	effect.rows = (size_t)(slot->state != SLOT_NONE) - (size_t)had_row;
	if (!slot_is_used(slot))
		table_remove(table, slot);
	effect.slots = table->used - used;
	index->bytes += (table->size - size) * sizeof(*slot);
	return effect;
}

/**
 * The second slot of a deny for a sip URI with a telephone number: under the
 * tel URI, for senders that come with that alone.  A grant has none.
 */
static void change_number(struct index *index, struct table *table,
			  const struct permission *row, struct hash128 own,
			  enum index_change what)
{
	bool is_deny = row->state == PERMISSION_DENIED;
	char number[URI_KEY_ROOM];
	struct hash128 hash;
	struct slot *slot;

	if (!uri_key_number(row->sender, number) ||
	    (what == CHANGE_DENY && !is_deny))
		return;
	hash.a = own.a ^ hash_name(&index->sender_key, row->sender).a ^
		 hash_name(&index->sender_key, number).a;
	hash.b = own.b;
	if (what == CHANGE_PUT && !is_deny)
		what = CHANGE_REMOVE;
	(void)change_slot(index, table, hash, what, row);
	slot = table_find(table, hash);
	if (slot)
		slot->is_number = 1;
}

/** Where a row stands, and how the books have it. */
struct place {
	struct table *table;
	struct scope scope;
	struct hash128 hash;
};

static bool change_at(struct index *index, const struct place *at,
		      enum index_change what, const struct permission *row)
{
	struct effect effect =
		change_slot(index, at->table, at->hash, what, row);

	if (!effect.happened)
		return false;
	change_number(index, at->table, row, at->hash, what);
	index->rows += effect.rows;
	index->forms[at->scope.kind][at->scope.form] += effect.slots;
	if (strncmp(row->sender, "tel:", 4) == 0)
		index->tels += effect.slots;
	return true;
}

/*
 * A kind with a name of its own stands apart, where only who asks for it looks;
 * as a deny of all kinds it stands with the others.
 */
static bool change_named(struct index *index, struct place *at,
			 enum index_change what, const struct permission *row)
{
	uint64_t apart = hash_kinds(index, row->kinds).a;
	bool is_wide = row->state == PERMISSION_DENIED && row->all_kinds;
	bool happened = false;

	if (what == CHANGE_REMOVE || (what == CHANGE_PUT && is_wide))
		happened = change_at(index, at, CHANGE_REMOVE, row);
	at->hash.a ^= apart;
	if (what == CHANGE_PUT && !is_wide)
		happened = change_at(index, at, CHANGE_REMOVE, row);
	if (!is_wide && what != CHANGE_REMOVE)
		at->hash.a ^= apart;
	return change_at(index, at, what, row) || happened;
}

/** Change the slot of a row, and keep the books. */
static void change(struct index *index, enum index_change what,
		   const struct permission *row)
{
	struct kinds kinds = kinds_or_message(row->kinds);
	struct hash128 hash = hash_name(&index->recipient_key, row->recipient);
	struct shard *shard = shard_of(index, hash);
	struct place at = {&shard->table,
			   scope_of(index, row->sender, row->target), hash};
	bool happened;

	if (at.scope.kind == SCOPE_INVALID)
		return; /* matches nobody */
	at.hash = mix(mix(hash, at.scope.hash), hash_kinds(index, kinds));
	pthread_mutex_lock(&shard->lock);
	happened = kinds.set == KIND_NAMED ? change_named(index, &at, what, row)
					   : change_at(index, &at, what, row);
	if (happened)
		atomic_fetch_add(&index->version, 1);
	pthread_mutex_unlock(&shard->lock);
}

void index_put(struct index *index, const struct permission *row)
{
	change(index, decides(row) ? CHANGE_PUT : CHANGE_REMOVE, row);
}

void index_apply_deny(struct index *index, const struct permission *row)
{
	change(index, CHANGE_DENY, row);
}

void index_remove(struct index *index, const struct permission *row)
{
	change(index, CHANGE_REMOVE, row);
}

/** One of all kinds stands by itself. */
static void change_pending(struct index *index, enum index_change what,
			   const struct permission *row)
{
	struct permission denied = *row;

	if (row->all_kinds)
		denied.kinds = (struct kinds){KINDS_ALL, NULL};
	change(index, what, &denied);
}

void index_pending_deny_add(struct index *index, const struct permission *row)
{
	change_pending(index, CHANGE_PENDING_DENY_ADD, row);
}

void index_pending_deny_remove(struct index *index,
			       const struct permission *row)
{
	change_pending(index, CHANGE_PENDING_DENY_REMOVE, row);
}
