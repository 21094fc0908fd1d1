/*
 * fuzz_transport -- a transport that only looks at what is sent, and a resolver
 * that is never asked: a target that receives bytes links them.
 */
#ifndef VOLENS_TESTS_FUZZ_FUZZ_TRANSPORT_H
#define VOLENS_TESTS_FUZZ_FUZZ_TRANSPORT_H

#include "server/net/transport.h"
#include "tests/fuzz/fuzz.h"

/** The target's: something leaves. */
void fuzz_sent(const struct flow *flow, struct view message);
/** Whole lines, each ended by CRLF, up to the body. */
void fuzz_claim_head(struct view message);

#endif
