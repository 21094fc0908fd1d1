/*
 * event_types -- the types of events, which ones a reader wants, and where a
 * reader stands.  Pure.
 */
#ifndef VOLENS_API_EVENT_TYPES_H
#define VOLENS_API_EVENT_TYPES_H

#include "db/change_log.h"
#include "server/base/view.h"
#include "server/conference.h"
#include "server/message_event.h"

/* Of enum conference_event_kind. */
#define EVENT_CONFERENCE_KINDS (PARTY_EVENT_DISCONNECTED + 1)

enum event_type {
	EVENT_TYPE_PERMISSION, /**< this one and the next, as enum change_kind
				*/
	EVENT_TYPE_MESSAGE = EVENT_TYPE_PERMISSION + CHANGE_EVENTS,
	EVENT_TYPE_CONFERENCE = EVENT_TYPE_MESSAGE + MESSAGE_EVENT_KINDS,
	/** Besides party.disconnected: they took their yes back. */
	EVENT_TYPE_REVOKED = EVENT_TYPE_CONFERENCE + EVENT_CONFERENCE_KINDS,
	EVENT_TYPES
};
/** "permission.granted" ... */
const char *event_type_name(unsigned type);

/* Sets of types: a bit for each. */
#define EVENT_TYPES_ALL (((uint64_t)1 << EVENT_TYPES) - 1)
/** Those that are in the change log. */
#define EVENT_TYPES_LOGGED                                                     \
	((((uint64_t)1 << CHANGE_EVENTS) - 1) << EVENT_TYPE_PERMISSION)
/** Those that are kept only while somebody reads. */
#define EVENT_TYPES_MESSAGE                                                    \
	((((uint64_t)1 << MESSAGE_EVENT_KINDS) - 1) << EVENT_TYPE_MESSAGE)

/** Names and families ("message.*") with commas between; NULL: all.
 *  ERR_SYNTAX: one is not known. */
enum err event_types_read(const char *text, uint64_t *ret) MUST_CHECK;

/** What a reader has seen. */
struct event_position {
	uint64_t live;	/**< number of the last live event */
	int64_t change; /**< id of the last row of the change log */
};
#define EVENT_CURSOR_MAX 64 /**< bytes of a cursor with its NUL */
/** A position as text: opaque to clients.  @p process: a number of this
 * process, as live events are numbered anew in each. */
void event_cursor_write(uint32_t process, const struct event_position *position,
			char ret[EVENT_CURSOR_MAX]);
enum err event_cursor_read(const char *text, uint32_t *ret_process,
			   struct event_position *ret) MUST_CHECK;

#endif
