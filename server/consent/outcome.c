#include "server/consent/outcome.h"

enum log_event outcome_event(enum reply_outcome outcome)
{
	switch (outcome) {
	case REPLY_GRANTED:
		return LOG_EVENT_GRANTED;
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

void outcome_count(struct counters *counters, enum reply_outcome outcome)
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
	case REPLY_OPPOSED:
	case REPLY_PRECONDITION:
	case REPLY_REMOVED_AT_ONCE:
		break;
	}
}

int outcome_status(enum reply_outcome outcome)
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
	case REPLY_ASKED:
	case REPLY_RATE_LIMITED:
		break;
	}
	return 200;
}
