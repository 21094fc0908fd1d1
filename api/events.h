/*
 * events -- what happens in the relay, for those who read along.
 *
 * Changes of permissions are in the store (db/change_log.h): a reader who comes
 * back misses none and gets none twice, also after a crash.  All other events
 * are live: they are in memory (event_ring.h), numbered anew in each process.
 * A reader whose cursor is older than what is left is told of a gap.  Messages
 * are kept only while somebody reads, and EVENT_WATCH_MS after it, because a
 * relay that nobody watches must not pay for it.
 *
 * A page (JSON) is read at once.  A stream (text/event-stream) is a connection
 * that libmicrohttpd suspends while there is nothing to say; a thread of our
 * own resumes it when something happens, or after EVENT_COMMENT_MS for a
 * comment, by which libmicrohttpd finds out that a reader has left.
 *
 * Any thread, except where a function says otherwise.
 */
#ifndef VOLENS_API_EVENTS_H
#define VOLENS_API_EVENTS_H

#include "api/event_types.h"
#include "server/base/text.h"

#define EVENT_READERS_MAX 64
#define EVENT_UNREAD_MAX ((size_t)256 * 1024) /**< bytes; see stream_open() */
#define EVENT_COMMENT_MS 15000
#define EVENT_WATCH_MS (10 * 60 * 1000)

struct MHD_Connection;
struct conference_event;
struct event_bus;
struct json_t;
struct store_pool;
struct writer;

struct event_bus_settings {
	struct store_pool *store_pool; /**< for the change log */
	struct writer *writer;	       /**< says when it grew */
};
enum err events_new(const struct event_bus_settings *settings,
		    struct event_bus **ret) MUST_CHECK;
/** End all streams, and wait a second for them.  Before libmicrohttpd stops:
 *  it does not stop while a connection is suspended. */
void events_stop(struct event_bus *events);
void events_free(struct event_bus *events);

/** A live event. */
struct event_in {
	unsigned type;
	const char *conference; /**< id; NULL: of none */
	int64_t at_ms;		/**< since the epoch */
	/** More members, which the event takes: a JSON object. */
	struct json_t *members;
};
/** As events_add(), of a party, whose text is made when somebody reads it. */
void events_add_party(struct event_bus *events, unsigned type,
		      const struct conference_event *event);
void events_add(struct event_bus *events, const struct event_in *event);
/** Are events of messages read by anybody? */
bool events_are_watched(const struct event_bus *events);

/** What somebody wants to read. */
struct event_filter {
	uint64_t types;
	const char *conference; /**< id; NULL: of any, and of none */
};
/** One who reads: where they are, and what. */
struct event_reader {
	struct event_bus *events;
	uint64_t types;
	char conference[CONFERENCE_ID_LEN + 1];
	struct event_position at;
	bool has_gap;	  /**< to be told first */
	bool log_is_read; /**< to its end, since it last grew */
};
/** Begin after @p after: a cursor, "now", or NULL for the oldest event that is
 *  kept.  ERR_SYNTAX: it is no cursor; errors of the store. */
enum err event_reader_init(struct event_bus *events,
			   const struct event_filter *filter, const char *after,
			   struct event_reader *ret) MUST_CHECK;

/** Where it is, for whoever goes on later. */
void event_reader_cursor(const struct event_reader *reader,
			 char ret[EVENT_CURSOR_MAX]);

/** One event as a reader gets it. */
struct event_out {
	const char *cursor; /**< of this one */
	const char *type;
	const char *tail; /**< JSON after the member id: `"type":"...",...}` */
};
typedef void event_out_fn(void *arg, const struct event_out *out);
/** Read up to @p limit events, and go on after them.  Errors of the store. */
enum err event_reader_read(struct event_reader *reader, size_t limit,
			   event_out_fn *each, void *arg) MUST_CHECK;

/** A reader who stays. */
struct event_stream;
/**
 * Begin a stream; the place of @p reader is copied.  One whose connection takes
 * nothing while EVENT_UNREAD_MAX bytes of live events come for them is dropped;
 * libmicrohttpd drops one that takes nothing for 10 s.
 *
 * @return NULL: there are EVENT_READERS_MAX, or the API stops
 */
struct event_stream *stream_open(const struct event_reader *reader,
				 struct MHD_Connection *connection);
/** The connection's thread: the next bytes, as a content reader of
 *  libmicrohttpd; suspends the connection where there are none. */
long stream_read(struct event_stream *stream, char *ret, size_t size);
/** The connection ends; NULL is fine. */
void stream_close(struct event_stream *stream);
/** How many streams there are. */
size_t events_readers(struct event_bus *events);

#endif
