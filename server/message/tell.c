/* What happens to requests, told to a listener. */
#include "server/message/tell.h"

#include "db/journal.h"

static bool is_wanted(const struct messages_settings *settings)
{
	const struct message_listener *listener = &settings->listener;

	return listener->event && listener->is_wanted(listener->arg);
}

static struct message_event event_of(const struct journal_entry *entry,
				     enum message_event_kind kind)
{
	return (struct message_event){.kind = kind,
				      .request = entry->id,
				      .call_id = entry->call_id,
				      .sender = entry->sender,
				      .target = entry->target,
				      .method = entry->method};
}

void tell_accepted(const struct messages_settings *settings,
		   const struct journal_entry *entry, size_t n_recipients)
{
	struct message_event event;

	if (!is_wanted(settings))
		return;
	event = event_of(entry, MESSAGE_EVENT_ACCEPTED);
	event.n_recipients = n_recipients;
	settings->listener.event(settings->listener.arg, &event);
}

/** MESSAGE_EVENT_KINDS: it is not over. */
static enum message_event_kind kind_of(enum attempt_outcome outcome,
				       const struct delivery *row)
{
	if (outcome == ATTEMPT_OK)
		return MESSAGE_EVENT_DELIVERED;
	if (!row || row->state == DELIVERY_WAITING)
		return MESSAGE_EVENT_KINDS;
	return row->state == DELIVERY_WITHDRAWN ? MESSAGE_EVENT_WITHDRAWN
						: MESSAGE_EVENT_FAILED;
}

void tell_attempt(const struct attempt *attempt, enum attempt_outcome outcome,
		  const struct leg *leg, const struct delivery *row)
{
	const struct messages_settings *settings =
		attempt->fanout->fanouts->settings.messages;
	enum message_event_kind kind;
	struct message_event event;

	if (!is_wanted(settings))
		return;
	kind = kind_of(outcome, row);
	if (kind == MESSAGE_EVENT_KINDS)
		return;
	event = event_of(&attempt->fanout->accepted->entry, kind);
	event.recipient = attempt->user.key;
	event.status = leg && leg->status > 0 ? leg->status : 0;
	event.attempts = attempt->n_made;
	event.is_expired = row && row->state == DELIVERY_EXPIRED;
	settings->listener.event(settings->listener.arg, &event);
}
