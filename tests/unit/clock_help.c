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

/* At the true time: who looked before, such as the test's runner, finds that it
 * does not run backwards. */
void clock_stop(void)
{
	struct timespec now;

	is_stopped = false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
	is_stopped = true;
}

void clock_move(int ms)
{
	now_ms += ms;
}
