#include "db/index_table.h"

#include <string.h>

#include "server/base/arena.h"

#define FIRST_HOMES 16
#define SPARE 16 /**< slots behind the last home */
/* Full at four of five; then a quarter more. */
#define IS_FULL(table) ((table)->used * 5 >= (table)->homes * 4)

void table_release(struct table *table)
{
	free(table->slots);
	*table = (struct table){0};
}

static size_t home_of(const struct table *table, struct hash128 hash)
{
	return (size_t)(((hash.a >> 32) * table->homes) >> 32);
}

static bool is_less(struct hash128 a, struct hash128 b)
{
	return a.a != b.a ? a.a < b.a : a.b < b.b;
}

/** The first place from its home on that is free or not less. */
static size_t place_of(const struct table *table, struct hash128 hash)
{
	size_t at = home_of(table, hash);

	while (at < table->size && slot_is_used(&table->slots[at]) &&
	       is_less(table->slots[at].hash, hash))
		at++;
	return at;
}

/* A slot may lie across two cache lines of others, and stand behind its home:
 * the next line comes along with this one. */
void table_prefetch(const struct table *table, struct hash128 hash)
{
	if (table->used > 0)
		__builtin_prefetch(&table->slots[home_of(table, hash)]);
}

struct slot *table_find(const struct table *table, struct hash128 hash)
{
	size_t at;

	if (table->used == 0)
		return NULL;
	at = place_of(table, hash);
	if (at == table->size || !slot_is_used(&table->slots[at]) ||
	    !hash_equal(table->slots[at].hash, hash))
		return NULL;
	return &table->slots[at];
}

static const struct slot *slot_with(const struct table *table, size_t at,
				    uint64_t a)
{
	if (at == table->size || !slot_is_used(&table->slots[at]) ||
	    table->slots[at].hash.a != a)
		return NULL;
	return &table->slots[at];
}

const struct slot *table_first(const struct table *table, uint64_t a)
{
	if (table->used == 0)
		return NULL;
	return slot_with(table, place_of(table, (struct hash128){a, 0}), a);
}

const struct slot *table_next(const struct table *table,
			      const struct slot *slot)
{
	return slot_with(table, (size_t)(slot - table->slots) + 1,
			 slot->hash.a);
}

/** Copy all slots to a table with so many homes; false when they do not fit. */
static bool spread(const struct table *from, struct table *to)
{
	size_t free_at = 0, at;

	for (size_t i = 0; i < from->size; i++) {
		if (!slot_is_used(&from->slots[i]))
			continue;
		at = home_of(to, from->slots[i].hash);
		if (at < free_at)
			at = free_at;
		if (at == to->size)
			return false;
		to->slots[at] = from->slots[i];
		to->used++;
		free_at = at + 1;
	}
	return true;
}

static void grow(struct table *table)
{
	size_t homes = table->homes;
	struct table wider;

	for (;;) {
		homes = homes ? homes + homes / 4 : FIRST_HOMES;
		wider = (struct table){.homes = homes, .size = homes + SPARE};
		wider.slots = mem_alloc(wider.size * sizeof(*wider.slots));
		memset(wider.slots, 0, wider.size * sizeof(*wider.slots));
		if (spread(table, &wider))
			break;
		table_release(&wider);
	}
	table_release(table);
	*table = wider;
}

/** The first free place from @p at on; the table's size when there is none. */
static size_t free_place(const struct table *table, size_t at)
{
	while (at < table->size && slot_is_used(&table->slots[at]))
		at++;
	return at;
}

struct slot *table_make(struct table *table, struct hash128 hash)
{
	struct slot *slot = table_find(table, hash);
	size_t at, end;

	if (slot)
		return slot;
	if (IS_FULL(table))
		grow(table);
	at = place_of(table, hash);
	end = free_place(table, at);
	while (end == table->size) {
		grow(table);
		at = place_of(table, hash);
		end = free_place(table, at);
	}
	slot = &table->slots[at];
	memmove(slot + 1, slot, (end - at) * sizeof(*slot));
	*slot = (struct slot){.hash = hash};
	table->used++;
	return slot;
}

void table_remove(struct table *table, struct slot *slot)
{
	size_t at = (size_t)(slot - table->slots), end = at + 1;

	/* Those behind it that are not at home move up by one. */
	while (end < table->size && slot_is_used(&table->slots[end]) &&
	       home_of(table, table->slots[end].hash) < end)
		end++;
	memmove(slot, slot + 1, (end - at - 1) * sizeof(*slot));
	table->slots[end - 1] = (struct slot){0};
	table->used--;
}
