/* Asking and answering in a scenario. */
#include "db/permissions.h"
#include "tests/scenario/script.h"

/* ask SENDER TARGET -> RECIPIENT: somebody wants this permission */
static void tell_ask(struct scene *scene)
{
	struct fixture *fixture = &scene->fixture;
	const char *sender = scene_arg(scene, 1);
	struct permission row;
	struct permission_change change = {
		.sender = strcmp(sender, "any") == 0 ? "*" : sender,
		.target = scene_arg(scene, 2),
		.recipient = scene_arg(scene, 4),
		.recipient_uri = scene_arg(scene, 4),
		.event = EVENT_ADDED,
		.actor = ORIGIN_ADMIN,
		.expires_at = 0,
		.ask_due_at = wall_now_s(),
		.now = wall_now_s()};
	enum err err =
		store_permission_change(fake_writer_store(fixture->writer),
					&change, fixture->arena, &row);

	if (err) {
		scene_fail(scene, "it is not asked for: %s", err_text(err));
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
static void tell_keep(struct scene *scene)
{
	bool is_any = false;

	for (int kind = 0; scene->current && kind < TOKEN_KINDS; kind++)
		is_any |=
			find_token(&scene->current->message,
				   (enum token_kind)kind, &scene->tokens[kind]);
	if (!is_any)
		scene_fail(scene, "there is no consent URI");
}

static enum token_kind kind_of(struct scene *scene)
{
	if (scene_arg_is(scene, 1, "grant"))
		return TOKEN_GRANT;
	if (scene_arg_is(scene, 1, "deny"))
		return TOKEN_DENY;
	if (!scene_arg_is(scene, 1, "trigger"))
		scene_fail(scene, "publish grant, deny or trigger");
	return TOKEN_TRIGGER;
}

/* publish KIND from URI by digest|asserted|nobody [over tls] */
static void tell_publish(struct scene *scene)
{
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));
	struct consent_reply reply = {.request = request,
				      .kind = kind_of(scene),
				      .over_tls = scene_arg_is(scene, 7, "tls"),
				      .expires_s = -1};

	reply.token = scene->tokens[reply.kind];
	request->arena = arena;
	request->method = "PUBLISH";
	request->target = request->target_key = "sip:token@" FIXTURE_DOMAIN;
	request->max_forwards = 70;
	request->max_breadth = -1;
	request->expires_s = -1;
	request->received_at = wall_now_s();
	snprintf(request->id, sizeof(request->id), "relay=%012x",
		 ++scene->n_requests);
	request->from = arena_printf(arena, "<%s>", scene_arg(scene, 3));
	request->from_key = arena_strdup(arena, scene_arg(scene, 3));
	if (scene_arg_is(scene, 5, "digest"))
		request->sender.method = IDENTITY_DIGEST;
	else if (scene_arg_is(scene, 5, "asserted"))
		request->sender.method = IDENTITY_ASSERTED;
	if (request->sender.method != IDENTITY_NONE)
		request->sender.aor[0] = request->from_key;
	if (scene->has_failed) {
		arena_free(arena);
		return;
	}
	fake_edge_receive(&scene->fixture.edge, request);
	consent_receive(scene->fixture.consents, &reply);
	fixture_settle(&scene->fixture);
}

const struct word scene_asks[] = {
	{"ask", tell_ask},
	{"keep", tell_keep},
	{"publish", tell_publish},
	{NULL, NULL},
};
