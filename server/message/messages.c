#include "server/message/messages.h"

#include "server/base/log.h"
#include "server/message/retry_queue.h"
#include "server/message/list_request.h"
#include "server/message/record.h"

#define RETRY_AFTER_FULL_S 5
/** Memory of all requests in work.  Their number alone is no bound: each may
 *  have a body of megabytes, and wait. */
#define WORK_BYTES_MAX ((size_t)256 << 20)
/** A request is copied for its legs, with and without a history list, and for
 *  the journal. */
#define WORK_COPIES 4

static enum progress message_fan_out(struct list_request *list);

/* clang-format off */
static const struct step {
	const char *name;
	enum progress (*run)(struct list_request *list);
} steps[] = {
	[LIST_STAGE_RATE]      = { "rate",      list_limit_rate },
	[LIST_STAGE_TRANSLATE] = { "translate", list_translate },
	[LIST_STAGE_AUTHORIZE] = { "authorize", list_authorize },
	[LIST_STAGE_RECIPIENTS] = { "recipients", list_limit_recipients },
	[LIST_STAGE_ACCEPT]      = { "accept",    message_accept },
	[LIST_STAGE_RESPOND]   = { "respond",   list_respond },
	[LIST_STAGE_FANOUT]    = { "fanout",    message_fan_out },
};
/* clang-format on */

static void list_request_free(struct list_request *list)
{
	struct messages *messages = list->messages;

	if (list->previous)
		list->previous->next = list->next;
	else
		messages->first = list->next;
	if (list->next)
		list->next->previous = list->previous;
	messages->n--;
	messages->bytes -= list->bytes;
	gauge_add(messages->settings.counters, GAUGE_REQUESTS, -1);
	accepted_request_free(list->accepted);
	arena_free(list->query_arena);
	request_free(list->request); /* the list lives in its arena */
}

/* What was accepted goes on without the request. */
static enum progress message_fan_out(struct list_request *list)
{
	struct messages *messages = list->messages;

	if (list->is_accepted) {
		recovery_own(messages->recovery, list->accepted->entry.id);
		fanout_start(messages->fanouts, list->accepted);
		list->accepted = NULL;
	}
	return PROGRESS_NEXT;
}

void list_run(struct list_request *list)
{
	if (list->is_running)
		return;
	list->is_running = true;
	while (list->stage != LIST_STAGE_DONE) {
		enum progress progress = steps[list->stage].run(list);

		if (progress == PROGRESS_WAIT)
			break;
		/* The one jump there is: a refusal goes to its response. */
		if (progress == PROGRESS_REFUSE)
			list->stage = LIST_STAGE_RESPOND;
		else
			list->stage++;
		log_event(LOG_EVENT_STEP, list->request->id, "next=%s",
			  list->stage == LIST_STAGE_DONE
				  ? "done"
				  : steps[list->stage].name);
	}
	list->is_running = false;
	if (list->stage == LIST_STAGE_DONE)
		list_request_free(list);
}

bool messages_are_full(const struct messages *messages)
{
	return messages->n + fanouts_count(messages->fanouts) >=
		       messages->settings.requests_max ||
	       messages->bytes + fanouts_bytes(messages->fanouts) >=
		       WORK_BYTES_MAX;
}

void messages_receive(struct messages *messages, struct request *request)
{
	struct list_request *list = arena_alloc(request->arena, sizeof(*list));
	bool is_over_limit = messages_are_full(messages);

	list->messages = messages;
	list->request = request;
	list->arena = request->arena;
	list->bytes = WORK_COPIES * arena_size(request->arena);
	list->next = messages->first;
	if (list->next)
		list->next->previous = list;
	messages->first = list;
	messages->n++;
	messages->bytes += list->bytes;
	gauge_add(messages->settings.counters, GAUGE_REQUESTS, 1);
	log_event(LOG_EVENT_RECEIVED, request->id,
		  "method=%s target=%s sender=%s bytes=%zu call-id=%s from=%s",
		  request->method, log_text(request->target_key),
		  log_text(request->sender.aor[0] ? request->sender.aor[0]
						  : "anonymous"),
		  request->body.len, log_text(request->call_id),
		  log_text(request->source));
	if (is_over_limit) {
		count(messages->settings.counters, COUNT_OVERLOAD);
		list_refuse_busy(list, RETRY_AFTER_FULL_S, NULL);
		list->stage = LIST_STAGE_RESPOND;
	}
	list_run(list);
}

/* ---- the room ----------------------------------------------------------- */

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

	memset(messages, 0, sizeof(*messages));
	messages->settings = *settings;
	messages->jobs.writer = settings->writer;
	messages->fanouts = fanouts_new(&fanouts);
	messages->retry_queue = retry_queue_new(
		&messages->settings, &messages->jobs, messages->fanouts);
	messages->recovery = recovery_new(&messages->settings, &messages->jobs,
					  messages->fanouts);
	messages->keeper = keeper_new(&messages->settings, &messages->jobs);
	return messages;
}

void messages_set_edge(struct messages *messages, struct edge *edge)
{
	messages->settings.edge = edge;
}

void messages_recover(struct messages *messages)
{
	recovery_start(messages->recovery);
	retry_queue_wake(messages->retry_queue);
	keeper_start(messages->keeper);
}

void messages_wake(struct messages *messages)
{
	retry_queue_wake(messages->retry_queue);
}

void messages_drain(struct messages *messages)
{
	recovery_stop(messages->recovery);
	retry_queue_stop(messages->retry_queue);
	keeper_stop(messages->keeper);
	fanouts_drain(messages->fanouts);
}

bool messages_idle(const struct messages *messages)
{
	return messages->n == 0 && fanouts_count(messages->fanouts) == 0 &&
	       retry_queue_idle(messages->retry_queue) &&
	       recovery_idle(messages->recovery) &&
	       keeper_idle(messages->keeper);
}

static void messages_destroy(void *arg)
{
	struct messages *messages = arg;

	while (messages->first)
		list_request_free(messages->first);
	fanouts_free(messages->fanouts);
	retry_queue_free(messages->retry_queue);
	recovery_free(messages->recovery);
	keeper_free(messages->keeper);
	free(messages);
}

void messages_free(struct messages *messages)
{
	if (!messages)
		return;
	fanouts_stop(messages->fanouts);
	retry_queue_stop(messages->retry_queue);
	recovery_stop(messages->recovery);
	keeper_stop(messages->keeper);
	job_group_close(&messages->jobs, messages_destroy, messages);
}
