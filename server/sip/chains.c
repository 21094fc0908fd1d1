#include "server/sip/chains.h"

#define PIECE 1024 /**< chains of one piece; a power of two */

static struct chain **chain_at(const struct chains *chains, size_t i)
{
	return &chains->pieces[i / PIECE][i % PIECE];
}

/* Chains of this level that are not there yet are still part of one of the
 * level before. */
static struct chain **chain_of(const struct chains *chains, struct hash128 key)
{
	size_t i = key.a & chains->mask;

	if (i >= chains->n_chains)
		i &= chains->mask >> 1;
	return chain_at(chains, i);
}

static void piece_add(struct chains *chains)
{
	size_t i = chains->n_chains / PIECE;

	if (i == chains->room) {
		chains->room = chains->room ? 2 * chains->room : 16;
		chains->pieces = mem_resize(
			chains->pieces, chains->room * sizeof(*chains->pieces));
	}
	chains->pieces[i] = mem_alloc(PIECE * sizeof(**chains->pieces));
}

void chains_init(struct chains *chains)
{
	*chains = (struct chains){.mask = PIECE - 1};
	piece_add(chains);
	chains->n_chains = PIECE;
}

void chains_release(struct chains *chains)
{
	for (size_t i = 0; i < chains->n_chains; i += PIECE)
		free(chains->pieces[i / PIECE]);
	free(chains->pieces);
}

/* One chain more; half of another one's entries belong to it. */
static void chains_grow(struct chains *chains)
{
	size_t new = chains->n_chains;
	struct chain **from, **to;

	if (new > chains->mask)
		chains->mask = 2 * chains->mask + 1;
	if (new % PIECE == 0)
		piece_add(chains);
	from = chain_at(chains, new &(chains->mask >> 1));
	to = chain_at(chains, new);
	chains->n_chains++;
	while (*from) {
		struct chain *entry = *from;

		if ((entry->key.a & chains->mask) != new) {
			from = &entry->next;
			continue;
		}
		*from = entry->next;
		entry->next = NULL;
		*to = entry;
		to = &entry->next;
	}
}

void chains_add(struct chains *chains, struct chain *entry)
{
	struct chain **chain;

	while (2 * (chains->n + 1) > chains->n_chains)
		chains_grow(chains);
	chain = chain_of(chains, entry->key);
	entry->next = *chain;
	*chain = entry;
	chains->n++;
}

void chains_remove(struct chains *chains, struct chain *entry)
{
	struct chain **at = chain_of(chains, entry->key);

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	chains->n--;
}

struct chain *chains_find(const struct chains *chains, struct hash128 key)
{
	struct chain *entry = *chain_of(chains, key);

	while (entry && !hash_equal(entry->key, key))
		entry = entry->next;
	return entry;
}
