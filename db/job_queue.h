/*
 * job_queue -- jobs in the order in which they came.
 *
 * Private to db/.  The owner guards it.
 */
#ifndef VOLENS_DB_JOB_QUEUE_H
#define VOLENS_DB_JOB_QUEUE_H

#include "db/writer.h"

struct job_queue {
	struct write_job *first, **last;
	size_t n;
};

void job_queue_init(struct job_queue *queue);
void job_queue_add(struct job_queue *queue, struct write_job *job);
/** Move the first @p most jobs to an empty queue; a long one is alone there. */
void job_queue_take(struct job_queue *queue, size_t most,
		    struct job_queue *ret);

#endif
