#include "policies/limits.h"

#include "server/base/uri.h"

#define DAY_S 86400
#define MILLI 1000
#define MAX_BREADTH_DEFAULT 60 /* RFC 5393 section 5.3.3 */
#define RETRY_PAUSE_S 60       /* when no pauses are configured */
#define CROWD_SHARE 8	       /* a pause is that part of the wait so far */

static int at_least(int value, int least)
{
	return value < least ? least : value;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void bucket_fill(struct bucket *bucket, int64_t now_ms, int per_s,
			int64_t most)
{
	int64_t elapsed = now_ms - bucket->filled_ms;

	if (bucket->filled_ms == 0 && bucket->level_milli == 0)
		bucket->level_milli = most;
	else if (elapsed > (most - bucket->level_milli) / per_s)
		/* the product cannot overflow below */
		bucket->level_milli = most;
	else if (elapsed > 0)
		bucket->level_milli =
			earlier(most, bucket->level_milli + elapsed * per_s);
	bucket->filled_ms = now_ms;
}

int64_t bucket_take(struct bucket *bucket, int64_t now_ms, int per_s, int burst)
{
	per_s = at_least(per_s, 1);
	/* Instant 0 is kept for "never used". */
	bucket_fill(bucket, later(now_ms, 1), per_s,
		    (int64_t)at_least(burst, 1) * MILLI);
	if (bucket->level_milli >= MILLI) {
		bucket->level_milli -= MILLI;
		return 0;
	}
	return (MILLI - bucket->level_milli + per_s - 1) / per_s;
}

void bucket_spend(struct bucket *bucket, int64_t now_ms, int per_s, int burst)
{
	bucket_fill(bucket, later(now_ms, 1), at_least(per_s, 1),
		    (int64_t)at_least(burst, 1) * MILLI);
	bucket->level_milli -= MILLI;
}

/** The generic cell rate rule: `burst` at once, one more each interval. */
static int64_t pace_at(const struct ask_limits *limits, const int64_t *asked_at,
		       size_t n, int64_t now)
{
	int64_t interval = at_least(limits->interval_s, 0);
	int64_t due = now - DAY_S;

	for (size_t i = 0; i < n; i++) /* a clock set back is no punishment */
		due = later(due, earlier(asked_at[i], now)) + interval;
	return due - (at_least(limits->burst, 1) - 1) * interval;
}

int64_t limits_ask_at(const struct ask_limits *limits, const int64_t *asked_at,
		      size_t n, int64_t now)
{
	size_t per_day = (size_t)at_least(limits->per_day, 1);
	int64_t at;

	while (n > 0 && asked_at[0] <= now - DAY_S) {
		asked_at++;
		n--;
	}
	if (n == 0)
		return now;
	at = pace_at(limits, asked_at, n, now);
	if (n >= per_day)
		at = later(at, earlier(asked_at[n - per_day], now) + DAY_S);
	return at;
}

int64_t limits_retry_pause(const int *pauses_s, size_t n, unsigned attempts,
			   int spread)
{
	size_t place = attempts == 0 ? 0 : attempts - 1;
	int64_t pause = RETRY_PAUSE_S;

	if (n > 0)
		pause = pauses_s[place < n ? place : n - 1];
	spread = spread < -100 ? -100 : spread > 100 ? 100 : spread;
	return later(1, pause + pause * spread / 500);
}

int64_t limits_ask_pause(size_t n_tries)
{
	static const int64_t pauses_s[] = {600, 3600, 4 * 3600, 8 * 3600};
	const size_t n = sizeof(pauses_s) / sizeof(pauses_s[0]);

	return pauses_s[n_tries < 2	  ? 0
			: n_tries - 1 < n ? n_tries - 1
					  : n - 1];
}

/* The last one comes an eighth later than it could, and what waits for days is
 * looked at sixty times, not ten thousand times. */
int64_t limits_crowd_pause(int64_t pause_s, int64_t waited_s)
{
	return pause_s + later(0, waited_s / CROWD_SHARE);
}

static bool is_numeric(struct view host)
{
	for (size_t i = 0; i < host.len; i++)
		if (host.at[i] != '.' && (host.at[i] < '0' || host.at[i] > '9'))
			return host.at[0] == '[';
	return true;
}

/* Does a registrar of ours answer for it? */
static bool is_home(const struct away_rule *rule, const char *recipient)
{
	struct uri uri;

	if (rule->is_everywhere)
		return true;
	if (uri_parse(view_of(recipient), &uri) != ERR_OK)
		return false;
	return is_numeric(uri.host) ||
	       view_equal_nocase(uri.host, view_of(rule->domain)) ||
	       domains_find(&rule->domains, uri.host);
}

static bool means_away(const struct away_rule *rule, const char *recipient,
		       int status)
{
	for (size_t i = 0; rule && i < rule->n; i++)
		if (rule->statuses[i] == status)
			return is_home(rule, recipient);
	return false;
}

static enum leg_outcome outcome_of(int status)
{
	if (status < 200)
		return LEG_OUTCOME_TRY_AGAIN; /* no final answer: silence */
	if (status <= 299)
		return LEG_OUTCOME_OK;
	switch (status) {
	case 408:
	case 480:
	case 486:
		return LEG_OUTCOME_TRY_AGAIN;
	case 401:
	case 407:
		return LEG_OUTCOME_CREDENTIALS;
	case 501:
	case 505:
	case 513:
		return LEG_OUTCOME_FAILED;
	default:
		return status >= 500 && status <= 599 ? LEG_OUTCOME_TRY_AGAIN
						      : LEG_OUTCOME_FAILED;
	}
}

enum leg_outcome limits_leg_outcome(const struct away_rule *rule,
				    const char *recipient, int status)
{
	enum leg_outcome outcome = outcome_of(status);

	if (outcome == LEG_OUTCOME_FAILED &&
	    means_away(rule, recipient, status))
		return LEG_OUTCOME_TRY_AGAIN;
	return outcome;
}

struct breadth limits_breadth(int incoming, int maximum, size_t n)
{
	int whole = incoming < 0 ? MAX_BREADTH_DEFAULT : incoming;

	maximum = at_least(maximum, 1);
	if (whole > maximum)
		whole = maximum;
	if (n > (size_t)whole)
		return (struct breadth){(size_t)whole, 1};
	if (n == 0)
		return (struct breadth){0, at_least(whole, 1)};
	return (struct breadth){n, (int)((size_t)whole / n)};
}

int limits_retry_after_s(enum overload overload)
{
	switch (overload) {
	case OVERLOAD_SOURCE:
		return 1;
	case OVERLOAD_TRANSACTIONS:
		return 2;
	case OVERLOAD_REQUESTS:
	case OVERLOAD_STOPPING:
	case OVERLOAD_WRITER:
		return 5;
	case OVERLOAD_STORE:
		break;
	}
	return 60;
}

static int64_t growing_pause(unsigned n_failed, unsigned n_free)
{
	unsigned doubled = n_failed > n_free ? n_failed - n_free - 1 : 0;

	if (n_failed <= n_free)
		return 0;
	return doubled > 8 ? 300 : (int64_t)1 << doubled;
}

int64_t limits_login_pause(unsigned n_failed)
{
	return growing_pause(n_failed, 4);
}

int64_t limits_source_pause(unsigned n_failed)
{
	return growing_pause(n_failed, 49);
}
