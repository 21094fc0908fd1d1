/*
 * conference_bodies -- the JSON bodies of requests for conferences, as orders
 * to the focus (server/conference.h).  Pure; whether an entry can be called is
 * the focus' to say.
 */
#ifndef VOLENS_API_CONFERENCE_BODIES_H
#define VOLENS_API_CONFERENCE_BODIES_H

#include "api/fields.h"
#include "server/conference.h"

#define CONFERENCE_ENTRIES_MAX 1000 /**< of one request */
#define CONFERENCE_SECONDS_MAX 86400

/** POST /v1/conferences.  Strings and entries lie in the arena. */
enum err conference_body_read(struct view body, struct arena *arena,
			      struct conference_order *ret,
			      struct problem *ret_problem) MUST_CHECK;
/** PATCH /v1/conferences/{conference}. */
enum err conference_patch_read(struct view body, struct arena *arena,
			       struct conference_patch *ret,
			       struct problem *ret_problem) MUST_CHECK;
/** POST /v1/conferences/{conference}/parties: its actor is the operator. */
enum err addition_body_read(struct view body, struct arena *arena,
			    struct conference_addition *ret,
			    struct problem *ret_problem) MUST_CHECK;
/** PATCH of a party: all but the party itself. */
enum err party_patch_read(struct view body, struct arena *arena,
			  struct party_patch *ret,
			  struct problem *ret_problem) MUST_CHECK;

#endif
