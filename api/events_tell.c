/* What other rooms tell, as events. */
#include <jansson.h>

#include "api/exchange.h"
#include "api/json.h"
#include "api/json_conferences.h"

bool api_events_are_wanted(const struct api *api)
{
	return events_are_watched(api->events);
}

static void put_recipient(json_t *members, const struct message_event *event)
{
	json_put(members, "recipient", json_text(event->recipient));
	json_put(members, "status", json_number(event->status));
	json_put(members, "attempts", json_integer(event->attempts));
	if (event->kind == MESSAGE_EVENT_FAILED)
		json_put(members, "expired", json_boolean(event->is_expired));
}

void api_tell_message(struct api *api, const struct message_event *event)
{
	json_t *members = json_object();

	json_put(members, "request", json_integer(event->request));
	json_put(members, "call_id", json_text(event->call_id));
	json_put(members, "method", json_text(event->method));
	json_put(members, "sender", json_text(event->sender));
	json_put(members, "target", json_text(event->target));
	if (event->recipient)
		put_recipient(members, event);
	else
		json_put(members, "recipients",
			 json_integer((json_int_t)event->n_recipients));
	events_add(api->events,
		   &(struct event_in){.type = EVENT_TYPE_MESSAGE +
					      (unsigned)event->kind,
				      .at_ms = wall_now_ms(),
				      .members = members});
}

static void tell_conference(struct api *api, unsigned type,
			    const struct conference_event *event)
{
	if (event->party) {
		events_add_party(api->events, type, event);
		return;
	}
	events_add(api->events,
		   &(struct event_in){.type = type,
				      .conference = event->conference->id,
				      .at_ms = event->at_ms,
				      .members = json_conference_event(event)});
}

void api_tell_conference(struct api *api, const struct conference_event *event)
{
	if (event->kind == PARTY_EVENT_DISCONNECTED && event->party &&
	    event->party->is_revoked)
		tell_conference(api, EVENT_TYPE_REVOKED, event);
	tell_conference(api, EVENT_TYPE_CONFERENCE + (unsigned)event->kind,
			event);
}
