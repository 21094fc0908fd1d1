#include "policies/kept_status.h"

#include <stddef.h>

int status_kept(int status, bool is_unverified)
{
	return is_unverified && status == 503 ? STATUS_UNVERIFIED : status;
}

int status_shown(int kept)
{
	return kept == STATUS_UNVERIFIED ? 503 : kept;
}

const char *status_reason(int kept)
{
	return kept == STATUS_UNVERIFIED ? "certificate" : NULL;
}
