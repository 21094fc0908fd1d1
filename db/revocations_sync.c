#include "db/revocations_sync.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "server/base/arena.h"
#include "server/base/thread.h"

struct side_sync {
	pthread_t thread;
	pthread_mutex_t lock; /**< of what follows */
	pthread_cond_t changed;
	int fd; /**< to be synced; -1: none */
	int error;
	bool is_over;
};

static void *run(void *arg)
{
	struct side_sync *sync = arg;
	int fd, error;

	pthread_mutex_lock(&sync->lock);
	for (;;) {
		while (sync->fd < 0 && !sync->is_over)
			pthread_cond_wait(&sync->changed, &sync->lock);
		if (sync->fd < 0)
			break;
		fd = sync->fd;
		pthread_mutex_unlock(&sync->lock);
		error = fdatasync(fd) == 0 ? 0 : errno;
		pthread_mutex_lock(&sync->lock);
		sync->fd = -1;
		sync->error = error;
		pthread_cond_broadcast(&sync->changed);
	}
	pthread_mutex_unlock(&sync->lock);
	return NULL;
}

enum err side_sync_new(struct side_sync **ret)
{
	struct side_sync *sync = mem_alloc(sizeof(*sync));
	enum err err;

	*sync = (struct side_sync){.fd = -1};
	pthread_mutex_init(&sync->lock, NULL);
	pthread_cond_init(&sync->changed, NULL);
	err = thread_start(&sync->thread, run, sync);
	if (err == ERR_OK) {
		*ret = sync;
		return ERR_OK;
	}
	pthread_cond_destroy(&sync->changed);
	pthread_mutex_destroy(&sync->lock);
	free(sync);
	return err;
}

void side_sync_begin(struct side_sync *sync, int fd)
{
	pthread_mutex_lock(&sync->lock);
	sync->fd = fd;
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
}

int side_sync_end(struct side_sync *sync)
{
	int error;

	pthread_mutex_lock(&sync->lock);
	while (sync->fd >= 0)
		pthread_cond_wait(&sync->changed, &sync->lock);
	error = sync->error;
	pthread_mutex_unlock(&sync->lock);
	return error;
}

void side_sync_free(struct side_sync *sync)
{
	if (!sync)
		return;
	pthread_mutex_lock(&sync->lock);
	sync->is_over = true;
	pthread_cond_broadcast(&sync->changed);
	pthread_mutex_unlock(&sync->lock);
	pthread_join(sync->thread, NULL);
	pthread_cond_destroy(&sync->changed);
	pthread_mutex_destroy(&sync->lock);
	free(sync);
}
