/*
 * callers_private -- callers.c: who has people called, what their calls say of
 * them, and their limits.  Part of focus_private.h.
 */
#ifndef VOLENS_SERVER_FOCUS_CALLERS_PRIVATE_H
#define VOLENS_SERVER_FOCUS_CALLERS_PRIVATE_H

#include "server/focus/focus_private.h"

/** Whose permissions count for whom they have called: the sender of the
 *  conference, or who added somebody later. */
struct caller {
	LIST_ENTRY(caller) link;
	const char *key;
	struct arena *arena;
	struct index_query *query;
	struct assertion assertion; /**< of their calls */
};

/** Who calls for @p who in this conference; made where there is none yet. */
struct caller *caller_of(struct conference_room *room,
			 const struct identity *who);
/** Their calls say of them what this request does, and hide what it wants
 *  hidden. */
void caller_assert(struct caller *caller, const struct request *request);
/** Of who is proven, and has not said what is to be hidden. */
struct assertion assertion_of(struct arena *arena, const struct identity *who);
/** The same as conferences_limit() for more calls of one that runs.
 *  *ret_is_full: it is over a limit of its own, and no other. */
struct conference_limit room_limit(struct conference_room *room, size_t n_calls,
				   bool *ret_is_full);
void sender_talked(struct conferences *conferences, const char *sender,
		   int64_t seconds);
void sender_hung_up(struct conferences *conferences, const char *sender);
void callers_free(struct conferences *conferences);

#endif
