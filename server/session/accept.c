/* An INVITE of theirs, out of any dialog (RFC 3261 section 13.3). */
#include "server/session/body.h"
#include "server/session/session_private.h"

#define FIRST_CSEQ_MASK 0x3fffffffU /* under 2**30 */

/** Why it is refused. */
struct refusal {
	int status;
	struct text lines;
};

static void refuse(const struct sessions *sessions, struct request *request,
		   const struct refusal *refusal)
{
	const struct response response = {
		.status = refusal->status,
		.content = {.lines = text_view(&refusal->lines)}};

	edge_respond(sessions->settings.edge, request, &response);
}

/* ---- the dialog ---------------------------------------------------------- */

static int make_dialog(struct session *session, const struct message *invite)
{
	const struct request *request = session->request;
	const struct dialog_ours ours = {
		.tag = view_of(request->tag),
		.first_cseq = (session_random() & FIRST_CSEQ_MASK) + 1,
		.channel = (enum protocol)request->channel};
	struct dialog *dialog;
	enum err err = dialog_accept(invite, &ours, &dialog);

	if (err)
		return err == ERR_EXISTS ? 481 : 400;
	session->fork = session_fork_add(session, dialog);
	return 0;
}

/* ---- offer and answer ---------------------------------------------------- */

static int answer_offer(struct session_fork *fork, struct view offer,
			struct text *lines)
{
	struct media_refusal refusal;
	struct session_ours *ours = session_answer(fork, offer, &refusal);

	if (!ours) {
		change_warning(fork->session, &refusal, lines);
		return refusal.status;
	}
	fork->media = ours->draft.session;
	fork->is_agreed = true;
	session_ours_take(fork, ours);
	return 0;
}

static void add_accept(const struct body_found *found, struct text *lines)
{
	if (found->is_encoded)
		text_add(lines, "Accept-Encoding: identity\r\n");
	else if (found->status == 415)
		text_add(lines, "Accept: application/sdp\r\n");
}

static int describe(struct session *session, const struct message *invite,
		    struct text *lines)
{
	struct session_fork *fork = session->fork;
	struct body_found found;

	body_find_sdp(session->arena, invite, BODY_FIRST_INVITE, &found);
	if (found.status) {
		add_accept(&found, lines);
		return found.status;
	}
	offer_step(&fork->turn, OFFER_MESSAGE_INVITE, OFFER_SIDE_THEIRS,
		   found.has_sdp, &fork->turn);
	if (found.has_sdp)
		return answer_offer(fork, found.sdp, lines);
	session_ours_take(fork, session_offer(session, fork));
	return 0;
}

/* ---- the session timer --------------------------------------------------- */

static int agree_on_refresh(struct session *session,
			    const struct message *invite, struct text *lines)
{
	const struct session_timers *timers =
		&session->sessions->settings.timers;
	const struct refresh_wish wish = {timers->expires_s, timers->min_se_s};
	struct refresh_head head;
	struct refresh_reply reply;

	refresh_head_read(invite, &head);
	refresh_answer(&head, &wish, &reply);
	if (reply.status) {
		text_printf(lines, "Min-SE: %d\r\n", reply.min_se_s);
		return reply.status;
	}
	session->refresh = reply.agreed;
	session->takes_update =
		refresh_names_tag(invite, FIELD_ALLOW, VIEW("UPDATE"));
	memcpy(session->refresh_lines, reply.lines,
	       sizeof(session->refresh_lines));
	return 0;
}

/* ---- all of it ----------------------------------------------------------- */

static void cancelled(struct request *request)
{
	struct session *session = request->owner;

	session_because(session, SESSION_CANCELLED, 487, "Cancelled");
	session_happens(session, LIFE_GOT_CANCEL);
}

/* Who answers in this dialog, as the edge says in the answer to the INVITE. */
static void know_self(struct session *session)
{
	const struct request *request = session->request;
	struct text line;

	text_init(&line, session->arena);
	text_printf(&line, "P-Asserted-Identity: <sip:%s@%s>\r\n",
		    request->service ? request->service->name
				     : session->user_part,
		    session->domain);
	session->self.asserted = text_view(&line);
}

static int examine(struct session *session, struct text *lines)
{
	struct message *invite = &session->sessions->scratch;
	int status;

	message_read(invite, session->request->bytes);
	status = make_dialog(session, invite);
	if (!status)
		status = agree_on_refresh(session, invite, lines);
	if (!status)
		status = describe(session, invite, lines);
	return status;
}

/* It never was one. */
static void forget(struct session *session)
{
	session->sessions->n--;
	session_free(session);
}

struct session *session_accept(struct sessions *sessions,
			       const struct acceptance *acceptance,
			       const struct session_user *user, void *arg)
{
	struct session *session = session_new(sessions, user, arg);
	struct arena *arena = session->arena;
	struct request *request = acceptance->request;
	struct refusal refusal = {0};

	session->state = LIFE_OFFERED;
	session->is_theirs = true;
	session->request = request;
	session->user_part = arena_strdup(arena, acceptance->user);
	session->domain =
		request->domain ? request->domain : sessions->settings.domain;
	session->contact_params =
		arena_strdup(arena, acceptance->contact_params);
	session->headers =
		(struct view){arena_copy(arena, acceptance->headers.at,
					 acceptance->headers.len),
			      acceptance->headers.len};
	session_set_local(session, &acceptance->local);
	know_self(session);
	text_init(&refusal.lines, request->arena);
	/* Cancelled before it came here, it has its 487. */
	refusal.status = request->txn ? examine(session, &refusal.lines) : 487;
	if (refusal.status) {
		if (request->txn)
			refuse(sessions, request, &refusal);
		forget(session);
		return NULL;
	}
	request->cancelled = cancelled;
	request->owner = session;
	session_tell(session, SESSION_DUE_TURN);
	return session;
}
