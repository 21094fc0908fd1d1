#include "tests/props/prng.h"

#include <check.h>
#include <inttypes.h>
#include <time.h>

#include "server/base/random.h"

uint64_t prng_seed(const char *program)
{
	static uint64_t seed;
	const char *given = getenv("VOLENS_SEED");

	if (seed != 0)
		return seed;
	if (given)
		seed = strtoull(given, NULL, 10);
	while (seed == 0) {
		random_bytes(&seed, sizeof(seed));
		seed &= 0xffffffff; /* short enough to type */
	}
	printf("%s: VOLENS_SEED=%" PRIu64 "\n", program, seed);
	fflush(stdout);
	return seed;
}

unsigned prng_sequences(unsigned usual)
{
	const char *given = getenv("VOLENS_SEQUENCES");

	return given ? (unsigned)strtoul(given, NULL, 10) : usual;
}

unsigned prng_sequences_or_all(unsigned usual, unsigned all)
{
	return prng_sequences(getenv("VOLENS_ALL") ? all : usual);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool prng_goes_on(unsigned i, unsigned n)
{
	static double end;
	const char *given = getenv("VOLENS_SECONDS");

	if (!given || i >= n)
		return i < n;
	if (i == 0)
		end = seconds_now() + strtod(given, NULL);
	if (i < 100 || seconds_now() < end)
		return true;
	printf("%u of %u sequences; without VOLENS_SECONDS all are run\n", i,
	       n);
	return false;
}

/* SplitMix64: a counter and three multiplications, good enough to wander. */
static uint64_t prng_next(struct prng *prng)
{
	uint64_t z = prng->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

struct prng prng_of(uint64_t seed, unsigned sequence)
{
	struct prng prng = {seed, sequence};

	prng.state = prng_next(&prng) + sequence;
	prng.state = prng_next(&prng);
	return prng;
}

unsigned prng_below(struct prng *prng, unsigned n)
{
	return (unsigned)(prng_next(prng) % n);
}

int prng_once_in(struct prng *prng, unsigned n)
{
	return prng_below(prng, n) == 0;
}

void prng_shuffle(struct prng *prng, void *elements, size_t n, size_t size)
{
	unsigned char *at = elements;

	for (size_t i = n; i > 1; i--) {
		size_t other = prng_below(prng, (unsigned)i);

		for (size_t b = 0; b < size; b++) {
			unsigned char byte = at[(i - 1) * size + b];

			at[(i - 1) * size + b] = at[other * size + b];
			at[other * size + b] = byte;
		}
	}
}

void must(const struct prng *prng, bool holds, const char *says)
{
	if (!holds)
		ck_abort_msg("sequence %u: %s", prng->sequence, says);
}
