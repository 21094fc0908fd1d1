#include "server/sip/handoff_queue.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/sip/client_txn_private.h"

void leg_batch_init(struct leg_batch *batch)
{
	STAILQ_INIT(&batch->legs);
	batch->n = 0;
}

void leg_batch_add(struct leg_batch *batch, struct client_txn *txn)
{
	STAILQ_INSERT_TAIL(&batch->legs, txn, link);
	batch->n++;
}

struct client_txn *leg_batch_take(struct leg_batch *batch)
{
	struct client_txn *first = STAILQ_FIRST(&batch->legs);

	if (!first)
		return NULL;
	STAILQ_REMOVE_HEAD(&batch->legs, link);
	batch->n--;
	return first;
}

void leg_batch_clear(struct leg_batch *batch)
{
	struct client_txn *txn;

	while ((txn = leg_batch_take(batch))) {
		if (txn->leg)
			client_txn_free(txn);
		else
			free(txn);
	}
}

static void leg_batch_append(struct leg_batch *to, struct leg_batch *from)
{
	STAILQ_CONCAT(&to->legs, &from->legs);
	to->n += from->n;
	from->n = 0;
}

static void handoff_ready(void *arg, uint32_t events)
{
	struct handoff_queue *handoff = arg;

	(void)events;
	handoff->arrived(handoff->arg);
}

/* Each write is an event of its own: nobody needs to read the number. */
enum err handoff_open(struct handoff_queue *handoff, struct loop *to,
		      void (*arrived)(void *arg), void *arg)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	enum err err;

	if (fd < 0)
		return ERR_FULL;
	*handoff = (struct handoff_queue){.watch = {.fd = fd,
						    .events = EPOLLIN | EPOLLET,
						    .ready = handoff_ready,
						    .arg = handoff},
					  .arrived = arrived,
					  .arg = arg};
	err = loop_watch_add(to, &handoff->watch);
	if (err) {
		close(fd);
		return err;
	}
	leg_batch_init(&handoff->waiting);
	pthread_mutex_init(&handoff->lock, NULL);
	handoff->to = to;
	return ERR_OK;
}

void handoff_close(struct handoff_queue *handoff, struct leg_batch *batch)
{
	if (!handoff->to)
		return;
	leg_batch_append(batch, &handoff->waiting);
	loop_watch_remove(handoff->to, &handoff->watch);
	close(handoff->watch.fd);
	pthread_mutex_destroy(&handoff->lock);
}

void handoff_put(struct handoff_queue *handoff, struct leg_batch *batch)
{
	uint64_t one = 1;
	bool was_empty;

	if (!batch->n)
		return;
	pthread_mutex_lock(&handoff->lock);
	was_empty = !handoff->waiting.n;
	leg_batch_append(&handoff->waiting, batch);
	pthread_mutex_unlock(&handoff->lock);
	while (was_empty && write(handoff->watch.fd, &one, sizeof(one)) < 0 &&
	       errno == EINTR)
		;
}

void handoff_take(struct handoff_queue *handoff, struct leg_batch *batch)
{
	pthread_mutex_lock(&handoff->lock);
	leg_batch_append(batch, &handoff->waiting);
	pthread_mutex_unlock(&handoff->lock);
}
