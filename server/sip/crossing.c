#include "server/sip/crossing.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/sip/outgoing_parts.h"

void chain_init(struct chain *chain)
{
	STAILQ_INIT(&chain->legs);
	chain->n = 0;
}

void chain_add(struct chain *chain, struct outgoing *outgoing)
{
	STAILQ_INSERT_TAIL(&chain->legs, outgoing, link);
	chain->n++;
}

struct outgoing *chain_take(struct chain *chain)
{
	struct outgoing *first = STAILQ_FIRST(&chain->legs);

	if (!first)
		return NULL;
	STAILQ_REMOVE_HEAD(&chain->legs, link);
	chain->n--;
	return first;
}

void chain_clear(struct chain *chain)
{
	struct outgoing *outgoing;

	while ((outgoing = chain_take(chain))) {
		if (outgoing->leg)
			outgoing_free(outgoing);
		else
			free(outgoing);
	}
}

static void chain_append(struct chain *to, struct chain *from)
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
	chain_init(&crossing->waiting);
	pthread_mutex_init(&crossing->lock, NULL);
	crossing->to = to;
	return ERR_OK;
}

void crossing_close(struct crossing *crossing, struct chain *chain)
{
	if (!crossing->to)
		return;
	chain_append(chain, &crossing->waiting);
	loop_watch_remove(crossing->to, &crossing->watch);
	close(crossing->watch.fd);
	pthread_mutex_destroy(&crossing->lock);
}

void crossing_put(struct crossing *crossing, struct chain *chain)
{
	uint64_t one = 1;
	bool was_empty;

	if (!chain->n)
		return;
	pthread_mutex_lock(&crossing->lock);
	was_empty = !crossing->waiting.n;
	chain_append(&crossing->waiting, chain);
	pthread_mutex_unlock(&crossing->lock);
	while (was_empty && write(crossing->watch.fd, &one, sizeof(one)) < 0 &&
	       errno == EINTR)
		;
}

void crossing_take(struct crossing *crossing, struct chain *chain)
{
	pthread_mutex_lock(&crossing->lock);
	chain_append(chain, &crossing->waiting);
	pthread_mutex_unlock(&crossing->lock);
}
