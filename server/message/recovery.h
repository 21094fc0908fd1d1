/*
 * recovery -- after a restart: sends the accepted requests of a former process
 * that have no outcome yet.
 *
 * The reader reads them (db/writer.h).  How much is in work at a time is
 * bounded.
 */
#ifndef VOLENS_SERVER_MESSAGE_RECOVERY_H
#define VOLENS_SERVER_MESSAGE_RECOVERY_H

#include "server/message/fanout.h"

struct recovery;
struct recovery *recovery_new(const struct messages_settings *settings,
			      struct job_group *jobs, struct fanouts *fanouts);
void recovery_stop(struct recovery *recovery);
void recovery_free(struct recovery *recovery);
void recovery_start(struct recovery *recovery);
/** An entry of our own was kept: it and later ones are not to be recovered. */
void recovery_own(struct recovery *recovery, int64_t journal);
/** There may be room for more. */
void recovery_wake(struct recovery *recovery);
bool recovery_idle(const struct recovery *recovery);

#endif
