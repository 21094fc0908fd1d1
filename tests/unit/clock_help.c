#include "tests/unit/clock_help.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_bool is_stopped;
static _Atomic int64_t now_ms; /* workers look at it, too */

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int64_t at_ms;

	if (!is_stopped || clock != CLOCK_MONOTONIC)
		return (int)syscall(SYS_clock_gettime, clock, ret);
	at_ms = now_ms;
	*ret = (struct timespec){.tv_sec = at_ms / 1000,
				 .tv_nsec = at_ms % 1000 * 1000000};
	return 0;
}

void clock_stop(void)
{
	is_stopped = true;
	now_ms = 1000000;
}

void clock_move(int ms)
{
	now_ms += ms;
}
