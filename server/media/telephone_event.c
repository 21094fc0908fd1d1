#include "server/media/telephone_event.h"

#define EVENT_LEN 4
#define SEGMENT 0xffff /* the longest duration, in units of the timestamp */

/* The next segment of a key that is still held. */
static bool goes_on(const struct telephone_event *last, const struct rtp *rtp)
{
	return !rtp->is_marked && !last->is_over &&
	       rtp->payload[0] == last->code &&
	       rtp->timestamp == last->timestamp + SEGMENT;
}

bool telephone_event_take(struct telephone_event *last, const struct rtp *rtp,
			  unsigned *ret_key)
{
	struct telephone_event event = {
		.is_any = true, .ssrc = rtp->ssrc, .timestamp = rtp->timestamp};
	bool is_known = last->is_any && last->ssrc == rtp->ssrc;
	int32_t later = (int32_t)(rtp->timestamp - last->timestamp);
	bool is_new;

	if (rtp->payload_len < EVENT_LEN ||
	    rtp->payload[0] >= TELEPHONE_EVENT_KEYS)
		return false;
	event.code = rtp->payload[0];
	event.is_over = rtp->payload[1] >> 7;
	if (is_known && later < 0)
		return false; /* a packet of a key before */
	if (is_known && later == 0) {
		/* A key's end may be lost, its code may not change. */
		last->is_over |= event.is_over;
		return false;
	}
	is_new = !is_known || !goes_on(last, rtp);
	*last = event;
	if (is_new)
		*ret_key = event.code;
	return is_new;
}
