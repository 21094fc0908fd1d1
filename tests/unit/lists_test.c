/* The driver of plans: steps in order, one jump, who may enter it when. */
#include "server/list/list_request.h"

#include <check.h>

#include "server/base/arena.h"

/** What the edge got. */
static int status, n_responses, n_freed;

void edge_respond(struct edge *edge, struct request *request,
		  const struct response *response)
{
	(void)edge;
	(void)request;
	status = response->status;
	n_responses++;
}

void request_free(struct request *request)
{
	n_freed++;
	arena_free(request->arena);
}

/* ---- plans -------------------------------------------------------------- */

static char trace[32]; /**< a letter for each step that ran */
static int n_released;
static struct list_request *waiting;
static bool is_done; /**< what a step waits for */

static void note(char step)
{
	size_t len = strlen(trace);

	trace[len] = step;
	trace[len + 1] = '\0';
}

static enum progress pass(struct list_request *list)
{
	(void)list;
	note('p');
	return PROGRESS_NEXT;
}

static enum progress accept_it(struct list_request *list)
{
	note('a');
	list->response.status = 202;
	return PROGRESS_NEXT;
}

static enum progress wait_for_it(struct list_request *list)
{
	note('w');
	waiting = list;
	return is_done ? PROGRESS_NEXT : PROGRESS_WAIT;
}

static enum progress refuse(struct list_request *list)
{
	note('r');
	return list_refuse(list, 470, NULL);
}

static enum progress refuse_with_success(struct list_request *list)
{
	return list_refuse(list, 202, NULL);
}

static struct request *kept;

static enum progress keep(struct list_request *list)
{
	note('k');
	list->is_request_kept = true;
	kept = list->request;
	return PROGRESS_OVER;
}

static enum progress answered_elsewhere(struct list_request *list)
{
	(void)list;
	note('o');
	return PROGRESS_OVER;
}

static enum progress enter_again(struct list_request *list)
{
	list_run(list);
	return PROGRESS_NEXT;
}

static void release(struct list_request *list)
{
	(void)list;
	n_released++;
}

static const struct step pass_step = {"pass", pass};

static struct counters counters;
static struct lists *lists;
static int modules[2];

static void setup(void)
{
	lists = lists_new(&(struct lists_settings){.counters = &counters});
	status = n_responses = n_freed = n_released = 0;
	is_done = false;
	waiting = NULL;
	trace[0] = '\0';
}

static void teardown(void)
{
	lists_free(lists);
}

static void receive(const struct plan *plan, int module)
{
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));

	request->arena = arena;
	request->method = "MESSAGE";
	lists_receive(lists, plan, &modules[module], request);
}

static struct step steps[4];

static struct plan plan_of(struct step first, struct step second)
{
	steps[0] = first;
	steps[1] = second;
	steps[2] = (struct step){"respond", list_respond};
	steps[3] = pass_step;
	return (struct plan){
		.steps = steps, .n = 4, .respond = 2, .release = release};
}

START_TEST(steps_run_in_order)
{
	struct plan plan = plan_of(pass_step, (struct step){"a", accept_it});

	receive(&plan, 0);
	ck_assert_str_eq(trace, "pap");
	ck_assert_int_eq(status, 202);
	ck_assert_int_eq(n_responses, 1);
	ck_assert_int_eq(n_released, 1);
	ck_assert_int_eq(n_freed, 1);
	ck_assert_uint_eq(lists_count(lists), 0);
	ck_assert_uint_eq(lists_bytes(lists), 0);
}
END_TEST

/* A call is answered by its session: no step follows, and the request is freed
 * by who keeps it. */
START_TEST(what_is_answered_elsewhere_is_over)
{
	struct plan plan = plan_of((struct step){"o", answered_elsewhere},
				   (struct step){"a", accept_it});

	receive(&plan, 0);
	ck_assert_str_eq(trace, "o");
	ck_assert_int_eq(n_responses, 0);
	ck_assert_int_eq(n_released, 1);
	ck_assert_int_eq(n_freed, 1);
	plan = plan_of((struct step){"k", keep}, (struct step){"a", accept_it});
	receive(&plan, 0);
	ck_assert_str_eq(trace, "ok");
	ck_assert_int_eq(n_released, 2);
	ck_assert_int_eq(n_freed, 1);
	ck_assert_uint_eq(lists_count(lists), 0);
	request_free(kept);
}
END_TEST

START_TEST(a_refusal_goes_to_the_response)
{
	struct plan plan = plan_of((struct step){"r", refuse},
				   (struct step){"a", accept_it});

	receive(&plan, 0);
	ck_assert_str_eq(trace, "rp"); /* what follows the response runs */
	ck_assert_int_eq(status, 470);
	ck_assert_int_eq(n_responses, 1);
	ck_assert_int_eq(n_freed, 1);
}
END_TEST

START_TEST(a_step_that_waits_is_called_again)
{
	struct plan plan = plan_of((struct step){"w", wait_for_it},
				   (struct step){"a", accept_it});

	receive(&plan, 0);
	ck_assert_str_eq(trace, "w");
	ck_assert_uint_eq(lists_count(lists), 1);
	list_run(waiting);
	ck_assert_str_eq(trace, "ww");
	is_done = true;
	list_run(waiting);
	ck_assert_str_eq(trace, "wwwap");
	ck_assert_int_eq(status, 202);
	ck_assert_int_eq(n_freed, 1);
}
END_TEST

START_TEST(a_module_that_goes_takes_its_own_lists)
{
	struct plan plan = plan_of((struct step){"w", wait_for_it},
				   (struct step){"a", accept_it});

	receive(&plan, 0);
	receive(&plan, 1);
	receive(&plan, 0);
	lists_drop(lists, &modules[0]);
	ck_assert_uint_eq(lists_count(lists), 1);
	ck_assert_int_eq(n_released, 2);
	ck_assert_int_eq(n_freed, 2);
	ck_assert_int_eq(n_responses, 0);
	lists_drop(lists, &modules[1]);
	ck_assert_uint_eq(lists_count(lists), 0);
}
END_TEST

START_TEST(the_driver_is_not_entered_twice)
{
	struct plan plan = plan_of((struct step){"e", enter_again},
				   (struct step){"a", accept_it});

	receive(&plan, 0);
}
END_TEST

START_TEST(nothing_is_refused_after_its_response)
{
	struct plan plan = plan_of(pass_step, (struct step){"a", accept_it});

	steps[3].run = refuse;
	receive(&plan, 0);
}
END_TEST

START_TEST(a_refusal_is_no_success)
{
	struct plan plan = plan_of((struct step){"s", refuse_with_success},
				   (struct step){"a", accept_it});

	receive(&plan, 0);
}
END_TEST

START_TEST(a_response_has_a_status)
{
	struct plan plan = plan_of(pass_step, pass_step);

	receive(&plan, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lists");
	TCase *cases = tcase_create("driver");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, steps_run_in_order);
	tcase_add_test(cases, what_is_answered_elsewhere_is_over);
	tcase_add_test(cases, a_refusal_goes_to_the_response);
	tcase_add_test(cases, a_step_that_waits_is_called_again);
	tcase_add_test(cases, a_module_that_goes_takes_its_own_lists);
	tcase_add_exit_test(cases, the_driver_is_not_entered_twice, 1);
	tcase_add_exit_test(cases, nothing_is_refused_after_its_response, 1);
	tcase_add_exit_test(cases, a_refusal_is_no_success, 1);
	tcase_add_exit_test(cases, a_response_has_a_status, 1);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
