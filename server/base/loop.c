#include "server/base/loop.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "server/base/arena.h"

#define LOOP_EVENTS 128 /**< descriptors served in one turn at the most */
#define LAG_WINDOW_MS 1000

/** How long turns took; read by other threads. */
struct lag {
	_Atomic int64_t turn_began; /**< 0 while the loop sleeps */
	_Atomic int64_t longest;    /**< in the last window that is over */
	_Atomic int64_t closed_at;  /**< end of that window */
	int64_t window_began;	    /**< the loop's own, as is the next */
	int64_t longest_so_far;
};

struct loop {
	int epoll_fd;
	int wake_fd;
	atomic_bool stopping;
	int64_t now_ms, wall_s;

	struct epoll_event events[LOOP_EVENTS];
	int n_events, event; /**< of this turn, and the one being served */

	struct loop_timer **heap; /**< the one due first at the top */
	uint32_t n_timers, heap_size;
	bool firing;

	TAILQ_HEAD(, loop_task) tasks; /**< those of the next turn at the end */
	uint64_t turn;		       /**< at whose end one added now runs */

	pthread_mutex_t posts_lock;
	struct loop_post *posts, **posts_end;
	uint64_t posts_taken; /**< how often */

	struct loop_hook *hooks, **hooks_end;
	struct lag lag;
};

static struct timespec clock_read(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now))
		err_fatal("no clock");
	return now;
}

static int64_t in_ms(struct timespec at)
{
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

int64_t monotonic_now_us(void)
{
	struct timespec at = clock_read(CLOCK_MONOTONIC);

	return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

int64_t monotonic_now_ms(void)
{
	return in_ms(clock_read(CLOCK_MONOTONIC));
}

int64_t wall_now_ms(void)
{
	return in_ms(clock_read(CLOCK_REALTIME));
}

int64_t wall_now_s(void)
{
	return (int64_t)clock_read(CLOCK_REALTIME).tv_sec;
}

static void clocks_update(struct loop *loop)
{
	loop->now_ms = monotonic_now_ms();
	loop->wall_s = wall_now_s();
}

struct loop *loop_new(void)
{
	struct loop *loop = mem_alloc(sizeof(*loop));
	struct epoll_event event = {.events = EPOLLIN};

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* data.ptr NULL is the wake descriptor (and a watch that is gone). */
	if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
	    epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event))
		err_fatal("no descriptors for an event loop");
	pthread_mutex_init(&loop->posts_lock, NULL);
	loop->posts_end = &loop->posts;
	loop->hooks_end = &loop->hooks;
	TAILQ_INIT(&loop->tasks);
	loop->turn = 1;
	clocks_update(loop);
	loop->lag.window_began = loop->now_ms;
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll_fd);
	close(loop->wake_fd);
	pthread_mutex_destroy(&loop->posts_lock);
	free(loop->heap);
	free(loop);
}

/* Only what a signal handler may do. */
static void loop_wake(struct loop *loop)
{
	uint64_t one = 1;
	int kept = errno;

	/* Full means that a wake-up is pending already. */
	while (write(loop->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	errno = kept;
}

void loop_stop(struct loop *loop)
{
	atomic_store(&loop->stopping, true);
	loop_wake(loop);
}

int64_t loop_now_ms(const struct loop *loop)
{
	return loop->now_ms;
}

int64_t loop_wall_s(const struct loop *loop)
{
	return loop->wall_s;
}

/* Timers: a binary heap; a timer's slot is its index + 1. */

static void heap_put(struct loop *loop, uint32_t i, struct loop_timer *timer)
{
	loop->heap[i] = timer;
	timer->slot = i + 1;
}

static void heap_up(struct loop *loop, uint32_t i, struct loop_timer *timer)
{
	while (i && loop->heap[(i - 1) / 2]->due_ms > timer->due_ms) {
		heap_put(loop, i, loop->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	heap_put(loop, i, timer);
}

static void heap_down(struct loop *loop, uint32_t i, struct loop_timer *timer)
{
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= loop->n_timers)
			break;
		if (child + 1 < loop->n_timers &&
		    loop->heap[child + 1]->due_ms < loop->heap[child]->due_ms)
			child++;
		if (loop->heap[child]->due_ms >= timer->due_ms)
			break;
		heap_put(loop, i, loop->heap[child]);
		i = child;
	}
	heap_put(loop, i, timer);
}

/* Put @p timer where index @p i is free. */
static void heap_place(struct loop *loop, uint32_t i, struct loop_timer *timer)
{
	if (i && loop->heap[(i - 1) / 2]->due_ms > timer->due_ms)
		heap_up(loop, i, timer);
	else
		heap_down(loop, i, timer);
}

void loop_timer_init(struct loop_timer *timer, loop_timer_fn *fire, void *arg)
{
	*timer = (struct loop_timer){.fire = fire, .arg = arg};
}

/*
 * The span counts from this instant, not from the beginning of the turn: under
 * load, when turns are long, a timer must not fire early and add to the load.
 */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t in_ms)
{
	int64_t now_ms = monotonic_now_ms();

	if (in_ms < 0)
		in_ms = 0;
	if (in_ms > INT64_MAX / 2)
		in_ms = INT64_MAX / 2;
	timer->due_ms = now_ms + in_ms;
	if (loop->firing && timer->due_ms <= loop->now_ms)
		timer->due_ms = loop->now_ms + 1;
	if (timer->slot) {
		heap_place(loop, timer->slot - 1, timer);
		return;
	}
	if (loop->n_timers == loop->heap_size) {
		loop->heap_size = loop->heap_size ? 2 * loop->heap_size : 64;
		loop->heap = mem_resize(loop->heap,
					loop->heap_size * sizeof(*loop->heap));
	}
	heap_up(loop, loop->n_timers++, timer);
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
	uint32_t i = timer->slot - 1;
	struct loop_timer *last;

	if (!timer->slot)
		return;
	timer->slot = 0;
	last = loop->heap[--loop->n_timers];
	if (last != timer)
		heap_place(loop, i, last);
}

static void timers_fire(struct loop *loop)
{
	loop->firing = true;
	while (loop->n_timers && loop->heap[0]->due_ms <= loop->now_ms) {
		struct loop_timer *timer = loop->heap[0];

		loop_timer_clear(loop, timer);
		timer->fire(timer->arg);
	}
	loop->firing = false;
}

/* Tasks. */

void loop_task_add(struct loop *loop, struct loop_task *task)
{
	if (task->turn)
		return;
	task->turn = loop->turn;
	TAILQ_INSERT_TAIL(&loop->tasks, task, link);
}

void loop_task_remove(struct loop *loop, struct loop_task *task)
{
	if (!task->turn)
		return;
	task->turn = 0;
	TAILQ_REMOVE(&loop->tasks, task, link);
}

static void tasks_run(struct loop *loop)
{
	uint64_t turn = loop->turn++;
	struct loop_task *task;

	while ((task = TAILQ_FIRST(&loop->tasks)) && task->turn <= turn) {
		loop_task_remove(loop, task);
		task->run(task->arg);
	}
}

/* Watches. */

enum err loop_watch_add(struct loop *loop, struct loop_watch *watch)
{
	struct epoll_event event = {.events = watch->events, .data.ptr = watch};

	if (!epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event))
		return ERR_OK;
	return errno == ENOSPC || errno == ENOMEM ? ERR_FULL : ERR_IO;
}

void loop_watch_change(struct loop *loop, struct loop_watch *watch)
{
	struct epoll_event event = {.events = watch->events, .data.ptr = watch};

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event))
		err_fatal("a descriptor left the event loop unasked");
}

void loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
	int i;

	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	for (i = loop->event + 1; i < loop->n_events; i++)
		if (loop->events[i].data.ptr == watch)
			loop->events[i].data.ptr = NULL;
}

static void watches_serve(struct loop *loop)
{
	for (loop->event = 0; loop->event < loop->n_events; loop->event++) {
		struct epoll_event *event = &loop->events[loop->event];
		struct loop_watch *watch = event->data.ptr;

		if (watch)
			watch->ready(watch->arg, event->events);
	}
	loop->n_events = 0;
}

/* Posts. */

void loop_post(struct loop *loop, struct loop_post *post)
{
	bool first;

	post->next = NULL;
	pthread_mutex_lock(&loop->posts_lock);
	first = !loop->posts;
	*loop->posts_end = post;
	loop->posts_end = &post->next;
	pthread_mutex_unlock(&loop->posts_lock);
	if (first)
		loop_wake(loop);
}

uint64_t loop_posts_taken(const struct loop *loop)
{
	return loop->posts_taken;
}

/* @return whether there were any. */
static bool posts_run(struct loop *loop)
{
	struct loop_post *post, *next;
	bool any;

	pthread_mutex_lock(&loop->posts_lock);
	post = loop->posts;
	loop->posts = NULL;
	loop->posts_end = &loop->posts;
	pthread_mutex_unlock(&loop->posts_lock);
	any = post != NULL;
	loop->posts_taken++;
	for (; post; post = next) {
		next = post->next;
		post->run(post);
	}
	return any;
}

/* Turns. */

void loop_hook_add(struct loop *loop, struct loop_hook *hook)
{
	hook->next = NULL;
	*loop->hooks_end = hook;
	loop->hooks_end = &hook->next;
}

void loop_hook_remove(struct loop *loop, struct loop_hook *hook)
{
	struct loop_hook **at = &loop->hooks;

	while (*at && *at != hook)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = hook->next;
	if (loop->hooks_end == &hook->next)
		loop->hooks_end = at;
}

static void lag_turn_ended(struct lag *lag, int64_t now_ms)
{
	int64_t began =
		atomic_load_explicit(&lag->turn_began, memory_order_relaxed);

	atomic_store_explicit(&lag->turn_began, 0, memory_order_relaxed);
	if (began && now_ms - began > lag->longest_so_far)
		lag->longest_so_far = now_ms - began;
	if (now_ms - lag->window_began < LAG_WINDOW_MS)
		return;
	atomic_store_explicit(&lag->longest, lag->longest_so_far,
			      memory_order_relaxed);
	atomic_store_explicit(&lag->closed_at, now_ms, memory_order_relaxed);
	lag->window_began = now_ms;
	lag->longest_so_far = 0;
}

int64_t loop_lag_ms(const struct loop *loop)
{
	const struct lag *lag = &loop->lag;
	int64_t now_ms = monotonic_now_ms();
	int64_t began =
		atomic_load_explicit(&lag->turn_began, memory_order_relaxed);
	int64_t longest = 0;

	/* A window that closed long ago says nothing: the loop slept. */
	if (now_ms - atomic_load_explicit(&lag->closed_at,
					  memory_order_relaxed) <
	    2 * LAG_WINDOW_MS)
		longest = atomic_load_explicit(&lag->longest,
					       memory_order_relaxed);
	if (began && now_ms - began > longest)
		longest = now_ms - began;
	return longest;
}

/* How long to sleep: not while a task waits, else until the first timer, at
 * most @p most_ms (-1: for ever). */
static int sleep_ms(const struct loop *loop, int most_ms)
{
	int64_t left;

	if (!TAILQ_EMPTY(&loop->tasks))
		return 0;
	if (!loop->n_timers)
		return most_ms;
	left = loop->heap[0]->due_ms - monotonic_now_ms();
	if (left < 0)
		left = 0;
	if (left > INT_MAX)
		left = INT_MAX;
	return most_ms >= 0 && left > most_ms ? most_ms : (int)left;
}

/* Emptied before the posts are taken: a later post wakes us again. */
static void wakes_clear(struct loop *loop)
{
	uint64_t wakes;

	for (int i = 0; i < loop->n_events; i++) {
		if (loop->events[i].data.ptr)
			continue;
		while (read(loop->wake_fd, &wakes, sizeof(wakes)) < 0 &&
		       errno == EINTR)
			;
	}
}

void loop_step(struct loop *loop, int most_ms)
{
	struct loop_hook *hook;
	int n;

	for (hook = loop->hooks; hook; hook = hook->next)
		hook->run(hook->arg);
	lag_turn_ended(&loop->lag, monotonic_now_ms());
	n = epoll_wait(loop->epoll_fd, loop->events, LOOP_EVENTS,
		       sleep_ms(loop, most_ms));
	loop->n_events = n > 0 ? n : 0;
	loop->event = -1; /* none served yet: posts may remove any watch */
	clocks_update(loop);
	atomic_store_explicit(&loop->lag.turn_began, loop->now_ms,
			      memory_order_relaxed);
	wakes_clear(loop);
	posts_run(loop);
	watches_serve(loop);
	timers_fire(loop);
	tasks_run(loop);
}

void loop_finish(struct loop *loop)
{
	while (posts_run(loop))
		;
}

void loop_run(struct loop *loop)
{
	struct loop_hook *hook;

	while (!atomic_exchange(&loop->stopping, false))
		loop_step(loop, -1);
	for (hook = loop->hooks; hook; hook = hook->next)
		hook->run(hook->arg);
	lag_turn_ended(&loop->lag, monotonic_now_ms());
}
