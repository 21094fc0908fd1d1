/* 2xx to an INVITE of theirs: sent again, on streams too, until its ACK comes
 * (RFC 3261 section 13.3.1.4). */
#include "server/session/session_private.h"

#define T2_MS 4000

/* ---- what it says -------------------------------------------------------- */

void success_lines(const struct session *session, struct text *ret)
{
	text_add(ret, SESSION_ALLOW);
	session_supported(session->sessions, VIEW_NONE, ret);
	text_add(ret, session->refresh_lines);
}

static void send_first(struct session_success *success)
{
	const struct session *session = success->session;
	const struct response response = {
		.status = 200,
		.content = {success->lines, success->content.body},
		.contact = session->user_part,
		.contact_params = session->contact_params};

	if (success->request->txn)
		edge_respond(session->sessions->settings.edge, success->request,
			     &response);
}

static void send_again(struct session_success *success)
{
	const struct response_parts parts = {
		.status = 200,
		.more = success->lines,
		.body = success->content.body,
		.contact = success->session->user_part,
		.contact_params = success->session->contact_params};

	if (success->txn)
		server_txn_respond(success->txn, &parts);
}

static void transmit(struct session_success *success)
{
	if (success->request)
		send_first(success);
	else
		send_again(success);
}

/* ---- until ACK ----------------------------------------------------------- */

static void repeat(void *arg)
{
	struct session_success *success = arg;

	transmit(success);
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

static struct session_success *success_new(struct session_fork *fork,
					   const struct session_ours *ours)
{
	struct arena *arena = arena_new(0);
	struct session_success *success = arena_alloc(arena, sizeof(*success));

	success->arena = arena;
	success->session = fork->session;
	success->fork = fork;
	success->content = session_content(ours);
	success->content.body.at = arena_copy(arena, success->content.body.at,
					      success->content.body.len);
	loop_timer_init(&success->repeat, repeat, success);
	loop_timer_init(&success->give_up, give_up, success);
	TAILQ_INSERT_TAIL(&fork->session->successes, success, link);
	return success;
}

static void begin(struct session_success *success, struct view lines)
{
	struct text text;

	text_init(&text, success->arena);
	text_add_view(&text, lines);
	text_add_view(&text, success->content.lines);
	success->lines = text_view(&text);
	success->pause_ms = T1_MS;
	transmit(success);
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
	arena_free(success->arena);
}

void success_begin_first(struct session *session)
{
	struct session_fork *fork = session->fork;
	struct session_success *success = success_new(fork, fork->ours);
	struct text lines;

	success->request = session->request;
	session->request->cancelled = NULL;
	dialog_confirm(fork->dialog);
	offer_step(&fork->turn, OFFER_MESSAGE_SUCCESS, OFFER_SIDE_OURS, 1,
		   &fork->turn);
	text_init(&lines, success->arena);
	success_lines(session, &lines);
	text_add_view(&lines, session->headers);
	begin(success, text_view(&lines));
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

bool success_begin(struct session_fork *fork, struct received *received,
		   struct view lines, const struct session_ours *ours)
{
	struct session *session = fork->session;
	struct session_success *success, *at;

	if (prune(session) >= SESSION_SUCCESSES_MAX)
		return false;
	success = success_new(fork, ours);
	if (server_txn_keep(received, success->arena, &success->txn) !=
	    ERR_OK) {
		free_it(success);
		return false;
	}
	/* ACK to this one is ACK to all before. */
	TAILQ_FOREACH(at, &session->successes, link)
	{
		if (at != success)
			stop(at);
	}
	begin(success, lines);
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
