/* Records of requests that were refused. */
#include "server/list/refusals.h"

#include "db/records.h"
#include "server/base/log.h"
#include "server/base/random.h"

#define SENDERS 1024	/**< counted apart; a power of two */
#define WAITING_MAX 256 /**< refusals that wait to be written */
#define WRITTEN_AT_ONCE 32
#define LOOK_MS 1000 /**< between two looks whether the writer is idle */
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

struct refusals {
	struct store_job store_job; /**< first: refusals being written */
	struct refusals_settings settings;
	struct hash_key hash_key;
	struct sender_count senders[SENDERS];
	struct refusal *first, **end; /**< they wait */
	size_t n_waiting;
	struct refusal *writing; /**< they are with the writer */
	struct loop_timer look;
	bool is_stopped;
};

static void look(void *arg);

struct refusals *refusals_new(const struct refusals_settings *settings)
{
	struct refusals *refusals = mem_alloc(sizeof(*refusals));

	memset(refusals, 0, sizeof(*refusals));
	refusals->settings = *settings;
	refusals->end = &refusals->first;
	random_bytes(&refusals->hash_key, sizeof(refusals->hash_key));
	loop_timer_init(&refusals->look, look, refusals);
	return refusals;
}

static void free_all(struct refusal *refusal)
{
	while (refusal) {
		struct refusal *next = refusal->next;

		arena_free(refusal->arena);
		refusal = next;
	}
}

void refusals_stop(struct refusals *refusals)
{
	refusals->is_stopped = true;
	loop_timer_clear(refusals->settings.loop, &refusals->look);
}

void refusals_free(struct refusals *refusals)
{
	free_all(refusals->first);
	free_all(refusals->writing);
	free(refusals);
}

bool refusals_idle(const struct refusals *refusals)
{
	return !refusals->writing;
}

/* ---- taken ----------------------------------------------------------- */

static bool may_take(struct refusals *refusals, const char *sender)
{
	uint64_t hash = hash_64(&refusals->hash_key, sender, strlen(sender));
	struct sender_count *count = &refusals->senders[hash & (SENDERS - 1)];
	int64_t hour = loop_wall_s(refusals->settings.loop) / HOUR_S;

	if (refusals->n_waiting == WAITING_MAX)
		return false;
	if (count->hour != hour)
		*count = (struct sender_count){.hour = hour};
	return count->n++ < REFUSALS_AN_HOUR;
}

static void pack_some(const struct refused *refused,
		      enum recipient_outcome outcome, struct text *bytes,
		      size_t *room)
{
	struct recipient_record record = {.outcome = outcome};
	const struct recipients *set = refused->recipients;
	const enum verdict *verdicts = refused->verdicts;
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

static struct view pack_refused(const struct refused *refused,
				struct arena *arena)
{
	size_t room = REFUSAL_RECIPIENTS_MAX;
	struct text bytes;

	text_init(&bytes, arena);
	pack_some(refused, RECIPIENT_MISSING, &bytes, &room);
	pack_some(refused, RECIPIENT_REFUSED, &bytes, &room);
	return text_view(&bytes);
}

static const char *or_nothing(struct arena *arena, const char *string)
{
	return string ? arena_strdup(arena, string) : "";
}

static struct refusal *refusal_new(const struct refused *refused)
{
	struct arena *arena = arena_new(0);
	struct refusal *refusal = arena_alloc(arena, sizeof(*refusal));

	refusal->arena = arena;
	refusal->record = (struct request_record){
		.call_id = or_nothing(arena, refused->call_id),
		.sender = or_nothing(arena, refused->sender),
		.target = or_nothing(arena, refused->target),
		.source = or_nothing(arena, refused->source),
		.method = or_nothing(arena, refused->method),
		.accepted_at = refused->at,
		.over_at = refused->at,
		.status = refused->status,
		.conference = or_nothing(arena, refused->conference),
		.recipients = pack_refused(refused, arena)};
	return refusal;
}

void refusals_take(struct refusals *refusals, const struct refused *refused)
{
	struct refusal *refusal;

	if (!refusals->settings.keep_done_s || refusals->is_stopped ||
	    !may_take(refusals, refused->sender))
		return;
	refusal = refusal_new(refused);
	*refusals->end = refusal;
	refusals->end = &refusal->next;
	refusals->n_waiting++;
	if (!refusals->look.slot && !refusals->writing)
		loop_timer_set(refusals->settings.loop, &refusals->look,
			       LOOK_MS);
}

void refusals_take_list(struct refusals *refusals,
			const struct list_request *list)
{
	const struct request *request = list->request;
	const struct refused refused = {.call_id = request->call_id,
					.sender = request->sender.aor[0],
					.target = request->target_key,
					.source = request->source,
					.method = request->method,
					.at = request->received_at,
					.status = list->response.status,
					.recipients = &list->recipients,
					.verdicts = list->verdicts};

	if (request->sender.method != IDENTITY_NONE)
		refusals_take(refusals, &refused);
}

static enum err write_run(struct store *store, struct write_job *write)
{
	struct refusals *refusals = (struct refusals *)(void *)write;
	enum err err = ERR_OK;

	for (const struct refusal *it = refusals->writing; it && !err;
	     it = it->next)
		err = store_record_add(store, &it->record);
	return err;
}

/* What could not be written is let go: it is only of interest. */
static void write_over(struct store_job *store_job)
{
	struct refusals *refusals = (struct refusals *)(void *)store_job;

	if (store_job->write.err)
		log_event(LOG_EVENT_REFUSALS_NOT_WRITTEN, NULL, "err=%s",
			  log_text(err_text(store_job->write.err)));
	free_all(refusals->writing);
	refusals->writing = NULL;
	if (refusals->first && !refusals->is_stopped)
		loop_timer_set(refusals->settings.loop, &refusals->look, 0);
}

static void take_some(struct refusals *refusals)
{
	struct refusal **last = &refusals->first;

	for (size_t i = 0; i < WRITTEN_AT_ONCE && *last; i++) {
		last = &(*last)->next;
		refusals->n_waiting--;
	}
	refusals->writing = refusals->first;
	refusals->first = *last;
	*last = NULL;
	if (!refusals->first)
		refusals->end = &refusals->first;
}

static void look(void *arg)
{
	struct refusals *refusals = arg;

	if (!refusals->first || refusals->writing)
		return;
	if (!writer_is_idle(refusals->settings.writer)) {
		loop_timer_set(refusals->settings.loop, &refusals->look,
			       LOOK_MS);
		return;
	}
	take_some(refusals);
	refusals->store_job.write.run = write_run;
	refusals->store_job.over = write_over;
	if (job_group_submit(refusals->settings.jobs, &refusals->store_job,
			     STORE_JOB_USUAL))
		write_over(&refusals->store_job);
}
