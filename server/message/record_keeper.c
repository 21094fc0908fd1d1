#include "server/message/record_keeper.h"

#include "db/records.h"
#include "server/base/log.h"
#include "server/message/message_private.h"

#define SWEEP_MS 60000
#define SWEEP_MORE_MS 10 /**< while there is more to let go of */

struct record_keeper {
	struct store_job store_job; /**< first */
	const struct messages_settings *settings;
	struct job_group *jobs;
	int64_t before;
	bool is_more;
	struct loop_timer again;
	bool is_stopped;
};

static void sweep_now(void *arg);

struct record_keeper *
record_keeper_new(const struct messages_settings *settings,
		  struct job_group *jobs)
{
	struct record_keeper *keeper = mem_alloc(sizeof(*keeper));

	memset(keeper, 0, sizeof(*keeper));
	keeper->settings = settings;
	keeper->jobs = jobs;
	loop_timer_init(&keeper->again, sweep_now, keeper);
	return keeper;
}

void record_keeper_stop(struct record_keeper *keeper)
{
	keeper->is_stopped = true;
	loop_timer_clear(keeper->settings->loop, &keeper->again);
}

void record_keeper_free(struct record_keeper *keeper)
{
	free(keeper);
}

bool record_keeper_idle(const struct record_keeper *keeper)
{
	return !keeper->store_job.is_out;
}

static enum err sweep_run(struct store *store, struct write_job *write)
{
	struct record_keeper *keeper = (struct record_keeper *)(void *)write;

	return store_record_sweep(store, keeper->before, &keeper->is_more);
}

static void sweep_over(struct store_job *store_job)
{
	struct record_keeper *keeper =
		(struct record_keeper *)(void *)store_job;
	bool is_more = !store_job->write.err && keeper->is_more;

	if (store_job->write.err)
		log_event(LOG_EVENT_SWEEP_FAILED, NULL, "what=records err=%s",
			  log_text(err_text(store_job->write.err)));
	if (!keeper->is_stopped)
		loop_timer_set(keeper->settings->loop, &keeper->again,
			       is_more ? SWEEP_MORE_MS : SWEEP_MS);
}

static void sweep_now(void *arg)
{
	struct record_keeper *keeper = arg;
	int64_t keep_s = keeper->settings->keep_done_s;

	if (keeper->store_job.is_out)
		return;
	keeper->before = keep_s ? loop_wall_s(keeper->settings->loop) - keep_s
				: RECORDS_ALL;
	keeper->store_job.write.run = sweep_run;
	keeper->store_job.over = sweep_over;
	if (job_group_submit(keeper->jobs, &keeper->store_job, STORE_JOB_USUAL))
		sweep_over(&keeper->store_job);
}

void record_keeper_start(struct record_keeper *keeper)
{
	if (!keeper->is_stopped)
		loop_timer_set(keeper->settings->loop, &keeper->again, 0);
}
