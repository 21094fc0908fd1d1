/* What happens in a scenario. */
#include "db/deliveries.h"
#include "db/permissions.h"
#include "tests/scenario/script.h"

static void tell_setting(struct scene *scene)
{
	struct messages_settings *settings = &scene->fixture.settings;
	int64_t value = scene_number(scene, 2);

	if (scene_arg_is(scene, 1, "list-length"))
		settings->list_length = (size_t)value;
	else if (scene_arg_is(scene, 1, "list-bytes"))
		settings->list_bytes = (size_t)value;
	else if (scene_arg_is(scene, 1, "body-bytes"))
		settings->body_bytes = (size_t)value;
	else if (scene_arg_is(scene, 1, "requests"))
		settings->requests_max = (size_t)value;
	else if (scene_arg_is(scene, 1, "window"))
		settings->legs_window = (size_t)value;
	else if (scene_arg_is(scene, 1, "lifetime"))
		settings->lifetime_s = value;
	else if (scene_arg_is(scene, 1, "keep-failed"))
		settings->keep_failed_s = value;
	else if (scene_arg_is(scene, 1, "retry-pause"))
		scene->fixture.retry_pauses_s[0] = (int)value;
	else if (scene_arg_is(scene, 1, "private"))
		settings->uri_rules.allow_private = value != 0;
	else if (scene_arg_is(scene, 1, "any-transport"))
		scene->fixture.asking.routability =
			value ? ROUTABILITY_ANY_TRANSPORT
			      : ROUTABILITY_SECURE_TRANSPORT;
	else
		scene_fail(scene, "no such setting");
}

/* service NAME [omits] */
static void tell_service(struct scene *scene)
{
	struct fixture *fixture = &scene->fixture;
	struct service *service = &fixture->services[fixture->n_services++];

	service->name = arena_strdup(fixture->arena, scene_arg(scene, 1));
	service->uri = arena_printf(fixture->arena, "sip:%s@%s", service->name,
				    FIXTURE_DOMAIN);
	service->key = service->uri;
	service->missing = scene_arg_is(scene, 2, "omits") ? MISSING_OMITS
							   : MISSING_REFUSES;
}

/* ---- permissions --------------------------------------------------------- */

static const char *sender_scope(const char *word)
{
	return strcmp(word, "any") == 0 ? "*" : word;
}

static void change(struct scene *scene, const char *recipient, bool is_granted,
		   enum permission_origin actor)
{
	struct fixture *fixture = &scene->fixture;
	struct permission row;
	struct permission_change change = {
		.sender = sender_scope(scene_arg(scene, 1)),
		.target = scene_arg(scene, 2),
		.recipient = recipient,
		.recipient_uri = recipient,
		.event = is_granted ? EVENT_GRANT : EVENT_DENY,
		.actor = actor,
		.evidence = "a scenario",
		.expires_at = scene_arg_is(scene, 6, "for")
				      ? wall_now_s() + scene_number(scene, 7)
				      : 0,
		.now = wall_now_s()};
	enum err err =
		store_permission_change(fake_writer_store(fixture->writer),
					&change, fixture->arena, &row);

	if (err)
		scene_fail(scene, "the permission stays: %s", err_text(err));
}

/* permission SENDER TARGET -> RECIPIENT granted|denied [for SECONDS]; the
 * recipient may have a %d and a count: sip:u%d@example.com*500 */
static void tell_permission(struct scene *scene)
{
	bool is_granted = scene_arg_is(scene, 5, "granted");
	const char *star = strchr(scene_arg(scene, 4), '*');
	const char *pattern = scene_arg(scene, 4);
	const char *hole = strstr(pattern, "%d");
	long n = star ? strtol(star + 1, NULL, 10) : 0;

	if (!star || !hole) {
		change(scene, pattern, is_granted, ORIGIN_RECIPIENT);
		return;
	}
	for (long i = 0; i < n && !scene->has_failed; i++)
		change(scene,
		       arena_printf(scene->fixture.arena, "%.*s%ld%.*s",
				    (int)(hole - pattern), pattern, i,
				    (int)(star - hole - 2), hole + 2),
		       is_granted, ORIGIN_RECIPIENT);
}

/* ---- requests and legs --------------------------------------------------- */

static void tell_recv(struct scene *scene)
{
	scene->n_requests++;
	scene->last_recv = scene->line;
	scene->last_block = scene->block;
	scene->n_last_block = scene->n_block;
	scene_receive(scene);
	fixture_settle(&scene->fixture);
}

/* The last request once more, octet for octet. */
static void tell_again(struct scene *scene)
{
	const struct line *line = scene->line;

	if (!scene->last_recv) {
		scene_fail(scene, "nothing was received yet");
		return;
	}
	scene->line = scene->last_recv;
	scene->block = scene->last_block;
	scene->n_block = scene->n_last_block;
	scene_receive(scene);
	scene->line = line;
	fixture_settle(&scene->fixture);
}

/* more N: the last request as N new ones */
static void tell_more(struct scene *scene)
{
	int64_t n = scene_number(scene, 1);

	while (n-- > 0 && !scene->has_failed) {
		scene->n_requests++;
		tell_again(scene);
	}
}

static bool answer_one(struct scene *scene, const char *uri)
{
	for (struct sent *it = scene->fixture.edge.sent; it; it = it->next) {
		if (!it->leg || (uri && strcmp(it->uri, uri) != 0))
			continue;
		fake_edge_answer(it, (int)scene_number(scene, 2),
				 scene_arg_is(scene, 3, "retry-after")
					 ? (int)scene_number(scene, 4)
					 : 0);
		return true;
	}
	return false;
}

/* answer URI|all STATUS [retry-after SECONDS|always] */
static void tell_answer(struct scene *scene)
{
	if (scene_arg_is(scene, 1, "all")) {
		while (answer_one(scene, NULL))
			fixture_settle(&scene->fixture);
		return;
	}
	if (!answer_one(scene, scene_arg(scene, 1)))
		scene_fail(scene, "no leg to it is in flight");
	fixture_settle(&scene->fixture);
	while (scene_arg_is(scene, 3, "always") &&
	       answer_one(scene, scene_arg(scene, 1)))
		fixture_settle(&scene->fixture);
}

static void tell_edge(struct scene *scene)
{
	scene->fixture.edge.is_held = scene_arg_is(scene, 1, "hold");
	fixture_settle(&scene->fixture);
}

/* ---- time, disk, process --------------------------------------------------
 */

static int64_t span_ms(struct scene *scene)
{
	int64_t n = scene_number(scene, 1);

	if (scene_arg_is(scene, 2, "d"))
		return n * 86400000;
	if (scene_arg_is(scene, 2, "h"))
		return n * 3600000;
	if (scene_arg_is(scene, 2, "m"))
		return n * 60000;
	if (!scene_arg_is(scene, 2, "s"))
		scene_fail(scene, "a span is: N s|m|h|d");
	return n * 1000;
}

static void tell_advance(struct scene *scene)
{
	fixture_advance(&scene->fixture, span_ms(scene));
}

/* clock N s: the wall clock jumps, no time passes. */
static void tell_clock(struct scene *scene)
{
	fake_clock_step(span_ms(scene) / 1000);
}

/* commit hold|release|well|full|broken|busy */
static void tell_commit(struct scene *scene)
{
	struct writer *writer = scene->fixture.writer;

	if (scene_arg_is(scene, 1, "hold"))
		fake_writer_hold(writer, 1);
	else if (scene_arg_is(scene, 1, "release"))
		fake_writer_hold(writer, 0);
	else if (scene_arg_is(scene, 1, "well"))
		fake_writer_fail(writer, ERR_OK);
	else if (scene_arg_is(scene, 1, "full"))
		fake_writer_fail(writer, ERR_FULL);
	else if (scene_arg_is(scene, 1, "broken"))
		fake_writer_fail(writer, ERR_IO);
	else if (scene_arg_is(scene, 1, "busy"))
		fake_writer_fail(writer, ERR_BUSY);
	else
		scene_fail(scene, "no such commit");
	fixture_settle(&scene->fixture);
}

static void tell_crash(struct scene *scene)
{
	scene->current = NULL;
	fixture_crash(&scene->fixture, scene_arg_is(scene, 1, "after")
					       ? LAST_COMMIT
					       : LAST_NOTHING);
}

static void tell_stop(struct scene *scene)
{
	scene->current = NULL;
	fixture_stop(&scene->fixture);
}

static void tell_start(struct scene *scene)
{
	fixture_start(&scene->fixture);
	if (scene_arg_is(scene, 1, "broken"))
		fake_writer_fail(scene->fixture.writer, ERR_IO);
	fixture_settle(&scene->fixture);
}

/* spoil message|recipients: the disk lies about what was accepted */
static void tell_spoil(struct scene *scene)
{
	fake_writer_spoil(scene->fixture.writer, scene_arg(scene, 1));
}

static void tell_drain(struct scene *scene)
{
	messages_drain(scene->fixture.messages);
	consents_drain(scene->fixture.consents);
	fixture_settle(&scene->fixture);
}

static void tell_poke(struct scene *scene)
{
	messages_wake(scene->fixture.messages);
	fixture_settle(&scene->fixture);
}

/* forget: an operator drops every delivery over REST */
static void tell_forget(struct scene *scene)
{
	struct store *store = fake_writer_store(scene->fixture.writer);
	struct delivery_filter filter = {.state = -1, .page.limit = 1000};
	struct delivery *rows;
	size_t n = 0;
	enum err err = store_delivery_list(store, &filter, scene->fixture.arena,
					   &rows, &n);

	for (size_t i = 0; i < n && !err; i++)
		err = store_delivery_drop(store, rows[i].id, wall_now_s());
	if (err)
		scene_fail(scene, "not dropped: %s", err_text(err));
}

const struct word scene_acts[] = {
	{"setting", tell_setting},
	{"service", tell_service},
	{"permission", tell_permission},
	{"recv", tell_recv},
	{"again", tell_again},
	{"answer", tell_answer},
	{"edge", tell_edge},
	{"advance", tell_advance},
	{"clock", tell_clock},
	{"commit", tell_commit},
	{"crash", tell_crash},
	{"stop", tell_stop},
	{"start", tell_start},
	{"drain", tell_drain},
	{"poke", tell_poke},
	{"more", tell_more},
	{"forget", tell_forget},
	{"spoil", tell_spoil},
	{NULL, NULL},
};
