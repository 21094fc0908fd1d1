#include "server/message/recovery.h"

#include "db/journal.h"
#include "server/base/log.h"

#define PAGE 16 /**< entries read in one job */
/** With more fan-outs of its own, or more memory in work, no further page. */
#define FANOUTS_MAX 64
#define BYTES_MAX ((size_t)192 << 20)
#define PAUSE_MS 1000 /**< after a failure */

struct recovery {
	struct store_job store_job; /**< first: a page being read */
	const struct messages_settings *settings;
	struct job_group *jobs;
	struct fanouts *fanouts;
	struct arena *arena; /**< what it found; NULL: no job is out */
	struct journal_entry *entries;
	size_t n_entries;
	int64_t after;
	int64_t own; /**< first entry that this process accepted; 0 none */
	bool is_over;
	struct loop_timer again;
};

static void page_submit(void *arg);

struct recovery *recovery_new(const struct messages_settings *settings,
			      struct job_group *jobs, struct fanouts *fanouts)
{
	struct recovery *recovery = mem_alloc(sizeof(*recovery));

	memset(recovery, 0, sizeof(*recovery));
	recovery->settings = settings;
	recovery->jobs = jobs;
	recovery->fanouts = fanouts;
	recovery->is_over = true;
	loop_timer_init(&recovery->again, page_submit, recovery);
	return recovery;
}

void recovery_stop(struct recovery *recovery)
{
	recovery->is_over = true;
	loop_timer_clear(recovery->settings->loop, &recovery->again);
}

void recovery_free(struct recovery *recovery)
{
	arena_free(recovery->arena);
	free(recovery);
}

static enum err page_read(struct store *store, struct write_job *write)
{
	struct recovery *recovery = (struct recovery *)(void *)write;

	return store_journal_without_outcome(
		store, (struct page){recovery->after, PAGE}, recovery->arena,
		&recovery->entries, &recovery->n_entries);
}

/* The same Call-ID, From tag and CSeq as before: who got it already can tell.
 * Permission and expiry are looked at again, leg by leg. */
static void take_up(struct recovery *recovery,
		    const struct journal_entry *entry)
{
	struct accepted_request *accepted;
	char id[28];

	snprintf(id, sizeof(id), "journal=%lld", (long long)entry->id);
	if (accepted_request_open(entry, id, &accepted)) {
		fanout_fail_all(recovery->fanouts, accepted, NULL, 0);
		return;
	}
	accepted->is_recovered = true;
	count(recovery->settings->counters, COUNT_RECOVERED);
	log_event(LOG_EVENT_RECOVERED, id, "recipients=%zu", accepted->n);
	fanout_start(recovery->fanouts, accepted);
}

static void page_over(struct store_job *store_job)
{
	struct recovery *recovery = (struct recovery *)(void *)store_job;
	enum err err = store_job->write.err;
	size_t n = recovery->n_entries;

	if (err) {
		log_event(LOG_EVENT_RECOVERY_FAILED, NULL, "err=%s",
			  log_text(err_text(err)));
		n = 0;
		if (!recovery->is_over)
			loop_timer_set(recovery->settings->loop,
				       &recovery->again, PAUSE_MS);
	} else if (n == 0) {
		recovery->is_over = true;
	}
	for (size_t i = 0; i < n && !recovery->is_over; i++) {
		const struct journal_entry *entry = &recovery->entries[i];

		recovery->after = entry->id;
		/* Ids ascend: from here on they are of this process. */
		if (recovery->own && entry->id >= recovery->own)
			recovery->is_over = true;
		else
			take_up(recovery, entry);
	}
	arena_free(recovery->arena);
	recovery->arena = NULL;
	if (!err)
		recovery_wake(recovery);
}

static void page_submit(void *arg)
{
	struct recovery *recovery = arg;

	if (recovery->arena || recovery->is_over)
		return;
	recovery->arena = arena_new(0);
	recovery->n_entries = 0;
	recovery->store_job.write.read = page_read;
	recovery->store_job.over = page_over;
	if (job_group_submit(recovery->jobs, &recovery->store_job,
			     STORE_JOB_URGENT))
		page_over(&recovery->store_job);
}

void recovery_start(struct recovery *recovery)
{
	recovery->is_over = false;
	recovery_wake(recovery);
}

void recovery_own(struct recovery *recovery, int64_t journal)
{
	if (!recovery->own || journal < recovery->own)
		recovery->own = journal;
}

void recovery_wake(struct recovery *recovery)
{
	if (fanouts_recovered(recovery->fanouts) < FANOUTS_MAX &&
	    fanouts_bytes(recovery->fanouts) < BYTES_MAX)
		page_submit(recovery);
}

bool recovery_idle(const struct recovery *recovery)
{
	return recovery->is_over && !recovery->arena;
}
