/* Asking and answering in a scenario. */
#include "db/permissions.h"
#include "tests/scenario/script.h"

static const int pauses_s[] = {86400,	   3 * 86400,  7 * 86400,
			       14 * 86400, 30 * 86400, 60 * 86400};

/* owner-limits 1: as the configuration has them */
static void set_owner_limits(struct asking_limits *limits)
{
	limits->owner_per_day = 1;
	limits->owner_per_week = 2;
	limits->owner_per_half_year = 7;
	limits->pauses_s = pauses_s;
	limits->n_pauses = sizeof(pauses_s) / sizeof(pauses_s[0]);
}

bool script_set_asking(struct script *script)
{
	struct consents_settings *settings = &script->fixture.asking;
	int64_t value = script_number(script, 2);

	if (script_arg_is(script, 1, "owner-limits"))
		set_owner_limits(&settings->asking);
	else if (script_arg_is(script, 1, "requests-per-day"))
		settings->asking.all.per_day = (int)value;
	else if (script_arg_is(script, 1, "request-interval"))
		settings->asking.all.interval_s = (int)value;
	else if (script_arg_is(script, 1, "request-lifetime"))
		settings->request_lifetime_s = value;
	else
		return false;
	return true;
}

/* unask SENDER TARGET -> RECIPIENT: the permission is removed */
static void run_unask(struct script *script)
{
	struct fixture *fixture = &script->fixture;
	const char *sender = script_arg(script, 1);
	struct permission row;
	struct permission_change change = {
		.sender = strcmp(sender, "any") == 0 ? "*" : sender,
		.target = script_arg(script, 2),
		.recipient = script_arg(script, 4),
		.event = EVENT_REMOVED,
		.actor = ORIGIN_ADMIN,
		.expires_at = -1,
		.now = wall_now_s()};
	enum err err =
		store_permission_change(fake_writer_store(fixture->writer),
					&change, fixture->arena, &row);

	if (err)
		script_fail(script, "it is not removed: %s", err_text(err));
}

/* ask SENDER TARGET -> RECIPIENT: somebody wants this permission */
static void run_ask(struct script *script)
{
	struct fixture *fixture = &script->fixture;
	const char *sender = script_arg(script, 1);
	struct permission row;
	struct permission_change change = {
		.sender = strcmp(sender, "any") == 0 ? "*" : sender,
		.target = script_arg(script, 2),
		.recipient = script_arg(script, 4),
		.recipient_uri = script_arg(script, 4),
		.event = EVENT_ADDED,
		.actor = ORIGIN_ADMIN,
		.expires_at = 0,
		.ask_due_at = wall_now_s(),
		.now = wall_now_s()};
	enum err err =
		store_permission_change(fake_writer_store(fixture->writer),
					&change, fixture->arena, &row);

	if (err) {
		script_fail(script, "it is not asked for: %s", err_text(err));
		return;
	}
	consents_wake(fixture->consents);
	fixture_settle(fixture);
}

/* reask SENDER TARGET -> RECIPIENT: it is asked once more, by an operator */
static void run_reask(struct script *script)
{
	struct fixture *fixture = &script->fixture;
	struct store *store = fake_writer_store(fixture->writer);
	const char *sender = script_arg(script, 1);
	const struct permission scopes = {
		.sender = strcmp(sender, "any") == 0 ? "*" : sender,
		.target = script_arg(script, 2),
		.recipient = script_arg(script, 4)};
	struct permission_change change = {.event = EVENT_AGAIN,
					   .actor = ORIGIN_ADMIN,
					   .expires_at = -1,
					   .ask_due_at = wall_now_s(),
					   .now = wall_now_s()};
	struct permission_result result;
	struct permission row;
	enum err err =
		store_permission_find(store, &scopes, fixture->arena, &row);

	change.id = row.id;
	if (!err)
		err = store_permission_set(store, &change, fixture->arena,
					   &result);
	if (script_arg_is(script, 5, "refused") && err == ERR_CONFLICT)
		return;
	if (err) {
		script_fail(script, "it is not asked again: %s", err_text(err));
		return;
	}
	consents_wake(fixture->consents);
	fixture_settle(fixture);
}

/* The token in the first URI of this kind, or false. */
static bool find_token(const struct text *message, enum token_kind kind,
		       struct token *ret)
{
	char head[] = "sip:x-";
	struct view whole = text_view(message), user;
	enum token_kind found;
	size_t at;

	head[4] = token_letter(kind);
	at = view_find_view(whole, view_of(head), 0);
	if (at == SIZE_MAX)
		return false;
	user = view_from(whole, at + strlen("sip:"));
	user = view_head(user, view_find(user, '@', 0));
	return token_parse(user, &found, ret) == ERR_OK;
}

/* keep: the consent URIs in the leg last looked at */
static void run_keep(struct script *script)
{
	bool is_any = false;

	for (int kind = 0; script->current && kind < TOKEN_KINDS; kind++)
		is_any |= find_token(&script->current->message,
				     (enum token_kind)kind,
				     &script->tokens[kind]);
	if (!is_any)
		script_fail(script, "there is no consent URI");
}

static enum token_kind kind_of(struct script *script)
{
	if (script_arg_is(script, 1, "grant"))
		return TOKEN_GRANT;
	if (script_arg_is(script, 1, "deny"))
		return TOKEN_DENY;
	if (!script_arg_is(script, 1, "trigger"))
		script_fail(script, "publish grant, deny or trigger");
	return TOKEN_TRIGGER;
}

/* publish KIND from URI by digest|asserted|nobody [over tls] */
static void run_publish(struct script *script)
{
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));

	request->token_kind = kind_of(script);
	request->token = script->tokens[request->token_kind];
	request->is_secure = script_arg_is(script, 7, "tls");
	request->arena = arena;
	request->method = "PUBLISH";
	request->target = request->target_key = "sip:token@" FIXTURE_DOMAIN;
	request->max_forwards = 70;
	request->max_breadth = -1;
	request->expires_s = -1;
	request->received_at = wall_now_s();
	snprintf(request->id, sizeof(request->id), "relay=%012x",
		 ++script->n_requests);
	request->from = arena_printf(arena, "<%s>", script_arg(script, 3));
	request->from_key = arena_strdup(arena, script_arg(script, 3));
	if (script_arg_is(script, 5, "digest"))
		request->sender.method = IDENTITY_DIGEST;
	else if (script_arg_is(script, 5, "asserted"))
		request->sender.method = IDENTITY_ASSERTED;
	request->vouched = 1;
	if (request->sender.method != IDENTITY_NONE)
		request->sender.aor[0] = request->from_key;
	if (script->has_failed) {
		arena_free(arena);
		return;
	}
	fake_edge_receive(&script->fixture.edge, request);
	consent_receive(script->fixture.consents, request);
	fixture_settle(&script->fixture);
}

const struct word script_consent_commands[] = {
	{"ask", run_ask},   {"reask", run_reask},     {"unask", run_unask},
	{"keep", run_keep}, {"publish", run_publish}, {NULL, NULL},
};
