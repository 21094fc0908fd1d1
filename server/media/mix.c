#include "server/media/mix.h"

#define FULL 32767
#define UNITY 32768
#define ATTACK 8 /* samples: 1 ms, so that the step does not click */
#define RELEASE (UNITY / 10) /* a frame: 200 ms from nothing to all */

uint32_t mix_level(const int16_t frame[MIX_SAMPLES])
{
	uint64_t sum = 0;

	for (int i = 0; i < MIX_SAMPLES; i++)
		sum += (uint32_t)(frame[i] * frame[i]);
	return (uint32_t)(sum / MIX_SAMPLES);
}

uint32_t mix_level_of(int dbm0)
{
	double level = (double)FULL * FULL / 2 / 2.0606; /* 0 dBm0 */

	for (; dbm0 < 0; dbm0++)
		level *= 0.794328235; /* 1 dB of power */
	for (; dbm0 > 0; dbm0--)
		level *= 1.258925412;
	return (uint32_t)level;
}

void mix_add(int32_t sum[MIX_SAMPLES], const int16_t frame[MIX_SAMPLES])
{
	for (int i = 0; i < MIX_SAMPLES; i++)
		sum[i] += frame[i];
}

void mix_subtract(const int32_t sum[MIX_SAMPLES],
		  const int16_t frame[MIX_SAMPLES], int32_t ret[MIX_SAMPLES])
{
	for (int i = 0; i < MIX_SAMPLES; i++)
		ret[i] = sum[i] - frame[i];
}

int mix_factor(int db)
{
	double factor = MIX_UNITY;

	for (; db < 0; db++)
		factor *= 0.891250938; /* 1 dB of amplitude */
	for (; db > 0; db--)
		factor *= 1.122018454;
	return (int)factor;
}

static int16_t clip(int32_t value)
{
	if (value > FULL)
		return FULL;
	return (int16_t)(value < -FULL ? -FULL : value);
}

void mix_scale(int16_t frame[MIX_SAMPLES], int factor)
{
	for (int i = 0; i < MIX_SAMPLES; i++)
		frame[i] = clip(frame[i] * factor / MIX_UNITY);
}

void mix_fade(int16_t frame[MIX_SAMPLES], int from, int to)
{
	for (int i = 0; i < MIX_SAMPLES; i++)
		frame[i] =
			clip(frame[i] * (from + (to - from) * i / MIX_SAMPLES) /
			     MIX_UNITY);
}

void mix_limiter_init(struct mix_limiter *limiter)
{
	limiter->gain = UNITY;
}

static int32_t peak_of(const int32_t sum[MIX_SAMPLES])
{
	int32_t peak = 0;

	for (int i = 0; i < MIX_SAMPLES; i++) {
		int32_t size = sum[i] < 0 ? -sum[i] : sum[i];

		peak = size > peak ? size : peak;
	}
	return peak;
}

/* Down within a millisecond, clipping what is too loud in it; up over the whole
 * frame. */
static void ramp(const int32_t sum[MIX_SAMPLES], int32_t from, int32_t to,
		 int16_t ret[MIX_SAMPLES])
{
	int n = to < from ? ATTACK : MIX_SAMPLES;

	for (int i = 0; i < MIX_SAMPLES; i++) {
		int32_t gain = i < n ? from + (to - from) * i / n : to;

		ret[i] = clip((int32_t)((int64_t)sum[i] * gain / UNITY));
	}
}

void mix_limit(struct mix_limiter *limiter, const int32_t sum[MIX_SAMPLES],
	       int16_t ret[MIX_SAMPLES])
{
	int32_t peak = peak_of(sum), gain = limiter->gain + RELEASE;
	int32_t most =
		peak > FULL ? (int32_t)((int64_t)FULL * UNITY / peak) : UNITY;

	gain = gain < most ? gain : most;
	if (gain == UNITY && limiter->gain == UNITY)
		for (int i = 0; i < MIX_SAMPLES; i++)
			ret[i] = (int16_t)sum[i];
	else
		ramp(sum, limiter->gain, gain, ret);
	limiter->gain = gain;
}
