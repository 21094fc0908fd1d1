#include "tests/fake/fake_loop.h"

#include "server/base/arena.h"

#define START_MS 1000000

static int64_t mono_ms = START_MS;
static int64_t wall_offset_s;

struct loop {
	struct loop_timer **timers;
	uint32_t n, room;
	struct loop_post *posts, **posts_end;
	TAILQ_HEAD(, loop_task) tasks;
	uint64_t turn;
};

void fake_clock_reset(void)
{
	mono_ms = START_MS;
	wall_offset_s = FAKE_EPOCH_S - START_MS / 1000;
}

void fake_clock_step(int64_t by_s)
{
	wall_offset_s += by_s;
}

int64_t wall_now_ms(void)
{
	return mono_ms + wall_offset_s * 1000;
}

int64_t wall_now_s(void)
{
	return wall_now_ms() / 1000;
}

int64_t monotonic_now_us(void)
{
	return monotonic_now_ms() * 1000;
}

int64_t monotonic_now_ms(void)
{
	return mono_ms;
}

int64_t loop_now_ms(const struct loop *loop)
{
	(void)loop;
	return mono_ms;
}

int64_t loop_wall_s(const struct loop *loop)
{
	(void)loop;
	return wall_now_s();
}

int64_t loop_lag_ms(const struct loop *loop)
{
	(void)loop;
	return 0;
}

struct loop *loop_new(void)
{
	struct loop *loop = mem_alloc(sizeof(*loop));

	memset(loop, 0, sizeof(*loop));
	loop->posts_end = &loop->posts;
	TAILQ_INIT(&loop->tasks);
	loop->turn = 1;
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	free(loop->timers);
	free(loop);
}

void loop_run(struct loop *loop)
{
	(void)loop;
	err_fatal("a test runs the turns itself");
}

void loop_step(struct loop *loop, int most_ms)
{
	(void)most_ms;
	fake_loop_turn(loop);
}

void loop_stop(struct loop *loop)
{
	(void)loop;
}

void loop_timer_init(struct loop_timer *timer, loop_timer_fn *fire, void *arg)
{
	*timer = (struct loop_timer){.fire = fire, .arg = arg};
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
	uint32_t last = loop->n;

	if (!timer->slot)
		return;
	loop->timers[timer->slot - 1] = loop->timers[last - 1];
	loop->timers[timer->slot - 1]->slot = timer->slot;
	loop->n--;
	timer->slot = 0;
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t in_ms)
{
	timer->due_ms = mono_ms + in_ms;
	if (timer->slot)
		return;
	if (loop->n == loop->room) {
		loop->room = loop->room ? loop->room * 2 : 16;
		loop->timers = mem_resize(loop->timers,
					  loop->room * sizeof(*loop->timers));
	}
	loop->timers[loop->n++] = timer;
	timer->slot = loop->n;
}

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

static int run_tasks(struct loop *loop)
{
	uint64_t turn = loop->turn++;
	struct loop_task *task;
	int n = 0;

	while ((task = TAILQ_FIRST(&loop->tasks)) && task->turn <= turn) {
		loop_task_remove(loop, task);
		task->run(task->arg);
		n++;
	}
	return n;
}

enum err loop_watch_add(struct loop *loop, struct loop_watch *watch)
{
	(void)loop;
	(void)watch;
	return ERR_UNSUPPORTED;
}

void loop_watch_change(struct loop *loop, struct loop_watch *watch)
{
	(void)loop;
	(void)watch;
}

void loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
	(void)loop;
	(void)watch;
}

void loop_post(struct loop *loop, struct loop_post *post)
{
	post->next = NULL;
	*loop->posts_end = post;
	loop->posts_end = &post->next;
}

void loop_hook_add(struct loop *loop, struct loop_hook *hook)
{
	(void)loop;
	(void)hook;
}

void loop_hook_remove(struct loop *loop, struct loop_hook *hook)
{
	(void)loop;
	(void)hook;
}

static int run_posts(struct loop *loop)
{
	struct loop_post *post = loop->posts;
	int n = 0;

	loop->posts = NULL;
	loop->posts_end = &loop->posts;
	while (post) {
		struct loop_post *next = post->next;

		post->run(post);
		post = next;
		n++;
	}
	return n;
}

/* The timer that is due first, if it is due by @p until_ms. */
static struct loop_timer *first_due(const struct loop *loop, int64_t until_ms)
{
	struct loop_timer *first = NULL;

	for (uint32_t i = 0; i < loop->n; i++) {
		struct loop_timer *timer = loop->timers[i];

		if (timer->due_ms <= until_ms &&
		    (!first || timer->due_ms < first->due_ms))
			first = timer;
	}
	return first;
}

int fake_loop_turn(struct loop *loop)
{
	/* As many as there are now: one that is set meanwhile has to wait. */
	uint32_t most = loop->n;
	int n = run_posts(loop);
	struct loop_timer *timer;

	while (most-- > 0 && (timer = first_due(loop, mono_ms))) {
		loop_timer_clear(loop, timer);
		timer->fire(timer->arg);
		n++;
	}
	return n + run_tasks(loop);
}

int64_t fake_loop_next_ms(const struct loop *loop)
{
	const struct loop_timer *timer = first_due(loop, INT64_MAX);

	return timer ? timer->due_ms : -1;
}

void fake_loop_move(struct loop *loop, int64_t to_ms)
{
	(void)loop;
	if (to_ms > mono_ms)
		mono_ms = to_ms;
}
