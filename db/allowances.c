#include "db/allowances.h"

#include <pthread.h>

#include "server/base/random.h"
#include "server/base/siphash.h"
#include "server/base/uri.h"

#define SETS ((size_t)16384)
#define PLACES 4 /* of a set */
#define HOUR_US ((int64_t)3600 * 1000 * 1000)
#define BURST_US ((int64_t)ALLOWANCE_BURST_S * 1000 * 1000)

/** What a sender has. */
enum allowed { REQUESTS, RECIPIENTS, MISSING, ALLOWED };

/** How long each takes to be refilled. */
static const int64_t spans_us[ALLOWED] = {BURST_US, HOUR_US, HOUR_US};

/** When what was taken is refilled, in microseconds; the past: all of it is. */
struct allowance {
	uint64_t hash; /**< 0: nobody */
	int64_t full_us[ALLOWED];
	int64_t used_us;
};

struct allowances {
	pthread_mutex_t lock;
	struct allowance_limits limits;
	struct hash_key key;
	int64_t unproved_us; /**< of all who did not prove who they are */
	struct allowance senders[SETS][PLACES];
};

struct allowances *allowances_new(const struct allowance_limits *limits)
{
	struct allowances *allowances = mem_alloc(sizeof(*allowances));

	memset(allowances, 0, sizeof(*allowances));
	pthread_mutex_init(&allowances->lock, NULL);
	allowances->limits = *limits;
	random_bytes(&allowances->key, sizeof(allowances->key));
	return allowances;
}

void allowances_free(struct allowances *allowances)
{
	if (!allowances)
		return;
	pthread_mutex_destroy(&allowances->lock);
	free(allowances);
}

/** Of a person: another spelling is no other allowance. */
static uint64_t hash_of(const struct allowances *allowances, const char *name)
{
	char person[URI_KEY_ROOM];

	if (uri_key_person(name, person))
		name = person;
	return hash_64(&allowances->key, name, strlen(name)) | 1;
}

static struct allowance *find(struct allowances *allowances, const char *name,
			      int64_t now_us)
{
	uint64_t hash = hash_of(allowances, name);
	struct allowance *set = allowances->senders[(hash >> 1) % SETS];
	struct allowance *quietest = set;

	for (size_t i = 0; i < PLACES; i++) {
		if (set[i].hash == hash) {
			set[i].used_us = now_us;
			return &set[i];
		}
		if (set[i].used_us < quietest->used_us)
			quietest = &set[i];
	}
	*quietest = (struct allowance){.hash = hash, .used_us = now_us};
	return quietest;
}

/** Take @p cost_us out of what fills @p span_us: 0, or how long to wait for it
 *  in milliseconds. */
static int64_t take(int64_t *full_us, int64_t cost_us, int64_t span_us,
		    int64_t now_us)
{
	int64_t base = *full_us > now_us ? *full_us : now_us;
	int64_t over_us = base + cost_us - now_us - span_us;

	if (over_us > 0)
		return (over_us + 999) / 1000;
	*full_us = base + cost_us;
	return 0;
}

const char *allowance_name(struct arena *arena, const char *sender,
			   const char *domain)
{
	char person[URI_KEY_ROOM];

	if (!domain)
		return sender;
	return arena_printf(arena, "%s %s", domain,
			    uri_key_person(sender, person) ? person : sender);
}

/** @p sender  NULL: all who did not prove who they are */
static int64_t take_of(struct allowances *allowances, const char *sender,
		       enum allowed what, int64_t cost_us, int64_t now_ms)
{
	int64_t now_us = now_ms * 1000, wait_ms;
	int64_t *full_us = &allowances->unproved_us;

	pthread_mutex_lock(&allowances->lock);
	if (sender)
		full_us = &find(allowances, sender, now_us)->full_us[what];
	wait_ms = take(full_us, cost_us, spans_us[what], now_us);
	pthread_mutex_unlock(&allowances->lock);
	return wait_ms;
}

int64_t allowances_request(struct allowances *allowances, const char *sender,
			   int64_t now_ms)
{
	int64_t per_s = allowances->limits.requests_per_s;

	return per_s ? take_of(allowances, sender, REQUESTS, 1000000 / per_s,
			       now_ms)
		     : 0;
}

static int64_t take_recipients(struct allowances *allowances,
			       const char *sender, size_t n, int64_t per_hour,
			       int64_t now_ms)
{
	if (!per_hour)
		return 0;
	if ((int64_t)n > per_hour)
		return -1;
	return take_of(allowances, sender, RECIPIENTS,
		       (int64_t)n * (HOUR_US / per_hour), now_ms);
}

int64_t allowances_recipients(struct allowances *allowances, const char *sender,
			      size_t n, int64_t now_ms)
{
	return take_recipients(allowances, sender, n,
			       allowances->limits.recipients_per_hour, now_ms);
}

#define UNSEEN_STEP ((size_t)100)

int64_t allowances_unseen(struct allowances *allowances, const char *sender,
			  size_t n, int64_t now_ms)
{
	size_t most = (size_t)allowances->limits.recipients_per_hour / 10 + 1;
	size_t cost = (n / UNSEEN_STEP + 1) * UNSEEN_STEP;

	return allowances_recipients(allowances, sender,
				     cost < most ? cost : most, now_ms);
}

int64_t allowances_missing(struct allowances *allowances, const char *sender,
			   int64_t now_ms)
{
	int64_t per_hour = allowances->limits.missing_per_hour;

	return per_hour ? take_of(allowances, sender, MISSING,
				  HOUR_US / per_hour, now_ms)
			: 0;
}

int64_t allowances_unproved(struct allowances *allowances, size_t n,
			    int64_t now_ms)
{
	return take_recipients(allowances, NULL, n,
			       allowances->limits.unproved_recipients_per_hour,
			       now_ms);
}

static int64_t left(int64_t full_us, int64_t cost_us, int64_t span_us,
		    int64_t now_us)
{
	int64_t used_us = full_us > now_us ? full_us - now_us : 0;

	return (span_us - used_us) / cost_us;
}

struct allowance_left allowances_left(struct allowances *allowances,
				      const char *sender, int64_t now_ms)
{
	const struct allowance_limits *limits = &allowances->limits;
	struct allowance_left ret = {-1, -1};
	int64_t now_us = now_ms * 1000;
	struct allowance *found;

	pthread_mutex_lock(&allowances->lock);
	found = find(allowances, sender, now_us);
	if (limits->requests_per_s)
		ret.requests = left(found->full_us[REQUESTS],
				    1000000 / limits->requests_per_s,
				    spans_us[REQUESTS], now_us);
	if (limits->recipients_per_hour)
		ret.recipients = left(found->full_us[RECIPIENTS],
				      HOUR_US / limits->recipients_per_hour,
				      spans_us[RECIPIENTS], now_us);
	pthread_mutex_unlock(&allowances->lock);
	return ret;
}
