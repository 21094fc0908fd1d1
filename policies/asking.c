#include "policies/asking.h"

#include <limits.h>

#include "server/base/ip_bytes.h"
#include "server/base/uri.h"

static const char *const names[ASKING_LIMITS] = {
	[ASKING_INTERVAL] = "interval",
	[ASKING_DAY] = "day",
	[ASKING_OWNER_DAY] = "owner-day",
	[ASKING_OWNER_WEEK] = "owner-week",
	[ASKING_OWNER_HALF_YEAR] = "owner-half-year",
	[ASKING_NO_ANSWER] = "no-answer",
	[ASKING_HOST_SECOND] = "host-second",
	[ASKING_HOST_DAY] = "host-day",
	[ASKING_NETWORK_SECOND] = "network-second",
	[ASKING_NETWORK_DAY] = "network-day",
	[ASKING_HOST_BYTES] = "host-bytes",
	[ASKING_NETWORK_BYTES] = "network-bytes",
	[ASKING_BYTES] = "bytes",
	[ASKING_CALLS] = "calls",
};

const char *asking_limit_name(enum asking_limit limit)
{
	return names[limit];
}

/** What is looked at. */
struct past {
	const struct asking_past *at;
	size_t n;
	int64_t now;
};

/** At most @p most in any @p period_s. */
struct window {
	enum asking_limit limit;
	int64_t period_s;
	int most;
	bool is_owners; /**< only the owner's count */
};

/** A clock set back is no punishment. */
static int64_t instant(const struct past *past, size_t i)
{
	int64_t at = past->at[i].asked_at;

	return at < past->now ? at : past->now;
}

static bool counts(const struct past *past, const struct window *window,
		   size_t i)
{
	return (past->at[i].is_owners || !window->is_owners) &&
	       instant(past, i) > past->now - window->period_s;
}

/** When the window has room: its question number `most`, from the end, has left
 *  it then. */
static struct asking_verdict window_when(const struct past *past,
					 const struct window *window)
{
	struct asking_verdict verdict = {.limit = window->limit,
					 .at = past->now,
					 .allowed = window->most,
					 .period_s = window->period_s};

	for (size_t i = past->n; i > 0; i--) {
		if (!counts(past, window, i - 1))
			continue;
		if (++verdict.used == window->most)
			verdict.at = instant(past, i - 1) + window->period_s;
	}
	return verdict;
}

static struct asking_verdict pace_when(const struct asking_limits *limits,
				       const struct past *past)
{
	struct ask_limits pace = limits->all;
	int64_t interval = pace.interval_s < 0 ? 0 : pace.interval_s;
	struct asking_verdict verdict = {.limit = ASKING_INTERVAL,
					 .at = past->now,
					 .allowed = pace.burst,
					 .period_s = interval};
	int64_t due = past->now - ASKING_DAY_S;
	int burst = pace.burst < 1 ? 1 : pace.burst;

	for (size_t i = 0; i < past->n; i++) {
		int64_t at = instant(past, i);

		if (at <= past->now - ASKING_DAY_S)
			continue;
		verdict.used += at > past->now - interval;
		due = (due > at ? due : at) + interval;
	}
	due -= (burst - 1) * interval;
	if (due > past->now)
		verdict.at = due;
	return verdict;
}

/** The owner's last ones, as long as there was no answer. */
static struct asking_verdict pause_when(const struct asking_limits *limits,
					const struct past *past)
{
	struct asking_verdict verdict = {
		.limit = ASKING_NO_ANSWER, .at = past->now, .allowed = 1};
	size_t place;

	for (size_t i = past->n; i > 0 && limits->n_pauses; i--) {
		if (!past->at[i - 1].is_owners)
			continue;
		if (past->at[i - 1].is_answered)
			break;
		if (++verdict.used == 1)
			verdict.at = instant(past, i - 1);
	}
	if (verdict.used == 0)
		return verdict;
	place = (size_t)verdict.used - 1;
	if (place >= limits->n_pauses)
		place = limits->n_pauses - 1;
	verdict.period_s = limits->pauses_s[place];
	verdict.at += verdict.period_s;
	return verdict;
}

void asking_take_later(struct asking_verdict *verdict,
		       struct asking_verdict other, int64_t now)
{
	if (other.at > now && other.at > verdict->at)
		*verdict = other;
}

static const struct asking_past *skip_old(const struct asking_past *past,
					  size_t *n, int64_t now)
{
	while (*n > 0 && past[0].asked_at <= now - ASKING_PAST_S) {
		past++;
		--*n;
	}
	return past;
}

/* A limit that is not set has a window that never fills. */
static int most_of(int limit)
{
	return limit > 0 ? limit : INT_MAX;
}

struct asking_verdict asking_free(const struct asking_limits *limits,
				  const struct asking_past *past, size_t n,
				  int64_t now)
{
	const struct past of = {past, n, now};
	const struct window day = {ASKING_FREE, ASKING_DAY_S, INT_MAX, true};
	struct asking_verdict verdict = window_when(&of, &day);

	verdict.allowed = limits->owner_per_day;
	return verdict;
}

/** All owners together. */
static void take_all(const struct asking_limits *limits, const struct past *of,
		     struct asking_verdict *verdict)
{
	const struct window day = {
		ASKING_DAY, ASKING_DAY_S,
		limits->all.per_day > 0 ? limits->all.per_day : 1, false};

	asking_take_later(verdict, window_when(of, &day), of->now);
	asking_take_later(verdict, pace_when(limits, of), of->now);
}

struct asking_verdict asking_when(const struct asking_limits *limits,
				  const struct asking_past *past, size_t n,
				  int64_t now)
{
	const struct window windows[] = {
		{ASKING_OWNER_DAY, ASKING_DAY_S, most_of(limits->owner_per_day),
		 true},
		{ASKING_OWNER_WEEK, ASKING_WEEK_S,
		 most_of(limits->owner_per_week), true},
		{ASKING_OWNER_HALF_YEAR, ASKING_PAST_S,
		 most_of(limits->owner_per_half_year), true},
	};
	struct past of = {.now = now};
	struct asking_verdict verdict;

	of.at = skip_old(past, &n, now);
	of.n = n;
	verdict = asking_free(limits, of.at, n, now);
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		asking_take_later(&verdict, window_when(&of, &windows[i]), now);
	take_all(limits, &of, &verdict);
	asking_take_later(&verdict, pause_when(limits, &of), now);
	return verdict;
}

struct asking_verdict asking_renewal_when(const struct asking_limits *limits,
					  const struct asking_past *past,
					  size_t n, int64_t now)
{
	const struct past of = {past, n, now};
	struct asking_verdict verdict = asking_free(limits, past, n, now);

	take_all(limits, &of, &verdict);
	return verdict;
}

bool asking_has_rate(const struct asking_rate *rate)
{
	return rate->per_second > 0 || rate->per_day > 0 ||
	       rate->bytes_per_day > 0;
}

int64_t asking_destination_room(const struct asking_rate *rate,
				const struct asking_destination *use)
{
	return rate->bytes_per_day > 0 ? rate->bytes_per_day - use->bytes
				       : INT64_MAX;
}

static int to_int(int64_t n)
{
	return (int)(n < INT_MAX ? n : INT_MAX);
}

/** Those of tries that are out come back in part, so it is looked at soon. */
static struct asking_verdict place_bytes(const struct asking_rate *rate,
					 const struct asking_destination *use,
					 int64_t now)
{
	return (struct asking_verdict){.at = now + ASKING_CREDIT_PAUSE_S,
				       .used = to_int(use->bytes),
				       .allowed = to_int(rate->bytes_per_day),
				       .period_s = ASKING_DAY_S};
}

struct asking_verdict
asking_destination_when(const struct asking_rate *rate, enum asking_place place,
			const struct asking_destination *use,
			const struct asking_need *need, int64_t now)
{
	bool is_host = place == ASKING_HOST;
	struct asking_verdict verdict = {.at = now};
	struct asking_verdict bytes = place_bytes(rate, use, now);
	struct asking_verdict second = {
		.limit = is_host ? ASKING_HOST_SECOND : ASKING_NETWORK_SECOND,
		.at = now + 1,
		.used = use->in_second,
		.allowed = rate->per_second,
		.period_s = 1};
	struct asking_verdict day = {
		.limit = is_host ? ASKING_HOST_DAY : ASKING_NETWORK_DAY,
		.at = (use->oldest_at < now ? use->oldest_at : now) +
		      ASKING_DAY_S,
		.used = use->in_day,
		.allowed = rate->per_day,
		.period_s = ASKING_DAY_S};

	bytes.limit = is_host ? ASKING_HOST_BYTES : ASKING_NETWORK_BYTES;
	if (rate->per_second > 0 && use->in_second >= rate->per_second)
		asking_take_later(&verdict, second, now);
	if (!need->is_try && rate->per_day > 0 && use->in_day >= rate->per_day)
		asking_take_later(&verdict, day, now);
	if (need->bytes > asking_destination_room(rate, use))
		asking_take_later(&verdict, bytes, now);
	return verdict;
}

/** What is left of so many for each. */
static int64_t left_of(int ratio, int64_t in, int64_t out)
{
	return ratio > 0 ? ratio * in - out : INT64_MAX;
}

bool asking_has_credit(const struct asking_limits *limits)
{
	return limits->bytes_ratio > 0 || limits->requests_per_call > 0;
}

int64_t asking_credit(const struct asking_limits *limits,
		      const struct asking_traffic *traffic)
{
	return left_of(limits->bytes_ratio, traffic->received, traffic->sent);
}

int64_t asking_tries_left(const struct asking_limits *limits,
			  const struct asking_traffic *traffic)
{
	return left_of(limits->requests_per_call, traffic->calls,
		       traffic->requests);
}

struct asking_verdict asking_bytes_when(const struct asking_limits *limits,
					const struct asking_traffic *traffic,
					int64_t need, int64_t now)
{
	if (need <= asking_credit(limits, traffic))
		return (struct asking_verdict){.at = now};
	return (struct asking_verdict){
		.limit = ASKING_BYTES,
		.at = now + ASKING_CREDIT_PAUSE_S,
		.used = to_int(traffic->sent),
		.allowed = to_int(limits->bytes_ratio * traffic->received),
		.period_s = ASKING_HOUR_S};
}

struct asking_verdict asking_calls_when(const struct asking_limits *limits,
					const struct asking_traffic *traffic,
					int64_t now)
{
	if (asking_tries_left(limits, traffic) > 0)
		return (struct asking_verdict){.at = now};
	return (struct asking_verdict){
		.limit = ASKING_CALLS,
		.at = now + ASKING_CREDIT_PAUSE_S,
		.used = to_int(traffic->requests),
		.allowed = to_int(limits->requests_per_call * traffic->calls),
		.period_s = ASKING_HOUR_S};
}

/* A name may lead anywhere, and is in none. */
static bool network_has(const struct trust_network *network, struct view host)
{
	uint8_t address[IP_BYTES];

	if (host.len > 2 && host.at[0] == '[')
		host = view_head(view_from(host, 1), host.len - 2);
	return ip_bytes_read(host, address) &&
	       trust_network_holds(network, address);
}

bool asking_is_home(const struct asking_home *home, struct view host)
{
	for (size_t i = 0; i < home->n_domains; i++)
		if (uri_hosts_equal(host, view_of(home->domains[i])))
			return true;
	for (size_t i = 0; i < home->n_networks; i++)
		if (network_has(&home->networks[i], host))
			return true;
	return false;
}
