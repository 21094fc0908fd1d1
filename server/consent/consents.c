#include "server/consent/consents.h"

#include "server/base/arena.h"

static void timer_fired(void *arg)
{
	sweep_start(arg);
}

struct consents *consents_new(const struct consents_settings *settings)
{
	struct consents *consents = mem_alloc(sizeof(*consents));

	*consents = (struct consents){.settings = *settings};
	loop_timer_init(&consents->timer, timer_fired, consents);
	return consents;
}

void consents_set_edge(struct consents *consents, struct edge *edge)
{
	consents->settings.edge = edge;
}

void consents_start(struct consents *consents)
{
	consents->started = true;
	sweep_start(consents);
}

void consents_wake(struct consents *consents)
{
	if (consents->started)
		sweep_start(consents);
}

void consents_drain(struct consents *consents)
{
	consents->draining = true;
	loop_timer_clear(consents->settings.loop, &consents->timer);
}

bool consents_idle(const struct consents *consents)
{
	return !consents->jobs && !consents->requests;
}

void consents_free(struct consents *consents)
{
	if (!consents)
		return;
	loop_timer_clear(consents->settings.loop, &consents->timer);
	permission_requests_free(consents);
	pending_denies_free(consents);
	for (struct consent_job *job = consents->jobs; job; job = job->next)
		job->consents = NULL;
	free(consents);
}

static void consent_job_link(struct consents *consents, struct consent_job *job)
{
	job->consents = consents;
	job->prev = NULL;
	job->next = consents->jobs;
	if (job->next)
		job->next->prev = job;
	consents->jobs = job;
}

struct consents *consent_job_over(struct consent_job *job)
{
	struct consents *consents = job->consents;

	if (!consents)
		return NULL;
	if (job->next)
		job->next->prev = job->prev;
	if (job->prev)
		job->prev->next = job->next;
	else
		consents->jobs = job->next;
	return consents;
}

static enum err consent_job_sent(struct consent_job *job, enum err err)
{
	if (err)
		consent_job_over(job);
	return err;
}

enum err consent_job_submit(struct consents *consents, struct consent_job *job)
{
	consent_job_link(consents, job);
	return consent_job_sent(
		job, writer_submit(consents->settings.writer, &job->write));
}

enum err consent_job_submit_urgent(struct consents *consents,
				   struct consent_job *job)
{
	consent_job_link(consents, job);
	return consent_job_sent(
		job,
		writer_submit_urgent(consents->settings.writer, &job->write));
}
