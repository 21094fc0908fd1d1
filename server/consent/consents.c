#include "server/consent/consents_private.h"

#include "server/base/arena.h"
#include "server/base/random.h"
#include "server/consent/chat_private.h"

/** People and what they were told in a day: those that are forgotten are told
 *  again, within what the store counts. */
#define CHAT_TOLD_PLACES 4096

/** Sources of a minute: one that is forgotten begins anew. */
#define CHAT_SOURCES_PLACES 1024

static void timer_fired(void *arg)
{
	sweep_start(arg);
}

static void notice_timer_fired(void *arg)
{
	notices_sweep(arg);
}

struct consents *consents_new(const struct consents_settings *settings)
{
	struct consents *consents = mem_alloc(sizeof(*consents));

	*consents = (struct consents){.settings = *settings,
				      .jobs.writer = settings->writer};
	consents->chat_told = ttl_cache_new(CHAT_TOLD_PLACES);
	consents->chat_confirmed = ttl_cache_new(CHAT_TOLD_PLACES);
	consents->chat_sources = ttl_cache_new(CHAT_SOURCES_PLACES);
	random_bytes(consents->chat_key.bytes, sizeof(consents->chat_key));
	loop_timer_init(&consents->timer, timer_fired, consents);
	loop_timer_init(&consents->notice_timer, notice_timer_fired, consents);
	return consents;
}

void consents_start(struct consents *consents)
{
	consents->started = true;
	notices_sweep(consents);
	sweep_start(consents);
}

void consents_wake(struct consents *consents)
{
	if (!consents->started)
		return;
	notices_sweep(consents);
	sweep_start(consents);
}

void consents_drain(struct consents *consents)
{
	consents->draining = true;
	loop_timer_clear(consents->settings.loop, &consents->timer);
	loop_timer_clear(consents->settings.loop, &consents->notice_timer);
	chats_drain(consents);
}

size_t sweep_rows_for(size_t room)
{
	return room < SWEEP_ROWS / 4 ? 4 * (room + 1) : SWEEP_ROWS;
}

int64_t sweep_sooner(int64_t at, int64_t other)
{
	return other && (!at || other < at) ? other : at;
}

void sweep_look_in(struct consents *consents, struct loop_timer *timer,
		   int64_t in_s)
{
	if (in_s < 0)
		in_s = 0;
	if (in_s > SWEEP_IDLE_S)
		in_s = SWEEP_IDLE_S;
	loop_timer_set(consents->settings.loop, timer, in_s * 1000);
}

void sweep_look_at(struct consents *consents, struct loop_timer *timer,
		   int64_t next_at)
{
	sweep_look_in(consents, timer,
		      next_at ? next_at - loop_wall_s(consents->settings.loop)
			      : SWEEP_IDLE_S);
}

void consents_count_left(struct consents *consents, uint64_t bytes)
{
	struct counters *counters = consents->settings.counters;

	if (bytes == 0)
		return;
	count(counters, COUNT_UNPERMITTED_OUT);
	count_more(counters, COUNT_UNPERMITTED_BYTES_OUT, bytes);
}

bool consents_idle(const struct consents *consents)
{
	return consents->jobs.n_out == 0 && !consents->requests &&
	       !consents->notices && !consents->chats;
}

static void consents_destroy(void *arg)
{
	struct consents *consents = arg;

	replies_free(consents);
	permission_requests_free(consents);
	notices_free(consents);
	chats_free(consents);
	sweep_free(consents->sweep);
	free(consents);
}

void consents_free(struct consents *consents)
{
	if (!consents)
		return;
	loop_timer_clear(consents->settings.loop, &consents->timer);
	permission_requests_stop(consents);
	notices_stop(consents);
	chats_stop(consents);
	job_group_close(&consents->jobs, consents_destroy, consents);
}
