/* What became of a permission request: again as text, again later, or over. */
#include "db/questions.h"
#include "db/permissions.h"
#include "db/renewals.h"
#include "policies/kept_status.h"
#include "server/base/credentials.h"
#include "server/base/log.h"
#include "server/consent/permission_request_private.h"

struct refusal {
	int first, last;
	const char *reason;
};
/* First row that fits counts. */
/* clang-format off */
static const struct refusal refusals[] = {
	{ 300, 399, "is somewhere else: redirections are not followed" },
	{ 401, 401, "is behind a server that wants credentials" },
	{ 407, 407, "is behind a server that wants credentials" },
	{ 404, 404, "does not exist" },
	{ 410, 410, "does not exist any more" },
	{ 416, 416, "has an address that cannot be sent to" },
	{ 484, 484, "has an address that is not complete" },
	{ 604, 604, "does not exist anywhere" },
	{ 408, 408, "did not answer" },
	{ 480, 480, "cannot be reached now" },
	{ 486, 486, "is busy" },
	{ 413, 413, "does not take a message of this size" },
	{ 415, 415, "does not take this type of message" },
	{ 488, 488, "does not take this type of message" },
	{ 493, 493, "does not take this type of message" },
	{ 400, 499, "refused the permission request" },
	{ 503, 503, "could not be reached" },
	{ 500, 599, "is behind a server that failed" },
	{ 600, 699, "declined to be asked" },
};
/* clang-format on */

static const char *refusal_text(struct arena *arena, int status)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (status >= refusals[i].first && status <= refusals[i].last)
			return arena_printf(arena, "the recipient %s (%d)",
					    refusals[i].reason, status);
	}
	return arena_printf(arena, "the permission request failed (%d)",
			    status);
}

static int request_status_kept(const struct permission_request *request)
{
	return status_kept(request->leg.status, request->leg.is_unverified);
}

/** When one who is away is asked the same once more. */
static enum err find_due_at(struct store *store,
			    const struct permission_request *request,
			    struct open_question *ret_open, int64_t *ret)
{
	enum err err =
		store_question_open(store, request->permission, ret_open);

	if (err)
		return err;
	*ret = request->now + limits_ask_pause((size_t)ret_open->tries);
	if (*ret < request->now + request->leg.retry_after_s)
		*ret = request->now + request->leg.retry_after_s;
	return ERR_OK;
}

/** The recipient is away: the row stays pending, for as long as a
 *  permission request lives, from its first try on, or from the change that
 *  wants it where nothing was found yet to try.  ERR_TIMEOUT: that is over. */
static enum err put_off(struct store *store, struct permission_request *request)
{
	struct open_question open;
	struct permission row;
	int64_t due_at, since;
	enum err err = store_permission_get(store, request->permission,
					    request->arena, &row);

	if (err || row.state != PERMISSION_PENDING)
		return err == ERR_UNKNOWN ? ERR_OK : err;
	err = find_due_at(store, request, &open, &due_at);
	if (err)
		return err;
	since = open.tries ? open.asked_at : row.changed_at;
	if (due_at >= since + request->consents->settings.request_lifetime_s)
		return ERR_TIMEOUT;
	return store_permission_request_put_off(store, row.id, due_at,
						request_status_kept(request));
}

/** The grant goes on in any case.  Who is away is asked again until it ends. */
static enum err renewal_again(struct store *store,
			      struct permission_request *request)
{
	struct open_question open;
	struct permission row;
	int64_t due_at = 0;
	enum err err = store_permission_get(store, request->permission,
					    request->arena, &row);

	if (err || strcmp(row.etag, request->etag) != 0)
		return err == ERR_UNKNOWN ? ERR_OK : err;
	if (request->is_away)
		err = find_due_at(store, request, &open, &due_at);
	if (err)
		return err;
	return store_renewal_step(store, &row,
				  due_at && due_at < row.expires_at
					  ? RENEWAL_AWAY
					  : RENEWAL_REFUSED,
				  due_at);
}

/** What left of it, and of the credit what was not needed. */
static enum err write_bytes(struct store *store,
			    struct permission_request *request)
{
	request->sent.bytes = (int64_t)request->leg.bytes_out;
	return request->sent.ask ? store_question_sent(store, &request->sent)
				 : ERR_OK;
}

/** Writer's thread.  A request that fails never touches an older decision, and
 *  a 2xx is never a grant: permission_step() sees to both. */
static enum err outcome_run(struct store *store, struct write_job *job)
{
	struct permission_request *request = permission_request_of(job);
	struct permission_change change = {
		.id = request->permission,
		.event = request->reason ? EVENT_UNDELIVERABLE : EVENT_SENT,
		.actor = ORIGIN_ADMIN,
		.reason = request->reason,
		.expires_at = -1,
		.last_status = request_status_kept(request),
		.now = request->now,
	};
	struct permission row;
	enum err err = write_bytes(store, request);

	if (!err && request->is_unsent)
		err = renewal_again(store, request);
	if (err || request->is_over)
		return err;
	err = ERR_TIMEOUT;
	if (request->kind == PERMISSION_REQUEST_RENEWAL)
		err = request->reason ? renewal_again(store, request) : ERR_OK;
	else if (request->is_away)
		err = put_off(store, request);
	if (err && err != ERR_TIMEOUT)
		return err;
	if (!err && request->kind != PERMISSION_REQUEST_RENEWAL)
		return ERR_OK;
	err = store_permission_change(store, &change, request->arena, &row);
	/* Gone meanwhile: nobody wants to know any more. */
	return err == ERR_UNKNOWN ? ERR_OK : err;
}

static void outcome_over(struct store_job *job)
{
	struct permission_request *request = permission_request_of(&job->write);
	enum err err = job->write.err;

	if (err)
		log_event(LOG_EVENT_ASK_NOT_WRITTEN, NULL,
			  "permission=%lld reason=%s",
			  (long long)request->permission,
			  log_text(err_text(err)));
	permission_request_end(request);
}

void permission_request_record_outcome(struct permission_request *request)
{
	request->job.write.run = outcome_run;
	request->job.over = outcome_over;
	request->now = loop_wall_s(request->consents->settings.loop);
	if (job_group_submit(&request->consents->jobs, &request->job,
			     STORE_JOB_URGENT))
		permission_request_end(
			request); /* stays pending; asked again later */
}

void permission_request_close(struct permission_request *request)
{
	request->is_over = true;
	if (request->sent.ask)
		permission_request_record_outcome(request);
	else
		permission_request_end(request);
}

/* A row that is pending was put off when it was recorded; what was counted
 * before it could leave is given back. */
void permission_request_unsent(struct permission_request *request)
{
	request->is_unsent = request->kind == PERMISSION_REQUEST_RENEWAL;
	request->is_away = true;
	permission_request_close(request);
}

/**
 * RFC 5360 section 5.3.1 wants the document in the request, also where that is
 * more than UDP should carry; so the leg has no small form.  A phone that takes
 * only text, or little of it, refuses it all: then a text that people can read
 * is better than none.  The text has the same URIs.
 */
static bool permission_request_again_as_text(struct permission_request *request)
{
	if (request->is_text ||
	    (request->leg.status != 413 && request->leg.status != 415))
		return false;
	permission_request_use_text(request);
	request->leg.state = LEG_IDLE;
	request->leg.status = request->leg.retry_after_s = 0;
	request->leg.cseq++; /* a new request, not a repeat */
	request->leg.was_sent = false;
	edge_send(request->consents->settings.edge, &request->leg);
	return true;
}

static void permission_request_failed(struct permission_request *request)
{
	const struct consents_settings *settings = &request->consents->settings;
	int status = request->leg.status;
	enum leg_outcome outcome = limits_leg_outcome(
		&settings->away, request->leg.request_uri, status);

	request->reason = request_status_kept(request) == STATUS_UNVERIFIED
				  ? UNVERIFIED_TEXT
				  : refusal_text(request->arena, status);
	request->is_away = outcome != LEG_OUTCOME_FAILED;
	if (outcome == LEG_OUTCOME_CREDENTIALS)
		credentials_wanted(settings->counters,
				   loop_wall_s(settings->loop), NULL,
				   request->leg.request_uri, status);
}

static void count_what_left(struct permission_request *request)
{
	consents_count_left(request->consents,
			    request->leg.bytes_out - request->n_counted);
	request->n_counted = request->leg.bytes_out;
}

void permission_request_finish(struct permission_request *request)
{
	const struct leg *leg = &request->leg;
	struct counters *counters = request->consents->settings.counters;
	bool is_taken = leg->status >= 200 && leg->status < 300;
	char room[KINDS_TEXT_ROOM];

	count(counters, is_taken ? COUNT_PERMISSION_REQUESTS_SENT
				 : COUNT_PERMISSION_REQUESTS_FAILED);
	log_event(is_taken ? LOG_EVENT_ASKED : LOG_EVENT_ASK_FAILED, NULL,
		  "permission=%lld recipient=%s kinds=%s status=%d",
		  (long long)request->permission, log_text(request->recipient),
		  kinds_text(request->kinds, room), leg->status);
	if (!is_taken)
		permission_request_failed(request);
	if (request->kind == PERMISSION_REQUEST_TRIGGER)
		permission_request_close(request); /* RFC 5360 section 5.11.1:
						      no state changes */
	else
		permission_request_record_outcome(request);
}

void permission_request_ended(struct leg *leg)
{
	struct permission_request *request = leg->owner;

	if (leg->status == LEG_STATUS_WITHDRAWN) {
		count_what_left(request);
		permission_request_close(request);
		return;
	}
	count_what_left(request);
	if (!permission_request_again_as_text(request) &&
	    !permission_request_goes_on(request))
		permission_request_finish(request);
}
