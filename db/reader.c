#include "db/reader.h"

#include "db/job_queue.h"
#include "db/store_private.h"
#include "server/base/thread.h"

struct reader {
	char *path;
	void (*back)(void *arg, struct write_job *job);
	void *arg;
	pthread_t thread;
	struct store *store; /**< the thread's own; NULL: not opened yet */

	pthread_mutex_t lock; /**< of what follows */
	pthread_cond_t work;
	struct job_queue queue;
	bool is_stopping;
};

/** All that a job reads is of one moment. */
static enum err read_in_one(struct store *store, struct write_job *job)
{
	enum err err = store_run(store, store->engine->begin_read);

	if (err)
		return err;
	err = job->read(store, job);
	return first_err(err, store_run(store, "COMMIT"));
}

/** A handle that failed is opened again for the next job. */
static enum err read_job(struct reader *reader, struct write_job *job)
{
	enum err err = ERR_OK;

	if (!reader->store)
		err = store_open(reader->path, STORE_READ, &reader->store);
	if (err)
		return err;
	err = read_in_one(reader->store, job);
	if (err) {
		store_close(reader->store);
		reader->store = NULL;
	}
	return err;
}

/** False when it is time to stop and nothing is left. */
static bool next_job(struct reader *reader, struct job_queue *ret)
{
	pthread_mutex_lock(&reader->lock);
	while (!reader->queue.first && !reader->is_stopping)
		pthread_cond_wait(&reader->work, &reader->lock);
	job_queue_take(&reader->queue, 1, ret);
	pthread_mutex_unlock(&reader->lock);
	return ret->first != NULL;
}

static void *run(void *arg)
{
	struct reader *reader = arg;
	struct job_queue next;

	while (next_job(reader, &next)) {
		next.first->read_err = read_job(reader, next.first);
		reader->back(reader->arg, next.first);
	}
	return NULL;
}

static void release(struct reader *reader)
{
	store_close(reader->store);
	pthread_cond_destroy(&reader->work);
	pthread_mutex_destroy(&reader->lock);
	free(reader->path);
	free(reader);
}

enum err reader_new(const char *path,
		    void (*back)(void *arg, struct write_job *job), void *arg,
		    struct reader **ret)
{
	struct reader *reader = mem_alloc(sizeof(*reader));

	memset(reader, 0, sizeof(*reader));
	reader->path = mem_strdup(path);
	reader->back = back;
	reader->arg = arg;
	pthread_mutex_init(&reader->lock, NULL);
	pthread_cond_init(&reader->work, NULL);
	job_queue_init(&reader->queue);
	if (thread_start(&reader->thread, run, reader)) {
		release(reader);
		return ERR_IO;
	}
	*ret = reader;
	return ERR_OK;
}

void reader_add(struct reader *reader, struct write_job *job)
{
	pthread_mutex_lock(&reader->lock);
	job_queue_add(&reader->queue, job);
	pthread_cond_signal(&reader->work);
	pthread_mutex_unlock(&reader->lock);
}

void reader_free(struct reader *reader)
{
	if (!reader)
		return;
	pthread_mutex_lock(&reader->lock);
	reader->is_stopping = true;
	pthread_cond_signal(&reader->work);
	pthread_mutex_unlock(&reader->lock);
	pthread_join(reader->thread, NULL);
	release(reader);
}
