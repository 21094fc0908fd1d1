/* Requests that come in the dialog of a call. */
#include "server/session/body.h"
#include "server/session/keys.h"
#include "server/session/session_private.h"

#include "server/sip/respond.h"
#include "server/sip/response_writer.h"

/* The same is asserted as in a request of ours to them, or as in our answer to
 * their INVITE: two identities would be two users. */
void in_dialog_lines(const struct session *session,
		     const struct received *received,
		     const struct in_dialog_answer *answer, struct text *ret)
{
	const struct edge_message request = {.message = received->message,
					     .from = &received->from->peer};

	text_add_view(ret, answer->lines);
	edge_assert(session->sessions->settings.edge, &request,
		    session->is_theirs ? &session->self
				       : &session->invitation.assertion,
		    ret);
	text_add_view(ret, answer->content.lines);
}

void in_dialog_answer(const struct session *session, struct received *received,
		      const struct in_dialog_answer *answer)
{
	struct arena *arena = arena_new(0);
	struct response_parts parts = {.status = answer->status,
				       .body = answer->content.body,
				       .contact = answer->contact,
				       .contact_params =
					       answer->contact_params};
	struct reply busy = {.status = 503};
	struct server_txn *txn = NULL;
	struct text more;

	text_init(&more, arena);
	in_dialog_lines(session, received, answer, &more);
	parts.more = text_view(&more);
	if (server_txn_keep(received, arena, &txn) == ERR_OK)
		server_txn_respond(txn, &parts);
	else
		respond_reply(received, &busy);
	arena_free(arena);
}

static void answer_with(const struct session *session,
			struct received *received, int status,
			struct view lines)
{
	const struct in_dialog_answer answer = {.status = status,
						.lines = lines};

	in_dialog_answer(session, received, &answer);
}

static void answer_status(const struct session *session,
			  struct received *received, int status)
{
	answer_with(session, received, status, VIEW_NONE);
}

/* ---- each method --------------------------------------------------------- */

static bool goes_on(const struct session_fork *fork)
{
	return fork == fork->session->fork;
}

/* RFC 3261 section 15.1.2: what is not answered yet gets 487. */
static void receive_bye(struct session_fork *fork, struct received *received)
{
	struct session *session = fork->session;

	answer_status(session, received, 200);
	if (!goes_on(fork))
		return;
	session->final_status = 487;
	session_because(session, SESSION_LEFT, 0, "Left");
	session_happens(session, LIFE_GOT_BYE);
}

/* No provisional response of ours is reliable (RFC 3262 section 3). */
static void receive_prack(struct session_fork *fork, struct received *received)
{
	answer_status(fork->session, received, 481);
}

static void receive_options(struct session_fork *fork,
			    struct received *received)
{
	struct session *session = fork->session;
	struct in_dialog_answer answer = {.status = 200,
					  .contact = session->user_part,
					  .contact_params =
						  session->contact_params};
	struct text lines;

	text_init(&lines, NULL);
	text_add(&lines, SESSION_ALLOW "Accept: application/sdp\r\n");
	session_supported(session->sessions, VIEW_NONE, &lines);
	answer.lines = text_view(&lines);
	in_dialog_answer(session, received, &answer);
	text_release(&lines);
}

/* Keys come in an INFO of old; no package was ever asked for (RFC 6086 section
 * 4.2.2): an empty Recv-Info says that there is none. */
static void receive_info(struct session_fork *fork, struct received *received)
{
	const struct message *info = received->message;
	struct session *session = fork->session;
	struct view type = message_value(info, FIELD_CONTENT_TYPE);
	char key;

	if (info->count[FIELD_INFO_PACKAGE]) {
		answer_with(session, received, 469, VIEW("Recv-Info:\r\n"));
		return;
	}
	if (info->body.len && !keys_are_of(type)) {
		answer_with(session, received, 415,
			    VIEW("Accept: application/dtmf-relay, "
				 "application/dtmf\r\n"));
		return;
	}
	answer_status(session, received, 200);
	key = info->body.len ? keys_read(type, info->body) : 0;
	if (key && goes_on(fork) && session->state == LIFE_CONFIRMED &&
	    session->user->key)
		session->user->key(session->arg, key);
}

static void refuse_method(const struct session *session,
			  struct received *received)
{
	if (received->method == METHOD_UNKNOWN)
		answer_status(session, received, 501);
	else
		answer_with(session, received, 405, VIEW(SESSION_ALLOW));
}

/* A NOTIFY of no subscription is 481 (RFC 6665 section 4.1.3).  489 has to name
 * the packages that there are (section 8.3.2): where there is none, SUBSCRIBE
 * is a method that is not served, as REFER is. */
static void receive_other(struct session_fork *fork, struct received *received)
{
	struct session *session = fork->session;

	if (goes_on(fork) && session->user->other &&
	    !session_is_ending(session) &&
	    session->user->other(session->arg, fork->dialog, received))
		return;
	if (received->method == METHOD_NOTIFY)
		answer_status(session, received, 481);
	else
		refuse_method(session, received);
}

/* ACK to a 2xx; with our offer in it, the answer (section 13.2.2.4). */
static bool take_ack(struct session_fork *fork, const struct message *ack)
{
	struct arena *arena = arena_new(0);
	enum offer_meaning meaning;
	struct body_found found;
	bool is_fine = true;

	body_find_sdp(arena, ack, BODY_IN_DIALOG, &found);
	meaning = offer_step(&fork->turn, OFFER_MESSAGE_ACK, OFFER_SIDE_THEIRS,
			     found.has_sdp, &fork->turn);
	if (meaning == OFFER_MEANS_ANSWER) {
		is_fine = session_take_answer(fork, found.sdp);
		if (is_fine && session_may_change(fork->session))
			session_tell(fork->session, SESSION_DUE_MEDIA);
	} else if (meaning == OFFER_MEANS_MISSING) {
		is_fine = false;
	}
	arena_free(arena);
	return is_fine;
}

static void receive_ack(struct session_fork *fork, struct received *received)
{
	struct session *session = fork->session;
	bool was_open = success_is_open(session), is_fine;

	if (!goes_on(fork) || !was_open)
		return;
	success_acknowledged(session);
	is_fine = take_ack(fork, received->message);
	if (!is_fine)
		session_because(session, SESSION_UNUSABLE, 488,
				"No usable answer");
	if (session->state == LIFE_ACCEPTED && is_fine)
		liveness_set(session, &session->refresh);
	session_happens(session, LIFE_GOT_ACK);
	if (!is_fine)
		session_happens(session, LIFE_LOST);
}

/* ---- whose it is --------------------------------------------------------- */

/* clang-format off */
static const struct {
	enum method method;
	void (*receive)(struct session_fork *fork, struct received *received);
} rows[] = {
	{ METHOD_ACK,       receive_ack },
	{ METHOD_BYE,       receive_bye },
	{ METHOD_INFO,      receive_info },
	{ METHOD_INVITE,    change_receive },
	{ METHOD_NOTIFY,    receive_other },
	{ METHOD_OPTIONS,   receive_options },
	{ METHOD_PRACK,     receive_prack },
	{ METHOD_REFER,     receive_other },
	{ METHOD_SUBSCRIBE, receive_other },
	{ METHOD_UPDATE,    change_receive },
};
/* clang-format on */

static bool is_ours(const struct sessions *sessions, struct view tag)
{
	struct view tags = view_of(sessions->settings.supported), item;

	if (view_equal_nocase(tag, VIEW("timer")) ||
	    view_equal_nocase(tag, VIEW("100rel")))
		return true;
	while (view_next_item(&tags, &item))
		if (view_equal_nocase(item, tag))
			return true;
	return false;
}

/* RFC 3261 section 8.2.2.3.  BYE ends the call whatever it requires. */
static bool requires_more(const struct session *session,
			  struct received *received)
{
	struct items items = {0};
	struct view item;
	struct text tags, lines;

	if (received->method == METHOD_ACK || received->method == METHOD_BYE)
		return false;
	text_init(&tags, NULL);
	while (message_next_item(received->message, FIELD_REQUIRE, &items,
				 &item)) {
		if (is_ours(session->sessions, item))
			continue;
		text_add(&tags, tags.len ? ", " : "");
		text_add_view(&tags, item);
	}
	if (!tags.len) {
		text_release(&tags);
		return false;
	}
	text_init(&lines, NULL);
	text_add_header(&lines, VIEW("Unsupported"), text_view(&tags));
	answer_with(session, received, 420, text_view(&lines));
	text_release(&lines);
	text_release(&tags);
	return true;
}

/* First of all: what somebody asks who may not be there is not done.  BYE ends
 * the call whoever sends it. */
static void identify(struct session_fork *fork, const struct received *received)
{
	const struct edge_message message = {.message = received->message,
					     .from = &received->from->peer};

	session_identify_in(fork, &message);
}

void in_dialog_request(void *arg, struct dialog *dialog,
		       struct received *received)
{
	struct session *session = arg;
	struct session_fork *fork = session_fork_of(session, dialog);

	if (!fork || session->is_over ||
	    (fork->is_over && received->method != METHOD_BYE)) {
		if (received->method != METHOD_ACK)
			answer_status(session, received, 481);
		return;
	}
	if (received->method != METHOD_BYE)
		identify(fork, received);
	if (requires_more(session, received)) {
		if (received->method == METHOD_INVITE)
			dialog_invite_refused(dialog);
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].method == received->method) {
			rows[i].receive(fork, received);
			return;
		}
	refuse_method(session, received);
}
