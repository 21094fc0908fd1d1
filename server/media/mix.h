/*
 * mix -- arithmetic of one frame of 20 ms: levels, sums, gain.
 *
 * Sums have 32 bits, so that a talker's own voice can be taken out of them
 * exactly; only what goes to somebody is brought back to 16 bits, by a limiter
 * that turns down at once and up again within 200 ms.  Pure.
 */
#ifndef VOLENS_SERVER_MEDIA_MIX_H
#define VOLENS_SERVER_MEDIA_MIX_H

#include <stddef.h>
#include <stdint.h>

#define MIX_SAMPLES 160 /**< a frame: 20 ms at 8,000 a second */

/** Mean square of a frame. */
uint32_t mix_level(const int16_t frame[MIX_SAMPLES]);
/** The mean square of a tone of so many dBm0 (ITU-T G.711: a tone of full scale
 *  has 3.14 dBm0); -90 to 3. */
uint32_t mix_level_of(int dbm0);
void mix_add(int32_t sum[MIX_SAMPLES], const int16_t frame[MIX_SAMPLES]);
void mix_subtract(const int32_t sum[MIX_SAMPLES],
		  const int16_t frame[MIX_SAMPLES], int32_t ret[MIX_SAMPLES]);

#define MIX_UNITY 4096 /**< the factor of 0 dB */
/** -40 to 20 dB as a factor. */
int mix_factor(int db);
/** What does not fit is clipped. */
void mix_scale(int16_t frame[MIX_SAMPLES], int factor);
/** Fade from one factor to another within the frame. */
void mix_fade(int16_t frame[MIX_SAMPLES], int from, int to);

/** Gain of one output; begins with mix_limiter_init(). */
struct mix_limiter {
	int32_t gain; /**< of 32,768 */
};
void mix_limiter_init(struct mix_limiter *limiter);
void mix_limit(struct mix_limiter *limiter, const int32_t sum[MIX_SAMPLES],
	       int16_t ret[MIX_SAMPLES]);

#endif
