/* volensctl conference watch: a table that follows the events. */
#include <unistd.h>

#include "api/ctl/commands.h"
#include "api/ctl/conferences.h"
#include "api/ctl/print.h"

/** What is known of the conference, and how it is shown. */
struct watch {
	struct client *client;
	const struct options *options;
	const char *path; /**< of the conference */
	json_t *conference;
	bool is_screen; /**< standard output is a terminal */
};

static bool is_over(const struct watch *watch)
{
	const char *state =
		json_string_value(json_object_get(watch->conference, "state"));

	return state && !strcmp(state, "ended");
}

/** All of it, in place of what was shown before. */
static void show(const struct watch *watch)
{
	struct arena *arena;

	if (watch->options->is_json)
		return;
	arena = arena_new(0);
	if (watch->is_screen)
		fputs("\033[H\033[2J", stdout);
	conference_print(arena, watch->conference);
	(void)fflush(stdout);
	arena_free(arena);
}

static bool fetch(struct watch *watch)
{
	struct http_reply reply;

	if (!client_call(watch->client, "GET", watch->path, NULL, &reply))
		return false;
	json_decref(watch->conference);
	watch->conference = json_incref(reply.json);
	reply_clear(&reply);
	return true;
}

/** Put the party of an event in the place of what was known of it. */
static void take_party(struct watch *watch, json_t *party)
{
	json_t *parties = json_object_get(watch->conference, "parties");
	json_t *old;
	size_t i;

	json_array_foreach(parties, i, old)
	{
		if (member_number(old, "id") == member_number(party, "id")) {
			(void)json_array_set(parties, i, party);
			return;
		}
	}
	(void)json_array_append(parties, party);
}

static void take_state(struct watch *watch, const json_t *event)
{
	static const char *const names[] = {"state", "ended_by", "subject",
					    "locked", "muted"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *value = json_object_get(event, names[i]);

		if (value)
			(void)json_object_set(watch->conference, names[i],
					      value);
	}
}

/** One line for each event, where there is no screen. */
static void tell(const struct watch *watch, const json_t *event)
{
	const json_t *party = json_object_get(event, "party");
	struct arena *arena = arena_new(0);

	if (watch->options->is_json) {
		print_json(event);
	} else {
		printf("%s %s", member_text(arena, event, "at", "?"),
		       member_text(arena, event, "type", "?"));
		if (party)
			printf(" %lld %s %s", member_number(party, "id"),
			       member_text(arena, party, "uri", "?"),
			       json_is_object(json_object_get(party, "reason"))
				       ? party_reason(arena, party)
				       : member_text(arena, party, "status",
						     "?"));
		puts("");
	}
	(void)fflush(stdout);
	arena_free(arena);
}

/** @return false: nothing more is wanted */
static bool on_event(void *arg, const json_t *event)
{
	struct watch *watch = arg;
	const char *type = json_string_value(json_object_get(event, "type"));
	json_t *party = json_object_get(event, "party");

	if (type && !strcmp(type, "gap")) {
		if (!fetch(watch))
			return false;
	} else if (party) {
		take_party(watch, party);
	} else {
		take_state(watch, event);
	}
	if (watch->is_screen)
		show(watch);
	else
		tell(watch, event);
	return !is_over(watch);
}

/** Where the events are now: before the conference is looked at, so that none
 *  between the two is missed. */
static const char *cursor_now(struct client *client)
{
	const struct options *options = client_options(client);
	struct http_reply reply;
	const char *cursor;

	if (!client_call(client, "GET", "/v1/events?after=now&limit=1", NULL,
			 &reply))
		return NULL;
	cursor = arena_strdup(options->arena, json_string_value(json_object_get(
						      reply.json, "next")));
	reply_clear(&reply);
	return cursor;
}

static enum outcome follow(struct watch *watch, const char *cursor)
{
	struct text path;

	show(watch);
	if (is_over(watch))
		return OUTCOME_OK;
	text_init(&path, watch->options->arena);
	text_printf(&path, "%s/events", watch->path);
	path_param(watch->client, &path, "after", cursor);
	if (!client_stream(watch->client, path.at, on_event, watch))
		return OUTCOME_FAILED;
	if (is_over(watch))
		return OUTCOME_OK;
	print_problem("the relay ended the stream of events.");
	return OUTCOME_FAILED;
}

enum outcome conference_watch_run(struct client *client,
				  const struct options *options)
{
	struct watch watch = {.client = client,
			      .options = options,
			      .path = conference_path(options, "")};
	enum outcome outcome = OUTCOME_FAILED;
	const char *cursor;

	if (!watch.path)
		return OUTCOME_USAGE;
	watch.is_screen = !options->is_json && isatty(STDOUT_FILENO);
	cursor = cursor_now(client);
	if (cursor && fetch(&watch))
		outcome = follow(&watch, cursor);
	json_decref(watch.conference);
	return outcome;
}
