/*
 * lanes -- one MESSAGE at a time for a recipient (RFC 3428 section 8).
 *
 * A lane is there while a leg to its key is in flight or about to be; who comes
 * while it is taken waits in order.
 */
#ifndef VOLENS_SERVER_RELAY_LANES_H
#define VOLENS_SERVER_RELAY_LANES_H

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
/** Take the lane or wait for it.  @return 1 when it is @p user's now. */
int lane_enter(struct lanes *lanes, struct lane_user *user);
/** Leave it.  @return the next user, whose it is now, or NULL. */
struct lane_user *lane_leave(struct lanes *lanes, struct lane_user *user);

#endif
