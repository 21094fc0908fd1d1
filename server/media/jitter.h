/*
 * jitter -- packets of one stream, put into order and played out in time.
 *
 * 16 slots by sequence number.  Two sides, one thread: jitter_put() as packets
 * come, jitter_take() as the player needs one.  Times are frames of 20 ms.
 *
 * The play-out pointer never moves on an empty buffer: it waits, so that a
 * stream that was late comes back with the delay that it needs.  It moves over
 * a gap only when younger packets stand behind it.  A run of late packets makes
 * it start anew at the last of them.  How many frames are held back follows the
 * lateness of the packets: enough for 95 in 100 of the last five seconds.
 */
#ifndef VOLENS_SERVER_MEDIA_JITTER_H
#define VOLENS_SERVER_MEDIA_JITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JITTER_SLOTS 16
#define JITTER_FRAME_SAMPLES 160 /**< 20 ms at 8,000 a second */
#define JITTER_PAYLOAD_MAX 480	 /**< bytes: 60 ms of G.711 */
#define JITTER_TARGET_MAX 8	 /**< frames that are held back at the most */
#define JITTER_WINDOW 250	 /**< packets: 5 s of 20 ms each */

enum jitter_payload {
	JITTER_MU_LAW,
	JITTER_A_LAW,
	JITTER_SILENCE /**< nothing to hear: comfort noise, an event */
};

struct jitter_packet {
	uint16_t seq;
	uint16_t len; /**< bytes of payload, which are its samples as well */
	uint32_t timestamp;
	enum jitter_payload kind;
	uint8_t payload[JITTER_PAYLOAD_MAX];
};

struct jitter_slot {
	bool is_full;
	struct jitter_packet packet;
};

/** How late the packets of a window were. */
struct jitter_window {
	unsigned n_packets;
	unsigned n_beyond; /**< too late for what is held back: it ends early */
	unsigned lateness[JITTER_SLOTS];  /**< how many, by frames */
	uint32_t earliest, earliest_next; /**< arrival less timestamp */
	bool has_earliest, has_next;
};

struct jitter {
	struct jitter_slot slots[JITTER_SLOTS]; /**< by seq */
	bool is_anchored;			/**< `next` is known */
	bool is_filling; /**< play-out waits for enough */
	uint16_t next;	 /**< the one to be played */
	unsigned n_full;
	unsigned n_samples;	 /**< in all full slots */
	unsigned n_late_run;	 /**< late ones since the last that was not */
	unsigned n_waited;	 /**< frames since it began to fill */
	unsigned target;	 /**< frames to be held back */
	unsigned packet_samples; /**< of the last packet */
	struct jitter_window window;
	unsigned n_frames, depth_most; /**< of a second: most samples held */
	unsigned n_excess;	       /**< frames that it holds too many */
};

enum jitter_put {
	JITTER_PUT_STORED,
	JITTER_PUT_LATE,      /**< its time is over */
	JITTER_PUT_DUPLICATE, /**< it is there already */
	JITTER_PUT_ANCHORED   /**< stored; play-out starts anew with it */
};

enum jitter_take {
	JITTER_TAKE_PACKET,
	JITTER_TAKE_LOST, /**< missing, and younger ones are there: conceal */
	JITTER_TAKE_EMPTY /**< nothing is there, or not enough yet: wait */
};

/** Empty, with the delay of the beginning. */
void jitter_init(struct jitter *jitter);
/** Empty; the delay that was learned stays. */
void jitter_restart(struct jitter *jitter);
/** @p now: the frame that is played now, counted from anywhere; at most
 *  JITTER_PAYLOAD_MAX bytes. */
enum jitter_put jitter_put(struct jitter *jitter,
			   const struct jitter_packet *packet, int64_t now);
/** The packet that is due; it stays good until the next put. */
enum jitter_take jitter_take(struct jitter *jitter,
			     const struct jitter_packet **ret);
/** Once a frame, after the takes; @p queued: samples that the player holds. */
void jitter_frame(struct jitter *jitter, unsigned queued);
/** It holds more than it needs: the player may drop a frame, best a quiet one,
 *  and says so by jitter_dropped(). */
bool jitter_is_deep(const struct jitter *jitter);
/** So deep that no quiet frame is waited for. */
bool jitter_is_too_deep(const struct jitter *jitter);
void jitter_dropped(struct jitter *jitter);

#endif
