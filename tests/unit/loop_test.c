/* The event loop: turns, timers, tasks, descriptors, posts. */
#include "server/base/loop.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "server/base/arena.h"

static struct loop *loop;

static void set_up(void)
{
	loop = loop_new();
}

static void tear_down(void)
{
	loop_free(loop);
}

/* What happened, a letter each, in order. */
static char events[256];
static int n_events;

static void happened(char what)
{
	ck_assert_int_lt(n_events, (int)sizeof(events) - 1);
	events[n_events++] = what;
	events[n_events] = '\0';
}

struct named_timer {
	struct loop_timer timer;
	char name;
};

static void fire(void *arg)
{
	struct named_timer *named = arg;

	happened(named->name);
}

static void stop(void *arg)
{
	loop_stop(arg);
}

START_TEST(timers_fire_in_the_order_they_are_due)
{
	struct named_timer a = {.name = 'a'}, b = {.name = 'b'},
			   c = {.name = 'c'}, gone = {.name = 'x'};
	struct loop_timer end;

	loop_timer_init(&a.timer, fire, &a);
	loop_timer_init(&b.timer, fire, &b);
	loop_timer_init(&c.timer, fire, &c);
	loop_timer_init(&gone.timer, fire, &gone);
	loop_timer_init(&end, stop, loop);
	loop_timer_set(loop, &end, 40);
	loop_timer_set(loop, &c.timer, 30);
	loop_timer_set(loop, &gone.timer, 15);
	loop_timer_set(loop, &a.timer, 5);
	loop_timer_set(loop, &b.timer, 1000);
	loop_timer_set(loop, &b.timer, 20);
	loop_timer_clear(loop, &gone.timer);
	loop_timer_clear(loop, &gone.timer);
	loop_run(loop);
	ck_assert_str_eq(events, "abc");
	ck_assert_uint_eq(a.timer.slot, 0);
}
END_TEST

START_TEST(a_timer_is_never_early)
{
	struct loop_timer end;
	int64_t began = monotonic_now_ms();

	loop_timer_init(&end, stop, loop);
	loop_timer_set(loop, &end, 25);
	loop_run(loop);
	ck_assert_int_ge(monotonic_now_ms() - began, 25);
}
END_TEST

static int order_of(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t fired[1000];
static int n_fired;

static void note_due(void *arg)
{
	struct loop_timer *timer = arg;

	ck_assert_int_le(timer->due_ms, loop_now_ms(loop));
	fired[n_fired++] = timer->due_ms;
}

/* Sets, moves and clears at random; a loop of rubbish would show as an order
 * that is wrong or a timer that is lost. */
START_TEST(many_timers_keep_their_order)
{
	static struct loop_timer timers[1000];
	int64_t wanted[1000];
	unsigned seed = 1;
	int i, n = 0;

	for (i = 0; i < 1000; i++)
		loop_timer_init(&timers[i], note_due, &timers[i]);
	for (i = 0; i < 20000; i++) {
		struct loop_timer *timer = &timers[rand_r(&seed) % 1000];

		if (rand_r(&seed) % 3)
			loop_timer_set(loop, timer, 50 + rand_r(&seed) % 50);
		else
			loop_timer_clear(loop, timer);
	}
	for (i = 0; i < 1000; i++)
		if (timers[i].slot)
			wanted[n++] = timers[i].due_ms;
	ck_assert_int_gt(n, 500);
	qsort(wanted, (size_t)n, sizeof(wanted[0]), order_of);
	while (n_fired < n)
		loop_step(loop, 1000);
	loop_step(loop, 0);
	ck_assert_int_eq(n_fired, n);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(fired[i], wanted[i]);
}
END_TEST

static struct loop_timer greedy;

static void again(void *arg)
{
	(void)arg;
	happened('g');
	loop_timer_set(loop, &greedy, 0);
}

START_TEST(a_timer_that_arms_itself_does_not_starve_the_loop)
{
	loop_timer_init(&greedy, again, NULL);
	loop_timer_set(loop, &greedy, 0);
	loop_step(loop, 1000);
	ck_assert_str_eq(events, "g");
	loop_step(loop, 1000);
	ck_assert_str_eq(events, "gg");
}
END_TEST

/* Descriptors. */

struct end {
	struct loop_watch watch;
	int other; /**< the end that is written to */
	char name;
	struct end *removes; /**< removed when this one is ready */
};

static void ready(void *arg, uint32_t which)
{
	struct end *end = arg;
	char byte;

	ck_assert(which & EPOLLIN);
	ck_assert_int_eq(read(end->watch.fd, &byte, 1), 1);
	happened(end->name);
	if (!end->removes)
		return;
	loop_watch_remove(loop, &end->removes->watch);
	/* As a freed watch would look. */
	end->removes->watch.ready = NULL;
}

static void end_open(struct end *end, char name)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	*end = (struct end){.watch = {.fd = fds[0],
				      .events = EPOLLIN,
				      .ready = ready,
				      .arg = end},
			    .other = fds[1],
			    .name = name};
	ck_assert_int_eq(loop_watch_add(loop, &end->watch), ERR_OK);
}

static void end_write(const struct end *end)
{
	ck_assert_int_eq(write(end->other, "x", 1), 1);
}

START_TEST(a_descriptor_is_served_while_it_is_watched)
{
	struct end a;

	end_open(&a, 'a');
	loop_step(loop, 0);
	ck_assert_int_eq(n_events, 0);
	end_write(&a);
	end_write(&a);
	loop_step(loop, 1000);
	loop_step(loop, 1000);
	ck_assert_str_eq(events, "aa");
	end_write(&a);
	a.watch.events = 0;
	loop_watch_change(loop, &a.watch);
	loop_step(loop, 0);
	ck_assert_str_eq(events, "aa");
	a.watch.events = EPOLLIN;
	loop_watch_change(loop, &a.watch);
	loop_step(loop, 1000);
	ck_assert_str_eq(events, "aaa");
	end_write(&a);
	loop_watch_remove(loop, &a.watch);
	loop_step(loop, 0);
	ck_assert_str_eq(events, "aaa");
}
END_TEST

START_TEST(a_watch_that_was_removed_gets_no_event_of_this_turn)
{
	struct end a, b, c;

	end_open(&a, 'a');
	end_open(&b, 'b');
	end_open(&c, 'c');
	a.removes = &b;
	b.removes = &a;
	end_write(&a);
	end_write(&b);
	end_write(&c);
	loop_step(loop, 1000);
	loop_step(loop, 0);
	/* One of the two removed the other; the third is not touched. */
	ck_assert_int_eq(n_events, 2);
	ck_assert_ptr_nonnull(strchr(events, 'c'));
}
END_TEST

START_TEST(a_watch_may_remove_itself)
{
	struct end a;

	end_open(&a, 'a');
	a.removes = &a;
	end_write(&a);
	end_write(&a);
	loop_step(loop, 1000);
	loop_step(loop, 0);
	ck_assert_str_eq(events, "a");
}
END_TEST

static struct end removed_ends[3];

static void remove_all(struct loop_post *post)
{
	int i;

	(void)post;
	for (i = 0; i < 3; i++) {
		loop_watch_remove(loop, &removed_ends[i].watch);
		removed_ends[i].watch.ready = NULL;
	}
	happened('r');
}

/* Posts run before descriptors are served, with the events fetched already. */
START_TEST(a_post_may_remove_watches_that_are_ready)
{
	struct loop_post post = {remove_all, NULL};
	int i;

	for (i = 0; i < 3; i++) {
		end_open(&removed_ends[i], 'x');
		end_write(&removed_ends[i]);
	}
	loop_step(loop, 1000);
	ck_assert_str_eq(events, "xxx");
	for (i = 0; i < 3; i++)
		end_write(&removed_ends[i]);
	loop_post(loop, &post);
	loop_step(loop, 1000);
	loop_step(loop, 0);
	ck_assert_str_eq(events, "xxxr");
}
END_TEST

START_TEST(a_bad_descriptor_is_an_error)
{
	struct loop_watch watch = {.fd = -1, .events = EPOLLIN};

	ck_assert_int_eq(loop_watch_add(loop, &watch), ERR_IO);
}
END_TEST

/* Posts and hooks. */

struct named_post {
	struct loop_post post;
	char name;
	struct named_post *then; /**< posted by this one */
};

static void run_post(struct loop_post *post)
{
	struct named_post *named = (struct named_post *)post;

	happened(named->name);
	if (named->then)
		loop_post(loop, &named->then->post);
}

START_TEST(posts_run_in_order_and_theirs_in_the_next_turn)
{
	struct named_post c = {{run_post, NULL}, 'c', NULL};
	struct named_post a = {{run_post, NULL}, 'a', &c};
	struct named_post b = {{run_post, NULL}, 'b', NULL};

	loop_post(loop, &a.post);
	loop_post(loop, &b.post);
	loop_step(loop, 1000);
	ck_assert_str_eq(events, "ab");
	loop_step(loop, 1000);
	ck_assert_str_eq(events, "abc");
}
END_TEST

START_TEST(at_the_end_only_posts_run)
{
	struct named_post b = {{run_post, NULL}, 'b', NULL};
	struct named_post a = {{run_post, NULL}, 'a', &b};
	struct named_timer timer = {.name = 't'};

	loop_timer_init(&timer.timer, fire, &timer);
	loop_timer_set(loop, &timer.timer, 0);
	loop_post(loop, &a.post);
	loop_finish(loop);
	ck_assert_str_eq(events, "ab");
	loop_timer_clear(loop, &timer.timer);
}
END_TEST

static void run_free(struct loop_post *post)
{
	happened('f');
	free(post);
}

START_TEST(a_post_belongs_to_its_owner_when_it_runs)
{
	int i;

	for (i = 0; i < 3; i++) {
		struct loop_post *post = mem_alloc(sizeof(*post));

		post->run = run_free;
		loop_post(loop, post);
	}
	loop_step(loop, 1000);
	ck_assert_str_eq(events, "fff");
}
END_TEST

enum { POSTERS = 4, POSTS = 5000 };

struct numbered_post {
	struct loop_post post;
	int poster, number;
};

static int next_number[POSTERS];
static int n_posts;

static void run_numbered(struct loop_post *post)
{
	struct numbered_post *numbered = (struct numbered_post *)post;

	ck_assert_int_eq(numbered->number, next_number[numbered->poster]++);
	if (++n_posts == POSTERS * POSTS)
		loop_stop(loop);
}

static void *poster_run(void *arg)
{
	struct numbered_post *posts = arg;
	int i;

	for (i = 0; i < POSTS; i++)
		loop_post(loop, &posts[i].post);
	return NULL;
}

START_TEST(posts_of_many_threads_all_arrive)
{
	struct numbered_post *posts[POSTERS];
	pthread_t threads[POSTERS];
	int i, k;

	for (i = 0; i < POSTERS; i++) {
		posts[i] = mem_alloc(POSTS * sizeof(*posts[i]));
		for (k = 0; k < POSTS; k++)
			posts[i][k] = (struct numbered_post){
				{run_numbered, NULL}, i, k};
		pthread_create(&threads[i], NULL, poster_run, posts[i]);
	}
	loop_run(loop);
	for (i = 0; i < POSTERS; i++) {
		pthread_join(threads[i], NULL);
		free(posts[i]);
	}
	ck_assert_int_eq(n_posts, POSTERS * POSTS);
}
END_TEST

static void run_hook(void *arg)
{
	happened(*(const char *)arg);
}

START_TEST(hooks_run_before_each_sleep)
{
	char first[] = "1", second[] = "2";
	struct loop_hook a = {run_hook, first, NULL};
	struct loop_hook b = {run_hook, second, NULL};
	struct named_post post = {{run_post, NULL}, 'p', NULL};

	loop_hook_add(loop, &a);
	loop_hook_add(loop, &b);
	loop_post(loop, &post.post);
	loop_step(loop, 1000);
	ck_assert_str_eq(events, "12p");
	/* What the last turn queued is flushed before loop_run() returns. */
	loop_stop(loop);
	loop_run(loop);
	ck_assert_str_eq(events, "12p12");
}
END_TEST

START_TEST(a_hook_can_go)
{
	char first[] = "1", second[] = "2", third[] = "3";
	struct loop_hook a = {run_hook, first, NULL};
	struct loop_hook b = {run_hook, second, NULL};
	struct loop_hook c = {run_hook, third, NULL};

	loop_hook_add(loop, &a);
	loop_hook_add(loop, &b);
	loop_hook_remove(loop, &b);
	loop_hook_remove(loop, &b);
	loop_hook_add(loop, &c);
	loop_hook_remove(loop, &a);
	loop_step(loop, 0);
	ck_assert_str_eq(events, "3");
}
END_TEST

/* Tasks. */

struct named_task {
	struct loop_task task;
	char name;
	struct named_task *then;    /**< added by this one */
	struct named_task *removes; /**< by this one */
};

static void run_task(void *arg)
{
	struct named_task *named = arg;

	happened(named->name);
	ck_assert(!loop_task_is_added(&named->task));
	if (named->then)
		loop_task_add(loop, &named->then->task);
	if (named->removes)
		loop_task_remove(loop, &named->removes->task);
}

static struct named_task task_named(char name)
{
	return (struct named_task){.task.run = run_task, .name = name};
}

static void task_add(struct named_task *named)
{
	named->task.arg = named;
	loop_task_add(loop, &named->task);
	ck_assert(loop_task_is_added(&named->task));
}

START_TEST(tasks_run_in_order_once_and_theirs_in_the_next_turn)
{
	struct named_task a = task_named('a'), b = task_named('b'),
			  c = task_named('c');

	a.then = &c;
	c.task.arg = &c;
	task_add(&a);
	task_add(&b);
	task_add(&a);
	loop_step(loop, -1);
	ck_assert_str_eq(events, "ab");
	loop_step(loop, -1);
	ck_assert_str_eq(events, "abc");
	loop_step(loop, 0);
	ck_assert_str_eq(events, "abc");
}
END_TEST

START_TEST(a_task_that_was_removed_does_not_run)
{
	struct named_task a = task_named('a'), b = task_named('b'),
			  c = task_named('c'), d = task_named('d');

	b.removes = &c; /* of the same turn */
	task_add(&a);
	task_add(&b);
	task_add(&c);
	task_add(&d);
	loop_task_remove(loop, &a.task);
	loop_task_remove(loop, &a.task);
	loop_step(loop, -1);
	ck_assert_str_eq(events, "bd");
	ck_assert(!loop_task_is_added(&c.task));
	task_add(&c);
	task_add(&a);
	loop_step(loop, -1);
	ck_assert_str_eq(events, "bdca");
	task_add(&a);
	loop_task_remove(loop, &a.task);
	loop_step(loop, 0);
	ck_assert_str_eq(events, "bdca");
}
END_TEST

static void add_task(void *arg)
{
	happened('t');
	task_add(arg);
}

/* Of this turn; without one the loop sleeps until the timer. */
START_TEST(a_task_of_a_timer_runs_in_its_turn)
{
	struct named_task a = task_named('a');
	struct loop_timer timer;

	loop_timer_init(&timer, add_task, &a);
	loop_timer_set(loop, &timer, 5);
	loop_step(loop, -1);
	ck_assert_str_eq(events, "ta");
}
END_TEST

/* One that never ends: all others are served before it has its next turn. */
START_TEST(a_task_that_adds_itself_does_not_starve_the_loop)
{
	struct named_task busy = task_named('.');
	struct named_post post = {{run_post, NULL}, 'p', NULL};
	struct named_timer timer = {.name = 't'};
	struct end end;

	busy.then = &busy;
	task_add(&busy);
	loop_step(loop, -1);
	end_open(&end, 'd');
	end_write(&end);
	loop_timer_init(&timer.timer, fire, &timer);
	loop_timer_set(loop, &timer.timer, 0);
	loop_post(loop, &post.post);
	loop_step(loop, -1);
	loop_step(loop, -1);
	ck_assert_str_eq(events, ".pdt..");
	loop_task_remove(loop, &busy.task);
	loop_step(loop, 0);
	ck_assert_str_eq(events, ".pdt..");
}
END_TEST

static void add_from_hook(void *arg)
{
	if (n_events == 0)
		task_add(arg);
}

START_TEST(the_loop_does_not_sleep_over_the_task_of_a_hook)
{
	struct named_task a = task_named('a');
	struct loop_hook hook = {add_from_hook, &a, NULL};

	loop_hook_add(loop, &hook);
	loop_step(loop, -1);
	ck_assert_str_eq(events, "a");
}
END_TEST

/* Stopping. */

START_TEST(a_stop_before_the_run_counts_once)
{
	struct loop_timer end;

	loop_stop(loop);
	loop_run(loop);
	loop_timer_init(&end, stop, loop);
	loop_timer_set(loop, &end, 1);
	loop_run(loop);
	ck_assert_uint_eq(end.slot, 0);
}
END_TEST

static void on_signal(int number)
{
	(void)number;
	loop_stop(loop);
}

static void *kill_later(void *arg)
{
	pthread_kill(*(const pthread_t *)arg, SIGUSR1);
	return NULL;
}

START_TEST(a_signal_handler_can_stop_the_loop)
{
	struct sigaction action = {.sa_handler = on_signal};
	pthread_t self = pthread_self(), killer;

	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&killer, NULL, kill_later, &self);
	loop_run(loop);
	pthread_join(killer, NULL);
}
END_TEST

/* Clocks. */

static void dawdle(struct loop_post *post)
{
	int64_t until = monotonic_now_ms() + 60;

	(void)post;
	while (monotonic_now_ms() < until)
		;
	/* Seen by others while the turn goes on. */
	ck_assert_int_ge(loop_lag_ms(loop), 59);
}

START_TEST(a_long_turn_shows_as_lag)
{
	struct loop_post post = {dawdle, NULL};
	int64_t until = monotonic_now_ms() + 1100;

	ck_assert_int_eq(loop_lag_ms(loop), 0);
	loop_post(loop, &post);
	while (monotonic_now_ms() < until)
		loop_step(loop, 20);
	ck_assert_int_ge(loop_lag_ms(loop), 59);
}
END_TEST

START_TEST(the_clocks_agree)
{
	int64_t wall_s = wall_now_s(), wall_ms = wall_now_ms();

	loop_step(loop, 0);
	ck_assert_int_le(wall_s, wall_ms / 1000);
	ck_assert_int_le(wall_ms / 1000 - wall_s, 5);
	ck_assert_int_le(loop_wall_s(loop) - wall_s, 5);
	ck_assert_int_le(monotonic_now_ms() - loop_now_ms(loop), 5000);
}
END_TEST

static void add_tests(TCase *cases)
{
	tcase_add_test(cases, timers_fire_in_the_order_they_are_due);
	tcase_add_test(cases, a_timer_is_never_early);
	tcase_add_test(cases, many_timers_keep_their_order);
	tcase_add_test(cases,
		       a_timer_that_arms_itself_does_not_starve_the_loop);
	tcase_add_test(cases, a_descriptor_is_served_while_it_is_watched);
	tcase_add_test(cases,
		       a_watch_that_was_removed_gets_no_event_of_this_turn);
	tcase_add_test(cases, a_watch_may_remove_itself);
	tcase_add_test(cases, a_post_may_remove_watches_that_are_ready);
	tcase_add_test(cases, a_bad_descriptor_is_an_error);
	tcase_add_test(cases, posts_run_in_order_and_theirs_in_the_next_turn);
	tcase_add_test(cases, at_the_end_only_posts_run);
	tcase_add_test(cases, a_post_belongs_to_its_owner_when_it_runs);
	tcase_add_test(cases, posts_of_many_threads_all_arrive);
	tcase_add_test(cases, hooks_run_before_each_sleep);
	tcase_add_test(cases, a_hook_can_go);
	tcase_add_test(cases,
		       tasks_run_in_order_once_and_theirs_in_the_next_turn);
	tcase_add_test(cases, a_task_that_was_removed_does_not_run);
	tcase_add_test(cases, a_task_of_a_timer_runs_in_its_turn);
	tcase_add_test(cases, a_task_that_adds_itself_does_not_starve_the_loop);
	tcase_add_test(cases, the_loop_does_not_sleep_over_the_task_of_a_hook);
	tcase_add_test(cases, a_stop_before_the_run_counts_once);
	tcase_add_test(cases, a_signal_handler_can_stop_the_loop);
	tcase_add_test(cases, a_long_turn_shows_as_lag);
	tcase_add_test(cases, the_clocks_agree);
}

int main(void)
{
	Suite *suite = suite_create("loop");
	TCase *cases = tcase_create("loop");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_set_timeout(cases, 30);
	add_tests(cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
