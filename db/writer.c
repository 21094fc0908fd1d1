#include "db/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/statvfs.h>

#include "db/account_secrets.h"
#include "db/account_table.h"
#include "db/commit_group.h"
#include "db/deny_time.h"
#include "db/domains.h"
#include "db/job_queue.h"
#include "db/quiesce.h"
#include "db/reader.h"
#include "db/revocations.h"
#include "db/transaction.h"
#include "server/base/thread.h"

#define GROUP_MAX 512	      /**< jobs in one transaction */
#define GROUP_WORTH 64	      /**< jobs that need not wait for more */
#define CHECKPOINT_PAGES 1000 /**< when there is nothing else to do */
#define CHECKPOINT_DUE 4000   /**< at the latest */
#define QUIESCE_MAX_MS 5000   /**< the longest wait for the loop */
#define PROBE_S 1	      /**< between two looks at a sick disk */

static const char until_restart[] =
	"; nothing is written until the relay is started again";

/** One who waits in writer_call(). */
struct writer_waiter {
	pthread_cond_t over;
	bool is_over;
};

struct writer {
	struct writer_settings settings;
	char *path;
	struct store *store;
	pthread_t thread;
	atomic_bool is_healthy;
	struct quiesce *quiesce;
	struct reader *reader;

	pthread_mutex_t lock; /**< of what follows */
	pthread_cond_t work;  /**< is_due, or it is time to stop */
	struct job_queue queue;
	bool is_due; /**< the queue, which is not empty, is to be taken */
	bool is_stopping;
	atomic_uint n_first; /**< in the queue: those that go first */
	char problem[PROBLEM_MAX];

	struct loop_hook turn_end;
	bool has_news; /**< the loop's own: jobs of this turn */
};

/* ---- the queue -------------------------------------------------------- */

static void queue_is_due(struct writer *writer)
{
	writer->is_due = true;
	pthread_cond_signal(&writer->work);
}

/*
 * What the loop hands over in one turn is to share a commit: the writer takes
 * it when the turn ends.  Woken by each job it would commit that one and the
 * few behind it, and a commit costs as much as the jobs of ten requests.
 */
static void turn_ended(void *arg)
{
	struct writer *writer = arg;

	if (!writer->has_news)
		return;
	writer->has_news = false;
	pthread_mutex_lock(&writer->lock);
	if (writer->queue.first)
		queue_is_due(writer);
	pthread_mutex_unlock(&writer->lock);
}

static enum err submit(struct writer *writer, struct write_job *job,
		       size_t most)
{
	enum err err = ERR_OK;

	deny_time_begin(job, writer->settings.counters);
	pthread_mutex_lock(&writer->lock);
	if (writer->is_stopping)
		err = ERR_SHUTDOWN;
	else if (writer->queue.n >= most)
		err = ERR_BUSY;
	else
		job_queue_add(&writer->queue, job);
	if (err == ERR_OK && job->goes_first)
		atomic_fetch_add(&writer->n_first, 1);
	/* A job that somebody waits for comes from another thread than the
	 * loop's. */
	if (err == ERR_OK && (job->waiter || writer->queue.n >= GROUP_WORTH))
		queue_is_due(writer);
	pthread_mutex_unlock(&writer->lock);
	return err;
}

static enum err submit_by_loop(struct writer *writer, struct write_job *job,
			       size_t most)
{
	job->waiter = NULL;
	if (job->read) {
		reader_add(writer->reader, job);
		return ERR_OK;
	}
	writer->has_news = true;
	return submit(writer, job, most);
}

enum err writer_submit(struct writer *writer, struct write_job *job)
{
	return submit_by_loop(writer, job, writer->settings.queue_max);
}

enum err writer_submit_urgent(struct writer *writer, struct write_job *job)
{
	return submit_by_loop(writer, job, SIZE_MAX);
}

/** On the reader's thread, which ends before the writer's does. */
static void was_read(void *arg, struct write_job *job)
{
	struct writer *writer = arg;

	pthread_mutex_lock(&writer->lock);
	job_queue_add(&writer->queue, job);
	queue_is_due(writer);
	pthread_mutex_unlock(&writer->lock);
}

enum err writer_call(struct writer *writer, struct write_job *job)
{
	struct writer_waiter waiter = {.is_over = false};
	enum err err;

	pthread_cond_init(&waiter.over, NULL);
	job->waiter = &waiter;
	err = submit(writer, job, SIZE_MAX);
	if (err == ERR_OK) {
		pthread_mutex_lock(&writer->lock);
		while (!waiter.is_over)
			pthread_cond_wait(&waiter.over, &writer->lock);
		pthread_mutex_unlock(&writer->lock);
		err = job->err;
	}
	pthread_cond_destroy(&waiter.over);
	if (err == ERR_OK && job->needs_quiesce)
		err = quiesce_wait(writer->quiesce, QUIESCE_MAX_MS);
	deny_time_end(job, err);
	return err;
}

/* ---- one group -------------------------------------------------------- */

static void job_over(struct loop_post *post)
{
	struct write_job *job =
		(struct write_job *)(void *)((char *)post -
					     offsetof(struct write_job, post));

	/* The writer may be gone. */
	if (job->quiesce) {
		quiesce_once(job->quiesce);
		quiesce_drop(job->quiesce);
		deny_time_end(job, job->err);
	}
	job->done(job);
}

/** Tell whoever waits.  The jobs are not ours any more after that. */
static void report(struct writer *writer, struct write_job *job)
{
	struct write_job *next;

	for (; job; job = next) {
		struct writer_waiter *waiter = job->waiter;

		next = job->next;
		if (waiter) {
			pthread_mutex_lock(&writer->lock);
			waiter->is_over = true;
			pthread_cond_signal(&waiter->over);
			pthread_mutex_unlock(&writer->lock);
		} else {
			job->post.run = job_over;
			job->quiesce = NULL;
			if (job->needs_quiesce && job->err == ERR_OK) {
				job->quiesce = writer->quiesce;
				quiesce_keep(job->quiesce);
			}
			loop_post(writer->settings.loop, &job->post);
		}
	}
}

bool writer_has_room(const struct writer *writer)
{
	struct statvfs disk;

	if (writer->settings.min_free_bytes == 0 ||
	    statvfs(writer->path, &disk) != 0)
		return true;
	return (uint64_t)disk.f_bavail * disk.f_frsize >=
	       writer->settings.min_free_bytes;
}

static void note_health(struct writer *writer)
{
	struct store *store = writer->store;

	atomic_store(&writer->is_healthy, store->health == HEALTH_FINE);
	pthread_mutex_lock(&writer->lock);
	snprintf(writer->problem, sizeof(writer->problem), "%.*s%s",
		 PROBLEM_MAX - (int)sizeof(until_restart), store->problem,
		 store->health == HEALTH_BROKEN ? until_restart : "");
	pthread_mutex_unlock(&writer->lock);
}

void writer_follow(struct writer *writer, const struct change_reader *reader)
{
	store_changes_follow(writer->store, reader);
}

void writer_leave(struct writer *writer, const struct change_reader *reader)
{
	store_changes_leave(writer->store, reader);
}

static void run_group(struct writer *writer, struct job_queue *group)
{
	struct write_job *job = group->first;

	writer->store->is_tight = !writer_has_room(writer);
	while (job)
		job = commit_group_run(writer->store, writer->settings.counters,
				       writer->quiesce, job);
	note_health(writer);
	report(writer, group->first);
}

/* ---- the thread ------------------------------------------------------- */

static void show(struct writer *writer)
{
	struct writer_settings *settings = &writer->settings;
	struct counters *counters = settings->counters;

	gauge_set(counters, GAUGE_PERMISSIONS,
		  (int64_t)index_count(settings->index));
	gauge_set(counters, GAUGE_ACCOUNTS,
		  (int64_t)accounts_count(settings->accounts));
	if (!writer->store->is_deferring)
		return;
	int64_t n = store_deliveries_waiting(writer->store);
	if (n >= 0)
		gauge_set(counters, GAUGE_DELIVERIES, n);
	writer->store->is_deferring = false;
}

/** Between two groups; @p n_waiting jobs are there already. */
static void look_after(struct writer *writer, size_t n_waiting)
{
	struct store *store = writer->store;
	int due = n_waiting == 0 ? CHECKPOINT_PAGES : CHECKPOINT_DUE;

	if (store->log_pages >= due && store->health == HEALTH_FINE) {
		store_checkpoint(store);
		note_health(writer);
	}
	if (n_waiting == 0)
		show(writer);
}

/** Wait for work.  @return false when the time to look at the disk has come */
static bool wait_for_work(struct writer *writer)
{
	struct timespec until;
	int code = 0;

	/* Not the time of day, so not the loop's: only a pause. */
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PROBE_S;
	while (!writer->is_due && !writer->is_stopping && code == 0) {
		if (writer->store->health == HEALTH_FAILED)
			code = pthread_cond_timedwait(&writer->work,
						      &writer->lock, &until);
		else
			pthread_cond_wait(&writer->work, &writer->lock);
	}
	return code == 0;
}

static void probe(struct writer *writer)
{
	if (store_probe(writer->store) == ERR_OK)
		(void)store_sync_record(writer->store);
	note_health(writer);
}

/** Jobs for the next transaction; none when it is time to stop. */
static void next_group(struct writer *writer, struct job_queue *ret)
{
	size_t most, n_waiting;

	pthread_mutex_lock(&writer->lock);
	for (;;) {
		n_waiting = writer->queue.n;
		pthread_mutex_unlock(&writer->lock);
		look_after(writer, n_waiting);
		pthread_mutex_lock(&writer->lock);
		if (wait_for_work(writer))
			break;
		pthread_mutex_unlock(&writer->lock);
		probe(writer);
		pthread_mutex_lock(&writer->lock);
	}
	most = writer->store->health == HEALTH_FAILED ? 1 : GROUP_MAX;
	job_queue_take(&writer->queue, most, ret);
	for (const struct write_job *it = ret->first; it; it = it->next)
		if (it->goes_first)
			atomic_fetch_sub(&writer->n_first, 1);
	n_waiting = writer->queue.n;
	writer->is_due = n_waiting > 0;
	pthread_mutex_unlock(&writer->lock);
	gauge_set(writer->settings.counters, GAUGE_STORE_QUEUE,
		  (int64_t)n_waiting);
}

static void *run(void *arg)
{
	struct writer *writer = arg;
	struct job_queue group;

	for (;;) {
		next_group(writer, &group);
		if (!group.first)
			return NULL;
		run_group(writer, &group);
	}
}

/* ---- from birth to death ---------------------------------------------- */

static enum err load(struct writer *writer)
{
	struct store *store = writer->store;
	enum err err;

	store->n_first = &writer->n_first;
	store->index = writer->settings.index;
	store->accounts = writer->settings.accounts;
	store->lists = writer->settings.lists;
	store->sender_room = writer->settings.sender_room_bytes;
	store->expired_keep_s = writer->settings.expired_keep_s;
	store->renew_before_s = writer->settings.renew_before_s;
	store->tells_imported = writer->settings.tells_imported;
	store->records.room = writer->settings.record_room_bytes;
	store->is_deferring = true; /* count them once */
	err = revocations_open(store, writer->settings.accept_new,
			       &store->record);
	if (err != ERR_OK)
		return err;
	err = store_domains_first(store, writer->settings.first_domain);
	if (err == ERR_OK)
		err = store_domains_set(store, &writer->settings.domains);
	if (err == ERR_OK)
		err = account_key_open(store, writer->settings.key_file);
	if (err != ERR_OK)
		return err;
	/* One that fails is tried again, as any other commit. */
	(void)store_sync_record(store);
	return store_load(store);
}

static enum err start(struct writer *writer)
{
	pthread_condattr_t monotonic;
	enum err err;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	job_queue_init(&writer->queue);
	err = load(writer);
	if (err == ERR_OK) {
		atomic_store(&writer->is_healthy,
			     writer->store->health == HEALTH_FINE);
		err = reader_new(writer->path, was_read, writer,
				 &writer->reader);
	}
	if (err == ERR_OK)
		err = thread_start(&writer->thread, run, writer);
	if (err == ERR_OK) {
		writer->turn_end =
			(struct loop_hook){.run = turn_ended, .arg = writer};
		loop_hook_add(writer->settings.loop, &writer->turn_end);
	}
	if (err != ERR_OK) {
		reader_free(writer->reader);
		pthread_cond_destroy(&writer->work);
		pthread_mutex_destroy(&writer->lock);
	}
	return err;
}

enum err writer_new(const struct writer_settings *settings, struct writer **ret)
{
	struct writer *writer = mem_alloc(sizeof(*writer));
	char problem[STORE_PROBLEM_MAX];
	enum err err;

	memset(writer, 0, sizeof(*writer));
	writer->settings = *settings;
	writer->path = mem_strdup(settings->path);
	writer->settings.path = writer->path;
	writer->quiesce = quiesce_new(settings->loop);
	err = store_open_told(settings->path, STORE_WRITE, problem,
			      &writer->store);
	if (err == ERR_OK) {
		err = start(writer);
		memcpy(problem, writer->store->problem, sizeof(problem));
	}
	if (err == ERR_OK) {
		*ret = writer;
		return ERR_OK;
	}
	if (settings->problem)
		memcpy(settings->problem, problem, sizeof(problem));
	store_close(writer->store);
	quiesce_free(writer->quiesce);
	free(writer->path);
	free(writer);
	return err;
}

bool writer_is_idle(struct writer *writer)
{
	bool is_idle;

	pthread_mutex_lock(&writer->lock);
	is_idle = !writer->queue.first && !writer->is_stopping;
	pthread_mutex_unlock(&writer->lock);
	return is_idle;
}

struct quiesce *writer_quiesce(const struct writer *writer)
{
	return writer->quiesce;
}

const struct record_look *writer_record(const struct writer *writer)
{
	return revocations_look(writer->store->record);
}

bool writer_is_healthy(const struct writer *writer)
{
	return atomic_load(&writer->is_healthy);
}

const char *writer_problem(struct writer *writer, struct arena *arena)
{
	const char *problem;

	pthread_mutex_lock(&writer->lock);
	problem = arena_strdup(arena, writer->problem);
	pthread_mutex_unlock(&writer->lock);
	return problem;
}

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	reader_free(writer->reader);
	pthread_mutex_lock(&writer->lock);
	writer->is_stopping = true;
	pthread_cond_signal(&writer->work);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	loop_hook_remove(writer->settings.loop, &writer->turn_end);
	store_close(writer->store);
	pthread_cond_destroy(&writer->work);
	pthread_mutex_destroy(&writer->lock);
	quiesce_free(writer->quiesce);
	free(writer->path);
	free(writer);
}
