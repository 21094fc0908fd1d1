/*
 * deny -- a request whose Request-URI is a deny URI (RFC 5360 section 5.6), or
 * the address of a question with a typed no as its body.
 *
 * A deny is known by its Request-URI, or by that and the word, and nothing else
 * in the request can spoil it: it is looked for before the rate limit, the
 * syntax check and every rule of RFC 3261 section 8.2.  Only what the answer
 * needs is read from the rest.  A request that cannot be answered is taken
 * without an answer.
 *
 * Guesses are bounded: the rate limit and the room for waiting requests hold
 * for a token that was never given out, which is known without the disk.
 */
#ifndef VOLENS_SERVER_EDGE_DENY_H
#define VOLENS_SERVER_EDGE_DENY_H

#include "server/edge/edge_private.h"

struct intake;

/**
 * Is this message a deny (sip_listener.claim)?  The Request-Line is read
 * leniently: case, escapes, scheme, host, parameters and version do not matter.
 * The method is PUBLISH, MESSAGE or one that nobody knows; OPTIONS asks, and
 * INVITE and the rest of the known methods mean something else.
 */
bool deny_claim(void *arg, struct view message, struct claim *ret);

/** Its target, and who takes it, of its claim. */
void deny_open(struct intake *intake);

#endif
