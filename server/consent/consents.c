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

void consents_poke(struct consents *consents)
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
	return !consents->works && !consents->asks;
}

void consents_free(struct consents *consents)
{
	if (!consents)
		return;
	loop_timer_clear(consents->settings.loop, &consents->timer);
	asks_free(consents);
	pending_denies_free(consents);
	for (struct work *work = consents->works; work; work = work->next)
		work->consents = NULL;
	free(consents);
}

static void work_link(struct consents *consents, struct work *work)
{
	work->consents = consents;
	work->prev = NULL;
	work->next = consents->works;
	if (work->next)
		work->next->prev = work;
	consents->works = work;
}

struct consents *work_back(struct work *work)
{
	struct consents *consents = work->consents;

	if (!consents)
		return NULL;
	if (work->next)
		work->next->prev = work->prev;
	if (work->prev)
		work->prev->next = work->next;
	else
		consents->works = work->next;
	return consents;
}

static enum err work_sent(struct work *work, enum err err)
{
	if (err)
		work_back(work);
	return err;
}

enum err work_submit(struct consents *consents, struct work *work)
{
	work_link(consents, work);
	return work_sent(work,
			 writer_submit(consents->settings.writer, &work->job));
}

enum err work_submit_urgent(struct consents *consents, struct work *work)
{
	work_link(consents, work);
	return work_sent(work, writer_submit_urgent(consents->settings.writer,
						    &work->job));
}
