/* What became of a notice: it has left; told, again later, or over. */
#include "policies/kept_status.h"
#include "server/base/credentials.h"
#include "server/base/log.h"
#include "server/consent/notices_private.h"

/** What could not leave was no request. */
static enum err give_back(struct store *store, const struct notice_out *out)
{
	if (!out->payer.owner || out->leg.bytes_out > 0)
		return ERR_OK;
	return store_question_traffic_add(
		store, &out->payer, out->begun_at,
		&(struct asking_traffic){.requests = -1});
}

static enum err note_run(struct store *store, struct write_job *job)
{
	struct notice_out *out = notice_out_of(job);
	struct notice_change sent = out->change;
	enum err err = ERR_OK;

	sent.event = NOTICE_EVENT_SENT;
	sent.status = 0;
	if (out->is_noted)
		err = store_notice_change(store, &sent);
	if (!err && out->change.event != NOTICE_EVENT_SENT)
		err = give_back(store, out);
	if (!err && out->change.event != NOTICE_EVENT_SENT)
		err = store_notice_change(store, &out->change);
	/* Forgotten meanwhile: nobody wants to know any more. */
	return err == ERR_UNKNOWN ? ERR_OK : err;
}

/** What failed is tried again, as after a crash: at its due_at. */
static void note_over(struct store_job *job)
{
	struct notice_out *out = notice_out_of(&job->write);
	bool was_last = out->change.event != NOTICE_EVENT_SENT;

	if (job->write.err)
		log_event(LOG_EVENT_NOTICE_NOT_WRITTEN, NULL,
			  "permission=%lld reason=%s", (long long)out->row.id,
			  log_text(err_text(job->write.err)));
	if (was_last)
		notice_end(out);
	else if (out->is_over)
		notice_note(out); /* it ended while the writer had the job */
}

static bool may_end(const struct notice_out *out)
{
	return notice_may_end(out->notice.kind,
			      out->leg.was_sent ||
				      out->notice.state == NOTICE_SENT);
}

/** When one who is away is told once more; 0: not any more. */
static int64_t next_try(const struct notice_out *out, int64_t now)
{
	int64_t due_at = now + notice_pause(out->notice.tries);

	if (due_at < now + out->leg.retry_after_s)
		due_at = now + out->leg.retry_after_s;
	if (!may_end(out) ||
	    due_at < out->notice.made_at +
			     out->consents->settings.request_lifetime_s)
		return due_at;
	return 0;
}

static struct notice_change change_of(const struct notice_out *out)
{
	const struct consents_settings *settings = &out->consents->settings;
	const struct leg *leg = &out->leg;
	struct notice_change change = {.id = out->notice.id,
				       .event = NOTICE_EVENT_SENT,
				       .now = loop_wall_s(settings->loop)};

	if (!out->is_over)
		return change;
	change.status = status_kept(leg->status, leg->is_unverified);
	change.event = NOTICE_EVENT_TOLD;
	if (leg->status >= 200 && leg->status < 300)
		return change;
	change.event = NOTICE_EVENT_OVER;
	if (!may_end(out) ||
	    limits_leg_outcome(&settings->away, leg->request_uri,
			       leg->status) != LEG_OUTCOME_FAILED)
		change.due_at = next_try(out, change.now);
	if (change.due_at)
		change.event = NOTICE_EVENT_AWAY;
	return change;
}

void notice_note(struct notice_out *out)
{
	if (out->job.is_out)
		return; /* note_over() goes on */
	out->change = change_of(out);
	out->is_noted = out->leg.was_sent;
	out->job.write.run = note_run;
	out->job.over = note_over;
	if (job_group_submit(&out->consents->jobs, &out->job,
			     STORE_JOB_URGENT) &&
	    out->is_over)
		notice_end(out); /* the store has it still due */
}

static void tell_log(const struct notice_out *out, bool is_told)
{
	struct counters *counters = out->consents->settings.counters;
	char room[KINDS_TEXT_ROOM];

	count(counters, is_told ? COUNT_NOTICES_SENT : COUNT_NOTICES_FAILED);
	log_event(is_told ? LOG_EVENT_TOLD : LOG_EVENT_TELL_FAILED, NULL,
		  "permission=%lld recipient=%s about=%s kinds=%s status=%d",
		  (long long)out->row.id, log_text(out->row.recipient),
		  notice_kind_name(out->notice.kind),
		  kinds_text(kinds_or_message(out->row.kinds), room),
		  out->leg.status);
}

void notice_ended(struct leg *leg)
{
	struct notice_out *out = leg->owner;
	struct consents *consents = out->consents;
	const struct consents_settings *settings = &consents->settings;
	bool is_told = leg->status >= 200 && leg->status < 300;

	out->is_over = true;
	loop_timer_clear(settings->loop, &out->look);
	consents_count_left(consents, leg->bytes_out);
	if (leg->status == LEG_STATUS_WITHDRAWN) {
		/* There is a no, and the next sweep sees it. */
		if (!out->job.is_out)
			notice_end(out);
		return;
	}
	tell_log(out, is_told);
	if (limits_leg_outcome(&settings->away, leg->request_uri,
			       leg->status) == LEG_OUTCOME_CREDENTIALS)
		credentials_wanted(settings->counters,
				   loop_wall_s(settings->loop), NULL,
				   leg->request_uri, leg->status);
	notice_note(out);
}
