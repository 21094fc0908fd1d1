#include "server/message/messages.h"

#include "server/base/log.h"
#include "server/message/message_private.h"
#include "server/message/record_keeper.h"
#include "server/message/recovery.h"
#include "server/message/retry_queue.h"

/** Memory of all requests in work.  Their number alone is no bound: each may
 *  have a body of megabytes, and wait. */
#define WORK_BYTES_MAX ((size_t)256 << 20)

/* ---- the plan ----------------------------------------------------------- */

static enum progress respond(struct list_request *list)
{
	struct messages *messages = list->module;

	if (list->response.status >= 300)
		refusals_take_list(messages->refusals, list);
	return list_respond(list);
}

/* What was accepted goes on without the request. */
static enum progress fan_out(struct list_request *list)
{
	struct messages *messages = list->module;
	struct message_work *work = list->work;

	if (work && work->is_stored) {
		recovery_own(messages->recovery, work->accepted->entry.id);
		fanout_start(messages->fanouts, work->accepted);
		work->accepted = NULL;
	}
	return PROGRESS_NEXT;
}

static void release(struct list_request *list)
{
	struct message_work *work = list->work;

	if (work)
		accepted_request_free(work->accepted);
}

/** The step that refusals go to. */
#define RESPOND 5

/* clang-format off */
static const struct step steps[] = {
	{ "rate",       list_limit_rate },
	{ "translate",  list_translate },
	{ "authorize",  list_authorize },
	{ "recipients", list_limit_recipients },
	{ "accept",     message_accept },
	[RESPOND] =
	{ "respond",    respond },
	{ "fanout",     fan_out },
};
/* clang-format on */

static const struct plan plan = {.steps = steps,
				 .n = sizeof(steps) / sizeof(steps[0]),
				 .respond = RESPOND,
				 .release = release};

/* clang-format off */
static const struct step list_steps[] = {
	{ "rate",       list_limit_rate },
	{ "list",       list_open },
	{ "translate",  list_translate },
	{ "authorize",  list_authorize },
	{ "recipients", list_limit_recipients },
	{ "accept",     message_accept },
	[RESPOND + 1] =
	{ "respond",    respond },
	{ "fanout",     fan_out },
};
/* clang-format on */

static const struct plan list_plan = {.steps = list_steps,
				      .n = sizeof(list_steps) /
					   sizeof(list_steps[0]),
				      .respond = RESPOND + 1,
				      .release = release};

void messages_receive(struct messages *messages, struct request *request)
{
	lists_receive(messages->settings.lists,
		      request->purpose == PURPOSE_STORED_LIST ? &list_plan
							      : &plan,
		      messages, request);
}

bool messages_are_full(const struct messages *messages)
{
	const struct messages_settings *settings = &messages->settings;

	return lists_count(settings->lists) +
			       fanouts_count(messages->fanouts) >=
		       settings->requests_max ||
	       lists_bytes(settings->lists) +
			       fanouts_bytes(messages->fanouts) >=
		       WORK_BYTES_MAX;
}

/* ---- the module --------------------------------------------------------- */

static void on_waiting(void *arg, int64_t next_at)
{
	struct messages *messages = arg;

	retry_queue_expect(messages->retry_queue, next_at);
}

static void on_retried(void *arg, int64_t delivery)
{
	struct messages *messages = arg;

	retry_queue_retried(messages->retry_queue, delivery);
}

static void on_finished(void *arg)
{
	struct messages *messages = arg;

	recovery_wake(messages->recovery);
}

struct messages *messages_new(const struct messages_settings *settings)
{
	struct messages *messages = mem_alloc(sizeof(*messages));
	struct fanouts_settings fanouts = {.messages = &messages->settings,
					   .jobs = &messages->jobs,
					   .waiting = on_waiting,
					   .retried = on_retried,
					   .finished = on_finished,
					   .arg = messages};

	const struct refusals_settings refusals = {
		.loop = settings->loop,
		.writer = settings->writer,
		.jobs = &messages->jobs,
		.keep_done_s = settings->keep_done_s};

	memset(messages, 0, sizeof(*messages));
	messages->settings = *settings;
	messages->jobs.writer = settings->writer;
	messages->fanouts = fanouts_new(&fanouts);
	messages->retry_queue = retry_queue_new(
		&messages->settings, &messages->jobs, messages->fanouts);
	messages->recovery = recovery_new(&messages->settings, &messages->jobs,
					  messages->fanouts);
	messages->keeper =
		record_keeper_new(&messages->settings, &messages->jobs);
	messages->refusals = refusals_new(&refusals);
	return messages;
}

void messages_recover(struct messages *messages)
{
	recovery_start(messages->recovery);
	retry_queue_wake(messages->retry_queue);
	record_keeper_start(messages->keeper);
}

void messages_wake(struct messages *messages)
{
	retry_queue_wake(messages->retry_queue);
}

void messages_drain(struct messages *messages)
{
	recovery_stop(messages->recovery);
	retry_queue_stop(messages->retry_queue);
	record_keeper_stop(messages->keeper);
	refusals_stop(messages->refusals);
	fanouts_drain(messages->fanouts);
}

bool messages_idle(const struct messages *messages)
{
	return lists_count(messages->settings.lists) == 0 &&
	       fanouts_count(messages->fanouts) == 0 &&
	       retry_queue_idle(messages->retry_queue) &&
	       recovery_idle(messages->recovery) &&
	       record_keeper_idle(messages->keeper) &&
	       refusals_idle(messages->refusals);
}

static void messages_destroy(void *arg)
{
	struct messages *messages = arg;

	lists_drop(messages->settings.lists, messages);
	fanouts_free(messages->fanouts);
	retry_queue_free(messages->retry_queue);
	recovery_free(messages->recovery);
	record_keeper_free(messages->keeper);
	refusals_free(messages->refusals);
	free(messages);
}

void messages_free(struct messages *messages)
{
	if (!messages)
		return;
	fanouts_stop(messages->fanouts);
	retry_queue_stop(messages->retry_queue);
	recovery_stop(messages->recovery);
	record_keeper_stop(messages->keeper);
	refusals_stop(messages->refusals);
	job_group_close(&messages->jobs, messages_destroy, messages);
}
