/* The media of a party: what is agreed upon goes to the mixer, which tells who
 * talks, and who is silent. */
#include "server/focus/focus_private.h"

#include "server/base/random.h"

/** Calls that send to one host which was not heard: more could be a way to
 *  flood it. */
#define UNHEARD_PER_HOST 64

static const struct conferences_settings *
settings_of(const struct conference_party *party)
{
	return &party->room->conferences->settings;
}

/* ---- a place in the mixer ------------------------------------------------ */

static void describe(struct conference_party *party, const union address *local,
		     struct media_end *ret)
{
	*ret = (struct media_end){.port = address_port(local),
				  .direction = SDP_SENDRECV};
	address_host_format(local, party->host);
	ret->host.kind =
		local->any.sa_family == AF_INET6 ? SDP_HOST_IP6 : SDP_HOST_IP4;
	ret->host.text = view_of(party->host);
	address_bytes(local, ret->host.octets);
}

enum err party_open_media(struct conference_party *party, struct media_end *ret)
{
	struct conference_room *room = party->room;
	struct mixer *mixer = settings_of(party)->mixer;
	union address local;
	enum err err = ERR_OK;

	if (!room->mixing)
		err = mixer_conference_open(mixer, &room->mixing);
	if (!err)
		err = mixer_open(mixer, room->mixing, &party->participant,
				 &local);
	if (err)
		return err;
	participants_add(party);
	describe(party, &local, ret);
	return ERR_OK;
}

void party_close_media(struct conference_party *party)
{
	uint64_t participant = party->participant;

	if (!participant)
		return;
	participants_remove(party);
	party_leave_host(party);
	party->participant = 0;
	party->is_talking = false;
	if (mixer_remove(settings_of(party)->mixer, participant, NULL, NULL))
		err_fatal("the mixer did not know a party");
}

/* ---- what was agreed upon ------------------------------------------------ */

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static void target_address(const struct media_target *target,
			   union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (memcmp(target->address, mapped, sizeof(mapped)) == 0) {
		ret->v4.sin_family = AF_INET;
		memcpy(&ret->v4.sin_addr, target->address + sizeof(mapped), 4);
	} else {
		ret->v6.sin6_family = AF_INET6;
		memcpy(&ret->v6.sin6_addr, target->address, 16);
	}
	address_set_port(ret, target->port);
}

static bool media_codec_of(enum codec codec, enum media_codec *ret)
{
	switch (codec) {
	case CODEC_PCMU:
		*ret = MEDIA_CODEC_PCMU;
		return true;
	case CODEC_PCMA:
		*ret = MEDIA_CODEC_PCMA;
		return true;
	case CODEC_EVENT:
		*ret = MEDIA_CODEC_EVENT;
		return true;
	case CODEC_NONE:
	case CODEC_OTHER:
		break;
	}
	return false;
}

static void add_format(struct mixer_session *session, int payload,
		       enum codec codec)
{
	enum media_codec media;

	if (session->n_formats == MEDIA_FORMATS ||
	    !media_codec_of(codec, &media))
		return;
	for (unsigned i = 0; i < session->n_formats; i++) {
		if (session->formats[i].payload_type == payload)
			return;
	}
	session->formats[session->n_formats++] =
		(struct media_format){(uint8_t)payload, media};
}

/* What we send comes first, by their number. */
static void session_of(const struct conference_party *party,
		       const struct media_stream *stream,
		       struct mixer_session *ret)
{
	*ret = (struct mixer_session){
		.is_nat = settings_of(party)->is_nat || stream->must_latch,
		.ptime_ms = stream->ptime == 10 ? 10 : 20};
	target_address(&stream->rtp, &ret->remote);
	add_format(ret, stream->payload, stream->codec);
	for (int i = 0; i < 128; i++)
		add_format(ret, i, (enum codec)stream->receive[i]);
}

/* ---- where they send to -------------------------------------------------- */

/** Parties that send to one host and were not heard from there. */
struct media_host {
	struct hash_entry entry; /**< first */
	unsigned n;
};

static struct hash128 host_key(const struct conferences *conferences,
			       const union address *remote)
{
	uint8_t host[16];

	address_bytes(remote, host);
	return hash_128(&conferences->hash_key, host, sizeof(host));
}

static struct media_host *host_find(const struct conferences *conferences,
				    const union address *remote)
{
	return (struct media_host *)(void *)hash_table_find(
		&conferences->unheard, host_key(conferences, remote));
}

void party_leave_host(struct conference_party *party)
{
	struct conferences *conferences = party->room->conferences;
	struct media_host *host = party->unheard;

	party->unheard = NULL;
	if (!host || --host->n > 0)
		return;
	hash_table_remove(&conferences->unheard, &host->entry);
	free(host);
}

/* Behind one gateway there may be any number of those who are heard. */
static void enter_host(struct conference_party *party)
{
	struct conferences *conferences = party->room->conferences;
	struct media_host *host = host_find(conferences, &party->remote);

	if (!host) {
		host = mem_alloc(sizeof(*host));
		host->entry.key = host_key(conferences, &party->remote);
		hash_table_add(&conferences->unheard, &host->entry);
	}
	host->n++;
	party->unheard = host;
}

static bool is_crowded(const struct conferences *conferences,
		       const union address *remote)
{
	const struct media_host *host = host_find(conferences, remote);

	return host && host->n >= UNHEARD_PER_HOST;
}

static bool connect_media(struct conference_party *party,
			  const struct media_stream *stream)
{
	struct mixer_session session;
	bool is_other;

	session_of(party, stream, &session);
	is_other = !party->has_remote ||
		   !address_equal(&party->remote, &session.remote);
	party->has_remote = false;
	party->is_remote_heard &= !is_other;
	party_leave_host(party);
	if (!party->is_remote_heard &&
	    is_crowded(party->room->conferences, &session.remote))
		return false;
	if (mixer_connect(settings_of(party)->mixer, party->participant,
			  &session))
		return false;
	party->remote = session.remote;
	party->has_remote = true;
	if (!party->is_remote_heard)
		enter_host(party);
	return true;
}

bool party_set_media(struct conference_party *party,
		     const struct media_stream *stream)
{
	party->is_media_on = stream->is_on;
	party->is_on_hold = stream->is_on_hold;
	party->direction = stream->direction;
	party->codec = stream->is_on ? stream->codec : CODEC_NONE;
	if (stream->is_on && stream->rtp.port && !connect_media(party, stream))
		return false;
	party->room->version++;
	return party_set_controls(party, NULL, NULL) == ERR_OK;
}

enum err party_set_controls(struct conference_party *party, mixer_done_fn *done,
			    void *arg)
{
	bool hears_us = ((unsigned)party->direction & SDP_SENDONLY) != 0;
	bool is_heard = ((unsigned)party->direction & SDP_RECVONLY) != 0;
	struct media_controls controls = {
		.is_muted = party->is_muted || !is_heard ||
			    (party->room->is_muted && !party->is_creator),
		.is_deaf = party->is_deaf || !hears_us,
		.is_held = party->is_on_hold || !party->is_media_on,
		.volume_db = party->volume_db};

	return mixer_control(settings_of(party)->mixer, party->participant,
			     &controls, done, arg);
}

const char *party_codec_name(const struct conference_party *party)
{
	switch (party->codec) {
	case CODEC_PCMU:
		return "PCMU";
	case CODEC_PCMA:
		return "PCMA";
	case CODEC_NONE:
	case CODEC_EVENT:
	case CODEC_OTHER:
		break;
	}
	return NULL;
}

/* ---- what the mixer tells ------------------------------------------------ */

static const struct farewell silent = {.left = PARTY_LEFT_FAILED,
				       .status = 408,
				       .text = "Media Timeout",
				       .reason = REASON_SILENT};

/* Who only listens, or was heard before, may have nothing to say: they are
 * asked.  Of who was never heard nothing was ever right. */
void party_check_silence(struct conference_party *party)
{
	bool may_talk = ((unsigned)party->direction & SDP_RECVONLY) != 0;

	if (!party->is_silent || party->is_let_go || !party->session)
		return;
	if (!party->is_heard && !party->is_on_hold && party->is_media_on &&
	    may_talk) {
		party_let_go(party, &silent);
		room_check(party->room);
		return;
	}
	session_probe(party->session);
	loop_timer_set(settings_of(party)->loop, &party->timer,
		       (int64_t)settings_of(party)->media_timeout_s * 1000);
}

/* Not all at once, where a network has failed. */
static void fell_silent(struct conference_party *party)
{
	uint16_t random;

	random_bytes(&random, sizeof(random));
	party->is_silent = true;
	loop_timer_set(settings_of(party)->loop, &party->timer, random % 10000);
}

static void set_talking(struct conference_party *party, bool is_talking)
{
	party->is_silent = false;
	if (party->is_talking == is_talking)
		return;
	party->is_talking = is_talking;
	party_tell(party, PARTY_EVENT_TALKING);
}

void conferences_hear(struct conferences *conferences,
		      const struct media_event *event)
{
	struct conference_party *party =
		participants_find(conferences, event->participant);

	if (!party || party->is_let_go)
		return;
	switch (event->kind) {
	case MEDIA_EVENT_KEY:
		party_take_key(party, media_key_char(event->key));
		break;
	case MEDIA_EVENT_TALKING:
	case MEDIA_EVENT_QUIET:
		set_talking(party, event->kind == MEDIA_EVENT_TALKING);
		break;
	case MEDIA_EVENT_HEARD:
		party->is_heard = party->is_remote_heard = true;
		party_leave_host(party);
		party->is_silent = false;
		break;
	case MEDIA_EVENT_SILENT:
		fell_silent(party);
		break;
	case MEDIA_EVENT_BYE: /* the call ends by SIP */
		break;
	}
}
