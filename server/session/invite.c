/* The only place that calls somebody: an INVITE out of any dialog. */
#include "server/session/session_private.h"

#define FIRST_CSEQ_MASK 0x3fffffffU /* under 2**30 */
#define INVITE_ROOM 2048	    /* bytes of strings, mostly */
#define HEADERS_ROOM 512	    /* of them */
#define SESSION_ID_BITS 62	    /* RFC 3264 section 5: under 2**62 */

/* ---- what it says -------------------------------------------------------- */

static void add_quoted(const char *display, struct text *ret)
{
	text_add(ret, "\"");
	for (const char *at = display; *at; at++) {
		if (*at == '"' || *at == '\\')
			text_add(ret, "\\");
		if ((unsigned char)*at >= ' ' && *at != 0x7f)
			text_add_bytes(ret, at, 1);
	}
	text_add(ret, "\" ");
}

static const char *from_of(const struct session *session, struct arena *arena)
{
	const struct invitation *invitation = &session->invitation;
	struct text text;

	text_init(&text, arena);
	if (invitation->display)
		add_quoted(invitation->display, &text);
	text_printf(&text, "<sip:%s@%s>", invitation->user, session->domain);
	return text.at;
}

static struct refresh_wish wish_of(const struct sessions *sessions)
{
	return (struct refresh_wish){
		.expires_s = sessions->settings.timers.expires_s,
		.min_se_s = sessions->settings.timers.min_se_s};
}

static struct view headers_of(const struct session *session,
			      struct arena *arena)
{
	const struct refresh_wish wish = wish_of(session->sessions);
	static const struct refresh none;
	struct text text;
	char timer[96];

	text_init(&text, arena);
	text_reserve(&text, HEADERS_ROOM);
	text_add(&text, SESSION_ALLOW);
	session_supported(session->sessions, view_of(session->retry.without),
			  &text);
	refresh_lines(&wish, &none, session->retry.min_se_s, timer);
	text_add(&text, timer);
	text_add_view(&text, session->invitation.headers);
	text_add_view(&text, session->invitation.assertion.privacy_line);
	return text_view(&text);
}

/* ---- the body ------------------------------------------------------------ */

static bool has_list(const struct session *session)
{
	return session->invitation.list && !session->retry.is_bare;
}

static void set_body(const struct session *session,
		     struct session_request *request)
{
	struct content plain = session_content(session->offer);
	const struct mime_tail *list = session->invitation.list;
	const struct mime_part first = {plain.lines, plain.body};
	struct leg_template *template = &request->template;

	template->content = plain.lines;
	template->body = plain.body;
	if (!has_list(session) ||
	    !mime_tail_head(request->arena, list, &first, &template->body))
		return;
	template->body_rest = list->bytes;
	template->small_content = plain.lines;
	template->small_body = plain.body;
	template->content = view_of(arena_printf(
		request->arena, "Content-Type: %s\r\n", list->type));
}

/* ---- leaving ------------------------------------------------------------- */

static bool still_permitted(struct leg *leg)
{
	const struct session *session =
		((struct session_request *)leg->owner)->session;

	return session->state == LIFE_CALLING &&
	       (!session->invitation.still_permitted ||
		session->invitation.still_permitted(session->arg));
}

static void know_hop(struct session *session, const struct leg_hop *hop)
{
	struct message *invite = &session->sessions->scratch;
	enum protocol channel =
		hop->flow ? hop->flow->peer.protocol : PROTOCOL_UDP;

	session_forks_release(session);
	dialog_set_free(session->set);
	session->set = NULL;
	message_read(invite, hop->bytes);
	if (dialog_set_new(invite, channel, &session->set) != ERR_OK)
		session->set = NULL;
	session->branch = arena_strdup(session->arena, hop->branch);
	session->hop = arena_strdup(session->arena, hop->uri);
	session->routes = arena_strdup(session->arena, hop->routes);
}

/* Its owner is told in the next turn, because this may come from inside
 * sip_send(), and that from inside session_invite(). */
static bool may_leave(struct leg *leg, const struct leg_hop *hop)
{
	struct session *session =
		((struct session_request *)leg->owner)->session;

	if (session->state != LIFE_CALLING)
		return false;
	/* A phone behind the hop before may answer yet. */
	if (leg->was_sent)
		late_add_session(session);
	session->cseq = leg->cseq; /* the next one after a challenge */
	know_hop(session, hop);
	session->is_waiting = true;
	session_tell(session, SESSION_DUE_LEAVING);
	return false;
}

static void set_template(struct session *session,
			 struct session_request *request)
{
	const struct invitation *invitation = &session->invitation;
	struct leg_template *template = &request->template;

	template->method = "INVITE";
	template->from = from_of(session, request->arena);
	template->from_tag = session->local_tag;
	template->max_forwards = invitation->max_forwards;
	template->headers = headers_of(session, request->arena);
	template->asserted = invitation->assertion.asserted;
	template->privacy = invitation->assertion.privacy;
	set_body(session, request);
}

static void set_leg(struct session *session, struct leg *leg)
{
	const struct invitation *invitation = &session->invitation;

	leg->request_uri = invitation->request_uri;
	leg->call_id = session->call_id;
	leg->cseq = session->cseq;
	leg->max_breadth = invitation->max_breadth;
	leg->trigger = invitation->trigger;
	leg->contact = invitation->user;
	leg->contact_params = invitation->contact_params;
	leg->still_permitted = still_permitted;
	leg->may_leave = may_leave;
}

void invite_send(struct session *session)
{
	struct session_request *request =
		session_request_empty(session->sessions, INVITE_ROOM);

	session->retry.n_invites++;
	session->was_heard = false;
	session_ours_free(session->offer);
	session->offer = session_offer(session, NULL);
	session_request_own(request, session);
	session->invite = request;
	request->response = invite_response;
	request->over = invite_over;
	set_template(session, request);
	set_leg(session, &request->leg);
	session_request_send(request);
}

/* ---- the first one ------------------------------------------------------- */

static struct view copy(struct arena *arena, struct view v)
{
	return v.len ? (struct view){arena_copy(arena, v.at, v.len), v.len}
		     : VIEW_NONE;
}

static void copy_invitation(struct session *session,
			    const struct invitation *from)
{
	struct invitation *to = &session->invitation;
	struct arena *arena = session->arena;

	*to = *from;
	to->request_uri = arena_strdup(arena, from->request_uri);
	to->user = arena_strdup(arena, from->user);
	to->display = arena_strdup(arena, from->display);
	to->contact_params = arena_strdup(arena, from->contact_params);
	to->trigger = arena_strdup(arena, from->trigger);
	to->headers = copy(arena, from->headers);
	to->assertion = assertion_copy(arena, &from->assertion);
	mime_tail_hold(to->list);
}

void session_set_local(struct session *session, const struct media_end *local)
{
	uint64_t id = (uint64_t)session_random() << 32 | session_random();

	session->local = *local;
	session->local.host.text = copy(session->arena, local->host.text);
	if (!session->local.session_id)
		session->local.session_id = id >> (64 - SESSION_ID_BITS);
	if (!session->local.version)
		session->local.version = 1;
}

struct session *session_invite(struct sessions *sessions,
			       const struct invitation *invitation,
			       const struct session_user *user, void *arg)
{
	struct session *session = session_new(sessions, user, arg);

	session->state = LIFE_CALLING;
	copy_invitation(session, invitation);
	session->user_part = session->invitation.user;
	session->domain = invitation->domain ? invitation->domain
					     : sessions->settings.domain;
	session->contact_params = session->invitation.contact_params;
	session->local_tag = session_random_hex(session->arena);
	session->call_id = arena_printf(session->arena, "%s@%s",
					session_random_hex(session->arena),
					session->domain);
	session->cseq = (session_random() & FIRST_CSEQ_MASK) + 1;
	session_set_local(session, &invitation->local);
	invite_send(session);
	return session;
}
