/*
 * record_keeper -- writes the records of refused requests, and removes old
 * records.
 * Private to message/.
 *
 * Only refusals of identified senders are written, REFUSALS_AN_HOUR of each
 * sender, when the writer has nothing else to do: they wait in memory until
 * then, and a crash may lose them.
 */
#ifndef VOLENS_SERVER_MESSAGE_RECORD_KEEPER_H
#define VOLENS_SERVER_MESSAGE_RECORD_KEEPER_H

#include "db/job_group.h"
#include "server/message/messages.h"

struct list_request;
struct record_keeper;

struct record_keeper *
record_keeper_new(const struct messages_settings *settings,
		  struct job_group *jobs);
/** From now on old records go. */
void record_keeper_start(struct record_keeper *keeper);
void record_keeper_stop(struct record_keeper *keeper);
/** Stopped, and no store_job is out. */
void record_keeper_free(struct record_keeper *keeper);
bool record_keeper_idle(const struct record_keeper *keeper);
/** A request was refused: to be written if its sender is known. */
#define REFUSALS_AN_HOUR 60
#define REFUSAL_RECIPIENTS_MAX 1000 /**< those without permission first */
void record_keeper_refused(struct record_keeper *keeper,
			   const struct list_request *list);

#endif
