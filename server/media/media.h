/*
 * media -- what the mixer and those who use it say to one another.
 *
 * Values only: every struct here can be copied from thread to thread, or to
 * another process.  A participant or a conference is a number that is never
 * used twice.
 */
#ifndef VOLENS_SERVER_MEDIA_MEDIA_H
#define VOLENS_SERVER_MEDIA_MEDIA_H

#include "server/net/address.h"

#define MEDIA_FORMATS 4
#define MEDIA_TICK_MS 20

enum media_codec {
	MEDIA_CODEC_PCMU,  /**< G.711 mu-law, 8000 (RFC 3551 section 4.5.14) */
	MEDIA_CODEC_PCMA,  /**< G.711 A-law, 8000 */
	MEDIA_CODEC_NOISE, /**< comfort noise (RFC 3389): taken as silence */
	MEDIA_CODEC_EVENT  /**< telephone-event, 8000 (RFC 4733) */
};

struct media_format {
	uint8_t payload_type; /**< 0 to 127; not 64 to 95 (RFC 5761 section 4)
			       */
	enum media_codec codec;
};

/** What offer and answer agreed upon. */
struct mixer_session {
	union address remote; /**< c= and m= of their SDP; unicast */
	bool is_nat;	      /**< another address may be learned (latch.h) */
	/** All that they may send; the first is what we send, and is PCMU or
	 *  PCMA.  13 is comfort noise, named or not. */
	struct media_format formats[MEDIA_FORMATS];
	unsigned n_formats;
	unsigned ptime_ms; /**< of what we send: 10 or 20 */
};

/** All false and 0: as everybody else. */
struct media_controls {
	bool is_muted; /**< nobody hears them */
	bool is_deaf;  /**< they get nothing */
	bool is_held;  /**< both; what they send is music on hold */
	int volume_db; /**< of what others hear: -40 to 20 */
};

enum media_drop {
	MEDIA_DROP_MALFORMED, /**< no RTP or RTCP, or too long */
	MEDIA_DROP_FOREIGN,   /**< from an address that is not theirs */
	MEDIA_DROP_FORMAT,    /**< a payload type that was not agreed upon */
	MEDIA_DROP_DOUBT,     /**< on probation (source.h) */
	MEDIA_DROP_LOOP,      /**< with our own SSRC */
	MEDIA_DROP_UNWANTED,  /**< before the answer, or on hold */
	MEDIA_DROP_RATE,      /**< RTCP over 10 packets a second */
	MEDIA_DROPS
};

/** Of one participant, since it was opened. */
struct media_stats {
	uint64_t n_received, n_sent, n_send_failed; /**< RTP packets */
	uint64_t n_dropped[MEDIA_DROPS];
	uint64_t n_lost, n_late, n_duplicate;
	uint64_t n_concealed; /**< frames */
	uint64_t n_shortened; /**< frames left out to keep the delay short */
	unsigned held_frames; /**< by the jitter buffer, as it is now */
	bool is_heard;	      /**< media came from `remote` */
	union address remote; /**< where to, as it is now */
	/* From their RTCP. */
	uint8_t fraction_lost; /**< of 256 */
	uint32_t jitter;       /**< in samples */
};

/** Add the counts of packets and frames. */
void media_counts_add(struct media_stats *to, const struct media_stats *stats);

enum media_event_kind {
	MEDIA_EVENT_KEY,     /**< `key` was pressed: told once */
	MEDIA_EVENT_TALKING, /**< they are louder than the threshold */
	MEDIA_EVENT_QUIET,   /**< they were not, for 200 ms */
	MEDIA_EVENT_HEARD,   /**< their address is certain now */
	MEDIA_EVENT_SILENT,  /**< nothing valid came for the timeout; once */
	MEDIA_EVENT_BYE	     /**< RTCP BYE: that stream is over */
};

struct media_event {
	enum media_event_kind kind;
	uint64_t participant;
	unsigned key; /**< 0 to 9; 10 is *, 11 is #, 12 to 15 are A to D */
};

/** "0" to "9", "*", "#", "A" to "D". */
char media_key_char(unsigned key);
/** Can it be used?  ERR_UNSUPPORTED: formats or ptime; ERR_HOSTILE: the address
 *  or port is none to send to. */
enum err media_session_check(const struct mixer_session *session) MUST_CHECK;

#endif
