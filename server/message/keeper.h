/*
 * keeper -- writes the records of refused requests, and removes old records.
 * Private to message/.
 *
 * Only refusals of identified senders are written, REFUSALS_AN_HOUR of each
 * sender, when the writer has nothing else to do: they wait in memory until
 * then, and a crash may lose them.
 */
#ifndef VOLENS_SERVER_MESSAGE_KEEPER_H
#define VOLENS_SERVER_MESSAGE_KEEPER_H

#include "db/job_group.h"
#include "server/message/messages.h"

struct list_request;
struct keeper;

struct keeper *keeper_new(const struct messages_settings *settings,
			  struct job_group *jobs);
/** From now on old records go. */
void keeper_start(struct keeper *keeper);
void keeper_stop(struct keeper *keeper);
/** Stopped, and no store_job is out. */
void keeper_free(struct keeper *keeper);
bool keeper_idle(const struct keeper *keeper);
/** A request was refused: to be written if its sender is known. */
#define REFUSALS_AN_HOUR 60
#define REFUSAL_RECIPIENTS_MAX 1000 /**< those without permission first */
void keeper_refused(struct keeper *keeper, const struct list_request *list);

#endif
