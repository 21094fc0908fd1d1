/* Is the session still there: session timers (RFC 4028), and OPTIONS. */
#include "server/session/body.h"
#include "server/session/session_private.h"

#define AGAIN_MS 10000 /* after a refresh that was refused for now */

static void refresh_due(void *arg);

/* ---- timers -------------------------------------------------------------- */

static void lost(void *arg)
{
	session_lose(arg, SESSION_LOST, 408, "Not refreshed in time");
}

static void set_timer(struct session *session, struct loop_timer *timer,
		      int64_t in_ms)
{
	if (in_ms < 0)
		loop_timer_clear(session_loop(session), timer);
	else
		session_timer_set(session, timer, in_ms);
}

void liveness_set(struct session *session, const struct refresh *refresh)
{
	session->refresh = *refresh;
	if (!session->refresh_timer.fire) {
		loop_timer_init(&session->refresh_timer, refresh_due, session);
		loop_timer_init(&session->lost_timer, lost, session);
	}
	set_timer(session, &session->refresh_timer,
		  refresh_after_ms(refresh, session_random()));
	set_timer(session, &session->lost_timer,
		  refresh_lost_after_ms(refresh));
}

void liveness_stop(struct session *session)
{
	loop_timer_clear(session_loop(session), &session->refresh_timer);
	loop_timer_clear(session_loop(session), &session->lost_timer);
}

static void again_in(struct session *session, int64_t in_ms)
{
	if (session_may_change(session))
		session_timer_set(session, &session->refresh_timer, in_ms);
}

/* ---- what a refresh says ------------------------------------------------- */

static bool still_permitted(struct leg *leg)
{
	const struct session_request *request = leg->owner;

	return session_may_change(request->session);
}

static void refresh_parts(struct session *session, struct text *lines,
			  struct session_request_parts *ret)
{
	const struct session_timers *timers =
		&session->sessions->settings.timers;
	const struct refresh_wish wish = {timers->expires_s, timers->min_se_s};
	char timer[96];

	text_add(lines, SESSION_ALLOW);
	session_supported(session->sessions, VIEW_NONE, lines);
	refresh_lines(&wish, &session->refresh, session->min_se_s, timer);
	text_add(lines, timer);
	*ret = (struct session_request_parts){
		.method = session->takes_update ? "UPDATE" : "INVITE",
		.lines = text_view(lines),
		.contact = session->user_part,
		.contact_params = session->contact_params};
	if (!session->takes_update)
		ret->content = session_content(session_ours_of(session->fork));
}

static bool is_invite(const struct session_request *request)
{
	return strcmp(request->template.method, "INVITE") == 0;
}

/* ---- its answer ---------------------------------------------------------- */

static void reack_failed(struct session_request *request)
{
	request->fork->reack = NULL;
}

static void acknowledge(struct session_fork *fork,
			const struct session_request *invite)
{
	struct session_request *ack = session_acknowledgement(fork, invite);

	session_request_drop(fork->reack);
	fork->reack = ack;
	if (!ack)
		return;
	ack->fork = fork;
	ack->over = reack_failed;
	session_request_identify(ack, &fork->session->invitation.assertion);
	session_request_send(ack);
}

/* False: nothing can be agreed on. */
static bool take_description(struct session_fork *fork,
			     const struct message *response)
{
	struct arena *arena = arena_new(0);
	enum offer_meaning meaning;
	struct body_found found;
	bool is_fine = true;

	body_find_sdp(arena, response, BODY_IN_DIALOG, &found);
	meaning = offer_step(&fork->turn, OFFER_MESSAGE_SUCCESS,
			     OFFER_SIDE_THEIRS, found.has_sdp, &fork->turn);
	if (meaning == OFFER_MEANS_ANSWER)
		is_fine = session_take_answer(fork, found.sdp);
	else if (meaning == OFFER_MEANS_MISSING)
		is_fine = false;
	arena_free(arena);
	if (is_fine && session_may_change(fork->session))
		session_tell(fork->session, SESSION_DUE_MEDIA);
	return is_fine;
}

static void agree(struct session *session, const struct message *response)
{
	struct refresh_head head;
	struct refresh agreed;

	dialog_refresh(session->fork->dialog, response);
	session->min_se_s = 0;
	if (!session_may_change(session))
		return;
	refresh_head_read(response, &head);
	agreed = refresh_agreed(&head);
	liveness_set(session, &agreed);
}

static void refreshed(struct session_request *request,
		      const struct message *response)
{
	struct session *session = request->session;
	struct session_fork *fork = request->fork;

	if (request->is_answered) {
		if (fork->reack)
			sip_repeat(session->sessions->settings.sip,
				   &fork->reack->leg);
		return;
	}
	request->is_answered = true;
	session->refreshing = NULL;
	if (is_invite(request))
		acknowledge(fork, request);
	else
		offer_step(&fork->turn, OFFER_MESSAGE_UPDATE_SUCCESS,
			   OFFER_SIDE_THEIRS, 0, &fork->turn);
	agree(session, response);
	if (is_invite(request) && !take_description(fork, response))
		session_lose(session, SESSION_UNUSABLE, 488,
			     "No usable answer");
}

static void refresh_response(struct session_request *request,
			     const struct message *response)
{
	struct refresh_head head;

	if (response->status / 100 == 2)
		refreshed(request, response);
	if (response->status != 422)
		return;
	refresh_head_read(response, &head);
	if (head.min_se_s > request->session->min_se_s &&
	    head.min_se_s <= RETRY_SE_MAX)
		request->session->min_se_s = head.min_se_s;
	else
		request->session->min_se_s = 0;
}

/* ---- its end ------------------------------------------------------------- */

static void forget_offer(struct session_fork *fork,
			 const struct session_request *request)
{
	if (is_invite(request))
		offer_step(&fork->turn, OFFER_MESSAGE_FAILURE,
			   OFFER_SIDE_THEIRS, 0, &fork->turn);
	else
		offer_step(&fork->turn, OFFER_MESSAGE_UPDATE_FAILURE,
			   OFFER_SIDE_THEIRS, 0, &fork->turn);
}

static enum offer_side maker_of(const struct session *session)
{
	return session->is_theirs ? OFFER_SIDE_THEIRS : OFFER_SIDE_OURS;
}

/* What goes on is tried again until the interval is over. */
static void refused(struct session *session, const struct leg *leg)
{
	if (leg->status == 491)
		again_in(session,
			 offer_glare_wait(maker_of(session), session_random()));
	else if (leg->status == 422 && session->min_se_s)
		again_in(session, T1_MS);
	else if ((leg->status == 501 || leg->status == 405) &&
		 session->takes_update) {
		session->takes_update = false;
		again_in(session, 0);
	} else if (leg->retry_after_s)
		again_in(session, (int64_t)leg->retry_after_s * 1000);
	else
		again_in(session, AGAIN_MS);
}

static void refresh_over(struct session_request *request)
{
	struct session *session = request->session;
	const struct leg *leg = &request->leg;

	if (request->is_answered) {
		session_request_drop(request->fork->reack);
		request->fork->reack = NULL;
		return;
	}
	session->refreshing = NULL;
	forget_offer(request->fork, request);
	if (leg->status == LEG_STATUS_WITHDRAWN)
		return;
	if (dialog_effect(view_of(request->template.method), leg->status))
		session_lose(session, SESSION_LOST, leg->status,
			     "Not there any more");
	else
		refused(session, leg);
}

/* ---- when it is due ------------------------------------------------------ */

/* RFC 3261 section 14.1: not while an INVITE of either side is open. */
static bool must_wait(const struct session *session)
{
	return session->refreshing || success_is_open(session) ||
	       session->fork->turn.state != OFFER_STATE_NONE;
}

static void follow_turn(struct session_fork *fork,
			const struct session_request *request)
{
	offer_step(&fork->turn,
		   is_invite(request) ? OFFER_MESSAGE_INVITE
				      : OFFER_MESSAGE_UPDATE,
		   OFFER_SIDE_OURS, is_invite(request), &fork->turn);
}

static void send_refresh(struct session *session)
{
	struct session_request_parts parts;
	struct session_request *request;
	struct text lines;

	text_init(&lines, NULL);
	refresh_parts(session, &lines, &parts);
	request = session_request_new(session->sessions, session->fork->dialog,
				      &parts);
	text_release(&lines);
	if (!request)
		return;
	session_request_own(request, session);
	request->fork = session->fork;
	request->response = refresh_response;
	request->over = refresh_over;
	request->leg.still_permitted = still_permitted;
	session->refreshing = request;
	follow_turn(session->fork, request);
	session_request_send(request);
}

static void refresh_due(void *arg)
{
	struct session *session = arg;

	if (!session_may_change(session))
		return;
	if (must_wait(session))
		again_in(session, T1_MS);
	else
		send_refresh(session);
}

/* ---- OPTIONS ------------------------------------------------------------- */

static void probe_over(struct session_request *request)
{
	struct session *session = request->session;
	int status = request->leg.status;

	session->probe = NULL;
	if (status == 408 || status == 481)
		session_lose(session, SESSION_LOST, status,
			     "Not there any more");
}

void liveness_probe(struct session *session)
{
	struct session_request_parts parts = {.method = "OPTIONS"};
	struct session_request *request;
	struct text lines;

	if (session->probe || !session_may_change(session))
		return;
	text_init(&lines, NULL);
	text_add(&lines, "Accept: application/sdp\r\n");
	session_supported(session->sessions, VIEW_NONE, &lines);
	parts.lines = text_view(&lines);
	request = session_request_new(session->sessions, session->fork->dialog,
				      &parts);
	text_release(&lines);
	if (!request)
		return;
	session_request_own(request, session);
	request->fork = session->fork;
	request->over = probe_over;
	session->probe = request;
	session_request_send(request);
}
