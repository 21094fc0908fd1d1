/* The domains on disk. */
#include "db/domains.h"

#include <stdio.h>

#include "db/transaction.h"
#include "server/base/uri.h"

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

static enum err note_seen(struct store *store)
{
	struct query query =
		query_begin(store, "INSERT INTO domain_seen "
				   "SELECT host, 0 FROM domain WHERE true "
				   "ON CONFLICT DO NOTHING");

	return query_run(&query);
}

static enum err replace(struct store *store, const struct domains *domains)
{
	struct query query = query_begin(store, "DELETE FROM domain");
	enum err err = query_run(&query);

	for (size_t i = 0; i < domains->n && err == ERR_OK; i++)
		err = add(store, domains->at[i]);
	return err == ERR_OK ? note_seen(store) : err;
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

enum err store_domain_is_gone(struct store *store, const char *target,
			      bool *ret)
{
	struct query query = query_begin(
		store, "SELECT 1 FROM domain_seen WHERE is_first = 0 AND "
		       "host = substr($1, instr($1, '@') + 1) AND "
		       "host NOT IN (SELECT host FROM domain)");

	query_text(&query, target);
	return query_exists(&query, ret);
}

/* ---- the first ---------------------------------------------------------- */

/** The one of the last start; NULL: none was noted. */
static enum err find_first(struct store *store, struct arena *arena,
			   const char **ret)
{
	struct query query = query_begin(
		store, "SELECT host FROM domain_seen WHERE is_first = 1");

	*ret = query_next(&query) ? query_get_text(&query, arena) : NULL;
	return query_end(&query);
}

/** Does anything stand for every target of the first? */
static enum err has_any_target(struct store *store, bool *ret)
{
	struct query query = query_begin(
		store, "SELECT 1 FROM permission WHERE target = '*' LIMIT 1");

	return query_exists(&query, ret);
}

static enum err write_first(struct store *store, const char *host)
{
	struct query query = query_begin(
		store,
		"UPDATE domain_seen SET is_first = 0 WHERE is_first = 1");
	enum err err = query_run(&query);

	if (err != ERR_OK)
		return err;
	query = query_begin(store, "INSERT INTO domain_seen VALUES ($1, 1) "
				   "ON CONFLICT (host) DO UPDATE "
				   "SET is_first = 1");
	query_text(&query, host);
	return query_run(&query);
}

static enum err change_first(struct store *store, const char *old,
			     const char *host)
{
	bool is_bound = false;
	enum err err = old ? has_any_target(store, &is_bound) : ERR_OK;

	if (err == ERR_OK && is_bound) {
		snprintf(store->problem, sizeof(store->problem),
			 "the first domain was %.60s, and permissions for any "
			 "target (*) are for that: let it be the first, and "
			 "give %.60s a block",
			 old, host);
		return ERR_CONFLICT;
	}
	return err == ERR_OK ? write_first(store, host) : err;
}

enum err store_domains_first(struct store *store, const char *host)
{
	struct arena *arena;
	const char *old;
	enum err err = host ? transaction_begin(store) : ERR_OK;

	if (err != ERR_OK || !host)
		return err;
	arena = arena_new(0);
	err = find_first(store, arena, &old);
	if (err == ERR_OK &&
	    !(old && uri_hosts_equal(view_of(old), view_of(host))))
		err = change_first(store, old, host);
	arena_free(arena);
	return transaction_end(store, err);
}
