#include "server/message/fanout_private.h"

#include "db/deliveries.h"
#include "db/journal.h"
#include "server/base/credentials.h"
#include "server/base/log.h"

/** Legs that begin in one turn of the loop, or a few more; then others have
 *  theirs. */
#define QUANTUM 64
/** A first attempt is made even when Expires was very short: silence lasts 32
 * s. */
#define FIRST_TRY_S 32
#define LEGS_KEPT 4096 /**< blocks of those that are over */

static void scheduler_run(void *arg);

struct fanouts *fanouts_new(const struct fanouts_settings *settings)
{
	struct fanouts *fanouts = mem_alloc(sizeof(*fanouts));

	memset(fanouts, 0, sizeof(*fanouts));
	fanouts->settings = *settings;
	fanouts->scheduled_end = &fanouts->scheduled;
	fanouts->leg_pool =
		(struct block_pool){.size = FANOUT_LEG_SIZE, .most = LEGS_KEPT};
	fanouts->queues = recipient_queues_new(settings->messages->legs_window);
	fanouts->scheduler.run = scheduler_run;
	fanouts->scheduler.arg = fanouts;
	return fanouts;
}

static void fanout_free(struct fanout *fanout)
{
	struct fanouts *fanouts = fanout->fanouts;

	if (fanout->previous)
		fanout->previous->next = fanout->next;
	else
		fanouts->first = fanout->next;
	if (fanout->next)
		fanout->next->previous = fanout->previous;
	fanouts->n--;
	fanouts->n_recovered -= fanout->accepted->is_recovered;
	fanouts->bytes -= fanout->bytes;
	gauge_add(fanouts->settings.messages->counters, GAUGE_FANOUTS, -1);
	free(fanout->outcome_job.rows);
	accepted_request_free(fanout->accepted); /* and all of it */
}

static void fanout_stop(struct fanout *fanout)
{
	struct loop *loop = fanout->fanouts->settings.messages->loop;

	loop_timer_clear(loop, &fanout->outcome_job.pause);
	for (struct update *it = fanout->updates; it; it = it->next)
		loop_timer_clear(loop, &it->pause);
}

void fanouts_stop(struct fanouts *fanouts)
{
	const struct messages_settings *messages = fanouts->settings.messages;

	loop_task_remove(messages->loop, &fanouts->scheduler);
	while (fanouts->legs) {
		if (messages->edge)
			edge_drop(messages->edge, &fanouts->legs->leg);
		gauge_add(messages->counters, GAUGE_LEGS, -1);
		fanout_leg_free(fanouts->legs);
	}
	for (struct fanout *it = fanouts->first; it; it = it->next)
		fanout_stop(it);
}

void fanouts_free(struct fanouts *fanouts)
{
	while (fanouts->first)
		fanout_free(fanouts->first);
	recipient_queues_free(fanouts->queues);
	block_pool_release(&fanouts->leg_pool);
	free(fanouts);
}

size_t fanouts_count(const struct fanouts *fanouts)
{
	return fanouts->n;
}

size_t fanouts_recovered(const struct fanouts *fanouts)
{
	return fanouts->n_recovered;
}

size_t fanouts_bytes(const struct fanouts *fanouts)
{
	return fanouts->bytes;
}

/* ---- scheduler ------------------------------------------------------- */

static bool may_begin(const struct fanout *fanout)
{
	if (!fanout->ready && fanout->n_begun == fanout->n)
		return false;
	return fanout->fanouts->is_draining ||
	       fanout->n_in_flight < fanout->accepted->envelope.breadth.window;
}

/* Anything with a turn goes on in the next round of the loop. */
static void scheduler_wake(struct fanouts *fanouts)
{
	if (fanouts->scheduled)
		loop_task_add(fanouts->settings.messages->loop,
			      &fanouts->scheduler);
}

static void scheduler_add(struct fanout *fanout)
{
	struct fanouts *fanouts = fanout->fanouts;

	if (fanout->is_scheduled || !may_begin(fanout))
		return;
	fanout->is_scheduled = true;
	fanouts->n_scheduled++;
	fanout->next_scheduled = NULL;
	*fanouts->scheduled_end = fanout;
	fanouts->scheduled_end = &fanout->next_scheduled;
	scheduler_wake(fanouts);
}

static struct fanout *scheduler_take(struct fanouts *fanouts)
{
	struct fanout *fanout = fanouts->scheduled;

	fanouts->scheduled = fanout->next_scheduled;
	if (!fanouts->scheduled)
		fanouts->scheduled_end = &fanouts->scheduled;
	fanout->is_scheduled = false;
	fanouts->n_scheduled--;
	return fanout;
}

/* Its recipient is free: it begins when its fan-out has a turn. */
static void ready_add(struct attempt *attempt)
{
	struct fanout *fanout = attempt->fanout;

	attempt->next_ready = NULL;
	*fanout->ready_end = attempt;
	fanout->ready_end = &attempt->next_ready;
	scheduler_add(fanout);
}

static struct attempt *ready_take(struct fanout *fanout)
{
	struct attempt *attempt = fanout->ready;

	fanout->ready = attempt->next_ready;
	if (!fanout->ready)
		fanout->ready_end = &fanout->ready;
	return attempt;
}

/* ---- legs ------------------------------------------------------------- */

static void attempt_end(struct attempt *attempt, enum attempt_outcome outcome,
			const struct leg *leg)
{
	struct fanout *fanout = attempt->fanout;
	struct recipient_queue_user *next = NULL;

	/* Nobody there, or nobody who can: it would be so for the next as well,
	 * and each of them might have to wait 32 s to learn it. */
	if (outcome == ATTEMPT_TRY_AGAIN &&
	    (leg->status == 408 || leg->status == 503))
		recipient_queue_mark_unreachable(&attempt->user);
	if (attempt->user.queue)
		next = recipient_queue_leave(fanout->fanouts->queues,
					     &attempt->user);
	if (next)
		ready_add((struct attempt *)(void *)next);
	fanout->n_over++;
	fanout->outcomes[outcome]++;
	fanout_attempt_over(attempt, outcome, leg);
	/* The fan-out may be gone now. */
}

static bool is_expired(const struct attempt *attempt, int64_t now)
{
	const struct journal_entry *entry = &attempt->fanout->accepted->entry;

	if (now < entry->expires_at)
		return false;
	return attempt->n_made > 0 || now >= entry->accepted_at + FIRST_TRY_S;
}

/*
 * RFC 3261 section 8.2.2.2: a phone that still has a transaction with the same
 * Call-ID, From tag and CSeq answers 482 to another one.  That is no word on
 * what it said to the first: the next attempt has a CSeq of its own.
 */
static bool is_merged(const struct attempt *attempt, const struct leg *leg)
{
	return leg->status == 482 && leg->was_sent &&
	       (attempt->n_made > 0 || leg->was_moved ||
		attempt->fanout->accepted->is_recovered);
}

static enum attempt_outcome outcome_of(const struct attempt *attempt,
				       const struct leg *leg)
{
	const struct messages_settings *messages =
		attempt->fanout->fanouts->settings.messages;

	if (leg->status == LEG_STATUS_WITHDRAWN)
		return attempt_decide(attempt) == VERDICT_UNTOLD
			       ? ATTEMPT_UNTOLD
			       : ATTEMPT_WITHDRAWN;
	if (is_merged(attempt, leg))
		return ATTEMPT_TRY_AGAIN;
	switch (limits_leg_outcome(&messages->away, leg->request_uri,
				   leg->status)) {
	case LEG_OUTCOME_OK:
		return ATTEMPT_OK;
	case LEG_OUTCOME_CREDENTIALS:
		credentials_wanted(messages->counters,
				   loop_wall_s(messages->loop),
				   attempt->fanout->accepted->id,
				   leg->request_uri, leg->status);
		return ATTEMPT_TRY_AGAIN;
	case LEG_OUTCOME_TRY_AGAIN:
		return ATTEMPT_TRY_AGAIN;
	case LEG_OUTCOME_FAILED:
		break;
	}
	return ATTEMPT_FAILED;
}

static void fanout_leg_ended(struct leg *leg)
{
	struct fanout_leg *fanout_leg = (struct fanout_leg *)(void *)leg;
	struct attempt *attempt = fanout_leg->attempt;
	struct fanouts *fanouts = attempt->fanout->fanouts;

	fanouts->n_in_flight--;
	gauge_add(fanouts->settings.messages->counters, GAUGE_LEGS, -1);
	attempt->fanout->n_in_flight--;
	scheduler_add(attempt->fanout);
	scheduler_wake(
		fanouts); /* others may have waited for room in the window */
	if (leg->was_sent) {
		attempt->cseq = leg->cseq;
		attempt->content = (uint8_t)leg->variant;
		attempt->is_large = leg->is_large;
		attempt->fanout->n_simpler += leg->variant != BODY_WHOLE;
		attempt->fanout->n_large += leg->is_large;
	}
	attempt_end(attempt, outcome_of(attempt, leg), leg);
	fanout_leg_free(fanout_leg);
}

static void launch(struct attempt *attempt)
{
	struct fanouts *fanouts = attempt->fanout->fanouts;
	const struct messages_settings *messages = fanouts->settings.messages;
	struct fanout_leg *fanout_leg = fanout_leg_new(attempt);

	fanout_leg->leg.ended = fanout_leg_ended;
	attempt->fanout->n_in_flight++;
	fanouts->n_in_flight++;
	gauge_add(messages->counters, GAUGE_LEGS, 1);
	edge_send(messages->edge, &fanout_leg->leg);
}

/* The queue is ours. */
static void attempt_begin(struct attempt *attempt)
{
	struct fanouts *fanouts = attempt->fanout->fanouts;
	int64_t now = loop_wall_s(fanouts->settings.messages->loop);
	enum verdict verdict = VERDICT_MISSING;

	if (fanouts->is_draining)
		attempt_end(attempt, ATTEMPT_PUT_OFF, NULL);
	else if (is_expired(attempt, now))
		attempt_end(attempt, ATTEMPT_EXPIRED, NULL);
	else if ((verdict = attempt_decide(attempt)) == VERDICT_UNTOLD)
		attempt_end(attempt, ATTEMPT_UNTOLD, NULL);
	else if (verdict != VERDICT_GRANTED)
		attempt_end(attempt, ATTEMPT_WITHDRAWN, NULL);
	else if (recipient_queue_is_unreachable(&attempt->user))
		attempt_end(attempt, ATTEMPT_UNREACHABLE, NULL);
	else
		launch(attempt);
}

/* One leg begins, or waits for its recipient. */
static void fanout_begin_one(struct fanout *fanout)
{
	enum recipient_queue_entry entry = RECIPIENT_QUEUE_GRANTED;
	struct attempt *attempt;

	if (fanout->ready) {
		attempt = ready_take(fanout);
	} else {
		attempt = &fanout->attempts[fanout->n_begun++];
		if (!fanout->fanouts->is_draining)
			entry = recipient_queue_enter(fanout->fanouts->queues,
						      &attempt->user);
	}
	/* More of it before it may be gone with its last leg. */
	scheduler_add(fanout);
	if (entry == RECIPIENT_QUEUE_GRANTED)
		attempt_begin(attempt);
	else if (entry == RECIPIENT_QUEUE_FULL)
		attempt_end(attempt, ATTEMPT_QUEUE_FULL, NULL);
	else if (entry == RECIPIENT_QUEUE_UNREACHABLE)
		attempt_end(attempt, ATTEMPT_UNREACHABLE, NULL);
}

/* Each that waits begins one leg at least: what was accepted is not to pile up
 * behind what is still coming in. */
static void scheduler_run(void *arg)
{
	struct fanouts *fanouts = arg;
	const struct messages_settings *messages = fanouts->settings.messages;
	size_t quantum =
		fanouts->n_scheduled > QUANTUM ? fanouts->n_scheduled : QUANTUM;

	for (size_t i = 0; i < quantum && fanouts->scheduled; i++) {
		struct fanout *fanout;

		if (fanouts->n_in_flight >= messages->legs_window &&
		    !fanouts->is_draining)
			return; /* a leg that ends wakes us */
		fanout = scheduler_take(fanouts);
		/* What it began last may have filled its breadth. */
		if (may_begin(fanout))
			fanout_begin_one(fanout);
	}
	scheduler_wake(fanouts);
}

/* ---- in and out -------------------------------------------------------- */

size_t fanout_size(size_t n)
{
	return sizeof(struct fanout) + (n + 1) * sizeof(struct attempt);
}

struct fanout *fanout_new(struct fanouts *fanouts,
			  struct accepted_request *accepted, size_t n)
{
	struct fanout *fanout = arena_alloc(accepted->arena, sizeof(*fanout));

	fanout->fanouts = fanouts;
	fanout->accepted = accepted;
	fanout->began_ms = loop_now_ms(fanouts->settings.messages->loop);
	fanout->age_ms = wall_now_ms() - accepted->entry.accepted_at * 1000;
	fanout->ready_end = &fanout->ready;
	fanout->n = n;
	fanout->attempts =
		arena_array(accepted->arena, n + 1, sizeof(*fanout->attempts));
	fanout->outcome_job.fanout = fanout;
	fanout->bytes = accepted_request_size(accepted);
	fanout->next = fanouts->first;
	if (fanout->next)
		fanout->next->previous = fanout;
	fanouts->first = fanout;
	fanouts->n++;
	fanouts->n_recovered += accepted->is_recovered;
	fanouts->bytes += fanout->bytes;
	gauge_add(fanouts->settings.messages->counters, GAUGE_FANOUTS, 1);
	return fanout;
}

static void fanout_address(struct fanout *fanout)
{
	const struct messages_settings *messages =
		fanout->fanouts->settings.messages;
	struct accepted_request *accepted = fanout->accepted;
	const struct identity *sender = &accepted->envelope.sender;
	char room[KIND_NAME_MAX + 1];

	envelope_template(&accepted->envelope, accepted->arena,
			  &fanout->template);
	fanout_legs_prepare(fanout);
	fanout->query = accepted->query;
	if (!fanout->query)
		fanout->query = index_query_new(
			messages->index, accepted->arena,
			sender->method == IDENTITY_NONE ? NULL : sender,
			accepted->entry.target,
			kinds_of_method(accepted->entry.method, NULL, room));
	for (size_t i = 0; i < fanout->n; i++) {
		struct attempt *attempt = &fanout->attempts[i];

		attempt->fanout = fanout;
		attempt->user.key = accepted->stored[attempt->place].key;
	}
}

void fanout_start(struct fanouts *fanouts, struct accepted_request *accepted)
{
	struct fanout *fanout = fanout_new(fanouts, accepted, accepted->n);

	for (size_t i = 0; i < fanout->n; i++)
		fanout->attempts[i].place = (uint32_t)i;
	fanout_address(fanout);
	if (fanout->n)
		scheduler_add(fanout);
	else
		fanout_record_outcome(fanout);
}

void fanout_retry(struct fanouts *fanouts, struct accepted_request *accepted,
		  const struct delivery *rows, size_t n)
{
	struct fanout *fanout = fanout_new(fanouts, accepted, n);

	fanout->kind = FANOUT_RETRY;
	for (size_t i = 0; i < n; i++) {
		fanout->attempts[i].place = rows[i].place;
		fanout->attempts[i].n_made = rows[i].attempts;
		fanout->attempts[i].delivery = rows[i].id;
		fanout->attempts[i].cseq = rows[i].cseq;
		fanout->attempts[i].content = (uint8_t)rows[i].content;
		fanout->attempts[i].is_large = rows[i].is_large;
	}
	fanout_address(fanout);
	scheduler_add(fanout);
}

void fanouts_drain(struct fanouts *fanouts)
{
	fanouts->is_draining = true;
	for (struct fanout *it = fanouts->first; it; it = it->next)
		scheduler_add(it);
}

void fanout_over(struct fanout *fanout)
{
	struct fanouts_settings settings = fanout->fanouts->settings;

	log_event(LOG_EVENT_FINISHED, fanout->accepted->id,
		  "journal=%lld ok=%zu retry=%zu failed=%zu expired=%zu "
		  "withdrawn=%zu put_off=%zu crowded=%zu silent=%zu "
		  "untold=%zu simpler=%zu large=%zu call-id=%s",
		  (long long)fanout->accepted->entry.id,
		  fanout->outcomes[ATTEMPT_OK],
		  fanout->outcomes[ATTEMPT_TRY_AGAIN],
		  fanout->outcomes[ATTEMPT_FAILED],
		  fanout->outcomes[ATTEMPT_EXPIRED],
		  fanout->outcomes[ATTEMPT_WITHDRAWN],
		  fanout->outcomes[ATTEMPT_PUT_OFF],
		  fanout->outcomes[ATTEMPT_QUEUE_FULL],
		  fanout->outcomes[ATTEMPT_UNREACHABLE],
		  fanout->outcomes[ATTEMPT_UNTOLD], fanout->n_simpler,
		  fanout->n_large, log_text(fanout->accepted->entry.call_id));
	fanout_free(fanout);
	settings.finished(settings.arg);
}
