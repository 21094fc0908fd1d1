/*
 * request_read -- from a received request to a struct request
 * (server/request.h).
 */
#ifndef VOLENS_SERVER_EDGE_REQUEST_READ_H
#define VOLENS_SERVER_EDGE_REQUEST_READ_H

#include "server/edge/edge_private.h"
#include "server/edge/identify.h"

/** Fill from_key, in @p arena, where From was read. */
void request_find_key(struct intake *intake, struct arena *arena);
/** Our words for it, in @p arena.  NULL: answer with what is in @p ret_reply
 *  (the arena stays the caller's). */
struct request *request_read(struct intake *intake, const struct proof *proof,
			     struct arena *arena, struct reply *ret_reply);
/** It has a transaction from now on, and is answered by edge_respond(); false:
 *  there are too many, as @p ret_reply says. */
bool request_keep(struct intake *intake, struct request *request,
		  const struct proof *proof, struct reply *ret_reply);

#endif
