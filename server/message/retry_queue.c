#include "server/message/retry_queue.h"

#include "db/deliveries.h"
#include "db/journal.h"
#include "server/base/log.h"

#define RETRIES_MAX 512 /**< deliveries in work at the very most */
/** Of the window of all legs: who was silent once may be again, and must not
 *  keep new messages waiting. */
#define RETRIES_SHARE 4
#define BYTES_MAX (16U << 20) /**< of entries that one scan brings in */
/** With more of them in memory already, no scan. */
#define WORK_BYTES_MAX ((size_t)192 << 20)
#define FULL_MS 1000
/** The least often we scan, so that a step of the wall clock is seen. */
#define SCAN_MS 60000
#define SWEEP_MS 3600000

/** A journal entry and which of its deliveries are due. */
struct batch {
	struct journal_entry entry;
	struct delivery *rows;
	size_t n, room;
};

/** What one scan brings. */
struct scan {
	struct store_job store_job; /**< first */
	struct retry_queue *retry_queue;
	struct arena *arena;
	int64_t now;
	size_t limit;
	int64_t busy[RETRIES_MAX]; /**< in work when it began */
	size_t n_busy;
	struct batch *batches;
	size_t n;
	int64_t next_at; /**< 0: nothing waits */
	bool is_more;	 /**< there was no room for all that is due */
};

struct sweep {
	struct store_job store_job; /**< first */
	struct retry_queue *retry_queue;
	int64_t before;
};

struct retry_queue {
	const struct messages_settings *settings;
	struct job_group *jobs;
	struct fanouts *fanouts;
	size_t most;	   /**< deliveries in work */
	struct scan *scan; /**< NULL: none is out */
	bool is_woken;	   /**< scan again when this one is back */
	/** The first that is due of those written since this one was submitted,
	 *  which it may not have seen; 0: none. */
	int64_t expected_at;
	bool is_more;
	bool is_stopped;
	int64_t busy[RETRIES_MAX];
	size_t n_busy;
	struct loop_timer again;
	struct sweep sweep;
	struct loop_timer sweep_again;
};

static void scan_now(void *arg);
static void sweep_now(void *arg);

struct retry_queue *retry_queue_new(const struct messages_settings *settings,
				    struct job_group *jobs,
				    struct fanouts *fanouts)
{
	struct retry_queue *retry_queue = mem_alloc(sizeof(*retry_queue));

	memset(retry_queue, 0, sizeof(*retry_queue));
	retry_queue->settings = settings;
	retry_queue->jobs = jobs;
	retry_queue->fanouts = fanouts;
	retry_queue->sweep.retry_queue = retry_queue;
	retry_queue->most = settings->legs_window / RETRIES_SHARE;
	if (retry_queue->most < 1)
		retry_queue->most = 1;
	if (retry_queue->most > RETRIES_MAX)
		retry_queue->most = RETRIES_MAX;
	loop_timer_init(&retry_queue->again, scan_now, retry_queue);
	loop_timer_init(&retry_queue->sweep_again, sweep_now, retry_queue);
	return retry_queue;
}

static void scan_free(struct scan *scan)
{
	if (scan)
		arena_free(scan->arena);
}

void retry_queue_stop(struct retry_queue *retry_queue)
{
	retry_queue->is_stopped = true;
	loop_timer_clear(retry_queue->settings->loop, &retry_queue->again);
	loop_timer_clear(retry_queue->settings->loop,
			 &retry_queue->sweep_again);
}

void retry_queue_free(struct retry_queue *retry_queue)
{
	scan_free(retry_queue->scan);
	free(retry_queue);
}

/* ---- on the reader's thread -------------------------------------------- */

static bool is_busy(const struct scan *scan, int64_t id)
{
	for (size_t i = 0; i < scan->n_busy; i++) {
		if (scan->busy[i] == id)
			return true;
	}
	return false;
}

/* The batch of this entry; read from the store when it is a new one. */
static enum err batch_find(struct store *store, struct scan *scan,
			   int64_t journal, size_t *bytes, struct batch **ret)
{
	struct batch *batch = &scan->batches[scan->n];
	enum err err;

	for (size_t i = 0; i < scan->n; i++) {
		if (scan->batches[i].entry.id == journal) {
			*ret = &scan->batches[i];
			return ERR_OK;
		}
	}
	if (*bytes > BYTES_MAX)
		return ERR_TOO_LARGE;
	err = store_journal_get(store, journal, scan->arena, &batch->entry);
	if (err)
		return err;
	*bytes += batch->entry.message.len + batch->entry.recipients.len;
	batch->rows =
		arena_array(scan->arena, scan->limit + 1, sizeof(*batch->rows));
	scan->n++;
	*ret = batch;
	return ERR_OK;
}

static void batch_add(struct arena *arena, struct batch *batch,
		      const struct delivery *row)
{
	if (batch->n == batch->room) {
		struct delivery *rows;

		batch->room = batch->room ? batch->room * 2 : 4;
		rows = arena_array(arena, batch->room, sizeof(*rows));
		if (batch->n)
			memcpy(rows, batch->rows, batch->n * sizeof(*rows));
		batch->rows = rows;
	}
	batch->rows[batch->n++] = *row;
}

static enum err scan_read(struct store *store, struct write_job *write)
{
	struct scan *scan = (struct scan *)(void *)write;
	size_t n = 0, n_taken = 0, bytes = 0;
	struct delivery *rows;
	enum err err = store_deliveries_due(
		store,
		(struct due_page){scan->now, RETRIES_MAX, &scan->next_at},
		scan->arena, &rows, &n);

	if (err)
		return err;
	scan->is_more = n == RETRIES_MAX;
	scan->batches = arena_array(scan->arena, n + 1, sizeof(*scan->batches));
	for (size_t i = 0; i < n; i++) {
		struct batch *batch;

		if (is_busy(scan, rows[i].id))
			continue;
		if (n_taken == scan->limit) {
			scan->is_more = true;
			break;
		}
		err = batch_find(store, scan, rows[i].journal, &bytes, &batch);
		if (err == ERR_TOO_LARGE || err == ERR_UNKNOWN) {
			scan->is_more |= err == ERR_TOO_LARGE;
			continue;
		}
		if (err)
			return err;
		batch_add(scan->arena, batch, &rows[i]);
		n_taken++;
	}
	return ERR_OK;
}

/* ---- on the loop's thread ---------------------------------------------- */

static bool are_places_right(const struct accepted_request *accepted,
			     const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		if (batch->rows[i].place >= accepted->n)
			return false;
	}
	return true;
}

static void take_up(struct retry_queue *retry_queue, const struct batch *batch)
{
	struct accepted_request *accepted;
	enum err err;
	char id[28];

	snprintf(id, sizeof(id), "journal=%lld", (long long)batch->entry.id);
	err = accepted_request_open(&batch->entry, id, &accepted);
	for (size_t i = 0; i < batch->n; i++)
		retry_queue->busy[retry_queue->n_busy++] = batch->rows[i].id;
	log_event(LOG_EVENT_RETRIED, id, "deliveries=%zu", batch->n);
	if (err || !are_places_right(accepted, batch))
		fanout_fail_all(retry_queue->fanouts, accepted, batch->rows,
				batch->n);
	else
		fanout_retry(retry_queue->fanouts, accepted, batch->rows,
			     batch->n);
}

/* When to scan again, if nobody says so before. */
static void scan_later(struct retry_queue *retry_queue, int64_t next_at)
{
	int64_t now = loop_wall_s(retry_queue->settings->loop);
	int64_t in_ms = SCAN_MS;

	if (next_at && next_at <= now)
		in_ms = 0;
	else if (next_at && next_at - now < SCAN_MS / 1000)
		in_ms = (next_at - now) * 1000;
	loop_timer_set(retry_queue->settings->loop, &retry_queue->again, in_ms);
}

/* When to scan after this one; 0: nothing is known to wait. */
static int64_t next_after(struct retry_queue *retry_queue,
			  const struct scan *scan)
{
	int64_t next_at = retry_queue->is_woken ? 1 : retry_queue->expected_at;

	retry_queue->is_woken = false;
	retry_queue->expected_at = 0;
	if (scan->store_job.write.err || scan->next_at <= scan->now)
		return next_at;
	return next_at && next_at < scan->next_at ? next_at : scan->next_at;
}

static void scan_over(struct store_job *store_job)
{
	struct scan *scan = (struct scan *)(void *)store_job;
	enum err err = store_job->write.err;
	struct retry_queue *retry_queue = scan->retry_queue;
	int64_t next_at = next_after(retry_queue, scan);

	retry_queue->scan = NULL;
	if (err)
		log_event(LOG_EVENT_RETRY_SCAN_FAILED, NULL, "err=%s",
			  log_text(err_text(err)));
	else if (!retry_queue->is_stopped)
		for (size_t i = 0; i < scan->n; i++)
			take_up(retry_queue, &scan->batches[i]);
	retry_queue->is_more = !err && scan->is_more;
	if (!retry_queue->is_stopped)
		scan_later(retry_queue, next_at);
	scan_free(scan);
}

static void scan_now(void *arg)
{
	struct retry_queue *retry_queue = arg;
	struct arena *arena;
	struct scan *scan;

	if (retry_queue->is_stopped)
		return;
	if (retry_queue->scan) {
		retry_queue->is_woken = true;
		return;
	}
	if (retry_queue->n_busy > retry_queue->most / 2) {
		retry_queue->is_more = true; /* who ends will call us */
		return;
	}
	if (fanouts_bytes(retry_queue->fanouts) > WORK_BYTES_MAX) {
		loop_timer_set(retry_queue->settings->loop, &retry_queue->again,
			       FULL_MS);
		return;
	}
	arena = arena_new(0);
	scan = arena_alloc(arena, sizeof(*scan));
	scan->arena = arena;
	scan->retry_queue = retry_queue;
	scan->now = loop_wall_s(retry_queue->settings->loop);
	scan->limit = retry_queue->most - retry_queue->n_busy;
	scan->n_busy = retry_queue->n_busy;
	memcpy(scan->busy, retry_queue->busy, sizeof(scan->busy));
	scan->store_job.write.read = scan_read;
	scan->store_job.over = scan_over;
	retry_queue->scan = scan;
	if (job_group_submit(retry_queue->jobs, &scan->store_job,
			     STORE_JOB_URGENT))
		scan_over(&scan->store_job);
}

static void sweep_over(struct store_job *store_job)
{
	if (store_job->write.err)
		log_event(LOG_EVENT_SWEEP_FAILED, NULL,
			  "what=deliveries err=%s",
			  log_text(err_text(store_job->write.err)));
}

static enum err sweep_run(struct store *store, struct write_job *write)
{
	struct sweep *sweep = (struct sweep *)(void *)write;

	return store_delivery_sweep(store, sweep->before);
}

static void sweep_now(void *arg)
{
	struct retry_queue *retry_queue = arg;
	const struct messages_settings *settings = retry_queue->settings;
	struct sweep *sweep = &retry_queue->sweep;

	loop_timer_set(settings->loop, &retry_queue->sweep_again, SWEEP_MS);
	if (sweep->store_job.is_out || retry_queue->is_stopped)
		return;
	sweep->before = loop_wall_s(settings->loop) - settings->keep_failed_s;
	sweep->store_job.write.run = sweep_run;
	sweep->store_job.over = sweep_over;
	if (job_group_submit(retry_queue->jobs, &sweep->store_job,
			     STORE_JOB_USUAL))
		sweep_over(&sweep->store_job);
}

void retry_queue_wake(struct retry_queue *retry_queue)
{
	if (retry_queue->is_stopped)
		return;
	if (!retry_queue->sweep_again.slot)
		loop_timer_set(retry_queue->settings->loop,
			       &retry_queue->sweep_again, 0);
	scan_now(retry_queue);
}

void retry_queue_expect(struct retry_queue *retry_queue, int64_t next_at)
{
	struct loop *loop = retry_queue->settings->loop;
	int64_t in_ms = (next_at - loop_wall_s(loop)) * 1000;

	if (retry_queue->is_stopped)
		return;
	if (retry_queue->scan &&
	    (!retry_queue->expected_at || next_at < retry_queue->expected_at))
		retry_queue->expected_at = next_at;
	if (in_ms < 0)
		in_ms = 0;
	if (!retry_queue->again.slot ||
	    loop_now_ms(loop) + in_ms < retry_queue->again.due_ms)
		loop_timer_set(loop, &retry_queue->again, in_ms);
}

void retry_queue_retried(struct retry_queue *retry_queue, int64_t delivery)
{
	for (size_t i = 0; i < retry_queue->n_busy; i++) {
		if (retry_queue->busy[i] != delivery)
			continue;
		retry_queue->busy[i] = retry_queue->busy[--retry_queue->n_busy];
		break;
	}
	if (retry_queue->is_more &&
	    retry_queue->n_busy <= retry_queue->most / 2 &&
	    !retry_queue->is_stopped)
		loop_timer_set(retry_queue->settings->loop, &retry_queue->again,
			       0);
}

bool retry_queue_idle(const struct retry_queue *retry_queue)
{
	return !retry_queue->scan && !retry_queue->sweep.store_job.is_out;
}
