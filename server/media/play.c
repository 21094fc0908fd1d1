/* One frame of a participant, out of its jitter buffer. */
#include "server/media/party_private.h"

#include "server/media/g711.h"

#define HANG_TICKS 10 /* 200 ms */

/* What is decoded goes to the end of the queue. */
static void queue_packet(struct party_in *in,
			 const struct jitter_packet *packet)
{
	int16_t *at = in->queue + in->n_queued;
	size_t n = packet->len;

	if (packet->kind == JITTER_SILENCE) {
		n = MIX_SAMPLES;
		memset(at, 0, n * sizeof(*at));
	} else {
		g711_decode(packet->kind == JITTER_MU_LAW ? G711_MU_LAW
							  : G711_A_LAW,
			    packet->payload, n, at);
	}
	conceal_hear(&in->conceal, at, n);
	in->n_queued += (unsigned)n;
}

static bool queue_concealed(struct party *party)
{
	struct party_in *in = &party->in;

	if (!conceal_frame(&in->conceal, in->queue + in->n_queued))
		return false;
	in->n_queued += MIX_SAMPLES;
	party->stats.n_concealed++;
	return true;
}

/* As long as the packet before it. */
static void queue_lost(struct party *party)
{
	struct party_in *in = &party->in;
	unsigned left = in->jitter.packet_samples;

	party->stats.n_lost++;
	while (left > 0) {
		unsigned n = left < MIX_SAMPLES ? left : MIX_SAMPLES;

		if (queue_concealed(party))
			in->n_queued -= MIX_SAMPLES;
		else
			memset(in->queue + in->n_queued, 0,
			       n * sizeof(*in->queue));
		in->n_queued += n;
		left -= n;
	}
}

/* @return false when the buffer has nothing to play. */
static bool queue_fill(struct party *party)
{
	struct party_in *in = &party->in;
	const struct jitter_packet *packet;

	while (in->n_queued < MIX_SAMPLES) {
		switch (jitter_take(&in->jitter, &packet)) {
		case JITTER_TAKE_PACKET:
			queue_packet(in, packet);
			break;
		case JITTER_TAKE_LOST:
			queue_lost(party);
			break;
		case JITTER_TAKE_EMPTY:
			return false;
		}
	}
	return true;
}

static void frame_take(struct party *party)
{
	struct party_in *in = &party->in;

	memcpy(party->voice.frame, in->queue, sizeof(party->voice.frame));
	in->n_queued -= MIX_SAMPLES;
	memmove(in->queue, in->queue + MIX_SAMPLES,
		in->n_queued * sizeof(*in->queue));
}

/* A frame that is too much is left out where it is quiet, and where there are
 * many of them also where it is not. */
static void frame_shorten(struct party *party,
			  const struct party_context *context)
{
	struct jitter *jitter = &party->in.jitter;

	if (!jitter_is_deep(jitter) ||
	    (!jitter_is_too_deep(jitter) &&
	     mix_level(party->voice.frame) >= context->threshold))
		return;
	jitter_dropped(jitter);
	party->stats.n_shortened++;
	if (queue_fill(party))
		frame_take(party);
}

/* Where nothing is there the pointer waits, and what comes late is still
 * played; 60 ms are filled with what was heard. */
static bool frame_next(struct party *party, const struct party_context *context)
{
	if (queue_fill(party)) {
		frame_take(party);
		frame_shorten(party, context);
		return true;
	}
	if (!queue_concealed(party)) {
		party->in.n_queued = 0;
		return false;
	}
	frame_take(party);
	return true;
}

static bool is_audible(const struct party *party,
		       const struct party_context *context)
{
	return party->is_connected && !party->controls.is_muted &&
	       !party->controls.is_held &&
	       context->tick >= party->in.event_until;
}

static void set_volume(struct party *party)
{
	struct party_voice *voice = &party->voice;
	int factor = party->controls.volume_db
			     ? mix_factor(party->controls.volume_db)
			     : MIX_UNITY;

	if (factor != voice->factor)
		mix_fade(voice->frame, voice->factor, factor);
	else if (factor != MIX_UNITY)
		mix_scale(voice->frame, factor);
	voice->factor = factor;
}

static void tell_talking(struct party *party,
			 const struct party_context *context)
{
	struct party_voice *voice = &party->voice;

	if (voice->is_talking == (voice->hang > 0))
		return;
	voice->is_talking = voice->hang > 0;
	party_report(
		party, context,
		voice->is_talking ? MEDIA_EVENT_TALKING : MEDIA_EVENT_QUIET, 0);
}

static void judge_level(struct party_voice *voice, uint32_t threshold)
{
	voice->level = voice->has_frame ? mix_level(voice->frame) : 0;
	voice->loudness -= voice->loudness / 8;
	if (voice->level > voice->loudness)
		voice->loudness = voice->level;
	if (voice->level >= threshold)
		voice->hang = HANG_TICKS;
	else if (voice->hang > 0)
		voice->hang--;
}

void party_play(struct party *party, const struct party_context *context)
{
	struct party_voice *voice = &party->voice;

	voice->has_frame = frame_next(party, context);
	jitter_frame(&party->in.jitter, party->in.n_queued);
	if (!is_audible(party, context)) {
		voice->has_frame = false;
		voice->hang = 0;
		voice->loudness = 0;
	}
	if (voice->has_frame)
		set_volume(party);
	judge_level(voice, context->threshold);
	tell_talking(party, context);
}
