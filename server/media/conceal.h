/*
 * conceal -- sound for a frame that got lost: the last period, repeated.
 *
 * The period is the lag at which the end of what was heard is most like itself.
 * The first frame is as loud as what was heard, the next two fade away.  Pure.
 */
#ifndef VOLENS_SERVER_MEDIA_CONCEAL_H
#define VOLENS_SERVER_MEDIA_CONCEAL_H

#include <stdbool.h>

#include "server/media/mix.h"

#define CONCEAL_HISTORY 320 /**< samples: 40 ms */
#define CONCEAL_FRAMES 3    /**< 60 ms, then silence */

struct conceal {
	int16_t heard[CONCEAL_HISTORY]; /**< the latest at the end */
	unsigned n_run;			/**< frames concealed since then */
	unsigned lag;			/**< samples, of this run */
};

/** Nothing was heard: there is nothing to go on with. */
void conceal_init(struct conceal *conceal);
/** Samples that are played; at most CONCEAL_HISTORY of them count. */
void conceal_hear(struct conceal *conceal, const int16_t *samples, size_t n);
/** What follows them.  False: it has faded away, and there is no sound. */
bool conceal_frame(struct conceal *conceal, int16_t ret[MIX_SAMPLES]);

#endif
