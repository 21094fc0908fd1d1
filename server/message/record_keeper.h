/*
 * record_keeper -- removes old records of requests, of every method.
 * Private to message/.
 */
#ifndef VOLENS_SERVER_MESSAGE_RECORD_KEEPER_H
#define VOLENS_SERVER_MESSAGE_RECORD_KEEPER_H

#include "db/job_group.h"
#include "server/message/messages.h"

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

#endif
