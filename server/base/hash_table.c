#include "server/base/hash_table.h"

#include "server/base/arena.h"

#define PIECE 1024 /**< chains of one piece; a power of two */

static struct hash_entry **chain_at(const struct hash_table *table, size_t i)
{
	return &table->pieces[i / PIECE][i % PIECE];
}

/* Chains of this level that are not there yet are still part of one of the
 * level before. */
static struct hash_entry **chain_of(const struct hash_table *table,
				    struct hash128 key)
{
	size_t i = key.a & table->mask;

	if (i >= table->n_chains)
		i &= table->mask >> 1;
	return chain_at(table, i);
}

static void piece_add(struct hash_table *table)
{
	size_t i = table->n_chains / PIECE;

	if (i == table->room) {
		table->room = table->room ? 2 * table->room : 16;
		table->pieces = mem_resize(
			table->pieces, table->room * sizeof(*table->pieces));
	}
	table->pieces[i] = mem_alloc(PIECE * sizeof(**table->pieces));
}

void hash_table_init(struct hash_table *table)
{
	*table = (struct hash_table){.mask = PIECE - 1};
	piece_add(table);
	table->n_chains = PIECE;
}

void hash_table_release(struct hash_table *table)
{
	for (size_t i = 0; i < table->n_chains; i += PIECE)
		free(table->pieces[i / PIECE]);
	free(table->pieces);
}

/* One chain more; half of another one's entries belong to it. */
static void hash_table_grow(struct hash_table *table)
{
	size_t new = table->n_chains;
	struct hash_entry **from, **to;

	if (new > table->mask)
		table->mask = 2 * table->mask + 1;
	if (new % PIECE == 0)
		piece_add(table);
	from = chain_at(table, new &(table->mask >> 1));
	to = chain_at(table, new);
	table->n_chains++;
	while (*from) {
		struct hash_entry *entry = *from;

		if ((entry->key.a & table->mask) != new) {
			from = &entry->next;
			continue;
		}
		*from = entry->next;
		entry->next = NULL;
		*to = entry;
		to = &entry->next;
	}
}

void hash_table_add(struct hash_table *table, struct hash_entry *entry)
{
	struct hash_entry **chain;

	while (2 * (table->n + 1) > table->n_chains)
		hash_table_grow(table);
	chain = chain_of(table, entry->key);
	entry->next = *chain;
	*chain = entry;
	table->n++;
}

void hash_table_remove(struct hash_table *table, struct hash_entry *entry)
{
	struct hash_entry **at = chain_of(table, entry->key);

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	table->n--;
}

struct hash_entry *hash_table_find(const struct hash_table *table,
				   struct hash128 key)
{
	struct hash_entry *entry = *chain_of(table, key);

	while (entry && !hash_equal(entry->key, key))
		entry = entry->next;
	return entry;
}
