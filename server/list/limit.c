#include "server/base/log.h"
#include "server/base/loop.h"
#include "server/list/list_request.h"

/*
 * Over a limit of their own a sender gets 486 with Retry-After.  503 speaks of
 * the whole server (RFC 3261 section 21.5.4): a proxy that relays for many
 * would send nobody's requests here for that time.  403 says that repeating is
 * of no use: that is true only for a list that is longer than an hour's
 * allowance.
 */
enum progress list_refuse_limited(struct list_request *list, int64_t wait_ms,
				  enum counter counter, const char *limit)
{
	int64_t wait_s = (wait_ms + 999) / 1000;
	char *value = arena_printf(list->arena, "%lld", (long long)wait_s);

	count(list->lists->settings.counters, counter);
	log_event(LOG_EVENT_SENDER_LIMITED, list->request->id,
		  "limit=%s retry_after=%lld", limit, (long long)wait_s);
	if (wait_ms < 0)
		return list_refuse(list, 403,
				   "More Recipients Than Allowed in an Hour");
	list_response_header(list, VIEW("Retry-After"), view_of(value));
	return list_refuse(list, 486, "Sender Is Over Its Limit");
}

const char *list_limited_sender(const struct list_request *list)
{
	const struct lists_settings *settings = &list->lists->settings;
	const char *sender = list->request->sender.aor[0];

	return settings->allowances && sender
		       ? allowance_name(list->arena, sender,
					domains_of(&settings->ours.domains,
						   list->request->target_key))
		       : NULL;
}

enum progress list_limit_rate(struct list_request *list)
{
	const struct lists_settings *settings = &list->lists->settings;
	const char *sender = list_limited_sender(list);
	int64_t wait_ms =
		sender ? allowances_request(settings->allowances, sender,
					    loop_now_ms(settings->loop))
		       : 0;

	return wait_ms ? list_refuse_limited(list, wait_ms, COUNT_LIMITED_RATE,
					     "sender-rate")
		       : PROGRESS_NEXT;
}

/** @return as allowances_recipients() */
static int64_t wait_of(const struct list_request *list)
{
	const struct lists_settings *settings = &list->lists->settings;
	int64_t now_ms = loop_now_ms(settings->loop);
	const char *sender = list_limited_sender(list);
	size_t n = list->recipients.n;

	if (!settings->allowances)
		return 0;
	if (list->stored && !list->is_owners)
		return sender ? allowances_unseen(settings->allowances, sender,
						  list->stored->n, now_ms)
			      : 0;
	return sender ? allowances_recipients(settings->allowances, sender, n,
					      now_ms)
		      : allowances_unproved(settings->allowances, n, now_ms);
}

enum progress list_limit_recipients(struct list_request *list)
{
	const char *limit = list->request->sender.method == IDENTITY_NONE
				    ? "unauthenticated-recipients-per-hour"
				    : "recipients-per-hour";
	int64_t wait_ms = wait_of(list);

	return wait_ms ? list_refuse_limited(list, wait_ms,
					     COUNT_LIMITED_RECIPIENTS, limit)
		       : PROGRESS_NEXT;
}
