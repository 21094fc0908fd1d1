#include "server/relay/lanes.h"

#include "server/base/token.h"

#define WAITING_MAX 128 /**< for one lane */

struct lane {
	struct lane *next; /**< in its bucket */
	const char *key;   /**< its user's */
	struct lane_user *first, **end;
	size_t n_waiting;
	bool is_silent;
};

struct lanes {
	struct hash_key hash_key;
	size_t n_buckets; /**< a power of two */
	struct lane *buckets[];
};

struct lanes *lanes_new(size_t expected)
{
	struct lanes *lanes;
	size_t n = 64;

	while (n < expected && n < (1U << 20))
		n *= 2;
	lanes = mem_alloc(sizeof(*lanes) + n * sizeof(struct lane *));
	memset(lanes, 0, sizeof(*lanes) + n * sizeof(struct lane *));
	lanes->n_buckets = n;
	random_bytes(&lanes->hash_key, sizeof(lanes->hash_key));
	return lanes;
}

void lanes_free(struct lanes *lanes)
{
	if (!lanes)
		return;
	for (size_t i = 0; i < lanes->n_buckets; i++) {
		struct lane *lane = lanes->buckets[i];

		while (lane) {
			struct lane *next = lane->next;

			free(lane);
			lane = next;
		}
	}
	free(lanes);
}

/* Where the lane of @p key is linked, or would be. */
static struct lane **find(struct lanes *lanes, const char *key)
{
	uint64_t hash = hash_64(&lanes->hash_key, key, strlen(key));
	struct lane **at = &lanes->buckets[hash & (lanes->n_buckets - 1)];

	while (*at && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

enum lane_entry lane_enter(struct lanes *lanes, struct lane_user *user)
{
	struct lane **at = find(lanes, user->key);
	struct lane *lane = *at;

	user->next = NULL;
	if (lane) {
		if (lane->is_silent || lane->n_waiting == WAITING_MAX)
			return LANE_CROWDED;
		*lane->end = user;
		lane->end = &user->next;
		lane->n_waiting++;
		return LANE_WAIT;
	}
	lane = mem_alloc(sizeof(*lane));
	lane->next = NULL;
	lane->n_waiting = 0;
	lane->is_silent = false;
	lane->key = user->key;
	lane->first = NULL;
	lane->end = &lane->first;
	*at = lane;
	user->lane = lane;
	return LANE_YOURS;
}

void lane_silence(struct lane_user *user)
{
	user->lane->is_silent = true;
}

bool lane_is_silent(const struct lane_user *user)
{
	return user->lane && user->lane->is_silent;
}

struct lane_user *lane_leave(struct lanes *lanes, struct lane_user *user)
{
	struct lane *lane = user->lane;
	struct lane_user *next = lane->first;

	user->lane = NULL;
	if (!next) {
		*find(lanes, lane->key) = lane->next;
		free(lane);
		return NULL;
	}
	lane->first = next->next;
	lane->n_waiting--;
	if (!lane->first)
		lane->end = &lane->first;
	lane->key = next->key;
	next->lane = lane;
	return next;
}
