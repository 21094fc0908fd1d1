/* Values for others: views and events. */
#include "server/focus/focus_private.h"

#include "server/base/date.h"

/* One that its creator was not told of does not exist for others. */
struct conference_room *room_find_known(const struct conferences *conferences,
					const char *id)
{
	struct conference_room *room = room_find(conferences, id);

	return room && room->is_known ? room : NULL;
}

static double share(uint8_t of_256)
{
	return (double)of_256 / 256;
}

/* "192.0.2.x": enough to see who is behind one NAT, not to find somebody. */
static const char *mask(const struct conference_party *party, char ret[64])
{
	char *end;

	if (!party->has_remote)
		return NULL;
	address_host_format(&party->remote, ret);
	end = strrchr(ret, party->remote.any.sa_family == AF_INET6 ? ':' : '.');
	if (end && end + 2 < ret + 64) {
		end[1] = 'x';
		end[2] = '\0';
	}
	return ret;
}

static void media_view(struct conference_party *party, struct party_media *ret)
{
	const struct media_stats *stats = &party->stats;

	*ret = (struct party_media){.codec = party_codec_name(party),
				    .remote = mask(party, party->masked),
				    .measured_at = party->measured_at,
				    .n_received = stats->n_received,
				    .n_sent = stats->n_sent,
				    .n_lost = stats->n_lost,
				    .n_late = stats->n_late,
				    .n_concealed = stats->n_concealed,
				    .loss_out = share(stats->fraction_lost),
				    .jitter_ms = (double)stats->jitter / 8};
	for (int i = 0; i < MEDIA_DROPS; i++)
		ret->n_dropped += stats->n_dropped[i];
}

static void party_view_fill(struct conference_party *party,
			    struct party_view *ret)
{
	*ret = (struct party_view){
		.id = party->id,
		.uri = party->uri,
		.key = party->key,
		.shown_as = party->shown_as,
		.display_name = party->display_name,
		.is_creator = party->is_creator,
		.is_dialled_out = party->is_dialled_out,
		.state = party->state,
		.left = party->left,
		.is_revoked = party->is_revoked,
		.sip_status = party->sip_status,
		.reason = party->reason,
		.permission = party->caller ? party->cached.row : 0,
		.since = party->since,
		.answered_at = party->answered_at,
		.is_muted = party->is_muted ||
			    (party->room->is_muted && !party->is_creator),
		.is_deaf = party->is_deaf,
		.is_on_hold = party->is_on_hold,
		.is_talking = party->is_talking,
		.volume_db = party->volume_db};
	media_view(party, &ret->media);
}

static struct party_view *views_room(struct conferences *conferences, size_t n)
{
	if (n > conferences->views_room) {
		conferences->views_room = n + n / 2;
		conferences->views = mem_resize(
			conferences->views,
			conferences->views_room * sizeof(*conferences->views));
	}
	return conferences->views;
}

/* All but its parties. */
static struct conference_view head_view(const struct conference_room *room)
{
	struct conference_view view = {.number = room->number,
				       .version = room->version,
				       .uri = room->uri,
				       .service = room->service_name,
				       .sender = room->sender,
				       .subject = room->subject,
				       .state = room->state,
				       .ended_by = room->ended_by,
				       .by_rest = room->by_rest,
				       .is_locked = room->is_locked,
				       .is_muted = room->is_muted,
				       .created_at = room->created_at,
				       .ended_at = room->ended_at};

	memcpy(view.id, room->id, sizeof(view.id));
	return view;
}

struct conference_view room_view(struct conference_room *room)
{
	struct party_view *views =
		views_room(room->conferences, room->n_parties + 1);
	struct conference_view view = head_view(room);
	struct conference_party *party;

	view.parties = views;
	TAILQ_FOREACH(party, &room->parties, link)
	party_view_fill(party, &views[view.n_parties++]);
	return view;
}

bool conferences_look(struct conferences *conferences, const char *id,
		      void (*look)(void *arg,
				   const struct conference_view *conference),
		      void *arg)
{
	struct conference_room *room = room_find_known(conferences, id);
	struct conference_view view;

	if (!room)
		return false;
	view = room_view(room);
	look(arg, &view);
	return true;
}

/* ---- lists --------------------------------------------------------------- */

static bool matches(const struct conference_room *room,
		    const struct conference_filter *filter)
{
	return room->is_known && room->number > filter->after &&
	       (!filter->service ||
		strcmp(filter->service, room->service_name) == 0) &&
	       (!filter->sender || strcmp(filter->sender, room->sender) == 0);
}

/* The matching one with the lowest number. */
static struct conference_room *first_of(const struct room_list *rooms,
					const struct conference_filter *filter,
					struct conference_room *first)
{
	struct conference_room *room;

	TAILQ_FOREACH(room, rooms, link)
	{
		if (matches(room, filter) &&
		    (!first || room->number < first->number))
			first = room;
	}
	return first;
}

void conferences_list(struct conferences *conferences,
		      const struct conference_filter *filter,
		      void (*each)(void *arg,
				   const struct conference_view *conference),
		      void *arg)
{
	struct conference_filter rest = *filter;

	for (size_t n = 0; n < filter->limit; n++) {
		struct conference_room *room = NULL;
		struct conference_view view;

		if (filter->age != CONFERENCES_OVER)
			room = first_of(&conferences->running, &rest, room);
		if (filter->age != CONFERENCES_RUNNING)
			room = first_of(&conferences->over, &rest, room);
		if (!room)
			return;
		rest.after = room->number;
		view = room_view(room);
		each(arg, &view);
	}
}

/* ---- who is who ---------------------------------------------------------- */

bool is_one_of(const struct identity *who, const char *key)
{
	for (size_t i = 0; i < 2; i++) {
		if (who->aor[i] && key && uri_keys_name_one(who->aor[i], key))
			return true;
	}
	return false;
}

/* Who is there counts more than who was. */
struct conference_party *party_of(const struct conference_room *room,
				  const struct identity *who)
{
	struct conference_party *party, *found = NULL;

	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (!is_one_of(who, party->key))
			continue;
		if (!found || party_is_there(party) || !party_is_there(found))
			found = party;
	}
	return found;
}

enum err conference_access(const struct conferences *conferences,
			   const char *id, const struct identity *who,
			   struct conference_access *ret)
{
	const struct conference_room *room = room_find_known(conferences, id);
	const struct conference_party *party;

	if (!room || room->state >= CONFERENCE_ENDING)
		return ERR_UNKNOWN;
	*ret = (struct conference_access){
		.rules = {.is_locked = room->is_locked}};
	if (who->method == IDENTITY_NONE || !who->aor[0])
		return ERR_OK;
	party = party_of(room, who);
	if (party && party_is_there(party))
		ret->party = party->id;
	if (is_one_of(who, room->sender))
		ret->role = ROLE_CREATOR;
	else if (party && !party->is_revoked &&
		 party->left != PARTY_LEFT_BOOTED)
		ret->role = ROLE_PARTY;
	return ERR_OK;
}

uint64_t conference_find_party(const struct conferences *conferences,
			       const char *id, const char *key)
{
	const struct conference_room *room = room_find_known(conferences, id);
	const struct conference_party *party;

	if (!room)
		return 0;
	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (party_is_there(party) &&
		    (uri_keys_name_one(party->key, key) ||
		     (party->is_hidden && strcmp(party->shown_as, key) == 0)))
			return party->id;
	}
	return 0;
}

struct conference_party *party_find(const struct conference_room *room,
				    uint64_t id)
{
	struct conference_party *party;

	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (party->id == id)
			return party;
	}
	return NULL;
}

/* ---- events -------------------------------------------------------------- */

const char *conference_event_name(enum conference_event_kind kind)
{
	static const char *const names[] = {
		[CONFERENCE_EVENT_CREATED] = "conference.created",
		[CONFERENCE_EVENT_LIVE] = "conference.live",
		[CONFERENCE_EVENT_CHANGED] = "conference.changed",
		[CONFERENCE_EVENT_ENDED] = "conference.ended",
		[PARTY_EVENT_QUEUED] = "party.queued",
		[PARTY_EVENT_DIALING] = "party.dialing",
		[PARTY_EVENT_ALERTING] = "party.alerting",
		[PARTY_EVENT_CONNECTED] = "party.connected",
		[PARTY_EVENT_HELD] = "party.held",
		[PARTY_EVENT_MUTED] = "party.muted",
		[PARTY_EVENT_TALKING] = "party.talking",
		[PARTY_EVENT_KEY] = "party.dtmf",
		[PARTY_EVENT_DISCONNECTED] = "party.disconnected",
	};

	return (unsigned)kind < sizeof(names) / sizeof(names[0]) ? names[kind]
								 : "unknown";
}

/* A dial-out of many tells of each of them several times: only the party that
 * it is about is filled in. */
static struct conference_view event_view(struct conference_room *room,
					 struct conference_party *party)
{
	struct conference_view view;
	struct party_view *one;

	if (!party)
		return room_view(room);
	one = views_room(room->conferences, 1);
	party_view_fill(party, one);
	view = head_view(room);
	view.parties = one;
	view.n_parties = 1;
	return view;
}

static void tell(struct conference_room *room, struct conference_event *event,
		 struct conference_party *party)
{
	struct conference_listener *listener = room->conferences->listeners;
	struct conference_view view;

	if (!listener || !room->is_known)
		return;
	view = event_view(room, party);
	event->at_ms = wall_now_ms();
	event->conference = &view;
	event->party = party ? view.parties : NULL;
	for (; listener; listener = listener->next)
		listener->event(listener->arg, event);
}

void room_tell(struct conference_room *room, enum conference_event_kind kind)
{
	struct conference_event event = {.kind = kind};

	room->version++;
	tell(room, &event, NULL);
}

void party_tell(struct conference_party *party, enum conference_event_kind kind)
{
	struct conference_event event = {.kind = kind};

	party->room->version++;
	tell(party->room, &event, party);
}

void party_tell_key(struct conference_party *party, char key)
{
	struct conference_event event = {.kind = PARTY_EVENT_KEY, .key = key};

	tell(party->room, &event, party);
}
