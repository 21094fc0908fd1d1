#include "server/media/jitter.h"

#include <string.h>

#define TARGET_FIRST 2	/* frames */
#define LATE_RUN 5	/* late packets in a row: the pointer is wrong */
#define ENOUGH_SLOTS 12 /* full ones: no more are waited for */
#define DEPTH_WINDOW 50 /* frames: 1 s */
#define EXCESS_MAX 2	/* frames beyond which loud ones are dropped, too */
#define JUMP_MAX                                                               \
	(JITTER_FRAME_SAMPLES * 50) /* the timestamp's: no lateness            \
				     */

void jitter_init(struct jitter *jitter)
{
	*jitter = (struct jitter){.target = TARGET_FIRST};
}

void jitter_restart(struct jitter *jitter)
{
	for (int i = 0; i < JITTER_SLOTS; i++)
		jitter->slots[i].is_full = false;
	jitter->is_anchored = false;
	jitter->n_full = jitter->n_samples = 0;
	jitter->n_late_run = jitter->n_excess = jitter->depth_most = 0;
	jitter->window.has_earliest = jitter->window.has_next = false;
}

static struct jitter_slot *slot_of(struct jitter *jitter, uint16_t seq)
{
	return &jitter->slots[seq % JITTER_SLOTS];
}

/* What a packet is worth where depth is counted. */
static unsigned samples_of(const struct jitter_packet *packet)
{
	return packet->kind == JITTER_SILENCE ? JITTER_FRAME_SAMPLES
					      : packet->len;
}

/* ---- how long to hold back ------------------------------------------- */

static void window_close(struct jitter *jitter)
{
	struct jitter_window *window = &jitter->window;
	unsigned rest = window->n_packets / 20, late = JITTER_SLOTS - 1;

	while (late > 0 && window->lateness[late] <= rest) {
		rest -= window->lateness[late];
		late--;
	}
	jitter->target =
		late + 1 < JITTER_TARGET_MAX ? late + 1 : JITTER_TARGET_MAX;
	*window = (struct jitter_window){.earliest = window->earliest_next,
					 .has_earliest = window->has_next};
}

/* The earliest of the window before is on time, so that a clock that drifts is
 * no lateness. */
static void window_add(struct jitter *jitter, uint32_t timestamp, int64_t now)
{
	struct jitter_window *window = &jitter->window;
	uint32_t transit = (uint32_t)now * JITTER_FRAME_SAMPLES - timestamp;
	int32_t late = (int32_t)(transit - window->earliest);

	if (!window->has_earliest || late < 0 || late > JUMP_MAX) {
		if (window->has_earliest && (late < -JUMP_MAX || late > 0))
			window->has_next = false;
		window->earliest = transit;
		window->has_earliest = true;
		late = 0;
	}
	if (!window->has_next || (int32_t)(transit - window->earliest_next) < 0)
		window->earliest_next = transit;
	window->has_next = true;
	late = (late + JITTER_FRAME_SAMPLES - 1) / JITTER_FRAME_SAMPLES;
	window->lateness[late < JITTER_SLOTS ? late : JITTER_SLOTS - 1]++;
	window->n_beyond += (unsigned)late >= jitter->target;
	if (++window->n_packets >= JITTER_WINDOW ||
	    window->n_beyond > JITTER_WINDOW / 20)
		window_close(jitter);
}

/* ---- packets come ------------------------------------------------------- */

static void anchor(struct jitter *jitter, uint16_t seq)
{
	for (int i = 0; i < JITTER_SLOTS; i++)
		jitter->slots[i].is_full = false;
	jitter->n_full = jitter->n_samples = 0;
	jitter->is_anchored = jitter->is_filling = true;
	jitter->n_waited = 0;
	jitter->next = seq;
}

static void slot_empty(struct jitter *jitter, struct jitter_slot *slot)
{
	if (!slot->is_full)
		return;
	slot->is_full = false;
	jitter->n_full--;
	jitter->n_samples -= samples_of(&slot->packet);
}

static enum jitter_put store(struct jitter *jitter,
			     const struct jitter_packet *packet)
{
	struct jitter_slot *slot = slot_of(jitter, packet->seq);

	if (slot->is_full)
		return JITTER_PUT_DUPLICATE;
	slot->is_full = true;
	slot->packet = *packet;
	jitter->n_full++;
	jitter->n_samples += samples_of(packet);
	jitter->packet_samples = samples_of(packet);
	jitter->n_late_run = 0;
	return JITTER_PUT_STORED;
}

/* Make room so that @p seq is in the last slot. */
static void slide(struct jitter *jitter, uint16_t seq)
{
	while ((uint16_t)(seq - jitter->next) >= JITTER_SLOTS) {
		slot_empty(jitter, slot_of(jitter, jitter->next));
		jitter->next++;
	}
}

static enum jitter_put put_anew(struct jitter *jitter,
				const struct jitter_packet *packet)
{
	anchor(jitter, packet->seq);
	store(jitter, packet);
	return JITTER_PUT_ANCHORED;
}

enum jitter_put jitter_put(struct jitter *jitter,
			   const struct jitter_packet *packet, int64_t now)
{
	int ahead = (int16_t)(packet->seq - jitter->next);

	window_add(jitter, packet->timestamp, now);
	if (!jitter->is_anchored)
		return put_anew(jitter, packet);
	if (ahead < 0) {
		if (++jitter->n_late_run >= LATE_RUN)
			return put_anew(jitter, packet);
		return JITTER_PUT_LATE;
	}
	if (ahead >= 2 * JITTER_SLOTS)
		return put_anew(jitter, packet);
	slide(jitter, packet->seq);
	return store(jitter, packet);
}

/* ---- packets are played ----------------------------------------------- */

/* While it waited, time passed: what is still missing is not waited for. */
static void skip_gap(struct jitter *jitter)
{
	while (!slot_of(jitter, jitter->next)->is_full)
		jitter->next++;
}

static bool has_enough(const struct jitter *jitter)
{
	return jitter->n_samples >= jitter->target * JITTER_FRAME_SAMPLES ||
	       jitter->n_full >= ENOUGH_SLOTS ||
	       jitter->n_waited >= jitter->target;
}

enum jitter_take jitter_take(struct jitter *jitter,
			     const struct jitter_packet **ret)
{
	struct jitter_slot *slot = slot_of(jitter, jitter->next);

	if (jitter->n_full == 0) {
		jitter->is_filling = true;
		jitter->n_waited = 0;
		return JITTER_TAKE_EMPTY;
	}
	if (jitter->is_filling) {
		if (!has_enough(jitter)) {
			jitter->n_waited++;
			return JITTER_TAKE_EMPTY;
		}
		skip_gap(jitter);
		slot = slot_of(jitter, jitter->next);
		jitter->is_filling = false;
	}
	jitter->next++;
	if (!slot->is_full)
		return JITTER_TAKE_LOST;
	slot_empty(jitter, slot);
	*ret = &slot->packet;
	return JITTER_TAKE_PACKET;
}

/* Packets on time find the buffer at its deepest; a long one brings several
 * frames at once. */
void jitter_frame(struct jitter *jitter, unsigned queued)
{
	unsigned depth = jitter->n_samples + queued, most;

	if (depth > jitter->depth_most)
		jitter->depth_most = depth;
	if (++jitter->n_frames < DEPTH_WINDOW)
		return;
	most = jitter->target * JITTER_FRAME_SAMPLES + jitter->packet_samples;
	jitter->n_excess =
		jitter->depth_most > most
			? (jitter->depth_most - most) / JITTER_FRAME_SAMPLES
			: 0;
	jitter->n_frames = jitter->depth_most = 0;
}

bool jitter_is_deep(const struct jitter *jitter)
{
	return jitter->n_excess > 0;
}

bool jitter_is_too_deep(const struct jitter *jitter)
{
	return jitter->n_excess >= EXCESS_MAX;
}

void jitter_dropped(struct jitter *jitter)
{
	if (jitter->n_excess > 0)
		jitter->n_excess--;
}
