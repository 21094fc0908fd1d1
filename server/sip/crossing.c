#include "server/sip/crossing.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/sip/outgoing_parts.h"

void leg_batch_init(struct leg_batch *batch)
{
	STAILQ_INIT(&batch->legs);
	batch->n = 0;
}

void leg_batch_add(struct leg_batch *batch, struct outgoing *outgoing)
{
	STAILQ_INSERT_TAIL(&batch->legs, outgoing, link);
	batch->n++;
}

struct outgoing *leg_batch_take(struct leg_batch *batch)
{
	struct outgoing *first = STAILQ_FIRST(&batch->legs);

	if (!first)
		return NULL;
	STAILQ_REMOVE_HEAD(&batch->legs, link);
	batch->n--;
	return first;
}

void leg_batch_clear(struct leg_batch *batch)
{
	struct outgoing *outgoing;

	while ((outgoing = leg_batch_take(batch))) {
		if (outgoing->leg)
			outgoing_free(outgoing);
		else
			free(outgoing);
	}
}

static void leg_batch_append(struct leg_batch *to, struct leg_batch *from)
{
	STAILQ_CONCAT(&to->legs, &from->legs);
	to->n += from->n;
	from->n = 0;
}

static void crossing_ready(void *arg, uint32_t events)
{
	struct crossing *crossing = arg;

	(void)events;
	crossing->arrived(crossing->arg);
}

/* Each write is an event of its own: nobody needs to read the number. */
enum err crossing_open(struct crossing *crossing, struct loop *to,
		       void (*arrived)(void *arg), void *arg)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	enum err err;

	if (fd < 0)
		return ERR_FULL;
	*crossing = (struct crossing){.watch = {.fd = fd,
						.events = EPOLLIN | EPOLLET,
						.ready = crossing_ready,
						.arg = crossing},
				      .arrived = arrived,
				      .arg = arg};
	err = loop_watch_add(to, &crossing->watch);
	if (err) {
		close(fd);
		return err;
	}
	leg_batch_init(&crossing->waiting);
	pthread_mutex_init(&crossing->lock, NULL);
	crossing->to = to;
	return ERR_OK;
}

void crossing_close(struct crossing *crossing, struct leg_batch *batch)
{
	if (!crossing->to)
		return;
	leg_batch_append(batch, &crossing->waiting);
	loop_watch_remove(crossing->to, &crossing->watch);
	close(crossing->watch.fd);
	pthread_mutex_destroy(&crossing->lock);
}

void crossing_put(struct crossing *crossing, struct leg_batch *batch)
{
	uint64_t one = 1;
	bool was_empty;

	if (!batch->n)
		return;
	pthread_mutex_lock(&crossing->lock);
	was_empty = !crossing->waiting.n;
	leg_batch_append(&crossing->waiting, batch);
	pthread_mutex_unlock(&crossing->lock);
	while (was_empty && write(crossing->watch.fd, &one, sizeof(one)) < 0 &&
	       errno == EINTR)
		;
}

void crossing_take(struct crossing *crossing, struct leg_batch *batch)
{
	pthread_mutex_lock(&crossing->lock);
	leg_batch_append(batch, &crossing->waiting);
	pthread_mutex_unlock(&crossing->lock);
}
