#include "db/domains.h"
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "server/base/log.h"
#include "server/consent/consents_private.h"

/** Rows whose time is over are taken out this often; what counts is decided by
 *  expires_at anyway. */
#define EXPIRE_MS (600 * INT64_C(1000))
/** What is for a domain that is configured no more is looked at this often. */
#define SWEEP_GONE_S 3600

/** One look at the rows that are due. */
struct sweep {
	struct store_job job;
	struct consents *consents;
	struct arena *arena;
	struct asking_limits limits;
	size_t room;	 /**< most requests that may go out */
	int64_t wait_ms; /**< until one more may; 0: that is not why */
	int64_t *away;	 /**< permissions whose requests are out now */
	size_t n_away;
	int64_t now;
	bool expire;
	struct permission *ended; /**< since the last look */
	size_t n_ended;
	int64_t n_ending; /**< grants that end soon */
	/* filled on the writer's thread */
	struct permission_request_order *due;
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
	sweep->next_at = sweep_sooner(sweep->next_at, at);
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

/** What waits for a second of its destination gets one of its own. */
static enum err put_off(struct store *store, struct sweep *sweep,
			const struct due_question *question,
			const struct asking_verdict *verdict)
{
	char host[URI_KEY_ROOM];
	int64_t at = verdict->at;

	if (verdict->limit == ASKING_HOST_SECOND)
		at = pace_slot(sweep->consents, question->row.target,
			       question_host(question->row.recipient, host),
			       sweep->now);
	sweep->n_rate_limited++;
	look_again_at(sweep, at);
	return permission_request_defer(store, &question->row, at);
}

/** Are both of the same domain? */
static bool are_of_domain(const struct sweep *sweep, const struct permission *a,
			  const struct permission *b)
{
	return domains_are_one(&sweep->consents->settings.places.domains,
			       a->target, b->target);
}

/** Those that go out for the same host and, in the arena, the same person. */
static void find_ahead(const struct sweep *sweep, struct question_turn *turn)
{
	struct question_ahead *ahead =
		arena_array(sweep->arena, sweep->n_due + 1, sizeof(*ahead));
	const char *recipient = turn->row->recipient;
	char host[URI_KEY_ROOM], other[URI_KEY_ROOM];

	question_host(recipient, host);
	for (size_t i = 0; i < sweep->n_due; i++) {
		const struct permission_request_order *due = &sweep->due[i];

		if (!are_of_domain(sweep, due->row, turn->row))
			continue;
		turn->n_ahead += strcmp(host, question_host(due->row->recipient,
							    other)) == 0;
		if (uri_keys_name_one(due->row->recipient, recipient))
			ahead[turn->n_person++] = (struct question_ahead){
				due->owner,
				due->kind == PERMISSION_REQUEST_RENEWAL};
	}
	turn->ahead = ahead;
}

/** It goes out; what it may take is looked at once more when all is known of it
 *  (permission_request_leave.c). */
static enum err pick(struct store *store, struct sweep *sweep,
		     const struct due_question *question)
{
	struct permission_request_order *due = &sweep->due[sweep->n_due];
	struct permission *row = arena_alloc(sweep->arena, sizeof(*row));
	enum err err = permission_request_make_tokens(store, &question->row,
						      sweep->now, &due->tokens);

	*row = question->row;
	due->row = row;
	due->owner = question->owner;
	due->kind = is_renewal(row) ? PERMISSION_REQUEST_RENEWAL
				    : PERMISSION_REQUEST_ADDED;
	if (!err)
		err = permission_request_defer(
			store, row, sweep->now + PERMISSION_REQUEST_AWAY_S);
	sweep->n_due += !err;
	return err;
}

/** What is not asked now, whatever the limits.  ERR_UNKNOWN: it may be. */
static enum err sweep_out(struct store *store, struct sweep *sweep,
			  const struct permission *row)
{
	bool is_gone;
	enum err err;

	if (is_away(sweep, row->id))
		return permission_request_defer(
			store, row, sweep->now + PERMISSION_REQUEST_AWAY_S);
	if (is_renewal(row) && permission_is_expired(row, sweep->now))
		return store_renewal_step(store, row, RENEWAL_OVER, 0);
	err = store_domain_is_gone(store, row->target, &is_gone);
	if (!err && is_gone)
		return permission_request_defer(store, row,
						sweep->now + SWEEP_GONE_S);
	return err ? err
		   : permission_request_drop_opposed(store, row, sweep->now,
						     sweep->arena);
}

/** RFC 4453 REQ 2 and 5360 section 5.1.1: nobody is asked too often; what is
 *  over a limit stays pending.  @p ret_asked: it goes out. */
static enum err sweep_question(struct store *store, struct sweep *sweep,
			       struct due_question *question, bool *ret_asked)
{
	const struct permission *row = &question->row;
	struct question_turn of = {
		.row = row,
		.owner = question->owner,
		.limits = &sweep->limits,
		.now = sweep->now,
	};
	struct asking_verdict turn;
	enum err err;

	*ret_asked = false;
	err = sweep_out(store, sweep, row);
	if (err != ERR_UNKNOWN)
		return err;
	find_ahead(sweep, &of);
	err = store_question_when(store, &of, sweep->arena, &turn);
	if (err)
		return err;
	if (turn.at > sweep->now)
		return put_off(store, sweep, question, &turn);
	*ret_asked = true;
	return pick(store, sweep, question);
}

/** Questions of one domain that are due for one person. */
struct due_questions {
	struct due_question *at;
	size_t n;
};

static enum err find_questions(struct store *store, struct sweep *sweep,
			       const struct permission *row,
			       struct due_questions *ret)
{
	struct due_questions more, both;
	enum err err = store_questions_due(
		store,
		&(struct questions_due_query){row->recipient, row->target,
					      sweep->now, SWEEP_ROWS},
		sweep->arena, &more.at, &more.n);

	if (err)
		return err;
	if (more.n == SWEEP_ROWS)
		look_again_at(sweep, sweep->now);
	both.n = ret->n + more.n;
	both.at = arena_array(sweep->arena, both.n + 1, sizeof(*both.at));
	if (ret->n)
		memcpy(both.at, ret->at, ret->n * sizeof(*both.at));
	if (more.n)
		memcpy(both.at + ret->n, more.at, more.n * sizeof(*both.at));
	*ret = both;
	return ERR_OK;
}

/** All owners in turns, new questions and renewals alike. */
static enum err sweep_turns(struct store *store, struct sweep *sweep,
			    struct due_questions *questions)
{
	enum err err = ERR_OK;

	while (questions->n > 0 && !err && sweep->n_due < sweep->room) {
		struct due_question *turn =
			question_next(questions->at, questions->n);
		struct due_question question = *turn;
		bool is_asked;

		questions->n--;
		memmove(turn, turn + 1,
			(size_t)(questions->at + questions->n - turn) *
				sizeof(*turn));
		err = sweep_question(store, sweep, &question, &is_asked);
		if (!err && is_asked)
			question_note_turn(questions->at, questions->n,
					   &question, sweep->now);
	}
	return err;
}

/** Is it for the same person, in the same domain? */
static bool are_for_one(const struct sweep *sweep, const struct permission *a,
			const struct permission *b)
{
	return uri_keys_name_one(a->recipient, b->recipient) &&
	       are_of_domain(sweep, a, b);
}

/** With the first row of a person in a domain all of theirs there have their
 *  turn, under whichever key: rows[i] for i < n are looked at. */
static enum err sweep_person(struct store *store, struct sweep *sweep,
			     const struct permission *rows, size_t n)
{
	struct due_questions questions = {0};
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && !err; i++) {
		bool is_known = !are_for_one(sweep, &rows[0], &rows[i]);

		for (size_t j = 0; j < i && !is_known; j++)
			is_known = strcmp(rows[j].recipient,
					  rows[i].recipient) == 0 &&
				   are_of_domain(sweep, &rows[j], &rows[i]);
		if (!is_known)
			err = find_questions(store, sweep, &rows[i],
					     &questions);
	}
	return err ? err : sweep_turns(store, sweep, &questions);
}

static bool was_seen(const struct sweep *sweep, const struct permission *rows,
		     size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (are_for_one(sweep, &rows[i], &rows[at]))
			return true;
	return false;
}

/** Rows that are due: renewals go first, for they are few, and have an end. */
struct due_rows {
	struct permission *at;
	size_t n;
};

static enum err find_rows(struct store *store, struct sweep *sweep,
			  struct due_rows *ret)
{
	const size_t most = sweep_rows_for(sweep->room);
	struct permission *renewals, *pending;
	int64_t renewal_at = 0, pending_at = 0;
	size_t n_renewals = 0, n_pending = 0;
	enum err err = store_renewals_due(
		store, (struct due_page){sweep->now, most, &renewal_at},
		sweep->arena, &renewals, &n_renewals);

	if (!err)
		err = store_permission_requests_due(
			store, (struct due_page){sweep->now, most, &pending_at},
			sweep->arena, &pending, &n_pending);
	if (err)
		return err;
	look_again_at(sweep, renewal_at);
	look_again_at(sweep, pending_at);
	if (n_renewals == most || n_pending == most)
		look_again_at(sweep, sweep->now);
	ret->n = n_renewals + n_pending;
	ret->at = arena_array(sweep->arena, ret->n + 1, sizeof(*ret->at));
	if (n_renewals)
		memcpy(ret->at, renewals, n_renewals * sizeof(*renewals));
	if (n_pending)
		memcpy(ret->at + n_renewals, pending,
		       n_pending * sizeof(*pending));
	return ERR_OK;
}

static enum err sweep_rows(struct store *store, struct sweep *sweep)
{
	struct due_rows rows = {0};
	enum err err = find_rows(store, sweep, &rows);

	for (size_t i = 0; i < rows.n && !err; i++) {
		/* The end of a request, or the next second, looks again. */
		if (sweep->n_due == sweep->room)
			return ERR_OK;
		if (!was_seen(sweep, rows.at, i))
			err = sweep_person(store, sweep, rows.at + i,
					   rows.n - i);
	}
	return err;
}

/** Writer's thread. */
static enum err sweep_run(struct store *store, struct write_job *job)
{
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
	return err ? err : sweep_rows(store, sweep);
}

static void set_timer_ms(struct consents *consents, int64_t in_ms)
{
	loop_timer_set(consents->settings.loop, &consents->timer, in_ms);
}

static void sweep_send(struct consents *consents, struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->n_due; i++)
		permission_request_begin(consents, &sweep->due[i]);
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
	pace_give_back(consents,
		       err ? sweep->room : sweep->room - sweep->n_due);
	if (!err)
		tell_ended(consents, sweep);
	if (err) {
		log_event(LOG_EVENT_SWEEP_FAILED, NULL,
			  "what=permissions err=%s", log_text(err_text(err)));
		sweep_look_in(consents, &consents->timer, SWEEP_RETRY_S);
	} else if (consents->draining) {
		; /* recorded, not sent: asked on after the restart */
	} else {
		sweep_send(consents, sweep);
		sweep_look_at(consents, &consents->timer, sweep->next_at);
		if (consents->is_woken)
			sweep_look_in(consents, &consents->timer, 0);
		if (sweep->wait_ms && sweep->n_due == sweep->room)
			set_timer_ms(consents, sweep->wait_ms);
	}
	sweep_free(sweep);
}

static struct sweep *sweep_new(struct consents *consents)
{
	const struct consents_settings *settings = &consents->settings;
	int64_t now_ms = loop_now_ms(settings->loop);
	struct arena *arena = arena_new(0);
	struct sweep *sweep = arena_alloc(arena, sizeof(*sweep));

	sweep->arena = arena;
	sweep->job.write.run = sweep_run;
	sweep->job.over = sweep_over;
	sweep->consents = consents;
	sweep->limits = settings->asking;
	sweep->away = permission_requests_away(consents, arena, &sweep->n_away);
	sweep->room = pace_take(
		consents, settings->requests_in_flight - consents->n_requests,
		&sweep->wait_ms);
	sweep->now = loop_wall_s(settings->loop);
	sweep->expire = now_ms >= consents->expire_at_ms;
	if (sweep->expire)
		consents->expire_at_ms = now_ms + EXPIRE_MS;
	return sweep;
}

void sweep_start(struct consents *consents)
{
	const struct consents_settings *settings = &consents->settings;
	struct sweep *sweep;

	if (consents->draining)
		return;
	consents->is_woken = consents->sweep != NULL;
	if (consents->sweep ||
	    consents->n_requests >= settings->requests_in_flight)
		return;
	/* Permission requests can wait, better than other requests. */
	if (settings->is_busy && settings->is_busy(settings->edge)) {
		sweep_look_in(consents, &consents->timer, SWEEP_BUSY_S);
		return;
	}
	sweep = sweep_new(consents);
	if (sweep->room == 0 && !sweep->expire) {
		set_timer_ms(consents, sweep->wait_ms);
		sweep_free(sweep);
		return;
	}
	loop_timer_clear(settings->loop, &consents->timer);
	if (job_group_submit(&consents->jobs, &sweep->job, STORE_JOB_USUAL)) {
		pace_give_back(consents, sweep->room);
		sweep_free(sweep);
		sweep_look_in(consents, &consents->timer, SWEEP_RETRY_S);
		return;
	}
	consents->sweep = sweep;
}
