/* An INVITE to a service makes a conference (RFC 5366, RFC 4579 section 5.4).
 *
 *   rate -> translate -> authorize -> recipients -> open -> respond
 *
 * The steps of a list are those of server/list; the last but one makes the
 * conference, in memory, and hands the request to the session, which answers
 * it: with 200 when the rows are on disk.
 */
#include "server/focus/focus_private.h"

#include "policies/privacy.h"
#include "server/base/log.h"

/** As many bytes of a history list as MESSAGE gives. */
#define HISTORY_MAX 65536

static enum progress authorize(struct list_request *list)
{
	if (list->translation.has_list)
		return list_authorize(list);
	if (list->request->requires_list)
		return list_refuse(list, 400, "Recipient List Missing");
	list->breadth = limits_breadth(list->request->max_breadth,
				       list->lists->settings.breadth_max, 1);
	return list->breadth.window
		       ? PROGRESS_NEXT
		       : list_refuse(list, 440, "Max-Breadth Exceeded");
}

static enum progress limit_recipients(struct list_request *list)
{
	return list->recipients.n > 0 ? list_limit_recipients(list)
				      : PROGRESS_NEXT;
}

/* ---- what all its calls have in common ----------------------------------- */

static const struct header *header_find(const struct request *request,
					const char *name)
{
	for (size_t i = 0; i < request->n_headers; i++) {
		const struct header *it = &request->headers[i];

		if (view_equal_nocase(it->name, view_of(name)) &&
		    !view_has_control(it->value))
			return it;
	}
	return NULL;
}

/* Of the creator's dialog nothing is copied but what the call is about. */
static const char *subject_of(const struct request *request)
{
	const struct header *subject = header_find(request, "Subject");

	if (!subject || privacy_drops_header(request->privacy, subject->name))
		return NULL;
	return view_copy(request->arena, subject->value);
}

static void add_headers(struct conference_room *room, struct view priority)
{
	struct text lines;

	text_init(&lines, room->arena);
	text_add(&lines, "Accept: application/sdp\r\n");
	if (room->subject)
		text_add_header(&lines, VIEW("Subject"),
				view_of(room->subject));
	if (priority.len)
		text_add_header(&lines, VIEW("Priority"), priority);
	room->headers = text_view(&lines);
}

void room_compose(struct conference_room *room)
{
	add_headers(room, VIEW_NONE);
}

static void compose(struct conference_room *room, const struct request *request)
{
	const struct header *priority = header_find(request, "Priority");

	add_headers(room, priority ? priority->value : VIEW_NONE);
	caller_assert(room->caller, request);
	room->max_forwards = request->max_forwards - 1; /* RFC 7332 */
}

/* RFC 5366 section 5.2, RFC 5364 section 5: who else is called, but for blind
 * copies. */
void room_write_history(struct conference_room *room,
			const struct recipients *set)
{
	struct arena *arena = arena_new(0);
	struct resource_list_name *names =
		arena_array(arena, set->n + 1, sizeof(*names));
	struct text text;

	for (size_t i = 0; i < set->n; i++)
		names[i] = (struct resource_list_name){set->at[i].name,
						       set->at[i].copy,
						       set->at[i].is_anonymous};
	text_init(&text, arena);
	if (resource_list_write_history(names, set->n, &text) &&
	    text.len <= HISTORY_MAX)
		room->history = mime_tail_new(&(struct mime_part){
			VIEW("Content-Type: application/resource-lists+xml\r\n"
			     "Content-Disposition: recipient-list-history;"
			     "handling=optional\r\n"),
			text_view(&text)});
	arena_free(arena);
}

/* ---- the conference ------------------------------------------------------ */

static void add_callees(struct conference_room *room,
			const struct list_request *list)
{
	const struct recipients *set = &list->recipients;

	for (size_t i = 0; i < set->n; i++) {
		const struct recipient *it = &set->at[i];
		struct callee callee = {.uri = it->uri,
					.key = it->key,
					.name = it->name,
					.copy = it->copy,
					.is_anonymous = it->is_anonymous,
					.caller = room->caller,
					.cached = it->cached};

		/* Who made it is there already. */
		if (!uri_keys_name_one(it->key, room->sender))
			party_add_callee(room, &callee);
	}
}

static struct conference_room *make_room(struct list_request *list)
{
	struct conferences *conferences = list->module;
	const struct request *request = list->request;
	const struct room_order order = {.service = request->service,
					 .service_name = request->service->name,
					 .sender = &request->sender,
					 .subject = subject_of(request),
					 .call_id = request->call_id,
					 .source = request->source};
	struct conference_room *room = room_make(conferences, &order);

	compose(room, request);
	room->breadth = list->breadth;
	room_write_history(room, &list->recipients);
	for (size_t i = 0; i < list->recipients.n_left_out; i++)
		room_note_left_out(room, list->recipients.left_out[i].key,
				   list->recipients.left_out[i].cached.row);
	return room;
}

static enum progress refuse_over(struct list_request *list,
				 const struct conference_limit *limit)
{
	char *value = arena_printf(list->arena, "%d", limit->retry_after_s);

	if (limit->retry_after_s > 0)
		list_response_header(list, VIEW("Retry-After"), view_of(value));
	return list_refuse(list, limit->status, limit->reason);
}

static enum progress check_limits(struct list_request *list)
{
	struct conferences *conferences = list->module;
	struct conference_limit limit = conferences_limit(
		conferences, list->request->sender.aor[0], list->recipients.n);

	if (conferences->is_draining)
		return list_refuse_busy(list, OVERLOAD_STOPPING, NULL);
	if (list->recipients.n + 1 > conferences->settings.parties_max)
		return list_refuse(list, 413, "Too Many Parties");
	return limit.status ? refuse_over(list, &limit) : PROGRESS_NEXT;
}

/* RFC 3891 section 3: a service has no call that could be replaced; who comes
 * back calls the conference. */
static enum progress check_replaces(struct list_request *list)
{
	struct conferences *conferences = list->module;
	struct session *session;
	int status = session_replaces(conferences->settings.sessions,
				      list->request, &session);

	if (status || session)
		return list_refuse(list, status ? status : 403, NULL);
	return PROGRESS_NEXT;
}

/* The request is the party's, and through it the session's. */
static enum progress open_room(struct list_request *list)
{
	enum progress progress = check_replaces(list);
	struct conference_room *room;
	struct conference_party *creator;
	enum party_answer answer;

	if (progress == PROGRESS_NEXT)
		progress = check_limits(list);
	if (progress != PROGRESS_NEXT)
		return progress;
	room = make_room(list);
	creator = party_add_dial_in(room, list->request);
	add_callees(room, list);
	answer = party_accept(creator);
	if (answer == PARTY_ACCEPTED) {
		list->is_request_kept = true;
		return PROGRESS_OVER;
	}
	room_discard(room);
	return answer == PARTY_REFUSED
		       ? PROGRESS_OVER
		       : list_refuse_busy(list, OVERLOAD_REQUESTS,
					  "No Media Port");
}

static enum progress respond(struct list_request *list)
{
	struct conferences *conferences = list->module;

	if (list->response.status >= 300)
		refusals_take_list(conferences->refusals, list);
	return list_respond(list);
}

/** The step that refusals go to. */
#define RESPOND 5

/* clang-format off */
static const struct step steps[] = {
	{ "rate",       list_limit_rate },
	{ "translate",  list_translate },
	{ "authorize",  authorize },
	{ "recipients", limit_recipients },
	{ "open",       open_room },
	[RESPOND] =
	{ "respond",    respond },
};
/* clang-format on */

static const struct plan plan = {.steps = steps,
				 .n = sizeof(steps) / sizeof(steps[0]),
				 .respond = RESPOND,
				 .is_list_optional = true};

void conferences_receive(struct conferences *conferences,
			 struct request *request)
{
	lists_receive(conferences->settings.lists, &plan, conferences, request);
}
