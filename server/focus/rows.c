/* What is on disk of conferences: one job a change, in order. */
#include "server/focus/focus_private.h"

#include "server/base/log.h"

#define REMOVE_AGAIN_MS 1000

struct row_job *row_job_new(struct conference_room *room,
			    struct conference_party *party)
{
	struct arena *arena = arena_new(0);
	struct row_job *job = arena_alloc(arena, sizeof(*job));

	job->arena = arena;
	job->room = room;
	job->party = party;
	job->store_job.write.is_one_step = true;
	job->conference.id = room->id; /* stays as long as the room is held */
	return job;
}

static void job_over(struct store_job *store_job)
{
	struct row_job *job = (struct row_job *)(void *)store_job;
	struct conference_room *room = job->room;
	enum err err = store_job->write.err;

	LIST_REMOVE(job, link);
	if (err)
		log_event(LOG_EVENT_CONFERENCE_NOT_WRITTEN, NULL,
			  "conference=%s err=%s", room->id,
			  log_text(err_text(err)));
	if (job->over)
		job->over(job);
	arena_free(job->arena);
	room_unhold(room);
}

/* Never refused for a full queue: the pace of calls bounds how many there are.
 */
void row_job_submit(struct row_job *job, void (*over)(struct row_job *job))
{
	struct conferences *conferences = job->room->conferences;

	job->over = over;
	job->store_job.over = job_over;
	room_hold(job->room);
	LIST_INSERT_HEAD(&conferences->row_jobs, job, link);
	if (job_group_submit(&conferences->jobs, &job->store_job,
			     STORE_JOB_URGENT))
		job_over(&job->store_job);
}

void rows_free_jobs(struct conferences *conferences)
{
	struct row_job *job;

	while ((job = LIST_FIRST(&conferences->row_jobs))) {
		LIST_REMOVE(job, link);
		arena_free(job->arena);
	}
}

/* ---- rows ---------------------------------------------------------------- */

static const char *keep(struct arena *arena, const char *string)
{
	return string ? arena_strdup(arena, string) : "";
}

static void row_fill(const struct conference_party *party, struct arena *arena,
		     const struct session_record *record, struct call_row *ret)
{
	static const struct session_record none;

	if (!record)
		record = &none;
	*ret = (struct call_row){.conference = party->room->id,
				 .party = (int64_t)party->id,
				 .party_uri = party->uri,
				 .is_theirs = !party->is_dialled_out,
				 .call_id = keep(arena, record->call_id),
				 .local_tag = keep(arena, record->local_tag),
				 .remote_tag = keep(arena, record->remote_tag),
				 .local = keep(arena, record->local),
				 .remote = keep(arena, record->remote),
				 .request_uri =
					 keep(arena, record->request_uri),
				 .target = keep(arena, record->target),
				 .routes = keep(arena, record->routes),
				 .branch = keep(arena, record->branch),
				 .hop = keep(arena, record->hop),
				 .cseq = record->cseq,
				 .invite_cseq = record->invite_cseq,
				 .since = party->since};
}

static enum err run_add_room(struct store *store, struct write_job *write)
{
	struct row_job *job = (struct row_job *)(void *)write;

	return store_conference_add(store, &job->conference, job->calls,
				    job->n_calls);
}

void rows_add_room(struct conference_room *room,
		   struct conference_party *creator,
		   const struct session_record *record,
		   void (*over)(struct row_job *job), void *arg)
{
	struct row_job *job = row_job_new(room, creator);
	struct conference_party *party;

	job->arg = arg;
	job->conference.service = room->service_name;
	job->conference.sender = room->sender;
	job->conference.subject = room->subject;
	job->conference.created_at = room->created_at;
	job->conference.call_id = room->call_id;
	job->conference.source = room->source;
	job->calls = arena_array(job->arena, room->n_parties + 1,
				 sizeof(*job->calls));
	TAILQ_FOREACH(party, &room->parties, link)
	{
		struct call_row *row = &job->calls[job->n_calls++];

		row_fill(party, job->arena, party == creator ? record : NULL,
			 row);
		row->state = party == creator ? CALL_CONFIRMED : CALL_QUEUED;
		party->has_row = true;
	}
	job->store_job.write.run = run_add_room;
	row_job_submit(job, over);
}

static enum err run_add_parties(struct store *store, struct write_job *write)
{
	struct row_job *job = (struct row_job *)(void *)write;

	return store_calls_add(store, job->calls, job->n_calls);
}

void rows_add_parties(struct conference_room *room,
		      const struct party_array *parties,
		      void (*over)(struct row_job *job), void *arg)
{
	struct row_job *job = row_job_new(room, NULL);

	job->arg = arg;
	job->n_calls = parties->n;
	job->calls =
		arena_array(job->arena, parties->n + 1, sizeof(*job->calls));
	for (size_t i = 0; i < parties->n; i++) {
		row_fill(parties->at[i], job->arena, NULL, &job->calls[i]);
		parties->at[i]->has_row = true;
	}
	job->store_job.write.run = run_add_parties;
	row_job_submit(job, over);
}

/* A party that dials in has no row before it is answered. */
static enum err run_record(struct store *store, struct write_job *write)
{
	struct row_job *job = (struct row_job *)(void *)write;
	enum err err = store_call_record(store, job->calls);

	return err == ERR_UNKNOWN ? store_calls_add(store, job->calls, 1) : err;
}

void rows_record(struct conference_party *party, enum call_state state,
		 const struct session_record *record,
		 void (*over)(struct row_job *job))
{
	struct row_job *job = row_job_new(party->room, party);

	job->calls = arena_array(job->arena, 1, sizeof(*job->calls));
	row_fill(party, job->arena, record, job->calls);
	job->calls->state = state;
	job->n_calls = 1;
	party->has_row = true;
	job->store_job.write.run = run_record;
	row_job_submit(job, over);
}

static enum err run_remove_party(struct store *store, struct write_job *write)
{
	struct row_job *job = (struct row_job *)(void *)write;

	return store_call_remove(store, job->conference.id,
				 (int64_t)job->party->id);
}

/* Those of a conference that ends go with it. */
void rows_remove_party(struct conference_party *party)
{
	struct row_job *job;

	if (!party->has_row || party->room->state >= CONFERENCE_ENDING)
		return;
	party->has_row = false;
	job = row_job_new(party->room, party);
	job->store_job.write.run = run_remove_party;
	row_job_submit(job, NULL);
}

static enum err run_remove_room(struct store *store, struct write_job *write)
{
	struct row_job *job = (struct row_job *)(void *)write;

	return store_conference_remove(store, job->conference.id,
				       job->record.method ? &job->record
							  : NULL);
}

static void remove_again(void *arg)
{
	struct conference_room *room = arg;

	rows_remove_room(room);
	room_unhold(room);
}

/* What stays would be ended once more by the next start. */
static void remove_over(struct row_job *job)
{
	struct conference_room *room = job->room;
	enum err err = job->store_job.write.err;

	if (!err || err == ERR_SHUTDOWN)
		return;
	room_hold(room);
	loop_timer_init(&room->row_timer, remove_again, room);
	loop_timer_set(room->conferences->settings.loop, &room->row_timer,
		       REMOVE_AGAIN_MS);
}

void rows_remove_room(struct conference_room *room)
{
	struct row_job *job = row_job_new(room, NULL);

	if (room->is_known && records_are_kept(room->conferences))
		room_record(room, job->arena, &job->record);
	job->store_job.write.run = run_remove_room;
	row_job_submit(job, remove_over);
}
