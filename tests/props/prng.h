/*
 * prng -- random numbers for property tests, the same again for the same seed.
 *
 * A program prints its seed at the start; VOLENS_SEED=<number> sets it.  Each
 * sequence has a generator of its own, made from the seed and its number.
 */
#ifndef VOLENS_TESTS_PROPS_PRNG_H
#define VOLENS_TESTS_PROPS_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
	uint64_t state;
	unsigned sequence; /**< whose it is, for the message of must() */
};

/** The seed of this run, printed with @p program on the first call. */
uint64_t prng_seed(const char *program);
/** How many sequences: @p usual, or what VOLENS_SEQUENCES says. */
unsigned prng_sequences(unsigned usual);
/** The same, but @p all with VOLENS_ALL (scripts/test --all). */
unsigned prng_sequences_or_all(unsigned usual, unsigned all);
/**
 * Whether sequence @p i of @p n is to be run.  With VOLENS_SECONDS=<number> the
 * property ends after that time, and says how far it came; a hundred sequences
 * are always run.
 */
bool prng_goes_on(unsigned i, unsigned n);
struct prng prng_of(uint64_t seed, unsigned sequence);
/** A number from 0 to @p n - 1; @p n at least 1. */
unsigned prng_below(struct prng *prng, unsigned n);
/** Non-zero once in @p n times. */
int prng_once_in(struct prng *prng, unsigned n);
/** Put @p n elements of @p size bytes into a random order. */
void prng_shuffle(struct prng *prng, void *elements, size_t n, size_t size);
/** End the test with @p says and the number of the sequence unless it holds. */
void must(const struct prng *prng, bool holds, const char *says);

#endif
