/* What happens in a scenario. */
#include "db/deliveries.h"
#include "db/permissions.h"
#include "tests/scenario/scene.h"

static void tell_setting(struct scene *scene)
{
	struct relays_settings *settings = &scene->world.settings;
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
		scene->world.retry_pauses_s[0] = (int)value;
	else if (scene_arg_is(scene, 1, "private"))
		settings->uri_rules.allow_private = value != 0;
	else if (scene_arg_is(scene, 1, "any-transport"))
		scene->world.asking.routability =
			value ? ROUTABILITY_ANY_TRANSPORT
			      : ROUTABILITY_SECURE_TRANSPORT;
	else
		scene_fail(scene, "no such setting");
}

/* service NAME [skips] */
static void tell_service(struct scene *scene)
{
	struct world *world = &scene->world;
	struct service *service = &world->services[world->n_services++];

	service->name = arena_strdup(world->arena, scene_arg(scene, 1));
	service->uri = arena_printf(world->arena, "sip:%s@%s", service->name,
				    WORLD_DOMAIN);
	service->key = service->uri;
	service->missing = scene_arg_is(scene, 2, "skips") ? MISSING_SKIPS
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
	struct world *world = &scene->world;
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
	enum err err = store_permission_change(fake_writer_store(world->writer),
					       &change, world->arena, &row);

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
		       arena_printf(scene->world.arena, "%.*s%ld%.*s",
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
	world_settle(&scene->world);
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
	world_settle(&scene->world);
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
	for (struct sent *it = scene->world.edge.sent; it; it = it->next) {
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
			world_settle(&scene->world);
		return;
	}
	if (!answer_one(scene, scene_arg(scene, 1)))
		scene_fail(scene, "no leg to it is in flight");
	world_settle(&scene->world);
	while (scene_arg_is(scene, 3, "always") &&
	       answer_one(scene, scene_arg(scene, 1)))
		world_settle(&scene->world);
}

static void tell_edge(struct scene *scene)
{
	scene->world.edge.is_held = scene_arg_is(scene, 1, "hold");
	world_settle(&scene->world);
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
	world_advance(&scene->world, span_ms(scene));
}

/* clock N s: the wall clock jumps, no time passes. */
static void tell_clock(struct scene *scene)
{
	fake_clock_step(span_ms(scene) / 1000);
}

/* commit hold|release|well|full|broken|busy */
static void tell_commit(struct scene *scene)
{
	struct writer *writer = scene->world.writer;

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
	world_settle(&scene->world);
}

static void tell_crash(struct scene *scene)
{
	scene->current = NULL;
	world_crash(&scene->world, scene_arg_is(scene, 1, "after")
					   ? LAST_COMMIT
					   : LAST_NOTHING);
}

static void tell_stop(struct scene *scene)
{
	scene->current = NULL;
	world_stop(&scene->world);
}

static void tell_start(struct scene *scene)
{
	world_start(&scene->world);
	if (scene_arg_is(scene, 1, "broken"))
		fake_writer_fail(scene->world.writer, ERR_IO);
	world_settle(&scene->world);
}

/* spoil message|recipients: the disk lies about what was accepted */
static void tell_spoil(struct scene *scene)
{
	fake_writer_spoil(scene->world.writer, scene_arg(scene, 1));
}

static void tell_drain(struct scene *scene)
{
	relays_drain(scene->world.relays);
	consents_drain(scene->world.consents);
	world_settle(&scene->world);
}

static void tell_poke(struct scene *scene)
{
	relays_wake(scene->world.relays);
	world_settle(&scene->world);
}

/* forget: an operator drops every delivery over REST */
static void tell_forget(struct scene *scene)
{
	struct store *store = fake_writer_store(scene->world.writer);
	struct delivery_filter filter = {.state = -1};
	struct delivery *rows;
	size_t n = 0;
	enum err err =
		store_delivery_list(store, &filter, (struct page){0, 1000},
				    scene->world.arena, &rows, &n);

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
