#include "tests/fake/fake_session.h"

#include "server/edge.h"

struct sessions {
	struct edge *edge;
	struct session *first; /**< the newest one */
	struct text log;
	int refusal; /**< of the next session_accept() */
	int replaces_status;
	struct session *replaced;
	enum fake_orphans orphans;
	uint32_t n; /**< made so far */
};

struct sessions *fake_sessions_new(struct edge *edge)
{
	struct sessions *sessions = mem_alloc(sizeof(*sessions));

	sessions->edge = edge;
	text_init(&sessions->log, NULL);
	text_add(&sessions->log, "");
	return sessions;
}

void fake_sessions_free(struct sessions *sessions)
{
	while (sessions->first) {
		struct session *session = sessions->first;

		sessions->first = session->next;
		mime_tail_drop(session->invitation.list);
		arena_free(session->arena);
	}
	text_release(&sessions->log);
	free(sessions);
}

const char *fake_sessions_log(const struct sessions *sessions)
{
	return sessions->log.at ? sessions->log.at : "";
}

void fake_sessions_clear(struct sessions *sessions)
{
	text_clear(&sessions->log);
}

void fake_sessions_set_log(struct sessions *sessions, const char *log)
{
	text_clear(&sessions->log);
	text_add(&sessions->log, log);
}

void fake_sessions_refuse(struct sessions *sessions, int status)
{
	sessions->refusal = status;
}

void fake_sessions_replace(struct sessions *sessions, int status,
			   struct session *session)
{
	sessions->replaces_status = status;
	sessions->replaced = session;
}

void fake_sessions_let_orphans(struct sessions *sessions,
			       enum fake_orphans orphans)
{
	sessions->orphans = orphans;
}

static void say(const struct session *session, const char *what,
		const char *more)
{
	const char *uri = session->is_theirs
				  ? session->acceptance.request->target
				  : session->invitation.request_uri;

	text_printf(&session->sessions->log, "%s %s%s%s\n", what, uri,
		    more ? " " : "", more ? more : "");
}

static struct session *add(struct sessions *sessions,
			   const struct session_user *user, void *arg)
{
	struct arena *arena = arena_new(0);
	struct session *session = arena_alloc(arena, sizeof(*session));

	session->arena = arena;
	session->sessions = sessions;
	session->user = *user;
	session->arg = arg;
	session->stream = (struct media_stream){
		.is_on = true,
		.direction = SDP_SENDRECV,
		.rtp = {.address = {[10] = 0xff, 0xff, 192, 0, 2, 9},
			.port = 4000},
		.rtcp = {.address = {[10] = 0xff, 0xff, 192, 0, 2, 9},
			 .port = 4001},
		.codec = CODEC_PCMU,
		.event_payload = 101,
		.ptime = 20};
	session->stream.receive[0] = CODEC_PCMU;
	session->stream.receive[101] = CODEC_EVENT;
	sessions->n++;
	session->record = (struct session_record){
		.call_id = arena_printf(arena, "%08x@relay.example.com",
					sessions->n),
		.local_tag = "ours",
		.remote_tag = "",
		.request_uri = "",
		.routes = "",
		.branch = "",
		.hop = "",
		.cseq = 1,
		.invite_cseq = 1};
	session->next = sessions->first;
	sessions->first = session;
	return session;
}

static struct view copy(struct arena *arena, struct view v)
{
	return (struct view){arena_copy(arena, v.at, v.len), v.len};
}

struct session *session_invite(struct sessions *sessions,
			       const struct invitation *invitation,
			       const struct session_user *user, void *arg)
{
	struct session *session = add(sessions, user, arg);
	struct arena *arena = session->arena;
	struct invitation *ours = &session->invitation;

	*ours = *invitation;
	ours->request_uri = arena_strdup(arena, invitation->request_uri);
	ours->user = arena_strdup(arena, invitation->user);
	ours->display = arena_strdup(arena, invitation->display);
	ours->contact_params = arena_strdup(arena, invitation->contact_params);
	ours->trigger = arena_strdup(arena, invitation->trigger);
	ours->headers = copy(arena, invitation->headers);
	ours->assertion.asserted = copy(arena, invitation->assertion.asserted);
	ours->assertion.privacy_line =
		copy(arena, invitation->assertion.privacy_line);
	mime_tail_hold(ours->list);
	session->record.request_uri = session->record.target =
		ours->request_uri;
	session->record.local =
		arena_printf(arena, "<sip:%s@relay.example.com>", ours->user);
	session->record.remote = arena_printf(arena, "<%s>", ours->request_uri);
	return session;
}

static void respond(const struct session *session, int status)
{
	const struct response response = {.status = status};
	struct request *request = session->acceptance.request;

	if (session->sessions->edge && request->txn)
		edge_respond(session->sessions->edge, request, &response);
	say(session, status == 200 ? "200" : "refused", NULL);
}

struct session *session_accept(struct sessions *sessions,
			       const struct acceptance *acceptance,
			       const struct session_user *user, void *arg)
{
	struct session *session = add(sessions, user, arg);
	struct arena *arena = session->arena;

	session->is_theirs = session->record.is_theirs = true;
	session->state = FAKE_SESSION_ACCEPTED;
	session->acceptance = *acceptance;
	session->acceptance.user = arena_strdup(arena, acceptance->user);
	session->acceptance.contact_params =
		arena_strdup(arena, acceptance->contact_params);
	session->acceptance.headers = copy(arena, acceptance->headers);
	session->record.remote_tag = "theirs";
	session->record.call_id =
		arena_strdup(arena, acceptance->request->call_id);
	session->record.local =
		arena_printf(arena, "<%s>", acceptance->request->target);
	session->record.remote = session->record.target =
		"<sip:caller@192.0.2.9>";
	if (!sessions->refusal)
		return session;
	respond(session, sessions->refusal);
	sessions->refusal = 0;
	session->state = FAKE_SESSION_OVER;
	return NULL;
}

void session_go(struct session *session)
{
	if (session->state != FAKE_SESSION_LEAVING)
		return;
	session->state = FAKE_SESSION_INVITED;
	say(session, "INVITE", NULL);
}

void session_confirm(struct session *session)
{
	if (session->state != FAKE_SESSION_ANSWERED)
		return;
	session->state = FAKE_SESSION_CONFIRMED;
	if (session->is_theirs) {
		respond(session, 200);
		return;
	}
	say(session, "ACK", NULL);
	session->is_media_due = true;
}

static void end(struct session *session, enum session_cause cause, int status)
{
	session->state = FAKE_SESSION_ENDING;
	session->end = (struct session_end){
		.cause = cause, .status = status, .text = "as the test said"};
}

/* What leaves when it ends here. */
static const char *farewell(const struct session *session)
{
	switch (session->state) {
	case FAKE_SESSION_INVITED:
		return "CANCEL";
	case FAKE_SESSION_ANSWERED:
		return session->is_theirs ? NULL : "ACK+BYE";
	case FAKE_SESSION_CONFIRMED:
		return "BYE";
	case FAKE_SESSION_NEW:
	case FAKE_SESSION_LEAVING:
	case FAKE_SESSION_ACCEPTED:
	case FAKE_SESSION_ENDING:
	case FAKE_SESSION_OVER:
		break;
	}
	return NULL;
}

void session_end(struct session *session, int status, const char *reason)
{
	const char *what = farewell(session);

	if (session->state >= FAKE_SESSION_ENDING)
		return;
	session->end_status = status;
	session->end_reason = arena_strdup(session->arena, reason);
	if (what)
		say(session, what, reason ? reason : "-");
	else if (session->is_theirs)
		respond(session, status);
	end(session, SESSION_ENDED, 0);
}

void session_probe(struct session *session)
{
	session->was_probed = true;
	say(session, "OPTIONS", NULL);
}

void *session_arg(const struct session *session)
{
	return session->arg;
}

int session_replaces(struct sessions *sessions, const struct request *request,
		     struct session **ret)
{
	(void)request;
	*ret = sessions->replaced;
	return sessions->replaces_status;
}

static const char *orphan_request(const struct session_orphan *orphan)
{
	if (orphan->was_confirmed)
		return "BYE";
	return orphan->was_not_found ? "WAIT" : "CANCEL";
}

void session_end_record(struct sessions *sessions,
			const struct session_orphan *orphan)
{
	text_printf(&sessions->log, "orphan %s %s\n", orphan_request(orphan),
		    orphan->record->call_id);
	if (sessions->orphans == FAKE_ORPHANS_END || orphan->was_confirmed)
		orphan->done(orphan->arg);
	else if (sessions->orphans == FAKE_ORPHANS_UNKNOWN &&
		 !orphan->was_not_found)
		orphan->not_found(orphan->arg);
}

size_t sessions_count(const struct sessions *sessions)
{
	size_t n = 0;

	for (const struct session *at = sessions->first; at; at = at->next)
		n += at->state != FAKE_SESSION_OVER;
	return n;
}

/* ---- turns -------------------------------------------------------------- */

static void begin(struct session *session)
{
	if (session->invitation.still_permitted &&
	    !session->invitation.still_permitted(session->arg)) {
		end(session, SESSION_WITHDRAWN, 0);
		return;
	}
	session->state = FAKE_SESSION_LEAVING;
	session->user.leaving(session->arg, &session->record);
}

static void answered(struct session *session)
{
	session->state = FAKE_SESSION_ANSWERED;
	session->user.answered(session->arg, &session->record);
}

static int turn(struct session *session)
{
	if (session->state == FAKE_SESSION_NEW)
		begin(session);
	else if (session->state == FAKE_SESSION_ACCEPTED)
		answered(session);
	else if (session->state == FAKE_SESSION_ENDING) {
		session->state = FAKE_SESSION_OVER;
		session->user.ended(session->arg, &session->end);
	} else if (session->state == FAKE_SESSION_CONFIRMED &&
		   session->is_media_due) {
		session->is_media_due = false;
		session->user.media(session->arg, &session->stream);
	} else {
		return 0;
	}
	return 1;
}

/* What a callback adds is at the head, and comes in the next turn. */
int fake_sessions_turn(struct sessions *sessions)
{
	int n = 0;

	for (struct session *at = sessions->first; at; at = at->next)
		n += turn(at);
	return n;
}

struct session *fake_sessions_first(struct sessions *sessions)
{
	return sessions->first;
}

struct session *fake_session_find(struct sessions *sessions, const char *uri)
{
	for (struct session *at = sessions->first; at; at = at->next)
		if (!at->is_theirs && at->state != FAKE_SESSION_OVER &&
		    strcmp(at->invitation.request_uri, uri) == 0)
			return at;
	return NULL;
}

struct session *fake_session_theirs(struct sessions *sessions)
{
	for (struct session *at = sessions->first; at; at = at->next)
		if (at->is_theirs && at->state != FAKE_SESSION_OVER)
			return at;
	return NULL;
}

/* ---- the other side ----------------------------------------------------- */

void fake_session_ring(struct session *session, int status)
{
	if (session->state == FAKE_SESSION_INVITED && session->user.ringing)
		session->user.ringing(session->arg, status);
}

void fake_session_answer(struct session *session)
{
	if (session->state != FAKE_SESSION_INVITED)
		err_fatal("an answer to what was not sent");
	session->record.remote_tag = "theirs";
	answered(session);
}

void fake_session_acknowledge(struct session *session)
{
	if (session->state == FAKE_SESSION_CONFIRMED)
		session->user.media(session->arg, &session->stream);
}

void fake_session_change(struct session *session)
{
	if (session->state == FAKE_SESSION_CONFIRMED)
		session->user.media(session->arg, &session->stream);
}

void fake_session_key(struct session *session, char key)
{
	if (session->state == FAKE_SESSION_CONFIRMED && session->user.key)
		session->user.key(session->arg, key);
}

void fake_session_identify(struct session *session, const char *aor)
{
	const struct identity who = {IDENTITY_ASSERTED, {aor, NULL}};
	bool is_open = session->state == FAKE_SESSION_CONFIRMED ||
		       session->state == FAKE_SESSION_INVITED;

	if (is_open && session->user.identified)
		session->user.identified(session->arg, aor ? &who : NULL);
}

void fake_session_end(struct session *session, enum session_cause cause,
		      int status)
{
	if (session->state == FAKE_SESSION_OVER)
		err_fatal("it was over before");
	if (session->state != FAKE_SESSION_ENDING)
		end(session, cause, status);
	session->state = FAKE_SESSION_OVER;
	session->user.ended(session->arg, &session->end);
}

void fake_session_leave(struct session *session)
{
	fake_session_end(session, SESSION_LEFT, 0);
}
