#include "policies/asking_spread.h"

int64_t asking_pace_last(int64_t n, int per_second, int64_t now)
{
	return per_second > 0 && n > 0 ? now + (n - 1) / per_second : now;
}

int64_t asking_host_last(const struct asking_rate *rate, int64_t n,
			 const struct asking_destination *use, int64_t now)
{
	int64_t per_day = rate->per_day, room = per_day - use->in_day, begin;

	if (per_day <= 0 || n <= room)
		return asking_pace_last(n, rate->per_second, now);
	n -= room > 0 ? room : 0;
	/* The next day begins when the first of this one is a day ago. */
	begin = (use->in_day > 0 ? use->oldest_at : now) + ASKING_DAY_S;
	if (begin < now)
		begin = now;
	return asking_pace_last((n - 1) % per_day + 1, rate->per_second,
				begin + (n - 1) / per_day * ASKING_DAY_S);
}
