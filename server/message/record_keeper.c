#include "server/message/record_keeper.h"

#include "db/records.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/message/message_private.h"

#define SENDERS 1024	/**< counted apart; a power of two */
#define WAITING_MAX 256 /**< refusals that wait to be written */
#define WRITTEN_AT_ONCE 32
#define LOOK_MS 1000 /**< between two looks whether the writer is idle */
#define SWEEP_MS 60000
#define SWEEP_MORE_MS 10 /**< while there is more to let go of */
#define HOUR_S 3600

/** A refusal that waits; it lives in its arena. */
struct refusal {
	struct arena *arena;
	struct request_record record;
	struct refusal *next;
};

/** How many refusals of a sender were taken in this hour.  Senders that meet in
 *  a place share its number. */
struct sender_count {
	int64_t hour;
	unsigned n;
};

struct record_sweep {
	struct store_job store_job; /**< first */
	struct record_keeper *keeper;
	int64_t before;
	bool is_more;
};

struct record_keeper {
	struct store_job store_job; /**< first: refusals being written */
	const struct messages_settings *settings;
	struct job_group *jobs;
	struct hash_key hash_key;
	struct sender_count senders[SENDERS];
	struct refusal *first, **end; /**< they wait */
	size_t n_waiting;
	struct refusal *writing; /**< they are with the writer */
	struct loop_timer look;
	struct record_sweep sweep;
	struct loop_timer sweep_again;
	bool is_stopped;
};

static void look(void *arg);
static void sweep_now(void *arg);

struct record_keeper *
record_keeper_new(const struct messages_settings *settings,
		  struct job_group *jobs)
{
	struct record_keeper *keeper = mem_alloc(sizeof(*keeper));

	memset(keeper, 0, sizeof(*keeper));
	keeper->settings = settings;
	keeper->jobs = jobs;
	keeper->end = &keeper->first;
	keeper->sweep.keeper = keeper;
	random_bytes(&keeper->hash_key, sizeof(keeper->hash_key));
	loop_timer_init(&keeper->look, look, keeper);
	loop_timer_init(&keeper->sweep_again, sweep_now, keeper);
	return keeper;
}

static void free_all(struct refusal *refusal)
{
	while (refusal) {
		struct refusal *next = refusal->next;

		arena_free(refusal->arena);
		refusal = next;
	}
}

void record_keeper_stop(struct record_keeper *keeper)
{
	keeper->is_stopped = true;
	loop_timer_clear(keeper->settings->loop, &keeper->look);
	loop_timer_clear(keeper->settings->loop, &keeper->sweep_again);
}

void record_keeper_free(struct record_keeper *keeper)
{
	free_all(keeper->first);
	free_all(keeper->writing);
	free(keeper);
}

bool record_keeper_idle(const struct record_keeper *keeper)
{
	return !keeper->writing && !keeper->sweep.store_job.is_out;
}

/* ---- refusals ----------------------------------------------------------- */

static bool may_take(struct record_keeper *keeper, const char *sender)
{
	uint64_t hash = hash_64(&keeper->hash_key, sender, strlen(sender));
	struct sender_count *count = &keeper->senders[hash & (SENDERS - 1)];
	int64_t hour = loop_wall_s(keeper->settings->loop) / HOUR_S;

	if (keeper->n_waiting == WAITING_MAX)
		return false;
	if (count->hour != hour)
		*count = (struct sender_count){.hour = hour};
	return count->n++ < REFUSALS_AN_HOUR;
}

static void pack_some(const struct list_request *list,
		      enum recipient_outcome outcome, struct text *bytes,
		      size_t *room)
{
	struct recipient_record record = {.outcome = outcome};
	const struct recipients *set = &list->recipients;
	const enum verdict *verdicts = list->verdicts;
	bool is_wanted = outcome != RECIPIENT_MISSING;

	for (size_t i = 0; i < set->n && *room; i++) {
		if ((!verdicts || verdicts[i] == VERDICT_GRANTED) != is_wanted)
			continue;
		record.recipient = set->at[i].key;
		record.permission = set->at[i].cached.row;
		recipient_pack(bytes, &record);
		--*room;
	}
}

static struct view pack_refused(const struct list_request *list,
				struct arena *arena)
{
	size_t room = REFUSAL_RECIPIENTS_MAX;
	struct text bytes;

	text_init(&bytes, arena);
	pack_some(list, RECIPIENT_MISSING, &bytes, &room);
	pack_some(list, RECIPIENT_REFUSED, &bytes, &room);
	return text_view(&bytes);
}

static const char *or_nothing(struct arena *arena, const char *string)
{
	return string ? arena_strdup(arena, string) : "";
}

static struct refusal *refusal_new(const struct list_request *list)
{
	const struct request *request = list->request;
	struct arena *arena = arena_new(0);
	struct refusal *refusal = arena_alloc(arena, sizeof(*refusal));

	refusal->arena = arena;
	refusal->record = (struct request_record){
		.call_id = or_nothing(arena, request->call_id),
		.sender = or_nothing(arena, request->sender.aor[0]),
		.target = or_nothing(arena, request->target_key),
		.source = or_nothing(arena, request->source),
		.method = or_nothing(arena, request->method),
		.accepted_at = request->received_at,
		.over_at = request->received_at,
		.status = list->response.status,
		.recipients = pack_refused(list, arena)};
	return refusal;
}

void record_keeper_refused(struct record_keeper *keeper,
			   const struct list_request *list)
{
	const struct identity *sender = &list->request->sender;
	struct refusal *refusal;

	if (!keeper->settings->keep_done_s || keeper->is_stopped ||
	    sender->method == IDENTITY_NONE ||
	    !may_take(keeper, sender->aor[0]))
		return;
	refusal = refusal_new(list);
	*keeper->end = refusal;
	keeper->end = &refusal->next;
	keeper->n_waiting++;
	if (!keeper->look.slot && !keeper->writing)
		loop_timer_set(keeper->settings->loop, &keeper->look, LOOK_MS);
}

static enum err write_run(struct store *store, struct write_job *write)
{
	struct record_keeper *keeper = (struct record_keeper *)(void *)write;
	enum err err = ERR_OK;

	for (const struct refusal *it = keeper->writing; it && !err;
	     it = it->next)
		err = store_record_refusal(store, &it->record);
	return err;
}

/* What could not be written is let go: it is only of interest. */
static void write_over(struct store_job *store_job)
{
	struct record_keeper *keeper =
		(struct record_keeper *)(void *)store_job;

	if (store_job->write.err)
		log_event(LOG_EVENT_REFUSALS_NOT_WRITTEN, NULL, "err=%s",
			  log_text(err_text(store_job->write.err)));
	free_all(keeper->writing);
	keeper->writing = NULL;
	if (keeper->first && !keeper->is_stopped)
		loop_timer_set(keeper->settings->loop, &keeper->look, 0);
}

static void take_some(struct record_keeper *keeper)
{
	struct refusal **last = &keeper->first;

	for (size_t i = 0; i < WRITTEN_AT_ONCE && *last; i++) {
		last = &(*last)->next;
		keeper->n_waiting--;
	}
	keeper->writing = keeper->first;
	keeper->first = *last;
	*last = NULL;
	if (!keeper->first)
		keeper->end = &keeper->first;
}

static void look(void *arg)
{
	struct record_keeper *keeper = arg;

	if (!keeper->first || keeper->writing)
		return;
	if (!writer_is_idle(keeper->settings->writer)) {
		loop_timer_set(keeper->settings->loop, &keeper->look, LOOK_MS);
		return;
	}
	take_some(keeper);
	keeper->store_job.write.run = write_run;
	keeper->store_job.over = write_over;
	if (job_group_submit(keeper->jobs, &keeper->store_job, STORE_JOB_USUAL))
		write_over(&keeper->store_job);
}

/* ---- the sweep ---------------------------------------------------------- */

static enum err sweep_run(struct store *store, struct write_job *write)
{
	struct record_sweep *sweep = (struct record_sweep *)(void *)write;

	return store_record_sweep(store, sweep->before, &sweep->is_more);
}

static void sweep_over(struct store_job *store_job)
{
	struct record_sweep *sweep = (struct record_sweep *)(void *)store_job;
	struct record_keeper *keeper = sweep->keeper;
	bool is_more = !store_job->write.err && sweep->is_more;

	if (store_job->write.err)
		log_event(LOG_EVENT_SWEEP_FAILED, NULL, "what=records err=%s",
			  log_text(err_text(store_job->write.err)));
	if (!keeper->is_stopped)
		loop_timer_set(keeper->settings->loop, &keeper->sweep_again,
			       is_more ? SWEEP_MORE_MS : SWEEP_MS);
}

static void sweep_now(void *arg)
{
	struct record_keeper *keeper = arg;
	struct record_sweep *sweep = &keeper->sweep;
	int64_t keep_s = keeper->settings->keep_done_s;

	if (sweep->store_job.is_out)
		return;
	sweep->before = keep_s ? loop_wall_s(keeper->settings->loop) - keep_s
			       : RECORDS_ALL;
	sweep->store_job.write.run = sweep_run;
	sweep->store_job.over = sweep_over;
	if (job_group_submit(keeper->jobs, &sweep->store_job, STORE_JOB_USUAL))
		sweep_over(&sweep->store_job);
}

void record_keeper_start(struct record_keeper *keeper)
{
	if (!keeper->is_stopped)
		loop_timer_set(keeper->settings->loop, &keeper->sweep_again, 0);
}
