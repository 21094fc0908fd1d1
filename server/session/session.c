#include "server/session/session_private.h"

#include "server/base/random.h"

struct loop *session_loop(const struct session *session)
{
	return session->sessions->settings.loop;
}

void session_timer_set(struct session *session, struct loop_timer *timer,
		       int64_t in_ms)
{
	loop_timer_set(session_loop(session), timer, in_ms);
}

static void timer_clear(struct session *session, struct loop_timer *timer)
{
	loop_timer_clear(session_loop(session), timer);
}

/* ---- why it ends --------------------------------------------------------- */

void session_because(struct session *session, enum session_cause cause,
		     int status, const char *text)
{
	if (session->has_end)
		return;
	session->has_end = true;
	session->end.cause = cause;
	session->end.status = status;
	session->end.text = text;
}

void session_lose(struct session *session, enum session_cause cause, int status,
		  const char *text)
{
	session_because(session, cause, status, text);
	session_happens(session, LIFE_LOST);
}

/* ---- what is to be done -------------------------------------------------- */

void session_tell(struct session *session, enum session_due due)
{
	session->due |= due;
	loop_task_add(session_loop(session), &session->task);
}

static void cancel(struct session *session)
{
	struct text lines;

	timer_clear(session, &session->ring);
	if (!session->invite)
		return;
	text_init(&lines, session->arena);
	session_reason(session->reason, &lines);
	sip_cancel(session->sessions->settings.sip, &session->invite->leg,
		   text_view(&lines));
}

static void refuse(struct session *session)
{
	const struct response response = {
		.status = session->final_status ? session->final_status : 487,
		.content = {.lines = session->final_lines}};

	session->request->cancelled = NULL;
	edge_respond(session->sessions->settings.edge, session->request,
		     &response);
}

static void bye_over(struct session_request *request)
{
	session_happens(request->session, LIFE_BYE_IS_OVER);
}

static void send_bye(struct session *session)
{
	struct session_request_parts parts = {.method = "BYE"};
	struct session_request *bye;
	struct text lines;

	text_init(&lines, NULL);
	session_supported(session->sessions, VIEW_NONE, &lines);
	session_reason(session->reason, &lines);
	parts.lines = text_view(&lines);
	bye = session_request_new(session->sessions, session->fork->dialog,
				  &parts);
	text_release(&lines);
	if (!bye) {
		session_happens(session, LIFE_BYE_IS_OVER);
		return;
	}
	session_request_own(bye, session);
	bye->over = bye_over;
	session_request_send(bye);
}

/* It is over for its owner; what of it is still out ends by itself. */
static void stop(struct session *session)
{
	timer_clear(session, &session->ring);
	timer_clear(session, &session->slow);
	liveness_stop(session);
	session->due &= SESSION_DUE_ENDED;
}

static void act(struct session *session, unsigned actions)
{
	if (actions & LIFE_CANCEL)
		cancel(session);
	if (actions & LIFE_SEND_SUCCESS)
		success_begin_first(session);
	if (actions & LIFE_REFUSE)
		refuse(session);
	if (actions & LIFE_SEND_ACK)
		invite_acknowledge(session->fork);
	if (actions & LIFE_SEND_BYE)
		send_bye(session);
	if (actions & LIFE_TELL_ANSWERED)
		session_tell(session, SESSION_DUE_ANSWERED);
	if (actions & LIFE_TELL_MEDIA)
		session_tell(session, SESSION_DUE_MEDIA);
	if (actions & LIFE_TELL_ENDED)
		session_tell(session, SESSION_DUE_ENDED);
}

static bool is_ending(enum life_state state)
{
	return state == LIFE_CANCELLING || state == LIFE_CLOSING ||
	       state == LIFE_LEAVING || state == LIFE_OVER;
}

bool session_is_ending(const struct session *session)
{
	return is_ending(session->state);
}

void session_happens(struct session *session, enum life_event event)
{
	enum life_state next;
	unsigned actions = life_step(session->state, event, &next);

	session->state = next;
	if (is_ending(next))
		stop(session);
	act(session, actions);
}

bool session_may_change(const struct session *session)
{
	return session->state == LIFE_CONFIRMED;
}

/* ---- what the owner is told ---------------------------------------------- */

static void tell_answered(struct session *session)
{
	struct arena *arena = arena_new(0);
	struct session_record record;

	if (!session->is_theirs)
		session_timer_set(session, &session->slow, SESSION_CONFIRM_MS);
	session_record_make(session, arena, &record);
	session->user->answered(session->arg, &record);
	arena_free(arena);
}

static void tell_leaving(struct session *session)
{
	struct arena *arena = arena_new(0);
	struct session_record record;

	session_record_make(session, arena, &record);
	session->user->leaving(session->arg, &record);
	arena_free(arena);
}

static void tell_ended(struct session *session)
{
	if (!session->end.text)
		session->end.text = "";
	session->is_over = true;
	session->sessions->n--;
	success_free_all(session);
	if (session->fork)
		dialog_end_usage(session->fork->dialog);
	if (session->may_be_answered)
		late_add_session(session);
	session->user->ended(session->arg, &session->end);
	session->request = NULL;
}

static bool take_due(struct session *session, enum session_due due)
{
	bool is_due = session->due & due;

	session->due &= ~(unsigned)due;
	return is_due;
}

/* What is told may change what else is due. */
static void turn(void *arg)
{
	struct session *session = arg;

	if (take_due(session, SESSION_DUE_TURN))
		session_happens(session, LIFE_TURN);
	if (take_due(session, SESSION_DUE_LEAVING))
		tell_leaving(session);
	if (take_due(session, SESSION_DUE_ANSWERED))
		tell_answered(session);
	if (take_due(session, SESSION_DUE_MEDIA))
		session->user->media(session->arg,
				     &session->fork->media.stream);
	if (take_due(session, SESSION_DUE_ENDED))
		tell_ended(session);
	session_settle(session);
}

/* ---- what the owner asks ------------------------------------------------- */

void session_go(struct session *session)
{
	int ring_s = session->invitation.ring_s
			     ? session->invitation.ring_s
			     : session->sessions->settings.timers.ring_s;

	if (session->state != LIFE_CALLING || !session->is_waiting ||
	    !session->invite)
		return;
	session->is_waiting = false;
	session->may_be_answered = true;
	if (!loop_timer_is_set(&session->ring))
		session_timer_set(session, &session->ring,
				  (int64_t)ring_s * 1000);
	sip_go(session->sessions->settings.sip, &session->invite->leg);
}

void session_confirm(struct session *session)
{
	timer_clear(session, &session->slow);
	session_happens(session, LIFE_CONFIRM);
}

void session_end(struct session *session, int status, const char *reason)
{
	if (is_ending(session->state))
		return;
	session->reason = arena_strdup(session->arena, reason);
	session->final_status = status;
	session_because(session, SESSION_ENDED, 0, "Ended");
	session_happens(session, LIFE_END);
}

void session_probe(struct session *session)
{
	liveness_probe(session);
}

void *session_arg(const struct session *session)
{
	return session->arg;
}

/* ---- from the beginning to the end --------------------------------------- */

static void rang_out(void *arg)
{
	struct session *session = arg;

	session_because(session, SESSION_SILENT, 408, "No answer");
	session_happens(session, LIFE_RANG_OUT);
}

static void is_slow(void *arg)
{
	struct session *session = arg;

	session_because(session, SESSION_LOST, 503, "Not written in time");
	session_happens(session, LIFE_SLOW);
}

static void lingered(void *arg)
{
	session_settle(arg);
}

#define SESSION_ROOM 1280 /* bytes of strings, mostly */

struct session *session_new(struct sessions *sessions,
			    const struct session_user *user, void *arg)
{
	struct arena *arena =
		arena_new_tight(sizeof(struct session) + SESSION_ROOM);
	struct session *session = arena_alloc(arena, sizeof(*session));

	session->sessions = sessions;
	session->arena = arena;
	session->callbacks = *user;
	session->user = &session->callbacks;
	session->arg = arg;
	session->rules = sessions->settings.media;
	session->owner =
		(struct dialog_usage_owner){in_dialog_request, session};
	session->task = (struct loop_task){.run = turn, .arg = session};
	TAILQ_INIT(&session->successes);
	loop_timer_init(&session->ring, rang_out, session);
	loop_timer_init(&session->slow, is_slow, session);
	loop_timer_init(&session->linger, lingered, session);
	TAILQ_INSERT_TAIL(&sessions->all, session, link);
	sessions->n++;
	return session;
}

struct session_fork *session_fork_of(struct session *session,
				     const struct dialog *dialog)
{
	for (size_t i = 0; i < session->n_forks; i++)
		if (session->forks[i]->dialog == dialog)
			return session->forks[i];
	return NULL;
}

struct session_fork *session_fork_add(struct session *session,
				      struct dialog *dialog)
{
	struct session_fork *fork;

	if (session->n_forks == DIALOG_SET_MAX)
		return NULL;
	fork = mem_alloc(sizeof(*fork));
	session->forks[session->n_forks++] = fork;
	*fork = (struct session_fork){.session = session, .dialog = dialog};
	dialog->owner = &session->owner;
	dialog_table_add(sip_dialogs(session->sessions->settings.sip), dialog);
	return fork;
}

static void fork_release(struct session *session, struct session_fork *fork)
{
	session_request_drop(fork->ack);
	session_request_drop(fork->reack);
	if (fork->prack)
		fork->prack->fork = NULL;
	session_ours_free(fork->ours);
	free(fork->preview);
	dialog_table_remove(sip_dialogs(session->sessions->settings.sip),
			    fork->dialog);
	free(fork);
}

void session_forks_release(struct session *session)
{
	for (size_t i = 0; i < session->n_forks; i++)
		fork_release(session, session->forks[i]);
	session->n_forks = 0;
	session->fork = NULL;
}

static bool is_dialog_used(const struct session *session)
{
	for (size_t i = 0; i < session->n_forks; i++)
		if (session->forks[i]->dialog->n_usages &&
		    session->forks[i] == session->fork)
			return true;
	return false;
}

#define LINGER_MS                                                              \
	32000 /* until a dialog that others use is looked at again             \
	       */

void session_settle(struct session *session)
{
	if (!session->is_over || session->due || session->n_requests ||
	    loop_task_is_added(&session->task))
		return;
	if (is_dialog_used(session)) {
		session_timer_set(session, &session->linger, LINGER_MS);
		return;
	}
	session_free(session);
}

/* RFC 5876 section 3: it speaks for its own message. */
bool session_identify(struct session *session,
		      const struct edge_message *message)
{
	struct arena *arena;
	struct identity who;
	bool is_named;

	if (!session->user->identified || is_ending(session->state) ||
	    !message->message->count[FIELD_P_ASSERTED_IDENTITY])
		return false;
	arena = arena_new(0);
	is_named = edge_identify(session->sessions->settings.edge, message,
				 arena, &who);
	if (is_named)
		session->user->identified(session->arg, &who);
	arena_free(arena);
	return is_named;
}

void session_identify_in(struct session_fork *fork,
			 const struct edge_message *message)
{
	struct session *session = fork->session;

	if (fork->is_over || (session->fork && session->fork != fork))
		return;
	if (session_identify(session, message) && !session->fork)
		session->was_named = true;
}
