#include "policies/notice.h"

#include <string.h>

#include "policies/limits.h"

/* clang-format off */
static const enum notice_state table[NOTICE_STATES][NOTICE_EVENTS] = {
	[NOTICE_NONE] = {
		[NOTICE_EVENT_SENT] = NOTICE_NONE,
		[NOTICE_EVENT_TOLD] = NOTICE_NONE,
		[NOTICE_EVENT_AWAY] = NOTICE_NONE,
		[NOTICE_EVENT_OVER] = NOTICE_NONE,
		[NOTICE_EVENT_VOID] = NOTICE_NONE,
	},
	[NOTICE_DUE] = {
		[NOTICE_EVENT_SENT] = NOTICE_SENT,
		[NOTICE_EVENT_TOLD] = NOTICE_TOLD,
		[NOTICE_EVENT_AWAY] = NOTICE_DUE,
		[NOTICE_EVENT_OVER] = NOTICE_FAILED,
		[NOTICE_EVENT_VOID] = NOTICE_VOID,
	},
	[NOTICE_SENT] = {
		[NOTICE_EVENT_SENT] = NOTICE_SENT,
		[NOTICE_EVENT_TOLD] = NOTICE_TOLD,
		[NOTICE_EVENT_AWAY] = NOTICE_SENT,
		[NOTICE_EVENT_OVER] = NOTICE_FAILED,
		[NOTICE_EVENT_VOID] = NOTICE_VOID,
	},
	[NOTICE_TOLD] = {
		[NOTICE_EVENT_SENT] = NOTICE_TOLD,
		[NOTICE_EVENT_TOLD] = NOTICE_TOLD,
		[NOTICE_EVENT_AWAY] = NOTICE_TOLD,
		[NOTICE_EVENT_OVER] = NOTICE_TOLD,
		[NOTICE_EVENT_VOID] = NOTICE_TOLD,
	},
	[NOTICE_FAILED] = {
		[NOTICE_EVENT_SENT] = NOTICE_FAILED,
		[NOTICE_EVENT_TOLD] = NOTICE_FAILED,
		[NOTICE_EVENT_AWAY] = NOTICE_FAILED,
		[NOTICE_EVENT_OVER] = NOTICE_FAILED,
		[NOTICE_EVENT_VOID] = NOTICE_FAILED,
	},
	[NOTICE_VOID] = {
		[NOTICE_EVENT_SENT] = NOTICE_VOID,
		[NOTICE_EVENT_TOLD] = NOTICE_VOID,
		[NOTICE_EVENT_AWAY] = NOTICE_VOID,
		[NOTICE_EVENT_OVER] = NOTICE_VOID,
		[NOTICE_EVENT_VOID] = NOTICE_VOID,
	},
};

static const char *const kind_names[NOTICE_KINDS] = {
	[NOTICE_GRANT] = "grant",
	[NOTICE_DENY]  = "deny",
};

static const char *const state_names[NOTICE_STATES] = {
	[NOTICE_NONE]   = "none",
	[NOTICE_DUE]    = "due",
	[NOTICE_SENT]   = "sent",
	[NOTICE_TOLD]   = "told",
	[NOTICE_FAILED] = "failed",
	[NOTICE_VOID]   = "void",
};
/* clang-format on */

enum notice_state notice_step(enum notice_state state, enum notice_event event)
{
	return state < NOTICE_STATES && event < NOTICE_EVENTS
		       ? table[state][event]
		       : state;
}

bool notice_is_open(enum notice_state state)
{
	return state == NOTICE_DUE || state == NOTICE_SENT;
}

bool notice_may_end(enum notice_kind kind, bool has_left)
{
	return kind != NOTICE_GRANT || has_left;
}

bool notice_is_wanted(const struct permission *old,
		      const struct permission *row)
{
	return row->state == PERMISSION_GRANTED &&
	       row->origin != ORIGIN_RECIPIENT &&
	       !(old && old->state == PERMISSION_GRANTED);
}

int64_t notice_pause(int n_tries)
{
	return n_tries < 2 ? 60 : limits_ask_pause((size_t)n_tries - 1);
}

const char *notice_kind_name(enum notice_kind kind)
{
	return kind < NOTICE_KINDS ? kind_names[kind] : "unknown";
}

bool notice_kind_from(const char *name, enum notice_kind *ret)
{
	for (size_t i = 0; name && i < NOTICE_KINDS; i++) {
		if (strcmp(name, kind_names[i]) == 0) {
			*ret = (enum notice_kind)i;
			return true;
		}
	}
	return false;
}

const char *notice_state_name(enum notice_state state)
{
	return state < NOTICE_STATES ? state_names[state] : "unknown";
}

bool notice_state_from(const char *name, enum notice_state *ret)
{
	for (size_t i = 0; name && i < NOTICE_STATES; i++) {
		if (strcmp(name, state_names[i]) == 0) {
			*ret = (enum notice_state)i;
			return true;
		}
	}
	return false;
}
