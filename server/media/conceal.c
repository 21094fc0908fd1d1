#include "server/media/conceal.h"

#include <string.h>

#define LAG_MIN 40  /* samples: 200 Hz */
#define LAG_MAX 160 /* 50 Hz */
#define COMPARED 160

static void append(struct conceal *conceal, const int16_t *samples, size_t n)
{
	if (n > CONCEAL_HISTORY) {
		samples += n - CONCEAL_HISTORY;
		n = CONCEAL_HISTORY;
	}
	memmove(conceal->heard, conceal->heard + n,
		(CONCEAL_HISTORY - n) * sizeof(*samples));
	memcpy(conceal->heard + CONCEAL_HISTORY - n, samples,
	       n * sizeof(*samples));
}

void conceal_init(struct conceal *conceal)
{
	*conceal = (struct conceal){.n_run = CONCEAL_FRAMES};
}

void conceal_hear(struct conceal *conceal, const int16_t *samples, size_t n)
{
	append(conceal, samples, n);
	conceal->n_run = 0;
}

/* Every other sample is enough to tell lags apart. */
static int64_t difference(const int16_t *end, unsigned lag)
{
	int64_t sum = 0;

	for (int i = 1; i <= COMPARED; i += 2) {
		int32_t apart = end[-i] - end[-i - (int)lag];

		sum += (int64_t)apart * apart;
	}
	return sum;
}

static unsigned best_lag(const struct conceal *conceal)
{
	const int16_t *end = conceal->heard + CONCEAL_HISTORY;
	int64_t least = INT64_MAX;
	unsigned best = LAG_MAX;

	for (unsigned lag = LAG_MIN; lag <= LAG_MAX; lag++) {
		int64_t apart = difference(end, lag);

		if (apart < least) {
			least = apart;
			best = lag;
		}
	}
	return best;
}

bool conceal_frame(struct conceal *conceal, int16_t ret[MIX_SAMPLES])
{
	static const int loud[CONCEAL_FRAMES + 1] = {MIX_UNITY, MIX_UNITY,
						     MIX_UNITY / 2, 0};
	int16_t frame[MIX_SAMPLES];

	if (conceal->n_run >= CONCEAL_FRAMES)
		return false;
	if (conceal->n_run == 0)
		conceal->lag = best_lag(conceal);
	for (unsigned i = 0; i < MIX_SAMPLES; i++)
		frame[i] = i < conceal->lag ? conceal->heard[CONCEAL_HISTORY -
							     conceal->lag + i]
					    : frame[i - conceal->lag];
	append(conceal, frame, MIX_SAMPLES);
	memcpy(ret, frame, sizeof(frame));
	mix_fade(ret, loud[conceal->n_run], loud[conceal->n_run + 1]);
	conceal->n_run++;
	return true;
}
