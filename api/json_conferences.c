#include "api/json_conferences.h"

#include "api/json.h"

static json_t *json_count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *json_end(enum conference_end end)
{
	return end == CONFERENCE_END_NONE
		       ? json_null()
		       : json_string(conference_end_name(end));
}

/* ---- a party ---------------------------------------------------------------
 */

/** How it ended; null while it has not. */
static json_t *json_reason(const struct party_view *party)
{
	json_t *object;

	if (party->state != PARTY_DISCONNECTED)
		return json_null();
	object = json_object();
	json_put(object, "sip", json_number(party->sip_status));
	json_put(object, "text", json_text(party->reason));
	json_put(object, "left", json_string(party_left_name(party->left)));
	json_put(object, "revoked", json_boolean(party->is_revoked));
	return object;
}

/** The share of theirs that did not come. */
static double loss_in(const struct party_media *media)
{
	uint64_t all = media->n_received + media->n_lost;

	return all ? (double)media->n_lost / (double)all : 0;
}

static json_t *json_media(const struct party_media *media)
{
	json_t *object;

	if (!media->codec)
		return json_null();
	object = json_object();
	json_put(object, "codec", json_text(media->codec));
	json_put(object, "remote", json_text(media->remote));
	json_put(object, "measured_at", json_time(media->measured_at));
	json_put(object, "received", json_count(media->n_received));
	json_put(object, "sent", json_count(media->n_sent));
	json_put(object, "lost", json_count(media->n_lost));
	json_put(object, "late", json_count(media->n_late));
	json_put(object, "concealed", json_count(media->n_concealed));
	json_put(object, "dropped", json_count(media->n_dropped));
	json_put(object, "loss_in", json_real(loss_in(media)));
	json_put(object, "loss_out", json_real(media->loss_out));
	json_put(object, "jitter_ms", json_real(media->jitter_ms));
	return object;
}

json_t *json_party(const struct party_view *party)
{
	json_t *object = json_object();

	json_put(object, "id", json_count(party->id));
	json_put(object, "uri", json_text(party->uri));
	json_put(object, "shown_as", json_text(party->shown_as));
	json_put(object, "display_name", json_text(party->display_name));
	json_put(object, "creator", json_boolean(party->is_creator));
	json_put(object, "direction",
		 json_string(party->is_dialled_out ? "out" : "in"));
	json_put(object, "status", json_string(party_state_name(party->state)));
	json_put(object, "reason", json_reason(party));
	json_put(object, "permission", json_number(party->permission));
	json_put(object, "since", json_time(party->since));
	json_put(object, "answered_at", json_time(party->answered_at));
	json_put(object, "muted", json_boolean(party->is_muted));
	json_put(object, "deaf", json_boolean(party->is_deaf));
	json_put(object, "on_hold", json_boolean(party->is_on_hold));
	json_put(object, "talking", json_boolean(party->is_talking));
	json_put(object, "volume_db", json_integer(party->volume_db));
	json_put(object, "media", json_media(&party->media));
	return object;
}

/* ---- a conference ----------------------------------------------------------
 */

void conference_count(const struct conference_view *conference,
		      size_t ret[PARTY_STATES])
{
	memset(ret, 0, PARTY_STATES * sizeof(*ret));
	for (size_t i = 0; i < conference->n_parties; i++)
		ret[conference->parties[i].state]++;
}

static json_t *json_counts(const size_t counts[PARTY_STATES])
{
	json_t *object = json_object();

	for (int i = 0; i < PARTY_STATES; i++)
		json_put(object, party_state_name((enum party_state)i),
			 json_count(counts[i]));
	return object;
}

static void put_state(json_t *object, const struct conference_view *conference,
		      const size_t counts[PARTY_STATES])
{
	json_put(object, "state",
		 json_string(conference_state_name(conference->state)));
	json_put(object, "ended_by", json_end(conference->ended_by));
	json_put(object, "subject", json_text(conference->subject));
	json_put(object, "locked", json_boolean(conference->is_locked));
	json_put(object, "muted", json_boolean(conference->is_muted));
	json_put(object, "counts", json_counts(counts));
}

json_t *json_conference_short(const struct conference_view *conference,
			      const size_t counts[PARTY_STATES])
{
	json_t *object = json_object();

	json_put(object, "id", json_text(conference->id));
	json_put(object, "uri", json_text(conference->uri));
	json_put(object, "service", json_text(conference->service));
	json_put(object, "sender", json_text(conference->sender));
	json_put(object, "by_rest", json_boolean(conference->by_rest));
	json_put(object, "created_at", json_time(conference->created_at));
	json_put(object, "ended_at", json_time(conference->ended_at));
	put_state(object, conference, counts);
	return object;
}

json_t *json_conference(const struct conference_view *conference)
{
	size_t counts[PARTY_STATES];
	json_t *object, *parties = json_array();

	conference_count(conference, counts);
	object = json_conference_short(conference, counts);
	for (size_t i = 0; i < conference->n_parties; i++)
		json_array_append_new(parties,
				      json_party(&conference->parties[i]));
	json_put(object, "parties", parties);
	return object;
}

json_t *json_conference_event(const struct conference_event *event)
{
	const struct conference_view *conference = event->conference;
	const char key[2] = {event->key, '\0'};
	json_t *object = json_object();
	size_t counts[PARTY_STATES];

	conference_count(conference, counts);
	json_put(object, "conference", json_text(conference->id));
	json_put(object, "service", json_text(conference->service));
	json_put(object, "sender", json_text(conference->sender));
	if (event->party)
		json_put(object, "party", json_party(event->party));
	else
		put_state(object, conference, counts);
	if (event->key)
		json_put(object, "key", json_text(key));
	return object;
}

/* ---- copies -----------------------------------------------------------------
 */

static void party_copy(struct arena *arena, struct party_view *party)
{
	party->uri = arena_strdup(arena, party->uri);
	party->key = arena_strdup(arena, party->key);
	party->shown_as = arena_strdup(arena, party->shown_as);
	party->display_name = arena_strdup(arena, party->display_name);
	party->reason = arena_strdup(arena, party->reason);
	party->media.codec = arena_strdup(arena, party->media.codec);
	party->media.remote = arena_strdup(arena, party->media.remote);
}

const struct conference_view *
conference_copy(struct arena *arena, const struct conference_view *conference)
{
	struct conference_view *copy = arena_alloc(arena, sizeof(*copy));
	struct party_view *parties =
		arena_array(arena, conference->n_parties + 1, sizeof(*parties));

	*copy = *conference;
	copy->uri = arena_strdup(arena, conference->uri);
	copy->service = arena_strdup(arena, conference->service);
	copy->sender = arena_strdup(arena, conference->sender);
	copy->subject = arena_strdup(arena, conference->subject);
	copy->parties = parties;
	for (size_t i = 0; i < conference->n_parties; i++) {
		parties[i] = conference->parties[i];
		party_copy(arena, &parties[i]);
	}
	return copy;
}

struct event_copy {
	struct conference_event event; /* first */
	struct conference_view conference;
	struct party_view party;
	char strings[];
};

struct string_copy {
	const char **at; /* in the copy */
	size_t size;
};

static size_t measure(struct string_copy *strings, size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++) {
		const char *string = *strings[i].at;

		strings[i].size = string ? strlen(string) + 1 : 0;
		size += strings[i].size;
	}
	return size;
}

struct conference_event *
conference_event_copy(const struct conference_event *event, size_t *ret_size)
{
	struct conference_view conference = *event->conference;
	struct party_view party = *event->party;
	struct string_copy strings[] = {
		{&conference.service, 0}, {&conference.sender, 0},
		{&party.uri, 0},	  {&party.shown_as, 0},
		{&party.display_name, 0}, {&party.reason, 0},
		{&party.media.codec, 0},  {&party.media.remote, 0}};
	size_t n = sizeof(strings) / sizeof(strings[0]);
	size_t size = sizeof(struct event_copy) + measure(strings, n);
	struct event_copy *copy = mem_take(size);
	char *end = copy->strings;

	for (size_t i = 0; i < n; i++) {
		if (!strings[i].size)
			continue;
		*strings[i].at = memcpy(end, *strings[i].at, strings[i].size);
		end += strings[i].size;
	}
	conference.uri = conference.subject = party.key = NULL;
	conference.parties = &copy->party;
	conference.n_parties = 1;
	copy->conference = conference;
	copy->party = party;
	copy->event = *event;
	copy->event.conference = &copy->conference;
	copy->event.party = &copy->party;
	*ret_size = size;
	return &copy->event;
}

const struct party_view *
conference_party(const struct conference_view *conference, uint64_t id)
{
	for (size_t i = 0; i < conference->n_parties; i++) {
		if (conference->parties[i].id == id)
			return &conference->parties[i];
	}
	return NULL;
}
