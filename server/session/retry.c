#include "server/session/retry.h"

#include <stddef.h>

static bool set_once(bool *flag, bool is_possible)
{
	if (*flag || !is_possible)
		return false;
	*flag = true;
	return true;
}

static bool lengthen(struct retry *retry, int min_se_s)
{
	if (min_se_s <= retry->min_se_s || min_se_s > RETRY_SE_MAX)
		return false;
	retry->min_se_s = min_se_s;
	return true;
}

static bool leave_out(struct retry *retry, const char *tags)
{
	if (retry->without || !tags)
		return false;
	retry->without = tags;
	return true;
}

bool retry_step(struct retry *retry, const struct retry_refusal *refusal,
		int most)
{
	if (retry->n_invites >= most)
		return false;
	switch (refusal->status) {
	case 415:
		return set_once(&retry->is_bare, refusal->has_list);
	case 420:
		return leave_out(retry, refusal->unsupported);
	case 422:
		return lengthen(retry, refusal->min_se_s);
	case 488:
	case 606:
		return set_once(&retry->is_simple, refusal->has_rich);
	default:
		return false;
	}
}
