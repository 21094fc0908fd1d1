/*
 * event_ring -- the last live events, as text, or as what it is written from.
 *
 * Numbers rise by one from 1.  At most EVENT_RING of them and EVENT_RING_BYTES
 * bytes are kept.  No lock: its owner has one.
 */
#ifndef VOLENS_API_EVENT_RING_H
#define VOLENS_API_EVENT_RING_H

#include "api/event_types.h"

#define EVENT_RING 4096
#define EVENT_RING_BYTES ((size_t)4 * 1024 * 1024)

struct live_event {
	char *tail; /**< JSON after its first members; NULL: see facts */
	/** What the text is made of when it is read; NULL, and no tail: a mark
	 *  alone. */
	struct conference_event *facts;
	size_t len; /**< bytes of either */
	unsigned type;
	char conference[CONFERENCE_ID_LEN + 1]; /**< "": of none */
};
struct event_ring {
	struct live_event events[EVENT_RING];
	uint64_t oldest; /**< number of the oldest one that is kept */
	uint64_t next;	 /**< number of the next one */
	size_t bytes;
};

void event_ring_init(struct event_ring *ring);
void event_ring_release(struct event_ring *ring);
/** Takes @p event's text and facts, which are on the heap. */
void event_ring_add(struct event_ring *ring, const struct live_event *event);
/** @p number from oldest to next - 1. */
const struct live_event *event_ring_get(const struct event_ring *ring,
					uint64_t number);

#endif
