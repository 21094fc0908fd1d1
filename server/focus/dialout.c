/* Who is called when: the gates of policies/dialout, and conferences in turn.
 */
#include "server/focus/focus_private.h"

/** Gates that nobody uses are remembered: their buckets, and pauses. */
#define IDLE_GATES_MAX 4096
/** Starts of one turn of the loop: who answers waits no longer than that. */
#define STARTS_PER_TURN 16
/** Nobody is called while more have answered and wait for ACK. */
#define WAIT_FOR_ACK_MAX 16

/** How often it is asked whether somebody was told of the permission. */
#define UNTOLD_LOOK_MS 50

/* ---- gates --------------------------------------------------------------- */

static struct shared_gate *gate_take(struct conferences *conferences,
				     struct view name)
{
	struct hash128 key =
		hash_128(&conferences->hash_key, name.at, name.len);
	struct shared_gate *gate =
		(struct shared_gate *)(void *)hash_table_find(
			&conferences->gates, key);

	if (!gate) {
		gate = mem_alloc(sizeof(*gate));
		gate->entry.key = key;
		hash_table_add(&conferences->gates, &gate->entry);
	} else if (gate->n_users == 0) {
		TAILQ_REMOVE(&conferences->idle_gates, gate, idle);
		conferences->n_idle_gates--;
	}
	gate->n_users++;
	return gate;
}

static void gate_forget(struct conferences *conferences,
			struct shared_gate *gate)
{
	TAILQ_REMOVE(&conferences->idle_gates, gate, idle);
	conferences->n_idle_gates--;
	hash_table_remove(&conferences->gates, &gate->entry);
	free(gate);
}

static void gate_drop(struct conferences *conferences, struct shared_gate *gate)
{
	if (--gate->n_users > 0)
		return;
	TAILQ_INSERT_TAIL(&conferences->idle_gates, gate, idle);
	if (++conferences->n_idle_gates > IDLE_GATES_MAX)
		gate_forget(conferences, TAILQ_FIRST(&conferences->idle_gates));
}

void dialout_gates_free(struct conferences *conferences)
{
	struct conference_room *room;
	struct conference_party *party;

	TAILQ_FOREACH(room, &conferences->running, link)
	{
		TAILQ_FOREACH(party, &room->parties, link)
		{
			party->session = NULL; /* nobody tells us any more */
			dialout_remove(party);
		}
	}
	while (conferences->n_idle_gates > 0)
		gate_forget(conferences, TAILQ_FIRST(&conferences->idle_gates));
}

/* Hosts and people have names that cannot meet: a key has a scheme. */
static void gates_take(struct conference_party *party)
{
	struct conferences *conferences = party->room->conferences;
	char person[URI_KEY_ROOM];
	const char *key =
		uri_key_person(party->key, person) ? person : party->key;

	party->destination = gate_take(conferences, uri_key_domain(party->key));
	party->recipient = gate_take(conferences, view_of(key));
}

static void gates_drop(struct conference_party *party)
{
	struct conferences *conferences = party->room->conferences;

	if (!party->destination)
		return;
	gate_drop(conferences, party->destination);
	gate_drop(conferences, party->recipient);
	party->destination = party->recipient = NULL;
}

static struct dialout_call call_of(struct conference_party *party)
{
	struct conference_room *room = party->room;

	return (struct dialout_call){.relay = &room->conferences->relay_gate,
				     .conference = &room->gate,
				     .destination = &party->destination->gate,
				     .recipient = &party->recipient->gate,
				     .breadth = (int)room->breadth.window};
}

/* ---- the queue ----------------------------------------------------------- */

static void room_enter(struct conference_room *room)
{
	if (room->is_dialling)
		return;
	room->is_dialling = true;
	TAILQ_INSERT_TAIL(&room->conferences->dialling, room, dialling);
}

static void room_leave(struct conference_room *room)
{
	if (!room->is_dialling)
		return;
	room->is_dialling = false;
	TAILQ_REMOVE(&room->conferences->dialling, room, dialling);
}

static void unqueue(struct conference_party *party)
{
	struct conference_room *room = party->room;

	if (!party->is_queued)
		return;
	party->is_queued = false;
	TAILQ_REMOVE(&room->queue, party, queued);
	if (TAILQ_EMPTY(&room->queue))
		room_leave(room);
}

void dialout_add(struct conference_party *party)
{
	struct conference_room *room = party->room;

	gates_take(party);
	party->is_queued = true;
	TAILQ_INSERT_TAIL(&room->queue, party, queued);
	room_enter(room);
	dialout_wake(room->conferences);
}

static void stop_ringing(struct conference_party *party)
{
	struct dialout_call call;

	if (!party->is_ringing)
		return;
	party->is_ringing = false;
	call = call_of(party);
	dialout_over(&call);
	dialout_wake(party->room->conferences);
}

/* A call that was given up may still ring until its ended() comes. */
void dialout_remove(struct conference_party *party)
{
	unqueue(party);
	if (party->is_ringing && party->session)
		return;
	stop_ringing(party);
	gates_drop(party);
}

void dialout_answered(struct conference_party *party)
{
	stop_ringing(party);
	gates_drop(party);
}

void dialout_refused(struct conference_party *party, int status,
		     int retry_after_s)
{
	struct conferences *conferences = party->room->conferences;

	if (party->destination && status == 503)
		dialout_pause(&party->destination->gate, retry_after_s,
			      loop_now_ms(conferences->settings.loop));
	stop_ringing(party);
	gates_drop(party);
}

/* ---- turns --------------------------------------------------------------- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a > 0 && (b == 0 || a < b) ? a : b;
}

/* How the look for one more call ends. */
struct look {
	bool has_started;
	bool is_relay_busy; /* no other conference can, either */
	int64_t wait_ms;    /* 0: until a call ends */
};

/* The first of a conference who can be called now. */
static struct look start_one(struct conference_room *room)
{
	struct conferences *conferences = room->conferences;
	const struct dialout_limits *limits = &conferences->settings.dialout;
	int64_t now_ms = loop_now_ms(conferences->settings.loop);
	struct conference_party *party;
	struct look look = {0};

	TAILQ_FOREACH(party, &room->queue, queued)
	{
		struct dialout_call call = call_of(party);
		struct dialout_wait wait = dialout_ask(limits, &call, now_ms);

		if (wait.place == DIALOUT_NOWHERE && party_is_untold(party)) {
			look.wait_ms = sooner(UNTOLD_LOOK_MS, look.wait_ms);
			continue;
		}
		if (wait.place == DIALOUT_NOWHERE) {
			dialout_begin(limits, &call, now_ms);
			party->is_ringing = true;
			unqueue(party);
			party_dial(party);
			look.has_started = true;
			return look;
		}
		look.wait_ms = sooner(wait.wait_ms, look.wait_ms);
		look.is_relay_busy = wait.place == DIALOUT_RELAY;
		if (look.is_relay_busy || wait.place == DIALOUT_CONFERENCE)
			break;
	}
	return look;
}

/* Who has answered hears nothing before their ACK: they come first. */
void dialout_wait_for_ack(struct conference_party *party, bool waits)
{
	struct conferences *conferences = party->room->conferences;

	if (party->waits_for_ack == waits)
		return;
	party->waits_for_ack = waits;
	if (waits)
		conferences->n_wait_for_ack++;
	else if (--conferences->n_wait_for_ack == WAIT_FOR_ACK_MAX)
		dialout_wake(conferences);
}

/* One of each conference in turn, until nobody can be called. */
static void run(void *arg)
{
	struct conferences *conferences = arg;
	struct conference_room *room, *first_idle = NULL;
	int64_t wait_ms = 0;
	unsigned n_started = 0;

	if (conferences->n_wait_for_ack > WAIT_FOR_ACK_MAX)
		return;
	while ((room = TAILQ_FIRST(&conferences->dialling)) &&
	       room != first_idle && n_started < STARTS_PER_TURN) {
		struct look look;

		TAILQ_REMOVE(&conferences->dialling, room, dialling);
		TAILQ_INSERT_TAIL(&conferences->dialling, room, dialling);
		look = start_one(room);
		n_started += look.has_started;
		if (look.has_started)
			first_idle = NULL;
		else if (!first_idle)
			first_idle = room;
		wait_ms = sooner(look.wait_ms, wait_ms);
		if (look.is_relay_busy)
			break;
	}
	if (n_started == STARTS_PER_TURN)
		dialout_wake(conferences);
	else if (wait_ms > 0)
		loop_timer_set(conferences->settings.loop,
			       &conferences->dialout_timer, wait_ms);
}

void dialout_wake(struct conferences *conferences)
{
	if (!conferences->is_stopped && !TAILQ_EMPTY(&conferences->dialling))
		loop_task_add(conferences->settings.loop,
			      &conferences->dialout_task);
}

static void timer_fired(void *arg)
{
	dialout_wake(arg);
}

void dialout_start(struct conferences *conferences)
{
	conferences->dialout_task =
		(struct loop_task){.run = run, .arg = conferences};
	loop_timer_init(&conferences->dialout_timer, timer_fired, conferences);
}

void dialout_stop(struct conferences *conferences)
{
	loop_task_remove(conferences->settings.loop,
			 &conferences->dialout_task);
	loop_timer_clear(conferences->settings.loop,
			 &conferences->dialout_timer);
}
