/*
 * reader -- the thread that runs the long reads of the loop, so that the writer
 * need not.
 *
 * It runs the read() of jobs on a handle of its own and gives each job back.
 * A read() sees one state of the store, which is committed.
 *
 * Private to db/: the writer has one (db/writer.h).
 */
#ifndef VOLENS_DB_READER_H
#define VOLENS_DB_READER_H

#include "db/writer.h"

struct reader;

/** @param back  called on the reader's thread with each job that was read */
enum err reader_new(const char *path,
		    void (*back)(void *arg, struct write_job *job), void *arg,
		    struct reader **ret) MUST_CHECK;
/** Any thread. */
void reader_add(struct reader *reader, struct write_job *job);
/** Read what is queued, give it back, and end the thread.  NULL is fine. */
void reader_free(struct reader *reader);

#endif
