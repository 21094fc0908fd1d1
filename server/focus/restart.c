/* What a former process left: each of its calls is ended, none is continued.
 * The conferences are shown as ended by the restart. */
#include "server/focus/focus_private.h"

#include "policies/privacy.h"
#include "server/base/log.h"
#include "server/base/random.h"

/** Calls end faster than they begin: so many in a tenth of a second. */
#define ORPHANS_PER_STEP 20
#define STEP_MS 100

/** A call that nobody has any more. */
struct orphan {
	struct store_job store_job; /**< first */
	struct restart_work *work;
	struct call_row *row;
	bool is_over; /**< it goes when its row is written */
};

struct record_job {
	struct store_job store_job; /**< first */
	struct restart_work *work;
};

struct restart_work {
	struct store_job store_job; /**< first */
	struct record_job record_job;
	struct conferences *conferences;
	struct arena *arena;
	struct conferences_left left;
	struct orphan *orphans;
	struct request_record *records; /**< NULL: none are kept */
	size_t first;			/**< of the calls, in a circle */
	size_t n_begun, n_over;
	struct loop_timer timer;
};

/* ---- one call ------------------------------------------------------------ */

static enum err run_remove(struct store *store, struct write_job *write)
{
	const struct orphan *orphan = (struct orphan *)(void *)write;

	return store_call_end(store, orphan->row->conference,
			      orphan->row->party);
}

static enum err run_not_found(struct store *store, struct write_job *write)
{
	const struct orphan *orphan = (struct orphan *)(void *)write;

	return store_call_not_found(store, orphan->row->conference,
				    orphan->row->party, orphan->row->since);
}

static void clear(struct conferences *conferences);

static void remove_over(struct store_job *store_job)
{
	struct orphan *orphan = (struct orphan *)(void *)store_job;
	struct restart_work *work = orphan->work;

	if (++work->n_over == work->left.n_calls)
		clear(work->conferences);
}

static void submit(struct orphan *orphan,
		   enum err (*run)(struct store *store,
				   struct write_job *write),
		   void (*over)(struct store_job *store_job))
{
	orphan->store_job.write.run = run;
	orphan->store_job.write.is_one_step = true;
	orphan->store_job.over = over;
	if (job_group_submit(&orphan->work->conferences->jobs,
			     &orphan->store_job, STORE_JOB_URGENT))
		log_event(LOG_EVENT_CONFERENCE_NOT_WRITTEN, NULL,
			  "conference=%s err=%s", orphan->row->conference,
			  log_text(err_text(orphan->store_job.write.err)));
}

/* Nothing is to be sent for it any more. */
static void orphan_done(void *arg)
{
	struct orphan *orphan = arg;

	if (orphan->store_job.is_out)
		orphan->is_over = true;
	else
		submit(orphan, run_remove, remove_over);
}

static void not_found_over(struct store_job *store_job)
{
	struct orphan *orphan = (struct orphan *)(void *)store_job;

	if (orphan->is_over)
		orphan_done(orphan);
}

/* From now on a 2xx is waited for, by the next process only as long as by this
 * one. */
static void orphan_not_found(void *arg)
{
	struct orphan *orphan = arg;

	orphan->row->since =
		loop_wall_s(orphan->work->conferences->settings.loop);
	submit(orphan, run_not_found, not_found_over);
}

/* A clock that was set back makes it longer, never shorter than it is. */
static int64_t since_ms(const struct orphan *orphan)
{
	const struct conferences *conferences = orphan->work->conferences;
	int64_t since_s =
		loop_wall_s(conferences->settings.loop) - orphan->row->since;

	return since_s > 0 ? since_s * 1000 : 0;
}

/* Whose call it was.  What they wanted hidden is not on disk: they are, from
 * all but members. */
static struct assertion sender_of(const struct orphan *orphan)
{
	const struct conferences_left *left = &orphan->work->left;
	const struct call_row *row = orphan->row;
	struct identity who = {IDENTITY_NONE, {NULL, NULL}};
	struct assertion assertion;

	for (size_t i = 0; i < left->n_conferences && !row->is_theirs; i++) {
		if (strcmp(left->conferences[i].id, row->conference) == 0)
			who = (struct identity){IDENTITY_ASSERTED,
						{left->conferences[i].sender}};
	}
	assertion = assertion_of(orphan->work->arena, &who);
	assertion.privacy = PRIVACY_ID;
	assertion.privacy_line = VIEW("Privacy: id\r\n");
	return assertion;
}

static void end_orphan(struct orphan *orphan)
{
	const struct call_row *row = orphan->row;
	const struct session_record record = {.call_id = row->call_id,
					      .local_tag = row->local_tag,
					      .remote_tag = row->remote_tag,
					      .local = row->local,
					      .remote = row->remote,
					      .request_uri = row->request_uri,
					      .target = row->target,
					      .routes = row->routes,
					      .branch = row->branch,
					      .hop = row->hop,
					      .cseq = row->cseq,
					      .invite_cseq = row->invite_cseq,
					      .is_theirs = row->is_theirs};
	const struct session_orphan call = {.record = &record,
					    .was_confirmed = row->state ==
							     CALL_CONFIRMED,
					    .was_not_found = !*row->target,
					    .since_ms = since_ms(orphan),
					    .reason = REASON_RESTARTED,
					    .assertion = sender_of(orphan),
					    .not_found = orphan_not_found,
					    .done = orphan_done,
					    .arg = orphan};

	/* Nobody was called, or heard a 200 of us. */
	if (row->state == CALL_QUEUED ||
	    (row->is_theirs && row->state == CALL_INVITING))
		orphan_done(orphan);
	else
		session_end_record(orphan->work->conferences->settings.sessions,
				   &call);
}

static void step(void *arg)
{
	struct restart_work *work = arg;
	struct conferences *conferences = work->conferences;
	size_t n = 0;

	while (work->n_begun < work->left.n_calls && n < ORPHANS_PER_STEP) {
		size_t i = (work->first + work->n_begun++) % work->left.n_calls;
		struct orphan *orphan = &work->orphans[i];

		orphan->work = work;
		orphan->row = &work->left.calls[i];
		n += orphan->row->state != CALL_QUEUED;
		end_orphan(orphan);
	}
	if (work->n_begun < work->left.n_calls)
		loop_timer_set(conferences->settings.loop, &work->timer,
			       STEP_MS);
}

/* Who dies again at once, and again, would else never come to the last. */
static size_t first_of(size_t n)
{
	size_t n_steps = (n + ORPHANS_PER_STEP - 1) / ORPHANS_PER_STEP;
	uint32_t random;

	random_bytes(&random, sizeof(random));
	return random % n_steps * ORPHANS_PER_STEP;
}

/* ---- the conferences ----------------------------------------------------- */

static enum err run_clear(struct store *store, struct write_job *write)
{
	struct restart_work *work = (struct restart_work *)(void *)write;
	enum err err = ERR_OK;

	for (size_t i = 0; i < work->left.n_conferences && !err; i++)
		err = store_conference_remove(
			store, work->left.conferences[i].id,
			work->records ? &work->records[i] : NULL);
	return err;
}

static void clear_over(struct store_job *store_job)
{
	struct restart_work *work = (struct restart_work *)(void *)store_job;

	restart_free(work->conferences);
}

/* What is known of them is recorded at once: to end their calls takes a minute,
 * and the rows of those that are ended go. */
static enum err run_record(struct store *store, struct write_job *write)
{
	struct restart_work *work = ((struct record_job *)(void *)write)->work;
	enum err err = ERR_OK;

	for (size_t i = 0; i < work->left.n_conferences && !err; i++)
		err = store_conference_record(
			store, work->left.conferences[i].id, &work->records[i]);
	return err;
}

static void record_over(struct store_job *store_job)
{
	if (store_job->write.err)
		log_event(LOG_EVENT_CONFERENCE_NOT_WRITTEN, NULL,
			  "conference=all err=%s",
			  log_text(err_text(store_job->write.err)));
}

static void record_all(struct restart_work *work)
{
	const struct conferences_left *left = &work->left;
	struct store_job *store_job = &work->record_job.store_job;

	if (!left->n_conferences || !records_are_kept(work->conferences))
		return;
	work->records = arena_array(work->arena, left->n_conferences + 1,
				    sizeof(*work->records));
	for (size_t i = 0; i < left->n_conferences; i++)
		left_record(work->conferences, left, &left->conferences[i],
			    work->arena, &work->records[i]);
	work->record_job.work = work;
	store_job->write.run = run_record;
	store_job->over = record_over;
	if (job_group_submit(&work->conferences->jobs, store_job,
			     STORE_JOB_URGENT))
		record_over(store_job);
}

/* All calls are ended: the rows of conferences that had none go, too. */
static void clear(struct conferences *conferences)
{
	struct restart_work *work = conferences->restart;

	work->store_job.write.run = run_clear;
	work->store_job.over = clear_over;
	if (job_group_submit(&conferences->jobs, &work->store_job,
			     STORE_JOB_URGENT) &&
	    !work->record_job.store_job.is_out)
		restart_free(conferences);
}

static void show(struct conferences *conferences,
		 const struct conferences_left *left,
		 const struct conference_row *row)
{
	struct conference_room *room = room_restore(conferences, row);

	for (size_t i = 0; i < left->n_calls; i++) {
		if (strcmp(left->calls[i].conference, row->id) == 0)
			party_restore(room, &left->calls[i]);
	}
	log_event(LOG_EVENT_CONFERENCE_ENDED, NULL,
		  "conference=%s by=%s parties=%zu", log_text(room->id),
		  conference_end_name(room->ended_by), room->n_parties);
	room_tell(room, CONFERENCE_EVENT_ENDED);
	room_bury(room);
}

/** What was left, while there is nothing else yet. */
struct left_read {
	struct write_job write; /**< first */
	struct restart_work *work;
};

static enum err run_look(struct store *store, struct write_job *write)
{
	struct restart_work *work = ((struct left_read *)(void *)write)->work;

	return store_conferences_left(store, work->arena, &work->left);
}

static struct restart_work *work_new(struct conferences *conferences)
{
	struct arena *arena = arena_new(0);
	struct restart_work *work = arena_alloc(arena, sizeof(*work));

	work->conferences = conferences;
	work->arena = arena;
	loop_timer_init(&work->timer, step, work);
	conferences->restart = work;
	return work;
}

/* Waited for: rows that are read later would be those of this process, too. */
void conferences_recover(struct conferences *conferences)
{
	struct restart_work *work = work_new(conferences);
	struct left_read read = {.write.run = run_look, .work = work};
	enum err err = writer_call(conferences->jobs.writer, &read.write);

	if (err) {
		log_event(LOG_EVENT_RECOVERY_FAILED, NULL, "err=%s",
			  log_text(err_text(err)));
		restart_free(conferences);
		return;
	}
	for (size_t i = 0; i < work->left.n_conferences; i++)
		show(conferences, &work->left, &work->left.conferences[i]);
	record_all(work);
	work->orphans = arena_array(work->arena, work->left.n_calls + 1,
				    sizeof(*work->orphans));
	if (work->left.n_calls == 0) {
		clear(conferences);
		return;
	}
	work->first = first_of(work->left.n_calls);
	step(work);
}

void restart_stop(struct conferences *conferences)
{
	if (conferences->restart)
		loop_timer_clear(conferences->settings.loop,
				 &conferences->restart->timer);
}

void restart_free(struct conferences *conferences)
{
	struct restart_work *work = conferences->restart;

	if (!work)
		return;
	restart_stop(conferences);
	conferences->restart = NULL;
	arena_free(work->arena);
}
