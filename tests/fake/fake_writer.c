#include "tests/fake/fake_writer.h"

#include "db/domains.h"
#include "db/transaction.h"

struct writer {
	struct writer_settings settings;
	struct store *store;
	struct write_job *first, **end;
	struct write_job *reads, **reads_end; /**< of jobs that only read */
	size_t n;
	int is_held;
	enum err failing;
};

/* A job may be over after its writer is gone; then nobody quiesces. */
static struct {
	void (*run)(void *arg);
	void *arg;
} quiesce;

enum err writer_new(const struct writer_settings *settings, struct writer **ret)
{
	struct writer *writer = mem_alloc(sizeof(*writer));
	enum err err;

	memset(writer, 0, sizeof(*writer));
	writer->settings = *settings;
	writer->end = &writer->first;
	writer->reads_end = &writer->reads;
	err = store_open(settings->path, STORE_WRITE, &writer->store);
	if (!err) {
		writer->store->index = settings->index;
		writer->store->accounts = settings->accounts;
		writer->store->lists = settings->lists;
		writer->store->renew_before_s = settings->renew_before_s;
		writer->store->tells_imported = settings->tells_imported;
		writer->store->records.room = settings->record_room_bytes;
		err = store_domains_first(writer->store,
					  settings->first_domain);
		if (!err)
			err = store_domains_set(writer->store,
						&settings->domains);
	}
	if (!err)
		err = store_load(writer->store);
	if (err) {
		free(writer);
		return err;
	}
	*ret = writer;
	return ERR_OK;
}

static void add(struct write_job ***end, struct write_job *job)
{
	job->next = NULL;
	**end = job;
	*end = &job->next;
}

/* What only reads is read now, and over after all others: as early and as late
 * as the reader can be. */
enum err writer_submit_urgent(struct writer *writer, struct write_job *job)
{
	if (job->read) {
		job->read_err = job->read(writer->store, job);
		add(&writer->reads_end, job);
	} else {
		add(&writer->end, job);
	}
	writer->n++;
	return ERR_OK;
}

enum err writer_submit(struct writer *writer, struct write_job *job)
{
	if (writer->failing == ERR_BUSY ||
	    writer->n >= writer->settings.queue_max)
		return ERR_BUSY;
	return writer_submit_urgent(writer, job);
}

enum err writer_call(struct writer *writer, struct write_job *job)
{
	writer->store->received = job->received;
	job->err = transaction_begin(writer->store);
	if (!job->err)
		job->err = transaction_end(writer->store,
					   job->run(writer->store, job));
	return job->err;
}

bool writer_is_idle(struct writer *writer)
{
	return !writer->n;
}

bool writer_is_healthy(const struct writer *writer)
{
	return writer->failing == ERR_OK;
}

const char *writer_problem(struct writer *writer, struct arena *arena)
{
	return arena_strdup(arena, store_problem(writer->store));
}

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	fake_writer_hold(writer, 0);
	fake_writer_turn(writer);
	store_close(writer->store);
	free(writer);
	quiesce.run = NULL;
}

static struct write_job *take_all(struct writer *writer)
{
	struct write_job *first;

	*writer->end = writer->reads;
	first = writer->first;
	writer->first = writer->reads = NULL;
	writer->end = &writer->first;
	writer->reads_end = &writer->reads;
	writer->n = 0;
	return first;
}

static enum err job_run(struct store *store, struct write_job *job)
{
	return job->read ? job->read_err : job->run(store, job);
}

/* One group, as the real one does it: a savepoint each, one commit for all. */
static void run_group(struct writer *writer, struct write_job *first)
{
	struct store *store = writer->store;
	enum err err = transaction_begin(store);

	for (struct write_job *job = first; job && !err; job = job->next) {
		store->needs_quiesce = false;
		store->received = job->received;
		job->err = transaction_begin(store);
		if (!job->err)
			job->err = transaction_end(store, job_run(store, job));
		job->needs_quiesce = store->needs_quiesce && !job->err;
	}
	if (!err && writer->failing != ERR_BUSY)
		err = transaction_end(store, writer->failing);
	else if (!err)
		err = transaction_end(store, ERR_OK);
	for (struct write_job *job = first; job && err; job = job->next)
		job->err = err;
}

static void job_over(struct loop_post *post)
{
	struct write_job *job =
		(struct write_job *)(void *)((char *)post -
					     offsetof(struct write_job, post));

	if (!job->err && job->needs_quiesce && quiesce.run)
		quiesce.run(quiesce.arg);
	job->done(job);
}

int fake_writer_turn(struct writer *writer)
{
	struct write_job *job, *next;
	int n = 0;

	if (writer->is_held || !writer->n)
		return 0;
	job = take_all(writer);
	run_group(writer, job);
	for (; job; job = next) {
		next = job->next;
		job->post.run = job_over;
		loop_post(writer->settings.loop, &job->post);
		n++;
	}
	return n;
}

size_t fake_writer_queued(const struct writer *writer)
{
	return writer->n;
}

void fake_writer_hold(struct writer *writer, int is_held)
{
	writer->is_held = is_held;
}

void fake_writer_on_quiesce(struct writer *writer, void (*run)(void *arg),
			    void *arg)
{
	(void)writer;
	quiesce.run = run;
	quiesce.arg = arg;
}

void fake_writer_fail(struct writer *writer, enum err err)
{
	writer->failing = err;
}

void fake_writer_kill(struct writer *writer, enum last_words words)
{
	struct write_job *job = take_all(writer);

	if (job && words == LAST_COMMIT)
		run_group(writer, job);
	while (job) {
		struct write_job *next = job->next;

		job->err = ERR_SHUTDOWN;
		job->done(job);
		job = next;
	}
	store_close(writer->store);
	free(writer);
	quiesce.run = NULL;
}

struct store *fake_writer_store(struct writer *writer)
{
	return writer->store;
}

void fake_writer_spoil(struct writer *writer, const char *what)
{
	static const char *const message[] = {
		"UPDATE accepted SET message = x'01'",
		"UPDATE journal SET message = x'01'"};
	static const char *const recipients[] = {
		"UPDATE accepted SET recipients = x'01'",
		"UPDATE journal SET recipients = x'01'"};
	const char *const *sql =
		strcmp(what, "message") == 0 ? message : recipients;

	if (store_run(writer->store, sql[0]) ||
	    store_run(writer->store, sql[1]))
		err_fatal("the journal cannot be spoiled");
}
