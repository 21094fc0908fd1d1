/* One conference: its states and its clocks. */
#include "server/focus/focus_private.h"

#include "server/base/log.h"

static struct loop *loop_of(const struct conference_room *room)
{
	return room->conferences->settings.loop;
}

void room_clocks_clear(struct conference_room *room)
{
	loop_timer_clear(loop_of(room), &room->creator_timer);
	loop_timer_clear(loop_of(room), &room->alone_timer);
	loop_timer_clear(loop_of(room), &room->duration_timer);
}

void room_live(struct conference_room *room)
{
	struct conference_party *party;

	if (room->state != CONFERENCE_WAITING)
		return;
	room->state = CONFERENCE_LIVE;
	if (room->duration_s > 0)
		loop_timer_set(loop_of(room), &room->duration_timer,
			       (int64_t)room->duration_s * 1000);
	log_event(LOG_EVENT_CONFERENCE_LIVE, NULL, "conference=%s parties=%zu",
		  room->id, room->n_parties);
	room_tell(room, CONFERENCE_EVENT_LIVE);
	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (party->state == PARTY_QUEUED)
			party_queue(party);
	}
	room_check(room);
}

/* ---- the end ------------------------------------------------------------ */

static void ended(struct conference_room *room)
{
	room->state = CONFERENCE_ENDED;
	room->ended_at = loop_wall_s(loop_of(room));
	room_clocks_clear(room);
	if (room->is_known) {
		log_event(LOG_EVENT_CONFERENCE_ENDED, NULL,
			  "conference=%s by=%s parties=%zu", room->id,
			  conference_end_name(room->ended_by), room->n_parties);
		room_tell(room, CONFERENCE_EVENT_ENDED);
	}
	room_hold(room);
	room_bury(room);
	rows_remove_room(room);
	room_unhold(room);
}

static struct farewell farewell_of(enum conference_end why)
{
	struct farewell farewell = {.left = PARTY_LEFT_DEPARTED};

	switch (why) {
	case CONFERENCE_END_STOP:
	case CONFERENCE_END_RESTART:
		farewell.status = 503;
		farewell.reason = REASON_STOPPED;
		break;
	case CONFERENCE_END_STORE:
		farewell.left = PARTY_LEFT_FAILED;
		farewell.status = 503;
		farewell.text = "Cannot Store Now";
		break;
	case CONFERENCE_END_OPERATOR:
	case CONFERENCE_END_SENDER:
		farewell.reason = REASON_REMOVED;
		break;
	case CONFERENCE_END_NONE:
	case CONFERENCE_END_CREATOR:
	case CONFERENCE_END_LAST:
	case CONFERENCE_END_ALONE:
	case CONFERENCE_END_DURATION:
	case CONFERENCE_END_ABANDONED:
	case CONFERENCE_ENDS:
		break;
	}
	return farewell;
}

static void close_mixing(struct conference_room *room)
{
	if (room->mixing &&
	    mixer_conference_close(room->conferences->settings.mixer,
				   room->mixing, NULL, NULL))
		err_fatal("the mixer did not know a conference");
	room->mixing = 0;
}

void room_finish(struct conference_room *room, enum conference_end why)
{
	struct farewell farewell = farewell_of(why);
	struct conference_party *party;

	if (room->state >= CONFERENCE_ENDING)
		return;
	room->state = CONFERENCE_ENDING;
	room->ended_by = why;
	room_clocks_clear(room);
	TAILQ_FOREACH(party, &room->parties, link)
	party_let_go(party, &farewell);
	close_mixing(room);
	if (room->n_sessions == 0)
		ended(room);
}

/* ---- who is there ------------------------------------------------------- */

struct presence {
	size_t n_connected, n_coming;
	bool has_creator;
};

static struct presence look_round(const struct conference_room *room)
{
	const struct conference_party *party;
	struct presence presence = {0};

	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (!party_is_there(party))
			continue;
		if (party->state == PARTY_CONNECTED)
			presence.n_connected++;
		else
			presence.n_coming++;
		presence.has_creator |= party->is_creator;
	}
	return presence;
}

static void set_clock(struct conference_room *room, struct loop_timer *timer,
		      bool is_due, int64_t ms)
{
	if (!is_due)
		loop_timer_clear(loop_of(room), timer);
	else if (!loop_timer_is_set(timer))
		loop_timer_set(loop_of(room), timer, ms);
}

/* RFC 4579 section 5.12: a conference may end with its creator. */
static void check_live(struct conference_room *room)
{
	struct presence presence = look_round(room);
	int alone_s = room->conferences->settings.alone_s;
	bool is_left = room->end_when == CONFERENCE_END_WHEN_CREATOR_LEAVES &&
		       !room->by_rest && !presence.has_creator;

	set_clock(room, &room->creator_timer, is_left, CREATOR_GRACE_MS);
	set_clock(room, &room->alone_timer,
		  alone_s > 0 && presence.n_connected == 1 &&
			  presence.n_coming == 0,
		  (int64_t)alone_s * 1000);
	if (!is_left && presence.n_connected + presence.n_coming == 0)
		room_finish(room, CONFERENCE_END_LAST);
}

void room_check(struct conference_room *room)
{
	switch (room->state) {
	case CONFERENCE_WAITING: /* its creator has not confirmed */
		if (room->n_sessions == 0 && !room->by_rest)
			room_finish(room, CONFERENCE_END_ABANDONED);
		break;
	case CONFERENCE_LIVE:
		check_live(room);
		break;
	case CONFERENCE_ENDING:
		if (room->n_sessions == 0)
			ended(room);
		break;
	case CONFERENCE_ENDED:
	case CONFERENCE_STATES:
		break;
	}
}
