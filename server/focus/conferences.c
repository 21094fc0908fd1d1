/* All conferences: those that run, and those that are over. */
#include "server/focus/focus_private.h"

#include "server/base/random.h"

/** How often it is looked whether an answered call has outlived its yes. */
#define EXPIRY_LOOK_MS 1000

static struct hash128 id_key(const struct conferences *conferences,
			     const char *id)
{
	return hash_128(&conferences->hash_key, id, strlen(id));
}

struct conference_room *room_find(const struct conferences *conferences,
				  const char *id)
{
	struct hash_entry *entry =
		hash_table_find(&conferences->by_id, id_key(conferences, id));

	return entry ? (struct conference_room
				*)(void *)((char *)entry -
					   offsetof(struct conference_room,
						    by_id))
		     : NULL;
}

/* ---- one of them comes and goes ----------------------------------------- */

static void room_set_name(struct conference_room *room)
{
	room->by_id.key = id_key(room->conferences, room->id);
	hash_table_add(&room->conferences->by_id, &room->by_id);
	room->user = arena_printf(room->arena, "%s%s", CONFERENCE_USER_PREFIX,
				  room->id);
	room->uri = arena_printf(room->arena, "sip:%s@%s;gr", room->user,
				 room->domain);
}

/* As it is told: with its domain beside the first. */
static const char *service_label(struct arena *arena,
				 const struct room_order *order)
{
	const struct service *service = order->service;

	return service && service->domain
		       ? arena_printf(arena, "%s@%s", service->name,
				      service->domain)
		       : arena_strdup(arena, order->service_name);
}

bool service_is(const struct service *service, const char *label)
{
	size_t len = strlen(service->name);

	if (strncmp(label, service->name, len) != 0)
		return false;
	return service->domain
		       ? label[len] == '@' &&
				 strcmp(label + len + 1, service->domain) == 0
		       : label[len] == '\0';
}

/* That of its service, also of one that a former process left. */
static const char *domain_of(const struct conferences *conferences,
			     const char *label)
{
	const char *at = strchr(label, '@');

	return at ? at + 1 : conferences->settings.domain;
}

static void room_name(struct conference_room *room)
{
	struct conferences *conferences = room->conferences;
	uint8_t random[CONFERENCE_ID_LEN / 2];

	do {
		random_bytes(random, sizeof(random));
		hex_encode(random, sizeof(random), room->id);
	} while (room_find(conferences, room->id));
	room_set_name(room);
}

static void creator_is_gone(void *arg)
{
	room_finish(arg, CONFERENCE_END_CREATOR);
}

static void alone_too_long(void *arg)
{
	room_finish(arg, CONFERENCE_END_ALONE);
}

static void time_is_over(void *arg)
{
	room_finish(arg, CONFERENCE_END_DURATION);
}

static int at_most(int wanted, int most)
{
	return wanted > 0 && wanted < most ? wanted : most;
}

/* A subject is shown to people: one line, and no longer than it may be. */
static const char *clean(struct arena *arena, const char *subject)
{
	struct view rest = view_of(subject);
	struct text text;

	if (!subject)
		return NULL;
	text_init(&text, arena);
	while (rest.len) {
		size_t len = view_utf8_length(rest);

		if (text.len + len > CONFERENCE_SUBJECT_MAX)
			break;
		if (len > 1 || (len == 1 && (unsigned char)*rest.at >= ' ' &&
				*rest.at != 0x7f))
			text_add_bytes(&text, rest.at, len);
		rest = view_from(rest, len ? len : 1);
	}
	return text.len ? text.at : NULL;
}

static enum conference_end_when end_rule(const struct conferences *conferences,
					 const struct room_order *order)
{
	if (order->end_when != CONFERENCE_END_WHEN_DEFAULT)
		return order->end_when;
	return order->by_rest ? CONFERENCE_END_WHEN_LAST_LEAVES
			      : conferences->settings.end_when;
}

/* It goes to the disk: without tokens. */
static const char *call_id_of(struct arena *arena, const char *call_id)
{
	char *copy;

	if (!call_id)
		return "";
	copy = arena_strdup(arena, call_id);
	token_blot(copy);
	return copy;
}

struct conference_room *room_make(struct conferences *conferences,
				  const struct room_order *order)
{
	const struct conferences_settings *settings = &conferences->settings;
	struct arena *arena = arena_new(0);
	struct conference_room *room = arena_alloc(arena, sizeof(*room));

	room->conferences = conferences;
	room->arena = arena;
	TAILQ_INIT(&room->parties);
	TAILQ_INIT(&room->queue);
	LIST_INIT(&room->callers);
	room->service_name = service_label(arena, order);
	room->domain = domain_of(conferences, room->service_name);
	room_name(room);
	room->number = ++conferences->last_number;
	room->version = 1;
	room->service = order->service;
	room->subject = clean(arena, order->subject);
	room->call_id = call_id_of(arena, order->call_id);
	room->source = order->source ? arena_strdup(arena, order->source) : "";
	room->by_rest = order->by_rest;
	room->is_locked = order->is_locked;
	room->end_when = end_rule(conferences, order);
	room->ring_s = at_most(order->ring_s, settings->ring_s);
	room->duration_s = at_most(order->duration_s, settings->duration_s);
	room->created_at = loop_wall_s(settings->loop);
	room->max_forwards = 70;
	room->breadth = (struct breadth){0};
	if (order->sender) {
		room->caller = caller_of(room, order->sender);
		room->sender = room->caller->key;
		room->has_account = order->sender->method == IDENTITY_DIGEST &&
				    !order->by_rest;
	}
	loop_timer_init(&room->creator_timer, creator_is_gone, room);
	loop_timer_init(&room->alone_timer, alone_too_long, room);
	loop_timer_init(&room->duration_timer, time_is_over, room);
	TAILQ_INSERT_TAIL(&conferences->running, room, link);
	conferences->n_running++;
	return room;
}

struct conference_room *room_restore(struct conferences *conferences,
				     const struct conference_row *row)
{
	const struct room_order order = {.service_name = row->service,
					 .subject = row->subject};
	struct conference_room *room = room_make(conferences, &order);

	hash_table_remove(&conferences->by_id, &room->by_id);
	snprintf(room->id, sizeof(room->id), "%s", row->id);
	room_set_name(room);
	room->sender = arena_strdup(room->arena, row->sender);
	room->created_at = row->created_at;
	room->ended_at = loop_wall_s(conferences->settings.loop);
	room->state = CONFERENCE_ENDED;
	room->ended_by = CONFERENCE_END_RESTART;
	room->is_known = true;
	return room;
}

void room_set_subject(struct conference_room *room, const char *subject)
{
	room->subject = clean(room->arena, subject);
	room_compose(room);
}

static void room_free(struct conference_room *room)
{
	struct caller *caller;

	hash_table_remove(&room->conferences->by_id, &room->by_id);
	room_clocks_clear(room);
	loop_timer_clear(room->conferences->settings.loop, &room->row_timer);
	while ((caller = LIST_FIRST(&room->callers))) {
		LIST_REMOVE(caller, link);
		arena_free(caller->arena);
	}
	mime_tail_drop(room->history);
	arena_free(room->arena);
}

void room_discard(struct conference_room *room)
{
	struct conferences *conferences = room->conferences;
	struct conference_party *party;

	TAILQ_FOREACH(party, &room->parties, link)
	{
		dialout_remove(party);
		party_close_media(party);
	}
	if (room->mixing && mixer_conference_close(conferences->settings.mixer,
						   room->mixing, NULL, NULL))
		err_fatal("the mixer did not know a conference");
	TAILQ_REMOVE(&conferences->running, room, link);
	conferences->n_running--;
	room_free(room);
}

/* ---- those that are over ------------------------------------------------ */

static void over_drop(struct conferences *conferences,
		      struct conference_room *room)
{
	TAILQ_REMOVE(&conferences->over, room, link);
	conferences->n_over--;
	conferences->n_over_parties -= room->n_parties;
	room_free(room);
}

/* The oldest first; one that a job points to waits for it. */
static void over_trim(struct conferences *conferences)
{
	int64_t now = loop_wall_s(conferences->settings.loop);
	struct conference_room *room;

	while ((room = TAILQ_FIRST(&conferences->over)) && room->n_held == 0) {
		if (conferences->n_over <= OVER_KEPT_MAX &&
		    conferences->n_over_parties <= OVER_PARTIES_MAX &&
		    now - room->ended_at < OVER_KEPT_S)
			return;
		over_drop(conferences, room);
	}
}

void room_bury(struct conference_room *room)
{
	struct conferences *conferences = room->conferences;

	TAILQ_REMOVE(&conferences->running, room, link);
	conferences->n_running--;
	TAILQ_INSERT_TAIL(&conferences->over, room, link);
	conferences->n_over++;
	conferences->n_over_parties += room->n_parties;
	over_trim(conferences);
}

void room_hold(struct conference_room *room)
{
	room->n_held++;
}

/* One that nobody has heard of goes when the last job is back. */
void room_unhold(struct conference_room *room)
{
	struct conferences *conferences = room->conferences;

	if (--room->n_held > 0 || room->state != CONFERENCE_ENDED)
		return;
	if (!room->is_known)
		over_drop(conferences, room);
	else
		over_trim(conferences);
}

/* ---- time --------------------------------------------------------------- */

static void look(void *arg)
{
	struct conferences *conferences = arg;

	if (conferences->settings.expiry_ends_calls)
		conferences_reconsider(conferences);
	over_trim(conferences);
	loop_timer_set(conferences->settings.loop, &conferences->look_timer,
		       EXPIRY_LOOK_MS);
}

/* ---- what the mixer tells ----------------------------------------------- */

static struct hash128 participant_key(const struct conferences *conferences,
				      uint64_t participant)
{
	return hash_128(&conferences->hash_key, &participant,
			sizeof(participant));
}

void participants_add(struct conference_party *party)
{
	struct conferences *conferences = party->room->conferences;

	party->by_participant.key =
		participant_key(conferences, party->participant);
	hash_table_add(&conferences->by_participant, &party->by_participant);
}

void participants_remove(struct conference_party *party)
{
	hash_table_remove(&party->room->conferences->by_participant,
			  &party->by_participant);
}

struct conference_party *
participants_find(const struct conferences *conferences, uint64_t participant)
{
	struct hash_entry *entry =
		hash_table_find(&conferences->by_participant,
				participant_key(conferences, participant));

	return entry ? (struct conference_party
				*)(void *)((char *)entry -
					   offsetof(struct conference_party,
						    by_participant))
		     : NULL;
}

/* ---- the room ----------------------------------------------------------- */

struct conferences *conferences_new(const struct conferences_settings *settings)
{
	struct conferences *conferences = mem_alloc(sizeof(*conferences));
	const struct refusals_settings refusals = {
		.loop = settings->loop,
		.writer = settings->writer,
		.jobs = &conferences->jobs,
		.keep_done_s = settings->keep_done_s};

	conferences->settings = *settings;
	conferences->jobs.writer = settings->writer;
	conferences->refusals = refusals_new(&refusals);
	TAILQ_INIT(&conferences->running);
	TAILQ_INIT(&conferences->over);
	TAILQ_INIT(&conferences->dialling);
	TAILQ_INIT(&conferences->idle_gates);
	TAILQ_INIT(&conferences->records);
	random_bytes(&conferences->hash_key, sizeof(conferences->hash_key));
	hash_table_init(&conferences->by_id);
	hash_table_init(&conferences->by_participant);
	hash_table_init(&conferences->unheard);
	hash_table_init(&conferences->gates);
	dialout_start(conferences);
	loop_timer_init(&conferences->look_timer, look, conferences);
	loop_timer_set(settings->loop, &conferences->look_timer,
		       EXPIRY_LOOK_MS);
	return conferences;
}

bool conferences_are_full(const struct conferences *conferences)
{
	return conferences->n_running >= conferences->settings.conferences_max;
}

void conferences_drain(struct conferences *conferences)
{
	struct conference_room *room, *next;

	conferences->is_draining = true;
	refusals_stop(conferences->refusals);
	for (room = TAILQ_FIRST(&conferences->running); room; room = next) {
		next = TAILQ_NEXT(room, link);
		room_finish(room, CONFERENCE_END_STOP);
	}
}

bool conferences_idle(const struct conferences *conferences)
{
	return conferences->n_running == 0 && conferences->jobs.n_out == 0;
}

void conferences_listen(struct conferences *conferences,
			struct conference_listener *listener)
{
	listener->next = conferences->listeners;
	conferences->listeners = listener;
}

void conferences_gauges(const struct conferences *conferences,
			struct conference_gauges *ret)
{
	const struct conference_room *room;
	const struct conference_party *party;

	*ret = (struct conference_gauges){.n_conferences =
						  conferences->n_running};
	TAILQ_FOREACH(room, &conferences->running, link)
	{
		TAILQ_FOREACH(party, &room->parties, link)
		{
			ret->n_parties[party->state]++;
			ret->n_waiting += party->is_queued;
		}
	}
}

static void rooms_free(struct room_list *rooms)
{
	struct conference_room *room;
	struct conference_party *party;

	while ((room = TAILQ_FIRST(rooms))) {
		TAILQ_REMOVE(rooms, room, link);
		TAILQ_FOREACH(party, &room->parties, link)
		{
			loop_timer_clear(room->conferences->settings.loop,
					 &party->timer);
			if (party->request)
				request_free(party->request);
			party_leave_host(party);
		}
		room_free(room);
	}
}

static void conferences_destroy(void *arg)
{
	struct conferences *conferences = arg;

	rows_free_jobs(conferences);
	refusals_free(conferences->refusals);
	dialout_gates_free(conferences);
	rooms_free(&conferences->running);
	rooms_free(&conferences->over);
	callers_free(conferences);
	restart_free(conferences);
	hash_table_release(&conferences->by_id);
	hash_table_release(&conferences->by_participant);
	hash_table_release(&conferences->unheard);
	hash_table_release(&conferences->gates);
	free(conferences->views);
	free(conferences);
}

/* Sessions are told nothing any more; those that go after us free themselves.
 */
void conferences_free(struct conferences *conferences)
{
	if (!conferences)
		return;
	conferences->is_stopped = true;
	refusals_stop(conferences->refusals);
	order_works_free(conferences);
	lists_drop(conferences->settings.lists, conferences);
	loop_timer_clear(conferences->settings.loop, &conferences->look_timer);
	dialout_stop(conferences);
	restart_stop(conferences);
	job_group_close(&conferences->jobs, conferences_destroy, conferences);
}
