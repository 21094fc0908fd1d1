/*
 * fake_writer -- the store's jobs in the test's hand (implements db/writer.h).
 *
 * Jobs run in order against a real store, as one transaction, when the test
 * gives it a turn: so a commit can be held back, fail, or be the last thing
 * that happens before the process is gone.
 */
#ifndef VOLENS_TESTS_FAKE_WRITER_H
#define VOLENS_TESTS_FAKE_WRITER_H

#include "db/writer.h"

/** Run what is queued; the done()s are posted.  @return how many jobs */
int fake_writer_turn(struct writer *writer);
/** Jobs that wait. */
size_t fake_writer_queued(const struct writer *writer);
/** While held, turns run nothing. */
void fake_writer_hold(struct writer *writer, int is_held);
/** What runs before a job is over that denied or removed a permission. */
void fake_writer_on_quiesce(struct writer *writer, void (*run)(void *arg),
			    void *arg);
/** ERR_OK, or how every commit fails from now on; ERR_BUSY: submitting does. */
void fake_writer_fail(struct writer *writer, enum err err);
/** The process is gone: what is queued never runs (but its memory is given
 *  back by done() with ERR_SHUTDOWN), or runs and nobody hears of it. */
enum last_words { LAST_NOTHING, LAST_COMMIT };
void fake_writer_kill(struct writer *writer, enum last_words words);
/** Put a byte in the place of every message, or of every list of recipients,
 *  in the journal. */
void fake_writer_spoil(struct writer *writer, const char *what);
/** For the test's own looks. */
struct store *fake_writer_store(struct writer *writer);

#endif
