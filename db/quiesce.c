#include "db/quiesce.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "server/base/arena.h"

/*
 * Who waits takes a number.  The loop notes the last number given before it
 * calls run(), and afterwards all up to it are served: one call serves all who
 * came before it, and one who gives up leaves nothing behind.
 */
struct quiesce {
	struct loop *loop;
	void (*run)(void *arg);
	void (*early)(void *arg);
	void *arg;
	struct loop_post post, early_post;
	uint64_t taken; /**< loop_posts_taken() at the last quiesce_once() */

	pthread_mutex_t lock; /**< of what follows */
	pthread_cond_t changed;
	uint64_t given, served;
	bool is_posted, is_early_posted, is_over;
	unsigned n_users; /**< the owner, and posts that are out */
};

struct quiesce *quiesce_new(struct loop *loop)
{
	struct quiesce *quiesce = mem_alloc(sizeof(*quiesce));
	pthread_condattr_t monotonic;

	quiesce->loop = loop;
	quiesce->taken = UINT64_MAX;
	quiesce->n_users = 1;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&quiesce->lock, NULL);
	pthread_cond_init(&quiesce->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return quiesce;
}

void quiesce_keep(struct quiesce *quiesce)
{
	pthread_mutex_lock(&quiesce->lock);
	quiesce->n_users++;
	pthread_mutex_unlock(&quiesce->lock);
}

void quiesce_drop(struct quiesce *quiesce)
{
	bool is_last;

	pthread_mutex_lock(&quiesce->lock);
	is_last = --quiesce->n_users == 0;
	pthread_mutex_unlock(&quiesce->lock);
	if (!is_last)
		return;
	pthread_cond_destroy(&quiesce->changed);
	pthread_mutex_destroy(&quiesce->lock);
	free(quiesce);
}

void quiesce_set(struct quiesce *quiesce, void (*run)(void *arg), void *arg)
{
	pthread_mutex_lock(&quiesce->lock);
	quiesce->run = run;
	quiesce->arg = arg;
	pthread_mutex_unlock(&quiesce->lock);
}

void quiesce_now(struct quiesce *quiesce)
{
	bool is_over;

	pthread_mutex_lock(&quiesce->lock);
	is_over = quiesce->is_over;
	pthread_mutex_unlock(&quiesce->lock);
	if (quiesce->run && !is_over)
		quiesce->run(quiesce->arg);
}

void quiesce_once(struct quiesce *quiesce)
{
	uint64_t taken = loop_posts_taken(quiesce->loop);

	if (quiesce->taken != taken)
		quiesce_now(quiesce);
	quiesce->taken = taken;
}

static void post_run(struct loop_post *post)
{
	struct quiesce *quiesce =
		(struct quiesce *)(void *)((char *)post -
					   offsetof(struct quiesce, post));
	uint64_t given;

	pthread_mutex_lock(&quiesce->lock);
	quiesce->is_posted = false;
	given = quiesce->given;
	pthread_mutex_unlock(&quiesce->lock);
	quiesce_now(quiesce);
	pthread_mutex_lock(&quiesce->lock);
	quiesce->served = given;
	pthread_cond_broadcast(&quiesce->changed);
	pthread_mutex_unlock(&quiesce->lock);
	quiesce_drop(quiesce);
}

void quiesce_set_early(struct quiesce *quiesce, void (*early)(void *arg))
{
	pthread_mutex_lock(&quiesce->lock);
	quiesce->early = early;
	pthread_mutex_unlock(&quiesce->lock);
}

static void early_run(struct loop_post *post)
{
	struct quiesce *quiesce =
		(struct quiesce *)(void *)((char *)post -
					   offsetof(struct quiesce,
						    early_post));
	bool is_over;

	pthread_mutex_lock(&quiesce->lock);
	quiesce->is_early_posted = false;
	is_over = quiesce->is_over;
	pthread_mutex_unlock(&quiesce->lock);
	if (!is_over)
		quiesce->early(quiesce->arg);
	quiesce_drop(quiesce);
}

void quiesce_begin(struct quiesce *quiesce)
{
	pthread_mutex_lock(&quiesce->lock);
	if (quiesce->early && !quiesce->is_over && !quiesce->is_early_posted) {
		quiesce->is_early_posted = true;
		quiesce->n_users++;
		quiesce->early_post.run = early_run;
		loop_post(quiesce->loop, &quiesce->early_post);
	}
	pthread_mutex_unlock(&quiesce->lock);
}

static struct timespec in_ms(int ms)
{
	struct timespec until;

	/* Not the time of day, so not the loop's: only a pause. */
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	return until;
}

enum err quiesce_wait(struct quiesce *quiesce, int most_ms)
{
	struct timespec until = in_ms(most_ms);
	uint64_t number;
	bool is_served;
	int code = 0;

	pthread_mutex_lock(&quiesce->lock);
	number = ++quiesce->given;
	if (quiesce->run && !quiesce->is_over && !quiesce->is_posted) {
		quiesce->is_posted = true;
		quiesce->n_users++;
		quiesce->post.run = post_run;
		loop_post(quiesce->loop, &quiesce->post);
	}
	while (quiesce->run && !quiesce->is_over && quiesce->served < number &&
	       code == 0)
		code = pthread_cond_timedwait(&quiesce->changed, &quiesce->lock,
					      &until);
	is_served =
		!quiesce->run || quiesce->is_over || quiesce->served >= number;
	pthread_mutex_unlock(&quiesce->lock);
	return is_served ? ERR_OK : ERR_TIMEOUT;
}

void quiesce_end(struct quiesce *quiesce)
{
	pthread_mutex_lock(&quiesce->lock);
	quiesce->is_over = true;
	pthread_cond_broadcast(&quiesce->changed);
	pthread_mutex_unlock(&quiesce->lock);
}

void quiesce_free(struct quiesce *quiesce)
{
	if (!quiesce)
		return;
	quiesce_end(quiesce);
	quiesce_drop(quiesce);
}
