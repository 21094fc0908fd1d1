/*
 * store_job -- a store job of the relay, and the book of those that are out.
 *
 * The writer works on a job's memory until its done(): who goes away before
 * that asks the book to tell when the last one is back, and frees then.
 */
#ifndef VOLENS_SERVER_RELAY_STORE_JOB_H
#define VOLENS_SERVER_RELAY_STORE_JOB_H

#include "db/writer.h"

struct store_jobs {
	struct writer *writer;
	size_t n_out;
	/** NULL while all goes on; once set, no store_job hears of its end any
	 *  more, and this is called after the last of them. */
	void (*closed)(void *arg);
	void *arg;
};

struct store_job {
	struct write_job write; /**< first: the writer knows only this */
	/** Loop thread: it is over, see write.err. */
	void (*over)(struct store_job *store_job);
	struct store_jobs *store_jobs;
};

enum store_job_kind {
	STORE_JOB_USUAL, /**< may be refused when the queue is full */
	STORE_JOB_URGENT /**< records what became of what was accepted */
};
/** run and over are set.  As writer_submit(); over() is not called on error. */
enum err store_job_submit(struct store_jobs *store_jobs,
			  struct store_job *store_job,
			  enum store_job_kind kind) MUST_CHECK;

#endif
