/*
 * random -- random bytes of the system, for keys, tokens and nonces.  Any
 * thread.
 */
#ifndef VOLENS_BASE_RANDOM_H
#define VOLENS_BASE_RANDOM_H

#include <stddef.h>

/** Fill with bytes from the system's generator, or end the process. */
void random_bytes(void *ret, size_t len);

#endif
