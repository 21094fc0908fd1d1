/* What a reader of events gets: rows of the change log, then live events. */
#include <jansson.h>

#include "api/events_private.h"
#include "server/base/loop.h"
#include "api/json.h"
#include "api/json_conferences.h"
#include "api/store_pool.h"

#define ROWS_MAX 256 /* of the change log in one look */
#define AT_ONCE 16   /* live events without letting go of the lock */

bool event_reader_wants(const struct event_reader *reader, unsigned type,
			const char *conference)
{
	if (type >= EVENT_TYPES || !(reader->types >> type & 1))
		return false;
	return !reader->conference[0] ||
	       !strcmp(reader->conference, conference);
}

/* ---- where it begins ------------------------------------------------------
 */

static bool wants_log(const struct event_reader *reader)
{
	return (reader->types & EVENT_TYPES_LOGGED) && !reader->conference[0];
}

static bool wants_live(const struct event_reader *reader)
{
	return (reader->types & ~EVENT_TYPES_LOGGED) != 0;
}

/** Is all kept that came after the live event that was seen last? */
static bool is_whole(const struct event_reader *reader, bool is_ours)
{
	const struct event_bus *events = reader->events;
	uint64_t seen = reader->at.live;

	if (!wants_live(reader))
		return true;
	if (!is_ours || seen + 1 < events->ring.oldest ||
	    seen >= events->ring.next)
		return false;
	return !(reader->types & EVENT_TYPES_MESSAGE) ||
	       seen >= events->watched_since;
}

/** With the lock: past the mark where messages were missed, so that a cursor
 *  that was given after it is told of no gap. */
static void skip_unwanted(struct event_reader *reader)
{
	const struct event_bus *events = reader->events;

	while (reader->at.live < events->watched_since &&
	       reader->at.live + 1 >= events->ring.oldest) {
		const struct live_event *event =
			event_ring_get(&events->ring, reader->at.live + 1);

		if (event_reader_wants(reader, event->type, event->conference))
			return;
		reader->at.live++;
	}
}

/** With the lock: begin at the oldest, now, or after a cursor. */
static void begin_live(struct event_reader *reader, const char *after,
		       bool is_ours)
{
	const struct event_ring *ring = &reader->events->ring;
	uint64_t *seen = &reader->at.live;

	events_watch(reader->events);
	if (!after) {
		*seen = ring->oldest - 1;
	} else if (!strcmp(after, "now")) {
		*seen = ring->next - 1;
	} else if (!is_whole(reader, is_ours)) {
		reader->has_gap = true;
		if (!is_ours || *seen + 1 < ring->oldest || *seen >= ring->next)
			*seen = ring->oldest - 1;
	} else if (!is_ours) {
		*seen = ring->next - 1; /* it wants none */
	}
	skip_unwanted(reader);
}

static void begin_log(struct event_reader *reader, const char *after,
		      const struct change_span *span)
{
	int64_t *seen = &reader->at.change;

	if (!after)
		*seen = span->oldest - 1;
	else if (!strcmp(after, "now"))
		*seen = span->newest;
	/* It may be the largest number there is. */
	if (*seen >= span->oldest - 1 && *seen <= span->newest)
		return;
	*seen = span->oldest - 1;
	if (wants_log(reader))
		reader->has_gap = true;
}

static enum err span_look(struct event_bus *events, struct change_span *ret)
{
	struct store *store;
	enum err err = store_pool_take(events->settings.store_pool, &store);

	if (err)
		return err;
	err = store_change_span(store, ret);
	store_pool_give(events->settings.store_pool, store);
	return err;
}

enum err event_reader_init(struct event_bus *events,
			   const struct event_filter *filter, const char *after,
			   struct event_reader *ret)
{
	struct event_reader reader = {.events = events, .types = filter->types};
	struct change_span span;
	uint32_t process = 0;
	enum err err;

	snprintf(reader.conference, sizeof(reader.conference), "%s",
		 filter->conference ? filter->conference : "");
	if (after && strcmp(after, "now")) {
		err = event_cursor_read(after, &process, &reader.at);
		if (err)
			return err;
	}
	err = span_look(events, &span);
	if (err)
		return err;
	begin_log(&reader, after, &span);
	pthread_mutex_lock(&events->lock);
	begin_live(&reader, after, process == events->process);
	pthread_mutex_unlock(&events->lock);
	*ret = reader;
	return ERR_OK;
}

void event_reader_cursor(const struct event_reader *reader,
			 char ret[EVENT_CURSOR_MAX])
{
	event_cursor_write(reader->events->process, &reader->at, ret);
}

/* ---- what it gets ----------------------------------------------------------
 */

/** A look at the events: how many more, and where they go. */
struct look {
	struct event_reader *reader;
	size_t limit;
	event_out_fn *each;
	void *arg;
};

static void put_out(struct look *look, unsigned type, const char *tail)
{
	char cursor[EVENT_CURSOR_MAX];

	event_cursor_write(look->reader->events->process, &look->reader->at,
			   cursor);
	look->each(look->arg,
		   &(struct event_out){cursor, event_type_name(type), tail});
	look->limit--;
}

static void put_gap(struct look *look)
{
	char *tail;

	if (!look->reader->has_gap)
		return;
	look->reader->has_gap = false;
	tail = event_tail(EVENT_TYPES, wall_now_ms(), NULL);
	put_out(look, EVENT_TYPES, tail);
	free(tail);
}

static void put_change(struct look *look, const struct change_row *row)
{
	unsigned type = EVENT_TYPE_PERMISSION + (unsigned)row->kind;
	json_t *members;
	char *tail;

	if (row->noun != CHANGE_NOUN_PERMISSION || row->kind >= CHANGE_EVENTS ||
	    !event_reader_wants(look->reader, type, ""))
		return;
	members = json_object();
	json_put(members, "permission", json_integer(row->subject));
	json_put(members, "sender", json_text(row->sender));
	json_put(members, "target", json_text(row->target));
	json_put(members, "recipient", json_text(row->recipient));
	json_put(members, "origin",
		 json_text(permission_origin_name(row->origin)));
	json_put(members, "expires_at", json_time(row->expires_at));
	json_put(members, "kinds", json_kinds(row->kinds));
	json_put(members, "all_kinds", json_boolean(row->all_kinds));
	tail = event_tail(type, row->at * 1000, members);
	put_out(look, type, tail);
	free(tail);
}

/** One page of the change log; @p ret_more: there may be another. */
static enum err read_page(struct look *look, struct store *store,
			  struct arena *arena, bool *ret_more)
{
	struct event_position *at = &look->reader->at;
	struct change_row *rows;
	size_t n, i;
	enum err err = store_change_list(
		store, (struct page){at->change, ROWS_MAX}, arena, &rows, &n);

	if (err)
		return err;
	for (i = 0; i < n && look->limit; i++) {
		at->change = rows[i].id;
		put_change(look, &rows[i]);
	}
	*ret_more = n == ROWS_MAX && i == n && look->limit;
	look->reader->log_is_read = n < ROWS_MAX && i == n;
	return ERR_OK;
}

static enum err read_log(struct look *look)
{
	struct store_pool *store_pool =
		look->reader->events->settings.store_pool;
	struct store *store;
	bool has_more = true;
	enum err err = store_pool_take(store_pool, &store);

	if (err)
		return err;
	while (!err && has_more) {
		struct arena *arena = arena_new(0);

		err = read_page(look, store, arena, &has_more);
		arena_free(arena);
	}
	store_pool_give(store_pool, store);
	return err;
}

static void put_live(struct look *look, const struct live_event *event)
{
	char *made;

	if (event->tail) {
		put_out(look, event->type, event->tail);
		return;
	}
	made = event_tail(event->type, event->facts->at_ms,
			  json_conference_event(event->facts));
	put_out(look, event->type, made);
	free(made);
}

/** What fell out of the ring while it was read is a gap as well.  @return true
 *  when there may be more: who tells does not wait for a whole page. */
static bool read_some(struct look *look)
{
	struct event_reader *reader = look->reader;
	struct event_ring *ring = &reader->events->ring;
	size_t n = 0;

	pthread_mutex_lock(&reader->events->lock);
	if (reader->at.live + 1 < ring->oldest) {
		reader->at.live = ring->oldest - 1;
		reader->has_gap = wants_live(reader);
	}
	if (look->limit)
		put_gap(look);
	while (look->limit && reader->at.live + 1 < ring->next && n < AT_ONCE) {
		const struct live_event *event =
			event_ring_get(ring, ++reader->at.live);

		if (!event_reader_wants(reader, event->type, event->conference))
			continue;
		put_live(look, event);
		n++;
	}
	pthread_mutex_unlock(&reader->events->lock);
	return n == AT_ONCE;
}

enum err event_reader_read(struct event_reader *reader, size_t limit,
			   event_out_fn *each, void *arg)
{
	struct look look = {
		.reader = reader, .limit = limit, .each = each, .arg = arg};
	enum err err = ERR_OK;

	put_gap(&look);
	if (wants_log(reader) && !reader->log_is_read && look.limit)
		err = read_log(&look);
	if (!err)
		while (read_some(&look))
			;
	return err;
}
