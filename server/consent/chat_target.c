/* A word typed to a list or a service: it counts for whoever proved who they
 * are, and for nobody else. */
#include "server/base/log.h"
#include "server/consent/chat_private.h"

/* ---- nobody proved it -----------------------------------------------------
 */

static void log_refused(const struct chat *chat, int status, const char *why)
{
	const struct request *request = chat->request;

	count(chat->consents->settings.counters, COUNT_CHAT_UNPROVED);
	log_event(LOG_EVENT_CHAT_REFUSED, request->id,
		  "status=%d reason=%s word=%s target=%s claimed=%s "
		  "call-id=%s from=%s",
		  status, why, chat_command_name(chat->typed.command),
		  log_text(chat->target), log_text(request->from_key),
		  log_text(request->call_id), log_text(request->source));
}

static void tell_recorded(const struct chat *chat)
{
	const struct permission claimed = {
		.sender = "anonymous",
		.target = chat->target,
		.recipient = chat->request->from_key,
		.recipient_uri = chat->request->from_key,
	};

	chat_tell(chat->consents,
		  &(struct chat_answer){.word = WORD_CHAT_FORGED,
					.row = &claimed,
					.source = chat->request->address});
}

/** From says anything.  It is challenged; who is recorded and could not answer
 *  that gets a way to say no. */
static void refuse_unproved(struct chat *chat)
{
	const struct request *request = chat->request;
	int status = request->has_token ? 401 : 407;

	log_refused(chat, status, "unproved");
	if (!request->has_token && chat_denies(chat->typed.command) &&
	    *request->from_key)
		tell_recorded(chat);
	chat_respond(chat, status);
}

/** Somebody who proved to be one person writes in the name of another. */
static bool is_forged(const struct request *request)
{
	if (request->sender.method != IDENTITY_DIGEST || request->has_token)
		return false;
	return !uri_keys_name_one(request->from_key, request->sender.aor[0]) &&
	       strcmp(request->from_key, "sip:anonymous@anonymous.invalid") !=
		       0;
}

/* ---- somebody did ---------------------------------------------------------
 */

static enum word_id word_of(const struct chat *chat)
{
	switch (chat->typed.command) {
	case CHAT_STOP:
	case CHAT_END:
	case CHAT_STOP_ALL:
	case CHAT_STOP_ONE:
		return WORD_CHAT_STOPPED;
	case CHAT_NO:
		if (chat->n_rows)
			return chat->n_rows == 1 ? WORD_CHAT_NO
						 : WORD_CHAT_WHICH;
		break;
	case CHAT_LIST:
		return WORD_CHAT_LIST;
	case CHAT_TEXT:
	case CHAT_YES:
	case CHAT_START_ALL:
	case CHAT_HELP:
	case CHAT_NEAR_STOP:
	case CHAT_COMMANDS:
		break;
	}
	return WORD_CHAT_HELP_AT;
}

static void tell(struct chat *chat)
{
	const struct request *request = chat->request;
	const char *aor = request->sender.aor[0];
	const struct permission about = {.sender = "anonymous",
					 .target = chat->target,
					 .recipient = aor,
					 .recipient_uri = aor};
	const struct chat_answer answer = {
		.word = word_of(chat),
		.row = chat->n_denied ? &chat->denied[0] : &about,
		.lines = chat->lines,
		.n_lines = chat->n_lines,
		.n_more = chat->lines ? chat->n_rows - chat->n_lines : 0,
		.question = request->has_token ? &request->token : NULL,
	};

	chat_tell(chat->consents, &answer);
}

static void follow_deny(struct chat *chat, const struct permission *row)
{
	const struct request *request = chat->request;
	char room[KINDS_TEXT_ROOM];

	count(chat->consents->settings.counters, COUNT_DENIES);
	log_event(LOG_EVENT_DENIED, request->id,
		  "permission=%lld recipient=%s sender=%s target=%s kinds=%s "
		  "by=%s status=200 call-id=%s from=%s",
		  (long long)row->id, log_text(row->recipient),
		  log_text(row->sender), log_text(row->target),
		  permission_kinds_text(row, room),
		  log_text(request->sender.aor[0]), log_text(request->call_id),
		  log_text(request->source));
	permission_requests_replied(chat->consents, row->id);
	permission_requests_denied(chat->consents, row);
}

static void over(struct store_job *job)
{
	struct chat *chat = (struct chat *)(void *)job;

	if (job->write.err) {
		log_event(LOG_EVENT_CONSENT_REPLY_FAILED, chat->request->id,
			  "reason=%s", log_text(err_text(job->write.err)));
		chat_respond_busy(chat);
		return;
	}
	for (size_t i = 0; i < chat->n_denied; i++)
		follow_deny(chat, &chat->denied[i]);
	tell(chat);
	chat_respond(chat, 200);
}

void chat_at_target(struct chat *chat)
{
	const struct request *request = chat->request;
	bool is_no = chat_denies(chat->typed.command);

	if (request->sender.method == IDENTITY_NONE) {
		refuse_unproved(chat);
		return;
	}
	if (is_forged(request)) {
		log_refused(chat, 403, "forged");
		chat_respond(chat, 403);
		return;
	}
	chat->now = loop_wall_s(chat->consents->settings.loop);
	chat->job.write.run = chat_run;
	chat->job.write.goes_first = is_no;
	chat->job.write.door = is_no ? DENY_BY_CHAT : DENY_BY_NONE;
	chat->job.over = over;
	if (job_group_submit(&chat->consents->jobs, &chat->job,
			     is_no ? STORE_JOB_URGENT : STORE_JOB_USUAL))
		chat_respond_busy(chat);
}
