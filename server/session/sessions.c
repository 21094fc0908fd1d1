#include "server/session/session_private.h"

#include "server/base/random.h"

struct sessions *sessions_new(const struct sessions_settings *settings)
{
	struct sessions *sessions = mem_alloc(sizeof(*sessions));

	sessions->settings = *settings;
	TAILQ_INIT(&sessions->all);
	TAILQ_INIT(&sessions->requests);
	TAILQ_INIT(&sessions->lates);
	hash_table_init(&sessions->late_by_call);
	random_bytes(&sessions->key, sizeof(sessions->key));
	sip_listen_strays(settings->sip, late_stray, sessions);
	return sessions;
}

void session_free(struct session *session)
{
	struct sessions *sessions = session->sessions;
	struct loop *loop = sessions->settings.loop;
	struct dialog *theirs = session->is_theirs && session->n_forks
					? session->forks[0]->dialog
					: NULL;

	success_free_all(session);
	liveness_stop(session);
	loop_task_remove(loop, &session->task);
	loop_timer_clear(loop, &session->ring);
	loop_timer_clear(loop, &session->slow);
	loop_timer_clear(loop, &session->linger);
	session_forks_release(session);
	session_ours_free(session->offer);
	dialog_set_free(session->set);
	dialog_free(theirs);
	TAILQ_REMOVE(&sessions->all, session, link);
	mime_tail_drop(session->invitation.list);
	arena_free(session->arena);
}

/* Before the sessions whose strings they have; ACKs are the forks'. */
static void drop_requests(struct sessions *sessions)
{
	struct session_request *request, *next;

	for (request = TAILQ_FIRST(&sessions->requests); request;
	     request = next) {
		next = TAILQ_NEXT(request, link);
		if (request->session)
			session_request_drop(request);
	}
}

void sessions_free(struct sessions *sessions)
{
	struct session *session;
	struct session_request *request;

	if (!sessions)
		return;
	drop_requests(sessions);
	while ((session = TAILQ_FIRST(&sessions->all)))
		session_free(session);
	late_free_all(sessions);
	while ((request = TAILQ_FIRST(&sessions->requests)))
		session_request_drop(request);
	hash_table_release(&sessions->late_by_call);
	sip_listen_strays(sessions->settings.sip, NULL, NULL);
	free(sessions);
}

size_t sessions_count(const struct sessions *sessions)
{
	return sessions->n;
}

uint32_t session_random(void)
{
	uint32_t random;

	random_bytes(&random, sizeof(random));
	return random;
}

const char *session_random_hex(struct arena *arena)
{
	uint8_t random[SESSION_TAG_LEN / 2];
	char *hex = arena_alloc(arena, SESSION_TAG_LEN + 1);

	random_bytes(random, sizeof(random));
	hex_encode(random, sizeof(random), hex);
	return hex;
}

/* ---- records ------------------------------------------------------------- */

static void record_dialog(struct dialog *dialog, struct arena *arena,
			  struct session_record *ret)
{
	uint32_t cseq = dialog->local_cseq;
	struct dialog_request made;

	ret->remote_tag = dialog->remote_tag;
	ret->local = dialog->local;
	ret->remote = dialog->remote;
	ret->target = dialog->target;
	ret->cseq = cseq ? cseq : dialog->first_cseq;
	ret->invite_cseq = dialog->invite_cseq;
	/* No request: only what one would say. */
	if (dialog_request_make(dialog, "OPTIONS", arena, &made) == ERR_OK) {
		ret->target = made.request_uri;
		ret->routes = made.routes;
		ret->hop = made.next_hop;
	}
	dialog->local_cseq = cseq;
}

static const char *or_none(const char *string)
{
	return string ? string : "";
}

void session_record_make(struct session *session, struct arena *arena,
			 struct session_record *ret)
{
	const struct dialog *first =
		session->n_forks ? session->forks[0]->dialog : NULL;

	*ret = (struct session_record){
		.call_id =
			session->is_theirs ? first->call_id : session->call_id,
		.local_tag = session->is_theirs ? first->local_tag
						: session->local_tag,
		.remote_tag = "",
		.request_uri = or_none(session->invitation.request_uri),
		.target = or_none(session->invitation.request_uri),
		.routes = or_none(session->routes),
		.branch = or_none(session->branch),
		.hop = or_none(session->hop),
		.cseq = session->cseq,
		.invite_cseq = session->cseq,
		.is_theirs = session->is_theirs};
	if (session->set) {
		ret->local = session->set->ours->local;
		ret->remote = session->set->ours->remote;
	}
	if (session->fork)
		record_dialog(session->fork->dialog, arena, ret);
}
