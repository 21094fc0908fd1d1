/*
 * deferrals -- what has to be taken up from the disk: deliveries that are due,
 * and after a restart the entries that were never settled.
 *
 * Reading is a job on the writer's thread like all else, so the loop waits for
 * nothing.  How much is in work at a time is bounded; the rest stays on disk.
 */
#ifndef VOLENS_SERVER_RELAY_DEFERRALS_H
#define VOLENS_SERVER_RELAY_DEFERRALS_H

#include "server/relay/fanout.h"

/* ---- deliveries that are due (defer.c) --------------------------------- */

struct deferrals;
struct deferrals *deferrals_new(const struct relays_settings *settings,
				struct store_jobs *store_jobs,
				struct fanouts *fanouts);
/** Take nothing up any more. */
void deferrals_stop(struct deferrals *deferrals);
/** Stopped, and no store_job is out. */
void deferrals_free(struct deferrals *deferrals);
/** Look now. */
void deferrals_poke(struct deferrals *deferrals);
/** Look at @p next_at at the latest. */
void deferrals_expect(struct deferrals *deferrals, int64_t next_at);
/** A delivery that was in work is on disk again, or gone. */
void deferrals_retried(struct deferrals *deferrals, int64_t delivery);
bool deferrals_idle(const struct deferrals *deferrals);

/* ---- entries of a former process (recover.c) --------------------------- */

struct recovery;
struct recovery *recovery_new(const struct relays_settings *settings,
			      struct store_jobs *store_jobs,
			      struct fanouts *fanouts);
void recovery_stop(struct recovery *recovery);
void recovery_free(struct recovery *recovery);
void recovery_start(struct recovery *recovery);
/** An entry of our own was kept: it and later ones are not to be recovered. */
void recovery_own(struct recovery *recovery, int64_t journal);
/** There may be room for more. */
void recovery_poke(struct recovery *recovery);
bool recovery_idle(const struct recovery *recovery);

#endif
