/*
 * events_private -- the inside of events.h: the ring and its readers
 * (events.c), what a reader gets (event_reader.c), streams (event_stream.c).
 */
#ifndef VOLENS_API_EVENTS_PRIVATE_H
#define VOLENS_API_EVENTS_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "api/event_ring.h"
#include "api/events.h"

TAILQ_HEAD(event_streams, event_stream);

struct event_bus {
	struct event_bus_settings settings;
	struct change_reader changes; /**< of the log */
	uint32_t process;	      /**< of cursors */
	pthread_t pump;
	atomic_bool is_watched; /**< written under the lock */

	pthread_mutex_t lock; /**< of what follows */
	pthread_cond_t news;  /**< a stream is to be resumed, or to stop */
	pthread_cond_t left;  /**< a stream was closed */
	struct event_ring ring;
	/** Messages before this number were not all kept. */
	uint64_t watched_since;
	int64_t watched_until_ms;
	struct event_streams streams;
	size_t n_streams;
	bool is_stopping;
};

struct event_stream {
	struct event_reader reader;
	struct MHD_Connection *connection;
	int fd;
	TAILQ_ENTRY(event_stream) link;
	/* the connection's thread's own */
	struct text out; /**< what libmicrohttpd has not taken yet ... */
	size_t out_at;	 /**< ... from here */
	int64_t comment_due_ms;
	/* under the lock */
	bool is_suspended;
	bool has_live, has_changes; /**< since it was last read */
	int64_t resume_due_ms;
	size_t unread; /**< bytes that came since it last took some */
	bool is_dropped;
};

/** Is there anything of this type, and conference, for this reader? */
bool event_reader_wants(const struct event_reader *reader, unsigned type,
			const char *conference);
/** Somebody reads; with the lock. */
void events_watch(struct event_bus *events);
/** The JSON of an event without its opening brace and id, on the heap; takes
 *  the reference to @p members, an object or NULL. */
char *event_tail(unsigned type, int64_t at_ms, struct json_t *members);

#endif
