/*
 * conference -- the states of a conference and of who is in it, and who may do
 * what (RFC 4579, RFC 4575 section 5.6).
 */
#ifndef VOLENS_POLICIES_CONFERENCE_H
#define VOLENS_POLICIES_CONFERENCE_H

#include <stdbool.h>

enum conference_state {
	CONFERENCE_WAITING, /**< made; its creator has not confirmed yet */
	CONFERENCE_LIVE,
	CONFERENCE_ENDING, /**< everybody is being sent away */
	CONFERENCE_ENDED,
	CONFERENCE_STATES
};

/** Why it ended. */
enum conference_end {
	CONFERENCE_END_NONE,
	CONFERENCE_END_CREATOR,	  /**< its creator left */
	CONFERENCE_END_LAST,	  /**< everybody left */
	CONFERENCE_END_ALONE,	  /**< one was alone in it for too long */
	CONFERENCE_END_DURATION,  /**< its time was over */
	CONFERENCE_END_ABANDONED, /**< its creator's ACK never came */
	CONFERENCE_END_OPERATOR,  /**< by REST */
	CONFERENCE_END_SENDER,	  /**< its sender has no rights any more */
	CONFERENCE_END_STORE,	  /**< it could not be written down */
	CONFERENCE_END_STOP,	  /**< the relay stopped */
	CONFERENCE_END_RESTART,	  /**< the relay had ended without a word */
	CONFERENCE_ENDS
};

/** Where a party stands: the words of RFC 4575 section 5.6.4, but queued. */
enum party_state {
	PARTY_QUEUED,  /**< "pending": nothing was sent to them */
	PARTY_DIALING, /**< "dialing-out", or "dialing-in" */
	PARTY_ALERTING,
	PARTY_CONNECTED,
	PARTY_DISCONNECTED,
	PARTY_STATES
};

/** How a party that is disconnected left (RFC 4575 section 5.6.6).  Who took
 *  their yes back has departed: their no is their own affair. */
enum party_left {
	PARTY_LEFT_NONE, /**< they have not */
	PARTY_LEFT_BUSY,
	PARTY_LEFT_FAILED,
	PARTY_LEFT_BOOTED, /**< removed by somebody else */
	PARTY_LEFT_DEPARTED,
	PARTY_LEFTS
};

/** Never NULL. */
const char *conference_state_name(enum conference_state state);
const char *conference_end_name(enum conference_end end);
const char *party_state_name(enum party_state state);
const char *party_left_name(enum party_left left);

/** What somebody is to a conference, by a proven identity. */
enum conference_role {
	ROLE_STRANGER,
	ROLE_PARTY,    /**< is or was in it, or was invited */
	ROLE_CREATOR,  /**< the sender whose permissions count */
	ROLE_OPERATOR, /**< by REST */
	CONFERENCE_ROLES
};
enum conference_act {
	ACT_JOIN,   /**< dial in */
	ACT_WATCH,  /**< see who is there */
	ACT_ADD,    /**< have somebody called */
	ACT_REMOVE, /**< send somebody else away */
	ACT_LEAVE,  /**< send oneself away */
	ACT_MUTE,   /**< somebody else */
	CONFERENCE_ACTS
};
struct conference_rules {
	bool is_locked; /**< nobody joins, nobody is added but by operators */
	bool members_may_invite; /**< by REFER, which nobody takes yet */
};
bool conference_may(enum conference_role role, enum conference_act act,
		    const struct conference_rules *rules);

#endif
