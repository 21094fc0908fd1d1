#include "api/loop_call.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "server/base/loop.h"

struct loop_calls {
	struct loop *loop;
	pthread_mutex_t lock; /**< of what follows, and of the calls */
	pthread_cond_t changed;
	size_t n_users; /**< calls that are not over, and the owner */
	bool is_stopping;
};

struct loop_call {
	struct loop_post post; /**< first */
	struct loop_calls *calls;
	struct loop_order order;
	bool is_begun, is_run; /**< run() began; it returned */
	bool is_answered;
	bool is_abandoned; /**< nobody waits */
	struct arena *arena;
	const void *answer;
};

struct loop_calls *loop_calls_new(struct loop *loop)
{
	struct loop_calls *calls = mem_alloc(sizeof(*calls));
	pthread_condattr_t monotonic;

	memset(calls, 0, sizeof(*calls));
	calls->loop = loop;
	calls->n_users = 1;
	pthread_mutex_init(&calls->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&calls->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return calls;
}

/** Unlocks. */
static void user_leave(struct loop_calls *calls)
{
	bool is_last = --calls->n_users == 0;

	pthread_mutex_unlock(&calls->lock);
	if (!is_last)
		return;
	pthread_cond_destroy(&calls->changed);
	pthread_mutex_destroy(&calls->lock);
	free(calls);
}

void loop_calls_stop(struct loop_calls *calls)
{
	pthread_mutex_lock(&calls->lock);
	calls->is_stopping = true;
	pthread_cond_broadcast(&calls->changed);
	pthread_mutex_unlock(&calls->lock);
}

void loop_calls_free(struct loop_calls *calls)
{
	if (!calls)
		return;
	pthread_mutex_lock(&calls->lock);
	user_leave(calls);
}

/** With the lock, which is given up. */
static void call_free(struct loop_call *call)
{
	struct loop_calls *calls = call->calls;

	arena_free(call->arena);
	free(call);
	user_leave(calls);
}

static void on_post(struct loop_post *post)
{
	struct loop_call *call = (struct loop_call *)(void *)post;

	pthread_mutex_lock(&call->calls->lock);
	if (call->is_abandoned) {
		call_free(call);
		return;
	}
	call->is_begun = true;
	pthread_mutex_unlock(&call->calls->lock);
	call->order.run(call, call->order.arg);
	pthread_mutex_lock(&call->calls->lock);
	call->is_run = true;
	pthread_cond_broadcast(&call->calls->changed);
	pthread_mutex_unlock(&call->calls->lock);
}

struct arena *loop_call_arena(struct loop_call *call)
{
	pthread_mutex_lock(&call->calls->lock);
	struct arena *arena = call->is_abandoned ? NULL : call->arena;

	pthread_mutex_unlock(&call->calls->lock);
	return arena;
}

void loop_call_done(struct loop_call *call, const void *answer)
{
	pthread_mutex_lock(&call->calls->lock);
	if (call->is_abandoned) {
		call_free(call);
		return;
	}
	call->is_answered = true;
	call->answer = answer;
	pthread_cond_broadcast(&call->calls->changed);
	pthread_mutex_unlock(&call->calls->lock);
}

static struct loop_call *call_new(struct loop_calls *calls,
				  const struct loop_order *order)
{
	struct loop_call *call = mem_alloc(sizeof(*call));

	memset(call, 0, sizeof(*call));
	call->post.run = on_post;
	call->calls = calls;
	call->order = *order;
	call->arena = arena_new(0);
	return call;
}

/** What the order points to is the waiter's: it stays while run() reads it. */
static bool may_leave(const struct loop_call *call)
{
	return !call->is_begun || (call->is_run && !call->is_answered);
}

/** @return true: it is answered */
static bool call_wait(struct loop_call *call)
{
	struct loop_calls *calls = call->calls;
	struct timespec until;
	bool is_late = false;

	/* Not the time of day, so not the loop's: only a limit. */
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LOOP_CALL_S;
	while (!call->is_run || !call->is_answered) {
		if ((calls->is_stopping || is_late) && may_leave(call))
			return false;
		if (is_late)
			pthread_cond_wait(&calls->changed, &calls->lock);
		else
			is_late = pthread_cond_timedwait(&calls->changed,
							 &calls->lock,
							 &until) != 0;
	}
	return true;
}

enum err loop_call(struct loop_calls *calls, const struct loop_order *order,
		   struct arena **ret_arena, const void **ret)
{
	struct loop_call *call;
	enum err err = ERR_OK;

	pthread_mutex_lock(&calls->lock);
	if (calls->is_stopping) {
		pthread_mutex_unlock(&calls->lock);
		return ERR_SHUTDOWN;
	}
	calls->n_users++;
	call = call_new(calls, order);
	loop_post(calls->loop, &call->post);
	if (call_wait(call)) {
		*ret_arena = call->arena;
		*ret = call->answer;
		call->arena = NULL;
		call_free(call);
		return ERR_OK;
	}
	call->is_abandoned = true;
	if (call->is_begun)
		err = ERR_TIMEOUT;
	else
		err = calls->is_stopping ? ERR_SHUTDOWN : ERR_BUSY;
	pthread_mutex_unlock(&calls->lock);
	return err;
}
