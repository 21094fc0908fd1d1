#include "server/relay/store_job.h"

static void store_job_done(struct write_job *write)
{
	struct store_job *store_job = (struct store_job *)(void *)write;
	struct store_jobs *store_jobs = store_job->store_jobs;

	store_jobs->n_out--;
	if (!store_jobs->closed)
		store_job->over(store_job);
	else if (store_jobs->n_out == 0)
		store_jobs->closed(store_jobs->arg);
}

enum err store_job_submit(struct store_jobs *store_jobs,
			  struct store_job *store_job, enum store_job_kind kind)
{
	enum err err;

	store_job->store_jobs = store_jobs;
	store_job->write.done = store_job_done;
	store_jobs->n_out++;
	if (kind == STORE_JOB_URGENT)
		err = writer_submit_urgent(store_jobs->writer,
					   &store_job->write);
	else
		err = writer_submit(store_jobs->writer, &store_job->write);
	if (err) { /* else it is the writer's now */
		store_jobs->n_out--;
		store_job->write.err = err;
	}
	return err;
}
