/*
 * party -- one participant, on the thread that mixes its conference.
 *
 * receive.c reads its socket into the jitter buffer, play.c makes one frame of
 * it, send.c sends one frame.  Within a tick nothing is allocated, and nothing
 * waits.
 */
#ifndef VOLENS_SERVER_MEDIA_PARTY_PRIVATE_H
#define VOLENS_SERVER_MEDIA_PARTY_PRIVATE_H

#include "server/media/conceal.h"
#include "server/media/jitter.h"
#include "server/media/latch.h"
#include "server/media/media.h"
#include "server/media/mix.h"
#include "server/media/source.h"
#include "server/media/telephone_event.h"

#define PARTY_PACKETS 4	   /**< read in one tick at the most */
#define PARTY_RTCP_RATE 10 /**< packets of one second */
#define PARTY_KEY_RATE 20  /**< keys of one second that are told */
#define PARTY_TICKS_PER_S (1000 / MEDIA_TICK_MS)
#define PARTY_NO_CODEC (-1)

/** What the engine and its participants have in common. */
struct party_context {
	int64_t tick;	       /**< counted from the start of the thread */
	uint32_t threshold;    /**< mean square of a frame that is speech */
	int64_t timeout_ticks; /**< of silence on the network; 0: none */
	void (*report)(void *arg, const struct media_event *event);
	void *arg;
};

/** What comes from them. */
struct party_in {
	int8_t codec_of[RTP_PAYLOAD_TYPES]; /**< PARTY_NO_CODEC: none */
	struct latch latch;
	struct rtp_source source;
	struct jitter jitter;
	struct conceal conceal;
	struct telephone_event event;
	int64_t event_until;  /**< tick; their audio is not heard before it */
	uint32_t report_time; /**< of their last sender report */
	int64_t report_at;    /**< tick at which it came */
	int64_t valid_at;     /**< tick of the last valid packet */
	bool is_silent;	      /**< and that was long ago: it has been told */
	unsigned n_rtcp, n_keys; /**< of this second */
	int64_t second_until;	 /**< tick at which it ends */
	int16_t queue[MIX_SAMPLES + JITTER_PAYLOAD_MAX]; /**< decoded */
	unsigned n_queued;
};

/** The frame of this tick. */
struct party_voice {
	int16_t frame[MIX_SAMPLES];
	bool has_frame;
	uint32_t level;	   /**< mean square, as the others hear it */
	uint32_t loudness; /**< level, falling slowly: who is a talker */
	unsigned hang;	   /**< ticks for which it still counts as speech */
	bool is_talking;   /**< as it was told */
	bool is_talker;	   /**< is in the sum */
	int factor;	   /**< of the volume, as it was in the last tick */
};

/** What goes to them. */
struct party_out {
	struct mix_limiter limiter;
	uint32_t ssrc, timestamp;
	uint16_t seq;
	bool is_paused; /**< the next packet is the first after a pause */
	bool is_linked; /**< connect() was called: the kernel drops others */
	uint32_t n_packets, n_bytes; /**< for reports, as what follows */
	char cname[RTCP_CNAME_LEN];
	int64_t report_at;  /**< tick of the next */
	int64_t echo_until; /**< tick; our SSRC came back not long ago */
};

struct party {
	uint64_t id;
	unsigned conference; /**< index */
	int fd;
	bool is_connected;	/**< the call was answered */
	enum media_codec codec; /**< of what we send, as the next two */
	uint8_t payload_type;
	unsigned ptime_ms;
	struct media_controls controls;
	struct party_in in;
	struct party_voice voice;
	struct party_out out;
	struct media_stats stats;
};

/** @p fd becomes the party's: party_free() closes it. */
struct party *party_new(uint64_t id, unsigned conference, int fd);
void party_free(struct party *party);
/** Answer, or a new one: media flows from now on.  Another address than before
 *  is learned anew. */
void party_connect(struct party *party, const struct party_context *context,
		   const struct mixer_session *session);
/** Their address is certain: the kernel drops what comes from elsewhere, so
 * that nobody else can fill the socket. */
void party_link(struct party *party);
void party_control(struct party *party, const struct media_controls *controls);
void party_measure(const struct party *party, struct media_stats *ret);
void party_report(const struct party *party,
		  const struct party_context *context,
		  enum media_event_kind kind, unsigned key);

/** Read what has come, a bounded number of packets. */
void party_receive(struct party *party, const struct party_context *context);
/** One datagram, any bytes; @p len may be more than RTP_PACKET_MAX where it was
 *  cut. */
void party_take(struct party *party, const struct party_context *context,
		const uint8_t *at, size_t len, const union address *from);
/** Make party->voice of this tick. */
void party_play(struct party *party, const struct party_context *context);

/** Does it get a frame in this tick?  When not, party_skip() is its tick. */
bool party_wants(struct party *party);
/** @p codes: a frame, MIX_SAMPLES bytes of the party's codec. */
void party_send(struct party *party, const struct party_context *context,
		const uint8_t *codes);
/** @p n ticks without a packet. */
void party_skip(struct party *party, uint64_t n);

#endif
