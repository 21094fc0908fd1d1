#include "server/message/list_request.h"
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
static struct list_tally decide(struct list_request *list, bool *ret_granted)
{
	const struct messages_settings *settings = &list->messages->settings;
	const struct request *request = list->request;
	const struct identity *sender = request->sender.method == IDENTITY_NONE
						? NULL
						: &request->sender;
	struct recipients *set = &list->recipients;
	struct index_lookup *lookups =
		arena_array(list->arena, set->n, sizeof(*lookups));
	enum verdict *verdicts =
		arena_array(list->arena, set->n, sizeof(*verdicts));

	list->query_arena = arena_new(0);
	list->query = index_query_new(settings->index, list->query_arena,
				      sender, request->target_key);
	for (size_t i = 0; i < set->n; i++)
		lookups[i] =
			(struct index_lookup){.recipient = set->at[i].key,
					      .cached = &set->at[i].cached};
	index_decide_all(settings->index, list->query, lookups, set->n,
			 loop_wall_s(settings->loop));
	for (size_t i = 0; i < set->n; i++) {
		verdicts[i] = lookups[i].verdict;
		ret_granted[i] = verdicts[i] == VERDICT_GRANTED;
		count(settings->counters, counter_of(verdicts[i]));
	}
	return list_tally(verdicts, set->n);
}

static enum progress refuse_missing(struct list_request *list,
				    const bool *is_granted)
{
	size_t n = list->recipients.n;
	bool *is_missing = arena_array(list->arena, n, sizeof(*is_missing));

	for (size_t i = 0; i < n; i++)
		is_missing[i] = !is_granted[i];
	return list_refuse_missing(list, is_missing);
}

/* RFC 5393 section 5.3.3: each leg gets its share, at least 1. */
static enum progress share_breadth(struct list_request *list)
{
	list->breadth = limits_breadth(list->request->max_breadth,
				       list->messages->settings.breadth_max,
				       list->recipients.n);
	if (list->breadth.window == 0)
		return list_refuse(list, 440, "Max-Breadth Exceeded");
	return PROGRESS_NEXT;
}

enum progress list_authorize(struct list_request *list)
{
	size_t n = list->recipients.n;
	bool *is_granted = arena_array(list->arena, n, sizeof(*is_granted));
	struct list_tally tally = decide(list, is_granted);

	list->is_granted = is_granted;
	switch (list_decide(list->request->service->missing, tally)) {
	case LIST_REFUSE:
		return refuse_missing(list, is_granted);
	case LIST_NOBODY:
		return list_refuse(list, 480, NULL);
	case LIST_RELAY:
		break;
	}
	if (tally.granted < n) {
		list_log_missing(list, LOG_EVENT_RECIPIENTS_LEFT_OUT,
				 is_granted);
		record_left_out(list, is_granted);
	}
	list->is_granted = NULL;
	recipients_keep(&list->recipients, is_granted);
	return share_breadth(list);
}
