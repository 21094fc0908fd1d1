/*
 * fake_mixer -- a mixer without sound (implements server/media/mixer.h).
 *
 * What was asked is done when the loop has a turn, and answered then; before
 * that it is only asked, as with the real one.  mixer_settle() does it at once.
 */
#ifndef VOLENS_TESTS_FAKE_MIXER_H
#define VOLENS_TESTS_FAKE_MIXER_H

#include "server/media/mixer.h"

#define FAKE_MIXER_MAX 1000 /**< participants, ever */

struct fake_participant {
	uint64_t id;
	uint64_t conference;
	bool is_connected; /**< with this session */
	struct mixer_session session;
	struct media_controls controls; /**< as they are done */
	bool is_going;			/**< removal was asked */
	bool is_gone;			/**< and is done */
};

/** @p most  participants at a time: then ERR_BUSY */
struct mixer *fake_mixer_new(struct loop *loop, unsigned most);
void fake_mixer_free(struct mixer *mixer);
/** What it tells goes there. */
void fake_mixer_listen(struct mixer *mixer,
		       void (*event)(void *arg,
				     const struct media_event *event),
		       void *arg);
/** Do what was asked.  @return how much there was */
int fake_mixer_turn(struct mixer *mixer);
/** In the order that they were opened, gone ones too; NULL: no more. */
const struct fake_participant *fake_mixer_at(const struct mixer *mixer,
					     unsigned i);
void fake_mixer_tell(struct mixer *mixer, unsigned i,
		     enum media_event_kind kind, unsigned key);
/** Conferences that are open. */
unsigned fake_mixer_conferences(const struct mixer *mixer);

#endif
