#include "db/job_group.h"

static void store_job_done(struct write_job *write)
{
	struct store_job *store_job = (struct store_job *)(void *)write;
	struct job_group *group = store_job->group;

	store_job->is_out = false;
	group->n_out--;
	if (group->closed && group->n_out == 0)
		group->closed(group->arg);
	else if (!group->closed && store_job->over)
		store_job->over(store_job);
}

enum err job_group_submit(struct job_group *group, struct store_job *store_job,
			  enum store_job_kind kind)
{
	enum err err;

	store_job->group = group;
	store_job->write.done = store_job_done;
	store_job->is_out = true;
	group->n_out++;
	if (kind == STORE_JOB_URGENT)
		err = writer_submit_urgent(group->writer, &store_job->write);
	else
		err = writer_submit(group->writer, &store_job->write);
	if (err) { /* else it is the writer's now */
		store_job->is_out = false;
		group->n_out--;
		store_job->write.err = err;
	}
	return err;
}

void job_group_close(struct job_group *group, void (*closed)(void *arg),
		     void *arg)
{
	group->closed = closed;
	group->arg = arg;
	if (group->n_out == 0)
		closed(arg);
}
