/* 2xx to an INVITE of theirs: sent again, on streams too, until its ACK comes
 * (RFC 3261 section 13.3.1.4). */
#include "server/session/session_private.h"

#define T2_MS 4000

/* ---- what it says -------------------------------------------------------- */

void success_lines(const struct session *session, struct text *ret)
{
	text_add(ret, SESSION_ALLOW "Accept: application/sdp\r\n");
	session_supported(session->sessions, VIEW_NONE, ret);
	text_add(ret, session->refresh_lines);
}

/* ---- until ACK ----------------------------------------------------------- */

static void repeat(void *arg)
{
	struct session_success *success = arg;

	if (success->request)
		edge_repeat(success->session->sessions->settings.edge,
			    success->request);
	else if (success->txn)
		server_txn_repeat(success->txn);
	success->pause_ms *= 2;
	if (success->pause_ms > T2_MS)
		success->pause_ms = T2_MS;
	session_timer_set(success->session, &success->repeat,
			  success->pause_ms);
}

static void stop(struct session_success *success)
{
	loop_timer_clear(session_loop(success->session), &success->repeat);
	loop_timer_clear(session_loop(success->session), &success->give_up);
}

static void give_up(void *arg)
{
	struct session_success *success = arg;
	struct session *session = success->session;

	stop(success);
	session_because(session, SESSION_LOST, 408, "No ACK");
	session_happens(session, LIFE_NO_ACK);
}

static bool is_open(const struct session_success *success)
{
	return loop_timer_is_set(&success->give_up);
}

static struct session_success *success_new(struct session *session)
{
	struct session_success *success = mem_alloc(sizeof(*success));

	success->session = session;
	success->pause_ms = T1_MS;
	loop_timer_init(&success->repeat, repeat, success);
	loop_timer_init(&success->give_up, give_up, success);
	TAILQ_INSERT_TAIL(&session->successes, success, link);
	return success;
}

static void begin(struct session_success *success)
{
	session_timer_set(success->session, &success->repeat, T1_MS);
	session_timer_set(success->session, &success->give_up,
			  SESSION_GIVE_UP_MS);
}

static void free_it(struct session_success *success)
{
	stop(success);
	TAILQ_REMOVE(&success->session->successes, success, link);
	if (success->txn)
		server_txn_drop(success->txn);
	free(success);
}

void success_begin_first(struct session *session)
{
	struct session_fork *fork = session->fork;
	struct session_success *success = success_new(session);
	struct response response = {.status = 200,
				    .content = session_content(fork->ours),
				    .contact = session->user_part,
				    .contact_params = session->contact_params};
	struct text lines;

	success->request = session->request;
	session->request->cancelled = NULL;
	dialog_confirm(fork->dialog);
	offer_step(&fork->turn, OFFER_MESSAGE_SUCCESS, OFFER_SIDE_OURS, 1,
		   &fork->turn);
	text_init(&lines, NULL);
	success_lines(session, &lines);
	text_add_view(&lines, session->headers);
	text_add_view(&lines, response.content.lines);
	response.content.lines = text_view(&lines);
	edge_respond(session->sessions->settings.edge, session->request,
		     &response);
	text_release(&lines);
	begin(success);
}

/* ---- of re-INVITEs ------------------------------------------------------- */

/* Those whose transaction is over. */
static size_t prune(struct session *session)
{
	struct session_success *at, *next;
	size_t n = 0;

	for (at = TAILQ_FIRST(&session->successes); at; at = next) {
		next = TAILQ_NEXT(at, link);
		if (!at->request && !at->txn && !is_open(at))
			free_it(at);
		else
			n++;
	}
	return n;
}

static enum err respond(struct session_success *success,
			struct received *received,
			const struct in_dialog_answer *answer)
{
	struct arena *arena = arena_new(0);
	enum err err = server_txn_keep(received, arena, &success->txn);
	struct response_parts parts = {.status = answer->status,
				       .body = answer->content.body,
				       .contact = answer->contact,
				       .contact_params =
					       answer->contact_params};
	struct text more;

	text_init(&more, arena);
	in_dialog_lines(success->session, received, answer, &more);
	parts.more = text_view(&more);
	if (!err)
		server_txn_respond(success->txn, &parts);
	arena_free(arena);
	return err;
}

bool success_begin(struct session *session, struct received *received,
		   const struct in_dialog_answer *answer)
{
	struct session_success *success, *at;

	if (prune(session) >= SESSION_SUCCESSES_MAX)
		return false;
	success = success_new(session);
	if (respond(success, received, answer) != ERR_OK) {
		free_it(success);
		return false;
	}
	/* ACK to this one is ACK to all before. */
	TAILQ_FOREACH(at, &session->successes, link)
	{
		if (at != success)
			stop(at);
	}
	begin(success);
	return true;
}

void success_acknowledged(struct session *session)
{
	struct session_success *at;

	TAILQ_FOREACH(at, &session->successes, link)
	stop(at);
}

bool success_is_open(const struct session *session)
{
	const struct session_success *at;

	TAILQ_FOREACH(at, &session->successes, link)
	if (is_open(at))
		return true;
	return false;
}

void success_free_all(struct session *session)
{
	struct session_success *success;

	while ((success = TAILQ_FIRST(&session->successes)))
		free_it(success);
}
