/* A reader of events who stays: server-sent events over one connection. */
#include <microhttpd.h>

#include "api/events_private.h"
#include "server/base/loop.h"

#define BATCH 32 /* events of one look */

struct event_stream *stream_open(const struct event_reader *reader,
				 struct MHD_Connection *connection)
{
	struct event_bus *events = reader->events;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct event_stream *stream = mem_alloc(sizeof(*stream));

	memset(stream, 0, sizeof(*stream));
	stream->reader = *reader;
	stream->connection = connection;
	stream->fd = info ? info->connect_fd : -1;
	stream->has_live = stream->has_changes = true;
	text_init(&stream->out, NULL);
	/* So that the client knows at once that it is connected. */
	text_add(&stream->out, "retry: 2000\n\n");
	pthread_mutex_lock(&events->lock);
	bool is_welcome =
		!events->is_stopping && events->n_streams < EVENT_READERS_MAX;

	if (is_welcome) {
		TAILQ_INSERT_TAIL(&events->streams, stream, link);
		events->n_streams++;
		events_watch(events);
		pthread_cond_signal(&events->news);
	}
	pthread_mutex_unlock(&events->lock);
	if (is_welcome)
		return stream;
	text_release(&stream->out);
	free(stream);
	return NULL;
}

void stream_close(struct event_stream *stream)
{
	struct event_bus *events;

	if (!stream)
		return;
	events = stream->reader.events;
	pthread_mutex_lock(&events->lock);
	TAILQ_REMOVE(&events->streams, stream, link);
	events->n_streams--;
	events_watch(events);
	pthread_cond_signal(&events->left);
	pthread_mutex_unlock(&events->lock);
	text_release(&stream->out);
	free(stream);
}

static void write_event(void *arg, const struct event_out *event)
{
	struct text *out = arg;

	text_printf(out, "id: %s\nevent: %s\ndata: {\"id\":\"%s\",",
		    event->cursor, event->type, event->cursor);
	text_add(out, event->tail);
	text_add(out, "\n\n");
}

/** Take note that it reads.  @return false: it is to end */
static bool begin_look(struct event_stream *stream)
{
	struct event_bus *events = stream->reader.events;

	pthread_mutex_lock(&events->lock);
	bool is_stopping = events->is_stopping;

	if (stream->has_changes)
		stream->reader.log_is_read = false;
	stream->has_live = stream->has_changes = false;
	stream->unread = 0;
	pthread_mutex_unlock(&events->lock);
	return !is_stopping;
}

/** Fill stream->out with what there is, or a comment that is due. */
static bool look(struct event_stream *stream)
{
	struct event_reader *reader = &stream->reader;
	struct event_position was;

	text_clear(&stream->out);
	stream->out_at = 0;
	do {
		if (!begin_look(stream))
			return false;
		was = reader->at;
		if (event_reader_read(reader, BATCH, write_event, &stream->out))
			return false; /* it comes again, after its last id */
	} while (!stream->out.len && (was.live != reader->at.live ||
				      was.change != reader->at.change));
	if (!stream->out.len && monotonic_now_ms() >= stream->comment_due_ms)
		text_add(&stream->out, ":\n\n");
	return true;
}

/** Nothing to say: sleep, unless something came meanwhile. */
static bool suspend(struct event_stream *stream)
{
	struct event_bus *events = stream->reader.events;

	pthread_mutex_lock(&events->lock);
	bool has_news =
		stream->has_live || stream->has_changes || events->is_stopping;

	if (!has_news) {
		stream->is_suspended = true;
		stream->resume_due_ms = stream->comment_due_ms;
		MHD_suspend_connection(stream->connection);
	}
	pthread_mutex_unlock(&events->lock);
	return !has_news;
}

long stream_read(struct event_stream *stream, char *ret, size_t size)
{
	while (stream->out_at == stream->out.len) {
		if (!look(stream))
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (!stream->out.len && suspend(stream))
			return 0;
	}
	size_t len = stream->out.len - stream->out_at;

	if (len > size)
		len = size;
	memcpy(ret, stream->out.at + stream->out_at, len);
	stream->out_at += len;
	stream->comment_due_ms = monotonic_now_ms() + EVENT_COMMENT_MS;
	return (long)len;
}
