#include "tests/unit/clock_help.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_stopped;
static int64_t now_ms;

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	if (!is_stopped || clock != CLOCK_MONOTONIC)
		return (int)syscall(SYS_clock_gettime, clock, ret);
	*ret = (struct timespec){.tv_sec = now_ms / 1000,
				 .tv_nsec = now_ms % 1000 * 1000000};
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
