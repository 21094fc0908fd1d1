#include "server/consent/consents_private.h"

/** So many may leave at once: a tenth of a second's. */
static int burst_of(int per_second)
{
	return per_second / 10 + 1;
}

size_t pace_take(struct consents *consents, size_t wanted, int64_t *ret_wait_ms)
{
	int per_second = consents->settings.per_second;
	int64_t now_ms = loop_now_ms(consents->settings.loop);
	size_t n = 0;

	*ret_wait_ms = 0;
	if (per_second <= 0)
		return wanted;
	while (n < wanted && *ret_wait_ms == 0) {
		*ret_wait_ms = bucket_take(&consents->pace.all, now_ms,
					   per_second, burst_of(per_second));
		n += *ret_wait_ms == 0;
	}
	return n;
}

void pace_give_back(struct consents *consents, size_t n)
{
	if (consents->settings.per_second > 0)
		consents->pace.all.level_milli += 1000 * (int64_t)n;
}

void consents_note_message(struct consents *consents)
{
	int per_second = consents->settings.per_second;

	if (per_second > 0)
		bucket_spend(&consents->pace.all,
			     loop_now_ms(consents->settings.loop), per_second,
			     burst_of(per_second));
}

/* Two destinations may share a place: then both wait for longer. */
int64_t pace_slot(struct consents *consents, const char *target,
		  const char *destination, int64_t now)
{
	const char *domain =
		domains_of(&consents->settings.places.domains, target);
	int per_second = consents->settings.asking.destination.per_second;
	uint64_t hash = UINT64_C(14695981039346656037);
	int64_t *next;
	int64_t at;

	for (const char *c = destination; *c; c++)
		hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
	for (const char *c = domain; c && *c; c++)
		hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
	next = &consents->pace.next[hash % PACE_PLACES];
	if (per_second < 1)
		per_second = 1;
	at = (now + 1) * per_second;
	if (*next > at)
		at = *next;
	*next = at + 1;
	return at / per_second;
}
