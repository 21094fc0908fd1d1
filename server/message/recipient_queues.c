#include "server/message/recipient_queues.h"

#include "server/base/arena.h"
#include "server/base/random.h"
#include "server/base/siphash.h"

#define WAITING_MAX 128 /**< for one queue */

struct recipient_queue {
	struct recipient_queue *next; /**< in its bucket */
	const char *key;	      /**< its user's */
	uint64_t hash;		      /**< of the key */
	struct recipient_queue_user *first, **end;
	size_t n_waiting;
	bool is_unreachable;
};

struct recipient_queues {
	struct hash_key hash_key;
	struct recipient_queue
		*spare;	  /**< as many as were taken at once, at most */
	size_t n_buckets; /**< a power of two */
	struct recipient_queue *buckets[];
};

struct recipient_queues *recipient_queues_new(size_t expected)
{
	struct recipient_queues *queues;
	size_t n = 64;

	while (n < expected && n < (1U << 20))
		n *= 2;
	queues = mem_alloc(sizeof(*queues) +
			   n * sizeof(struct recipient_queue *));
	memset(queues, 0,
	       sizeof(*queues) + n * sizeof(struct recipient_queue *));
	queues->n_buckets = n;
	random_bytes(&queues->hash_key, sizeof(queues->hash_key));
	return queues;
}

static void free_all(struct recipient_queue *queue)
{
	while (queue) {
		struct recipient_queue *next = queue->next;

		free(queue);
		queue = next;
	}
}

void recipient_queues_free(struct recipient_queues *queues)
{
	if (!queues)
		return;
	for (size_t i = 0; i < queues->n_buckets; i++)
		free_all(queues->buckets[i]);
	free_all(queues->spare);
	free(queues);
}

static struct recipient_queue **bucket_of(struct recipient_queues *queues,
					  uint64_t hash)
{
	return &queues->buckets[hash & (queues->n_buckets - 1)];
}

static struct recipient_queue *find(struct recipient_queues *queues,
				    const char *key, uint64_t hash)
{
	struct recipient_queue *queue = *bucket_of(queues, hash);

	while (queue && (queue->hash != hash || strcmp(queue->key, key) != 0))
		queue = queue->next;
	return queue;
}

static struct recipient_queue *
recipient_queue_open(struct recipient_queues *queues, const char *key,
		     uint64_t hash)
{
	struct recipient_queue **bucket = bucket_of(queues, hash);
	struct recipient_queue *queue = queues->spare;

	if (queue)
		queues->spare = queue->next;
	else
		queue = mem_alloc(sizeof(*queue));
	*queue = (struct recipient_queue){
		.next = *bucket, .key = key, .hash = hash};
	queue->end = &queue->first;
	*bucket = queue;
	return queue;
}

static void recipient_queue_close(struct recipient_queues *queues,
				  struct recipient_queue *queue)
{
	struct recipient_queue **at = bucket_of(queues, queue->hash);

	while (*at != queue)
		at = &(*at)->next;
	*at = queue->next;
	queue->next = queues->spare;
	queues->spare = queue;
}

enum recipient_queue_entry
recipient_queue_enter(struct recipient_queues *queues,
		      struct recipient_queue_user *user)
{
	uint64_t hash =
		hash_64(&queues->hash_key, user->key, strlen(user->key));
	struct recipient_queue *queue = find(queues, user->key, hash);

	user->next = NULL;
	if (!queue) {
		user->queue = recipient_queue_open(queues, user->key, hash);
		return RECIPIENT_QUEUE_GRANTED;
	}
	if (queue->is_unreachable)
		return RECIPIENT_QUEUE_UNREACHABLE;
	if (queue->n_waiting == WAITING_MAX)
		return RECIPIENT_QUEUE_FULL;
	*queue->end = user;
	queue->end = &user->next;
	queue->n_waiting++;
	return RECIPIENT_QUEUE_WAIT;
}

void recipient_queue_mark_unreachable(struct recipient_queue_user *user)
{
	user->queue->is_unreachable = true;
}

bool recipient_queue_is_unreachable(const struct recipient_queue_user *user)
{
	return user->queue && user->queue->is_unreachable;
}

struct recipient_queue_user *
recipient_queue_leave(struct recipient_queues *queues,
		      struct recipient_queue_user *user)
{
	struct recipient_queue *queue = user->queue;
	struct recipient_queue_user *next = queue->first;

	user->queue = NULL;
	if (!next) {
		recipient_queue_close(queues, queue);
		return NULL;
	}
	queue->first = next->next;
	queue->n_waiting--;
	if (!queue->first)
		queue->end = &queue->first;
	queue->key = next->key;
	next->queue = queue;
	return next;
}
