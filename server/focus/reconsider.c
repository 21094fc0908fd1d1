/* A yes was taken back while the call that rests on it runs. */
#include "server/focus/focus_private.h"

static const struct farewell withdrawn = {.left = PARTY_LEFT_DEPARTED,
					  .is_revoked = true,
					  .reason = REASON_WITHDRAWN};

/*
 * A yes that ran out lets the call be that it allowed, and forbids the next:
 * nobody has said no.  One that was removed is gone while its time is not over.
 */
static bool has_run_out(const struct conference_party *party,
			const struct cached_grant *was, int64_t now)
{
	return !party->room->conferences->settings.expiry_ends_calls &&
	       was->until != 0 && now >= was->until;
}

static bool may_stay(struct conference_party *party, int64_t now)
{
	const struct conferences *conferences = party->room->conferences;
	const struct cached_grant was = party->cached;

	if (!party->caller || !party_is_there(party))
		return true;
	if (party_is_refused(party, now))
		return false;
	switch (index_decide_cached(conferences->settings.index,
				    party->caller->query, party->key, now,
				    &party->cached)) {
	case VERDICT_GRANTED:
		return true;
	case VERDICT_MISSING:
		if (!has_run_out(party, &was, now))
			return false;
		party->cached = was;
		return true;
	case VERDICT_UNTOLD: /* who waits to be called waits on */
		if (!party->session)
			return true;
		if (!has_run_out(party, &was, now))
			return false;
		party->cached = was;
		return true;
	case VERDICT_DENIED:
		break;
	}
	return false;
}

static void silence_room(struct conference_room *room, int64_t now,
			 bool *ret_is_any)
{
	struct conference_party *party;

	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (may_stay(party, now))
			continue;
		party->is_to_go = true;
		party_close_media(party);
		*ret_is_any = true;
	}
}

static void send_away(struct conference_room *room)
{
	struct conference_party *party;

	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (!party->is_to_go)
			continue;
		party->is_to_go = false;
		count(room->conferences->settings.counters,
		      COUNT_REVOKED_CALLS);
		party_let_go(party, &withdrawn);
	}
}

/* RFC 5361 section 3.1.2: who is no sender any more has no conferences. */
static void check_senders(struct conferences *conferences)
{
	const struct accounts *accounts = conferences->settings.accounts;
	struct conference_room *room, *next;
	uint64_t n = accounts ? accounts_changes(accounts) : 0;

	if (n == conferences->accounts_seen)
		return;
	conferences->accounts_seen = n;
	for (room = TAILQ_FIRST(&conferences->running); room; room = next) {
		next = TAILQ_NEXT(room, link);
		if (room->has_account &&
		    !accounts_may(accounts, room->sender, ACCOUNT_SEND))
			room_finish(room, CONFERENCE_END_SENDER);
	}
}

/* Silent first, for all of them; then BYE and CANCEL. */
void conferences_reconsider(struct conferences *conferences)
{
	int64_t now = loop_wall_s(conferences->settings.loop);
	int64_t began_us = monotonic_now_us();
	struct conference_room *room, *next;
	bool is_any = false;

	check_senders(conferences);
	TAILQ_FOREACH(room, &conferences->running, link)
	silence_room(room, now, &is_any);
	/* Also for those whose call has just ended by itself. */
	mixer_settle(conferences->settings.mixer);
	if (!is_any)
		return;
	for (room = TAILQ_FIRST(&conferences->running); room; room = next) {
		next = TAILQ_NEXT(room, link);
		send_away(room);
		room_check(room);
	}
	histogram_note(conferences->settings.counters, HISTOGRAM_SILENCE,
		       monotonic_now_us() - began_us);
}
