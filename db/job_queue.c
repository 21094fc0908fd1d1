#include "db/job_queue.h"

void job_queue_init(struct job_queue *queue)
{
	*queue = (struct job_queue){.first = NULL};
	queue->last = &queue->first;
}

void job_queue_add(struct job_queue *queue, struct write_job *job)
{
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
	queue->n++;
}

void job_queue_take(struct job_queue *queue, size_t most, struct job_queue *ret)
{
	struct write_job *job;

	job_queue_init(ret);
	while (queue->first && ret->n < most &&
	       (!ret->first ||
		(!ret->first->is_long && !queue->first->is_long))) {
		job = queue->first;
		queue->first = job->next;
		queue->n--;
		job_queue_add(ret, job);
	}
	if (!queue->first)
		queue->last = &queue->first;
}
