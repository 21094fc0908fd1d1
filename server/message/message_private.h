/*
 * message_private -- the inside of messages.h: the module, and the steps of its
 * plan that are its own.  Private to message/.
 */
#ifndef VOLENS_SERVER_MESSAGE_MESSAGE_PRIVATE_H
#define VOLENS_SERVER_MESSAGE_MESSAGE_PRIVATE_H

#include "db/job_group.h"
#include "server/message/fanout.h"
#include "server/list/list_request.h"
#include "server/list/refusals.h"
#include "server/message/messages.h"

struct messages {
	struct messages_settings settings;
	struct job_group jobs;
	struct fanouts *fanouts;
	struct retry_queue *retry_queue;
	struct recovery *recovery;
	struct record_keeper *keeper;
	struct refusals *refusals;
};

/** What a list has of this module: list_request's `work`. */
struct message_work {
	struct store_job store_job; /**< first: the journal entry's */
	struct list_request *list;
	/** What is to be kept; NULL once the fan-out has it. */
	struct accepted_request *accepted;
	bool is_stored; /**< it is on disk */
};

/** The request and its recipients are on disk. */
enum progress message_accept(struct list_request *list);

/** Make their header fields; of a stored list with the Reply-To that it says.
 */
void message_compose_headers(struct list_request *list,
			     struct envelope *envelope);
/** Make the content of the legs: the parts, and the history list. */
void message_compose(struct list_request *list, struct envelope *envelope);

#endif
