/*
 * json_conferences -- conferences and their parties as JSON, and copies of what
 * the focus shows.
 */
#ifndef VOLENS_API_JSON_CONFERENCES_H
#define VOLENS_API_JSON_CONFERENCES_H

#include <jansson.h>

#include "server/base/arena.h"
#include "server/conference.h"

/* Every json_t * that a function returns is a new reference, never NULL. */

/** With all parties. */
json_t *json_conference(const struct conference_view *conference);
/** With the numbers of its parties by state alone. */
json_t *json_conference_short(const struct conference_view *conference,
			      const size_t counts[PARTY_STATES]);
/** How many parties are in each state. */
void conference_count(const struct conference_view *conference,
		      size_t ret[PARTY_STATES]);
json_t *json_party(const struct party_view *party);
/** Members of an event: which conference, what it is like now, which party. */
json_t *json_conference_event(const struct conference_event *event);

/** An event of a party with what json_conference_event() writes of it, in one
 *  block of @p ret_size bytes on the heap: free() it. */
struct conference_event *
conference_event_copy(const struct conference_event *event, size_t *ret_size);

/** A copy with all its strings and parties. */
const struct conference_view *
conference_copy(struct arena *arena, const struct conference_view *conference);
/** The party of this id, or NULL. */
const struct party_view *
conference_party(const struct conference_view *conference, uint64_t id);

#endif
