/*
 * telephone_event -- keys pressed on a phone (RFC 4733), each told once.
 *
 * A key is a run of packets with one timestamp; a key that is held longer than
 * its duration can say goes on in a segment that begins where the one before
 * ended (section 2.5.1.3).  Pure.
 */
#ifndef VOLENS_SERVER_MEDIA_TELEPHONE_EVENT_H
#define VOLENS_SERVER_MEDIA_TELEPHONE_EVENT_H

#include "server/media/rtp.h"

#define TELEPHONE_EVENT_KEYS 16 /**< 0 to 9, *, #, A to D */

struct telephone_event {
	bool is_any; /**< there was one */
	bool is_over;
	uint32_t ssrc, timestamp;
	uint8_t code;
};

/** @return true when @p rtp begins a key: then it is written.  Repeated, late
 *  and malformed packets, and events that are no keys, give false. */
bool telephone_event_take(struct telephone_event *last, const struct rtp *rtp,
			  unsigned *ret_key);

#endif
