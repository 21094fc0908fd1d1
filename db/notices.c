/* What people are told that others recorded about them. */
#include "db/notices.h"

#include "db/transaction.h"
#include "policies/asking.h"
#include "server/base/uri.h"

#define SELECT                                                                 \
	"SELECT id, kind, permission, state, made_at, due_at, tried_at, "      \
	"tries, sent_at, told_at, last_status FROM notice "

static void read_row(struct query *query, struct arena *arena,
		     struct notice *ret)
{
	struct notice row = {.id = query_get_int(query)};

	if (!notice_kind_from(query_get_text(query, arena), &row.kind))
		query_corrupt(query);
	row.permission = query_get_int(query);
	if (!notice_state_from(query_get_text(query, arena), &row.state))
		query_corrupt(query);
	row.made_at = query_get_int(query);
	row.due_at = query_get_int(query);
	row.tried_at = query_get_int(query);
	row.tries = (int)query_get_int(query);
	row.sent_at = query_get_int(query);
	row.told_at = query_get_int(query);
	row.last_status = (int)query_get_int(query);
	*ret = row;
}

static enum err read_one(struct query *query, struct notice *ret)
{
	struct arena *arena = arena_new(0);
	struct notice row = {0};
	bool is_found = query_next(query);
	enum err err;

	if (is_found)
		read_row(query, arena, &row);
	err = query_end_found(query, is_found);
	arena_free(arena);
	if (err == ERR_OK)
		*ret = row;
	return err;
}

enum err store_notice_find(struct store *store, int64_t permission,
			   enum notice_kind kind, struct notice *ret)
{
	struct query query =
		query_begin(store, SELECT "WHERE permission = $1 AND kind = $2 "
					  "ORDER BY id DESC LIMIT 1");

	query_int(&query, permission);
	query_text(&query, notice_kind_name(kind));
	return read_one(&query, ret);
}

enum err store_notice_get(struct store *store, int64_t id, struct notice *ret)
{
	struct query query = query_begin(store, SELECT "WHERE id = $1");

	query_int(&query, id);
	return read_one(&query, ret);
}

enum err store_notices_due(struct store *store, struct due_page page,
			   struct arena *arena, struct notice **ret,
			   size_t *ret_n)
{
	struct query query =
		query_begin(store, SELECT "WHERE due_at > 0 "
					  "ORDER BY due_at, id LIMIT $1");
	struct notice *rows = arena_array(arena, page.limit + 1, sizeof(*rows));
	size_t n = 0, due = 0;
	enum err err;

	/* One more than asked for tells when the next is due. */
	query_int(&query, (int64_t)page.limit + 1);
	while (n < page.limit + 1 && query_next(&query))
		read_row(&query, arena, &rows[n++]);
	err = query_end(&query);
	if (err != ERR_OK)
		return err;
	while (due < n && due < page.limit && rows[due].due_at <= page.now)
		due++;
	*ret = rows;
	*ret_n = due;
	*page.ret_next = due < n ? rows[due].due_at : 0;
	return ERR_OK;
}

enum err store_notice_count(struct store *store, struct notice_counts *ret)
{
	struct query query = query_begin(
		store, "SELECT count(*), "
		       "coalesce(sum(CASE state WHEN 'due' THEN 1 ELSE 0 END), "
		       "0) FROM notice WHERE due_at > 0");

	*ret = (struct notice_counts){0};
	if (query_next(&query)) {
		ret->open = query_get_int(&query);
		ret->due = query_get_int(&query);
	}
	return query_end(&query);
}

/* ---- making one --------------------------------------------------------- */

/** What it says, whatever the spelling of who is told. */
static void hash_words(enum notice_kind kind, const struct permission *row,
		       uint8_t ret[HASH_LEN])
{
	struct arena *arena = arena_new(0);
	char person[URI_KEY_ROOM], kinds[KINDS_TEXT_ROOM];
	const char *words[] = {
		notice_kind_name(kind),
		row->sender,
		row->target,
		uri_key_person(row->recipient, person) ? person
						       : row->recipient,
		permission_kinds_text(row, kinds),
		row->evidence ? row->evidence : "",
	};
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		text_printf(&text, "%s\n", words[i]);
	sha256(text.at, text.len, ret);
	arena_free(arena);
}

/** The last one that says the same, where a request of it has left;
 *  ERR_UNKNOWN. */
static enum err find_same(struct store *store, const uint8_t about[HASH_LEN],
			  int64_t now, struct notice *ret)
{
	struct query query = query_begin(
		store, SELECT "WHERE about = $1 AND made_at > $2 AND "
			      "sent_at > 0 ORDER BY id DESC LIMIT 1");

	query_blob(&query, hash_view(about));
	query_int(&query, now - ASKING_PAST_S);
	return read_one(&query, ret);
}

enum err store_notice_is_said(struct store *store, int64_t id, int64_t now,
			      bool *ret)
{
	struct query query = query_begin(
		store, "SELECT 1 FROM notice WHERE about = (SELECT about FROM "
		       "notice WHERE id = $1) AND kind = 'grant' AND "
		       "id <> $1 AND told_at > $2 LIMIT 1");

	query_int(&query, id);
	query_int(&query, now - ASKING_PAST_S);
	return query_exists(&query, ret);
}

/** Who was told is not told again, and who did not answer is told on from
 *  there, not anew: as many tries as of one notice, however often the grant is
 *  taken back and given again. */
static enum err go_on(struct store *store, const uint8_t about[HASH_LEN],
		      int64_t now, struct notice *notice)
{
	struct notice same;
	enum err err = find_same(store, about, now, &same);

	if (err != ERR_OK)
		return err == ERR_UNKNOWN ? ERR_OK : err;
	same.permission = notice->permission;
	same.state = same.told_at ? NOTICE_TOLD : NOTICE_SENT;
	same.due_at =
		same.told_at ? 0 : same.tried_at + notice_pause(same.tries);
	*notice = same;
	return ERR_OK;
}

static enum err insert(struct store *store, const struct notice *notice,
		       const uint8_t about[HASH_LEN])
{
	struct query query = query_begin(
		store, "INSERT INTO notice (kind, permission, about, state, "
		       "made_at, due_at, tried_at, tries, sent_at, told_at, "
		       "last_status) "
		       "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");

	query_text(&query, notice_kind_name(notice->kind));
	query_int(&query, notice->permission);
	query_blob(&query, hash_view(about));
	query_text(&query, notice_state_name(notice->state));
	query_int(&query, notice->made_at);
	query_int(&query, notice->due_at);
	query_int(&query, notice->tried_at);
	query_int(&query, notice->tries);
	query_int(&query, notice->sent_at);
	query_int(&query, notice->told_at);
	query_int(&query, notice->last_status);
	return query_run(&query);
}

/** @p ret: the one that there is now. */
static enum err add(struct store *store, enum notice_kind kind,
		    const struct permission *row, int64_t now,
		    struct notice *ret)
{
	uint8_t about[HASH_LEN];
	enum err err = store_notice_find(store, row->id, kind, ret);

	if (err == ERR_OK && notice_is_open(ret->state))
		return ERR_OK;
	if (err != ERR_OK && err != ERR_UNKNOWN)
		return err;
	*ret = (struct notice){.kind = kind,
			       .permission = row->id,
			       .state = NOTICE_DUE,
			       .made_at = now,
			       .due_at = now};
	hash_words(kind, row, about);
	/* A no that they took back, and that is recorded once more, is another:
	 * else it could be recorded behind their back. */
	err = kind == NOTICE_GRANT ? go_on(store, about, now, ret) : ERR_OK;
	if (err == ERR_OK)
		err = insert(store, ret, about);
	return err == ERR_OK && notice_is_open(ret->state)
		       ? notice_received(store, row->id, now)
		       : err;
}

enum err store_notice_add(struct store *store, enum notice_kind kind,
			  const struct permission *row, int64_t now)
{
	struct notice notice;

	return add(store, kind, row, now, &notice);
}

/** Nothing of this kind is to be told any more. */
static enum err end_open(struct store *store, enum notice_kind kind,
			 int64_t permission)
{
	struct query query = query_begin(
		store, "UPDATE notice SET state = $1, due_at = 0 "
		       "WHERE permission = $2 AND kind = $3 AND due_at > 0");

	query_text(&query, notice_state_name(NOTICE_VOID));
	query_int(&query, permission);
	query_text(&query, notice_kind_name(kind));
	return query_run(&query);
}

static enum err end_all(struct store *store, int64_t permission)
{
	enum err err = ERR_OK;

	for (int kind = 0; kind < NOTICE_KINDS && err == ERR_OK; kind++)
		err = end_open(store, (enum notice_kind)kind, permission);
	return err;
}

enum err notice_heed(struct store *store,
		     const struct permission_change *change,
		     const struct permission *old, struct permission *row)
{
	bool is_others, is_new = !old; /* of a new row there is none */
	struct notice notice;
	enum err err = ERR_OK;

	if (!row)
		return old ? end_all(store, old->id) : ERR_OK;
	if (old && permission_is_expired(old, change->now))
		old = NULL;
	is_others = row->state == PERMISSION_GRANTED &&
		    row->origin != ORIGIN_RECIPIENT;
	if ((row->state != PERMISSION_DENIED || !row->recorded_by) && !is_new)
		err = end_open(store, NOTICE_DENY, row->id);
	if (err == ERR_OK && !is_others) {
		row->notice = NOTICE_NONE;
		row->notice_at = 0;
		if (!is_new)
			err = end_open(store, NOTICE_GRANT, row->id);
	}
	if (err != ERR_OK || !store->tells_imported ||
	    !notice_is_wanted(old, row))
		return err;
	err = add(store, NOTICE_GRANT, row, change->now, &notice);
	row->notice = notice.state;
	row->notice_at = notice.told_at ? notice.told_at : notice.sent_at;
	return err;
}

/* ---- telling ------------------------------------------------------------ */

enum err store_notice_defer(struct store *store, int64_t id, int64_t due_at)
{
	struct query query = query_begin(store, "UPDATE notice SET due_at = $1 "
						"WHERE id = $2 AND due_at > 0");

	query_int(&query, due_at);
	query_int(&query, id);
	return query_run(&query);
}

static enum err add_deny(struct store *store, const struct notice_try *it,
			 const uint8_t hash[HASH_LEN], bool all_kinds)
{
	struct query query = query_begin(
		store, "INSERT INTO token (hash, permission, kind, is_secure, "
		       "retired, made_at, all_kinds) "
		       "VALUES ($1, $2, 'd', $3, 0, $4, $5)");
	enum err err;

	query_blob(&query, hash_view(hash));
	query_int(&query, it->permission);
	query_int(&query, it->is_secure != 0);
	query_int(&query, it->now);
	query_int(&query, all_kinds);
	err = query_run(&query);
	if (err == ERR_OK && store->index)
		index_deny_add(store->index, hash);
	return err;
}

static enum err note_try(struct store *store, const struct notice_try *it)
{
	struct notice notice;
	struct query query;
	enum err err = store_notice_get(store, it->id, &notice);

	if (err != ERR_OK)
		return err;
	query = query_begin(store,
			    "UPDATE notice SET tries = tries + 1, "
			    "tried_at = $1, due_at = $2 WHERE id = $3 AND "
			    "due_at > 0");
	query_int(&query, it->now);
	query_int(&query, it->now + notice_pause(notice.tries + 1));
	query_int(&query, it->id);
	err = query_run(&query);
	return err == ERR_OK && query_changes(store) == 0 ? ERR_UNKNOWN : err;
}

enum err store_notice_try(struct store *store, const struct notice_try *it)
{
	enum err err = note_try(store, it);

	if (err == ERR_OK && it->has_deny)
		err = add_deny(store, it, it->deny_hash, !it->has_stop);
	if (err == ERR_OK && it->has_stop)
		err = add_deny(store, it, it->stop_hash, true);
	return err;
}

static enum err write_change(struct store *store, const struct notice *notice)
{
	struct query query = query_begin(
		store, "UPDATE notice SET state = $1, due_at = $2, "
		       "sent_at = $3, told_at = $4, last_status = $5 "
		       "WHERE id = $6");

	query_text(&query, notice_state_name(notice->state));
	query_int(&query, notice->due_at);
	query_int(&query, notice->sent_at);
	query_int(&query, notice->told_at);
	query_int(&query, notice->last_status);
	query_int(&query, notice->id);
	return query_run(&query);
}

/** Legs may go now, and the deliveries that wait for it. */
static enum err tell_index(struct store *store, const struct notice *notice,
			   int64_t now)
{
	struct arena *arena = arena_new(0);
	struct permission row;
	enum err err =
		store_permission_get(store, notice->permission, arena, &row);

	if (err == ERR_OK)
		err = change_add_permission(store, &row, CHANGE_CHANGED, now,
					    NULL);
	arena_free(arena);
	return err == ERR_UNKNOWN ? ERR_OK : err;
}

static enum err step(struct store *store, const struct notice_change *change)
{
	struct notice notice;
	enum notice_state was;
	enum err err = store_notice_get(store, change->id, &notice);

	if (err != ERR_OK || !notice_is_open(notice.state))
		return err;
	was = notice.state;
	notice.state = notice_step(was, change->event);
	if (!notice_is_open(notice.state))
		notice.due_at = 0;
	else if (change->event == NOTICE_EVENT_AWAY)
		notice.due_at = change->due_at;
	if (notice.state == NOTICE_TOLD)
		notice.told_at = change->now;
	if (notice.sent_at == 0 &&
	    (notice.state == NOTICE_SENT || notice.state == NOTICE_TOLD))
		notice.sent_at = change->now;
	if (change->status)
		notice.last_status = change->status;
	err = write_change(store, &notice);
	if (err == ERR_OK && was == NOTICE_DUE && notice.state != NOTICE_DUE &&
	    notice.kind == NOTICE_GRANT)
		err = tell_index(store, &notice, change->now);
	return err;
}

enum err store_notice_change(struct store *store,
			     const struct notice_change *change)
{
	enum err err = transaction_begin(store);

	return err == ERR_OK ? transaction_end(store, step(store, change))
			     : err;
}

enum err notice_sweep(struct store *store, int64_t now)
{
	struct query query =
		query_begin(store, "DELETE FROM notice WHERE made_at <= $1 AND "
				   "due_at = 0 AND NOT EXISTS (SELECT 1 FROM "
				   "permission WHERE id = notice.permission)");

	query_int(&query, now - ASKING_PAST_S);
	return query_run(&query);
}
