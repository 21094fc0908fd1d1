/*
 * lanes -- one MESSAGE at a time for a recipient (RFC 3428 section 8).
 *
 * A lane is there while a leg to its key is in flight or about to be; who comes
 * while it is taken waits in order.  Not too many wait, and nobody for one who
 * cannot be had now: a silent recipient must not keep the relay full of what is
 * for him.
 */
#ifndef VOLENS_SERVER_RELAY_LANES_H
#define VOLENS_SERVER_RELAY_LANES_H

#include <stdbool.h>
#include <stddef.h>

struct lanes;
struct lane;

/** Somebody who wants a lane; the caller's storage. */
struct lane_user {
	const char *key;   /**< of the recipient; stays as long as the user */
	struct lane *lane; /**< once it is his */
	struct lane_user *next; /**< the lanes' own */
};

struct lanes *lanes_new(size_t expected);
void lanes_free(struct lanes *lanes);
enum lane_entry {
	LANE_YOURS,   /**< it is the user's now */
	LANE_WAIT,    /**< he waits for it */
	LANE_CROWDED, /**< too many wait: come back later */
	LANE_SILENT   /**< the recipient cannot be had now: likewise */
};
/** Take the lane or wait for it. */
enum lane_entry lane_enter(struct lanes *lanes, struct lane_user *user);
/** The recipient cannot be had now: who waits is to come back later. */
void lane_silence(struct lane_user *user);
/** Has somebody who had @p user's lane before him said so? */
bool lane_is_silent(const struct lane_user *user);
/** Leave it.  @return the next user, whose it is now, or NULL. */
struct lane_user *lane_leave(struct lanes *lanes, struct lane_user *user);

#endif
