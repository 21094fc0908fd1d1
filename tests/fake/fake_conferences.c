#include "tests/fake/fake_conferences.h"

#define NOW 1700000000

struct conferences *fake_conferences_new(void)
{
	struct conferences *conferences = mem_alloc(sizeof(*conferences));

	memset(conferences, 0, sizeof(*conferences));
	conferences->arena = arena_new(0);
	text_init(&conferences->orders, NULL);
	return conferences;
}

void fake_conferences_answer(struct conferences *conferences, enum err err)
{
	const struct conference_result result = {.err = err, .index = SIZE_MAX};
	conference_done_fn *done = conferences->done;

	conferences->done = NULL;
	if (done)
		done(conferences->arg, &result);
}

void fake_conferences_free(struct conferences *conferences)
{
	fake_conferences_answer(conferences, ERR_SHUTDOWN);
	for (size_t i = 0; i < conferences->n_rooms; i++)
		free(conferences->rooms[i]);
	text_release(&conferences->orders);
	arena_free(conferences->arena);
	free(conferences);
}

/** @return true: it is refused, or waits */
static bool stands_off(struct conferences *conferences,
		       conference_done_fn *done, void *arg)
{
	struct conference_result refusal = conferences->refusal;

	if (conferences->is_slow) {
		conferences->is_slow = false;
		conferences->done = done;
		conferences->arg = arg;
		conferences->is_waiting = true;
		return true;
	}
	if (!refusal.err)
		return false;
	conferences->refusal = (struct conference_result){0};
	done(arg, &refusal);
	return true;
}

static void refuse(enum err err, conference_done_fn *done, void *arg)
{
	done(arg, &(struct conference_result){.err = err, .index = SIZE_MAX});
}

static struct fake_conference *room_find(const struct conferences *conferences,
					 const char *id)
{
	for (size_t i = 0; i < conferences->n_rooms; i++) {
		if (!strcmp(conferences->rooms[i]->view.id, id))
			return conferences->rooms[i];
	}
	return NULL;
}

static struct party_view *party_find(struct fake_conference *room, uint64_t id)
{
	for (size_t i = 0; i < room->view.n_parties; i++) {
		if (room->parties[i].id == id)
			return &room->parties[i];
	}
	return NULL;
}

static void accept(struct fake_conference *room, conference_done_fn *done,
		   void *arg)
{
	room->view.version++;
	done(arg, &(struct conference_result){.index = SIZE_MAX,
					      .conference = &room->view});
}

/** Put the entries in, and answer. */
static void add_all(struct conferences *conferences,
		    struct fake_conference *room,
		    const struct conference_addition *addition,
		    conference_done_fn *done, void *arg)
{
	uint64_t *added = arena_array(conferences->arena,
				      addition->n_entries + 1, sizeof(*added));

	for (size_t i = 0; i < addition->n_entries; i++) {
		const struct conference_entry *entry = &addition->entries[i];
		struct party_view *party =
			&room->parties[room->view.n_parties++];

		added[i] = ++conferences->next_party;
		*party = (struct party_view){
			.id = added[i],
			.uri = arena_strdup(conferences->arena, entry->uri),
			.display_name = arena_strdup(conferences->arena,
						     entry->display_name),
			.is_dialled_out = true,
			.permission = 7,
			.since = NOW,
			.is_muted = entry->is_muted};
		party->shown_as = entry->copy == COPY_BCC || entry->is_anonymous
					  ? "sip:anonymous1@anonymous.invalid"
					  : party->uri;
	}
	room->view.parties = room->parties;
	room->view.version++;
	done(arg, &(struct conference_result){.index = SIZE_MAX,
					      .conference = &room->view,
					      .added = added,
					      .n_added = addition->n_entries});
}

void conferences_create(struct conferences *conferences,
			const struct conference_order *order,
			conference_done_fn *done, void *arg)
{
	const struct conference_addition addition = {
		.entries = order->entries, .n_entries = order->n_entries};
	struct conference_view *view;
	struct fake_conference *room;

	text_printf(&conferences->orders,
		    "create %s %s %s missing=%d end=%d ring=%d duration=%d "
		    "locked=%d n=%zu copy=%d\n",
		    order->service, order->sender,
		    order->subject ? order->subject : "-", (int)order->missing,
		    (int)order->end_when, order->ring_s, order->duration_s,
		    order->is_locked, order->n_entries,
		    (int)order->entries[0].copy);
	if (stands_off(conferences, done, arg))
		return;
	room = mem_alloc(sizeof(*room));
	memset(room, 0, sizeof(*room));
	conferences->rooms[conferences->n_rooms++] = room;
	view = &room->view;
	snprintf(view->id, sizeof(view->id), "%016zx", conferences->n_rooms);
	view->number = conferences->n_rooms;
	view->uri = "sip:c-1@relay.example.com;gr";
	view->service = arena_strdup(conferences->arena, order->service);
	view->sender = arena_strdup(conferences->arena, order->sender);
	view->subject = arena_strdup(conferences->arena, order->subject);
	view->state = CONFERENCE_LIVE;
	view->by_rest = true;
	view->is_locked = order->is_locked;
	view->created_at = NOW;
	add_all(conferences, room, &addition, done, arg);
}

bool conferences_look(struct conferences *conferences, const char *id,
		      void (*look)(void *arg,
				   const struct conference_view *conference),
		      void *arg)
{
	struct fake_conference *room = room_find(conferences, id);

	if (room)
		look(arg, &room->view);
	return room != NULL;
}

void conferences_list(struct conferences *conferences,
		      const struct conference_filter *filter,
		      void (*each)(void *arg,
				   const struct conference_view *conference),
		      void *arg)
{
	size_t n = 0;

	for (size_t i = 0; i < conferences->n_rooms && n < filter->limit; i++) {
		const struct conference_view *view =
			&conferences->rooms[i]->view;
		bool is_over = view->state == CONFERENCE_ENDED;

		if (view->number <= filter->after ||
		    (filter->age == CONFERENCES_RUNNING && is_over) ||
		    (filter->age == CONFERENCES_OVER && !is_over) ||
		    (filter->service &&
		     strcmp(filter->service, view->service) != 0) ||
		    (filter->sender &&
		     strcmp(filter->sender, view->sender) != 0))
			continue;
		each(arg, view);
		n++;
	}
}

/** The conference of an order; NULL: it was answered. */
static struct fake_conference *room_of(struct conferences *conferences,
				       const char *id, conference_done_fn *done,
				       void *arg)
{
	struct fake_conference *room = room_find(conferences, id);

	if (stands_off(conferences, done, arg))
		return NULL;
	if (!room)
		refuse(ERR_UNKNOWN, done, arg);
	return room;
}

void conference_change(struct conferences *conferences, const char *id,
		       const struct conference_patch *patch,
		       conference_done_fn *done, void *arg)
{
	struct fake_conference *room = room_of(conferences, id, done, arg);

	if (!room)
		return;
	text_printf(&conferences->orders, "change %s locked=%d muted=%d\n",
		    patch->subject ? patch->subject : "-", patch->locked,
		    patch->muted);
	if (patch->subject)
		room->view.subject =
			arena_strdup(conferences->arena, patch->subject);
	if (patch->locked >= 0)
		room->view.is_locked = patch->locked != 0;
	if (patch->muted >= 0)
		room->view.is_muted = patch->muted != 0;
	accept(room, done, arg);
}

/** The first one sends everybody away, the second one finds it over. */
void conference_end(struct conferences *conferences, const char *id,
		    conference_done_fn *done, void *arg)
{
	struct fake_conference *room = room_of(conferences, id, done, arg);

	if (!room)
		return;
	text_printf(&conferences->orders, "end\n");
	room->view.ended_by = CONFERENCE_END_OPERATOR;
	room->view.state = room->view.state == CONFERENCE_LIVE
				   ? CONFERENCE_ENDING
				   : CONFERENCE_ENDED;
	accept(room, done, arg);
}

void conference_add(struct conferences *conferences, const char *id,
		    const struct conference_addition *addition,
		    conference_done_fn *done, void *arg)
{
	struct fake_conference *room = room_of(conferences, id, done, arg);

	if (!room)
		return;
	text_printf(&conferences->orders, "add n=%zu operator=%d missing=%d\n",
		    addition->n_entries, addition->actor.is_operator,
		    (int)addition->missing);
	add_all(conferences, room, addition, done, arg);
}

void party_change(struct conferences *conferences, const char *id,
		  const struct party_patch *patch, conference_done_fn *done,
		  void *arg)
{
	struct fake_conference *room = room_of(conferences, id, done, arg);
	struct party_view *party = room ? party_find(room, patch->party) : NULL;

	if (!room)
		return;
	if (!party) {
		refuse(ERR_UNKNOWN, done, arg);
		return;
	}
	text_printf(&conferences->orders, "control muted=%d deaf=%d %d=%d\n",
		    patch->muted, patch->deaf, patch->sets_volume,
		    patch->volume_db);
	if (patch->muted >= 0)
		party->is_muted = patch->muted != 0;
	if (patch->sets_volume)
		party->volume_db = patch->volume_db;
	accept(room, done, arg);
}

void party_redial(struct conferences *conferences, const char *id,
		  uint64_t party_id, conference_done_fn *done, void *arg)
{
	struct fake_conference *room = room_of(conferences, id, done, arg);
	struct party_view *party = room ? party_find(room, party_id) : NULL;
	struct conference_entry entry;
	const struct conference_addition addition = {.entries = &entry,
						     .n_entries = 1};

	if (!room)
		return;
	if (!party) {
		refuse(ERR_UNKNOWN, done, arg);
		return;
	}
	entry = (struct conference_entry){.uri = party->uri, .copy = COPY_TO};
	text_printf(&conferences->orders, "redial\n");
	add_all(conferences, room, &addition, done, arg);
}

void party_remove(struct conferences *conferences, const char *id,
		  const struct party_removal *removal, conference_done_fn *done,
		  void *arg)
{
	struct fake_conference *room = room_of(conferences, id, done, arg);
	struct party_view *party =
		room ? party_find(room, removal->party) : NULL;

	if (!room)
		return;
	if (!party) {
		refuse(ERR_UNKNOWN, done, arg);
		return;
	}
	text_printf(&conferences->orders, "remove operator=%d\n",
		    removal->actor.is_operator);
	party->state = PARTY_DISCONNECTED;
	party->left = PARTY_LEFT_BOOTED;
	party->sip_status = 200;
	accept(room, done, arg);
}

void conference_measure(struct conferences *conferences, const char *id,
			conference_done_fn *done, void *arg)
{
	struct fake_conference *room = room_of(conferences, id, done, arg);

	if (!room)
		return;
	for (size_t i = 0; i < room->view.n_parties; i++)
		room->parties[i].media =
			(struct party_media){.codec = "PCMU",
					     .remote = "192.0.2.x",
					     .measured_at = NOW,
					     .n_received = 75,
					     .n_lost = 25};
	done(arg, &(struct conference_result){.index = SIZE_MAX,
					      .conference = &room->view});
}

struct conference_limit conferences_limit(struct conferences *conferences,
					  const char *sender, size_t n_calls)
{
	(void)conferences;
	(void)sender;
	(void)n_calls;
	return (struct conference_limit){0};
}

bool conferences_rest_calls_for(const struct conferences *conferences,
				const char *sender)
{
	(void)conferences;
	return strcmp(sender, "sip:nora@example.com") == 0;
}
