/*
 * recipient_queues -- one MESSAGE at a time for a recipient (RFC 3428 section
 * 8).
 *
 * A queue exists while a leg to its key is in flight or about to be; others
 * that come meanwhile wait in order.  The number that wait is bounded, and
 * nothing is queued for an unreachable recipient, so that messages for one
 * recipient do not fill the relay.
 */
#ifndef VOLENS_SERVER_MESSAGE_RECIPIENT_QUEUES_H
#define VOLENS_SERVER_MESSAGE_RECIPIENT_QUEUES_H

#include <stdbool.h>
#include <stddef.h>

struct recipient_queues;
struct recipient_queue;

/** An attempt that needs the queue of its recipient; the caller's storage. */
struct recipient_queue_user {
	const char *key; /**< of the recipient; stays as long as the user */
	struct recipient_queue *queue;	   /**< once it has it */
	struct recipient_queue_user *next; /**< the queues' own */
};

struct recipient_queues *recipient_queues_new(size_t expected);
void recipient_queues_free(struct recipient_queues *queues);
enum recipient_queue_entry {
	RECIPIENT_QUEUE_GRANTED,    /**< it is the user's now */
	RECIPIENT_QUEUE_WAIT,	    /**< it waits for it */
	RECIPIENT_QUEUE_FULL,	    /**< too many wait: come back later */
	RECIPIENT_QUEUE_UNREACHABLE /**< the recipient is unreachable: likewise
				     */
};
/** Take the queue or wait for it. */
enum recipient_queue_entry
recipient_queue_enter(struct recipient_queues *queues,
		      struct recipient_queue_user *user);
/** The recipient is unreachable: those that wait are tried later. */
void recipient_queue_mark_unreachable(struct recipient_queue_user *user);
/** Has an earlier user of @p user's queue marked it so? */
bool recipient_queue_is_unreachable(const struct recipient_queue_user *user);
/** Leave it.  @return the next user, whose it is now, or NULL. */
struct recipient_queue_user *
recipient_queue_leave(struct recipient_queues *queues,
		      struct recipient_queue_user *user);

#endif
