/* The domains beside the first, on disk. */
#include "db/domains.h"

#include "db/transaction.h"

/** Is all as it was?  Then nothing is written at the start. */
static enum err are_same(struct store *store, const struct domains *domains,
			 bool *ret)
{
	struct query query =
		query_begin(store, "SELECT host FROM domain ORDER BY host");
	struct arena *arena = arena_new(0);
	size_t n = 0, n_known = 0;
	enum err err;

	while (query_next(&query)) {
		struct view host = view_of(query_get_text(&query, arena));

		n_known += domains_find(domains, host) != NULL;
		n++;
	}
	err = query_end(&query);
	arena_free(arena);
	*ret = n == domains->n && n_known == n;
	return err;
}

static enum err add(struct store *store, const char *host)
{
	struct query query =
		query_begin(store, "INSERT INTO domain (host) VALUES ($1)");

	query_text(&query, host);
	return query_run(&query);
}

static enum err replace(struct store *store, const struct domains *domains)
{
	struct query query = query_begin(store, "DELETE FROM domain");
	enum err err = query_run(&query);

	for (size_t i = 0; i < domains->n && err == ERR_OK; i++)
		err = add(store, domains->at[i]);
	return err;
}

enum err store_domains_set(struct store *store, const struct domains *domains)
{
	bool is_same;
	enum err err = are_same(store, domains, &is_same);

	if (err != ERR_OK || is_same)
		return err;
	err = transaction_begin(store);
	if (err != ERR_OK)
		return err;
	return transaction_end(store, replace(store, domains));
}
