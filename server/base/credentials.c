#include "server/base/credentials.h"

#include "server/base/log.h"

void credentials_wanted(struct counters *counters, int64_t now, const char *id,
			const char *recipient, int status)
{
	int64_t said_at = counters->credentials_said_at;

	gauge_set(counters, GAUGE_CREDENTIALS, now);
	if (said_at && now < said_at + CREDENTIALS_SAY_S)
		return;
	counters->credentials_said_at = now;
	log_event(LOG_EVENT_CREDENTIALS_WANTED, id, "recipient=%s status=%d",
		  log_text(recipient), status);
}
