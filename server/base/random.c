#include "server/base/random.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "server/base/err.h"

static void system_bytes(uint8_t *at, size_t len)
{
	while (len) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			err_fatal("no random numbers");
		at += n;
		len -= (size_t)n;
	}
}

/*
 * A system call for each tag and branch would be a good part of a message's
 * cost, so each thread takes a page at a time.  What was handed out is wiped; a
 * fork, which would copy the rest, never happens here.
 */
void random_bytes(void *ret, size_t len)
{
	static _Thread_local uint8_t stock[1024];
	static _Thread_local size_t left;

	if (len > sizeof(stock)) {
		system_bytes(ret, len);
		return;
	}
	if (len > left) {
		system_bytes(stock, sizeof(stock));
		left = sizeof(stock);
	}
	left -= len;
	memcpy(ret, stock + left, len);
	memset(stock + left, 0, len);
}
