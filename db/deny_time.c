#include "db/deny_time.h"

#include "server/base/counters.h"

void deny_time_begin(struct write_job *job, struct counters *counters)
{
	job->counters = counters;
	if (job->door != DENY_BY_NONE && !job->came_us)
		job->came_us = monotonic_now_us();
}

void deny_time_end(const struct write_job *job, enum err err)
{
	static const enum histogram of[] = {
		[DENY_BY_PUBLISH] = HISTOGRAM_DENY_PUBLISH,
		[DENY_BY_CHAT] = HISTOGRAM_DENY_CHAT,
		[DENY_BY_PAGE] = HISTOGRAM_DENY_PAGE,
		[DENY_BY_REST] = HISTOGRAM_DENY_REST,
		[DENY_BY_IMPORT] = HISTOGRAM_DENY_IMPORT,
	};

	if (err == ERR_OK && job->needs_quiesce && job->door != DENY_BY_NONE)
		histogram_note(job->counters, of[job->door],
			       monotonic_now_us() - job->came_us);
}
