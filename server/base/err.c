#include "server/base/err.h"

#include <stdio.h>
#include <unistd.h>

struct err_row {
	const char *text;
	int sip, http;
};

/*
 * A failed transport counts as 503 and silence as 408 (RFC 3261 section
 * 8.1.3.1).  SIP has no 409: what a state forbids is 403.
 */
static const struct err_row rows[ERR_COUNT] = {
	/* clang-format off */
	[ERR_OK]           = {"ok", 200, 200},
	[ERR_SYNTAX]       = {"malformed", 400, 400},
	[ERR_CHARSET]      = {"bad characters", 400, 400},
	[ERR_TOO_LARGE]    = {"too large", 413, 413},
	[ERR_UNSUPPORTED]  = {"unsupported type", 415, 415},
	[ERR_SCHEME]       = {"unsupported URI scheme", 416, 422},
	[ERR_HOSTILE]      = {"refused by rule", 403, 422},
	[ERR_UNKNOWN]      = {"not found", 404, 404},
	[ERR_EXISTS]       = {"exists already", 403, 409},
	[ERR_CONFLICT]     = {"conflicts with the present state", 403, 409},
	[ERR_PRECONDITION] = {"precondition failed", 412, 412},
	[ERR_AUTHENTICATE] = {"authentication needed", 401, 401},
	[ERR_FORBIDDEN]    = {"forbidden", 403, 403},
	[ERR_BUSY]         = {"busy", 503, 429},
	[ERR_FULL]         = {"storage is full", 503, 507},
	[ERR_IO]           = {"input or output failed", 500, 500},
	[ERR_UNREACHABLE]  = {"unreachable", 503, 502},
	[ERR_TIMEOUT]      = {"timed out", 408, 504},
	[ERR_SHUTDOWN]     = {"shutting down", 503, 503},
	/* clang-format on */
};

static const struct err_row *row_of(enum err err)
{
	static const struct err_row unknown = {"unknown error", 500, 500};

	if ((unsigned)err >= ERR_COUNT)
		return &unknown;
	return &rows[err];
}

const char *err_text(enum err err)
{
	return row_of(err)->text;
}

int err_sip_status(enum err err)
{
	return row_of(err)->sip;
}

int err_http_status(enum err err)
{
	return row_of(err)->http;
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
