#include "server/message/messages.h"

#include "server/base/log.h"
#include "server/message/retry_queue.h"
#include "server/message/relay_private.h"
#include "server/message/record.h"

#define RETRY_AFTER_FULL_S 5
/** Memory of all requests in work.  Their number alone is no bound: each may
 *  have a body of megabytes, and wait. */
#define WORK_BYTES_MAX ((size_t)256 << 20)
/** A request is copied for its legs, with and without a history list, and for
 *  the journal. */
#define WORK_COPIES 4

static enum progress relay_fanout(struct relay *relay);

/* clang-format off */
static const struct step {
	const char *name;
	enum progress (*run)(struct relay *relay);
} steps[] = {
	[RELAY_STAGE_RATE]      = { "rate",      relay_limit_rate },
	[RELAY_STAGE_TRANSLATE] = { "translate", relay_translate },
	[RELAY_STAGE_AUTHORIZE] = { "authorize", relay_authorize },
	[RELAY_STAGE_RECIPIENTS] = { "recipients", relay_limit_recipients },
	[RELAY_STAGE_ACCEPT]      = { "accept",    relay_accept },
	[RELAY_STAGE_RESPOND]   = { "respond",   relay_respond },
	[RELAY_STAGE_FANOUT]    = { "fanout",    relay_fanout },
};
/* clang-format on */

static void relay_free(struct relay *relay)
{
	struct messages *messages = relay->messages;

	if (relay->previous)
		relay->previous->next = relay->next;
	else
		messages->first = relay->next;
	if (relay->next)
		relay->next->previous = relay->previous;
	messages->n--;
	messages->bytes -= relay->bytes;
	gauge_add(messages->settings.counters, GAUGE_RELAYS, -1);
	accepted_request_free(relay->accepted);
	arena_free(relay->query_arena);
	request_free(relay->request); /* the relay lives in its arena */
}

/* What was accepted goes on without the request. */
static enum progress relay_fanout(struct relay *relay)
{
	struct messages *messages = relay->messages;

	if (relay->is_accepted) {
		recovery_own(messages->recovery, relay->accepted->entry.id);
		fanout_start(messages->fanouts, relay->accepted);
		relay->accepted = NULL;
	}
	return PROGRESS_NEXT;
}

void relay_run(struct relay *relay)
{
	if (relay->is_running)
		return;
	relay->is_running = true;
	while (relay->stage != RELAY_STAGE_DONE) {
		enum progress progress = steps[relay->stage].run(relay);

		if (progress == PROGRESS_WAIT)
			break;
		/* The one jump there is: a refusal goes to its response. */
		if (progress == PROGRESS_REFUSE)
			relay->stage = RELAY_STAGE_RESPOND;
		else
			relay->stage++;
		log_event(LOG_EVENT_STEP, relay->request->id, "next=%s",
			  relay->stage == RELAY_STAGE_DONE
				  ? "done"
				  : steps[relay->stage].name);
	}
	relay->is_running = false;
	if (relay->stage == RELAY_STAGE_DONE)
		relay_free(relay);
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
	struct relay *relay = arena_alloc(request->arena, sizeof(*relay));
	bool is_over_limit = messages_are_full(messages);

	relay->messages = messages;
	relay->request = request;
	relay->arena = request->arena;
	relay->bytes = WORK_COPIES * arena_size(request->arena);
	relay->next = messages->first;
	if (relay->next)
		relay->next->previous = relay;
	messages->first = relay;
	messages->n++;
	messages->bytes += relay->bytes;
	gauge_add(messages->settings.counters, GAUGE_RELAYS, 1);
	log_event(LOG_EVENT_RECEIVED, request->id,
		  "method=%s target=%s sender=%s bytes=%zu call-id=%s from=%s",
		  request->method, log_text(request->target_key),
		  log_text(request->sender.aor[0] ? request->sender.aor[0]
						  : "anonymous"),
		  request->body.len, log_text(request->call_id),
		  log_text(request->source));
	if (is_over_limit) {
		count(messages->settings.counters, COUNT_OVERLOAD);
		relay_refuse_busy(relay, RETRY_AFTER_FULL_S, NULL);
		relay->stage = RELAY_STAGE_RESPOND;
	}
	relay_run(relay);
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
		relay_free(messages->first);
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
