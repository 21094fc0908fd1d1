#include "db/answers.h"

#include "db/person_keys.h"
#include "db/transaction.h"

/** What is read of all, to find the page. */
struct answer {
	int64_t id;
	bool is_yes;
};

struct answers_found {
	struct answer *at;
	size_t n;
};

#define AMONG(rows)                                                            \
	"SELECT id, state = 'granted', recipient FROM (" rows ") AS person "   \
	"WHERE state = 'denied' OR (state = 'granted' AND "                    \
	"(expires_at = 0 OR expires_at > $3))"

static bool names(const struct person_key *key, struct query *query,
		  struct arena *arena)
{
	const char *recipient = query_get_text(query, arena);

	return recipient && person_names(key->aor, recipient);
}

static enum err add_key(struct store *store, const struct person_key *key,
			int64_t now, struct answers_found *to)
{
	struct query query =
		key->is_number
			? query_begin(store, AMONG(PERMISSIONS_OF_NUMBER))
			: query_begin(store, AMONG(PERMISSIONS_OF_PERSON));
	struct arena *arena = arena_new(0);

	person_key_bind(&query, key);
	query_int(&query, now);
	while (to->n < ANSWERS_MOST && query_next(&query)) {
		struct answer *it = &to->at[to->n];

		it->id = query_get_int(&query);
		it->is_yes = query_get_int(&query) != 0;
		to->n += names(key, &query, arena);
	}
	arena_free(arena);
	return query_end(&query);
}

static int by_newest(const void *a, const void *b)
{
	const struct answer *one = a, *other = b;

	return (one->id < other->id) - (one->id > other->id);
}

/** Two spellings may find the same row. */
static void sort(struct answers_found *found)
{
	size_t n = 0;

	if (found->n)
		qsort(found->at, found->n, sizeof(found->at[0]), by_newest);
	for (size_t i = 0; i < found->n; i++)
		if (!n || found->at[n - 1].id != found->at[i].id)
			found->at[n++] = found->at[i];
	found->n = n;
}

static bool is_wanted(const struct answers_query *of, const struct answer *it)
{
	if (of->before && it->id >= of->before)
		return false;
	return of->of == ANSWERS_ALL || it->is_yes == (of->of == ANSWERS_YES);
}

static enum err read_page(struct store *store, const struct answers_query *of,
			  const struct answers_found *found,
			  struct arena *arena, struct answers *ret)
{
	enum err err = ERR_OK;

	ret->rows = arena_array(arena, of->most + 1, sizeof(ret->rows[0]));
	for (size_t i = 0; i < found->n && !err; i++) {
		ret->n_yes += found->at[i].is_yes;
		ret->n_no += !found->at[i].is_yes;
		if (!is_wanted(of, &found->at[i]))
			continue;
		if (ret->n == of->most) {
			ret->n_more++;
			continue;
		}
		err = store_permission_get(store, found->at[i].id, arena,
					   &ret->rows[ret->n]);
		ret->n += !err;
		if (err == ERR_UNKNOWN) /* it has gone meanwhile */
			err = ERR_OK;
	}
	return err;
}

enum err store_answers(struct store *store, const struct answers_query *of,
		       struct arena *arena, struct answers *ret)
{
	struct answers_found found = {
		mem_alloc(ANSWERS_MOST * sizeof(struct answer)), 0};
	struct person_keys keys;
	enum err err = ERR_OK;

	*ret = (struct answers){0};
	person_keys_find(of->aor, arena, &keys);
	for (size_t i = 0; i < keys.n && !err; i++)
		err = add_key(store, &keys.at[i], of->now, &found);
	sort(&found);
	if (!err)
		err = read_page(store, of, &found, arena, ret);
	free(found.at);
	return err;
}

static bool is_theirs(const struct permission *row, const char *const aor[2])
{
	for (size_t i = 0; i < 2; i++)
		if (aor[i] && person_names(aor[i], row->recipient))
			return true;
	return false;
}

enum err store_answers_get(struct store *store, const char *const aor[2],
			   int64_t id, struct arena *arena,
			   struct permission *ret)
{
	struct permission row;
	enum err err = store_permission_get(store, id, arena, &row);

	if (!err && !is_theirs(&row, aor))
		return ERR_UNKNOWN;
	if (!err)
		*ret = row;
	return err;
}
