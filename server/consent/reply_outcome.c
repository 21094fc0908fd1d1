#include "server/consent/reply_outcome.h"

#include "server/base/log.h"

static enum log_event event_of(enum reply_outcome outcome)
{
	switch (outcome) {
	case REPLY_GRANTED:
		return LOG_EVENT_GRANTED;
	case REPLY_LIFTED:
		return LOG_EVENT_STOP_LIFTED;
	case REPLY_DENIED:
		return LOG_EVENT_DENIED;
	case REPLY_ASKED:
		return LOG_EVENT_TRIGGERED;
	case REPLY_RATE_LIMITED:
		return LOG_EVENT_TRIGGER_RATE_LIMITED;
	case REPLY_REMOVED_AT_ONCE:
		return LOG_EVENT_EMPTY_GRANT;
	case REPLY_UNPROVED:
	case REPLY_FORGED:
	case REPLY_PRECONDITION:
	case REPLY_OPPOSED:
	case REPLY_UNKNOWN:
		break;
	}
	return LOG_EVENT_CONSENT_REPLY_REFUSED;
}

void reply_outcome_count(struct counters *counters, enum reply_outcome outcome)
{
	switch (outcome) {
	case REPLY_UNKNOWN:
		count(counters, COUNT_UNKNOWN_CONSENT_URIS);
		break;
	case REPLY_UNPROVED: /* also the first try of who uses digest */
	case REPLY_FORGED:
		count(counters, COUNT_REPLIES_UNPROVED);
		break;
	case REPLY_GRANTED:
		count(counters, COUNT_GRANTS);
		break;
	case REPLY_DENIED:
		count(counters, COUNT_DENIES);
		break;
	case REPLY_RATE_LIMITED:
		count(counters, COUNT_PERMISSION_REQUESTS_LIMITED);
		break;
	case REPLY_ASKED:
	case REPLY_LIFTED:
	case REPLY_OPPOSED:
	case REPLY_PRECONDITION:
	case REPLY_REMOVED_AT_ONCE:
		break;
	}
}

int reply_outcome_status(enum reply_outcome outcome)
{
	switch (outcome) {
	case REPLY_UNKNOWN:
		return 404;
	case REPLY_UNPROVED:
	case REPLY_FORGED:
		return 401;
	case REPLY_PRECONDITION:
		return 412;
	case REPLY_OPPOSED:
		return 403;
	case REPLY_REMOVED_AT_ONCE:
	case REPLY_GRANTED:
	case REPLY_DENIED:
	case REPLY_LIFTED:
	case REPLY_ASKED:
	case REPLY_RATE_LIMITED:
		break;
	}
	return 200;
}

void reply_outcome_log(enum reply_outcome outcome,
		       const struct consent_reply *reply,
		       const struct permission *row)
{
	int status = reply_outcome_status(outcome);
	char room[KINDS_TEXT_ROOM];
	const char *by =
		reply->sender->aor[0] ? reply->sender->aor[0] : "token";

	if (outcome == REPLY_UNKNOWN)
		log_event(LOG_EVENT_CONSENT_REPLY_REFUSED, reply->id,
			  "status=%d reason=unknown-token call-id=%s from=%s",
			  status, log_text(reply->call_id),
			  log_text(reply->source));
	else if (outcome == REPLY_GRANTED || outcome == REPLY_DENIED)
		log_event(event_of(outcome), reply->id,
			  "permission=%lld recipient=%s sender=%s target=%s "
			  "kinds=%s by=%s status=%d call-id=%s from=%s",
			  (long long)row->id, log_text(row->recipient),
			  log_text(row->sender), log_text(row->target),
			  permission_kinds_text(row, room), log_text(by),
			  status, log_text(reply->call_id),
			  log_text(reply->source));
	else
		log_event(event_of(outcome), reply->id,
			  "permission=%lld recipient=%s by=%s status=%d "
			  "call-id=%s from=%s",
			  (long long)row->id, log_text(row->recipient),
			  log_text(by), status, log_text(reply->call_id),
			  log_text(reply->source));
}
