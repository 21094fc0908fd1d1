/*
 * arrival -- a request read far enough to be answered.
 *
 * arrival_open() takes what every answer needs; arrival_fault() is the syntax
 * that RFC 3261 section 8.1.1 demands; arrival_place() says what the
 * Request-URI stands for.  Nothing is stored.
 */
#ifndef VOLENS_SERVER_SIP_ARRIVAL_H
#define VOLENS_SERVER_SIP_ARRIVAL_H

#include "server/sip/edge.h"

/** Fill @p ret from the request in edge->message, whatever its state. */
void arrival_open(struct edge *edge, const struct flow *from,
		  struct arrival *ret);

/** Is the host of @p uri our domain, or an address that we listen on? */
bool arrival_host_is_ours(const struct edge *edge, const struct uri *uri);

/** True when the start line is in order but speaks of another SIP. */
bool arrival_is_other_version(const struct arrival *arrival);

/** NULL, or the reason phrase of the 400 that it must get.  Also fills cseq,
 *  from_name, to_name, max_forwards, uri and place. */
const char *arrival_fault(struct arrival *arrival);
/** SHA-256 of the body: one pass over it, whoever asks. */
const uint8_t *arrival_body_hash(struct arrival *arrival);
/** Fill from_key, in @p arena, where From was read. */
void arrival_find_key(struct arrival *arrival, struct arena *arena);

#endif
