#include "api/event_ring.h"

void event_ring_init(struct event_ring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->oldest = ring->next = 1;
}

static void drop_oldest(struct event_ring *ring)
{
	struct live_event *event = &ring->events[ring->oldest % EVENT_RING];

	ring->bytes -= event->len;
	free(event->tail);
	free(event->facts);
	event->tail = NULL;
	event->facts = NULL;
	ring->oldest++;
}

void event_ring_release(struct event_ring *ring)
{
	while (ring->oldest < ring->next)
		drop_oldest(ring);
}

void event_ring_add(struct event_ring *ring, const struct live_event *event)
{
	while (ring->oldest < ring->next &&
	       (ring->next - ring->oldest == EVENT_RING ||
		ring->bytes + event->len > EVENT_RING_BYTES))
		drop_oldest(ring);
	ring->events[ring->next % EVENT_RING] = *event;
	ring->bytes += event->len;
	ring->next++;
}

const struct live_event *event_ring_get(const struct event_ring *ring,
					uint64_t number)
{
	return &ring->events[number % EVENT_RING];
}
