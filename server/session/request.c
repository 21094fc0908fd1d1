#include "server/session/session_private.h"

#define IN_DIALOG_FORWARDS 70 /* RFC 3261 section 8.1.1.6 */

/* An answer to BYE, or to the INVITE, which looks at it itself, has no fork. */
static void response_came(struct leg *leg, const struct message *response)
{
	struct session_request *request = leg->owner;
	const struct edge_message message = {.message = response,
					     .from = response->from,
					     .method =
						     request->template.method};

	if (request->fork && leg->dialog &&
	    strcmp(request->template.method, "ACK") != 0)
		dialog_request_renumbered(request->fork->dialog,
					  view_of(request->template.method),
					  leg->cseq);
	if (request->response)
		request->response(request, response);
	if (request->fork)
		session_identify_in(request->fork, &message);
}

/* Who ends a call needs nobody's permission. */
static bool always(struct leg *leg)
{
	(void)leg;
	return true;
}

static void request_free_it(struct session_request *request)
{
	TAILQ_REMOVE(&request->sessions->requests, request, link);
	if (request->fork && request->fork->prack == request)
		request->fork->prack = NULL;
	if (request->session)
		request->session->n_requests--;
	arena_free(request->arena);
}

static void leg_ended(struct leg *leg)
{
	struct session_request *request = leg->owner;
	struct session *session = request->session;

	if (request->over)
		request->over(request);
	request_free_it(request);
	if (session)
		session_settle(session);
}

/* The user for whom we act, in all that we send for them (RFC 5876 section
 * 4.1); and what they want hidden goes with it. */
void session_request_identify(struct session_request *request,
			      const struct assertion *assertion)
{
	struct text lines;

	if (!assertion->asserted.len)
		return;
	text_init(&lines, request->arena);
	text_add_view(&lines, assertion->asserted);
	text_add_view(&lines, assertion->privacy_line);
	request->template.asserted = text_view(&lines);
	request->template.privacy = assertion->privacy;
}

void session_request_own(struct session_request *request,
			 struct session *session)
{
	session_request_identify(request, &session->invitation.assertion);
	request->session = session;
	session->n_requests++;
}

struct session_request *session_request_empty(struct sessions *sessions,
					      size_t room)
{
	struct arena *arena =
		arena_new_tight(sizeof(struct session_request) + room);
	struct session_request *request = arena_alloc(arena, sizeof(*request));

	request->arena = arena;
	request->sessions = sessions;
	request->template = (struct leg_template){
		.max_forwards = IN_DIALOG_FORWARDS, .verdict = TEMPLATE_UNREAD};
	request->leg = (struct leg){.template = &request->template,
				    .still_permitted = always,
				    .response = response_came,
				    .ended = leg_ended,
				    .owner = request};
	TAILQ_INSERT_TAIL(&sessions->requests, request, link);
	return request;
}

static struct view copy(struct arena *arena, struct view v)
{
	return v.len ? (struct view){arena_copy(arena, v.at, v.len), v.len}
		     : VIEW_NONE;
}

struct assertion assertion_copy(struct arena *arena,
				const struct assertion *from)
{
	return (struct assertion){.asserted = copy(arena, from->asserted),
				  .privacy_line =
					  copy(arena, from->privacy_line),
				  .privacy = from->privacy};
}

static void set_parts(struct session_request *request,
		      const struct session_request_parts *parts)
{
	struct leg_template *template = &request->template;
	struct arena *arena = request->arena;

	template->method = parts->method;
	template->headers = copy(arena, parts->lines);
	template->content = copy(arena, parts->content.lines);
	template->body = copy(arena, parts->content.body);
	request->leg.contact = arena_strdup(arena, parts->contact);
	request->leg.contact_params =
		arena_strdup(arena, parts->contact_params);
}

static void set_dialog(struct session_request *request,
		       const struct dialog *dialog,
		       const struct dialog_request *made)
{
	request->dialog = (struct leg_dialog){.to = made->to,
					      .from = made->from,
					      .routes = made->routes,
					      .next_hop = made->next_hop};
	request->template.from = made->from;
	request->template.from_tag =
		arena_strdup(request->arena, dialog->local_tag);
	request->leg.dialog = &request->dialog;
	request->leg.request_uri = made->request_uri;
	request->leg.call_id = made->call_id;
	request->leg.cseq = made->cseq;
}

struct session_request *
session_request_new(struct sessions *sessions, struct dialog *dialog,
		    const struct session_request_parts *parts)
{
	struct session_request *request =
		session_request_empty(sessions, SESSION_REQUEST_ROOM);
	struct dialog_request made;

	if (dialog_request_make(dialog, parts->method, request->arena, &made) !=
	    ERR_OK) {
		request_free_it(request);
		return NULL;
	}
	set_dialog(request, dialog, &made);
	set_parts(request, parts);
	return request;
}

struct session_request *
session_acknowledgement(struct session_fork *fork,
			const struct session_request *invite)
{
	struct session_request_parts parts = {.method = "ACK"};
	struct session_request *ack;
	struct text lines;

	text_init(&lines, NULL);
	if (invite)
		sip_add_credentials(&invite->leg, &lines);
	parts.lines = text_view(&lines);
	ack = session_request_new(fork->session->sessions, fork->dialog,
				  &parts);
	text_release(&lines);
	return ack;
}

void session_request_send(struct session_request *request)
{
	sip_send(request->sessions->settings.sip, &request->leg);
}

void session_request_drop(struct session_request *request)
{
	if (!request)
		return;
	sip_drop(request->sessions->settings.sip, &request->leg);
	request_free_it(request);
}

/* ---- lines --------------------------------------------------------------- */

static bool is_among(struct view tag, struct view tags)
{
	struct view item;

	while (view_next_item(&tags, &item))
		if (view_equal_nocase(item, tag))
			return true;
	return false;
}

static void add_tags(struct view tags, struct view without, struct text *ret)
{
	struct view item;

	while (view_next_item(&tags, &item)) {
		if (is_among(item, without))
			continue;
		text_add(ret, ret->len ? ", " : "");
		text_add_view(ret, item);
	}
}

void session_supported(const struct sessions *sessions, struct view without,
		       struct text *ret)
{
	struct text tags;

	text_init(&tags, NULL);
	add_tags(VIEW("100rel, timer"), without, &tags);
	add_tags(view_of(sessions->settings.supported), without, &tags);
	if (tags.len)
		text_add_header(ret, VIEW("Supported"), text_view(&tags));
	text_release(&tags);
}

void session_reason(const char *reason, struct text *ret)
{
	if (reason)
		text_add_header(ret, VIEW("Reason"), view_of(reason));
}
