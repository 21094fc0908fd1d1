/* What REST and REFER ask for: conferences, and who is in them. */
#include "server/focus/focus_private.h"

#include "server/base/log.h"

#define SOURCE_ROOM 80 /* of "rest:" and the name of a token */

struct order_work *order_work_new(struct conference_room *room,
				  const struct order_answer *to)
{
	struct order_work *work = mem_alloc(sizeof(*work));

	work->room = room;
	work->to = *to;
	LIST_INSERT_HEAD(&room->conferences->works, work, link);
	room_hold(room);
	return work;
}

void order_work_free(struct order_work *work)
{
	LIST_REMOVE(work, link);
	free(work->parties);
	free(work);
}

/* Who waits is told that it will not be done. */
void order_works_free(struct conferences *conferences)
{
	static const struct conference_result stopping = {.err = ERR_SHUTDOWN,
							  .sip_status = 503,
							  .reason = "Stopping",
							  .index = SIZE_MAX};
	struct order_work *work;

	while ((work = LIST_FIRST(&conferences->works))) {
		work->to.done(work->to.arg, &stopping);
		order_work_free(work);
	}
}

/* ---- answers ------------------------------------------------------------- */

static void answer(const struct order_answer *to,
		   const struct conference_result *result)
{
	to->done(to->arg, result);
}

void order_refuse(const struct order_answer *to, enum err err, int status,
		  const char *reason)
{
	const struct conference_result result = {.err = err,
						 .sip_status = status,
						 .reason = reason,
						 .index = SIZE_MAX};

	answer(to, &result);
}

void order_refuse_limit(const struct order_answer *to,
			const struct conference_limit *limit)
{
	const struct conference_result result = {.err = ERR_BUSY,
						 .sip_status = limit->status,
						 .reason = limit->reason,
						 .index = SIZE_MAX,
						 .retry_after_s =
							 limit->retry_after_s};

	answer(to, &result);
}

void order_accept(const struct order_answer *to, struct conference_room *room)
{
	struct conference_view view = room_view(room);
	const struct conference_result result = {
		.sip_status = 200, .index = SIZE_MAX, .conference = &view};

	answer(to, &result);
}

void order_work_answer(struct order_work *work, enum err err)
{
	struct conference_view view = room_view(work->room);
	struct arena *arena = arena_new(0);
	uint64_t *added =
		arena_array(arena, work->n_parties + 1, sizeof(*added));
	const struct conference_result result = {
		.err = err,
		.sip_status = err ? 503 : 200,
		.reason = err ? "Cannot Store Now" : NULL,
		.index = SIZE_MAX,
		.retry_after_s = err ? 30 : 0,
		.conference = err ? NULL : &view,
		.added = added,
		.n_added = work->n_parties};

	for (size_t i = 0; i < work->n_parties; i++)
		added[i] = work->parties[i]->id;
	answer(&work->to, &result);
	arena_free(arena);
	order_work_free(work);
}

/* ---- a conference -------------------------------------------------------- */

static const struct service *
service_find(const struct conferences_settings *settings, const char *name)
{
	for (size_t i = 0; name && i < settings->n_services; i++) {
		const struct service *service = &settings->services[i];

		if (!service_is(service, name))
			continue;
		for (size_t j = 0; j < service->n_methods; j++) {
			if (strcmp(service->methods[j], "INVITE") == 0)
				return service;
		}
	}
	return NULL;
}

bool conferences_rest_calls_for(const struct conferences *conferences,
				const char *sender)
{
	const struct conferences_settings *settings = &conferences->settings;

	for (size_t i = 0; i < settings->n_rest_senders; i++) {
		if (strcmp(settings->rest_senders[i], sender) == 0)
			return true;
	}
	return false;
}

static void created_over(struct row_job *job)
{
	struct order_work *work = job->arg;
	struct conference_room *room = job->room;
	enum err err = job->store_job.write.err;

	if (!err && room->state != CONFERENCE_WAITING)
		err = ERR_SHUTDOWN;
	if (err) {
		room_finish(room, CONFERENCE_END_STORE);
	} else {
		room->is_known = true;
		log_event(LOG_EVENT_CONFERENCE_CREATED, NULL,
			  "conference=%s service=%s sender=%s parties=%zu "
			  "by=rest",
			  room->id, log_text(room->service_name),
			  log_text(room->sender), room->n_parties);
		room_tell(room, CONFERENCE_EVENT_CREATED);
	}
	order_work_answer(work, err);
	room_live(room);
	room_unhold(room);
}

/* Who is granted, or why not. */
static bool fill_room(struct conference_room *room,
		      const struct conference_order *order,
		      struct order_work *work, struct callees *callees)
{
	struct conferences *conferences = room->conferences;
	const struct callees_order wanted = {
		.entries = order->entries,
		.n_entries = order->n_entries,
		.missing = missing_of(room->service, order->missing),
		.query = room->caller->query};

	if (!callees_read(conferences, &wanted, callees))
		return false;
	work->parties = mem_alloc((callees->recipients.n + 1) *
				  sizeof(struct conference_party *));
	work->n_parties =
		callees_add(callees, room, room->caller, work->parties);
	room_compose(room);
	room_write_history(room, &callees->recipients);
	return true;
}

static void create(struct conferences *conferences,
		   const struct conference_order *order,
		   const struct room_order *room_order,
		   const struct order_answer *to)
{
	struct conference_room *room = room_make(conferences, room_order);
	struct order_work *work = order_work_new(room, to);
	struct callees callees;

	if (fill_room(room, order, work, &callees)) {
		callees_release(&callees);
		rows_add_room(room, NULL, NULL, created_over, work);
		return;
	}
	room_note_refused(room, &callees);
	order_work_free(work);
	room_discard(room);
	answer(to, &callees.refusal);
	callees_release(&callees);
}

static void create_for(struct conferences *conferences,
		       const struct conference_order *order, const char *sender,
		       const struct order_answer *to)
{
	const struct service *service =
		service_find(&conferences->settings, order->service);
	const struct identity identity = {IDENTITY_DIGEST, {sender, NULL}};
	char source[SOURCE_ROOM];
	const struct room_order room_order = {.service = service,
					      .service_name = order->service,
					      .sender = &identity,
					      .subject = order->subject,
					      .source = source,
					      .by_rest = true,
					      .is_locked = order->is_locked,
					      .end_when = order->end_when,
					      .ring_s = order->ring_s,
					      .duration_s = order->duration_s};
	struct conference_limit limit;

	snprintf(source, sizeof(source), "rest:%s",
		 order->token ? order->token : "");
	if (!service) {
		order_refuse(to, ERR_UNKNOWN, 404, "No Such Service");
		return;
	}
	if (!conferences_rest_calls_for(conferences, sender)) {
		order_refuse(to, ERR_FORBIDDEN, 403, "Not A Sender Of REST");
		return;
	}
	limit = conferences_limit(conferences, sender, order->n_entries);
	if (limit.status)
		order_refuse_limit(to, &limit);
	else
		create(conferences, order, &room_order, to);
}

void conferences_create(struct conferences *conferences,
			const struct conference_order *order,
			conference_done_fn *done, void *arg)
{
	const struct order_answer to = {done, arg};
	struct arena *arena = arena_new(0);
	const char *sender;

	if (conferences->is_draining)
		order_refuse(&to, ERR_SHUTDOWN, 503, "Stopping");
	else if (order->subject &&
		 strlen(order->subject) > CONFERENCE_SUBJECT_MAX)
		order_refuse(&to, ERR_TOO_LARGE, 413, "Subject Too Long");
	else if (order->n_entries > conferences->settings.parties_max)
		order_refuse(&to, ERR_TOO_LARGE, 413, "Too Many Parties");
	else if (uri_key(arena, view_of(order->sender), &sender))
		order_refuse(&to, ERR_FORBIDDEN, 403, "Not A Sender Of REST");
	else
		create_for(conferences, order, sender, &to);
	arena_free(arena);
}

/* ---- what may be done with one that runs --------------------------------- */

struct conference_room *order_running(struct conferences *conferences,
				      const char *id,
				      const struct order_answer *to)
{
	struct conference_room *room = room_find_known(conferences, id);

	if (!room)
		order_refuse(to, ERR_UNKNOWN, 404, "No Such Conference");
	else if (room->state != CONFERENCE_LIVE)
		order_refuse(to, ERR_CONFLICT, 480, "Conference Is Over");
	else
		return room;
	return NULL;
}

static void mute_all(struct conference_room *room, bool is_muted)
{
	struct conference_party *party;

	if (room->is_muted == is_muted)
		return;
	room->is_muted = is_muted;
	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (party->is_joined && party_is_there(party) &&
		    party_set_controls(party, NULL, NULL) == ERR_OK)
			party_tell(party, PARTY_EVENT_MUTED);
	}
}

void conference_change(struct conferences *conferences, const char *id,
		       const struct conference_patch *patch,
		       conference_done_fn *done, void *arg)
{
	const struct order_answer to = {done, arg};
	struct conference_room *room = order_running(conferences, id, &to);

	if (!room)
		return;
	if (patch->subject && strlen(patch->subject) > CONFERENCE_SUBJECT_MAX) {
		order_refuse(&to, ERR_TOO_LARGE, 413, "Subject Too Long");
		return;
	}
	if (patch->subject)
		room_set_subject(room, patch->subject);
	if (patch->locked >= 0)
		room->is_locked = patch->locked != 0;
	if (patch->muted >= 0)
		mute_all(room, patch->muted != 0);
	room_tell(room, CONFERENCE_EVENT_CHANGED);
	order_accept(&to, room);
}

void conference_end(struct conferences *conferences, const char *id,
		    conference_done_fn *done, void *arg)
{
	const struct order_answer to = {done, arg};
	struct conference_room *room = room_find_known(conferences, id);

	if (!room) {
		order_refuse(&to, ERR_UNKNOWN, 404, "No Such Conference");
		return;
	}
	room_hold(room);
	room_finish(room, CONFERENCE_END_OPERATOR);
	order_accept(&to, room);
	room_unhold(room);
}

/* ---- measuring ----------------------------------------------------------- */

static void measured_all(struct order_work *work)
{
	struct conference_room *room = work->room;

	if (--work->n_left > 0)
		return;
	order_work_answer(work, ERR_OK);
	room_unhold(room);
}

static void measured(void *arg, uint64_t participant,
		     const struct media_stats *stats)
{
	struct order_work *work = arg;
	struct conferences *conferences = work->room->conferences;
	struct conference_party *party =
		participants_find(conferences, participant);

	if (party) {
		party->stats = *stats;
		party->measured_at = loop_wall_s(conferences->settings.loop);
	}
	measured_all(work);
}

void conference_measure(struct conferences *conferences, const char *id,
			conference_done_fn *done, void *arg)
{
	const struct order_answer to = {done, arg};
	struct conference_room *room = room_find_known(conferences, id);
	struct conference_party *party;
	struct order_work *work;

	if (!room) {
		order_refuse(&to, ERR_UNKNOWN, 404, "No Such Conference");
		return;
	}
	work = order_work_new(room, &to);
	work->n_left = 1;
	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (party->participant &&
		    mixer_measure(conferences->settings.mixer,
				  party->participant, measured, work) == ERR_OK)
			work->n_left++;
	}
	measured_all(work);
}
