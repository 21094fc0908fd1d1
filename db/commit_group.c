#include "db/commit_group.h"

#include "db/transaction.h"

static enum err job_run(struct store *store, struct write_job *job)
{
	return job->read ? job->read_err : job->run(store, job);
}

static enum err run_alone(struct store *store, struct write_job *job)
{
	enum err err = transaction_begin(store);

	if (err == ERR_OK)
		err = transaction_end(store, job_run(store, job));
	return err;
}

static void run_job(struct store *store, struct write_job *job)
{
	store->needs_quiesce = store->is_recorded = false;
	store->received = job->received;
	if (!job->is_one_step)
		job->err = run_alone(store, job);
	else
		job->err = job_run(store, job);
	if (job->is_one_step && store->lost != ERR_OK)
		job->err = store->lost;
	job->is_cause = job->err == ERR_OK && job->received > store->received;
	job->needs_quiesce = store->needs_quiesce;
	job->is_recorded = store->is_recorded;
}

static void count_cause(struct counters *counters, const struct write_job *job)
{
	if (!job->is_cause)
		return;
	count(counters, COUNT_UNPERMITTED_IN);
	count_more(counters, COUNT_UNPERMITTED_BYTES_IN,
		   (uint64_t)job->received);
}

/** After the commit, and before anybody hears of it. */
static void record_group(struct store *store, struct write_job *first,
			 const struct write_job *end)
{
	enum err err = store_sync_record(store);

	for (struct write_job *job = first; err != ERR_OK && job != end;
	     job = job->next)
		if (job->is_recorded && job->err == ERR_OK)
			job->err = err;
}

struct write_job *commit_group_run(struct store *store,
				   struct counters *counters,
				   struct quiesce *quiesce,
				   struct write_job *first)
{
	struct write_job *job = first;
	enum err err = ERR_IO;

	if (store->health != HEALTH_BROKEN)
		err = transaction_begin(store);
	if (err == ERR_OK) {
		while (job && store->lost == ERR_OK) {
			run_job(store, job);
			count_cause(counters, job);
			if (job->needs_quiesce && job->err == ERR_OK)
				quiesce_begin(quiesce);
			job = job->next;
			count(counters, COUNT_COMMIT_JOBS);
		}
		err = transaction_end(store, ERR_OK);
	} else {
		job = NULL;
	}
	count(counters, err == ERR_OK ? COUNT_COMMITS : COUNT_STORE_ERRORS);
	for (struct write_job *each = first; err != ERR_OK && each != job;
	     each = each->next)
		each->err = err;
	if (err == ERR_OK)
		record_group(store, first, job);
	return job;
}
