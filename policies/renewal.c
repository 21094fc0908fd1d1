#include "policies/renewal.h"

#include <string.h>

#include "policies/permission.h"

#define SAME RENEWALS /**< nothing changes; not the default */

/* clang-format off */
static const enum renewal table[RENEWALS][RENEWAL_EVENTS] = {
	[RENEWAL_NONE] = {
		[RENEWAL_TERM]    = RENEWAL_PLANNED,
		[RENEWAL_OVER]    = RENEWAL_NONE,
		[RENEWAL_SEND]    = SAME,
		[RENEWAL_AWAY]    = SAME,
		[RENEWAL_REFUSED] = SAME,
	},
	[RENEWAL_PLANNED] = {
		[RENEWAL_TERM]    = RENEWAL_PLANNED,
		[RENEWAL_OVER]    = RENEWAL_NONE,
		[RENEWAL_SEND]    = RENEWAL_ASKED,
		[RENEWAL_AWAY]    = SAME,
		[RENEWAL_REFUSED] = RENEWAL_FAILED,
	},
	[RENEWAL_ASKED] = {
		[RENEWAL_TERM]    = RENEWAL_PLANNED,
		[RENEWAL_OVER]    = RENEWAL_NONE,
		[RENEWAL_SEND]    = SAME,
		[RENEWAL_AWAY]    = RENEWAL_PLANNED,
		[RENEWAL_REFUSED] = RENEWAL_FAILED,
	},
	[RENEWAL_FAILED] = {
		[RENEWAL_TERM]    = RENEWAL_PLANNED,
		[RENEWAL_OVER]    = RENEWAL_NONE,
		[RENEWAL_SEND]    = SAME,
		[RENEWAL_AWAY]    = SAME,
		[RENEWAL_REFUSED] = SAME,
	},
};

static const char *const names[RENEWALS] = {
	[RENEWAL_NONE]    = "none",
	[RENEWAL_PLANNED] = "planned",
	[RENEWAL_ASKED]   = "asked",
	[RENEWAL_FAILED]  = "failed",
};
/* clang-format on */

enum renewal renewal_step(enum renewal renewal, enum renewal_event event)
{
	enum renewal next;

	if (renewal >= RENEWALS || event >= RENEWAL_EVENTS)
		return renewal;
	next = table[renewal][event];
	return next == SAME ? renewal : next;
}

/** The same for one row always, and even over all (FNV-1a). */
static uint64_t spread_of(const struct permission *row)
{
	const char *const texts[] = {row->recipient, row->sender, row->target};
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (const char *at = texts[i]; at && *at; at++)
			hash = (hash ^ (unsigned char)*at) *
			       UINT64_C(1099511628211);
	}
	return hash ^ hash >> 32;
}

int64_t renewal_at(const struct permission *row, int64_t renew_before_s)
{
	int64_t term_s, window_s;

	if (row->state != PERMISSION_GRANTED || row->expires_at == 0 ||
	    renew_before_s <= 0 || row->term_s > 0)
		return 0;
	term_s = row->expires_at - row->changed_at;
	if (term_s < RENEWAL_LEAST_S)
		return 0;
	window_s = renew_before_s < term_s / 2 ? renew_before_s : term_s / 2;
	return row->expires_at - window_s +
	       (int64_t)(spread_of(row) % (uint64_t)(window_s / 2 + 1));
}

const char *renewal_name(enum renewal renewal)
{
	return renewal < RENEWALS ? names[renewal] : "unknown";
}

bool renewal_from(const char *name, enum renewal *ret)
{
	for (size_t i = 0; name && i < RENEWALS; i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum renewal)i;
			return true;
		}
	}
	return false;
}

int64_t term_end(int64_t term_s, int64_t default_s, int64_t now)
{
	int64_t lives_s = term_s == TERM_DEFAULT ? default_s : term_s;

	return lives_s > 0 ? now + lives_s : 0;
}
