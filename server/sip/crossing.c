#include "server/sip/crossing.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/sip/outgoing_parts.h"

void convoy_init(struct convoy *convoy)
{
	STAILQ_INIT(&convoy->legs);
	convoy->n = 0;
}

void convoy_add(struct convoy *convoy, struct outgoing *outgoing)
{
	STAILQ_INSERT_TAIL(&convoy->legs, outgoing, link);
	convoy->n++;
}

struct outgoing *convoy_take(struct convoy *convoy)
{
	struct outgoing *first = STAILQ_FIRST(&convoy->legs);

	if (!first)
		return NULL;
	STAILQ_REMOVE_HEAD(&convoy->legs, link);
	convoy->n--;
	return first;
}

void convoy_clear(struct convoy *convoy)
{
	struct outgoing *outgoing;

	while ((outgoing = convoy_take(convoy))) {
		if (outgoing->leg)
			outgoing_free(outgoing);
		else
			free(outgoing);
	}
}

static void convoy_append(struct convoy *to, struct convoy *from)
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
	convoy_init(&crossing->waiting);
	pthread_mutex_init(&crossing->lock, NULL);
	crossing->to = to;
	return ERR_OK;
}

void crossing_close(struct crossing *crossing, struct convoy *convoy)
{
	if (!crossing->to)
		return;
	convoy_append(convoy, &crossing->waiting);
	loop_watch_remove(crossing->to, &crossing->watch);
	close(crossing->watch.fd);
	pthread_mutex_destroy(&crossing->lock);
}

void crossing_put(struct crossing *crossing, struct convoy *convoy)
{
	uint64_t one = 1;
	bool was_empty;

	if (!convoy->n)
		return;
	pthread_mutex_lock(&crossing->lock);
	was_empty = !crossing->waiting.n;
	convoy_append(&crossing->waiting, convoy);
	pthread_mutex_unlock(&crossing->lock);
	while (was_empty && write(crossing->watch.fd, &one, sizeof(one)) < 0 &&
	       errno == EINTR)
		;
}

void crossing_take(struct crossing *crossing, struct convoy *convoy)
{
	pthread_mutex_lock(&crossing->lock);
	convoy_append(convoy, &crossing->waiting);
	pthread_mutex_unlock(&crossing->lock);
}
