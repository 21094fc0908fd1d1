/*
 * sink -- recipients behind streams, for a load tool: accepts TCP or TLS,
 * frames what comes, and answers it 200.
 */
#ifndef VOLENS_TESTS_BENCH_SINK_H
#define VOLENS_TESTS_BENCH_SINK_H

#include <openssl/ssl.h>

#include "tests/bench/wire.h"

/** A whole message; true: answer it. */
typedef int sink_fn(void *arg, struct span message);

struct sink;
/** @p pem: certificate and key; NULL: TCP.  Ends the program on an error. */
struct sink *sink_new(const struct sockaddr_in *address, const char *pem,
		      sink_fn *received, void *arg);
/** Readable when there is something to take. */
int sink_fd(const struct sink *sink);
void sink_take(struct sink *sink);

#endif
