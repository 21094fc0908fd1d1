/*
 * loop -- the event loop of one thread: descriptors, timers, tasks, posts.
 *
 * epoll, with timers on CLOCK_MONOTONIC: a step of the wall clock neither stops
 * nor fires one.  All functions but loop_post() and loop_stop() belong to the
 * loop's own thread.  Callbacks never nest: one returns before the next runs.
 * The only file that asks the system for the time is loop.c.
 */
#ifndef VOLENS_BASE_LOOP_H
#define VOLENS_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "server/base/err.h"

struct loop;

struct loop *loop_new(void);
/** Free the loop; watches and timers must be gone or are forgotten. */
void loop_free(struct loop *loop);
/** Run until loop_stop(); at once when that was called since the last run. */
void loop_run(struct loop *loop);
/** One turn: sleep for at most @p most_ms, then serve what is ready. */
void loop_step(struct loop *loop, int most_ms);
/** What was posted, until nothing more is; no descriptor, timer, task or hook:
 *  for the end, when their owners may be gone. */
void loop_finish(struct loop *loop);
/** Make loop_run() return soon.  Any thread, and from a signal handler. */
void loop_stop(struct loop *loop);

/** Milliseconds on the monotonic clock as of this turn. */
int64_t loop_now_ms(const struct loop *loop);
/** Seconds since the epoch (UTC) as of this turn; may step. */
int64_t loop_wall_s(const struct loop *loop);
/** Seconds since the epoch; any thread. */
int64_t wall_now_s(void);
/** Milliseconds since the epoch; any thread. */
int64_t wall_now_ms(void);
/** Microseconds on the monotonic clock; any thread. */
int64_t monotonic_now_us(void);
/** Milliseconds on the monotonic clock; any thread. */
int64_t monotonic_now_ms(void);

/* Timers: the caller's storage, zeroed before first use. */
typedef void loop_timer_fn(void *arg);
struct loop_timer {
	loop_timer_fn *fire;
	void *arg;
	int64_t due_ms; /**< on the monotonic clock */
	uint32_t slot;	/**< place in the heap + 1; 0 when not set */
};
void loop_timer_init(struct loop_timer *timer, loop_timer_fn *fire, void *arg);
/** (Re)arm: fires once, @p in_ms from now.  A timer that is armed while timers
 *  fire waits for the next turn at least, so none can starve the loop. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t in_ms);
static inline bool loop_timer_is_set(const struct loop_timer *timer)
{
	return timer->slot != 0;
}
/** Disarm; harmless when not armed. */
void loop_timer_clear(struct loop *loop, struct loop_timer *timer);

/*
 * Tasks: work that goes on in turns, without a sleep and without a span.  One
 * runs at the end of the turn it was added in, after posts, descriptors and
 * timers; added by a task (also itself) or a hook, at the end of the next turn.
 * While one waits the loop does not sleep, but serves all else in between.
 * In the order they were added; the caller's storage, zeroed before first use.
 */
struct loop_task {
	void (*run)(void *arg);
	void *arg;
	TAILQ_ENTRY(loop_task) link; /**< the loop's own, as is the next */
	uint64_t turn;		     /**< at whose end it runs; 0: not added */
};
/** Once, however often it is added before it runs. */
void loop_task_add(struct loop *loop, struct loop_task *task);
static inline bool loop_task_is_added(const struct loop_task *task)
{
	return task->turn != 0;
}
/** It will not run; harmless when it was not added. */
void loop_task_remove(struct loop *loop, struct loop_task *task);

/* Descriptors: level triggered (but for EPOLLET); the caller's storage. */
typedef void loop_watch_fn(void *arg, uint32_t events /* EPOLLIN... */);
struct loop_watch {
	int fd;
	uint32_t events; /**< what is waited for, EPOLLIN | EPOLLOUT */
	loop_watch_fn *ready;
	void *arg;
};
/** ERR_FULL when the system watches no more; ERR_IO for a bad descriptor. */
enum err loop_watch_add(struct loop *loop, struct loop_watch *watch) MUST_CHECK;
/** Tell the loop that watch->events changed. */
void loop_watch_change(struct loop *loop, struct loop_watch *watch);
/** Stop watching; call before closing the descriptor, also from its callback.
 *  No event of this turn reaches the watch after that. */
void loop_watch_remove(struct loop *loop, struct loop_watch *watch);

/* Posts: work handed to the loop thread, in order. */
struct loop_post {
	void (*run)(struct loop_post *post); /**< on the loop's thread, once */
	struct loop_post *next;		     /**< the loop's own */
};
/** Any thread; never blocks, never fails.  The post is the caller's storage,
 *  its own again when run() begins.  Posts of a post run in the next turn. */
void loop_post(struct loop *loop, struct loop_post *post);
/** In run(): how often posts were taken.  Those taken together had all been
 *  posted before the first of them ran. */
uint64_t loop_posts_taken(const struct loop *loop);

/* Turn ends: run each time before the loop sleeps, to flush what was queued. */
struct loop_hook {
	void (*run)(void *arg);
	void *arg;
	struct loop_hook *next; /**< the loop's own */
};
void loop_hook_add(struct loop *loop, struct loop_hook *hook);
/** Not from a hook.  Harmless when it was not added. */
void loop_hook_remove(struct loop *loop, struct loop_hook *hook);

/** Longest turn of the last second in ms, for /metrics; any thread. */
int64_t loop_lag_ms(const struct loop *loop);

#endif
