/*
 * fake_conferences -- a focus that does what the test says (implements the part
 * of server/conference.h that REST uses).
 *
 * Orders are carried out at once in memory, nobody is called, and each is
 * written down as a line of text.  The test makes the next one fail, or wait.
 * On the loop's thread, as the real one.
 */
#ifndef VOLENS_TESTS_FAKE_CONFERENCES_H
#define VOLENS_TESTS_FAKE_CONFERENCES_H

#include "server/base/text.h"
#include "server/conference.h"

#define FAKE_CONFERENCES 64
#define FAKE_PARTIES 256

struct fake_conference {
	struct conference_view view;
	struct party_view parties[FAKE_PARTIES];
};
struct conferences {
	struct arena *arena;
	struct text orders; /**< a line for each */
	struct fake_conference *rooms[FAKE_CONFERENCES];
	size_t n_rooms;
	uint64_t next_party;
	/** What the next order is answered, if err is set. */
	struct conference_result refusal;
	bool is_slow; /**< the next order waits for fake_conferences_answer() */
	_Atomic bool is_waiting;  /**< there is one that waits */
	conference_done_fn *done; /**< of it */
	void *arg;
};

struct conferences *fake_conferences_new(void);
/** Answers what waits with ERR_SHUTDOWN. */
void fake_conferences_free(struct conferences *conferences);
/** Answer the order that waits, if there is one. */
void fake_conferences_answer(struct conferences *conferences, enum err err);

#endif
