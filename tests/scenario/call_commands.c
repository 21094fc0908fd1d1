/* Calls in a scenario: what other phones do, and what is expected of ours. */
#include "db/conferences.h"
#include "tests/scenario/script.h"

/* ---- conferences as others see them -------------------------------------- */

/** The newest one, copied. */
struct seen {
	struct script *script;
	char id[CONFERENCE_ID_LEN + 1];
	struct conference_view conference;
	struct party_view *parties;
};

static void see(void *arg, const struct conference_view *view)
{
	struct seen *seen = arg;
	struct arena *arena = seen->script->fixture.arena;

	seen->conference = *view;
	memcpy(seen->id, view->id, sizeof(seen->id));
	seen->parties =
		arena_array(arena, view->n_parties + 1, sizeof(*seen->parties));
	memcpy(seen->parties, view->parties,
	       view->n_parties * sizeof(*seen->parties));
}

static bool see_newest(struct script *script, struct seen *ret)
{
	const struct conference_filter all = {.limit = 1000};

	*ret = (struct seen){.script = script};
	conferences_list(script->fixture.conferences, &all, see, ret);
	return ret->id[0] != '\0';
}

static const struct party_view *find_party(const struct seen *seen,
					   const char *uri)
{
	const struct party_view *found = NULL;

	for (size_t i = 0; i < seen->conference.n_parties; i++) {
		if (strcmp(seen->parties[i].uri, uri) == 0)
			found = &seen->parties[i];
	}
	return found;
}

/* ---- what comes in ------------------------------------------------------- */

bool script_is_conference(struct script *script, struct request *request)
{
	struct seen seen;
	const char *at = strstr(request->target, "sip:c-");

	if (at)
		at += strlen("sip:");
	else if (see_newest(script, &seen) &&
		 strcmp(request->target, "sip:CONFERENCE@" FIXTURE_DOMAIN) == 0)
		at = arena_printf(request->arena, "c-%s@", seen.id);
	if (!at)
		return false;
	request->purpose = PURPOSE_CONFERENCE;
	request->conference = arena_printf(request->arena, "%.*s", 18, at);
	return true;
}

void script_receive_invite(struct script *script, struct request *request)
{
	struct conferences *conferences = script->fixture.conferences;

	request->call_id = arena_printf(request->arena, "invite-%u@example.com",
					script->n_requests);
	request->source = "192.0.2.9:5060";
	if (request->purpose == PURPOSE_CONFERENCE)
		conferences_receive_dial_in(conferences, request);
	else
		conferences_receive(conferences, request);
}

static struct session *theirs(struct script *script)
{
	struct session *session = fake_session_theirs(script->fixture.sessions);

	if (!session)
		script_fail(script, "nobody has called");
	return session;
}

/* acknowledge: the newest call of theirs gets its ACK */
static void run_acknowledge(struct script *script)
{
	struct session *session = theirs(script);

	if (session)
		fake_session_acknowledge(session);
	fixture_settle(&script->fixture);
}

/* caller leaves|cancels|lost|is AOR: the newest call of theirs */
static void run_caller(struct script *script)
{
	struct session *session = theirs(script);

	if (!session)
		return;
	if (script_arg_is(script, 1, "leaves"))
		fake_session_leave(session);
	else if (script_arg_is(script, 1, "cancels"))
		fake_session_end(session, SESSION_CANCELLED, 487);
	else if (script_arg_is(script, 1, "is"))
		fake_session_identify(session, script_arg(script, 2));
	else
		fake_session_end(session, SESSION_LOST, 408);
	fixture_settle(&script->fixture);
}

static struct session *ours(struct script *script)
{
	struct session *session = fake_session_find(script->fixture.sessions,
						    script_arg(script, 1));

	if (!session)
		script_fail(script, "nobody called them");
	return session;
}

/* ring URI [STATUS] */
static void run_ring(struct script *script)
{
	struct session *session = ours(script);

	if (session)
		fake_session_ring(session,
				  script->line->n > 2
					  ? (int)script_number(script, 2)
					  : 180);
	fixture_settle(&script->fixture);
}

bool script_answer_call(struct script *script, const char *uri, int status)
{
	struct session *session =
		fake_session_find(script->fixture.sessions, uri);

	if (!session)
		return false;
	if (status < 300)
		fake_session_answer(session);
	else
		fake_session_end(session,
				 status == 408 ? SESSION_SILENT
					       : SESSION_REFUSED,
				 status);
	return true;
}

/* bye URI */
static void run_bye(struct script *script)
{
	struct session *session = ours(script);

	if (session)
		fake_session_leave(session);
	fixture_settle(&script->fixture);
}

/* hold URI on|off: their re-INVITE */
static void run_hold(struct script *script)
{
	struct session *session = ours(script);

	if (!session)
		return;
	session->stream.is_on_hold = script_arg_is(script, 2, "on");
	fake_session_change(session);
	fixture_settle(&script->fixture);
}

/* identified URI [AOR]: who is at the other end, by a believed peer */
static void run_identified(struct script *script)
{
	struct session *session = ours(script);

	if (session)
		fake_session_identify(session, script->line->n > 2
						       ? script_arg(script, 2)
						       : NULL);
	fixture_settle(&script->fixture);
}

/* replaces URI|STATUS: what the Replaces of their next INVITEs names */
static void run_replaces(struct script *script)
{
	struct sessions *sessions = script->fixture.sessions;
	bool is_status = script_arg(script, 1)[0] == '4';

	fake_sessions_replace(sessions,
			      is_status ? (int)script_number(script, 1) : 0,
			      is_status ? NULL : ours(script));
}

/* orphans end|unknown|silent: those whom the process before the next start
 * called */
static void run_orphans(struct script *script)
{
	enum fake_orphans orphans = FAKE_ORPHANS_END;

	if (script_arg_is(script, 1, "unknown"))
		orphans = FAKE_ORPHANS_UNKNOWN;
	else if (script_arg_is(script, 1, "silent"))
		orphans = FAKE_ORPHANS_SILENT;
	script->fixture.orphans = orphans;
}

/* refuse STATUS: the next call of theirs, by the session */
static void run_refuse(struct script *script)
{
	fake_sessions_refuse(script->fixture.sessions,
			     (int)script_number(script, 1));
}

static void tell(struct script *script, enum media_event_kind kind)
{
	struct mixer *mixer = script->fixture.mixer;
	unsigned n = (unsigned)(script_arg_is(script, 1, "all")
					? 0
					: script_number(script, 1) - 1);

	do
		fake_mixer_tell(mixer, n++, kind, 0);
	while (script_arg_is(script, 1, "all") && fake_mixer_at(mixer, n));
}

/* media N|all silent|heard|talking|quiet: of the one who came as number N */
static void run_media(struct script *script)
{
	static const struct {
		const char *name;
		enum media_event_kind kind;
	} kinds[] = {{"silent", MEDIA_EVENT_SILENT},
		     {"heard", MEDIA_EVENT_HEARD},
		     {"talking", MEDIA_EVENT_TALKING},
		     {"quiet", MEDIA_EVENT_QUIET}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (script_arg_is(script, 2, kinds[i].name))
			tell(script, kinds[i].kind);
	}
	fixture_settle(&script->fixture);
}

const struct word script_call_commands[] = {
	{"acknowledge", run_acknowledge},
	{"caller", run_caller},
	{"ring", run_ring},
	{"bye", run_bye},
	{"hold", run_hold},
	{"identified", run_identified},
	{"orphans", run_orphans},
	{"refuse", run_refuse},
	{"replaces", run_replaces},
	{"media", run_media},
	{NULL, NULL},
};

/* ---- settings ------------------------------------------------------------ */

bool script_set_conference(struct script *script)
{
	struct conferences_settings *settings = &script->fixture.conferring;
	int64_t value = script_number(script, 2);

	if (script_arg_is(script, 1, "parties"))
		settings->parties_max = (size_t)value;
	else if (script_arg_is(script, 1, "conferences-per-sender"))
		settings->per_sender = (size_t)value;
	else if (script_arg_is(script, 1, "conferences"))
		settings->conferences_max = (size_t)value;
	else if (script_arg_is(script, 1, "calls-per-sender"))
		settings->calls_per_sender = (size_t)value;
	else if (script_arg_is(script, 1, "minutes-per-day"))
		settings->minutes_per_day = value;
	else if (script_arg_is(script, 1, "ringing-per-conference"))
		settings->dialout.ringing_per_conference = (int)value;
	else if (script_arg_is(script, 1, "dialout-rate"))
		settings->dialout.rate = settings->dialout.burst = (int)value;
	else if (script_arg_is(script, 1, "last-leaves"))
		settings->end_when = CONFERENCE_END_WHEN_LAST_LEAVES;
	else if (script_arg_is(script, 1, "expiry-ends-calls"))
		settings->expiry_ends_calls = value != 0;
	else
		return false;
	return true;
}

/* ---- what is expected ---------------------------------------------------- */

/* Takes the line out of what was logged. */
static bool take_line(struct script *script, struct view wanted)
{
	struct sessions *sessions = script->fixture.sessions;
	struct view log = view_of(fake_sessions_log(sessions)), rest = log;
	struct text others;
	bool is_found = false;

	text_init(&others, script->fixture.arena);
	while (rest.len) {
		size_t end = view_find(rest, '\n', 0);
		struct view line = view_head(rest, end);

		rest = view_from(rest, end + 1);
		if (!is_found && view_equal(line, wanted)) {
			is_found = true;
			continue;
		}
		text_add_view(&others, line);
		text_add(&others, "\n");
	}
	if (is_found)
		fake_sessions_set_log(sessions, others.len ? others.at : "");
	return is_found;
}

/* expect call TEXT...: "INVITE sip:b@example.com", taken out of the log */
static void look_call(struct script *script)
{
	struct text text;

	text_init(&text, script->fixture.arena);
	for (size_t i = 2; i < script->line->n; i++) {
		text_add(&text, text.len ? " " : "");
		text_add_view(&text, script->line->args[i]);
	}
	if (!take_line(script, text_view(&text)))
		script_fail(script, "no such call:\n%s",
			    fake_sessions_log(script->fixture.sessions));
}

/* expect calls NUMBER of INVITE since last looked, all forgotten after it */
static void look_calls(struct script *script)
{
	struct sessions *sessions = script->fixture.sessions;
	const char *at = fake_sessions_log(sessions);
	int64_t n = 0;

	while ((at = strstr(at, "INVITE "))) {
		n++;
		at++;
	}
	if (n != script_number(script, 2))
		script_fail(script, "%lld were made:\n%s", (long long)n,
			    fake_sessions_log(sessions));
	fake_sessions_clear(sessions);
}

/* expect quiet: nothing of calls was sent since last looked */
static void look_quiet(struct script *script)
{
	const char *log = fake_sessions_log(script->fixture.sessions);

	if (*log)
		script_fail(script, "sent:\n%s", log);
}

/* expect party URI STATE [LEFT [revoked]] */
static void look_party(struct script *script)
{
	const struct party_view *party = NULL;
	struct seen seen;

	if (see_newest(script, &seen))
		party = find_party(&seen, script_arg(script, 2));
	if (!party)
		script_fail(script, "no such party");
	else if (!script_arg_is(script, 3, party_state_name(party->state)) ||
		 (script->line->n > 4 &&
		  !script_arg_is(script, 4, party_left_name(party->left))) ||
		 party->is_revoked != script_arg_is(script, 5, "revoked"))
		script_fail(script, "it is %s, left %s, revoked %d, status %d",
			    party_state_name(party->state),
			    party_left_name(party->left), party->is_revoked,
			    party->sip_status);
}

/* expect conference STATE [BY], or `none` */
static void look_conference(struct script *script)
{
	struct seen seen;

	if (!see_newest(script, &seen)) {
		if (!script_arg_is(script, 2, "none"))
			script_fail(script, "there is none");
	} else if (!script_arg_is(
			   script, 2,
			   conference_state_name(seen.conference.state)) ||
		   (script->line->n > 3 &&
		    !script_arg_is(
			    script, 3,
			    conference_end_name(seen.conference.ended_by)))) {
		script_fail(script, "it is %s by %s",
			    conference_state_name(seen.conference.state),
			    conference_end_name(seen.conference.ended_by));
	}
}

/* expect media NUMBER [held NUMBER]: parties that hear and are heard */
static void look_media(struct script *script)
{
	const struct fake_participant *it;
	int64_t n = 0, n_held = 0;

	for (unsigned i = 0; (it = fake_mixer_at(script->fixture.mixer, i));
	     i++) {
		n += it->is_connected;
		n_held += it->is_connected && it->controls.is_held;
	}
	if (n != script_number(script, 2) ||
	    (script->line->n > 4 && n_held != script_number(script, 4)))
		script_fail(script, "%lld are connected, %lld held",
			    (long long)n, (long long)n_held);
}

/* expect rows NUMBER: calls on disk */
static void look_rows(struct script *script)
{
	struct conferences_left left;
	enum err err = store_conferences_left(
		fake_writer_store(script->fixture.writer),
		script->fixture.arena, &left);

	if (err || (int64_t)left.n_calls != script_number(script, 2))
		script_fail(script, "%zu calls, %zu conferences (%s)",
			    left.n_calls, left.n_conferences, err_text(err));
	else if (left.n_calls == 0 && left.n_conferences > 0)
		script_fail(script, "%zu conferences are left",
			    left.n_conferences);
}

/* expect invitation URI has|lacks TEXT: what the call says of the conference */
static void look_invitation(struct script *script)
{
	const struct session *session = fake_session_find(
		script->fixture.sessions, script_arg(script, 2));
	const struct invitation *it;
	struct text text;

	if (!session) {
		script_fail(script, "nobody called them");
		return;
	}
	it = &session->invitation;
	text_init(&text, script->fixture.arena);
	text_printf(&text,
		    "display=%s user=%.2s params=%s trigger=%s forwards=%d "
		    "breadth=%d\n%.*s%.*s%.*s%.*s",
		    it->display ? it->display : "", it->user,
		    it->contact_params, it->trigger, it->max_forwards,
		    it->max_breadth, (int)it->headers.len, it->headers.at,
		    (int)it->assertion.asserted.len, it->assertion.asserted.at,
		    (int)it->assertion.privacy_line.len,
		    it->assertion.privacy_line.at,
		    it->list ? (int)it->list->bytes.len : 0,
		    it->list ? it->list->bytes.at : "");
	if ((view_find_view(text_view(&text), script->line->args[4], 0) !=
	     SIZE_MAX) != script_arg_is(script, 3, "has"))
		script_fail(script, "it says:\n%s", text.at);
}

static const struct word expectations[] = {
	{"call", look_call},
	{"calls", look_calls},
	{"quiet", look_quiet},
	{"party", look_party},
	{"conference", look_conference},
	{"media", look_media},
	{"rows", look_rows},
	{"invitation", look_invitation},
	{NULL, NULL},
};

bool script_expect_call(struct script *script)
{
	for (const struct word *word = expectations; word->name; word++) {
		if (script_arg_is(script, 1, word->name)) {
			word->run(script);
			return true;
		}
	}
	return false;
}
