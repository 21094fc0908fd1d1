/* Rows of permissions, written as they are. */
#include "db/permissions.h"
#include "db/transaction.h"

static void bind_row(struct query *query, const struct permission *row)
{
	query_text(query, row->recipient_uri);
	query_text(query, permission_state_name(row->state));
	query_text(query, permission_origin_name(row->origin));
	query_text(query, row->evidence);
	query_text(query, row->reason);
	query_text(query, row->etag);
	query_int(query, row->changed_at);
	query_int(query, row->expires_at);
	query_int(query, row->ask_due_at);
	query_int(query, row->last_status);
	query_int(query, row->all_kinds);
	query_int(query, row->term_s);
	query_text(query, renewal_name(row->renewal));
	query_text(query, row->recorded_by);
	shown_bind(query, &row->shown);
}

enum err permission_insert_row(struct store *store, struct permission *row)
{
	struct query query = query_begin(
		store, "INSERT INTO permission (recipient_uri, state, origin, "
		       "evidence, "
		       "reason, etag, changed_at, expires_at, ask_due_at, "
		       "last_status, all_kinds, term_s, renewal, recorded_by, "
		       "shown_version, shown_language, shown_hash, "
		       "sender, target, recipient, kinds, created_at, asked_at)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		       "$12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
		       "0) RETURNING "
		       "id");
	char room[KINDS_TEXT_ROOM];

	bind_row(&query, row);
	query_text(&query, row->sender);
	query_text(&query, row->target);
	query_text(&query, row->recipient);
	query_text(&query, kinds_text(row->kinds, room));
	query_int(&query, row->created_at);
	return query_run_id(&query, &row->id);
}

enum err permission_update_row(struct store *store,
			       const struct permission *row)
{
	struct query query = query_begin(
		store,
		"UPDATE permission SET recipient_uri = $1, state = $2, origin "
		"= "
		"$3, "
		"evidence = $4, reason = $5, etag = $6, changed_at = $7, "
		"expires_at = $8, ask_due_at = $9, last_status = $10, "
		"all_kinds = $11, term_s = $12, renewal = $13, "
		"recorded_by = $14, shown_version = $15, "
		"shown_language = $16, shown_hash = $17 WHERE id = $18");

	bind_row(&query, row);
	query_int(&query, row->id);
	return query_run(&query);
}

enum err permission_note_status(struct store *store, int64_t id, int status)
{
	struct query query = query_begin(
		store, "UPDATE permission SET last_status = $1 WHERE id = $2");

	query_int(&query, status);
	query_int(&query, id);
	return query_run(&query);
}

enum err permission_delete_row(struct store *store, int64_t id)
{
	struct query query =
		query_begin(store, "DELETE FROM permission WHERE id = $1");

	query_int(&query, id);
	return query_run(&query);
}

/* What is found is read before it is changed: an UPDATE of rows by an index
 * would keep their keys in a table of its own first, which costs more than all
 * else of a deny. */
#define RETIRED_AT_ONCE 8

struct grant_hashes {
	uint8_t at[RETIRED_AT_ONCE][HASH_LEN];
	size_t n;
};

static enum err find_grants(struct store *store, int64_t id,
			    struct grant_hashes *ret)
{
	struct query query = query_begin(
		store, "SELECT hash FROM token "
		       "WHERE permission = $1 AND kind <> 'd' AND retired = 0");

	ret->n = 0;
	query_int(&query, id);
	while (ret->n < RETIRED_AT_ONCE && query_next(&query))
		query_get_hash(&query, ret->at[ret->n++]);
	return query_end(&query);
}

static enum err retire(struct store *store, const uint8_t hash[HASH_LEN])
{
	struct query query = query_begin(
		store, "UPDATE token SET retired = 1 WHERE hash = $1");

	query_blob(&query, hash_view(hash));
	return query_run(&query);
}

enum err permission_retire_grants(struct store *store, int64_t id)
{
	struct grant_hashes grants;
	enum err err;

	do {
		err = find_grants(store, id, &grants);
		for (size_t i = 0; i < grants.n && err == ERR_OK; i++)
			err = retire(store, grants.at[i]);
	} while (err == ERR_OK && grants.n == RETIRED_AT_ONCE);
	return err;
}
