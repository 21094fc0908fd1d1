/*
 * notice -- a message that tells a person what was recorded about them by
 * others: once, and how to undo it.
 *
 * A grant that the recipient did not give themselves permits no leg before its
 * notice was sent.  Pure: no clock, no I/O, no allocation.
 */
#ifndef VOLENS_POLICIES_NOTICE_H
#define VOLENS_POLICIES_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "policies/permission.h"

enum notice_kind {
	NOTICE_GRANT, /**< who may write or call, on what evidence */
	NOTICE_DENY,  /**< a no that was recorded in their name */
	NOTICE_KINDS
};

enum notice_event {
	NOTICE_EVENT_SENT, /**< a request has left; no answer yet */
	NOTICE_EVENT_TOLD, /**< it was answered by a 2xx */
	NOTICE_EVENT_AWAY, /**< not answered so: the same once more, later */
	NOTICE_EVENT_OVER, /**< it cannot be delivered, or was tried for long
			    *   enough */
	NOTICE_EVENT_VOID, /**< what it tells is not so any more */
	NOTICE_EVENTS
};

/** What an event does to a notice.  What cannot be changes nothing: one that
 *  was told, failed or is void stays so. */
enum notice_state notice_step(enum notice_state state, enum notice_event event);
/** Does it need another try? */
bool notice_is_open(enum notice_state state);

/** May it end before it was told?  Legs go then, so of a grant not before a
 *  request has left: that it cannot is no answer of anybody's. */
bool notice_may_end(enum notice_kind kind, bool has_left);

/**
 * Is the recipient to be told of a row that became as it is?  Of a grant that
 * others gave, where there was none before: not of the same grant with new
 * terms.
 *
 * @param old  the row as it was, where it counted; or NULL
 */
bool notice_is_wanted(const struct permission *old,
		      const struct permission *row);

/** Pause in seconds before the next try, after @p n_tries (1 or more): a
 *  minute, and then as questions to one who is away (limits_ask_pause()). */
int64_t notice_pause(int n_tries);

const char *notice_kind_name(enum notice_kind kind);
bool notice_kind_from(const char *name, enum notice_kind *ret);
const char *notice_state_name(enum notice_state state);
bool notice_state_from(const char *name, enum notice_state *ret);

#endif
