/* Changes of the index: all under the lock of their shard. */
#include "db/index_parts.h"

#include "server/base/uri.h"

enum index_change {
	CHANGE_PUT,
	CHANGE_TIGHTEN,
	CHANGE_REMOVE,
	CHANGE_HOLD,
	CHANGE_RELEASE
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

	if (slot->state == SLOT_GRANTED)
		return row->state != PERMISSION_GRANTED ||
		       is_before(ends_at, slot->expires_at);
	if (slot->state == SLOT_NONE)
		return is_deny;
	if (row->origin == ORIGIN_RECIPIENT) /* his own no has no end */
		return is_deny;
	return is_deny && slot->origin != ORIGIN_RECIPIENT &&
	       !is_before(ends_at, slot->expires_at);
}

static void apply(struct slot *slot, enum index_change what,
		  const struct permission *row)
{
	switch (what) {
	case CHANGE_PUT:
		slot->id = (uint64_t)row->id;
		slot->state = row->state == PERMISSION_GRANTED ? SLOT_GRANTED
							       : SLOT_DENIED;
		slot->origin = row->origin;
		slot->expires_at = (uint64_t)row->expires_at;
		break;
	case CHANGE_TIGHTEN:
		if (is_tighter(slot, row))
			apply(slot, decides(row) ? CHANGE_PUT : CHANGE_REMOVE,
			      row);
		break;
	case CHANGE_REMOVE:
		slot->id = 0;
		slot->state = SLOT_NONE;
		break;
	case CHANGE_HOLD:
		slot->holds++;
		break;
	case CHANGE_RELEASE:
		if (slot->holds > 0)
			slot->holds--;
		break;
	}
}

/** Change the slot of a row, and keep the books. */
static void change(struct index *index, enum index_change what,
		   const struct permission *row)
{
	struct scope scope = scope_of(index, row->sender, row->target);
	struct hash128 hash = hash_text(&index->recipient_key, row->recipient);
	struct shard *shard = shard_of(index, hash);
	atomic_size_t *form;
	bool makes =
		what == CHANGE_PUT || what == CHANGE_HOLD ||
		(what == CHANGE_TIGHTEN && row->state == PERMISSION_DENIED);
	struct table *table = &shard->table;
	char plain[URI_MAX_LEN + 1];
	size_t used, size;
	bool had_row;
	struct slot *slot;

	if (scope.kind == SCOPE_INVALID)
		return; /* matches nobody */
	form = &index->forms[scope.kind][scope.form];
	hash = mix(hash, scope.hash);
	pthread_mutex_lock(&shard->lock);
	used = table->used;
	size = table->size;
	slot = makes ? table_make(table, hash) : table_find(table, hash);
	if (slot) {
		had_row = slot->state != SLOT_NONE;
		apply(slot, what, row);
		index->rows += (slot->state != SLOT_NONE) - (size_t)had_row;
		if (!slot_is_used(slot))
			table_remove(table, slot);
		*form += table->used - used;
		if (uri_key_plain(row->recipient, plain))
			index->strange += table->used - used;
		index->bytes += (table->size - size) * sizeof(*slot);
		atomic_fetch_add(&index->version, 1);
	}
	pthread_mutex_unlock(&shard->lock);
}

void index_put(struct index *index, const struct permission *row)
{
	change(index, decides(row) ? CHANGE_PUT : CHANGE_REMOVE, row);
}

void index_tighten(struct index *index, const struct permission *row)
{
	change(index, CHANGE_TIGHTEN, row);
}

void index_remove(struct index *index, const struct permission *row)
{
	change(index, CHANGE_REMOVE, row);
}

void index_hold(struct index *index, const char *sender, const char *target,
		const char *recipient)
{
	struct permission row = {
		.sender = sender, .target = target, .recipient = recipient};

	change(index, CHANGE_HOLD, &row);
}

void index_release(struct index *index, const char *sender, const char *target,
		   const char *recipient)
{
	struct permission row = {
		.sender = sender, .target = target, .recipient = recipient};

	change(index, CHANGE_RELEASE, &row);
}
