/*
 * writer -- the one thread that writes the database and commits.
 *
 * Jobs that wait when a commit ends go into the next transaction together: one
 * fsync a group (WAL, synchronous=FULL).  Each job runs inside a savepoint
 * where it needs one, so that a job which fails leaves nothing behind and
 * spoils no other.  Index, accounts and lists follow the change log
 * (db/change_log.h): denies before the commit, grants after it.  If a commit
 * fails, every job of the group gets the error, also one that had found its
 * own: what it saw never came to be.
 *
 * After a failed commit jobs go one by one until one gets through, so that a
 * small deny is not lost with a large message; and once a second an empty
 * commit asks whether the disk is well again.  After a failed fsync or a sign
 * of corruption nothing is written any more: every job gets ERR_IO until the
 * process starts again (the kernel may have dropped pages it said it kept).
 *
 * Denies are in the record of revocations (db/revocations.h), too, synced after
 * the commit: a job whose deny is in the store and not there gets the error.
 *
 * A job that denied or removed a permission is over only when nothing leaves
 * any more that rested on it (db/quiesce.h): done() runs, and writer_call()
 * returns, after that.
 *
 * A job that only reads is run by the reader (db/reader.h), and then goes
 * through the queue like the others.  So its done() runs after the done() of
 * every job whose commit it saw, and it fails while commits fail.
 */
#ifndef VOLENS_DB_WRITER_H
#define VOLENS_DB_WRITER_H

#include "server/base/domains.h"
#include "db/store.h"
#include "server/base/counters.h"
#include "server/base/loop.h"

struct writer;
struct quiesce;

/** How a deny came in: how long it takes is measured of each (counters.h). */
enum deny_door {
	DENY_BY_NONE, /**< it is no deny, or not measured */
	DENY_BY_PUBLISH,
	DENY_BY_CHAT,
	DENY_BY_PAGE,
	DENY_BY_REST,
	DENY_BY_IMPORT /**< a piece of a stop list */
};

struct write_job {
	/** On the writer's thread, inside the transaction. */
	enum err (*run)(struct store *store, struct write_job *job);
	/** Instead of run(), for what reads much: on the reader's thread, so
	 * that no commit waits for it.  Whatever it can see was committed by
	 * jobs whose done() runs before its own.  Not with writer_call(). */
	enum err (*read)(struct store *store, struct write_job *job);
	/** run() writes by one store function alone: these undo themselves when
	 *  they fail, so that no savepoint is needed around it. */
	bool is_one_step;
	/** A deny: what takes long gives way to it, and is done later. */
	bool goes_first;
	bool is_long; /**< thousands of rows: it has a commit of its own, so
		       * that others need not wait for it */
	/** On the loop's thread once it is on disk, or failed (job->err).  The
	 *  writer does not touch the job after that. */
	void (*done)(struct write_job *job);
	/** Bytes of the call that it does the work of: the credit of questions
	 *  that it causes (policies/asking.h).  0: none causes it. */
	int64_t received;
	bool is_cause; /**< a question has taken them */
	enum deny_door door;
	int64_t came_us; /**< with a door: when it was received
			  *   (monotonic_now_us()); 0: as it is submitted */
	enum err err;
	enum err read_err;	   /**< the reader's own */
	bool is_recorded;	   /**< it is for the record of revocations */
	bool needs_quiesce;	   /**< it denied or removed a permission */
	struct quiesce *quiesce;   /**< the writer's own */
	struct counters *counters; /**< likewise (deny_time.h) */
	struct loop_post post;	   /**< the writer's own */
	struct write_job *next;	   /**< the writer's own */
	void *waiter;		   /**< the writer's own */
};

struct writer_settings {
	const char *path;
	const char *key_file; /**< NULL: that of path and ".key" */
	/** Why the store could not be opened, for the log; NULL: not told. */
	char *problem; /**< STORE_PROBLEM_MAX bytes */
	/** 1: also a store that is not the one of its record of revocations, or
	 *  is emptier (ERR_CONFLICT else). */
	int accept_new;
	struct loop *loop; /**< where done() runs */
	struct index
		*index; /**< filled from the store before writer_new returns */
	struct accounts *accounts; /**< likewise */
	struct list_table *lists;  /**< likewise; NULL: there is none */
	const char *first_domain;  /**< NULL: as it was (db/domains.h) */
	struct domains domains;	   /**< beside the first */
	struct counters *counters;
	size_t queue_max; /**< jobs waiting; over it: ERR_BUSY */
	/** With less room than that on the disk store_journal_add() says
	 *  ERR_FULL, while denies still find some.  0: do not look. */
	uint64_t min_free_bytes;
	/** Once so many bytes of one sender wait for another try,
	 *  store_journal_add() says ERR_BUSY to more of theirs.  0: any. */
	uint64_t sender_room_bytes;
	int64_t expired_keep_s; /**< how long rows stay that are over */
	int64_t renew_before_s; /**< of the end of a grant the recipient is
				     asked to renew it; 0: not */
	/** Whom others grant for is told, before the first leg (notices.h). */
	bool tells_imported;
	/** What records may take (db/records.h).  0: none are kept. */
	uint64_t record_room_bytes;
};

/** Open the store, load index and accounts, start the thread.  Errors as
 *  store_open(). */
enum err writer_new(const struct writer_settings *settings,
		    struct writer **ret) MUST_CHECK;
/** Loop thread; the writer hears of it when the loop's turn ends, so that jobs
 * of one turn share a commit.  ERR_BUSY (queue full), ERR_SHUTDOWN: done() is
 * not called. */
enum err writer_submit(struct writer *writer, struct write_job *job) MUST_CHECK;
/** As above, but never refused for a full queue: for denies and for settling
 *  what was already accepted. */
enum err writer_submit_urgent(struct writer *writer,
			      struct write_job *job) MUST_CHECK;
/** Any thread but a loop that runs: run the job and wait; done is not called.
 *  Never refused for a full queue (each caller has but one).  ERR_TIMEOUT: it
 *  is on disk, and the index knows, but what was permitted before may still
 *  leave: the loop was busy for too long. */
enum err writer_call(struct writer *writer, struct write_job *job) MUST_CHECK;
/** True when nothing waits to be written: the time for what is only of
 * interest. Any thread. */
bool writer_is_idle(struct writer *writer);
struct change_reader; /* db/change_log.h */
/** store_changes_follow() and store_changes_leave() of the writer's store. Any
 *  thread. */
void writer_follow(struct writer *writer, const struct change_reader *reader);
void writer_leave(struct writer *writer, const struct change_reader *reader);
/** For quiesce_set() and quiesce_end(). */
struct quiesce *writer_quiesce(const struct writer *writer);
/** True while the last commit went well (readyz). Any thread. */
bool writer_is_healthy(const struct writer *writer);
/** What the start found in the record of revocations. */
const struct record_look *writer_record(const struct writer *writer);
/** Is there as much room on the disk as min_free_bytes wants?  Else
 *  store_journal_add() says ERR_FULL.  Any thread. */
bool writer_has_room(const struct writer *writer);
/** What is wrong, for a person: while the writer is not healthy, the failure
 *  that made it so; else the last one.  A copy in @p arena.  Any thread. */
const char *writer_problem(struct writer *writer, struct arena *arena);
/** Finish what is queued, checkpoint, close.  The last done()s are posted
 *  before it returns: let the loop run once more.  NULL is fine. */
void writer_free(struct writer *writer);

#endif
