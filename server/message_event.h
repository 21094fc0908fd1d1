/*
 * message_event -- what the module of MESSAGE tells about its requests.
 *
 * For readers of events.  It is told as it happens, not when it is on disk: a
 * request that is tried again after a crash may be told twice.  Loop thread
 * only.
 */
#ifndef VOLENS_SERVER_MESSAGE_EVENT_H
#define VOLENS_SERVER_MESSAGE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum message_event_kind {
	MESSAGE_EVENT_ACCEPTED,	 /**< it got 202 */
	MESSAGE_EVENT_DELIVERED, /**< a recipient took it */
	MESSAGE_EVENT_FAILED,	 /**< refused, or not delivered in time */
	MESSAGE_EVENT_WITHDRAWN, /**< there is no permission any more */
	MESSAGE_EVENT_KINDS
};

struct message_event {
	enum message_event_kind kind;
	int64_t request; /**< as at /v1/requests/{id} */
	const char *call_id, *sender, *target, *method;
	const char *recipient; /**< its key; NULL: MESSAGE_EVENT_ACCEPTED */
	size_t n_recipients;   /**< MESSAGE_EVENT_ACCEPTED */
	int status;	       /**< of the last response; 0: none */
	unsigned attempts;
	bool is_expired; /**< MESSAGE_EVENT_FAILED: its time was over */
};

struct message_listener {
	/** Cheap: is anybody interested? */
	bool (*is_wanted)(void *arg);
	/** Must copy what it needs. */
	void (*event)(void *arg, const struct message_event *event);
	void *arg;
};

#endif
