/*
 * engine -- the conferences of one thread, and their tick.
 *
 * A tick reads all sockets, makes one frame of each participant, adds up the
 * talkers and sends everybody all the others.  A talker gets the sum less their
 * own voice; all others of one codec get one frame that is encoded once.
 * Talkers are the loudest of those above a threshold.  Whoever is removed gets
 * no packet after engine_remove() has returned.
 *
 * One thread; no locks, no clock: the caller says when a tick is over.  Ids are
 * those of mixer.h: the lower half is an index, below the limit of settings.
 */
#ifndef VOLENS_SERVER_MEDIA_ENGINE_H
#define VOLENS_SERVER_MEDIA_ENGINE_H

#include "server/media/media.h"

struct engine_settings {
	unsigned participants_max, conferences_max;
	unsigned talkers_max; /**< in one sum */
	int threshold_dbm0;   /**< of speech: -90 to 3 */
	unsigned timeout_s;   /**< of silence on the network; 0: none */
	/** On the engine's thread, within calls of it. */
	void (*report)(void *arg, const struct media_event *event);
	void *arg;
};

struct engine;
struct engine *engine_new(const struct engine_settings *settings);
/** Closes all sockets. */
void engine_free(struct engine *engine);

/** @p fd becomes the engine's.  Until it is connected nothing is sent, and what
 *  comes is dropped: early media is never mixed. */
void engine_open(struct engine *engine, uint64_t conference,
		 uint64_t participant, int fd);
/* The next four are harmless for a participant that is gone. */
void engine_connect(struct engine *engine, uint64_t participant,
		    const struct mixer_session *session);
void engine_control(struct engine *engine, uint64_t participant,
		    const struct media_controls *controls);
/** All 0 for one that is gone. */
void engine_measure(const struct engine *engine, uint64_t participant,
		    struct media_stats *ret);
/** The sums of all participants, also of those that are gone: the counts alone.
 */
void engine_measure_all(const struct engine *engine, struct media_stats *ret);
/** No packet leaves to them any more, none of theirs is mixed any more. */
void engine_remove(struct engine *engine, uint64_t participant);
unsigned engine_participants(const struct engine *engine);

/** @p n ticks are over, at least 1: one frame is sent, and the clock of what is
 *  sent goes on by @p n frames. */
void engine_tick(struct engine *engine, uint64_t n);

#endif
