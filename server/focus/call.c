/* Calling somebody: what the INVITE says, and whether it may leave. */
#include "server/focus/focus_private.h"

static const struct conferences_settings *
settings_of(const struct conference_party *party)
{
	return &party->room->conferences->settings;
}

/* ---- the call ------------------------------------------------------------ */

/** A notice leaves within the second, where there are few. */
#define UNTOLD_MOST_MS 30000

static enum verdict decide_at(struct conference_party *party, int64_t now)
{
	return index_decide_cached(settings_of(party)->index,
				   party->caller->query, party->key, now,
				   &party->cached);
}

static bool is_permitted_at(struct conference_party *party, int64_t now)
{
	return decide_at(party, now) == VERDICT_GRANTED;
}

bool party_is_permitted(struct conference_party *party)
{
	return !party->caller ||
	       is_permitted_at(party, loop_wall_s(settings_of(party)->loop));
}

bool party_is_untold(struct conference_party *party)
{
	const struct conferences_settings *settings = settings_of(party);
	int64_t now_ms = loop_now_ms(settings->loop);

	if (decide_at(party, loop_wall_s(settings->loop)) != VERDICT_UNTOLD)
		return false;
	if (settings->untold)
		settings->untold(settings->untold_arg, party->cached.row);
	if (!party->untold_ms)
		party->untold_ms = now_ms ? now_ms : 1;
	return now_ms - party->untold_ms < UNTOLD_MOST_MS;
}

bool party_is_refused(const struct conference_party *party, int64_t now)
{
	for (size_t i = 0; party->caller && party->names && i < 2; i++) {
		const char *key = party->names[i];
		struct cached_grant unused = {0};

		if (*key && index_decide_cached(settings_of(party)->index,
						party->caller->query, key, now,
						&unused) == VERDICT_DENIED)
			return true;
	}
	return false;
}

static void know_names(struct conference_party *party,
		       const struct identity *who)
{
	if (!party->names)
		party->names = arena_alloc(party->room->arena,
					   2 * sizeof(*party->names));
	for (size_t i = 0; i < 2; i++)
		snprintf(party->names[i], sizeof(party->names[i]), "%s",
			 who && who->aor[i] ? who->aor[i] : "");
}

/* Somebody else may have taken the call: their no ends it. */
static void callee_identified(struct conference_party *party,
			      const struct identity *who)
{
	static const struct farewell refused = {.left = PARTY_LEFT_DEPARTED,
						.is_revoked = true,
						.reason = REASON_WITHDRAWN};

	know_names(party, who);
	if (!party_is_refused(party, loop_wall_s(settings_of(party)->loop)))
		return;
	count(settings_of(party)->counters, COUNT_REVOKED_CALLS);
	party_let_go(party, &refused);
}

/* They were let in as who they were, and who said yes did so to that sender: a
 * yes to one is no yes to others. */
static void caller_identified(struct conference_party *party,
			      const struct identity *who)
{
	static const struct farewell other = {.left = PARTY_LEFT_FAILED,
					      .status = 403,
					      .text = "Another Caller",
					      .reason = REASON_ANOTHER};

	if (!is_one_of(who, party->key) && !is_one_of(who, party->other_key))
		party_let_go(party, &other);
}

void party_identified(void *arg, const struct identity *who)
{
	struct conference_party *party = arg;

	if (party->is_let_go)
		return;
	if (party->caller)
		callee_identified(party, who);
	else if (who)
		caller_identified(party, who);
	if (party->is_let_go)
		room_check(party->room);
}

static bool still_permitted(void *arg)
{
	struct conference_party *party = arg;

	return !party->is_let_go && is_permitted_at(party, wall_now_s());
}

/* RFC 5360 section 5.1.2: how the recipient takes the permission back. */
static const char *trigger_of(const struct conference_party *party,
			      struct arena *arena)
{
	const struct conferences_settings *settings = settings_of(party);
	struct token token =
		secret_trigger(settings->secret, party->cached.row);
	const struct consent_base base = consent_base_of(
		&settings->places, settings->domain, party->room->service->key,
		uri_is_sips(view_of(party->uri)) ? URI_SIPS : URI_SIP);

	return trigger_consent(arena, &base, &token, party->room->service->uri);
}

static void invite(struct conference_party *party,
		   const struct media_end *local)
{
	struct conference_room *room = party->room;
	struct arena *arena = arena_new(0);
	struct invitation invitation = {.request_uri = party->uri,
					.user = room->user,
					.domain = room->domain,
					.display = room->subject,
					.contact_params = ";isfocus",
					.trigger = trigger_of(party, arena),
					.headers = room->headers,
					.assertion = party->caller->assertion,
					.max_forwards = room->max_forwards,
					.max_breadth = room->breadth.share,
					.list = room->history,
					.ring_s = room->ring_s,
					.local = *local,
					.still_permitted = still_permitted};

	count(settings_of(party)->counters, COUNT_CALLS_STARTED);
	party->session = session_invite(settings_of(party)->sessions,
					&invitation, &party_user, party);
	room->n_sessions++;
	arena_free(arena);
}

void party_dial(struct conference_party *party)
{
	static const struct farewell withdrawn = {.left = PARTY_LEFT_DEPARTED,
						  .is_revoked = true};
	enum verdict verdict =
		decide_at(party, loop_wall_s(settings_of(party)->loop));
	struct media_end local;

	if (verdict == VERDICT_UNTOLD) {
		party_fail(party, 480, "Recipient Not Told Yet");
		return;
	}
	if (verdict != VERDICT_GRANTED) {
		party_let_go(party, &withdrawn);
		room_check(party->room);
		return;
	}
	if (party_open_media(party, &local)) {
		party_fail(party, 503, "No Media Port");
		return;
	}
	party_enter(party, PARTY_DIALING);
	invite(party, &local);
	party_tell(party, PARTY_EVENT_DIALING);
}

void party_queue(struct conference_party *party)
{
	dialout_add(party);
	party_tell(party, PARTY_EVENT_QUEUED);
}
