#include "server/message/relay.h"

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
	struct relays *relays = relay->relays;

	if (relay->previous)
		relay->previous->next = relay->next;
	else
		relays->first = relay->next;
	if (relay->next)
		relay->next->previous = relay->previous;
	relays->n--;
	relays->bytes -= relay->bytes;
	gauge_add(relays->settings.counters, GAUGE_RELAYS, -1);
	accepted_request_free(relay->accepted);
	arena_free(relay->query_arena);
	request_free(relay->request); /* the relay lives in its arena */
}

/* What was accepted goes on without the request. */
static enum progress relay_fanout(struct relay *relay)
{
	struct relays *relays = relay->relays;

	if (relay->is_accepted) {
		recovery_own(relays->recovery, relay->accepted->entry.id);
		fanout_start(relays->fanouts, relay->accepted);
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

bool relays_are_full(const struct relays *relays)
{
	return relays->n + fanouts_count(relays->fanouts) >=
		       relays->settings.requests_max ||
	       relays->bytes + fanouts_bytes(relays->fanouts) >= WORK_BYTES_MAX;
}

void relay_receive(struct relays *relays, struct request *request)
{
	struct relay *relay = arena_alloc(request->arena, sizeof(*relay));
	bool is_over_limit = relays_are_full(relays);

	relay->relays = relays;
	relay->request = request;
	relay->arena = request->arena;
	relay->bytes = WORK_COPIES * arena_size(request->arena);
	relay->next = relays->first;
	if (relay->next)
		relay->next->previous = relay;
	relays->first = relay;
	relays->n++;
	relays->bytes += relay->bytes;
	gauge_add(relays->settings.counters, GAUGE_RELAYS, 1);
	log_event(LOG_EVENT_RECEIVED, request->id,
		  "method=%s target=%s sender=%s bytes=%zu call-id=%s from=%s",
		  request->method, log_text(request->target_key),
		  log_text(request->sender.aor[0] ? request->sender.aor[0]
						  : "anonymous"),
		  request->body.len, log_text(request->call_id),
		  log_text(request->source));
	if (is_over_limit) {
		count(relays->settings.counters, COUNT_OVERLOAD);
		relay_refuse_busy(relay, RETRY_AFTER_FULL_S, NULL);
		relay->stage = RELAY_STAGE_RESPOND;
	}
	relay_run(relay);
}

/* ---- the room ----------------------------------------------------------- */

static void on_waiting(void *arg, int64_t next_at)
{
	struct relays *relays = arg;

	retry_queue_expect(relays->retry_queue, next_at);
}

static void on_retried(void *arg, int64_t delivery)
{
	struct relays *relays = arg;

	retry_queue_retried(relays->retry_queue, delivery);
}

static void on_finished(void *arg)
{
	struct relays *relays = arg;

	recovery_wake(relays->recovery);
}

struct relays *relays_new(const struct relays_settings *settings)
{
	struct relays *relays = mem_alloc(sizeof(*relays));
	struct fanouts_settings fanouts = {.relays = &relays->settings,
					   .jobs = &relays->jobs,
					   .waiting = on_waiting,
					   .retried = on_retried,
					   .finished = on_finished,
					   .arg = relays};

	memset(relays, 0, sizeof(*relays));
	relays->settings = *settings;
	relays->jobs.writer = settings->writer;
	relays->fanouts = fanouts_new(&fanouts);
	relays->retry_queue = retry_queue_new(&relays->settings, &relays->jobs,
					      relays->fanouts);
	relays->recovery =
		recovery_new(&relays->settings, &relays->jobs, relays->fanouts);
	relays->keeper = keeper_new(&relays->settings, &relays->jobs);
	return relays;
}

void relays_set_edge(struct relays *relays, struct edge *edge)
{
	relays->settings.edge = edge;
}

void relays_recover(struct relays *relays)
{
	recovery_start(relays->recovery);
	retry_queue_wake(relays->retry_queue);
	keeper_start(relays->keeper);
}

void relays_wake(struct relays *relays)
{
	retry_queue_wake(relays->retry_queue);
}

void relays_drain(struct relays *relays)
{
	recovery_stop(relays->recovery);
	retry_queue_stop(relays->retry_queue);
	keeper_stop(relays->keeper);
	fanouts_drain(relays->fanouts);
}

bool relays_idle(const struct relays *relays)
{
	return relays->n == 0 && fanouts_count(relays->fanouts) == 0 &&
	       retry_queue_idle(relays->retry_queue) &&
	       recovery_idle(relays->recovery) && keeper_idle(relays->keeper);
}

static void relays_destroy(void *arg)
{
	struct relays *relays = arg;

	while (relays->first)
		relay_free(relays->first);
	fanouts_free(relays->fanouts);
	retry_queue_free(relays->retry_queue);
	recovery_free(relays->recovery);
	keeper_free(relays->keeper);
	free(relays);
}

void relays_free(struct relays *relays)
{
	if (!relays)
		return;
	fanouts_stop(relays->fanouts);
	retry_queue_stop(relays->retry_queue);
	recovery_stop(relays->recovery);
	keeper_stop(relays->keeper);
	job_group_close(&relays->jobs, relays_destroy, relays);
}
