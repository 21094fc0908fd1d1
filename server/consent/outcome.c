#include "server/consent/outcome.h"

enum log_event outcome_event(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_GRANTED:
		return LOG_EVENT_GRANTED;
	case OUTCOME_DENIED:
		return LOG_EVENT_DENIED;
	case OUTCOME_ASKED:
		return LOG_EVENT_TRIGGERED;
	case OUTCOME_RATE_LIMITED:
		return LOG_EVENT_TRIGGER_RATE_LIMITED;
	case OUTCOME_REMOVED_AT_ONCE:
		return LOG_EVENT_EMPTY_GRANT;
	case OUTCOME_UNPROVED:
	case OUTCOME_FORGED:
	case OUTCOME_PRECONDITION:
	case OUTCOME_OPPOSED:
	case OUTCOME_UNKNOWN:
		break;
	}
	return LOG_EVENT_CONSENT_REPLY_REFUSED;
}

void outcome_count(struct counters *counters, enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_UNKNOWN:
		count(counters, COUNT_UNKNOWN_TOKENS);
		break;
	case OUTCOME_UNPROVED: /* also the first try of who uses digest */
	case OUTCOME_FORGED:
		count(counters, COUNT_FORGED_ANSWERS);
		break;
	case OUTCOME_GRANTED:
		count(counters, COUNT_GRANTS);
		break;
	case OUTCOME_DENIED:
		count(counters, COUNT_REVOCATIONS);
		break;
	case OUTCOME_RATE_LIMITED:
		count(counters, COUNT_ASK_RATE_LIMITED);
		break;
	case OUTCOME_ASKED:
	case OUTCOME_OPPOSED:
	case OUTCOME_PRECONDITION:
	case OUTCOME_REMOVED_AT_ONCE:
		break;
	}
}

int outcome_status(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_UNKNOWN:
		return 404;
	case OUTCOME_UNPROVED:
	case OUTCOME_FORGED:
		return 401;
	case OUTCOME_PRECONDITION:
		return 412;
	case OUTCOME_OPPOSED:
		return 403;
	case OUTCOME_REMOVED_AT_ONCE:
	case OUTCOME_GRANTED:
	case OUTCOME_DENIED:
	case OUTCOME_ASKED:
	case OUTCOME_RATE_LIMITED:
		break;
	}
	return 200;
}
