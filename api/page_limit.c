/* How often a page is answered, and how often addresses are guessed. */
#include <pthread.h>

#include "api/page_private.h"
#include "server/base/random.h"
#include "server/base/siphash.h"

#define PLACES 4096
#define TOKEN_MOST 10
#define SOURCE_MOST 60

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

/* Two that share a place take turns in it: then more are let through, never
 * fewer. */
bool page_limit_take(struct page_limits *limits, enum page_limit which,
		     struct view of, int64_t now)
{
	uint64_t hash = hash_64(&limits->key, of.at, of.len) ^
			(which == PAGE_LIMIT_SOURCE);
	struct page_count *count = &limits->at[hash / 2 % PLACES];
	bool is_fine;

	pthread_mutex_lock(&limits->lock);
	if (count->hash != hash || count->minute != now / 60)
		*count = (struct page_count){hash, now / 60, 0};
	count->n++;
	is_fine = count->n <=
		  (which == PAGE_LIMIT_TOKEN ? TOKEN_MOST : SOURCE_MOST);
	pthread_mutex_unlock(&limits->lock);
	return is_fine;
}
