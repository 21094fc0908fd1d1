#include "api/connections.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "server/base/arena.h"
#include "server/base/loop.h"

/* Those that were told to go are still there for a moment. */
#define SLOTS ((size_t)CONNECTIONS_MAX * 4)

struct http_connection {
	int fd;
	bool is_used;
	bool is_leaving; /**< its socket was shut down */
	bool is_trusted; /**< in a request with the right token */
	bool is_known;	 /**< had a whole request already */
	int64_t idle_since_ms;
	void *own;
};

struct connections {
	pthread_mutex_t lock;
	unsigned n_staying;
	struct http_connection slots[SLOTS];
};

struct connections *connections_new(void)
{
	struct connections *connections = mem_alloc(sizeof(*connections));

	memset(connections, 0, sizeof(*connections));
	pthread_mutex_init(&connections->lock, NULL);
	return connections;
}

void connections_free(struct connections *connections)
{
	if (!connections)
		return;
	pthread_mutex_destroy(&connections->lock);
	free(connections);
}

/** libmicrohttpd sees the end of the stream, and closes the descriptor. */
static void dismiss(struct connections *connections,
		    struct http_connection *connection)
{
	(void)shutdown(connection->fd, SHUT_RDWR);
	connection->is_leaving = true;
	connections->n_staying--;
}

static bool may_go(const struct http_connection *connection)
{
	return connection->is_used && !connection->is_leaving &&
	       !connection->is_trusted;
}

/** Dismiss who is late with a first head; then, while it is full, the longest
 *  idle one. */
static void make_room(struct connections *connections, int64_t now_ms)
{
	struct http_connection *oldest = NULL;

	for (size_t i = 0; i < SLOTS; i++) {
		struct http_connection *one = &connections->slots[i];

		if (!may_go(one))
			continue;
		if (!one->is_known && now_ms - one->idle_since_ms > HEAD_MS)
			dismiss(connections, one);
		else if (!oldest || one->idle_since_ms < oldest->idle_since_ms)
			oldest = one;
	}
	if (connections->n_staying >= CONNECTIONS_MAX && oldest)
		dismiss(connections, oldest);
}

void *connections_add(struct connections *connections, int fd)
{
	int64_t now_ms = monotonic_now_ms();
	struct http_connection *found = NULL;

	pthread_mutex_lock(&connections->lock);
	make_room(connections, now_ms);
	for (size_t i = 0; i < SLOTS && !found; i++) {
		if (!connections->slots[i].is_used)
			found = &connections->slots[i];
	}
	if (found) {
		*found = (struct http_connection){
			.fd = fd, .is_used = true, .idle_since_ms = now_ms};
		connections->n_staying++;
	} else {
		(void)shutdown(fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&connections->lock);
	return found;
}

void **connections_own(void *handle)
{
	struct http_connection *connection = handle;

	return &connection->own;
}

void connections_drop(struct connections *connections, void *handle)
{
	struct http_connection *connection = handle;

	if (!connection)
		return;
	pthread_mutex_lock(&connections->lock);
	if (!connection->is_leaving)
		connections->n_staying--;
	connection->is_used = false;
	pthread_mutex_unlock(&connections->lock);
}

void connections_trust(struct connections *connections, void *handle)
{
	struct http_connection *connection = handle;

	if (!connection)
		return;
	pthread_mutex_lock(&connections->lock);
	connection->is_trusted = true;
	pthread_mutex_unlock(&connections->lock);
}

void connections_rest(struct connections *connections, void *handle)
{
	struct http_connection *connection = handle;

	if (!connection)
		return;
	pthread_mutex_lock(&connections->lock);
	connection->is_trusted = false;
	connection->is_known = true;
	connection->idle_since_ms = monotonic_now_ms();
	pthread_mutex_unlock(&connections->lock);
}
