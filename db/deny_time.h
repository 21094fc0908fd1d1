/*
 * deny_time -- how long a deny takes, by the door that it came in by: from when
 * it was received until nothing leaves any more that it forbids (counters.h).
 */
#ifndef VOLENS_DB_DENY_TIME_H
#define VOLENS_DB_DENY_TIME_H

#include "db/writer.h"

/** It is given to the writer.  Any thread; a job without a door is passed over,
 *  here and below. */
void deny_time_begin(struct write_job *job, struct counters *counters);
/** It is over, and the edge was asked (db/quiesce.h).  @p err: of both. */
void deny_time_end(const struct write_job *job, enum err err);

#endif
