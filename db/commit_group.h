/*
 * commit_group -- jobs of the writer that share a transaction.
 *
 * Private to db/.
 */
#ifndef VOLENS_DB_COMMIT_GROUP_H
#define VOLENS_DB_COMMIT_GROUP_H

#include "db/quiesce.h"
#include "db/writer.h"

/**
 * One transaction with jobs from @p first on, until one breaks it; then what it
 * denied goes into the record of revocations.  quiesce_begin() after each job
 * that takes a permission away: before the commit.  Nobody hears of an outcome
 * before that.
 *
 * @return the first job that was not run, or NULL
 */
struct write_job *commit_group_run(struct store *store,
				   struct counters *counters,
				   struct quiesce *quiesce,
				   struct write_job *first);

#endif
