#include "server/list/lists.h"

#include "policies/privacy.h"
#include "server/base/log.h"
#include "server/list/list_request.h"

/** A request is copied for its legs, with and without a history list, and for
 *  the journal. */
#define WORK_COPIES 4

static void list_request_free(struct list_request *list)
{
	struct lists *lists = list->lists;

	if (list->previous)
		list->previous->next = list->next;
	else
		lists->first = list->next;
	if (list->next)
		list->next->previous = list->previous;
	lists->n--;
	lists->bytes -= list->bytes;
	gauge_add(lists->settings.counters, GAUGE_REQUESTS, -1);
	if (list->plan->release)
		list->plan->release(list);
	arena_free(list->query_arena);
	list_image_release(list->stored);
	if (!list->is_request_kept)
		request_free(list->request); /* the list lives in its arena */
}

/* ---- the driver --------------------------------------------------------- */

/* A step that is wrong about this would send a list without its response, or
 * respond twice. */
static void check_progress(const struct list_request *list,
			   enum progress progress)
{
	const struct plan *plan = list->plan;

	if (progress == PROGRESS_OVER)
		return;
	if (progress == PROGRESS_REFUSE && list->at >= plan->respond)
		err_fatal("a list was refused after its response");
	if (progress == PROGRESS_REFUSE && list->response.status < 300)
		err_fatal("a list was refused without a reason");
	if (list->at + 1 == plan->respond && !list->response.status)
		err_fatal("a list has come to its response without one");
}

/* @return false: the step waits. */
static bool step_run(struct list_request *list)
{
	const struct plan *plan = list->plan;
	enum progress progress = plan->steps[list->at].run(list);

	if (progress == PROGRESS_WAIT)
		return false;
	check_progress(list, progress);
	/* The one jump there is: a refusal goes to its response. */
	if (progress == PROGRESS_REFUSE)
		list->at = plan->respond;
	else if (progress == PROGRESS_OVER)
		list->at = plan->n;
	else
		list->at++;
	log_event(LOG_EVENT_STEP, list->request->id, "next=%s",
		  list->at == plan->n ? "done" : plan->steps[list->at].name);
	return true;
}

void list_run(struct list_request *list)
{
	if (list->state == LIST_RUNNING)
		err_fatal("the driver of a list was entered twice");
	list->state = LIST_RUNNING;
	while (list->at < list->plan->n) {
		if (!step_run(list)) {
			list->state = LIST_WAITING;
			return;
		}
	}
	list_request_free(list);
}

static struct list_request *list_request_new(struct lists *lists,
					     struct request *request)
{
	struct list_request *list = arena_alloc(request->arena, sizeof(*list));

	list->lists = lists;
	list->request = request;
	list->arena = request->arena;
	list->bytes = WORK_COPIES * arena_size(request->arena);
	list->next = lists->first;
	if (list->next)
		list->next->previous = list;
	lists->first = list;
	lists->n++;
	lists->bytes += list->bytes;
	gauge_add(lists->settings.counters, GAUGE_REQUESTS, 1);
	return list;
}

static void log_received(const struct request *request)
{
	const char *sender = request->sender.aor[0];

	log_event(LOG_EVENT_RECEIVED, request->id,
		  "method=%s target=%s sender=%s bytes=%zu call-id=%s from=%s",
		  request->method, log_text(request->target_key),
		  log_text(sender ? sender : "anonymous"), request->body.len,
		  log_text(request->call_id), log_text(request->source));
}

static struct view display_of(const char *from)
{
	struct view name = view_of(from);

	return view_trim(view_head(name, view_find(name, '<', 0)));
}

/* What nobody proved is not passed on: a recipient would take it for who
 * writes.  Where they hide already, they do so more thoroughly. */
static void hide_unproved(struct list_request *list)
{
	struct request *request = list->request;

	if (request->sender.method != IDENTITY_NONE)
		return;
	list->is_hiding = privacy_is_asked(request->privacy, request->from_key,
					   display_of(request->from));
	request->privacy &= ~(unsigned)PRIVACY_NONE;
	request->privacy |= PRIVACY_USER;
}

void lists_receive(struct lists *lists, const struct plan *plan, void *module,
		   struct request *request)
{
	struct list_request *list = list_request_new(lists, request);

	list->plan = plan;
	list->module = module;
	log_received(request);
	hide_unproved(list);
	list_run(list);
}

/* ---- the room ----------------------------------------------------------- */

struct lists *lists_new(const struct lists_settings *settings)
{
	struct lists *lists = mem_alloc(sizeof(*lists));

	*lists = (struct lists){.settings = *settings};
	return lists;
}

size_t lists_count(const struct lists *lists)
{
	return lists->n;
}

size_t lists_bytes(const struct lists *lists)
{
	return lists->bytes;
}

void lists_drop(struct lists *lists, const void *module)
{
	struct list_request *next;

	for (struct list_request *it = lists->first; it; it = next) {
		next = it->next;
		if (it->module == module)
			list_request_free(it);
	}
}

void lists_free(struct lists *lists)
{
	if (lists && lists->first)
		err_fatal("a list is left whose module is gone");
	free(lists);
}
