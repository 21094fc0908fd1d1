#include "server/base/loop.h"
#include "server/list/list_request.h"

static enum counter counter_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_GRANTED:
	case VERDICT_UNTOLD:
		return COUNT_DECIDED_GRANTED;
	case VERDICT_DENIED:
		return COUNT_DECIDED_DENIED;
	case VERDICT_MISSING:
		break;
	}
	return COUNT_DECIDED_MISSING;
}

/* One decision a recipient. */
static struct list_tally decide(struct list_request *list)
{
	const struct lists_settings *settings = &list->lists->settings;
	const struct request *request = list->request;
	const struct identity *sender = request->sender.method == IDENTITY_NONE
						? NULL
						: &request->sender;
	struct recipients *set = &list->recipients;
	char room[KIND_NAME_MAX + 1];
	struct index_lookup *lookups =
		arena_array(list->arena, set->n, sizeof(*lookups));
	enum verdict *verdicts =
		arena_array(list->arena, set->n, sizeof(*verdicts));

	list->query_arena = arena_new(0);
	list->query = index_query_new(
		settings->index, list->query_arena, sender, request->target_key,
		kinds_of_method(request->method, NULL, room));
	for (size_t i = 0; i < set->n; i++)
		lookups[i] =
			(struct index_lookup){.recipient = set->at[i].key,
					      .cached = &set->at[i].cached};
	index_decide_all(settings->index, list->query, lookups, set->n,
			 loop_wall_s(settings->loop));
	for (size_t i = 0; i < set->n; i++) {
		/* A leg to who is yet to be told waits for that. */
		verdicts[i] = set->at[i].is_list
				      ? VERDICT_MISSING
				      : verdict_when_told(lookups[i].verdict);
		count(settings->counters, counter_of(verdicts[i]));
	}
	list->verdicts = verdicts;
	return list_tally(verdicts, set->n);
}

/* RFC 5393 section 5.3.3: each leg gets its share, at least 1. */
static enum progress share_breadth(struct list_request *list)
{
	size_t n = list->recipients.n;

	list->breadth =
		limits_breadth(list->request->max_breadth,
			       list->lists->settings.breadth_max, n ? n : 1);
	if (list->breadth.window == 0)
		return list_refuse(list, 440, "Max-Breadth Exceeded");
	return PROGRESS_NEXT;
}

static enum missing_rule missing_of(const struct list_request *list)
{
	return list->stored ? MISSING_OMITS : list->request->service->missing;
}

/* Who is in somebody else's list is not for the sender to know, nor how many,
 * nor whether there is anybody (RFC 4453 REQ 13): it is taken all the same. */
static bool is_unseen(const struct list_request *list)
{
	return list->stored && !list->is_owners;
}

enum progress list_authorize(struct list_request *list)
{
	struct list_tally tally = decide(list);

	switch (list_decide(missing_of(list), tally)) {
	case LIST_REFUSE:
		return list_refuse_missing(list);
	case LIST_NOBODY:
		if (is_unseen(list))
			break;
		return list->request->sender.method == IDENTITY_NONE
			       ? list_refuse_unproved(list)
			       : list_refuse(list, 480, NULL);
	case LIST_RELAY:
		break;
	}
	if (tally.granted < list->recipients.n) {
		list_log_missing(list, LOG_EVENT_RECIPIENTS_LEFT_OUT);
		recipients_keep_granted(&list->recipients, list->verdicts);
	}
	list->verdicts = NULL;
	return share_breadth(list);
}
