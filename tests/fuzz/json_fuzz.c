/* The JSON bodies of the API, and the Request-URIs they come with. */
#include "api/bodies.h"
#include "api/list_bodies.h"
#include "api/conference_bodies.h"
#include "api/event_types.h"
#include "api/params.h"
#include "policies/match.h"
#include "server/base/uri.h"

#include "tests/fuzz/fuzz.h"

#define NOW 1700000000

/* A refusal says what for, and 422 says which member. */
static void claim_fault(const struct problem *problem)
{
	FUZZ_CLAIM(problem->status == 400 || problem->status == 422);
	FUZZ_CLAIM(problem->detail);
	FUZZ_CLAIM((problem->status == 422) == (problem->field != NULL));
}

/* A key is canonical already, and one line. */
static void claim_key(struct arena *arena, const char *key)
{
	const char *again;

	FUZZ_CLAIM(!view_has_control(view_of(key)));
	FUZZ_CLAIM(!uri_key(arena, view_of(key), &again));
	FUZZ_CLAIM(!strcmp(key, again));
}

static void claim_recipient_key(struct arena *arena, const char *key)
{
	const char *again;
	struct uri uri;

	FUZZ_CLAIM(!view_has_control(view_of(key)));
	FUZZ_CLAIM(!uri_parse(view_of(key), &uri));
	FUZZ_CLAIM(!uri_recipient_key(arena, &uri, &again));
	FUZZ_CLAIM(!strcmp(key, again));
}

/* What nobody but the recipient may say cannot be said here. */
static void claim_word(const struct permission_body *body)
{
	FUZZ_CLAIM(body->origin != ORIGIN_RECIPIENT);
	FUZZ_CLAIM(body->state != PERMISSION_WAITING &&
		   body->state != PERMISSION_ERROR);
	FUZZ_CLAIM(body->state != PERMISSION_GRANTED || body->evidence);
	FUZZ_CLAIM(body->expires_at <= 0 || body->expires_at > NOW);
}

static void claim_permission(struct arena *arena, struct view text)
{
	static const char *const services[] = {"lists"};
	static const struct ours ours = {.domain = "relay.example.com",
					 .services = services,
					 .n_services = 1};
	const struct body_rules rules = {.ours = &ours, .now = NOW};
	const struct uri_rules sendable = {.allow_private = false};
	struct permission_body body;
	struct problem problem = {0};
	struct uri uri;

	if (permission_body_read(text, &rules, arena, &body, &problem)) {
		claim_fault(&problem);
	} else {
		claim_word(&body);
		claim_recipient_key(arena, body.recipient);
		FUZZ_CLAIM(!uri_parse(view_of(body.recipient_uri), &uri));
		FUZZ_CLAIM(!uri_check_sendable(&uri, &sendable));
		FUZZ_CLAIM(!uri_check_reachable(&uri, &sendable));
		FUZZ_CLAIM(scope_kind(body.sender) != SCOPE_INVALID);
		if (strcmp(body.target, "*") != 0)
			claim_key(arena, body.target);
	}
	problem = (struct problem){0};
	if (permission_patch_read(text, &rules, arena, &body, &problem))
		claim_fault(&problem);
	else
		claim_word(&body);
}

static void claim_user(struct arena *arena, struct view text)
{
	struct user_body body;
	struct problem problem = {0};

	if (user_body_read(text, arena, &body, &problem)) {
		claim_fault(&problem);
	} else {
		claim_key(arena, body.aor);
		FUZZ_CLAIM(!strchr(body.username, ':'));
		FUZZ_CLAIM(body.password[0]);
	}
	problem = (struct problem){0};
	if (user_patch_read(text, arena, &body, &problem))
		claim_fault(&problem);
}

static void claim_question(struct arena *arena, struct view text)
{
	struct explain_body body;
	struct problem problem = {0};

	if (explain_body_read(text, arena, &body, &problem)) {
		claim_fault(&problem);
		return;
	}
	if (body.sender)
		claim_key(arena, body.sender);
	claim_key(arena, body.target);
	claim_recipient_key(arena, body.recipient);
}

/* Nobody without a URI is called, and no number is out of its range. */
static void claim_entries(const struct conference_entry *entries, size_t n)
{
	FUZZ_CLAIM(n > 0 && n <= CONFERENCE_ENTRIES_MAX);
	for (size_t i = 0; i < n; i++) {
		FUZZ_CLAIM(entries[i].uri && entries[i].uri[0]);
		FUZZ_CLAIM(entries[i].copy <= COPY_TO);
	}
}

static void claim_conference(struct arena *arena, struct view text)
{
	struct conference_order order;
	struct conference_addition addition;
	struct conference_patch patch;
	struct party_patch party;
	struct problem problem = {0};

	if (conference_body_read(text, arena, &order, &problem)) {
		claim_fault(&problem);
	} else {
		claim_entries(order.entries, order.n_entries);
		claim_key(arena, order.sender);
		FUZZ_CLAIM(order.service[0]);
		FUZZ_CLAIM(order.ring_s >= 0 && order.duration_s >= 0);
	}
	problem = (struct problem){0};
	if (addition_body_read(text, arena, &addition, &problem)) {
		claim_fault(&problem);
	} else {
		claim_entries(addition.entries, addition.n_entries);
		FUZZ_CLAIM(addition.actor.is_operator);
	}
	problem = (struct problem){0};
	if (conference_patch_read(text, arena, &patch, &problem))
		claim_fault(&problem);
	problem = (struct problem){0};
	if (party_patch_read(text, arena, &party, &problem))
		claim_fault(&problem);
	else
		FUZZ_CLAIM(party.volume_db >= -40 && party.volume_db <= 20);
}

/* Whom a leg can go to, in no more than one form. */
static void claim_list_entry(struct arena *arena, const struct list_entry *it)
{
	struct uri uri;

	FUZZ_CLAIM((it->kind == LIST_NESTED) == (it->key == NULL));
	FUZZ_CLAIM((it->kind == LIST_NESTED) == (it->name != NULL));
	FUZZ_CLAIM((it->kind == LIST_REF) == (it->ref_name != NULL));
	FUZZ_CLAIM(it->parent >= 0 && it->copy <= COPY_TO);
	if (!it->key)
		return;
	claim_recipient_key(arena, it->key);
	FUZZ_CLAIM(!uri_parse(view_of(it->uri), &uri));
	FUZZ_CLAIM(!uri.headers.len && !uri.password.len);
}

static void claim_list(struct arena *arena, struct view text)
{
	static const char *const services[] = {"lists"};
	static const struct ours ours = {.domain = "relay.example.com",
					 .services = services,
					 .n_services = 1};
	const struct body_rules rules = {.ours = &ours, .now = NOW};
	struct list_entries entries;
	struct list_body body;
	struct problem problem = {0};

	if (list_body_read(text, arena, &body, &problem)) {
		claim_fault(&problem);
	} else {
		FUZZ_CLAIM(list_name_is_fine(body.name));
		claim_key(arena, body.owner);
	}
	problem = (struct problem){0};
	if (list_patch_read(text, arena, &body, &problem))
		claim_fault(&problem);
	problem = (struct problem){0};
	if (list_entries_read(text, &rules, arena, &entries, &problem)) {
		claim_fault(&problem);
		return;
	}
	FUZZ_CLAIM(entries.n > 0 && entries.n <= LIST_ENTRIES_AT_ONCE);
	for (size_t i = 0; i < entries.n; i++)
		claim_list_entry(arena, &entries.at[i]);
}

/* A cursor that is read is written the same, but for leading zeros. */
static void claim_events(struct arena *arena, struct view text)
{
	const char *whole = view_copy(arena, text);
	struct event_position position, again;
	char cursor[EVENT_CURSOR_MAX];
	uint32_t process, same;
	uint64_t types = 0;

	if (!event_cursor_read(whole, &process, &position)) {
		event_cursor_write(process, &position, cursor);
		FUZZ_CLAIM(!event_cursor_read(cursor, &same, &again));
		FUZZ_CLAIM(same == process && again.live == position.live &&
			   again.change == position.change);
	}
	if (!event_types_read(whole, &types))
		FUZZ_CLAIM(types && !(types & ~EVENT_TYPES_ALL));
}

static void claim_target(struct arena *arena, struct view text)
{
	struct params params;
	const char *path;

	if (params_read(arena, view_copy(arena, text), &path, &params))
		return;
	FUZZ_CLAIM(params.n <= PARAMS_MAX);
	FUZZ_CLAIM(!view_has_control(view_of(path)));
	for (size_t i = 0; i < params.n; i++)
		FUZZ_CLAIM(params_value(&params, params.items[i].name) ==
			   params.items[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view text = {(const char *)at, len};
	struct arena *arena = arena_new(0);

	claim_permission(arena, text);
	claim_user(arena, text);
	claim_question(arena, text);
	claim_target(arena, text);
	claim_conference(arena, text);
	claim_events(arena, text);
	claim_list(arena, text);
	arena_free(arena);
	return 0;
}
