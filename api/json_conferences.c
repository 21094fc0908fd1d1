#include "api/json_conferences.h"

#include "api/json.h"
#include "api/json_writer.h"

#define PARTY_ROOM 768 /* bytes of one, mostly */

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
static void write_reason(struct json_writer *writer,
			 const struct party_view *party)
{
	if (party->state != PARTY_DISCONNECTED) {
		json_write_null(writer, "reason");
		return;
	}
	json_write_begin(writer, "reason");
	json_write_number(writer, "sip", party->sip_status);
	json_write_text(writer, "text", party->reason);
	json_write_text(writer, "left", party_left_name(party->left));
	json_write_boolean(writer, "revoked", party->is_revoked);
	json_write_end(writer);
}

/** The share of theirs that did not come. */
static double loss_in(const struct party_media *media)
{
	uint64_t all = media->n_received + media->n_lost;

	return all ? (double)media->n_lost / (double)all : 0;
}

static void write_count(struct json_writer *writer, const char *name,
			uint64_t n)
{
	json_write_integer(writer, name, (int64_t)n);
}

static void write_media(struct json_writer *writer,
			const struct party_media *media)
{
	if (!media->codec) {
		json_write_null(writer, "media");
		return;
	}
	json_write_begin(writer, "media");
	json_write_text(writer, "codec", media->codec);
	json_write_text(writer, "remote", media->remote);
	json_write_time(writer, "measured_at", media->measured_at);
	write_count(writer, "received", media->n_received);
	write_count(writer, "sent", media->n_sent);
	write_count(writer, "lost", media->n_lost);
	write_count(writer, "late", media->n_late);
	write_count(writer, "concealed", media->n_concealed);
	write_count(writer, "dropped", media->n_dropped);
	json_write_real(writer, "loss_in", loss_in(media));
	json_write_real(writer, "loss_out", media->loss_out);
	json_write_real(writer, "jitter_ms", media->jitter_ms);
	json_write_end(writer);
}

static void write_party(struct json_writer *writer,
			const struct party_view *party)
{
	text_add(writer->to, "{");
	write_count(writer, "id", party->id);
	json_write_text(writer, "uri", party->uri);
	json_write_text(writer, "shown_as", party->shown_as);
	json_write_text(writer, "display_name", party->display_name);
	json_write_boolean(writer, "creator", party->is_creator);
	json_write_text(writer, "direction",
			party->is_dialled_out ? "out" : "in");
	json_write_text(writer, "status", party_state_name(party->state));
	write_reason(writer, party);
	json_write_number(writer, "permission", party->permission);
	json_write_time(writer, "since", party->since);
	json_write_time(writer, "answered_at", party->answered_at);
	json_write_boolean(writer, "muted", party->is_muted);
	json_write_boolean(writer, "deaf", party->is_deaf);
	json_write_boolean(writer, "on_hold", party->is_on_hold);
	json_write_boolean(writer, "talking", party->is_talking);
	json_write_integer(writer, "volume_db", party->volume_db);
	write_media(writer, &party->media);
	json_write_end(writer);
}

json_t *json_party(const struct party_view *party)
{
	struct json_writer writer;
	struct text text;
	json_t *object;

	text_init(&text, NULL);
	json_writer_init(&writer, &text);
	write_party(&writer, party);
	object = json_loadb(text.at, text.len, 0, NULL);
	text_release(&text);
	return object ? object : json_null();
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

void conference_write(const struct conference_view *conference,
		      struct text *ret)
{
	size_t counts[PARTY_STATES];
	struct json_writer writer;
	json_t *object;
	char *head;

	conference_count(conference, counts);
	object = json_conference_short(conference, counts);
	head = json_dumps(object, JSON_COMPACT);
	if (!head)
		err_fatal("no memory for JSON");
	json_decref(object);
	text_reserve(ret, 512 + conference->n_parties * PARTY_ROOM);
	text_add_view(ret, view_head(view_of(head), strlen(head) - 1));
	free(head);
	text_add(ret, ",\"parties\":[");
	json_writer_init(&writer, ret);
	for (size_t i = 0; i < conference->n_parties; i++) {
		if (i)
			text_add(ret, ",");
		write_party(&writer, &conference->parties[i]);
	}
	text_add(ret, "]}\n");
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
