/*
 * fuzz -- what every fuzz target shares.
 *
 * A target is one file, tests/fuzz/<noun>_fuzz.c, with one function; its corpus
 * is the folder tests/fuzz/corpus/<noun>.  It calls the parser and claims with
 * FUZZ_CLAIM what must hold of the result.
 */
#ifndef VOLENS_FUZZ_H
#define VOLENS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/** Like assert(), in every build. */
#define FUZZ_CLAIM(claim)                                                      \
	do {                                                                   \
		if (!(claim)) {                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,       \
				__LINE__, #claim);                             \
			abort();                                               \
		}                                                              \
	} while (0)

#endif
