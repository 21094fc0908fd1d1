/* Reading permissions. */
#include "db/store.h"

#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/transaction.h"
#include "policies/facts.h"
#include "policies/match.h"
#include "policies/notice.h"
#include "server/base/uri.h"

#define SELECT "SELECT " PERMISSION_COLUMNS " FROM permission "

struct kinds kinds_read_column(struct query *query, struct arena *arena)
{
	const char *text = query_get_text(query, arena);
	struct kinds kinds = {0, NULL};

	if (!text || !kinds_read(text, &kinds) || kinds.set == KINDS_ALL) {
		kinds.set = 0;
		query_corrupt(query);
	}
	return kinds;
}

/** "told 1700000000".  One that cannot be read lets no leg go.  Of what the
 *  recipient said themselves nobody tells them. */
static void read_notice(struct query *query, struct arena *arena,
			struct permission *row)
{
	const char *text = query_get_text(query, arena);
	const char *end = text ? strchr(text, ' ') : NULL;
	enum notice_state state = NOTICE_NONE;
	uint64_t at = 0;

	if (text && (!end ||
		     !notice_state_from(arena_printf(arena, "%.*s",
						     (int)(end - text), text),
					&state) ||
		     view_to_u64(view_of(end + 1), INT64_MAX, &at))) {
		state = NOTICE_DUE;
		query_corrupt(query);
	}
	if (row->state != PERMISSION_GRANTED || row->origin == ORIGIN_RECIPIENT)
		return;
	row->notice = state;
	row->notice_at = (int64_t)at;
}

struct consent_shown shown_read(struct query *query, struct arena *arena)
{
	struct consent_shown shown;

	shown.version = query_get_text(query, arena);
	shown.language = query_get_text(query, arena);
	shown.hash = query_get_text(query, arena);
	return shown;
}

void shown_bind(struct query *query, const struct consent_shown *shown)
{
	query_text(query, shown->version);
	query_text(query, shown->language);
	query_text(query, shown->hash);
}

void permission_read(struct query *query, struct arena *arena,
		     struct permission *ret)
{
	struct permission row = {.id = query_get_int(query)};

	row.sender = query_get_text(query, arena);
	row.target = query_get_text(query, arena);
	row.recipient = query_get_text(query, arena);
	row.recipient_uri = query_get_text(query, arena);
	/* A word we do not know never reads as a grant: the schema has only
	 * these, so the file is damaged. */
	if (!permission_state_from(query_get_text(query, arena), &row.state) ||
	    !permission_origin_from(query_get_text(query, arena), &row.origin))
		query_corrupt(query);
	row.evidence = query_get_text(query, arena);
	row.reason = query_get_text(query, arena);
	row.etag = query_get_text(query, arena);
	row.created_at = query_get_int(query);
	row.changed_at = query_get_int(query);
	row.expires_at = query_get_int(query);
	row.asked_at = query_get_int(query);
	row.ask_due_at = query_get_int(query);
	row.last_status = (int)query_get_int(query);
	row.kinds = kinds_read_column(query, arena);
	row.all_kinds = query_get_int(query) != 0;
	row.term_s = query_get_int(query);
	if (!renewal_from(query_get_text(query, arena), &row.renewal))
		query_corrupt(query);
	row.recorded_by = query_get_text(query, arena);
	row.shown = shown_read(query, arena);
	read_notice(query, arena, &row);
	*ret = row;
}

enum err permission_read_one(struct query *query, struct arena *arena,
			     struct permission *ret)
{
	struct permission row = {0};
	bool is_found = query_next(query);
	enum err err;

	if (is_found)
		permission_read(query, arena, &row);
	err = query_end_found(query, is_found);
	if (err == ERR_OK)
		*ret = row;
	return err;
}

enum err store_permission_get(struct store *store, int64_t id,
			      struct arena *arena, struct permission *ret)
{
	struct query query = query_begin(store, SELECT "WHERE id = $1");

	query_int(&query, id);
	return permission_read_one(&query, arena, ret);
}

enum err store_permission_find(struct store *store,
			       const struct permission *scopes,
			       struct arena *arena, struct permission *ret)
{
	struct query query = query_begin(
		store,
		SELECT "WHERE recipient = $1 AND sender = $2 AND target = $3 "
		       "AND kinds = $4");
	char room[KINDS_TEXT_ROOM];

	query_text(&query, scopes->recipient);
	query_text(&query, scopes->sender);
	query_text(&query, scopes->target);
	query_text(&query, kinds_text(kinds_or_message(scopes->kinds), room));
	return permission_read_one(&query, arena, ret);
}

enum err permission_read_all(struct query *query, size_t most,
			     struct arena *arena, struct permission **ret,
			     size_t *ret_n)
{
	struct permission *rows = NULL, *wider;
	size_t n = 0, room = 0;
	enum err err;

	while (n < most && query_next(query)) {
		if (n == room) {
			room = room ? 2 * room : 16;
			wider = arena_array(arena, room, sizeof(*rows));
			if (n > 0)
				memcpy(wider, rows, n * sizeof(*rows));
			rows = wider;
		}
		permission_read(query, arena, &rows[n++]);
	}
	err = query_end(query);
	if (err != ERR_OK)
		return err;
	*ret = rows;
	*ret_n = n;
	return ERR_OK;
}

/** The state as permission_is_expired() sees it, as an expression. */
static const char *state_at(struct arena *arena, int64_t now)
{
	return arena_printf(arena,
			    "CASE WHEN expires_at > 0 AND expires_at <= %lld "
			    "AND NOT (state = 'denied' AND origin = "
			    "'recipient') THEN 'expired' ELSE state END",
			    (long long)now);
}

/** Whether a row is for a kind, as an expression.  Names of kinds have nothing
 *  in them that would have to be escaped. */
static const char *for_kind(struct arena *arena, const char *kind)
{
	return arena_printf(
		arena,
		"CASE WHEN all_kinds = 1 OR instr(',' || kinds || ',', "
		"',%s,') > 0 OR (kinds LIKE '*!%%' AND "
		"instr(kinds || '!', '!%s!') = 0) THEN 'yes' END",
		kind ? kind : "", kind ? kind : "");
}

/** Whether a row is granted and ends in a time, as an expression. */
static const char *ends_between(struct arena *arena, int64_t now, int64_t then)
{
	return arena_printf(arena,
			    "CASE WHEN state = 'granted' AND expires_at > %lld "
			    "AND expires_at <= %lld THEN 'yes' END",
			    (long long)now, (long long)then);
}

/** How far the question of a row in this state got, as an expression. */
static const char *question_in(struct arena *arena, const char *state)
{
	return arena_printf(
		arena,
		"CASE WHEN %s = 'pending' AND EXISTS (SELECT 1 FROM ask WHERE "
		"ask.permission = permission.id AND ask.kind = 'added' AND "
		"is_open = 1) THEN 'not-reached' ELSE %s END",
		state, state);
}

/** Whether a question got no answer, and was not asked since, as an
 * expression. */
static const char *asked_until(struct arena *arena, int64_t then)
{
	return arena_printf(arena,
			    "CASE WHEN (state = 'waiting' OR state = 'error') "
			    "AND asked_at < %lld THEN 'yes' END",
			    (long long)then);
}

enum err store_permission_list(struct store *store,
			       const struct permission_filter *filter,
			       struct arena *arena, struct permission **ret,
			       size_t *ret_n)
{
	const char *state =
		filter->state < 0 ? NULL
		: filter->state == PERMISSION_EXPIRED
			? "expired"
			: permission_state_name(
				  (enum permission_state)filter->state);
	const char *origin =
		filter->origin < 0
			? NULL
			: permission_origin_name(
				  (enum permission_origin)filter->origin);
	/* One recipient has few rows, a sender or target any number: as an
	 * expression they are not what is looked for. */
	const struct filter filters[] = {
		{filter->recipient ? "sender || ''" : "sender", filter->sender},
		{filter->recipient ? "target || ''" : "target", filter->target},
		{"recipient", filter->recipient},
		{DOMAIN_OF("target"), filter->domain},
		{state_at(arena, filter->now), state},
		{"origin", origin},
		{for_kind(arena, filter->kind), filter->kind ? "yes" : NULL},
		{ends_between(arena, filter->now, filter->ends_before),
		 filter->ends_before ? "yes" : NULL},
		{question_in(arena, state_at(arena, filter->now)),
		 filter->question},
		{asked_until(arena, filter->asked_before),
		 filter->asked_before ? "yes" : NULL},
		{NULL, NULL}};
	struct query query = query_list(store, SELECT, filters, filter->page);

	return permission_read_all(&query, filter->page.limit, arena, ret,
				   ret_n);
}

/** "*@domain" of an AOR key, or NULL. */
static const char *domain_scope(struct arena *arena, const char *aor)
{
	struct view domain = aor ? uri_key_domain(aor) : VIEW_NONE;

	if (domain.len == 0)
		return NULL;
	return arena_printf(arena, "*@%.*s", (int)domain.len, domain.at);
}

enum err store_permission_rows(struct store *store, const struct facts *facts,
			       struct arena *arena, struct permission **ret,
			       size_t *ret_n)
{
	static const struct identity nobody = {IDENTITY_NONE, {NULL, NULL}};
	const struct identity *sender = facts->sender ? facts->sender : &nobody;
	bool is_known = sender->method != IDENTITY_NONE;
	/* A NULL equals nothing, so that what does not apply finds nothing. */
	struct query query = query_begin(
		store,
		SELECT "WHERE recipient = $1 AND (target IN ($2, rtrim("
		       "'*@' || " DOMAIN_OF(
			       "$2") ", '@')) OR (state = 'denied' AND "
				     "target = '*' || substr($2, "
				     "instr($2, '@')))) AND "
				     "lower(sender) IN (lower($3), lower($4), "
				     "lower($5), lower($6), $7, 'anonymous') "
				     "ORDER BY id");

	query_text(&query, facts->recipient);
	query_text(&query, facts->target);
	for (int i = 0; i < 2; i++) {
		const char *aor = is_known ? sender->aor[i] : NULL;

		query_text(&query, aor);
		query_text(&query, domain_scope(arena, aor));
	}
	query_text(&query, is_known ? "*" : NULL);
	return permission_read_all(&query, SIZE_MAX, arena, ret, ret_n);
}

enum err permission_read_due(struct query *query, struct due_page page,
			     struct arena *arena, struct permission **ret,
			     size_t *ret_n)
{
	struct permission *rows;
	size_t n, due = 0;
	enum err err;

	query_int(query, (int64_t)page.limit + 1);
	err = permission_read_all(query, page.limit + 1, arena, &rows, &n);
	if (err != ERR_OK)
		return err;
	while (due < n && due < page.limit && rows[due].ask_due_at <= page.now)
		due++;
	*ret = rows;
	*ret_n = due;
	*page.ret_next = due < n ? rows[due].ask_due_at : 0;
	return ERR_OK;
}

enum err store_permission_requests_due(struct store *store,
				       struct due_page page,
				       struct arena *arena,
				       struct permission **ret, size_t *ret_n)
{
	struct query query =
		query_begin(store, SELECT "WHERE state = 'pending' "
					  "ORDER BY ask_due_at, id LIMIT $1");

	return permission_read_due(&query, page, arena, ret, ret_n);
}
