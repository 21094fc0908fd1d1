#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/questions.h"
#include "db/renewals.h"
#include "server/base/log.h"
#include "server/consent/consents_private.h"

/** Look again after this long even if nothing is due: the wall clock may step.
 */
#define SWEEP_IDLE_S 60
/** While requests are shed. */
#define SWEEP_BUSY_S 1
/** After a failure of the store. */
#define SWEEP_RETRY_S 5
/** Rows whose time is over are taken out this often; what counts is decided by
 *  expires_at anyway. */
#define EXPIRE_MS (600 * INT64_C(1000))
/** Most rows looked at in one transaction. */
#define SWEEP_ROWS 100

struct due {
	struct permission *row;
	enum permission_request_kind kind;
	struct permission_request_tokens tokens;
};

/** One look at the rows that are due. */
struct sweep {
	struct store_job job;
	struct consents *consents;
	struct arena *arena;
	struct asking_limits limits;
	size_t room;   /**< most requests that may go out */
	int64_t *away; /**< permissions whose requests are out now */
	size_t n_away;
	int64_t now;
	bool expire;
	struct permission *ended; /**< since the last look */
	size_t n_ended;
	int64_t n_ending; /**< grants that end soon */
	/* filled on the writer's thread */
	struct due *due;
	size_t n_due;
	size_t n_rate_limited;
	int64_t next_at; /**< when to look again; 0: nothing known */
};

static struct sweep *sweep_of(struct write_job *job)
{
	return (struct sweep *)(void *)job;
}

static void look_again_at(struct sweep *sweep, int64_t at)
{
	if (at && (!sweep->next_at || at < sweep->next_at))
		sweep->next_at = at;
}

static bool is_away(const struct sweep *sweep, int64_t permission)
{
	for (size_t i = 0; i < sweep->n_away; i++) {
		if (sweep->away[i] == permission)
			return true;
	}
	return false;
}

/** A renewal is a row's that is granted. */
static bool is_renewal(const struct permission *row)
{
	return row->state == PERMISSION_GRANTED;
}

/** A recipient who has denied a wider or a narrower scope meanwhile is not
 * asked: the row says why.  ERR_UNKNOWN: no deny stands against the request. */
static enum err drop_opposed(struct store *store, struct sweep *sweep,
			     const struct permission *row)
{
	struct permission_found deny = {.arena = sweep->arena};
	struct permission after;
	enum err err = store_permission_opposed(store, row, EVENT_ADDED,
						sweep->now, &deny);

	if (err)
		return err;
	if (is_renewal(row))
		return store_renewal_step(store, row, RENEWAL_REFUSED, 0);

	const struct permission_change change = {
		.id = row->id,
		.event = EVENT_UNDELIVERABLE,
		.actor = ORIGIN_ADMIN,
		.reason = arena_printf(sweep->arena,
				       "not asked: the recipient denied %s "
				       "through %s",
				       deny.row.sender, deny.row.target),
		.expires_at = -1,
		.now = sweep->now,
	};

	return store_permission_change(store, &change, sweep->arena, &after);
}

static enum err defer(struct store *store, const struct permission *row,
		      int64_t at)
{
	return is_renewal(row)
		       ? store_renewal_step(store, row, RENEWAL_TERM, at)
		       : store_permission_request_defer(store, row->id, at);
}

static enum err put_off(struct store *store, struct sweep *sweep,
			const struct due_question *question, int64_t due_at)
{
	sweep->n_rate_limited++;
	look_again_at(sweep, due_at);
	return defer(store, &question->row, due_at);
}

/** RFC 4453 REQ 2 and 5360 section 5.1.1: nobody is asked too often; what is
 *  over a limit stays pending.  @p ret_asked: it goes out. */
static enum err sweep_question(struct store *store, struct sweep *sweep,
			       struct due_question *question, bool *ret_asked)
{
	struct permission *row = &question->row;
	struct due *due = &sweep->due[sweep->n_due];
	struct asking_verdict turn;
	enum err err;

	*ret_asked = false;
	if (is_away(sweep, row->id))
		return defer(store, row,
			     sweep->now + PERMISSION_REQUEST_AWAY_S);
	if (is_renewal(row) && permission_is_expired(row, sweep->now))
		return store_renewal_step(store, row, RENEWAL_OVER, 0);
	err = drop_opposed(store, sweep, row);
	if (err != ERR_UNKNOWN)
		return err;
	err = store_question_when(store,
				  &(struct question_turn){row, question->owner,
							  &sweep->limits,
							  sweep->now},
				  sweep->arena, &turn);
	if (err)
		return err;
	if (turn.at > sweep->now)
		return put_off(store, sweep, question, turn.at);
	due->kind = is_renewal(row) ? PERMISSION_REQUEST_RENEWAL
				    : PERMISSION_REQUEST_ADDED;
	err = permission_request_record(store, row, due->kind, sweep->now,
					&due->tokens);
	if (err)
		return err;
	due->row = arena_alloc(sweep->arena, sizeof(*due->row));
	*due->row = *row;
	sweep->n_due++;
	*ret_asked = true;
	return ERR_OK;
}

/** In turns, so that no owner uses up the others' share: whose last question to
 *  this recipient is oldest comes first. */
static struct due_question *next_question(struct due_question *questions,
					  size_t n)
{
	struct due_question *first = &questions[0];

	for (size_t i = 1; i < n; i++)
		if (questions[i].owner_asked_at < first->owner_asked_at)
			first = &questions[i];
	return first;
}

static void note_turn(struct due_question *questions, size_t n,
		      const char *owner, int64_t now)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(questions[i].owner, owner) == 0)
			questions[i].owner_asked_at = now;
}

/** All that is due for one recipient. */
static enum err sweep_recipient(struct store *store, struct sweep *sweep,
				const char *recipient)
{
	struct due_question *questions;
	size_t n;
	enum err err =
		store_questions_due(store,
				    &(struct questions_due_query){
					    recipient, sweep->now, SWEEP_ROWS},
				    sweep->arena, &questions, &n);

	if (!err && n == SWEEP_ROWS)
		look_again_at(sweep, sweep->now);
	while (n > 0 && !err && sweep->n_due < sweep->room) {
		struct due_question *turn = next_question(questions, n);
		struct due_question question = *turn;
		bool is_asked;

		n--;
		memmove(turn, turn + 1,
			(size_t)(questions + n - turn) * sizeof(*turn));
		err = sweep_question(store, sweep, &question, &is_asked);
		if (!err && is_asked)
			note_turn(questions, n, question.owner, sweep->now);
	}
	return err;
}

/** With the first of a recipient's rows all of them have had their turn. */
static enum err sweep_pending(struct store *store, struct sweep *sweep,
			      const struct permission *rows, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(rows[i].recipient, rows[at].recipient) == 0)
			return ERR_OK;
	return sweep_recipient(store, sweep, rows[at].recipient);
}

static enum err sweep_renewal(struct store *store, struct sweep *sweep,
			      const struct permission *rows, size_t at)
{
	struct due_question question = {.row = rows[at]};
	bool is_asked;
	enum err err = store_question_owner(store, &question.row, sweep->arena,
					    &question.owner);

	return err ? err : sweep_question(store, sweep, &question, &is_asked);
}

/** Rows of one kind that are due. */
struct due_rows {
	enum err (*find)(struct store *store, struct due_page page,
			 struct arena *arena, struct permission **ret,
			 size_t *ret_n);
	enum err (*ask)(struct store *store, struct sweep *sweep,
			const struct permission *rows, size_t at);
};

static enum err sweep_rows(struct store *store, struct sweep *sweep,
			   const struct due_rows *due)
{
	struct permission *rows;
	int64_t next_at = 0;
	size_t n = 0;
	enum err err = due->find(
		store, (struct due_page){sweep->now, SWEEP_ROWS, &next_at},
		sweep->arena, &rows, &n);

	if (err)
		return err;
	look_again_at(sweep, next_at);
	for (size_t i = 0; i < n && !err; i++) {
		if (sweep->n_due == sweep->room)
			return ERR_OK; /* the end of a request looks again */
		err = due->ask(store, sweep, rows, i);
	}
	if (n == SWEEP_ROWS)
		look_again_at(sweep, sweep->now);
	return err;
}

/** Writer's thread.  The requests are on disk before they leave, so that a
 *  process that dies and starts again does not ask more often. */
static enum err sweep_run(struct store *store, struct write_job *job)
{
	static const struct due_rows pending = {store_permission_requests_due,
						sweep_pending};
	static const struct due_rows renewals = {store_renewals_due,
						 sweep_renewal};
	struct sweep *sweep = sweep_of(job);
	enum err err = ERR_OK;

	if (sweep->expire)
		err = store_permission_ended(store, sweep->now, sweep->arena,
					     &sweep->ended, &sweep->n_ended);
	if (sweep->expire && !err)
		err = store_permission_sweep(store, sweep->now);
	if (sweep->expire && !err)
		err = store_permissions_ending(store, sweep->now,
					       &sweep->n_ending);
	sweep->due =
		arena_array(sweep->arena, sweep->room + 1, sizeof(*sweep->due));
	if (!err)
		err = sweep_rows(store, sweep, &pending);
	return err ? err : sweep_rows(store, sweep, &renewals);
}

static void set_timer(struct consents *consents, int64_t in_s)
{
	if (in_s < 0)
		in_s = 0;
	if (in_s > SWEEP_IDLE_S)
		in_s = SWEEP_IDLE_S;
	loop_timer_set(consents->settings.loop, &consents->timer, in_s * 1000);
}

static void sweep_send(struct consents *consents, struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->n_due; i++)
		permission_request_begin(consents, sweep->due[i].row,
					 sweep->due[i].kind,
					 &sweep->due[i].tokens);
	for (size_t i = 0; i < sweep->n_rate_limited; i++)
		count(consents->settings.counters,
		      COUNT_PERMISSION_REQUESTS_LIMITED);
	if (sweep->n_rate_limited)
		log_event(LOG_EVENT_REQUESTS_RATE_LIMITED, NULL, "n=%zu",
			  sweep->n_rate_limited);
}

static void tell_ended(struct consents *consents, const struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->n_ended; i++) {
		const struct permission *row = &sweep->ended[i];

		log_event(LOG_EVENT_EXPIRED, NULL,
			  "permission=%lld recipient=%s sender=%s target=%s",
			  (long long)row->id, log_text(row->recipient),
			  log_text(row->sender), log_text(row->target));
	}
	if (sweep->expire)
		gauge_set(consents->settings.counters, GAUGE_PERMISSIONS_ENDING,
			  sweep->n_ending);
	if (sweep->n_ended) /* there may be more */
		consents->expire_at_ms = 0;
}

void sweep_free(struct sweep *sweep)
{
	if (sweep)
		arena_free(sweep->arena);
}

static void sweep_over(struct store_job *job)
{
	struct sweep *sweep = sweep_of(&job->write);
	struct consents *consents = sweep->consents;
	enum err err = job->write.err;

	consents->sweep = NULL;
	if (!err)
		tell_ended(consents, sweep);
	if (err) {
		log_event(LOG_EVENT_SWEEP_FAILED, NULL,
			  "what=permissions err=%s", log_text(err_text(err)));
		set_timer(consents, SWEEP_RETRY_S);
	} else if (consents->draining) {
		; /* recorded, not sent: asked on after the restart */
	} else {
		int64_t now = loop_wall_s(consents->settings.loop);

		sweep_send(consents, sweep);
		set_timer(consents,
			  sweep->next_at ? sweep->next_at - now : SWEEP_IDLE_S);
		if (consents->is_woken)
			set_timer(consents, 0);
	}
	sweep_free(sweep);
}

void sweep_start(struct consents *consents)
{
	const struct consents_settings *settings = &consents->settings;
	int64_t now_ms = loop_now_ms(settings->loop);
	struct arena *arena;
	struct sweep *sweep;

	if (consents->draining)
		return;
	consents->is_woken = consents->sweep != NULL;
	if (consents->sweep ||
	    consents->n_requests >= settings->requests_in_flight)
		return;
	/* Permission requests can wait, better than other requests. */
	if (settings->is_busy && settings->is_busy(settings->edge)) {
		set_timer(consents, SWEEP_BUSY_S);
		return;
	}
	arena = arena_new(0);
	sweep = arena_alloc(arena, sizeof(*sweep));
	sweep->arena = arena;
	sweep->job.write.run = sweep_run;
	sweep->job.over = sweep_over;
	sweep->consents = consents;
	sweep->limits = settings->asking;
	sweep->away = permission_requests_away(consents, arena, &sweep->n_away);
	sweep->room = settings->requests_in_flight - consents->n_requests;
	sweep->now = loop_wall_s(settings->loop);
	sweep->expire = now_ms >= consents->expire_at_ms;
	if (sweep->expire)
		consents->expire_at_ms = now_ms + EXPIRE_MS;
	loop_timer_clear(settings->loop, &consents->timer);
	if (job_group_submit(&consents->jobs, &sweep->job, STORE_JOB_USUAL)) {
		sweep_free(sweep);
		set_timer(consents, SWEEP_RETRY_S);
		return;
	}
	consents->sweep = sweep;
}
