#include "server/base/log.h"
#include "server/message/relay_private.h"

/*
 * Over a limit of their own a sender gets 486 with Retry-After.  503 speaks of
 * the whole server (RFC 3261 section 21.5.4): a proxy that relays for many
 * would send nobody's requests here for that time.  403 says that repeating is
 * of no use: that is true only for a list that is longer than an hour's
 * allowance.
 */
static enum progress refuse(struct relay *relay, int64_t wait_ms,
			    enum counter counter, const char *limit)
{
	int64_t wait_s = (wait_ms + 999) / 1000;
	char *value = arena_printf(relay->arena, "%lld", (long long)wait_s);

	count(relay->messages->settings.counters, counter);
	log_event(LOG_EVENT_SENDER_LIMITED, relay->request->id,
		  "limit=%s retry_after=%lld", limit, (long long)wait_s);
	if (wait_ms < 0)
		return relay_refuse(relay, 403,
				    "More Recipients Than Allowed in an Hour");
	relay_response_header(relay, VIEW("Retry-After"), view_of(value));
	return relay_refuse(relay, 486, "Sender Is Over Its Limit");
}

/** Whose allowances count; NULL: nobody's. */
static const char *sender_of(const struct relay *relay)
{
	return relay->messages->settings.allowances
		       ? relay->request->sender.aor[0]
		       : NULL;
}

enum progress relay_limit_rate(struct relay *relay)
{
	const struct messages_settings *settings = &relay->messages->settings;
	const char *sender = sender_of(relay);
	int64_t wait_ms =
		sender ? allowances_request(settings->allowances, sender,
					    loop_now_ms(settings->loop))
		       : 0;

	return wait_ms ? refuse(relay, wait_ms, COUNT_LIMITED_RATE,
				"sender-rate")
		       : PROGRESS_NEXT;
}

enum progress relay_limit_recipients(struct relay *relay)
{
	const struct messages_settings *settings = &relay->messages->settings;
	const char *sender = sender_of(relay);
	int64_t wait_ms =
		sender ? allowances_recipients(settings->allowances, sender,
					       relay->recipients.n,
					       loop_now_ms(settings->loop))
		       : 0;

	return wait_ms ? refuse(relay, wait_ms, COUNT_LIMITED_RECIPIENTS,
				"recipients-per-hour")
		       : PROGRESS_NEXT;
}
