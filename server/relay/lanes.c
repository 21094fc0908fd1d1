#include "server/relay/lanes.h"

#include "server/base/token.h"

#define WAITING_MAX 128 /**< for one lane */

struct lane {
	struct lane *next; /**< in its bucket */
	const char *key;   /**< its user's */
	uint64_t hash;	   /**< of the key */
	struct lane_user *first, **end;
	size_t n_waiting;
	bool is_silent;
};

struct lanes {
	struct hash_key hash_key;
	struct lane *spare; /**< as many as were taken at once, at most */
	size_t n_buckets;   /**< a power of two */
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

static void free_all(struct lane *lane)
{
	while (lane) {
		struct lane *next = lane->next;

		free(lane);
		lane = next;
	}
}

void lanes_free(struct lanes *lanes)
{
	if (!lanes)
		return;
	for (size_t i = 0; i < lanes->n_buckets; i++)
		free_all(lanes->buckets[i]);
	free_all(lanes->spare);
	free(lanes);
}

static struct lane **bucket_of(struct lanes *lanes, uint64_t hash)
{
	return &lanes->buckets[hash & (lanes->n_buckets - 1)];
}

static struct lane *find(struct lanes *lanes, const char *key, uint64_t hash)
{
	struct lane *lane = *bucket_of(lanes, hash);

	while (lane && (lane->hash != hash || strcmp(lane->key, key) != 0))
		lane = lane->next;
	return lane;
}

static struct lane *lane_open(struct lanes *lanes, const char *key,
			      uint64_t hash)
{
	struct lane **bucket = bucket_of(lanes, hash);
	struct lane *lane = lanes->spare;

	if (lane)
		lanes->spare = lane->next;
	else
		lane = mem_alloc(sizeof(*lane));
	*lane = (struct lane){.next = *bucket, .key = key, .hash = hash};
	lane->end = &lane->first;
	*bucket = lane;
	return lane;
}

static void lane_close(struct lanes *lanes, struct lane *lane)
{
	struct lane **at = bucket_of(lanes, lane->hash);

	while (*at != lane)
		at = &(*at)->next;
	*at = lane->next;
	lane->next = lanes->spare;
	lanes->spare = lane;
}

enum lane_entry lane_enter(struct lanes *lanes, struct lane_user *user)
{
	uint64_t hash = hash_64(&lanes->hash_key, user->key, strlen(user->key));
	struct lane *lane = find(lanes, user->key, hash);

	user->next = NULL;
	if (!lane) {
		user->lane = lane_open(lanes, user->key, hash);
		return LANE_YOURS;
	}
	if (lane->is_silent)
		return LANE_SILENT;
	if (lane->n_waiting == WAITING_MAX)
		return LANE_CROWDED;
	*lane->end = user;
	lane->end = &user->next;
	lane->n_waiting++;
	return LANE_WAIT;
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
		lane_close(lanes, lane);
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
