/* One party: its call, as the session tells it. */
#include "server/focus/focus_private.h"

#include "policies/kept_status.h"
#include "server/base/log.h"

static const struct conferences_settings *
settings_of(const struct conference_party *party)
{
	return &party->room->conferences->settings;
}

static int64_t now_of(const struct conference_party *party)
{
	return loop_wall_s(settings_of(party)->loop);
}

void party_enter(struct conference_party *party, enum party_state state)
{
	party->state = state;
	party->since = now_of(party);
	party->room->version++;
}

/* ---- how it goes --------------------------------------------------------- */

static void count_talk(struct conference_party *party)
{
	int64_t seconds = now_of(party) - party->answered_at;

	if (party->answered_at == 0)
		return;
	sender_talked(party->room->conferences, party->room->sender,
		      seconds > 0 ? seconds : 0);
}

static enum counter failure_of(int status)
{
	switch (status / 100) {
	case 3:
		return COUNT_CALLS_FAILED_3XX;
	case 4:
		return COUNT_CALLS_FAILED_4XX;
	case 5:
		return COUNT_CALLS_FAILED_5XX;
	case 6:
		return COUNT_CALLS_FAILED_6XX;
	default:
		return COUNT_CALLS_FAILED_OTHER;
	}
}

/* A call that rang, or was to, and was not answered. */
static void count_failure(const struct conference_party *party, int status)
{
	if (party->is_dialled_out &&
	    (party->state == PARTY_DIALING || party->state == PARTY_ALERTING))
		count(settings_of(party)->counters, failure_of(status));
}

/* It is gone for everybody who looks; its session may still say goodbye. */
static void disconnect(struct conference_party *party,
		       const struct farewell *farewell)
{
	if (!party_is_there(party))
		return;
	dialout_remove(party);
	if (party->state == PARTY_CONNECTED)
		count_talk(party);
	count_failure(party, farewell->status);
	party->left = farewell->left;
	party->is_revoked = farewell->is_revoked;
	party->sip_status = farewell->status;
	party->is_unverified = farewell->is_unverified;
	party->reason = farewell->text;
	party->over_ms = wall_now_ms();
	party_enter(party, PARTY_DISCONNECTED);
	log_event(LOG_EVENT_PARTY_LEFT, NULL,
		  "conference=%s party=%llu uri=%s left=%s revoked=%d "
		  "status=%d%s call-id=%s",
		  party->room->id, (unsigned long long)party->id,
		  log_text(party->uri), party_left_name(party->left),
		  party->is_revoked, party->sip_status,
		  party->is_unverified ? " reason=certificate" : "",
		  log_text(party->call_id ? party->call_id : ""));
	party_tell(party, PARTY_EVENT_DISCONNECTED);
}

void party_let_go(struct conference_party *party,
		  const struct farewell *farewell)
{
	if (!party_is_there(party))
		return;
	party_close_media(party);
	loop_timer_clear(settings_of(party)->loop, &party->timer);
	dialout_wait_for_ack(party, false);
	party->is_let_go = true;
	disconnect(party, farewell);
	if (party->session)
		session_end(party->session,
			    farewell->status >= 300 ? farewell->status : 480,
			    farewell->reason);
	else
		rows_remove_party(party);
}

/* By itself: what became of it (RFC 4575 section 5.6.6). */
static struct farewell farewell_of(const struct session_end *end)
{
	struct farewell farewell = {.left = PARTY_LEFT_FAILED,
				    .status = end->status};

	switch (end->cause) {
	case SESSION_REFUSED:
		if (end->status == 486 || end->status == 600)
			farewell.left = PARTY_LEFT_BUSY;
		break;
	case SESSION_WITHDRAWN:
		farewell.left = PARTY_LEFT_DEPARTED;
		farewell.is_revoked = true;
		break;
	case SESSION_UNVERIFIED:
		farewell.is_unverified = true;
		farewell.text = status_reason(STATUS_UNVERIFIED);
		break;
	case SESSION_LEFT:
	case SESSION_CANCELLED:
	case SESSION_ENDED:
		farewell.left = PARTY_LEFT_DEPARTED;
		farewell.status = 0;
		break;
	case SESSION_SILENT:
	case SESSION_UNREACHABLE:
	case SESSION_LOST:
	case SESSION_UNUSABLE:
		break;
	}
	return farewell;
}

/* A creator who hangs up right after the 200 has rung people for nothing. */
static void note_hang_up(const struct conference_party *party,
			 const struct session_end *end)
{
	if (party->is_creator && end->cause == SESSION_LEFT &&
	    party->state == PARTY_CONNECTED &&
	    now_of(party) - party->answered_at < 2)
		sender_hung_up(party->room->conferences, party->room->sender);
}

static void on_ended(void *arg, const struct session_end *end)
{
	struct conference_party *party = arg;
	struct conference_room *room = party->room;
	struct farewell farewell = farewell_of(end);

	party->session = NULL;
	room->n_sessions--;
	loop_timer_clear(settings_of(party)->loop, &party->timer);
	dialout_wait_for_ack(party, false);
	party_close_media(party);
	dialout_refused(party, end->status, end->retry_after_s);
	note_hang_up(party, end);
	disconnect(party, &farewell);
	if (party->request)
		request_free(party->request);
	party->request = NULL;
	rows_remove_party(party);
	dialout_wake(room->conferences);
	room_check(room);
}

void party_fail(struct conference_party *party, int status, const char *text)
{
	const struct farewell farewell = {
		.left = PARTY_LEFT_FAILED, .status = status, .text = text};

	party_let_go(party, &farewell);
	room_check(party->room);
}

/* ---- on disk before it leaves -------------------------------------------- */

static void leaving_over(struct row_job *job)
{
	struct conference_party *party = job->party;

	if (party->is_let_go || !party->session)
		return;
	if (job->store_job.write.err) {
		party_fail(party, 503, "Cannot Store Now");
		return;
	}
	if (!party->called_ms)
		party->called_ms = wall_now_ms();
	session_go(party->session);
}

/* Proxies log it: INVITEs of one call have one. */
static void note_call_id(struct conference_party *party,
			 const struct session_record *record)
{
	if (!party->call_id)
		party->call_id =
			arena_strdup(party->room->arena, record->call_id);
}

static void on_leaving(void *arg, const struct session_record *record)
{
	struct conference_party *party = arg;

	note_call_id(party, record);
	if (!party->is_let_go)
		rows_record(party, CALL_INVITING, record, leaving_over);
}

static void confirm(struct conference_party *party)
{
	if (party->is_confirmed)
		return;
	party->is_confirmed = true;
	session_confirm(party->session);
	dialout_wait_for_ack(party, false);
}

/* The first time there is more to put on disk than this party. */
static void known_over(struct row_job *job)
{
	struct conference_room *room = job->room;
	struct conference_party *party = job->party;

	if (job->store_job.write.err == ERR_OK &&
	    room->state == CONFERENCE_WAITING) {
		room->is_known = true;
		log_event(LOG_EVENT_CONFERENCE_CREATED, NULL,
			  "conference=%s service=%s sender=%s parties=%zu "
			  "by=invite call-id=%s",
			  room->id, log_text(room->service_name),
			  log_text(room->sender), room->n_parties,
			  log_text(party->call_id));
		room_tell(room, CONFERENCE_EVENT_CREATED);
	}
	if (party->is_let_go || !party->session)
		return;
	if (job->store_job.write.err)
		room_finish(room, CONFERENCE_END_STORE);
	else
		confirm(party);
}

/* Nobody is left hanging: their 2xx gets its ACK, then BYE. */
static void confirm_and_end(struct conference_party *party)
{
	confirm(party);
	party_fail(party, 503, "Cannot Store Now");
}

static void answered_over(struct row_job *job)
{
	struct conference_party *party = job->party;

	if (party->is_let_go || !party->session)
		return;
	loop_timer_clear(settings_of(party)->loop, &party->timer);
	if (!job->store_job.write.err)
		confirm(party);
	else if (party->is_dialled_out)
		confirm_and_end(party);
	else
		party_fail(party, 503, "Cannot Store Now");
}

static void on_timer(void *arg)
{
	struct conference_party *party = arg;

	if (party->is_let_go || !party->session)
		return;
	if (!party->is_confirmed && party->is_dialled_out)
		confirm_and_end(party);
	else
		party_check_silence(party);
}

static void on_answered(void *arg, const struct session_record *record)
{
	struct conference_party *party = arg;

	if (party->is_let_go)
		return;
	note_call_id(party, record);
	if (!party->room->is_known) {
		rows_add_room(party->room, party, record, known_over, NULL);
		return;
	}
	dialout_wait_for_ack(party, party->is_dialled_out);
	rows_record(party, CALL_CONFIRMED, record, answered_over);
	if (party->is_dialled_out && party->session && !party->is_let_go)
		loop_timer_set(settings_of(party)->loop, &party->timer,
			       ACK_WAIT_MS);
}

/* ---- what else it tells -------------------------------------------------- */

static void on_ringing(void *arg, int status)
{
	struct conference_party *party = arg;

	if (status != 180 || party->state != PARTY_DIALING)
		return;
	party_enter(party, PARTY_ALERTING);
	party_tell(party, PARTY_EVENT_ALERTING);
}

/* RFC 3891: who comes back by another call takes the place of the one that
 * they had. */
static void replace_others(struct conference_party *party)
{
	static const struct farewell farewell = {.left = PARTY_LEFT_DEPARTED};
	struct conference_party *it;

	TAILQ_FOREACH(it, &party->room->parties, link)
	{
		if (it != party && party_is_there(it) &&
		    uri_keys_name_one(it->key, party->key))
			party_let_go(it, &farewell);
	}
}

static void join(struct conference_party *party)
{
	party->is_joined = true;
	party->answered_at = now_of(party);
	party->answered_ms = wall_now_ms();
	dialout_answered(party);
	if (party->is_dialled_out)
		count(settings_of(party)->counters, COUNT_CALLS_ANSWERED);
	party_enter(party, PARTY_CONNECTED);
	log_event(LOG_EVENT_PARTY_JOINED, NULL,
		  "conference=%s party=%llu uri=%s call-id=%s", party->room->id,
		  (unsigned long long)party->id, log_text(party->uri),
		  log_text(party->call_id));
	party_tell(party, PARTY_EVENT_CONNECTED);
	if (!party->is_dialled_out)
		replace_others(party);
	room_live(party->room);
	room_check(party->room);
}

static void on_media(void *arg, const struct media_stream *stream)
{
	struct conference_party *party = arg;
	bool was_on_hold = party->is_on_hold;

	if (party->is_let_go)
		return;
	if (!party_set_media(party, stream)) {
		party_fail(party, 488, "Media Address Not Allowed");
		return;
	}
	if (!party->is_joined)
		join(party);
	else if (was_on_hold != party->is_on_hold)
		party_tell(party, PARTY_EVENT_HELD);
}

static void on_key(void *arg, char key)
{
	struct conference_party *party = arg;

	if (!party->is_let_go)
		party_take_key(party, key);
}

const struct session_user party_user = {.leaving = on_leaving,
					.ringing = on_ringing,
					.answered = on_answered,
					.media = on_media,
					.key = on_key,
					.identified = party_identified,
					.ended = on_ended};

/* ---- how it begins ------------------------------------------------------- */

static struct conference_party *party_new(struct conference_room *room)
{
	struct conference_party *party =
		arena_alloc(room->arena, sizeof(*party));

	party->room = room;
	party->id = ++room->conferences->last_party;
	party->direction = SDP_SENDRECV;
	party->since = loop_wall_s(room->conferences->settings.loop);
	loop_timer_init(&party->timer, on_timer, party);
	TAILQ_INSERT_TAIL(&room->parties, party, link);
	room->n_parties++;
	room->n_made++;
	room->version++;
	return party;
}

uint64_t person_of(const struct conferences *conferences, const char *key)
{
	char room[URI_KEY_ROOM];
	const char *person = uri_key_person(key, room) ? room : key;

	return hash_64(&conferences->hash_key, person, strlen(person));
}

/* What others see of somebody who is not to be named: a number that stays. */
static const char *anonymous_name(struct conference_room *room)
{
	return arena_printf(room->arena, "sip:anonymous%u@anonymous.invalid",
			    ++room->n_anonymous);
}

struct conference_party *party_add_callee(struct conference_room *room,
					  const struct callee *callee)
{
	struct conference_party *party = party_new(room);
	struct arena *arena = room->arena;

	party->uri = arena_strdup(arena, callee->uri);
	party->key = arena_strdup(arena, callee->key);
	party->person = person_of(room->conferences, party->key);
	party->name = arena_strdup(arena, callee->name);
	party->display_name = arena_strdup(arena, callee->display_name);
	party->is_hidden = callee->copy == COPY_BCC || callee->is_anonymous;
	party->shown_as = party->is_hidden ? anonymous_name(room) : party->name;
	party->is_muted = callee->is_muted;
	party->is_dialled_out = true;
	party->caller = callee->caller;
	party->cached = callee->cached;
	return party;
}

struct conference_party *party_add_dial_in(struct conference_room *room,
					   struct request *request)
{
	struct conference_party *party = party_new(room);
	struct arena *arena = room->arena;

	party->state = PARTY_DIALING;
	party->key = arena_strdup(arena, request->sender.aor[0]);
	party->other_key = arena_strdup(arena, request->sender.aor[1]);
	party->person = person_of(room->conferences, party->key);
	party->uri = party->name = party->key;
	party->is_hidden = request->privacy != 0;
	party->shown_as = party->is_hidden ? anonymous_name(room) : party->name;
	party->is_creator = room->sender && !room->by_rest &&
			    strcmp(party->key, room->sender) == 0;
	party->request = request;
	return party;
}

void party_restore(struct conference_room *room, const struct call_row *row)
{
	struct conference_party *party = party_new(room);

	party->uri = arena_strdup(room->arena, row->party_uri);
	party->key = party->name = party->uri;
	party->person = person_of(room->conferences, party->key);
	party->shown_as = anonymous_name(room); /* nobody has said who may see
						   them */
	party->is_hidden = true;
	party->is_dialled_out = !row->is_theirs;
	party->since = row->since;
	party->state = PARTY_DISCONNECTED;
	party->left = row->state == CALL_CONFIRMED ? PARTY_LEFT_DEPARTED
						   : PARTY_LEFT_FAILED;
}

enum party_answer party_accept(struct conference_party *party)
{
	struct conference_room *room = party->room;
	struct acceptance acceptance = {.request = party->request,
					.user = room->user,
					.contact_params = ";isfocus"};

	if (party_open_media(party, &acceptance.local))
		return PARTY_WITHOUT_PORT;
	party->session = session_accept(settings_of(party)->sessions,
					&acceptance, &party_user, party);
	if (party->session) {
		room->n_sessions++;
		return PARTY_ACCEPTED;
	}
	party_close_media(party);
	return PARTY_REFUSED;
}
