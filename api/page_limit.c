/* How often a page is answered, and how often addresses are guessed. */
#include <pthread.h>

#include "api/page_private.h"
#include "server/base/random.h"
#include "server/base/siphash.h"

#define PLACES 4096

struct page_limits {
	pthread_mutex_t lock;
	struct hash_key key;
	struct page_count {
		uint64_t hash;
		int64_t minute;
		unsigned n;
	} at[PLACES];
};

struct page_limits *page_limits_new(void)
{
	struct page_limits *limits = mem_alloc(sizeof(*limits));

	memset(limits, 0, sizeof(*limits));
	pthread_mutex_init(&limits->lock, NULL);
	random_bytes(limits->key.bytes, sizeof(limits->key.bytes));
	return limits;
}

void page_limits_free(struct page_limits *limits)
{
	if (!limits)
		return;
	pthread_mutex_destroy(&limits->lock);
	free(limits);
}

static const unsigned most[PAGE_LIMITS] = {
	[PAGE_LIMIT_TOKEN] = 10,	 [PAGE_LIMIT_SOURCE] = 60,
	[PAGE_LIMIT_WRONG_SOURCE] = 30,	 [PAGE_LIMIT_WRONG_PAIR] = 10,
	[PAGE_LIMIT_WRONG_ACCOUNT] = 60,
};

/* Two that share a place take turns in it: then more are let through, never
 * fewer. */
static struct page_count *find(struct page_limits *limits,
			       enum page_limit which, struct view of,
			       int64_t now)
{
	uint64_t hash = hash_64(&limits->key, of.at, of.len) +
			(uint64_t)which * UINT64_C(0x9e3779b97f4a7c15);
	struct page_count *count = &limits->at[hash % PLACES];

	if (count->hash != hash || count->minute != now / 60)
		*count = (struct page_count){hash, now / 60, 0};
	return count;
}

bool page_limit_take(struct page_limits *limits, enum page_limit which,
		     struct view of, int64_t now)
{
	bool is_fine;

	pthread_mutex_lock(&limits->lock);
	is_fine = ++find(limits, which, of, now)->n <= most[which];
	pthread_mutex_unlock(&limits->lock);
	return is_fine;
}

void page_limit_give(struct page_limits *limits, enum page_limit which,
		     struct view of, int64_t now)
{
	struct page_count *count;

	pthread_mutex_lock(&limits->lock);
	count = find(limits, which, of, now);
	count->n -= count->n > 0;
	pthread_mutex_unlock(&limits->lock);
}

bool page_limit_is_first(struct page_limits *limits, enum page_limit which,
			 struct view of, int64_t now)
{
	bool is_first;

	pthread_mutex_lock(&limits->lock);
	is_first = find(limits, which, of, now)->n == 0;
	pthread_mutex_unlock(&limits->lock);
	return is_first;
}
