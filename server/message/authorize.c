#include "server/message/relay_private.h"
#include "server/message/record.h"

static enum counter counter_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_GRANTED:
		return COUNT_DECIDED_GRANTED;
	case VERDICT_DENIED:
		return COUNT_DECIDED_DENIED;
	case VERDICT_MISSING:
		break;
	}
	return COUNT_DECIDED_MISSING;
}

/* One decision a recipient. */
static struct list_tally decide(struct relay *relay, bool *ret_granted)
{
	const struct messages_settings *settings = &relay->messages->settings;
	const struct request *request = relay->request;
	const struct identity *sender = request->sender.method == IDENTITY_NONE
						? NULL
						: &request->sender;
	struct recipients *set = &relay->recipients;
	struct index_lookup *lookups =
		arena_array(relay->arena, set->n, sizeof(*lookups));
	enum verdict *verdicts =
		arena_array(relay->arena, set->n, sizeof(*verdicts));

	relay->query_arena = arena_new(0);
	relay->query = index_query_new(settings->index, relay->query_arena,
				       sender, request->target_key);
	for (size_t i = 0; i < set->n; i++)
		lookups[i] =
			(struct index_lookup){.recipient = set->at[i].key,
					      .cached = &set->at[i].cached};
	index_decide_all(settings->index, relay->query, lookups, set->n,
			 loop_wall_s(settings->loop));
	for (size_t i = 0; i < set->n; i++) {
		verdicts[i] = lookups[i].verdict;
		ret_granted[i] = verdicts[i] == VERDICT_GRANTED;
		count(settings->counters, counter_of(verdicts[i]));
	}
	return list_tally(verdicts, set->n);
}

static enum progress refuse_missing(struct relay *relay, const bool *is_granted)
{
	size_t n = relay->recipients.n;
	bool *is_missing = arena_array(relay->arena, n, sizeof(*is_missing));

	for (size_t i = 0; i < n; i++)
		is_missing[i] = !is_granted[i];
	return relay_refuse_missing(relay, is_missing);
}

/* RFC 5393 section 5.3.3: each leg gets its share, at least 1. */
static enum progress share_breadth(struct relay *relay)
{
	relay->breadth = limits_breadth(relay->request->max_breadth,
					relay->messages->settings.breadth_max,
					relay->recipients.n);
	if (relay->breadth.window == 0)
		return relay_refuse(relay, 440, "Max-Breadth Exceeded");
	return PROGRESS_NEXT;
}

enum progress relay_authorize(struct relay *relay)
{
	size_t n = relay->recipients.n;
	bool *is_granted = arena_array(relay->arena, n, sizeof(*is_granted));
	struct list_tally tally = decide(relay, is_granted);

	relay->is_granted = is_granted;
	switch (list_decide(relay->request->service->missing, tally)) {
	case LIST_REFUSE:
		return refuse_missing(relay, is_granted);
	case LIST_NOBODY:
		return relay_refuse(relay, 480, NULL);
	case LIST_RELAY:
		break;
	}
	if (tally.granted < n) {
		relay_log_missing(relay, LOG_EVENT_RECIPIENTS_LEFT_OUT,
				  is_granted);
		record_left_out(relay, is_granted);
	}
	relay->is_granted = NULL;
	recipients_keep(&relay->recipients, is_granted);
	return share_breadth(relay);
}
