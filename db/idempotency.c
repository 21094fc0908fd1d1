/* Requests to the API that are to run once, and what they were answered. */
#include "db/idempotency.h"

#include "db/transaction.h"

/** A claim as it is on disk. */
struct claim_row {
	bool is_there;
	struct view hash;
	struct kept_answer answer; /**< status 0: none yet */
};

enum err store_idempotency_sweep(struct store *store, int64_t now)
{
	/* A clock that was ahead must not leave rows for years. */
	struct query query = query_begin(
		store, "DELETE FROM idempotency WHERE (token, key) IN "
		       "(SELECT token, key FROM idempotency "
		       "WHERE made_at <= $1 OR made_at > $2 LIMIT 1000)");

	query_int(&query, now - IDEMPOTENCY_S);
	query_int(&query, now + IDEMPOTENCY_S);
	return query_run(&query);
}

static enum err row_read(struct store *store, const struct idempotency_key *key,
			 struct arena *arena, struct claim_row *ret)
{
	struct query query = query_begin(
		store, "SELECT hash, status, location, etag, content "
		       "FROM idempotency WHERE token = $1 AND key = $2");

	*ret = (struct claim_row){0};
	query_text(&query, key->token);
	query_text(&query, key->key);
	if (query_next(&query)) {
		ret->is_there = true;
		ret->hash = query_get_blob(&query, arena);
		ret->answer.status = (int)query_get_int(&query);
		ret->answer.location = query_get_text(&query, arena);
		ret->answer.etag = query_get_text(&query, arena);
		ret->answer.content = query_get_blob(&query, arena);
	}
	return query_end(&query);
}

/** Is there room for one more claim of this token? */
static enum err room_look(struct store *store, const char *token, bool *ret)
{
	struct query query = query_begin(
		store, "SELECT coalesce(sum(n), 0), coalesce(sum(bytes), 0), "
		       "coalesce(sum(n) FILTER (WHERE token = $1), 0), "
		       "coalesce(sum(bytes) FILTER (WHERE token = $1), 0) "
		       "FROM idempotency_use");

	query_text(&query, token);
	if (query_next(&query)) {
		int64_t n = query_get_int(&query);
		int64_t bytes = query_get_int(&query);
		int64_t own = query_get_int(&query);
		int64_t own_bytes = query_get_int(&query);

		*ret = n < IDEMPOTENCY_KEYS_ALL &&
		       bytes < IDEMPOTENCY_BYTES_ALL &&
		       own < IDEMPOTENCY_KEYS_TOKEN &&
		       own_bytes < IDEMPOTENCY_BYTES_TOKEN;
	}
	return query_end(&query);
}

static enum err row_add(struct store *store, const struct idempotency_key *key)
{
	struct query query = query_begin(
		store, "INSERT INTO idempotency (token, key, hash, made_at, "
		       "status, bytes) VALUES ($1, $2, $3, $4, 0, $5)");

	query_text(&query, key->token);
	query_text(&query, key->key);
	query_blob(&query, hash_view(key->hash));
	query_int(&query, key->now);
	query_int(&query, IDEMPOTENCY_ROW);
	return query_run(&query);
}

static enum err claim_new(struct store *store,
			  const struct idempotency_key *key,
			  enum idempotency_claim *ret)
{
	bool has_room = false;
	enum err err = room_look(store, key->token, &has_room);

	*ret = has_room ? IDEMPOTENCY_NEW : IDEMPOTENCY_FULL;
	return err == ERR_OK && has_room ? row_add(store, key) : err;
}

static enum err claim(struct store *store, const struct idempotency_key *key,
		      struct arena *arena, struct kept_answer *ret_answer,
		      enum idempotency_claim *ret)
{
	struct claim_row row;
	enum err err = store_idempotency_sweep(store, key->now);

	if (err == ERR_OK)
		err = row_read(store, key, arena, &row);
	if (err != ERR_OK)
		return err;
	if (!row.is_there)
		return claim_new(store, key, ret);
	if (!view_equal(row.hash, hash_view(key->hash))) {
		*ret = IDEMPOTENCY_OTHER;
	} else if (row.answer.status == 0) {
		*ret = IDEMPOTENCY_OPEN;
	} else {
		*ret = IDEMPOTENCY_ANSWERED;
		*ret_answer = row.answer;
	}
	return ERR_OK;
}

enum err store_idempotency_claim(struct store *store,
				 const struct idempotency_key *key,
				 struct arena *arena,
				 struct kept_answer *ret_answer,
				 enum idempotency_claim *ret)
{
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	return transaction_end(store,
			       claim(store, key, arena, ret_answer, ret));
}

enum err store_idempotency_keep(struct store *store,
				const struct idempotency_key *key,
				const struct kept_answer *answer)
{
	struct query query;

	if (answer->content.len > IDEMPOTENCY_ANSWER_MAX)
		return ERR_TOO_LARGE;
	query = query_begin(store, "UPDATE idempotency SET status = $1, "
				   "location = $2, etag = $3, content = $4, "
				   "bytes = $5 WHERE token = $6 AND key = $7");
	query_int(&query, answer->status);
	query_text(&query, answer->location);
	query_text(&query, answer->etag);
	query_blob(&query, answer->content);
	query_int(&query, IDEMPOTENCY_ROW + (int64_t)answer->content.len);
	query_text(&query, key->token);
	query_text(&query, key->key);
	return query_run(&query);
}

enum err store_idempotency_drop(struct store *store,
				const struct idempotency_key *key)
{
	struct query query = query_begin(
		store, "DELETE FROM idempotency WHERE token = $1 AND key = $2");

	query_text(&query, key->token);
	query_text(&query, key->key);
	return query_run(&query);
}
