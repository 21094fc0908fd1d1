#include "server/base/err.h"

#include <stdio.h>
#include <unistd.h>

static const char *const texts[ERR_COUNT] = {
	/* clang-format off */
	[ERR_OK]           = "ok",
	[ERR_SYNTAX]       = "malformed",
	[ERR_CHARSET]      = "bad characters",
	[ERR_TOO_LARGE]    = "too large",
	[ERR_UNSUPPORTED]  = "unsupported type",
	[ERR_SCHEME]       = "unsupported URI scheme",
	[ERR_HOSTILE]      = "refused by rule",
	[ERR_UNKNOWN]      = "not found",
	[ERR_EXISTS]       = "exists already",
	[ERR_CONFLICT]     = "conflicts with the present state",
	[ERR_PRECONDITION] = "precondition failed",
	[ERR_AUTHENTICATE] = "authentication needed",
	[ERR_FORBIDDEN]    = "forbidden",
	[ERR_BUSY]         = "busy",
	[ERR_FULL]         = "storage is full",
	[ERR_IO]           = "input or output failed",
	[ERR_UNREACHABLE]  = "unreachable",
	[ERR_TIMEOUT]      = "timed out",
	[ERR_UNVERIFIED]   = "not proved by its certificate",
	[ERR_SHUTDOWN]     = "shutting down",
	/* clang-format on */
};

const char *err_text(enum err err)
{
	return (unsigned)err < ERR_COUNT ? texts[err] : "unknown error";
}

void err_fatal(const char *what)
{
	char line[256];
	int len = snprintf(line, sizeof(line), "volensd: fatal: %s\n", what);

	if (len > (int)sizeof(line) - 1)
		len = sizeof(line) - 1;
	/* Nothing can be done when standard error is gone. */
	if (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0)
		_exit(1);
	_exit(1);
}
