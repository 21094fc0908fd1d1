/* Which notices are due.  Their tries are on disk before they leave. */
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "server/base/log.h"
#include "server/consent/notices_private.h"

/** While many are due their number is told this often. */
#define COUNT_MS (10 * INT64_C(1000))
/** Another notice to somebody who is being told. */
#define NEXT_OF_ONE_S 1

/** One look at what is due. */
struct notice_sweep {
	struct store_job job;
	struct consents *consents;
	struct arena *arena;
	int64_t lifetime_s;
	size_t most; /**< that may be out */
	size_t room; /**< of these, that may leave now and nobody waits for */
	int64_t wait_ms;	 /**< until one more may, where it is fewer */
	const char **recipients; /**< of those that are out, and of `due` */
	size_t n_recipients;
	int64_t wanted[NOTICES_WANTED]; /**< permissions that legs wait for */
	size_t n_wanted;
	int64_t now;
	/* filled on the writer's thread */
	struct notice_due *due;
	size_t n_due, n_hurried;
	bool is_counting;
	struct notice_counts counts;
	int64_t next_at; /**< when to look again; 0: nothing known */
};

static struct notice_sweep *sweep_of(struct write_job *job)
{
	return (struct notice_sweep *)(void *)job;
}

static void look_again_at(struct notice_sweep *sweep, int64_t at)
{
	sweep->next_at = sweep_sooner(sweep->next_at, at);
}

/** One outstanding MESSAGE a person (RFC 3428 section 8). */
static bool is_being_told(const struct notice_sweep *sweep,
			  const char *recipient)
{
	for (size_t i = 0; i < sweep->n_recipients; i++)
		if (uri_keys_name_one(sweep->recipients[i], recipient))
			return true;
	return false;
}

/** Is it still so? */
static enum err is_true(struct store *store, const struct notice_sweep *sweep,
			const struct notice_due *due, bool *ret)
{
	const struct permission *row = &due->row;
	struct permission_found deny = {.arena = sweep->arena};
	enum err err;

	*ret = row->state == PERMISSION_DENIED && row->recorded_by;
	if (due->notice.kind == NOTICE_DENY)
		return ERR_OK;
	*ret = false;
	if (!permission_is_current(row, sweep->now) ||
	    row->origin == ORIGIN_RECIPIENT)
		return ERR_OK;
	err = store_permission_silenced(store, row, sweep->now, &deny);
	*ret = err == ERR_UNKNOWN;
	return *ret ? ERR_OK : err;
}

static enum err end(struct store *store, const struct notice_sweep *sweep,
		    int64_t id, enum notice_event event)
{
	return store_notice_change(
		store, &(struct notice_change){
			       .id = id, .event = event, .now = sweep->now});
}

static enum err defer(struct store *store, struct notice_sweep *sweep,
		      int64_t id, int64_t at)
{
	look_again_at(sweep, at);
	return store_notice_defer(store, id, at);
}

/** A no is all that its URIs can say. */
static enum err record(struct store *store, const struct notice_sweep *sweep,
		       struct notice_due *due)
{
	struct notice_try try = {
		.id = due->notice.id,
		.permission = due->row.id,
		.has_deny = due->notice.kind == NOTICE_GRANT,
		.is_secure = permission_request_is_secure(&due->row),
		.now = sweep->now,
	};
	enum err err = ERR_OK;

	due->deny = token_random();
	due->stop = token_random();
	if (try.has_deny)
		err = store_permission_is_further(store, &due->row, sweep->now,
						  &try.has_stop);
	due->has_stop = try.has_stop;
	token_hash(TOKEN_DENY, &due->deny, try.deny_hash);
	token_hash(TOKEN_DENY, &due->stop, try.stop_hash);
	due->notice.tries++;
	return err ? err : store_notice_try(store, &try);
}

/** Outside of home-domains the calls of its owner pay for each.  The first is
 *  sent in any case, since legs wait for it; @p ret_at: when a repeat may. */
static enum err look_at_credit(struct store *store,
			       const struct notice_sweep *sweep,
			       struct notice_due *due, int64_t *ret_at)
{
	const struct asking_limits *limits = &sweep->consents->settings.asking;
	struct question_client payer = {.target = due->row.target};
	struct asking_traffic traffic;
	enum err err;

	*ret_at = sweep->now;
	if (limits->requests_per_call <= 0 ||
	    question_is_home(limits, due->row.recipient))
		return ERR_OK;
	err = store_question_owner(store, &due->row, sweep->arena,
				   &payer.owner);
	if (!err)
		err = store_question_traffic(store, &payer, sweep->now,
					     &traffic);
	if (err)
		return err;
	due->owner = payer.owner;
	if (due->notice.state == NOTICE_SENT)
		*ret_at = asking_calls_when(limits, &traffic, sweep->now).at;
	return ERR_OK;
}

/** It counts before it leaves. */
static enum err spend(struct store *store, const struct notice_sweep *sweep,
		      const struct notice_due *due)
{
	const struct question_client payer = {due->owner, due->row.target};

	return due->owner ? store_question_traffic_add(
				    store, &payer, sweep->now,
				    &(struct asking_traffic){.requests = 1})
			  : ERR_OK;
}

/** It has its turn: @p due is filled but for what is made for it. */
static enum err sweep_turn(struct store *store, struct notice_sweep *sweep,
			   struct notice_due *due)
{
	int64_t at;
	enum err err = look_at_credit(store, sweep, due, &at);

	if (!err && at > sweep->now)
		return defer(store, sweep, due->notice.id, at);
	if (!err)
		err = record(store, sweep, due);
	if (!err)
		err = spend(store, sweep, due);
	if (err)
		return err;
	sweep->due[sweep->n_due++] = *due;
	sweep->recipients[sweep->n_recipients++] = due->row.recipient;
	return ERR_OK;
}

/** The same person may be there in several spellings: told once, they know. */
static enum err is_said(struct store *store, const struct notice_sweep *sweep,
			const struct notice *notice, bool *ret)
{
	*ret = false;
	return notice->kind == NOTICE_GRANT
		       ? store_notice_is_said(store, notice->id, sweep->now,
					      ret)
		       : ERR_OK;
}

/** A try that a crash cut off before it left is none. */
static bool was_tried(const struct notice *notice)
{
	return notice->state == NOTICE_SENT || notice->last_status != 0;
}

static enum err sweep_one(struct store *store, struct notice_sweep *sweep,
			  const struct notice *notice)
{
	struct notice_due due = {.notice = *notice};
	bool is_so = false, is_known = false;
	enum err err = store_permission_get(store, notice->permission,
					    sweep->arena, &due.row);

	if (err == ERR_OK)
		err = is_true(store, sweep, &due, &is_so);
	if (err && err != ERR_UNKNOWN)
		return err;
	if (!is_so)
		return end(store, sweep, notice->id, NOTICE_EVENT_VOID);
	err = is_said(store, sweep, notice, &is_known);
	if (err || is_known)
		return err ? err
			   : end(store, sweep, notice->id, NOTICE_EVENT_TOLD);
	if (was_tried(notice) &&
	    notice_may_end(notice->kind, notice->state == NOTICE_SENT) &&
	    sweep->now >= notice->made_at + sweep->lifetime_s)
		return end(store, sweep, notice->id, NOTICE_EVENT_OVER);
	if (is_being_told(sweep, due.row.recipient))
		return defer(store, sweep, notice->id,
			     sweep->now + NEXT_OF_ONE_S);
	return sweep_turn(store, sweep, &due);
}

/** Those that a leg waits for go first. */
static enum err sweep_wanted(struct store *store, struct notice_sweep *sweep)
{
	enum err err = ERR_OK;

	for (size_t i = 0;
	     i < sweep->n_wanted && sweep->n_due < sweep->most && !err; i++) {
		struct notice notice;

		err = store_notice_find(store, sweep->wanted[i], NOTICE_GRANT,
					&notice);
		if (!err && notice.state == NOTICE_DUE &&
		    notice.due_at <= sweep->now)
			err = sweep_one(store, sweep, &notice);
		if (err == ERR_UNKNOWN)
			err = ERR_OK;
	}
	sweep->n_hurried = sweep->n_due;
	return err;
}

/** An import does not leave in a burst (questions-per-second). */
static bool is_full(const struct notice_sweep *sweep)
{
	return sweep->n_due == sweep->most ||
	       sweep->n_due - sweep->n_hurried == sweep->room;
}

static enum err sweep_run(struct store *store, struct write_job *job)
{
	struct notice_sweep *sweep = sweep_of(job);
	int64_t next_at = 0;
	struct due_page page = {sweep->now, sweep_rows_for(sweep->room),
				&next_at};
	struct notice *notices;
	size_t n = 0;
	enum err err = sweep_wanted(store, sweep);

	if (!err)
		err = store_notices_due(store, page, sweep->arena, &notices,
					&n);
	for (size_t i = 0; i < n && !err; i++) {
		if (is_full(sweep))
			break; /* the end of one looks again, or the pace */
		err = sweep_one(store, sweep, &notices[i]);
	}
	look_again_at(sweep, n == page.limit ? sweep->now : next_at);
	sweep->is_counting |= n < page.limit;
	if (!err && sweep->is_counting)
		err = store_notice_count(store, &sweep->counts);
	return err;
}

void notice_sweep_free(struct notice_sweep *sweep)
{
	if (sweep)
		arena_free(sweep->arena);
}

static void tell_counts(struct consents *consents,
			const struct notice_counts *counts)
{
	struct counters *counters = consents->settings.counters;

	gauge_set(counters, GAUGE_NOTICES_DUE, counts->due);
	gauge_set(counters, GAUGE_NOTICES_SENT, counts->open - counts->due);
	consents->count_notices_at_ms =
		loop_now_ms(consents->settings.loop) + COUNT_MS;
}

static void sweep_done(struct consents *consents, struct notice_sweep *sweep)
{
	if (sweep->is_counting)
		tell_counts(consents, &sweep->counts);
	if (consents->draining)
		return; /* recorded, not sent: a try that nobody answered */
	for (size_t i = 0; i < sweep->n_due; i++) {
		if (i < sweep->n_hurried)
			consents_note_message(consents);
		notice_begin(consents, &sweep->due[i]);
	}
	/* One that could not be sent has looked again already. */
	if (!consents->notice_sweep)
		sweep_look_at(consents, &consents->notice_timer,
			      sweep->next_at);
	if (consents->is_notice_woken)
		sweep_look_in(consents, &consents->notice_timer, 0);
	if (sweep->wait_ms && sweep->n_due - sweep->n_hurried == sweep->room)
		loop_timer_set(consents->settings.loop, &consents->notice_timer,
			       sweep->wait_ms);
}

static void sweep_over(struct store_job *job)
{
	struct notice_sweep *sweep = sweep_of(&job->write);
	struct consents *consents = sweep->consents;
	enum err err = job->write.err;

	consents->notice_sweep = NULL;
	pace_give_back(consents,
		       sweep->room -
			       (err ? 0 : sweep->n_due - sweep->n_hurried));
	if (err) {
		log_event(LOG_EVENT_SWEEP_FAILED, NULL, "what=notices err=%s",
			  log_text(err_text(err)));
		if (!consents->draining)
			sweep_look_in(consents, &consents->notice_timer,
				      SWEEP_RETRY_S);
	} else {
		sweep_done(consents, sweep);
	}
	notice_sweep_free(sweep);
}

static struct notice_sweep *sweep_new(struct consents *consents)
{
	struct arena *arena = arena_new(0);
	struct notice_sweep *sweep = arena_alloc(arena, sizeof(*sweep));

	sweep->job.write.run = sweep_run;
	sweep->job.over = sweep_over;
	sweep->consents = consents;
	sweep->arena = arena;
	sweep->lifetime_s = consents->settings.request_lifetime_s;
	sweep->most =
		consents->settings.requests_in_flight - consents->n_notices;
	sweep->room = pace_take(consents, sweep->most, &sweep->wait_ms);
	sweep->due = arena_array(arena, sweep->most + 1, sizeof(*sweep->due));
	sweep->recipients =
		arena_array(arena, consents->n_notices + sweep->most + 1,
			    sizeof(*sweep->recipients));
	for (struct notice_out *out = consents->notices; out; out = out->next)
		sweep->recipients[sweep->n_recipients++] =
			arena_strdup(arena, out->row.recipient);
	sweep->is_counting = loop_now_ms(consents->settings.loop) >=
			     consents->count_notices_at_ms;
	sweep->n_wanted = consents->n_wanted;
	memcpy(sweep->wanted, consents->wanted, sizeof(sweep->wanted));
	consents->n_wanted = 0;
	sweep->now = loop_wall_s(consents->settings.loop);
	return sweep;
}

void notices_sweep(struct consents *consents)
{
	const struct consents_settings *settings = &consents->settings;
	struct notice_sweep *sweep;

	if (!consents->started || consents->draining)
		return;
	consents->is_notice_woken = consents->notice_sweep != NULL;
	if (consents->notice_sweep ||
	    consents->n_notices >= settings->requests_in_flight)
		return;
	if (settings->is_busy && settings->is_busy(settings->edge)) {
		sweep_look_in(consents, &consents->notice_timer, SWEEP_BUSY_S);
		return;
	}
	loop_timer_clear(settings->loop, &consents->notice_timer);
	sweep = sweep_new(consents);
	if (job_group_submit(&consents->jobs, &sweep->job, STORE_JOB_USUAL)) {
		pace_give_back(consents, sweep->room);
		notice_sweep_free(sweep);
		sweep_look_in(consents, &consents->notice_timer, SWEEP_RETRY_S);
		return;
	}
	consents->notice_sweep = sweep;
}

static bool is_on_its_way(const struct consents *consents, int64_t permission)
{
	for (size_t i = 0; i < consents->n_wanted; i++)
		if (consents->wanted[i] == permission)
			return true;
	for (struct notice_out *out = consents->notices; out; out = out->next)
		if (out->row.id == permission)
			return true;
	return false;
}

/* Those that there is no room for have their turn. */
void consents_hurry_notice(struct consents *consents, int64_t permission)
{
	if (!consents->started || consents->draining ||
	    consents->n_wanted == NOTICES_WANTED ||
	    is_on_its_way(consents, permission))
		return;
	consents->wanted[consents->n_wanted++] = permission;
	notices_sweep(consents);
}
