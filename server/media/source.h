/*
 * source -- is this packet one of the stream that is listened to?
 *
 * RFC 3550 appendix A.1: a source is valid after two packets in order; a jump
 * of the sequence numbers is believed when the next packet follows it.  Another
 * SSRC takes over after three packets in order with none of the old one between
 * them.  Pure; whose address a packet came from is judged before (latch.h).
 */
#ifndef VOLENS_SERVER_MEDIA_SOURCE_H
#define VOLENS_SERVER_MEDIA_SOURCE_H

#include "server/media/rtp.h"

struct rtp_source {
	bool is_valid;	 /**< `ssrc` and `seq` are those of a stream */
	bool has_jumped; /**< `expected` holds the number after a jump */
	uint32_t ssrc;
	uint16_t seq; /**< the highest */
	uint16_t expected;
	uint32_t new_ssrc;     /**< of who may become the source */
	uint16_t new_expected; /**< its next sequence number */
	unsigned n_new;	       /**< how many it sent in order */

	/* Since it began: RFC 3550 appendix A.3 and A.8. */
	uint32_t first, highest; /**< sequence numbers, with their cycles */
	uint32_t n_received;
	uint32_t n_expected_before,
		n_received_before; /**< at the last report */
	uint32_t transit, jitter;  /**< jitter: of 16 parts */
};

enum source_verdict {
	SOURCE_SAME,  /**< it goes on */
	SOURCE_BEGUN, /**< a stream begins with this packet, also anew */
	SOURCE_DOUBT  /**< not believed yet: drop it */
};

void source_init(struct rtp_source *source);
enum source_verdict source_judge(struct rtp_source *source,
				 const struct rtp *rtp);
/** A packet that was SAME or BEGUN came; @p now in units of its timestamp. */
void source_count(struct rtp_source *source, const struct rtp *rtp,
		  uint32_t now);
/** Fill the block about it, and begin the time of the next one. */
void source_report(struct rtp_source *source, struct rtcp_report *ret);

#endif
