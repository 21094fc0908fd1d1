/*
 * latch -- where media of one participant may come from, and goes to.
 *
 * The address is that of their SDP.  Behind a NAT the real one differs; it is
 * learned only while the rules allow it, because whoever is believed here gets
 * the conference:
 *
 *   - only where `nat` is on, within 10 s of the answer, once;
 *   - never after the address of the SDP has been heard;
 *   - another port of the same host, or, where the SDP has a private address,
 *     another host;
 *   - after three packets in order of one SSRC with a negotiated payload type.
 *
 * To addresses that have not been heard at most 250 packets are sent, then one
 * a second: an answer could name a victim, and the next offer its next port.
 * To a private one behind a NAT nothing is sent before it was heard.  Pure; the
 * caller has the clock.
 */
#ifndef VOLENS_SERVER_MEDIA_LATCH_H
#define VOLENS_SERVER_MEDIA_LATCH_H

#include "server/media/rtp.h"
#include "server/net/address.h"

#define LATCH_LEARN_TICKS 500	  /**< 10 s of 20 ms */
#define LATCH_UNHEARD_PACKETS 250 /**< then one a second */

struct latch {
	union address sdp;    /**< that of their SDP */
	union address remote; /**< where to send */
	bool is_nat;
	bool is_fixed;	 /**< no other address will be learned */
	bool is_heard;	 /**< valid media came from `remote` */
	bool is_private; /**< the address of the SDP is */
	int64_t began;	 /**< tick of the answer */
	unsigned spent;	 /**< ticks until all of the 250 are there again */
	union address candidate;
	uint32_t candidate_ssrc;
	uint16_t candidate_expected;
	unsigned n_candidate, n_own; /**< packets in order */
};

enum latch_verdict {
	LATCH_OURS,    /**< it is from them */
	LATCH_LEARNED, /**< it is, and their address changed or is certain */
	LATCH_FOREIGN  /**< drop it */
};

/** From the answer on; @p remote is a unicast address with a port. */
void latch_begin(struct latch *latch, const union address *remote, bool is_nat,
		 int64_t tick);
/** A new answer with another address: what was sent unheard counts on. */
void latch_move(struct latch *latch, const union address *remote, bool is_nat,
		int64_t tick);
/** A new answer with the same address: another may be learned once more. */
void latch_reopen(struct latch *latch, int64_t tick);
/** A packet whose header is valid and whose payload type was negotiated. */
enum latch_verdict latch_judge(struct latch *latch, const union address *from,
			       const struct rtp *rtp, int64_t tick);
/** Another datagram: is it from them?  Nothing is learned. */
bool latch_is_from(const struct latch *latch, const union address *from);
/** May the packets of this tick be sent, @p n of them?  Counts them. */
bool latch_may_send(struct latch *latch, unsigned n);

#endif
