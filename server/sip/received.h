/*
 * received -- a request read far enough to be answered.
 *
 * received_open() takes what every answer needs; received_syntax_fault()
 * checks the syntax that RFC 3261 section 8.1.1 demands, and finds out what the
 * Request-URI stands for.  Nothing is stored.
 */
#ifndef VOLENS_SERVER_SIP_RECEIVED_H
#define VOLENS_SERVER_SIP_RECEIVED_H

#include "server/sip/edge.h"

/** Fill @p ret from the request in edge->message, whatever its state. */
void received_open(struct edge *edge, const struct flow *from,
		   struct received *ret);

/** Is the host of @p uri our domain, or an address that we listen on? */
bool received_host_is_ours(const struct edge *edge, const struct uri *uri);

/** True when the start line is in order but speaks of another SIP. */
bool received_is_other_version(const struct received *received);

/** NULL, or the reason phrase of the 400 that it must get.  Also fills cseq,
 *  from_name, to_name, max_forwards, uri and target. */
const char *received_syntax_fault(struct received *received);
/** SHA-256 of the body: one pass over it, whoever asks. */
const uint8_t *received_body_hash(struct received *received);
/** Fill from_key, in @p arena, where From was read. */
void received_find_key(struct received *received, struct arena *arena);

#endif
