/*
 * media -- offers and answers of one audio stream (RFC 3264, RFC 3605, RFC
 * 5761).
 *
 * One audio stream a dialog: of the m= lines of an offer one is accepted, all
 * others get port 0.  A draft is what we say next, ready for sdp_write_next();
 * it has a session, too, which is in force when the draft was sent (an answer)
 * or was answered (an offer).  What is refused changes nothing: the session
 * before stays as it is.
 */
#ifndef VOLENS_POLICIES_MEDIA_H
#define VOLENS_POLICIES_MEDIA_H

#include "policies/codec.h"

/** Why an offer or an answer cannot be served.  Worst last. */
enum media_verdict {
	MEDIA_OK,
	MEDIA_FORMAT,	 /**< none of our codecs */
	MEDIA_TRANSPORT, /**< not RTP/AVP or RTP/AVPF */
	MEDIA_FORBIDDEN, /**< an address or port that we do not send to */
	MEDIA_MULTICAST,
	MEDIA_ADDRESS,	 /**< a name, or another IP version than ours */
	MEDIA_NETWORK,	 /**< not the Internet */
	MEDIA_KIND,	 /**< no audio */
	MEDIA_LINES,	 /**< not the m= lines that are due */
	MEDIA_TOO_LARGE, /**< over a bound of the reader */
	MEDIA_VERSION,	 /**< not version 0 */
	MEDIA_MALFORMED	 /**< no session description */
};
/** A response; warning 0: none (RFC 3261 section 20.43). */
struct media_refusal {
	int status, warning;
	const char *text; /**< of the warning, or the reason */
};
struct media_refusal media_refusal(enum media_verdict verdict);
/** What sdp_read() found. */
enum media_verdict media_readable(enum err err);

/** Whose order decides which codec is taken. */
enum media_order { MEDIA_ORDER_THEIRS, MEDIA_ORDER_OURS };
/** Ports that are our own: media to them would come back. */
struct media_range {
	uint8_t address[16]; /**< IPv6, or IPv4 mapped; all zero: any */
	int first, last;
};
struct media_rules {
	const enum codec *codecs; /**< that we speak, best first */
	size_t n_codecs;	  /**< up to CODECS_MAX */
	enum media_order order;
	bool allow_private; /**< addresses of private networks, loopback */
	bool latches; /**< private ones too, but send only to where media came
		       *   from */
	const struct media_range *own;
	size_t n_own;
};
/** Our end of the stream. */
struct media_end {
	struct sdp_host host;
	int port; /**< of RTP; RTCP is at the next one */
	uint64_t session_id, version;
	enum sdp_direction direction; /**< all that we would do */
};

/** An address that media goes to; port 0: nowhere. */
struct media_target {
	uint8_t address[16]; /**< IPv6, or IPv4 mapped */
	int port;
};
/** What the mixer does. */
struct media_stream {
	bool is_on;	 /**< false: no media in either direction */
	bool is_on_hold; /**< they are away: throw their audio away */
	bool must_latch; /**< send only to where media came from */
	bool rtcp_mux;
	enum sdp_direction direction; /**< ours */
	struct media_target rtp, rtcp;
	enum codec codec;     /**< that we send */
	int payload;	      /**< its number at their end */
	int event_payload;    /**< -1: they take no events */
	int ptime;	      /**< milliseconds of a packet that we send */
	uint8_t receive[128]; /**< enum codec of each number that may come */
};
/** One dialog.  Zero at the start. */
struct media_session {
	size_t n_media;	       /**< m= lines, which never get fewer */
	size_t line;	       /**< the one of the stream */
	uint8_t payloads[128]; /**< enum codec of each number ever used */
	struct media_stream stream;
};

/** What we say next.  It points into itself and into what it is an answer to:
 *  it is not copied. */
struct media_draft {
	struct sdp sdp;
	struct sdp_media media[SDP_MEDIA_MAX];
	struct sdp_format formats[CODECS_MAX];
	struct media_session session;
};

/** Answer their offer.  @p was is the session before it. */
enum media_verdict media_answer(const struct sdp *offer,
				const struct media_rules *rules,
				const struct media_end *end,
				const struct media_session *was,
				struct media_draft *ret) MUST_CHECK;

/**
 * Make an offer of ours.  @p last is our last description in this session, or
 * NULL: there was none.
 */
void media_offer(const struct sdp *last, const struct media_rules *rules,
		 const struct media_end *end, const struct media_session *was,
		 struct media_draft *ret);

/** Take their answer to our offer.  An answer without the audio is MEDIA_KIND.
 */
enum media_verdict media_answered(const struct media_draft *offer,
				  const struct sdp *answer,
				  const struct media_rules *rules,
				  struct media_session *ret) MUST_CHECK;

/** What is different, as bits. */
enum media_change {
	MEDIA_CHANGE_ON = 1 << 0,
	MEDIA_CHANGE_TARGET = 1 << 1, /**< RTP's or RTCP's */
	MEDIA_CHANGE_DIRECTION = 1 << 2,
	MEDIA_CHANGE_HOLD = 1 << 3,
	MEDIA_CHANGE_CODEC = 1 << 4, /**< or a number, or what may come */
	MEDIA_CHANGE_PTIME = 1 << 5
};
unsigned media_changes(const struct media_stream *was,
		       const struct media_stream *now);

#endif
