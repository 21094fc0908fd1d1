/* What REST and REFER ask for somebody in a conference, or to be in it. */
#include "server/focus/focus_private.h"

/** As the mixer takes it. */
#define VOLUME_MIN (-40)
#define VOLUME_MAX 20

/* ---- more of them -------------------------------------------------------- */

static void fail_all(struct order_work *work)
{
	static const struct farewell farewell = {.left = PARTY_LEFT_FAILED,
						 .status = 503,
						 .text = "Cannot Store Now"};

	for (size_t i = 0; i < work->n_parties; i++)
		party_let_go(work->parties[i], &farewell);
}

static void added_over(struct row_job *job)
{
	struct order_work *work = job->arg;
	struct conference_room *room = job->room;
	enum err err = job->store_job.write.err;

	if (!err && room->state != CONFERENCE_LIVE)
		err = ERR_SHUTDOWN;
	if (err)
		fail_all(work);
	for (size_t i = 0; !err && i < work->n_parties; i++) {
		if (party_is_there(work->parties[i]))
			party_queue(work->parties[i]);
	}
	order_work_answer(work, err);
	room_check(room);
	room_unhold(room);
}

static void add_all(struct order_work *work)
{
	const struct party_array parties = {work->parties, work->n_parties};

	rows_add_parties(work->room, &parties, added_over, work);
}

/* Nothing is there to wait for any more. */
static void work_refuse(struct order_work *work,
			const struct conference_result *result)
{
	struct conference_room *room = work->room;

	work->to.done(work->to.arg, result);
	order_work_free(work);
	room_unhold(room);
}

static const struct conference_result all_there = {
	.err = ERR_CONFLICT,
	.sip_status = 200,
	.reason = "They Are There Already",
	.index = SIZE_MAX};

/* Full is what the conference is, and no rate of anybody's. */
static struct conference_result over(const struct conference_limit *limit,
				     bool is_full)
{
	return (struct conference_result){
		.err = is_full ? ERR_CONFLICT : ERR_BUSY,
		.sip_status = limit->status,
		.reason = limit->reason,
		.index = SIZE_MAX,
		.retry_after_s = is_full ? 0 : limit->retry_after_s};
}

static void add(struct order_work *work, struct caller *caller,
		const struct conference_addition *addition)
{
	struct conference_room *room = work->room;
	const struct callees_order wanted = {
		.entries = addition->entries,
		.n_entries = addition->n_entries,
		.missing = missing_of(room->service, addition->missing),
		.query = caller->query};
	bool is_full;
	struct conference_limit limit =
		room_limit(room, addition->n_entries, &is_full);
	struct conference_result refusal = over(&limit, is_full);
	struct callees callees;
	bool is_fine;

	if (limit.status) {
		work_refuse(work, &refusal);
		return;
	}
	is_fine = callees_read(room->conferences, &wanted, &callees);
	if (is_fine) {
		work->parties = mem_alloc((callees.recipients.n + 1) *
					  sizeof(struct conference_party *));
		work->n_parties =
			callees_add(&callees, room, caller, work->parties);
	}
	if (!is_fine)
		room_note_refused(room, &callees);
	if (!is_fine)
		work_refuse(work, &callees.refusal);
	else if (work->n_parties == 0)
		work_refuse(work, &all_there);
	else
		add_all(work);
	callees_release(&callees);
}

/* An operator may end a conference that somebody made by SIP, but not have
 * people called in their name. */
static bool rest_may_call(const struct caller *caller,
			  const struct conference_room *room,
			  const struct order_answer *to)
{
	if (conferences_rest_calls_for(room->conferences, caller->key))
		return true;
	order_refuse(to, ERR_FORBIDDEN, 403, "Not A Sender Of REST");
	return false;
}

static struct conference_access access_of(const struct conference_room *room,
					  const struct conference_actor *actor)
{
	struct conference_access access = {
		.role = ROLE_OPERATOR, .rules = {.is_locked = room->is_locked}};

	if (!actor->is_operator &&
	    conference_access(room->conferences, room->id, actor->who,
			      &access) != ERR_OK)
		access.role = ROLE_STRANGER;
	if (!actor->is_operator && actor->party)
		access.party = actor->party;
	return access;
}

void conference_add(struct conferences *conferences, const char *id,
		    const struct conference_addition *addition,
		    conference_done_fn *done, void *arg)
{
	const struct conference_actor *actor = &addition->actor;
	const struct order_answer to = {done, arg};
	struct conference_room *room = order_running(conferences, id, &to);
	struct conference_access access;

	if (!room)
		return;
	access = access_of(room, actor);
	if (!conference_may(access.role, ACT_ADD, &access.rules)) {
		order_refuse(&to, ERR_FORBIDDEN, 403, "May Not Add");
		return;
	}
	if (actor->is_operator && !rest_may_call(room->caller, room, &to))
		return;
	add(order_work_new(room, &to),
	    actor->is_operator ? room->caller : caller_of(room, actor->who),
	    addition);
}

/* ---- one of them --------------------------------------------------------- */

static struct conference_party *running_party(struct conference_room *room,
					      uint64_t id,
					      const struct order_answer *to)
{
	struct conference_party *party = party_find(room, id);

	if (party)
		return party;
	order_refuse(to, ERR_UNKNOWN, 404, "No Such Party");
	return NULL;
}

void party_redial(struct conferences *conferences, const char *id,
		  uint64_t party_id, conference_done_fn *done, void *arg)
{
	const struct order_answer to = {done, arg};
	struct conference_room *room = order_running(conferences, id, &to);
	struct conference_party *party =
		room ? running_party(room, party_id, &to) : NULL;
	struct conference_entry entry;
	const struct conference_addition addition = {
		.entries = &entry,
		.n_entries = 1,
		.missing = CONFERENCE_MISSING_REFUSES};

	if (!party)
		return;
	if (!party->is_dialled_out || party_is_there(party)) {
		order_refuse(&to, ERR_CONFLICT, 403, "They Are There Already");
		return;
	}
	if (!rest_may_call(party->caller, room, &to))
		return;
	entry = (struct conference_entry){.uri = party->uri,
					  .display_name = party->display_name,
					  .copy = party->is_hidden ? COPY_BCC
								   : COPY_TO,
					  .is_muted = party->is_muted};
	add(order_work_new(room, &to), party->caller, &addition);
}

static void remove_party(struct conference_room *room,
			 const struct party_removal *removal,
			 const struct order_answer *to)
{
	const struct conference_actor *actor = &removal->actor;
	struct conference_party *party =
		running_party(room, removal->party, to);
	struct conference_access access;
	struct farewell farewell = {.left = PARTY_LEFT_BOOTED,
				    .reason = REASON_REMOVED};
	bool is_own;

	if (!party)
		return;
	access = access_of(room, actor);
	is_own = !actor->is_operator && access.party == removal->party;
	if (!conference_may(access.role, is_own ? ACT_LEAVE : ACT_REMOVE,
			    &access.rules)) {
		order_refuse(to, ERR_FORBIDDEN, 403, "May Not Remove");
		return;
	}
	if (is_own)
		farewell.left = PARTY_LEFT_DEPARTED;
	room_hold(room);
	party_let_go(party, &farewell);
	mixer_settle(room->conferences->settings.mixer);
	room_check(room);
	order_accept(to, room);
	room_unhold(room);
}

void party_remove(struct conferences *conferences, const char *id,
		  const struct party_removal *removal, conference_done_fn *done,
		  void *arg)
{
	const struct order_answer to = {done, arg};
	struct conference_room *room = order_running(conferences, id, &to);

	if (room)
		remove_party(room, removal, &to);
}

/* ---- as they hear and are heard ------------------------------------------ */

static void controlled(void *arg, uint64_t participant,
		       const struct media_stats *stats)
{
	struct order_work *work = arg;
	struct conference_room *room = work->room;

	(void)participant;
	(void)stats;
	order_work_answer(work, ERR_OK);
	room_unhold(room);
}

static void apply(struct conference_party *party,
		  const struct party_patch *patch)
{
	if (patch->muted >= 0)
		party->is_muted = patch->muted != 0;
	if (patch->deaf >= 0)
		party->is_deaf = patch->deaf != 0;
	if (patch->sets_volume)
		party->volume_db = patch->volume_db;
	party_tell(party, PARTY_EVENT_MUTED);
}

static void change_party(struct conference_room *room,
			 const struct party_patch *patch,
			 const struct order_answer *to)
{
	struct conference_party *party = running_party(room, patch->party, to);
	struct order_work *work;

	if (!party)
		return;
	if (!party_is_there(party)) {
		order_refuse(to, ERR_CONFLICT, 480, "They Are Gone");
		return;
	}
	apply(party, patch);
	if (!party->is_joined) { /* it holds when they are there */
		order_accept(to, room);
		return;
	}
	work = order_work_new(room, to);
	if (party_set_controls(party, controlled, work))
		controlled(work, party->participant, NULL);
}

void party_change(struct conferences *conferences, const char *id,
		  const struct party_patch *patch, conference_done_fn *done,
		  void *arg)
{
	const struct order_answer to = {done, arg};
	struct conference_room *room = order_running(conferences, id, &to);

	if (!room)
		return;
	if (patch->sets_volume &&
	    (patch->volume_db < VOLUME_MIN || patch->volume_db > VOLUME_MAX))
		order_refuse(&to, ERR_SYNTAX, 400, "Volume Out Of Range");
	else
		change_party(room, patch, &to);
}
