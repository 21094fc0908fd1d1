#include "policies/permission.h"

#include <string.h>

/** What a cell of the table says. */
enum cell {
	FORBID, /**< the default: what nobody thought of is not allowed */
	KEEP,	/**< nothing changes */
	GONE,	/**< the row goes away */
	TO_PENDING,
	TO_WAITING,
	TO_ERROR,
	TO_DENIED,
	TO_GRANTED
};

/** Where a row stands.  A deny weighs differently by whose it is. */
enum situation {
	NONE, /**< no row */
	PENDING,
	WAITING,
	ERROR,
	GRANTED,
	DENIED_BY_OTHERS, /**< by an operator or an import */
	OWN_DENY,	  /**< by the recipient: yields to nobody else */
	SITUATIONS
};

/*
 * The one table.  Each cell: { recipient, admin, import }.  The relay's own
 * events (sent, undeliverable, expire) mean the same whoever reports them.
 *
 * RFC 5362 section 4 names the states, RFC 5360 sections 4.1, 5.6 and 5.8 the
 * ways between them.  A permission request that fails, or a trigger, changes no
 * decision (RFC 5360 section 5.11.1).  The recipient may always change a
 * decision; others may not change theirs.
 */
/* clang-format off */
static const enum cell table[SITUATIONS][PERMISSION_EVENTS][ORIGINS] = {
	[NONE] = {
		[EVENT_ADDED]         = { TO_PENDING, TO_PENDING, TO_PENDING },
		[EVENT_AGAIN]         = { TO_PENDING, TO_PENDING, TO_PENDING },
		[EVENT_SENT]          = { KEEP,       KEEP,       KEEP },
		[EVENT_UNDELIVERABLE] = { KEEP,       KEEP,       KEEP },
		[EVENT_GRANT]         = { TO_GRANTED, TO_GRANTED, TO_GRANTED },
		[EVENT_DENY]          = { TO_DENIED,  TO_DENIED,  TO_DENIED },
		[EVENT_EXPIRE]        = { KEEP,       KEEP,       KEEP },
		[EVENT_REMOVED]       = { KEEP,       KEEP,       KEEP },
	},
	[PENDING] = {
		[EVENT_ADDED]         = { KEEP,       KEEP,       KEEP },
		[EVENT_AGAIN]         = { KEEP,       KEEP,       KEEP },
		[EVENT_SENT]          = { TO_WAITING, TO_WAITING, TO_WAITING },
		[EVENT_UNDELIVERABLE] = { TO_ERROR,   TO_ERROR,   TO_ERROR },
		[EVENT_GRANT]         = { TO_GRANTED, TO_GRANTED, TO_GRANTED },
		[EVENT_DENY]          = { TO_DENIED,  TO_DENIED,  TO_DENIED },
		[EVENT_EXPIRE]        = { GONE,       GONE,       GONE },
		[EVENT_REMOVED]       = { GONE,       GONE,       GONE },
	},
	[WAITING] = {
		[EVENT_ADDED]         = { KEEP,       KEEP,       KEEP },
		[EVENT_AGAIN]         = { TO_PENDING, TO_PENDING, TO_PENDING },
		[EVENT_SENT]          = { KEEP,       KEEP,       KEEP },
		[EVENT_UNDELIVERABLE] = { TO_ERROR,   TO_ERROR,   TO_ERROR },
		[EVENT_GRANT]         = { TO_GRANTED, TO_GRANTED, TO_GRANTED },
		[EVENT_DENY]          = { TO_DENIED,  TO_DENIED,  TO_DENIED },
		[EVENT_EXPIRE]        = { GONE,       GONE,       GONE },
		[EVENT_REMOVED]       = { GONE,       GONE,       GONE },
	},
	[ERROR] = {
		[EVENT_ADDED]         = { TO_PENDING, TO_PENDING, TO_PENDING },
		[EVENT_AGAIN]         = { TO_PENDING, TO_PENDING, TO_PENDING },
		[EVENT_SENT]          = { TO_WAITING, TO_WAITING, TO_WAITING },
		[EVENT_UNDELIVERABLE] = { KEEP,       KEEP,       KEEP },
		[EVENT_GRANT]         = { TO_GRANTED, TO_GRANTED, TO_GRANTED },
		[EVENT_DENY]          = { TO_DENIED,  TO_DENIED,  TO_DENIED },
		[EVENT_EXPIRE]        = { GONE,       GONE,       GONE },
		[EVENT_REMOVED]       = { GONE,       GONE,       GONE },
	},
	[GRANTED] = {
		[EVENT_ADDED]         = { KEEP,       KEEP,       KEEP },
		[EVENT_AGAIN]         = { FORBID,     FORBID,     FORBID },
		[EVENT_SENT]          = { KEEP,       KEEP,       KEEP },
		[EVENT_UNDELIVERABLE] = { KEEP,       KEEP,       KEEP },
		[EVENT_GRANT]         = { TO_GRANTED, KEEP,       KEEP },
		[EVENT_DENY]          = { TO_DENIED,  TO_DENIED,  TO_DENIED },
		[EVENT_EXPIRE]        = { GONE,       GONE,       GONE },
		[EVENT_REMOVED]       = { GONE,       GONE,       GONE },
	},
	[DENIED_BY_OTHERS] = {
		[EVENT_ADDED]         = { KEEP,       TO_PENDING, TO_PENDING },
		[EVENT_AGAIN]         = { FORBID,     FORBID,     FORBID },
		[EVENT_SENT]          = { KEEP,       KEEP,       KEEP },
		[EVENT_UNDELIVERABLE] = { KEEP,       KEEP,       KEEP },
		[EVENT_GRANT]         = { TO_GRANTED, TO_GRANTED, TO_GRANTED },
		[EVENT_DENY]          = { TO_DENIED,  KEEP,       KEEP },
		[EVENT_EXPIRE]        = { GONE,       GONE,       GONE },
		[EVENT_REMOVED]       = { GONE,       GONE,       GONE },
	},
	[OWN_DENY] = {
		[EVENT_ADDED]         = { KEEP,       FORBID,     FORBID },
		[EVENT_AGAIN]         = { FORBID,     FORBID,     FORBID },
		[EVENT_SENT]          = { KEEP,       KEEP,       KEEP },
		[EVENT_UNDELIVERABLE] = { KEEP,       KEEP,       KEEP },
		[EVENT_GRANT]         = { TO_GRANTED, FORBID,     FORBID },
		[EVENT_DENY]          = { TO_DENIED,  KEEP,       KEEP },
		[EVENT_EXPIRE]        = { KEEP,       KEEP,       KEEP },
		[EVENT_REMOVED]       = { GONE,       FORBID,     FORBID },
	},
};

static const char *const state_names[PERMISSION_STATES] = {
	[PERMISSION_PENDING] = "pending",
	[PERMISSION_WAITING] = "waiting",
	[PERMISSION_ERROR]   = "error",
	[PERMISSION_DENIED]  = "denied",
	[PERMISSION_GRANTED] = "granted",
};

static const char *const origin_names[ORIGINS] = {
	[ORIGIN_RECIPIENT] = "recipient",
	[ORIGIN_ADMIN]     = "admin",
	[ORIGIN_IMPORT]    = "import",
};
/* clang-format on */

bool permission_is_own_deny(const struct permission *row)
{
	return row->state == PERMISSION_DENIED && row->origin != ORIGIN_ADMIN &&
	       row->origin != ORIGIN_IMPORT;
}

bool permission_is_by_same(const struct permission *a,
			   const struct permission *b)
{
	bool is_same = a->recorded_by == b->recorded_by;

	if (a->recorded_by && b->recorded_by)
		is_same = strcmp(a->recorded_by, b->recorded_by) == 0;
	return is_same && a->origin == b->origin;
}

static enum situation situation_of(const struct permission *row)
{
	if (!row)
		return NONE;
	switch (row->state) {
	case PERMISSION_PENDING:
		return PENDING;
	case PERMISSION_WAITING:
		return WAITING;
	case PERMISSION_ERROR:
		return ERROR;
	case PERMISSION_GRANTED:
		return GRANTED;
	case PERMISSION_DENIED:
		return permission_is_own_deny(row) ? OWN_DENY
						   : DENIED_BY_OTHERS;
	case PERMISSION_STATES:
		break;
	}
	return SITUATIONS;
}

static enum permission_step take(enum permission_state state,
				 enum permission_state *ret_state)
{
	*ret_state = state;
	return STEP_TAKEN;
}

enum permission_step permission_step(const struct permission *row,
				     enum permission_event event,
				     enum permission_origin actor,
				     enum permission_state *ret_state)
{
	enum situation situation = situation_of(row);

	if (situation >= SITUATIONS || event >= PERMISSION_EVENTS ||
	    actor >= ORIGINS)
		return STEP_FORBIDDEN;
	switch (table[situation][event][actor]) {
	case KEEP:
		return STEP_IGNORED;
	case GONE:
		return STEP_GONE;
	case TO_PENDING:
		return take(PERMISSION_PENDING, ret_state);
	case TO_WAITING:
		return take(PERMISSION_WAITING, ret_state);
	case TO_ERROR:
		return take(PERMISSION_ERROR, ret_state);
	case TO_DENIED:
		return take(PERMISSION_DENIED, ret_state);
	case TO_GRANTED:
		return take(PERMISSION_GRANTED, ret_state);
	case FORBID:
		break;
	}
	return STEP_FORBIDDEN;
}

bool permission_is_current(const struct permission *row, int64_t now)
{
	return row->state == PERMISSION_GRANTED &&
	       !permission_is_expired(row, now);
}

bool permission_is_expired(const struct permission *row, int64_t now)
{
	return row->expires_at != 0 && row->expires_at <= now &&
	       !permission_is_own_deny(row);
}

const char *permission_kinds_text(const struct permission *row,
				  char room[KINDS_TEXT_ROOM])
{
	if (row->state == PERMISSION_DENIED && row->all_kinds)
		return "*";
	return kinds_text(kinds_or_message(row->kinds), room);
}

bool permission_is_asked(const struct permission *row)
{
	return row->state == PERMISSION_PENDING && row->asked_at != 0 &&
	       row->asked_at >= row->changed_at;
}

const char *permission_state_name(enum permission_state state)
{
	return state < PERMISSION_STATES ? state_names[state] : "unknown";
}

bool permission_state_from(const char *name, enum permission_state *ret)
{
	for (size_t i = 0; name && i < PERMISSION_STATES; i++) {
		if (strcmp(name, state_names[i]) == 0) {
			*ret = (enum permission_state)i;
			return true;
		}
	}
	return false;
}

const char *permission_origin_name(enum permission_origin origin)
{
	return origin < ORIGINS ? origin_names[origin] : "unknown";
}

bool permission_origin_from(const char *name, enum permission_origin *ret)
{
	for (size_t i = 0; name && i < ORIGINS; i++) {
		if (strcmp(name, origin_names[i]) == 0) {
			*ret = (enum permission_origin)i;
			return true;
		}
	}
	return false;
}
