#include "api/events.h"

#include <jansson.h>
#include <sys/socket.h>
#include <time.h>

#include <microhttpd.h>

#include "api/events_private.h"
#include "server/base/log.h"
#include "server/base/loop.h"
#include "api/json.h"
#include "api/json_conferences.h"
#include "api/time_format.h"
#include "db/writer.h"
#include "server/base/random.h"
#include "server/base/thread.h"

#define STOP_S 1
#define TICK_S 1

char *event_tail(unsigned type, int64_t at_ms, struct json_t *members)
{
	json_t *object = json_object();
	char at[TIME_LEN], with_ms[TIME_LEN + 8];
	char *text, *tail;

	time_format(at_ms / 1000, at);
	snprintf(with_ms, sizeof(with_ms), "%.*s.%03dZ", TIME_LEN - 2, at,
		 (int)(at_ms % 1000));
	json_put(object, "type", json_string(event_type_name(type)));
	json_put(object, "at", json_string(with_ms));
	if (members)
		(void)json_object_update(object, members);
	json_decref(members);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	tail = mem_strdup(text ? text + 1 : "}");
	free(text);
	return tail;
}

/* ---- the thread that resumes --------------------------------------------- */

static void stream_resume(struct event_stream *stream)
{
	stream->is_suspended = false;
	MHD_resume_connection(stream->connection);
}

/** Resume who has news, or is due for a comment; with the lock. */
static void resume_due(struct event_bus *events, int64_t now_ms)
{
	struct event_stream *stream;

	TAILQ_FOREACH(stream, &events->streams, link)
	if (stream->is_suspended && (stream->has_live || stream->has_changes ||
				     now_ms >= stream->resume_due_ms))
		stream_resume(stream);
}

static void wait_for_news(struct event_bus *events)
{
	struct timespec until;

	if (!events->n_streams && !atomic_load(&events->is_watched)) {
		pthread_cond_wait(&events->news, &events->lock);
		return;
	}
	/* Not the time of day, so not the loop's: only a pause. */
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += TICK_S;
	pthread_cond_timedwait(&events->news, &events->lock, &until);
}

static void *pump_run(void *arg)
{
	struct event_bus *events = arg;

	pthread_mutex_lock(&events->lock);
	while (!events->is_stopping) {
		int64_t now_ms = monotonic_now_ms();

		resume_due(events, now_ms);
		if (!events->n_streams && now_ms >= events->watched_until_ms)
			atomic_store(&events->is_watched, false);
		wait_for_news(events);
	}
	pthread_mutex_unlock(&events->lock);
	return NULL;
}

/* ---- what happens -------------------------------------------------------- */

void events_watch(struct event_bus *events)
{
	events->watched_until_ms = monotonic_now_ms() + EVENT_WATCH_MS;
	if (atomic_load(&events->is_watched))
		return;
	/* A cursor from before this mark may have missed messages. */
	event_ring_add(&events->ring,
		       &(struct live_event){.type = EVENT_TYPES});
	events->watched_since = events->ring.next - 1;
	atomic_store(&events->is_watched, true);
	pthread_cond_signal(&events->news);
}

bool events_are_watched(const struct event_bus *events)
{
	return atomic_load(&events->is_watched);
}

/** A connection that takes nothing is closed; libmicrohttpd sees its end. */
static void stream_count(struct event_stream *stream, size_t len)
{
	if (stream->is_suspended || stream->is_dropped)
		return;
	stream->unread += len;
	if (stream->unread <= EVENT_UNREAD_MAX)
		return;
	stream->is_dropped = true;
	(void)shutdown(stream->fd, SHUT_RDWR);
	log_event(LOG_EVENT_API_READER_DROPPED, NULL, "unread=%zu",
		  stream->unread);
}

static void add(struct event_bus *events, const struct live_event *live)
{
	struct event_stream *stream;

	pthread_mutex_lock(&events->lock);
	event_ring_add(&events->ring, live);
	TAILQ_FOREACH(stream, &events->streams, link)
	{
		if (!event_reader_wants(&stream->reader, live->type,
					live->conference))
			continue;
		stream->has_live = true;
		stream_count(stream, live->len);
		if (stream->is_suspended)
			pthread_cond_signal(&events->news);
	}
	pthread_mutex_unlock(&events->lock);
}

void events_add(struct event_bus *events, const struct event_in *event)
{
	struct live_event live = {.type = event->type};

	live.tail = event_tail(event->type, event->at_ms, event->members);
	live.len = strlen(live.tail);
	snprintf(live.conference, sizeof(live.conference), "%s",
		 event->conference ? event->conference : "");
	add(events, &live);
}

/* A call has several of these: their text is ten times the work of a copy.
 * Where somebody reads it is made once, here, for all of them. */
void events_add_party(struct event_bus *events, unsigned type,
		      const struct conference_event *event)
{
	struct live_event live = {.type = type};

	if (events_are_watched(events)) {
		live.tail = event_tail(type, event->at_ms,
				       json_conference_event(event));
		live.len = strlen(live.tail);
	} else {
		live.facts = conference_event_copy(event, &live.len);
	}
	memcpy(live.conference, event->conference->id, sizeof(live.conference));
	add(events, &live);
}

/** The writer's thread. */
static void log_grew(void *arg, struct store *store,
		     const struct store_change *first)
{
	struct event_bus *events = arg;
	struct event_stream *stream;

	(void)store, (void)first;
	pthread_mutex_lock(&events->lock);
	TAILQ_FOREACH(stream, &events->streams, link)
	stream->has_changes = true;
	pthread_cond_signal(&events->news);
	pthread_mutex_unlock(&events->lock);
}

size_t events_readers(struct event_bus *events)
{
	pthread_mutex_lock(&events->lock);
	size_t n = events->n_streams;

	pthread_mutex_unlock(&events->lock);
	return n;
}

/* ---- from birth to death --------------------------------------------------
 */

enum err events_new(const struct event_bus_settings *settings,
		    struct event_bus **ret)
{
	struct event_bus *events = mem_alloc(sizeof(*events));
	pthread_condattr_t monotonic;

	memset(events, 0, sizeof(*events));
	events->settings = *settings;
	random_bytes(&events->process, sizeof(events->process));
	event_ring_init(&events->ring);
	TAILQ_INIT(&events->streams);
	pthread_mutex_init(&events->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&events->news, &monotonic);
	pthread_cond_init(&events->left, &monotonic);
	pthread_condattr_destroy(&monotonic);
	enum err err = thread_start(&events->pump, pump_run, events);

	if (err) {
		events->is_stopping = true; /* there is no thread */
		events_free(events);
		return err;
	}
	events->changes =
		(struct change_reader){.committed = log_grew, .arg = events};
	writer_follow(settings->writer, &events->changes);
	*ret = events;
	return ERR_OK;
}

void events_stop(struct event_bus *events)
{
	struct event_stream *stream;
	struct timespec until;

	writer_leave(events->settings.writer, &events->changes);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += STOP_S;
	pthread_mutex_lock(&events->lock);
	events->is_stopping = true;
	TAILQ_FOREACH(stream, &events->streams, link)
	if (stream->is_suspended)
		stream_resume(stream);
	pthread_cond_signal(&events->news);
	while (events->n_streams &&
	       !pthread_cond_timedwait(&events->left, &events->lock, &until))
		;
	pthread_mutex_unlock(&events->lock);
	pthread_join(events->pump, NULL);
}

void events_free(struct event_bus *events)
{
	if (!events)
		return;
	event_ring_release(&events->ring);
	pthread_cond_destroy(&events->left);
	pthread_cond_destroy(&events->news);
	pthread_mutex_destroy(&events->lock);
	free(events);
}
