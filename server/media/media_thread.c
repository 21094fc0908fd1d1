#include "server/media/media_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "server/base/arena.h"
#include "server/base/counters.h"

#define EVENTS 256 /* that wait for the loop; more are left out */
#define TOTALS_TICKS (1000 / MEDIA_TICK_MS)

STAILQ_HEAD(orders, mixer_order);

struct media_thread {
	struct media_thread_settings settings;
	struct engine *engine;
	struct loop *loop;
	pthread_t thread;
	struct loop_watch timer, arrival;
	bool is_ticking;
	unsigned totals_in;		 /* ticks until they are shown */
	_Atomic uint64_t n_late, n_lost; /* relaxed: for people */

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t settled;
	uint64_t n_given, n_served; /* orders */
	struct orders orders;
	struct media_event events[EVENTS];
	unsigned n_events;
	struct media_stats totals;
	bool is_posted;
	struct loop_post post;
	bool is_gone; /* the loop's own: free it when the post has run */
};

/* ---- on the thread ------------------------------------------------------ */

static void timer_set(struct media_thread *thread, bool is_on)
{
	int64_t at = monotonic_now_ms() + MEDIA_TICK_MS;
	struct itimerspec times = {0};

	if (thread->is_ticking == is_on)
		return;
	if (is_on) {
		times.it_value.tv_sec = at / 1000;
		times.it_value.tv_nsec = at % 1000 * 1000000;
		times.it_interval.tv_nsec = MEDIA_TICK_MS * 1000000;
	}
	timerfd_settime(thread->timer.fd, TFD_TIMER_ABSTIME, &times, NULL);
	thread->is_ticking = is_on;
}

static void show_totals(struct media_thread *thread)
{
	struct media_stats totals;

	thread->totals_in = TOTALS_TICKS;
	engine_measure_all(thread->engine, &totals);
	pthread_mutex_lock(&thread->lock);
	thread->totals = totals;
	pthread_mutex_unlock(&thread->lock);
}

static void note_tick(struct media_thread *thread, int64_t began_us)
{
	if (thread->settings.counters)
		histogram_note(thread->settings.counters, HISTOGRAM_TICK,
			       monotonic_now_us() - began_us);
	if (thread->totals_in-- == 0)
		show_totals(thread);
}

static void tick(void *arg, uint32_t events)
{
	struct media_thread *thread = arg;
	int64_t began_us = monotonic_now_us();
	uint64_t n;

	(void)events;
	if (read(thread->timer.fd, &n, sizeof(n)) != sizeof(n) || n == 0)
		return;
	atomic_fetch_add_explicit(&thread->n_late, n - 1, memory_order_relaxed);
	engine_tick(thread->engine, n);
	note_tick(thread, began_us);
}

static void serve(struct media_thread *thread, struct mixer_order *order)
{
	struct engine *engine = thread->engine;

	switch (order->kind) {
	case MEDIA_ORDER_OPEN:
		engine_open(engine, order->conference, order->participant,
			    order->fd);
		break;
	case MEDIA_ORDER_CONNECT:
		engine_connect(engine, order->participant, &order->session);
		break;
	case MEDIA_ORDER_CONTROL:
		engine_control(engine, order->participant, &order->controls);
		break;
	case MEDIA_ORDER_MEASURE:
		engine_measure(engine, order->participant, &order->stats);
		break;
	case MEDIA_ORDER_REMOVE:
		engine_measure(engine, order->participant, &order->stats);
		engine_remove(engine, order->participant);
		break;
	case MEDIA_ORDER_NOTHING:
		break;
	}
	loop_post(thread->settings.loop, &order->post);
}

static void serve_all(struct media_thread *thread)
{
	struct orders orders = STAILQ_HEAD_INITIALIZER(orders);
	struct mixer_order *order;
	uint64_t n_given;

	pthread_mutex_lock(&thread->lock);
	STAILQ_CONCAT(&orders, &thread->orders);
	n_given = thread->n_given;
	pthread_mutex_unlock(&thread->lock);
	while ((order = STAILQ_FIRST(&orders))) {
		STAILQ_REMOVE_HEAD(&orders, waiting);
		serve(thread, order);
	}
	pthread_mutex_lock(&thread->lock);
	thread->n_served = n_given;
	pthread_cond_broadcast(&thread->settled);
	pthread_mutex_unlock(&thread->lock);
}

/* Edge triggered: nobody needs to read the number. */
static void arrived(void *arg, uint32_t events)
{
	struct media_thread *thread = arg;

	(void)events;
	serve_all(thread);
	if (engine_participants(thread->engine) == 0)
		show_totals(thread); /* there is no tick to do it */
	timer_set(thread, engine_participants(thread->engine) > 0);
}

static void report(void *arg, const struct media_event *event)
{
	struct media_thread *thread = arg;

	pthread_mutex_lock(&thread->lock);
	if (thread->n_events < EVENTS)
		thread->events[thread->n_events++] = *event;
	else
		atomic_fetch_add_explicit(&thread->n_lost, 1,
					  memory_order_relaxed);
	if (!thread->is_posted)
		loop_post(thread->settings.loop, &thread->post);
	thread->is_posted = true;
	pthread_mutex_unlock(&thread->lock);
}

static void *run(void *arg)
{
	struct media_thread *thread = arg;

	pthread_setname_np(pthread_self(), "media");
	loop_run(thread->loop);
	return NULL;
}

/* ---- on the loop -------------------------------------------------------- */

static void thread_release(struct media_thread *thread)
{
	pthread_cond_destroy(&thread->settled);
	pthread_mutex_destroy(&thread->lock);
	free(thread);
}

static void events_deliver(struct loop_post *post)
{
	struct media_thread *thread =
		(struct media_thread *)(void *)((char *)post -
						offsetof(struct media_thread,
							 post));
	struct media_event events[EVENTS];
	unsigned n;

	if (thread->is_gone) {
		thread_release(thread);
		return;
	}
	pthread_mutex_lock(&thread->lock);
	n = thread->n_events;
	memcpy(events, thread->events, n * sizeof(*events));
	thread->n_events = 0;
	thread->is_posted = false;
	pthread_mutex_unlock(&thread->lock);
	for (unsigned i = 0; i < n; i++)
		thread->settings.event(thread->settings.arg, &events[i]);
}

void media_thread_order(struct media_thread *thread, struct mixer_order *order)
{
	uint64_t one = 1;
	bool was_empty;

	pthread_mutex_lock(&thread->lock);
	was_empty = STAILQ_EMPTY(&thread->orders);
	STAILQ_INSERT_TAIL(&thread->orders, order, waiting);
	thread->n_given++;
	pthread_mutex_unlock(&thread->lock);
	while (was_empty && write(thread->arrival.fd, &one, sizeof(one)) < 0 &&
	       errno == EINTR)
		;
}

void media_thread_settle(struct media_thread *thread)
{
	uint64_t n_given;

	pthread_mutex_lock(&thread->lock);
	n_given = thread->n_given;
	while (thread->n_served < n_given)
		pthread_cond_wait(&thread->settled, &thread->lock);
	pthread_mutex_unlock(&thread->lock);
}

void media_thread_totals(struct media_thread *thread, struct media_stats *ret)
{
	pthread_mutex_lock(&thread->lock);
	*ret = thread->totals;
	pthread_mutex_unlock(&thread->lock);
}

uint64_t media_thread_late_ticks(const struct media_thread *thread)
{
	return atomic_load_explicit(&thread->n_late, memory_order_relaxed);
}

uint64_t media_thread_lost_events(const struct media_thread *thread)
{
	return atomic_load_explicit(&thread->n_lost, memory_order_relaxed);
}

static void watches_close(struct media_thread *thread)
{
	if (thread->timer.fd >= 0)
		close(thread->timer.fd);
	if (thread->arrival.fd >= 0)
		close(thread->arrival.fd);
}

static enum err watches_open(struct media_thread *thread)
{
	thread->timer = (struct loop_watch){
		.fd = timerfd_create(CLOCK_MONOTONIC,
				     TFD_CLOEXEC | TFD_NONBLOCK),
		.events = EPOLLIN,
		.ready = tick,
		.arg = thread};
	thread->arrival = (struct loop_watch){
		.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.events = EPOLLIN | EPOLLET,
		.ready = arrived,
		.arg = thread};
	if (thread->timer.fd < 0 || thread->arrival.fd < 0 ||
	    loop_watch_add(thread->loop, &thread->timer) ||
	    loop_watch_add(thread->loop, &thread->arrival))
		return ERR_FULL;
	return ERR_OK;
}

/* Signals are the main thread's. */
static enum err start(struct media_thread *thread)
{
	sigset_t all, before;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&thread->thread, NULL, run, thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed ? ERR_FULL : ERR_OK;
}

enum err media_thread_new(const struct media_thread_settings *settings,
			  struct media_thread **ret)
{
	struct media_thread *thread = mem_alloc(sizeof(*thread));
	enum err err;

	thread->settings = *settings;
	thread->settings.engine.report = report;
	thread->settings.engine.arg = thread;
	thread->loop = loop_new();
	thread->post.run = events_deliver;
	STAILQ_INIT(&thread->orders);
	pthread_mutex_init(&thread->lock, NULL);
	pthread_cond_init(&thread->settled, NULL);
	thread->engine = engine_new(&thread->settings.engine);
	err = watches_open(thread);
	if (!err)
		err = start(thread);
	if (!err) {
		*ret = thread;
		return ERR_OK;
	}
	watches_close(thread);
	engine_free(thread->engine);
	loop_free(thread->loop);
	thread_release(thread);
	return err;
}

void media_thread_free(struct media_thread *thread)
{
	if (!thread)
		return;
	loop_stop(thread->loop);
	pthread_join(thread->thread, NULL);
	serve_all(thread);
	engine_free(thread->engine);
	watches_close(thread);
	loop_free(thread->loop);
	thread->is_gone = true;
	if (!thread->is_posted)
		thread_release(thread);
}
