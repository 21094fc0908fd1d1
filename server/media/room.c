#include "server/media/room_private.h"

#include "server/base/arena.h"
#include "server/media/g711.h"

#define ROOM_CODECS 2 /* PCMU, PCMA: what can be sent */
#define ROOM_GROWTH 16
#define INCUMBENT 2 /* a talker's loudness counts twice: fewer changes */

/** What all who do not talk get, encoded when the first of them needs it. */
struct shared {
	struct mix_limiter limiter;
	int16_t frame[MIX_SAMPLES];
	uint8_t codes[ROOM_CODECS][MIX_SAMPLES];
	bool has_codes[ROOM_CODECS];
};

struct room {
	struct party **parties;
	unsigned n, size;
	struct party *talkers[ROOM_TALKERS_MAX];
	unsigned n_talkers;
	int32_t sum[MIX_SAMPLES];
	struct shared shared;
};

struct room *room_new(void)
{
	struct room *room = mem_alloc(sizeof(*room));

	mix_limiter_init(&room->shared.limiter);
	return room;
}

void room_free(struct room *room)
{
	if (!room)
		return;
	free(room->parties);
	free(room);
}

void room_add(struct room *room, struct party *party)
{
	if (room->n == room->size) {
		room->size += ROOM_GROWTH;
		room->parties = mem_resize(room->parties,
					   room->size * sizeof(*room->parties));
	}
	room->parties[room->n++] = party;
}

void room_remove(struct room *room, struct party *party)
{
	for (unsigned i = 0; i < room->n; i++) {
		if (room->parties[i] != party)
			continue;
		room->parties[i] = room->parties[--room->n];
		return;
	}
}

bool room_is_empty(const struct room *room)
{
	return room->n == 0;
}

/* ---- who talks ---------------------------------------------------------- */

static uint64_t score(const struct party *party)
{
	return (uint64_t)party->voice.loudness *
	       (party->voice.is_talker ? INCUMBENT : 1);
}

/* Keep the loudest, sorted; @p most of them. */
static void candidate_add(struct room *room, struct party *party, unsigned most)
{
	unsigned at = room->n_talkers;

	if (at == most) {
		if (score(room->talkers[at - 1]) >= score(party))
			return;
		at--;
	} else {
		room->n_talkers++;
	}
	for (; at > 0 && score(room->talkers[at - 1]) < score(party); at--)
		room->talkers[at] = room->talkers[at - 1];
	room->talkers[at] = party;
}

static bool is_chosen(const struct room *room, const struct party *party)
{
	for (unsigned i = 0; i < room->n_talkers; i++)
		if (room->talkers[i] == party)
			return true;
	return false;
}

/* Who is no talker any more, but can be heard, fades away: a frame that ends
 * in the middle would click. */
static void talkers_choose(struct room *room, unsigned most)
{
	room->n_talkers = 0;
	for (unsigned i = 0; i < room->n; i++) {
		struct party_voice *voice = &room->parties[i]->voice;

		if (voice->has_frame && voice->hang > 0)
			candidate_add(room, room->parties[i], most);
	}
	for (unsigned i = 0; i < room->n; i++) {
		struct party *party = room->parties[i];
		struct party_voice *voice = &party->voice;
		bool stays = is_chosen(room, party);

		if (!stays && voice->is_talker && voice->has_frame &&
		    room->n_talkers < ROOM_TALKERS_MAX) {
			mix_fade(voice->frame, MIX_UNITY, 0);
			room->talkers[room->n_talkers++] = party;
		} else if (stays && !voice->is_talker) {
			party->out.limiter = room->shared.limiter;
		}
		voice->is_talker = stays;
	}
}

static void talkers_add(struct room *room)
{
	memset(room->sum, 0, sizeof(room->sum));
	for (unsigned i = 0; i < room->n_talkers; i++)
		mix_add(room->sum, room->talkers[i]->voice.frame);
}

/* ---- who hears what ----------------------------------------------------- */

static enum g711_law law_of(enum media_codec codec)
{
	return codec == MEDIA_CODEC_PCMA ? G711_A_LAW : G711_MU_LAW;
}

static const uint8_t *shared_codes(struct room *room, enum media_codec codec)
{
	struct shared *shared = &room->shared;
	enum g711_law law = law_of(codec);

	if (!shared->has_codes[law])
		g711_encode(law, shared->frame, MIX_SAMPLES,
			    shared->codes[law]);
	shared->has_codes[law] = true;
	return shared->codes[law];
}

static void send_without_own(struct room *room, struct party *party,
			     const struct party_context *context)
{
	int32_t sum[MIX_SAMPLES];
	int16_t frame[MIX_SAMPLES];
	uint8_t codes[MIX_SAMPLES];

	mix_subtract(room->sum, party->voice.frame, sum);
	mix_limit(&party->out.limiter, sum, frame);
	g711_encode(law_of(party->codec), frame, MIX_SAMPLES, codes);
	party_send(party, context, codes);
}

static void send_all(struct room *room, const struct party_context *context,
		     uint64_t n)
{
	for (unsigned i = 0; i < room->n; i++) {
		struct party *party = room->parties[i];

		if (n > 1) /* time passed without a tick: a pause */
			party_skip(party, n - 1);
		if (!party_wants(party))
			party_skip(party, 1);
		else if (is_chosen(room, party))
			send_without_own(room, party, context);
		else
			party_send(party, context,
				   shared_codes(room, party->codec));
	}
}

void room_tick(struct room *room, const struct party_context *context,
	       unsigned talkers_max, uint64_t n)
{
	for (unsigned i = 0; i < room->n; i++) {
		party_receive(room->parties[i], context);
		party_play(room->parties[i], context);
	}
	talkers_choose(room, talkers_max);
	talkers_add(room);
	memset(room->shared.has_codes, 0, sizeof(room->shared.has_codes));
	mix_limit(&room->shared.limiter, room->sum, room->shared.frame);
	send_all(room, context, n);
}
