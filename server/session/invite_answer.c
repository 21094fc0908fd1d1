/* What is answered to an INVITE of ours (RFC 3261 section 13.2.2). */
#include "server/session/body.h"
#include "server/session/session_private.h"

#include "server/sip/response_writer.h"

#define REASON_MAX 128 /* bytes of a phrase that are kept */

/* ---- descriptions -------------------------------------------------------- */

static void keep_preview(struct session_fork *fork, struct view sdp)
{
	if (sdp.len > SDP_LEN_MAX)
		return;
	free(fork->preview);
	fork->preview = mem_alloc(sdp.len + 1);
	memcpy(fork->preview, sdp.at, sdp.len);
}

/* RFC 3261 section 13.2.1: what was said before stands for what is missing. */
static bool take_preview(struct session_fork *fork)
{
	return fork->preview &&
	       session_take_answer(fork, view_of(fork->preview));
}

static bool take_meaning(struct session_fork *fork, enum offer_meaning meaning,
			 struct view sdp)
{
	switch (meaning) {
	case OFFER_MEANS_ANSWER:
		return session_take_answer(fork, sdp);
	case OFFER_MEANS_MISSING:
		return take_preview(fork);
	case OFFER_MEANS_PREVIEW:
		keep_preview(fork, sdp);
		return true;
	case OFFER_MEANS_NOTHING:
	case OFFER_MEANS_OFFER:
	case OFFER_MEANS_REPEAT:
	case OFFER_MEANS_GLARE:
	case OFFER_MEANS_BUSY:
		break;
	}
	return true;
}

bool invite_take_description(struct session_fork *fork,
			     enum offer_message message,
			     const struct message *response)
{
	struct arena *arena = arena_new(0);
	struct body_found found;
	enum offer_meaning meaning;
	bool is_fine;

	body_find_sdp(arena, response, BODY_IN_DIALOG, &found);
	meaning = offer_step(&fork->turn, message, OFFER_SIDE_THEIRS,
			     found.has_sdp, &fork->turn);
	is_fine = take_meaning(fork, meaning, found.sdp);
	arena_free(arena);
	return is_fine;
}

/* ---- 1xx ----------------------------------------------------------------- */

static struct session_fork *fork_for(struct session *session,
				     struct dialog *dialog)
{
	struct session_fork *fork = session_fork_of(session, dialog);
	static const struct offer_turn none;

	if (fork)
		return fork;
	fork = session_fork_add(session, dialog);
	if (fork)
		offer_step(&none, OFFER_MESSAGE_INVITE, OFFER_SIDE_OURS, 1,
			   &fork->turn);
	return fork;
}

static bool take_provisional(struct session *session, struct dialog *dialog,
			     const struct message *response)
{
	bool is_reliable =
		refresh_names_tag(response, FIELD_REQUIRE, VIEW("100rel"));
	struct session_fork *fork = dialog ? fork_for(session, dialog) : NULL;

	if (!fork)
		return !is_reliable;
	if (is_reliable)
		return early_receive(fork, response);
	invite_take_description(fork, OFFER_MESSAGE_UNRELIABLE, response);
	return true;
}

/* Who answers, or is to answer, may be another one than whom we called. */
static bool identify(struct session *session, const struct message *response)
{
	const struct edge_message message = {.message = response,
					     .from = response->from,
					     .method = "INVITE"};

	return session_identify(session, &message);
}

static void provisional(struct session *session, struct dialog *dialog,
			const struct message *response)
{
	if (session->state != LIFE_CALLING && session->state != LIFE_CANCELLING)
		return;
	if (take_provisional(session, dialog, response) &&
	    session->state == LIFE_CALLING && session->user->ringing)
		session->user->ringing(session->arg, response->status);
	if (identify(session, response))
		session->was_named = true;
}

/* ---- 2xx ----------------------------------------------------------------- */

static void ack_failed(struct session_request *request)
{
	request->fork->ack = NULL;
}

void invite_acknowledge(struct session_fork *fork)
{
	struct session *session = fork->session;
	struct session_request *ack;

	if (fork->ack)
		return;
	ack = session_acknowledgement(fork, session->invite);
	if (!ack)
		return;
	ack->fork = fork;
	ack->over = ack_failed;
	session_request_identify(ack, &session->invitation.assertion);
	fork->ack = ack;
	session_request_send(ack);
}

/* RFC 3261 section 13.2.2.4: all but one are ended. */
static void end_fork(struct session_fork *fork)
{
	struct session *session = fork->session;
	struct session_request_parts parts = {.method = "BYE"};
	struct session_request *bye;
	struct text lines;

	fork->is_over = true;
	invite_acknowledge(fork);
	text_init(&lines, NULL);
	session_supported(session->sessions, VIEW_NONE, &lines);
	session_reason(session->reason, &lines);
	parts.lines = text_view(&lines);
	bye = session_request_new(session->sessions, fork->dialog, &parts);
	text_release(&lines);
	if (bye) {
		session_request_own(bye, session);
		session_request_send(bye);
	}
	dialog_end_usage(fork->dialog);
}

/* Their no may have come while the answer was under way. */
static bool is_permitted(const struct session *session)
{
	return session->state != LIFE_CALLING ||
	       !session->invitation.still_permitted ||
	       session->invitation.still_permitted(session->arg);
}

static const char *fault_of(struct session_fork *fork,
			    const struct message *response)
{
	if (fork->dialog->lacks_reach)
		return "No way back in the answer";
	if (!invite_take_description(fork, OFFER_MESSAGE_SUCCESS, response))
		return "No usable answer";
	return NULL;
}

/* Whom a 1xx named may be where another phone rang. */
static void identify_last(struct session *session,
			  const struct message *response)
{
	if (!identify(session, response) && session->was_named &&
	    !session_is_ending(session))
		session->user->identified(session->arg, NULL);
}

static void first_success(struct session_fork *fork,
			  const struct message *response)
{
	struct session *session = fork->session;
	const char *fault = fault_of(fork, response);
	bool was_withdrawn = !is_permitted(session);
	struct refresh_head head;

	session->fork = fork;
	loop_timer_clear(session_loop(session), &session->ring);
	session->takes_update =
		refresh_names_tag(response, FIELD_ALLOW, VIEW("UPDATE"));
	if (was_withdrawn)
		session_because(session, SESSION_WITHDRAWN, 0, "Withdrawn");
	else if (fault)
		session_because(session, SESSION_UNUSABLE, 488, fault);
	session_happens(session, LIFE_GOT_SUCCESS);
	if (fault || was_withdrawn) {
		session_happens(session, LIFE_LOST);
		return;
	}
	refresh_head_read(response, &head);
	session->refresh = refresh_agreed(&head);
	if (session->state == LIFE_ANSWERED) {
		liveness_set(session, &session->refresh);
		identify_last(session, response);
	}
}

/* ACK has nobody to name.  They end it when none comes (section 13.3.1.4), and
 * the call is over here. */
static void unusable(struct session *session, const struct message *response)
{
	session_because(session, SESSION_UNUSABLE, response->status,
			"An answer that cannot be read");
	session_happens(session, LIFE_GOT_FAILURE);
}

static void success(struct session *session, enum dialog_news news,
		    struct dialog *dialog, const struct message *response)
{
	struct session_fork *fork = dialog ? fork_for(session, dialog) : NULL;

	if (news == DIALOG_NEWS_UNUSABLE)
		unusable(session, response);
	if (!fork)
		return;
	if (news == DIALOG_NEWS_REPEATED && fork->ack)
		sip_repeat(session->sessions->settings.sip, &fork->ack->leg);
	if (news != DIALOG_NEWS_CONFIRMED)
		return;
	if (session->fork || session->state == LIFE_OVER)
		end_fork(fork);
	else
		first_success(fork, response);
}

/* ---- 300 to 699 ---------------------------------------------------------- */

static const char *phrase_of(struct session *session,
			     const struct message *response)
{
	struct view reason = view_head(response->reason, REASON_MAX);

	if (!reason.len || view_has_control(reason) || !view_is_utf8(reason))
		return response_phrase(response->status);
	return view_copy(session->arena, reason);
}

/* Those of our tags that Unsupported names. */
static const char *unsupported_of(struct session *session,
				  const struct message *response)
{
	struct items items = {0};
	struct view item;
	struct text tags;

	text_init(&tags, session->arena);
	while (message_next_item(response, FIELD_UNSUPPORTED, &items, &item)) {
		if (!view_is_token(item) || tags.len > REASON_MAX)
			continue;
		text_add(&tags, tags.len ? ", " : "");
		text_add_view(&tags, item);
	}
	return tags.len ? tags.at : NULL;
}

static const char *contact_of(struct session *session,
			      const struct message *response)
{
	struct items items = {0};
	struct name_addr name;
	struct view item;

	if (response->status >= 400 ||
	    !message_next_item(response, FIELD_CONTACT, &items, &item) ||
	    name_addr_parse(item, &name) != ERR_OK)
		return NULL;
	return view_copy(session->arena, name.uri);
}

static void failure(struct session *session, const struct message *response)
{
	struct refresh_head head;

	refresh_head_read(response, &head);
	session->refusal = (struct retry_refusal){
		.status = response->status,
		.unsupported = unsupported_of(session, response),
		.min_se_s = head.min_se_s};
	session->refusal_text = phrase_of(session, response);
	session->refusal_contact = contact_of(session, response);
}

void invite_response(struct session_request *request,
		     const struct message *response)
{
	struct session *session = request->session;
	enum dialog_news news;
	struct dialog *dialog;

	session->was_heard = true;
	if (!session->set)
		return;
	news = dialog_set_receive(session->set, response, &dialog);
	if (response->status < 200)
		provisional(session, dialog, response);
	else if (response->status < 300)
		success(session, news, dialog, response);
	else
		failure(session, response);
}

/* ---- over ---------------------------------------------------------------- */

static void set_simple_rules(struct session *session)
{
	const struct media_rules *rules = session->sessions->settings.media;
	size_t n = 0;

	session->simple_rules = *rules;
	for (size_t i = 0; i < rules->n_codecs && n < CODECS_MAX; i++) {
		enum codec codec = rules->codecs[i];

		if (codec == CODEC_PCMU || codec == CODEC_PCMA ||
		    codec == CODEC_EVENT)
			session->simple_codecs[n++] = codec;
	}
	session->simple_rules.codecs = session->simple_codecs;
	session->simple_rules.n_codecs = n;
}

static bool again(struct session *session)
{
	struct retry_refusal *refusal = &session->refusal;

	if (session->state != LIFE_CALLING || !refusal->status)
		return false;
	set_simple_rules(session);
	refusal->has_list = session->invitation.list != NULL;
	refusal->has_rich = session->simple_rules.n_codecs <
			    session->sessions->settings.media->n_codecs;
	if (!retry_step(&session->retry, refusal, SESSION_INVITES_MAX))
		return false;
	if (session->retry.is_simple)
		session->rules = &session->simple_rules;
	late_add_session(session);
	session->cseq++;
	session->refusal.status = 0;
	invite_send(session);
	return true;
}

static void say_why(struct session *session, const struct leg *leg)
{
	if (session->refusal.status)
		session_because(session, SESSION_REFUSED, leg->status,
				session->refusal_text);
	else if (leg->status == LEG_STATUS_WITHDRAWN)
		session_because(session, SESSION_WITHDRAWN, 0, "Withdrawn");
	else if (leg->status / 100 == 2)
		session_because(session, SESSION_UNUSABLE, leg->status,
				"An answer that cannot be read");
	else if (leg->status == 408 || leg->status == 487)
		session_because(session, SESSION_SILENT, 408, "No response");
	else if (leg->is_unverified && leg->status == 503)
		session_because(session, SESSION_UNVERIFIED, leg->status,
				"Certificate not verified");
	else
		session_because(session, SESSION_UNREACHABLE, leg->status,
				"No way there");
	session->end.retry_after_s = leg->retry_after_s;
	session->end.contact = session->refusal_contact;
}

static void forget_acks(struct session *session)
{
	for (size_t i = 0; i < session->n_forks; i++) {
		session_request_drop(session->forks[i]->ack);
		session->forks[i]->ack = NULL;
	}
}

void invite_over(struct session_request *request)
{
	struct session *session = request->session;

	session->invite = NULL;
	if (request->leg.status / 100 == 2) {
		if (session->set)
			dialog_set_close(session->set);
		forget_acks(session);
		session->may_be_answered = false;
	} else if (again(session)) {
		return;
	}
	if (session->state != LIFE_CALLING && session->state != LIFE_CANCELLING)
		return;
	/* The owner is told in the next turn; a 2xx of another branch may come
	 * before. */
	if (session->may_be_answered)
		late_add_session(session);
	session->may_be_answered = false;
	say_why(session, &request->leg);
	session_happens(session, LIFE_GOT_FAILURE);
}
