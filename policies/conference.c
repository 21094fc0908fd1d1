#include "policies/conference.h"

const char *conference_state_name(enum conference_state state)
{
	static const char *const names[CONFERENCE_STATES] = {
		[CONFERENCE_WAITING] = "waiting",
		[CONFERENCE_LIVE] = "live",
		[CONFERENCE_ENDING] = "ending",
		[CONFERENCE_ENDED] = "ended",
	};

	return (unsigned)state < CONFERENCE_STATES ? names[state] : "unknown";
}

const char *conference_end_name(enum conference_end end)
{
	static const char *const names[CONFERENCE_ENDS] = {
		[CONFERENCE_END_NONE] = "none",
		[CONFERENCE_END_CREATOR] = "creator",
		[CONFERENCE_END_LAST] = "last",
		[CONFERENCE_END_ALONE] = "alone",
		[CONFERENCE_END_DURATION] = "duration",
		[CONFERENCE_END_ABANDONED] = "abandoned",
		[CONFERENCE_END_OPERATOR] = "operator",
		[CONFERENCE_END_SENDER] = "sender",
		[CONFERENCE_END_STORE] = "store",
		[CONFERENCE_END_STOP] = "stop",
		[CONFERENCE_END_RESTART] = "restart",
	};

	return (unsigned)end < CONFERENCE_ENDS ? names[end] : "unknown";
}

const char *party_state_name(enum party_state state)
{
	static const char *const names[PARTY_STATES] = {
		[PARTY_QUEUED] = "queued",
		[PARTY_DIALING] = "dialing",
		[PARTY_ALERTING] = "alerting",
		[PARTY_CONNECTED] = "connected",
		[PARTY_DISCONNECTED] = "disconnected",
	};

	return (unsigned)state < PARTY_STATES ? names[state] : "unknown";
}

const char *party_left_name(enum party_left left)
{
	static const char *const names[PARTY_LEFTS] = {
		[PARTY_LEFT_NONE] = "none",
		[PARTY_LEFT_BUSY] = "busy",
		[PARTY_LEFT_FAILED] = "failed",
		[PARTY_LEFT_BOOTED] = "booted",
		[PARTY_LEFT_DEPARTED] = "departed",
	};

	return (unsigned)left < PARTY_LEFTS ? names[left] : "unknown";
}

/* What a cell of the table says. */
enum leave {
	NO, /**< the default: what nobody thought of is not allowed */
	YES,
	OPEN,	 /**< unless it is locked */
	INVITING /**< unless it is locked, and only where members may invite */
};

/* RFC 4579 sections 5.1 (join), 5.5 (add), 5.11 (remove). */
static const enum leave leaves[CONFERENCE_ROLES][CONFERENCE_ACTS] = {
	[ROLE_PARTY] = {[ACT_JOIN] = OPEN,
			[ACT_WATCH] = YES,
			[ACT_ADD] = INVITING,
			[ACT_LEAVE] = YES},
	[ROLE_CREATOR] = {[ACT_JOIN] = YES,
			  [ACT_WATCH] = YES,
			  [ACT_ADD] = OPEN,
			  [ACT_REMOVE] = YES,
			  [ACT_LEAVE] = YES,
			  [ACT_MUTE] = YES},
	[ROLE_OPERATOR] = {[ACT_WATCH] = YES,
			   [ACT_ADD] = YES,
			   [ACT_REMOVE] = YES,
			   [ACT_MUTE] = YES},
};

bool conference_may(enum conference_role role, enum conference_act act,
		    const struct conference_rules *rules)
{
	if ((unsigned)role >= CONFERENCE_ROLES ||
	    (unsigned)act >= CONFERENCE_ACTS)
		return false;
	switch (leaves[role][act]) {
	case YES:
		return true;
	case OPEN:
		return !rules->is_locked;
	case INVITING:
		return !rules->is_locked && rules->members_may_invite;
	case NO:
		break;
	}
	return false;
}
