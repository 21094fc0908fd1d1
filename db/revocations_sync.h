/*
 * revocations_sync -- a sync of a file beside something else: the disk writes
 * the record of revocations while SQLite commits, and both take the time of
 * one.
 *
 * Private to db/.  One thread begins and ends syncs; the sync itself is done by
 * a thread of this room.
 */
#ifndef VOLENS_DB_REVOCATIONS_SYNC_H
#define VOLENS_DB_REVOCATIONS_SYNC_H

#include "server/base/err.h"

struct side_sync;

/** ERR_IO: no thread is to be had. */
enum err side_sync_new(struct side_sync **ret) MUST_CHECK;
/** fdatasync() begins; @p fd stays open until the end.  Not twice without an
 *  end between. */
void side_sync_begin(struct side_sync *sync, int fd);
/** Wait for it.  @return 0, or the errno of fdatasync() */
int side_sync_end(struct side_sync *sync);
/** Only when none has begun.  NULL is fine. */
void side_sync_free(struct side_sync *sync);

#endif
