/* re-INVITE and UPDATE of theirs (RFC 3261 section 14.2, RFC 3311).  What is
 * refused leaves the session as it was. */
#include "server/session/body.h"
#include "server/session/session_private.h"

#define RETRY_MOST_S 10 /* RFC 3261 section 14.2 */

/** One of them, while it is looked at. */
struct change {
	struct session_fork *fork;
	struct received *received;
	enum offer_message message; /**< INVITE or UPDATE */
	struct body_found found;
	struct offer_turn turn; /**< after it */
	struct refresh_reply reply;
	struct session_ours *ours; /**< answer, or offer; NULL: none is due */
	struct text lines;	   /**< of the response */
};

void change_warning(const struct session *session,
		    const struct media_refusal *refusal, struct text *ret)
{
	if (refusal->warning)
		text_printf(ret, "Warning: %d %s \"%s\"\r\n", refusal->warning,
			    session->domain, refusal->text);
}

static int busy(struct change *change)
{
	text_printf(&change->lines, "Retry-After: %u\r\n",
		    session_random() % (RETRY_MOST_S + 1));
	return 500;
}

/* ---- step by step: 0, or the status that refuses it ---------------------- */

/* Before our answer to their first INVITE there is nothing to change; after a
 * BYE of ours there is nothing any more. */
static int check_state(struct change *change)
{
	struct session *session = change->fork->session;
	bool is_invite = change->message == OFFER_MESSAGE_INVITE;

	/* Another phone has answered: this one has no say any more. */
	if (session->fork && session->fork != change->fork)
		return 481;
	switch (session->state) {
	case LIFE_OFFERED:
	case LIFE_HELD:
		return is_invite ? busy(change) : 0;
	case LIFE_CALLING:
	case LIFE_CANCELLING:
	case LIFE_ANSWERED:
		return is_invite ? 491 : 0;
	case LIFE_ACCEPTED:
	case LIFE_CONFIRMED:
		break;
	case LIFE_CLOSING:
	case LIFE_LEAVING:
	case LIFE_OVER:
	case LIFE_STATES:
		return 481;
	}
	if (is_invite && session->refreshing &&
	    strcmp(session->refreshing->template.method, "INVITE") == 0)
		return 491;
	return 0;
}

static int check_body(struct change *change)
{
	struct arena *arena = change->lines.arena;

	body_find_sdp(arena, change->received->message, BODY_IN_DIALOG,
		      &change->found);
	if (change->found.is_encoded)
		text_add(&change->lines, "Accept-Encoding: identity\r\n");
	else if (change->found.status == 415)
		text_add(&change->lines, "Accept: application/sdp\r\n");
	return change->found.status;
}

static int check_refresh(struct change *change)
{
	const struct session_timers *timers =
		&change->fork->session->sessions->settings.timers;
	const struct refresh_wish wish = {timers->expires_s, timers->min_se_s};
	struct refresh_head head;

	refresh_head_read(change->received->message, &head);
	refresh_answer(&head, &wish, &change->reply);
	if (change->reply.status)
		text_printf(&change->lines, "Min-SE: %d\r\n",
			    change->reply.min_se_s);
	return change->reply.status;
}

static int check_turn(struct change *change)
{
	switch (offer_step(&change->fork->turn, change->message,
			   OFFER_SIDE_THEIRS, change->found.has_sdp,
			   &change->turn)) {
	case OFFER_MEANS_GLARE:
		return 491;
	case OFFER_MEANS_BUSY:
		return busy(change);
	case OFFER_MEANS_NOTHING:
	case OFFER_MEANS_OFFER:
	case OFFER_MEANS_ANSWER:
	case OFFER_MEANS_PREVIEW:
	case OFFER_MEANS_REPEAT:
	case OFFER_MEANS_MISSING:
		break;
	}
	return 0;
}

static int check_offer(struct change *change)
{
	struct media_refusal refusal;

	if (change->found.has_sdp) {
		change->ours = session_answer(change->fork, change->found.sdp,
					      &refusal);
		if (change->ours)
			return 0;
		change_warning(change->fork->session, &refusal, &change->lines);
		return refusal.status;
	}
	if (change->message == OFFER_MESSAGE_INVITE)
		change->ours =
			session_offer(change->fork->session, change->fork);
	return 0;
}

static int check(struct change *change)
{
	static int (*const steps[])(struct change *) = {
		check_state, check_body, check_refresh, check_turn,
		check_offer};
	int status = 0;

	for (size_t i = 0; !status && i < sizeof(steps) / sizeof(*steps); i++)
		status = steps[i](change);
	return status;
}

/* ---- what becomes of it -------------------------------------------------- */

static void refuse(struct change *change, int status)
{
	const struct in_dialog_answer answer = {
		.status = status, .lines = text_view(&change->lines)};

	in_dialog_answer(change->fork->session, change->received, &answer);
	if (change->message == OFFER_MESSAGE_INVITE)
		dialog_invite_refused(change->fork->dialog);
}

static void know_peer(struct change *change)
{
	struct session *session = change->fork->session;
	const struct message *message = change->received->message;

	if (message->count[FIELD_ALLOW])
		session->takes_update =
			refresh_names_tag(message, FIELD_ALLOW, VIEW("UPDATE"));
	memcpy(session->refresh_lines, change->reply.lines,
	       sizeof(session->refresh_lines));
	success_lines(session, &change->lines);
}

static bool respond(struct change *change)
{
	struct session *session = change->fork->session;
	const struct in_dialog_answer answer = {
		.status = 200,
		.lines = text_view(&change->lines),
		.content = session_content(change->ours),
		.contact = session->user_part,
		.contact_params = session->contact_params};

	if (change->message == OFFER_MESSAGE_INVITE)
		return success_begin(session, change->received, &answer);
	in_dialog_answer(session, change->received, &answer);
	return true;
}

static void take(struct change *change)
{
	struct session_fork *fork = change->fork;
	struct session *session = fork->session;
	bool is_invite = change->message == OFFER_MESSAGE_INVITE;

	dialog_refresh(fork->dialog, change->received->message);
	offer_step(&change->turn,
		   is_invite ? OFFER_MESSAGE_SUCCESS
			     : OFFER_MESSAGE_UPDATE_SUCCESS,
		   OFFER_SIDE_OURS, change->ours != NULL, &fork->turn);
	if (change->found.has_sdp) {
		fork->media = change->ours->draft.session;
		fork->is_agreed = true;
		if (fork == session->fork && session_may_change(session))
			session_tell(session, SESSION_DUE_MEDIA);
	}
	if (change->ours)
		session_ours_take(fork, change->ours);
	if (session_may_change(session))
		liveness_set(session, &change->reply.agreed);
	else
		session->refresh = change->reply.agreed;
}

void change_receive(struct session_fork *fork, struct received *received)
{
	struct change change = {.fork = fork,
				.received = received,
				.message = received->method == METHOD_INVITE
						   ? OFFER_MESSAGE_INVITE
						   : OFFER_MESSAGE_UPDATE};
	struct arena *arena = arena_new(0);
	int status;

	text_init(&change.lines, arena);
	status = check(&change);
	if (!status) {
		know_peer(&change);
		if (respond(&change)) {
			take(&change);
			arena_free(arena);
			return;
		}
		text_clear(&change.lines);
		status = busy(&change);
	}
	session_ours_free(change.ours);
	refuse(&change, status);
	arena_free(arena);
}
