/* What the rooms tell each other by way of the daemon. */
#include "server/daemon_private.h"

/** The API comes after the rooms that tell, and goes before them. */
static bool is_wanted(void *arg)
{
	const struct daemon *daemon = arg;

	return daemon->api && api_events_are_wanted(daemon->api);
}

static void on_message(void *arg, const struct message_event *event)
{
	const struct daemon *daemon = arg;

	api_tell_message(daemon->api, event);
}

struct message_listener setup_message_listener(struct daemon *daemon)
{
	return (struct message_listener){
		.is_wanted = is_wanted, .event = on_message, .arg = daemon};
}

static void on_conference(void *arg, const struct conference_event *event)
{
	const struct daemon *daemon = arg;

	if (daemon->api)
		api_tell_conference(daemon->api, event);
}

struct conference_listener setup_conference_listener(struct daemon *daemon)
{
	return (struct conference_listener){.event = on_conference,
					    .arg = daemon};
}
