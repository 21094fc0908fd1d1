/*
 * retry_queue -- reads the deliveries that are due, and has them sent again.
 *
 * The reader reads it (db/writer.h), so that neither the loop nor a commit
 * waits for that.  How much is in work at a time is bounded; the rest stays on
 * disk.
 */
#ifndef VOLENS_SERVER_MESSAGE_RETRY_QUEUE_H
#define VOLENS_SERVER_MESSAGE_RETRY_QUEUE_H

#include "server/message/fanout.h"

struct retry_queue;
struct retry_queue *retry_queue_new(const struct messages_settings *settings,
				    struct job_group *jobs,
				    struct fanouts *fanouts);
/** Take nothing up any more. */
void retry_queue_stop(struct retry_queue *retry_queue);
/** Stopped, and no store_job is out. */
void retry_queue_free(struct retry_queue *retry_queue);
/** Scan now. */
void retry_queue_wake(struct retry_queue *retry_queue);
/** Scan at @p next_at at the latest. */
void retry_queue_expect(struct retry_queue *retry_queue, int64_t next_at);
/** A delivery that was in work is on disk again, or gone. */
void retry_queue_retried(struct retry_queue *retry_queue, int64_t delivery);
bool retry_queue_idle(const struct retry_queue *retry_queue);

#endif
