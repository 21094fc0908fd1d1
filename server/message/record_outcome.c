#include "server/base/random.h"
#include "server/message/fanout_private.h"

#include "db/deliveries.h"
#include "db/journal.h"
#include "policies/kept_status.h"
#include "server/base/log.h"
#include "server/message/record.h"
#include "server/message/tell.h"

#define PAUSE_MS 1000
#define PAUSE_MAX_MS 60000
/** A notice leaves within the second, where there are few; what waits for long
 *  looks ever more seldom. */
#define UNTOLD_PAUSE_S 1

static int64_t pause_ms(unsigned failures)
{
	return failures > 6 ? PAUSE_MAX_MS : (int64_t)PAUSE_MS << failures;
}

/* ---- what became of an attempt ----------------------------------------------
 */

static enum counter counter_of(enum attempt_outcome outcome)
{
	switch (outcome) {
	case ATTEMPT_OK:
		return COUNT_LEG_OK;
	case ATTEMPT_TRY_AGAIN:
	case ATTEMPT_PUT_OFF:
	case ATTEMPT_QUEUE_FULL:
	case ATTEMPT_UNREACHABLE:
	case ATTEMPT_UNTOLD:
		return COUNT_LEG_RETRY;
	case ATTEMPT_WITHDRAWN:
		return COUNT_LEG_WITHDRAWN;
	case ATTEMPT_FAILED:
	case ATTEMPT_EXPIRED:
	case ATTEMPT_OUTCOMES:
		break;
	}
	return COUNT_LEG_FAILED;
}

static void log_attempt(const struct attempt *attempt,
			enum attempt_outcome outcome, const struct leg *leg)
{
	static const enum log_event events[ATTEMPT_OUTCOMES] = {
		[ATTEMPT_OK] = LOG_EVENT_LEG_DELIVERED,
		[ATTEMPT_TRY_AGAIN] = LOG_EVENT_LEG_DEFERRED,
		[ATTEMPT_FAILED] = LOG_EVENT_LEG_FAILED,
		[ATTEMPT_EXPIRED] = LOG_EVENT_LEG_EXPIRED,
		[ATTEMPT_WITHDRAWN] = LOG_EVENT_LEG_WITHDRAWN,
		[ATTEMPT_QUEUE_FULL] = LOG_EVENT_LEG_DEFERRED,
		[ATTEMPT_UNREACHABLE] = LOG_EVENT_LEG_DEFERRED,
		[ATTEMPT_UNTOLD] = LOG_EVENT_LEG_DEFERRED,
	};

	if (events[outcome] == LOG_EVENT_NONE)
		return;
	/* The Call-ID is the leg's own: it meets the next hop's log. */
	log_event(events[outcome], attempt->fanout->accepted->id,
		  "recipient=%s status=%d%s attempts=%u journal=%lld "
		  "call-id=%s",
		  log_text(attempt->user.key), leg ? leg->status : 0,
		  leg && leg->is_unverified ? " reason=certificate" : "",
		  attempt->n_made,
		  (long long)attempt->fanout->accepted->entry.id,
		  log_text(leg ? leg->call_id : NULL));
}

/* -100..100, so that what failed together is not tried together. */
static int random_spread(void)
{
	uint8_t byte;

	random_bytes(&byte, sizeof(byte));
	return (int)byte * 200 / 255 - 100;
}

/* When to try again; a Retry-After is the least. */
static int64_t next_at(const struct attempt *attempt,
		       enum attempt_outcome outcome, const struct leg *leg,
		       int64_t now)
{
	const struct messages_settings *messages =
		attempt->fanout->fanouts->settings.messages;
	int64_t pause = limits_retry_pause(messages->retry_pauses_s,
					   messages->n_retry_pauses,
					   attempt->n_made, random_spread());

	if (outcome == ATTEMPT_UNTOLD)
		pause = UNTOLD_PAUSE_S;
	if (leg && leg->retry_after_s > pause)
		pause = leg->retry_after_s;
	if (outcome == ATTEMPT_QUEUE_FULL || outcome == ATTEMPT_UNTOLD)
		pause = limits_crowd_pause(
			pause,
			now - attempt->fanout->accepted->entry.accepted_at);
	return now + pause;
}

/* The row of a delivery as it is now; false when it needs none. */
static bool row_make(struct attempt *attempt, enum attempt_outcome outcome,
		     const struct leg *leg, struct delivery *ret)
{
	const struct accepted_request *accepted = attempt->fanout->accepted;
	const struct journal_entry *entry = &accepted->entry;
	int64_t now =
		loop_wall_s(attempt->fanout->fanouts->settings.messages->loop);

	*ret = (struct delivery){
		.id = attempt->delivery,
		.journal = entry->id,
		.place = attempt->place,
		.sender = entry->sender,
		.target = entry->target,
		.recipient = attempt->user.key,
		.method = entry->method,
		.attempts = attempt->n_made,
		.last_status =
			leg ? status_kept(leg->status, leg->is_unverified) : 0,
		.since = entry->accepted_at,
		.expires_at = entry->expires_at,
		.cseq = attempt->cseq,
		.content = attempt->content,
		.is_large = attempt->is_large};
	record_delivery(attempt, ret);
	switch (outcome) {
	case ATTEMPT_OK:
	case ATTEMPT_OUTCOMES:
		return false;
	case ATTEMPT_TRY_AGAIN:
	case ATTEMPT_QUEUE_FULL:
	case ATTEMPT_UNREACHABLE:
		ret->state = DELIVERY_WAITING;
		ret->next_at = next_at(attempt, outcome, leg, now);
		if (ret->next_at >= entry->expires_at)
			ret->state = DELIVERY_EXPIRED;
		return true;
	case ATTEMPT_UNTOLD:
		/* However short its life, it has one try. */
		ret->state = DELIVERY_WAITING;
		ret->next_at = next_at(attempt, outcome, leg, now);
		return true;
	case ATTEMPT_PUT_OFF:
		ret->state = DELIVERY_WAITING;
		ret->next_at = now;
		return true;
	case ATTEMPT_FAILED:
		ret->state = DELIVERY_FAILED;
		return true;
	case ATTEMPT_EXPIRED:
		ret->state = DELIVERY_EXPIRED;
		return true;
	case ATTEMPT_WITHDRAWN:
		ret->state = DELIVERY_WITHDRAWN;
		return true;
	}
	return false;
}

/* ---- first attempts: one outcome job ----------------------------------------
 */

static void row_add(struct outcome_job *outcome_job, const struct delivery *row)
{
	if (outcome_job->n == outcome_job->room) {
		outcome_job->room =
			outcome_job->room ? outcome_job->room * 2 : 8;
		outcome_job->rows = mem_resize(
			outcome_job->rows, outcome_job->room * sizeof(*row));
	}
	outcome_job->rows[outcome_job->n++] = *row;
}

static enum err outcome_job_run(struct store *store, struct write_job *write)
{
	struct outcome_job *outcome_job = (struct outcome_job *)(void *)write;
	enum err err = ERR_OK;

	if (outcome_job->record.id)
		err = store_record_put(store, &outcome_job->record);
	if (err)
		return err;
	return store_journal_record_outcome(
		store, outcome_job->fanout->accepted->entry.id,
		outcome_job->rows, outcome_job->n);
}

static void tell_waiting(const struct outcome_job *outcome_job)
{
	const struct fanouts_settings *settings =
		&outcome_job->fanout->fanouts->settings;

	for (size_t i = 0; i < outcome_job->n; i++) {
		if (outcome_job->rows[i].state == DELIVERY_WAITING)
			settings->waiting(settings->arg,
					  outcome_job->rows[i].next_at);
	}
}

static void outcome_job_submit(void *arg);

static void outcome_job_over(struct store_job *store_job)
{
	struct outcome_job *outcome_job =
		(struct outcome_job *)(void *)store_job;
	struct fanout *fanout = outcome_job->fanout;
	enum err err = store_job->write.err;

	if (err == ERR_OK || err == ERR_UNKNOWN) {
		tell_waiting(outcome_job);
		fanout_over(fanout);
		return;
	}
	log_event(LOG_EVENT_OUTCOME_NOT_WRITTEN, fanout->accepted->id,
		  "journal=%lld err=%s", (long long)fanout->accepted->entry.id,
		  log_text(err_text(err)));
	loop_timer_set(fanout->fanouts->settings.messages->loop,
		       &outcome_job->pause, pause_ms(outcome_job->failures++));
}

static void outcome_job_submit(void *arg)
{
	struct outcome_job *outcome_job = arg;

	if (job_group_submit(outcome_job->fanout->fanouts->settings.jobs,
			     &outcome_job->store_job, STORE_JOB_URGENT))
		outcome_job_over(&outcome_job->store_job);
}

void fanout_record_outcome(struct fanout *fanout)
{
	struct outcome_job *outcome_job = &fanout->outcome_job;

	record_make(fanout, &outcome_job->record);
	outcome_job->store_job.write.run = outcome_job_run;
	outcome_job->store_job.write.is_one_step = true;
	outcome_job->store_job.over = outcome_job_over;
	loop_timer_init(&outcome_job->pause, outcome_job_submit, outcome_job);
	outcome_job_submit(outcome_job);
}

/* ---- retries: each by itself ------------------------------------------- */

static enum err update_run(struct store *store, struct write_job *write)
{
	struct update *update = (struct update *)(void *)write;

	return store_delivery_update(store, &update->row, update->outcome);
}

static void retry_over(struct fanout *fanout)
{
	if (fanout->n_over == fanout->n && fanout->n_unwritten == 0)
		fanout_over(fanout);
}

/* Somebody dropped it over REST meanwhile. */
static bool is_gone(enum err err)
{
	return err == ERR_UNKNOWN || err == ERR_CONFLICT;
}

static void update_over(struct store_job *store_job)
{
	struct update *update = (struct update *)(void *)store_job;
	struct fanout *fanout = update->attempt->fanout;
	const struct fanouts_settings *settings = &fanout->fanouts->settings;
	enum err err = store_job->write.err;

	if (err == ERR_OK || is_gone(err)) {
		if (!err && update->outcome == DELIVERY_WAITING)
			settings->waiting(settings->arg, update->row.next_at);
		settings->retried(settings->arg, update->row.id);
		fanout->n_unwritten--;
		retry_over(fanout);
		return;
	}
	log_event(LOG_EVENT_OUTCOME_NOT_WRITTEN, fanout->accepted->id,
		  "delivery=%lld err=%s", (long long)update->row.id,
		  log_text(err_text(err)));
	loop_timer_set(settings->messages->loop, &update->pause,
		       pause_ms(update->failures++));
}

static void update_submit(void *arg)
{
	struct update *update = arg;

	if (job_group_submit(update->attempt->fanout->fanouts->settings.jobs,
			     &update->store_job, STORE_JOB_URGENT))
		update_over(&update->store_job);
}

static void update_start(struct attempt *attempt, const struct delivery *row,
			 int outcome)
{
	struct fanout *fanout = attempt->fanout;
	struct update *update =
		arena_alloc(fanout->accepted->arena, sizeof(*update));

	update->next = fanout->updates;
	fanout->updates = update;
	update->store_job.write.run = update_run;
	update->store_job.over = update_over;
	update->attempt = attempt;
	update->row = *row;
	update->outcome = outcome;
	loop_timer_init(&update->pause, update_submit, update);
	fanout->n_unwritten++;
	update_submit(update);
}

void fanout_attempt_over(struct attempt *attempt, enum attempt_outcome outcome,
			 const struct leg *leg)
{
	struct fanout *fanout = attempt->fanout;
	const struct fanouts_settings *settings = &fanout->fanouts->settings;
	struct delivery row;
	bool needs_row = false;

	/* A turn that was not to be had counts too: pauses grow while many wait
	 * for one who is not there.  They do not for one who answers, but has
	 * much to answer. */
	if ((leg && (leg->status != LEG_STATUS_WITHDRAWN || leg->was_sent)) ||
	    outcome == ATTEMPT_UNREACHABLE)
		attempt->n_made++;
	count(settings->messages->counters, counter_of(outcome));
	log_attempt(attempt, outcome, leg);
	if (fanout->kind == FANOUT_RETRY || outcome != ATTEMPT_OK)
		needs_row = row_make(attempt, outcome, leg, &row);
	tell_attempt(attempt, outcome, leg, needs_row ? &row : NULL);
	if (fanout->kind == FANOUT_FIRST) {
		record_first(attempt, needs_row ? &row : NULL, leg);
		if (needs_row)
			row_add(&fanout->outcome_job, &row);
		if (fanout->n_over == fanout->n)
			fanout_record_outcome(fanout);
	} else if (outcome == ATTEMPT_PUT_OFF) {
		settings->retried(settings->arg, attempt->delivery);
		retry_over(fanout); /* the disk says all there is to say */
	} else {
		update_start(attempt, &row,
			     needs_row ? (int)row.state : (int)DELIVERY_DONE);
	}
}

/* ---- what cannot be sent ------------------------------------------------ */

static void fail_first(struct fanout *fanout)
{
	const struct accepted_request *accepted = fanout->accepted;
	struct stored_recipient nobody = {.key = accepted->entry.target};
	struct attempt attempt = {.fanout = fanout};
	size_t n = accepted->n ? accepted->n : 1;
	struct delivery row;

	for (size_t i = 0; i < n; i++) {
		const struct stored_recipient *stored_recipient =
			accepted->n ? &accepted->stored[i] : &nobody;

		attempt.place = (uint32_t)i;
		attempt.user.key = stored_recipient->key;
		if (row_make(&attempt, ATTEMPT_FAILED, NULL, &row))
			row_add(&fanout->outcome_job, &row);
	}
	fanout_record_outcome(fanout);
}

void fanout_fail_all(struct fanouts *fanouts, struct accepted_request *accepted,
		     const struct delivery *rows, size_t n)
{
	struct fanout *fanout = fanout_new(fanouts, accepted, n);

	log_event(LOG_EVENT_JOURNAL_CORRUPT, accepted->id, "journal=%lld",
		  (long long)accepted->entry.id);
	if (!rows) {
		fail_first(fanout);
		return;
	}
	fanout->kind = FANOUT_RETRY;
	for (size_t i = 0; i < n; i++) {
		struct attempt *attempt = &fanout->attempts[i];

		attempt->fanout = fanout;
		attempt->place = rows[i].place;
		attempt->n_made = rows[i].attempts;
		attempt->delivery = rows[i].id;
		attempt->user.key =
			arena_strdup(accepted->arena, rows[i].recipient);
		fanout->n_over++;
		fanout_attempt_over(attempt, ATTEMPT_FAILED, NULL);
	}
}
