/*
 * job_group -- jobs of the writer whose owner may go before they are back.
 *
 * The writer works on a job's memory until it hands the job back.  An owner
 * that has such jobs keeps a group of them, and submits them by it.  While all
 * goes on, the group calls over() of each job that is back.
 *
 * An owner that goes away closes its group and frees nothing that the writer
 * may have: neither the group, nor jobs, nor what these point to.  The writer
 * still runs the jobs that it has, so what they write is written; over() of
 * none of them is called.  Once the last is back, closed() frees it all.
 *
 * Only on the thread of the writer's loop.
 */
#ifndef VOLENS_DB_JOB_GROUP_H
#define VOLENS_DB_JOB_GROUP_H

#include "db/writer.h"

/** In the owner's memory; `writer` is set and all else is zero at first. */
struct job_group {
	struct writer *writer;
	size_t n_out; /**< jobs that the writer has */
	void (*closed)(void *arg);
	void *arg;
};

/** In memory of the owner, or of something that the owner frees. */
struct store_job {
	struct write_job write; /**< first: the writer knows only this */
	/** It is back, see write.err; NULL: that matters to nobody. */
	void (*over)(struct store_job *store_job);
	struct job_group *group; /**< the group's own */
	bool is_out;		 /**< the writer has it: do not touch */
};

enum store_job_kind {
	STORE_JOB_USUAL, /**< refused with ERR_BUSY when the queue is full */
	STORE_JOB_URGENT /**< a deny, or the outcome of what was accepted */
};

/**
 * Submit a job that is not out; write.run and over are set.
 *
 * Errors as writer_submit(); write.err has it, too, and over() is not called.
 */
enum err job_group_submit(struct job_group *group, struct store_job *store_job,
			  enum store_job_kind kind) MUST_CHECK;
/** The owner goes.  closed() is called once, in this call when no job is out;
 *  nothing is submitted after it. */
void job_group_close(struct job_group *group, void (*closed)(void *arg),
		     void *arg);

#endif
